"""Which of a palette's colours every copy wears."""

from __future__ import annotations

import numpy as np
import torch

from itten.config import HeadConfig
from itten.heads.device import constant
from itten.heads.points import Points
from itten.image.oklab import from_oklab, to_oklab

# OKLab's lightness as a whole number: times this.
LEVELS = float(1 << 30)
# What is left of the differences in lightness within a copy.
MODELLING = 0.2


def number_of_copies(points: Points) -> int:
    """How many copies owners count; padded points are one copy more, which nobody sees. The host waits for the device
    if there is no padding."""
    if points.copies is not None:
        return points.copies + 1
    return int(points.owner.max()) + 1 if len(points) else 0


def worn(pixels: torch.Tensor, copies: Points, head: HeadConfig, key: tuple[int, ...], count: int) -> torch.Tensor:
    """``(count,)`` int64: the number of the colour of ``head.palette`` that each of the copies wears.

    ``copies`` are the front's points and ``pixels`` ``(3, N)`` those of the source that their origin counts. Copies are
    dealt colours in the order of their sizes, equal ones in their own order, so that all colours cover about as much:
    ``cycle`` goes through the palette to and fro and begins one colour later in every pass, ``random`` deals every n
    copies the n colours in an order drawn from ``key``. ``brightness``: copies in the order of their median lightness,
    the darkest wearing the darkest colour, the next colour from where the one before has its share of the pixels.
    ``key``: seed, number of the head, number of the pass. Copies without pixels change nothing for the others.
    """
    colours = len(head.palette)
    size = torch.zeros(count, dtype=torch.int64, device=copies.owner.device)
    size.index_add_(0, copies.owner, torch.ones_like(copies.owner))
    if copies.copies is not None:
        size[-1] = 0  # of those that are no copies
    if head.wear == "brightness":
        order = torch.argsort(_level(pixels, copies, count), stable=True)
        before = size[order].cumsum(0) - size[order]
        middle = colours * (2 * before + size[order]) // (2 * size.sum().clamp(min=1))
        by_lightness = to_oklab(constant(tuple(head.palette), pixels).T)[0].argsort(stable=True)
        return torch.empty_like(order).scatter_(0, order, by_lightness[middle.clamp(max=colours - 1)])
    order = torch.argsort(size, descending=True, stable=True)
    rank = torch.arange(count, device=order.device)
    turn, step = rank // colours, rank % colours
    if head.wear == "random":
        drawn = np.random.default_rng((*key, 1)).random((-(-count // colours), colours))
        dealt = torch.from_numpy(drawn.argsort(axis=1, kind="stable").flatten()[:count]).to(order.device)
    else:
        dealt = (torch.where(turn % 2 == 0, step, colours - 1 - step) + key[-1]) % colours
    return torch.empty_like(order).scatter_(0, order, dealt)


def dyed(colours: torch.Tensor, points: Points, number: torch.Tensor, palette: torch.Tensor) -> torch.Tensor:
    """``colours`` ``(3, P)`` of ``points`` as they look on copies that wear colour ``number`` ``(C,)`` of ``palette``
    ``(n, 3)`` float64: float64 in [0, 1].

    A pixel as light as its copy's median has exactly the colour; others keep a fifth of their difference in OKLab's
    lightness, so that a flat stroke is flat and a drawn one keeps its light and dark.
    """
    level = _level(colours, points, len(number), own=True)
    lab = to_oklab(palette.T)
    chosen = number[points.owner]
    change = MODELLING * (_levels(colours) - level[points.owner]).double() / LEVELS
    moved = lab[:, chosen] + torch.stack([change, torch.zeros_like(change), torch.zeros_like(change)])
    # The way there and back rounds; what has not moved must be the colour itself.
    return (palette.T[:, chosen] + (from_oklab(moved) - from_oklab(lab)[:, chosen])).clamp(0.0, 1.0)


def _levels(colours: torch.Tensor) -> torch.Tensor:
    return (to_oklab(colours)[0] * LEVELS).round().long()


def _level(pixels: torch.Tensor, points: Points, count: int, own: bool = False) -> torch.Tensor:
    """``(count,)`` int64: the lower median of every copy's lightness; of no meaning for copies without pixels."""
    if not len(points):
        return points.owner.new_zeros(count)
    room = int(4 * LEVELS)
    levels = _levels(pixels if own else pixels[:, points.origin])
    both = (points.owner * room + levels).sort().values
    size = torch.zeros(count, dtype=torch.int64, device=both.device)
    size.index_add_(0, points.owner, torch.ones_like(points.owner))
    middle = size.cumsum(0) - size + (size.clamp(min=1) - 1) // 2
    return both[middle.clamp(max=len(both) - 1)] % room
