"""Palettes: which colours a copy wears."""

from __future__ import annotations

import torch
from torch import nn

from itten.config import HeadConfig
from itten.config.colour import Colour
from itten.heads.colour import distort
from itten.heads.device import constant
from itten.heads.points import Points
from itten.heads.present import commonest, darker
from itten.heads.wear import dyed, number_of_copies, worn
from itten.image.oklab import from_oklab, to_oklab

# Sums over pixels run over integers: OKLab values, within ±1, times this.
FIXED_POINT = float(1 << 30)
# A copy is matched with the content of the box around it, grown by so many times its height and width on each side,
# if that holds at least so many pixels; else with the content of the whole picture.
GROWN, FEWEST = 0.5, 16
# Contrast is stretched at most so much.
STRETCH = 3.0
# What is left of a shadow's light, for palettes that have no tint of their own.
DARKER = 0.55
# And of the contrast within a copy that blends: of its lightness, and of its two opponent colours.
CALMER = (0.8, 0.5, 0.5)


def copy_colours(
    pixels: torch.Tensor,
    points: Points,
    target: torch.Tensor,
    contour: torch.Tensor,
    head: HeadConfig,
    effect: float = 1.0,
    shadow: bool = False,
    front: Points | None = None,
    key: tuple[int, ...] = (0,),
    photograph: bool = False,
) -> torch.Tensor:
    """Colours ``(3, P)`` in [0, 1] of a layer of ``points``.

    ``pixels`` ``(3, N)`` are those of the source that ``points.origin`` counts (soft points know their own colour),
    ``target`` ``(3, H, W)`` the picture that the copies land on and ``contour`` ``(H, W)`` its content.
    ``head.palette``: ``distort``, by the tints of the front or the back; ``keep``; ``blend``, the mean of each copy in
    OKLab moved to that of what it covers, with what is left of its own contrast; ``match``, mean and deviation of
    each copy in OKLab moved to those of the content around its place (Reinhard and others, "Color transfer between
    images", 2001, eq. 10–11, in OKLab and copy by copy); ``auto``, ``blend`` in a ``photograph``, else ``keep``; or a
    tuple of colours. Of these every copy wears one (see
    :func:`~itten.heads.wear.worn`), chosen by its ``front``, which is ``points`` if left out, and by ``key``; with
    ``head.wear`` ``nearest`` each pixel takes the nearest in OKLab, equal ones the first. All but ``keep`` are mixed in
    by ``effect`` (up to 1). Shadows of palettes other than ``distort`` are darkened to 0.55 of their value; those of
    whole pixels that ``keep`` their colours take a darker one that is there (:func:`~itten.heads.present.darker`).
    """
    colours, palette = pixels[:, points.origin] if points.colour is None else points.colour, chosen(head, photograph)
    if points.colour is not None and palette != "keep":
        colours = colours.clamp(0.0, 1.0)
    if palette == "distort":
        return distort(colours, head.back if shadow else head.front, effect)
    if palette == "match":
        changed = _matched(colours, points, target, contour)
    elif palette == "blend":
        changed = _blended(colours, points, target)
    elif palette == "keep":
        changed = colours
    elif head.wear == "nearest":
        changed = _nearest(colours, constant(tuple(palette), colours))
    else:
        changed = _worn(pixels, colours, points, points if front is None else front, head, key)
    share = min(effect, 1.0)
    mixed = colours if palette == "keep" else colours + share * (changed.to(colours.dtype) - colours)
    if shadow:
        left = 1.0 + (DARKER - 1.0) * share
        if palette == "keep" and points.colour is None:
            return darker(mixed, left, commonest(pixels, target))
        mixed = mixed * left
    return mixed


def chosen(head: HeadConfig, photograph: bool) -> str | tuple[Colour, ...]:
    """The palette of a head, ``auto`` being decided."""
    usual = "blend" if photograph else "keep"
    return usual if head.palette == "auto" else head.palette


def _nearest(colours: torch.Tensor, palette: torch.Tensor) -> torch.Tensor:
    lab, choices = to_oklab(colours), to_oklab(palette.T)
    distance = torch.stack([(lab - choices[:, i, None]).square().sum(dim=0) for i in range(len(palette))])
    number = torch.arange(len(palette), device=colours.device)[:, None]
    first = torch.where(distance <= distance.amin(dim=0), number, len(palette)).amin(dim=0)
    return palette.T[:, first]


