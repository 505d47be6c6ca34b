"""A run's steps as one lookup: for every pixel the place that what is seen there came from in the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from itten.shader.travel import CoordinateMap, Step


@dataclass(frozen=True)
class Lookup:
    """For every pixel of the result where what covers at least half of it, the top-most, came from, copies of copies
    followed to where they began.

    ``picture`` ``(H, W)`` uint16: 0 the target, 1 the first source; ``y`` and ``x`` ``(H, W)`` float32, middles of
    pixels at whole numbers; ``linear`` ``(H, W, 2, 2)`` float32, the way (y, x) from there to here; ``coverage``
    ``(H, W)`` float32 in [0, 1]: how much of the pixel all passes painted. Where nothing was painted a pixel is its
    own.
    """

    picture: NDArray[np.uint16]
    y: NDArray[np.float32]
    x: NDArray[np.float32]
    linear: NDArray[np.float32]
    coverage: NDArray[np.float32]


def flattened(coordinates: CoordinateMap) -> Lookup:
    """The lookup of a map. What the steps mix, soft edges and means, is one place there: :func:`itten.apply_map` does
    the steps themselves."""
    (height, width), *_ = coordinates.sizes
    now = _own(height, width)
    for steps in coordinates.passes:
        begun = _copied(now)
        for step in steps:
            _lay(now, step, begun if step.early else _copied(now))
        if coordinates.written is not None:
            for name, values in vars(now).items():
                values[~coordinates.written] = getattr(begun, name)[~coordinates.written]
    return now


def _own(height: int, width: int) -> Lookup:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    linear = np.broadcast_to(np.eye(2, dtype=np.float32), (height, width, 2, 2)).copy()
    return Lookup(np.zeros((height, width), np.uint16), y, x, linear, np.zeros((height, width), np.float32))


def _copied(lookup: Lookup) -> Lookup:
    return Lookup(*(one.copy() for one in vars(lookup).values()))


def _lay(now: Lookup, step: Step, source: Lookup) -> None:
    height, width = now.y.shape
    covered = np.ones(len(step), np.float32) if step.coverage is None else step.coverage
    left = np.ones(height * width, np.float32)
    if step.mode == "share":
        np.subtract.at(left, step.place, covered)
        left = left.clip(0.0)
    else:
        np.multiply.at(left, step.place, 1 - covered)
    now.coverage[:] = 1 - left.reshape(height, width) * (1 - now.coverage)
    seen = covered >= 0.5
    linear, row, column = step.linear[step.owner[seen]], step.y[seen], step.x[seen]
    own = step.picture[seen] == 0
    # Of the target a pixel may have come from elsewhere itself: what is beside its middle goes its way back.
    near = np.where(own, row.round(), 0).astype(int), np.where(own, column.round(), 0).astype(int)
    before = source.linear[near]
    beside = np.stack([row - near[0], column - near[1]], axis=1)
    begun = np.stack([source.y[near], source.x[near]], axis=1)
    begun += (np.linalg.inv(before) @ beside[:, :, None].astype(np.float32))[:, :, 0]
    flat = step.place[seen]
    place = flat // width, flat % width
    # Of equal places the last one is kept.
    now.picture[place] = np.where(own, source.picture[near], step.picture[seen])
    now.y[place], now.x[place] = np.where(own, begun.T, (row, column))
    now.linear[place] = np.where(own[:, None, None], linear @ before, linear)
