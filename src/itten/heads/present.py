"""Colours that are there: what hard pictures take in place of darkened and mixed ones."""

from __future__ import annotations

import torch

from itten.image.oklab import to_oklab

# So many of the commonest colours are looked at, in blocks of so many pixels.
MOST, BLOCK = 256, 1 << 14
# Lightness in OKLab that differs by less is equal.
TIE = 1e-6
# 8 bits a channel and more: colours closer than that are one.
STEPS = 65535


def commonest(*pictures: torch.Tensor) -> torch.Tensor:
    """``(3, n)``: the colours of pictures ``(3, …)``, at most 256, the commonest first, equal ones the darkest first.
    The host waits for how many there are."""
    pixels = torch.cat([picture.flatten(1) for picture in pictures], dim=1)
    red, green, blue = (pixels.double() * STEPS).round().long().unbind(dim=0)
    _, number, count = (((red << 32) | (green << 16)) + blue).unique(return_inverse=True, return_counts=True)
    order = torch.argsort(count, descending=True, stable=True)[:MOST]
    first = torch.full_like(count, pixels.shape[1])
    first.scatter_reduce_(0, number, torch.arange(len(number), device=number.device), "amin")
    return pixels[:, first[order]]


def darker(colours: torch.Tensor, share: float, there: torch.Tensor) -> torch.Tensor:
    """For every colour ``(3, P)`` that one of those ``there`` ``(3, n)`` which is nearest in OKLab to ``share`` of it,
    of the darker ones; where none is darker, the colour itself."""
    if share >= 1.0 or not colours.shape[1] or not there.shape[1]:
        return colours
    choices, own = to_oklab(there), to_oklab(colours)[0]
    wanted = to_oklab(colours * share)
    found = torch.empty_like(own, dtype=torch.int64)
    for begin in range(0, len(own), BLOCK):
        part = slice(begin, begin + BLOCK)
        distance = (wanted[:, part, None] - choices[:, None]).square().sum(dim=0)
        distance = distance.masked_fill(choices[0] >= own[part, None] - TIE, torch.inf)
        best = distance.argmin(dim=1)
        found[part] = torch.where(distance.amin(dim=1) < torch.inf, best, -1)
    return torch.where(found >= 0, there[:, found.clamp(min=0)].to(colours.dtype), colours)


def nearest_to_mean(
    image: torch.Tensor, mixed: torch.Tensor, place: torch.Tensor, colours: torch.Tensor
) -> torch.Tensor:
    """``image`` ``(3, H, W)`` where of the ``colours`` ``(3, P)`` that land on a pixel, at raster indices ``place``,
    that one is which is nearest to the pixel of ``mixed`` ``(3, H, W)``; of equal ones the last. Place H · W is
    nowhere."""
    if len(place) == 0:
        return image
    winner = nearest_winner(mixed, place, colours)
    return torch.where(winner >= 0, colours[:, winner.clamp(min=0)], image.flatten(1)).reshape(image.shape)


def nearest_winner(mixed: torch.Tensor, place: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """``(H · W,)`` int64: the number of the point that :func:`nearest_to_mean` takes, −1 for none."""
    pixels = mixed[0].numel()
    at = torch.nn.functional.pad(mixed.flatten(1), (0, 1))[:, place]
    distance = (colours - at).double().square().sum(dim=0)
    least = distance.new_full((pixels + 1,), torch.inf).scatter_reduce(0, place, distance, "amin")
    order = torch.arange(len(place), device=place.device)
    order = torch.where(distance <= least[place], order, -1)
    winner = torch.full((pixels + 1,), -1, dtype=torch.int64, device=place.device)
    return winner.scatter_reduce(0, place, order, "amax")[:-1]