def _worn(
    pixels: torch.Tensor, colours: torch.Tensor, points: Points, front: Points, head: HeadConfig, key: tuple[int, ...]
) -> torch.Tensor:
    if len(points) == 0:
        return colours
    # A shadow may have pixels left where its front has none.
    count = max(number_of_copies(points), number_of_copies(front))
    return dyed(colours, points, worn(pixels, front, head, key, count), constant(tuple(head.palette), colours))


def _matched(colours: torch.Tensor, points: Points, target: torch.Tensor, contour: torch.Tensor) -> torch.Tensor:
    if len(points) == 0:
        return colours
    count = number_of_copies(points)
    lab = to_oklab(colours)
    size = _sum(torch.ones_like(points.owner), points.owner, count).double().clamp(min=1)
    mean, deviation = _moments(_sum(_whole(lab), points.owner, count), _sum(_whole(lab**2), points.owner, count), size)
    wanted_mean, wanted_deviation = _around(points, count, target, contour)
    stretch = torch.where(deviation > 1e-6, wanted_deviation / deviation, 1.0).clamp(max=STRETCH)
    moved = (lab - mean[:, points.owner]) * stretch[:, points.owner] + wanted_mean[:, points.owner]
    return from_oklab(moved).clamp(0.0, 1.0)


def _blended(colours: torch.Tensor, points: Points, target: torch.Tensor) -> torch.Tensor:
    if len(points) == 0:
        return colours
    count = number_of_copies(points)
    lab, below = to_oklab(colours), to_oklab(target).flatten(1)[:, points.place]
    size = _sum(torch.ones_like(points.owner), points.owner, count).double().clamp(min=1)
    mean, wanted = (_sum(_whole(one), points.owner, count).double() / FIXED_POINT / size for one in (lab, below))
    left = constant(CALMER, mean)[:, None]
    return from_oklab((lab - mean[:, points.owner]) * left + wanted[:, points.owner]).clamp(0.0, 1.0)


def _around(
    points: Points, count: int, target: torch.Tensor, contour: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and deviation ``(3, count)`` in OKLab of the content around every copy, by summed-area tables."""
    height, width = contour.shape
    y, x = points.place // width, points.place % width
    # A copy of which no pixel is left has an empty box at the corner.
    none = torch.zeros(count, dtype=torch.int64, device=y.device)
    top, left = (none.scatter_reduce(0, points.owner, v, "amin", include_self=False) for v in (y, x))
    bottom, right = (none.scatter_reduce(0, points.owner, v, "amax", include_self=False) for v in (y, x))
    tall, wide = ((bottom - top + 1) * GROWN).ceil().long(), ((right - left + 1) * GROWN).ceil().long()
    y0, x0 = (top - tall).clamp(min=0), (left - wide).clamp(min=0)
    y1, x1 = (bottom + tall + 1).clamp(max=height), (right + wide + 1).clamp(max=width)
    lab = to_oklab(target)
    content = contour | ~contour.any()
    maps = torch.cat([content[None].long(), _whole(lab) * content, _whole(lab**2) * content])
    table = torch.nn.functional.pad(maps.cumsum(1).cumsum(2), (1, 0, 1, 0))
    sums = table[:, y1, x1] - table[:, y0, x1] - table[:, y1, x0] + table[:, y0, x0]
    sums = torch.where(sums[0] >= FEWEST, sums, table[:, -1, -1, None])
    return _moments(sums[1:4], sums[4:7], sums[0].double())


def _whole(values: torch.Tensor) -> torch.Tensor:
    return (values.double() * FIXED_POINT).round().long()


def _sum(values: torch.Tensor, owner: torch.Tensor, count: int) -> torch.Tensor:
    out = torch.zeros((*values.shape[:-1], count), dtype=torch.int64, device=values.device)
    return out.index_add_(-1, owner, values)


def _moments(total: torch.Tensor, square: torch.Tensor, size: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mean = total.double() / FIXED_POINT / size
    return mean, (square.double() / FIXED_POINT / size - mean.square()).clamp(min=0.0).sqrt()


class Palette(nn.Module):
    """:func:`copy_colours` with its head's configuration kept."""

    def __init__(self, head: HeadConfig | None = None) -> None:
        super().__init__()
        self.head = head if head is not None else HeadConfig()

    def forward(
        self,
        pixels: torch.Tensor,
        points: Points,
        target: torch.Tensor,
        contour: torch.Tensor,
        effect: float = 1.0,
        shadow: bool = False,
        front: Points | None = None,
        key: tuple[int, ...] = (0,),
        photograph: bool = False,
    ) -> torch.Tensor:
        return copy_colours(pixels, points, target, contour, self.head, effect, shadow, front, key, photograph)
