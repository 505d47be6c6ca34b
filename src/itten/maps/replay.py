"""The steps of a run once more, on other values than the picture's colours."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch

from itten.heads import composite
from itten.shader.travel import CoordinateMap, Step

# Copies that are smaller than what they are of are the mean of at most so many readings a pixel, each way.
READINGS = 8

# What becomes of values ``(3, P)`` that a copy carries along by its way ``(P, 2, 2)`` from the source.
Turn = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def replayed(
    coordinates: CoordinateMap, pictures: Sequence[torch.Tensor], shadows: bool = True, turn: Turn | None = None
) -> torch.Tensor:
    """``(3, H, W)``: the first of the ``pictures`` ``(3, H, W)`` after all passes have moved their pixels, one picture
    for each of the map's sizes, values in [0, 1]. Without ``shadows`` these are left out. Where nothing was painted
    values stay as they are, bit for bit; whole pixels are moved as they are, too, unless a ``turn`` changes them."""
    now, sources = pictures[0], list(pictures[1:])
    written = None if coordinates.written is None else torch.from_numpy(coordinates.written)
    for steps in coordinates.passes:
        begun = now
        for step in steps:
            if shadows or step.kind != "shadow":
                now = _laid(now, step, [begun if step.early else now, *sources], turn)
        if written is not None:
            now = torch.where(written, now, begun)
    return now


def _laid(now: torch.Tensor, step: Step, pictures: Sequence[torch.Tensor], turn: Turn | None) -> torch.Tensor:
    values = now.new_empty((3, len(step)))
    for number in np.unique(step.picture):
        mine = torch.from_numpy(np.flatnonzero(step.picture == number))
        values[:, mine] = _read(pictures[number], step, mine)
    if turn is not None:
        values = turn(values, torch.from_numpy(step.linear)[torch.from_numpy(step.owner).long()])
    place = torch.from_numpy(step.place).long()
    mode = "overwrite" if step.mode in ("move", "over") else "zbuffer"
    covered = None if step.coverage is None else torch.from_numpy(step.coverage).to(now)
    return composite(now, place, values, mode, coverage=covered)


def _read(picture: torch.Tensor, step: Step, mine: torch.Tensor) -> torch.Tensor:
    """Values ``(3, n)`` of the points ``mine`` ``(n,)`` of a step, of ``picture`` ``(3, H, W)``."""
    width = picture.shape[-1]
    y, x = (torch.from_numpy(one)[mine].double() for one in (step.y, step.x))
    if step.coverage is None:
        return picture.flatten(1)[:, y.round().long() * width + x.round().long()]
    back = torch.linalg.inv(torch.from_numpy(step.linear).double())
    # As copies are read: one that is n times smaller, n times each way.
    shrunk = float(torch.linalg.det(back).abs().max().sqrt())
    times = min(max(math.ceil(shrunk - 1e-4), 1), READINGS)
    if times == 1:
        return between(picture, y, x)
    back = back[torch.from_numpy(step.owner).long()[mine]]
    total = torch.zeros((3, len(mine)), dtype=picture.dtype)
    for i in range(times * times):
        down, across = (i // times + 0.5) / times - 0.5, (i % times + 0.5) / times - 0.5
        dy, dx = (back[:, row, 0] * down + back[:, row, 1] * across for row in (0, 1))
        total += between(picture, y + dy, x + dx)
    return total / (times * times)


def between(picture: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """``(3, n)``, values of ``picture`` ``(3, H, W)`` between pixels, by the cubic of Catmull and Rom, in [0, 1];
    beyond its border it goes on as it is there. At whole numbers they are the pixels' own."""
    height, width = picture.shape[-2:]
    top, left = y.floor(), x.floor()
    down, along = _weights(y - top), _weights(x - left)
    flat = picture.flatten(1)
    total = torch.zeros((len(picture), len(y)), dtype=torch.float64)
    for i in range(4):
        row = (top.long() - 1 + i).clamp(0, height - 1) * width
        for j in range(4):
            total += down[i] * along[j] * flat[:, row + (left.long() - 1 + j).clamp(0, width - 1)]
    return total.clamp(0.0, 1.0).to(picture.dtype)


def _weights(t: torch.Tensor) -> list[torch.Tensor]:
    return [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
