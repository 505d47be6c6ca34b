"""Turning, distance and placing: one pixel, one candidate after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from itten.kernels.arguments import Copies

FAR = 1 << 30


def turn_segments(
    labels: np.ndarray,
    box: np.ndarray,
    centroid: np.ndarray,
    which: np.ndarray,
    cosine: np.ndarray,
    sine: np.ndarray,
    flip: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments turned about their centroids by inverse mapping: every pixel of the turned copy asks where it came from.

    ``labels`` ``(H, W)`` int64: 1 + the segment's number; ``box`` ``(S, 4)`` and ``centroid`` ``(S, 2)`` int64. Copy c
    is segment ``which[c]``, mirrored left to right where ``flip`` ``(C,)`` is −1, then turned counter-clockwise as one
    sees it; ``cosine`` and ``sine`` are divided by how many times larger it is. Returns ``begin`` ``(C + 1,)`` int64,
    ``offset`` ``(P, 2)`` int64 from the centroid, in raster order within a copy, and ``origin`` ``(P,)`` int64, raster
    indices.
    """
    width = labels.shape[1]
    begin, offset, origin = [0], [], []
    for number, c, s, f in zip(which.tolist(), cosine.tolist(), sine.tolist(), flip.tolist(), strict=True):
        top, left, bottom, right = box[number].tolist()
        cy, cx = centroid[number].tolist()
        reach = math.hypot(max(cy - top, bottom - cy) + 0.5, max(cx - left, right - cx) + 0.5) / math.hypot(c, s)
        reach = math.ceil(reach) + 1
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                y = cy + math.floor(c * dy + s * dx + 0.5)
                x = cx + math.floor(f * (c * dx - s * dy) + 0.5)
                if top <= y <= bottom and left <= x <= right and labels[y, x] == number + 1:
                    offset.append((dy, dx))
                    origin.append(y * width + x)
        begin.append(len(origin))
    return np.array(begin), np.array(offset, dtype=np.int64).reshape(-1, 2), np.array(origin, dtype=np.int64)


def squared_distance(mask: np.ndarray) -> np.ndarray:
    """``(H, W)`` int64: squared distance of every pixel to the nearest that is False; ``FAR`` where none is."""
    out = np.full(mask.shape, FAR, dtype=np.int64)
    y, x = np.indices(mask.shape)
    for row, column in np.argwhere(~mask).tolist():
        np.minimum(out, (y - row) ** 2 + (x - column) ** 2, out=out)
    return out


def place_segments(free: np.ndarray, room: np.ndarray, *arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    """For one target after the other the nearest place where one of its copies fits.

    Copies ``t · offers … (t + 1) · offers − 1`` belong to target t; the first that fits anywhere is taken. A copy fits
    where all its pixels are ``free``. The nearest place is the one with the smallest distance from ``start[t]``
    (y, x); of equals, the one in the nearer row, then upwards, then leftwards. Where it lands, and within
    ``clearance`` pixels of it, nothing is free any more, unless ``overlap``. ``direction`` (dy, dx, c): only places
    whose direction from the start has at least the cosine c with the unit vector (dy, dx); c ≤ −1 allows all. ``room``
    is the squared distance of ``free``, for implementations that use it.

    ``arguments`` are those of :class:`~itten.kernels.arguments.Copies`.

    Returns ``chosen`` ``(T,)`` int64, the number of the copy or −1, and ``place`` ``(T, 2)`` int64.
    """
    begin, offset, start, offers, clearance, overlap, direction, _, square = Copies(*arguments)
    free = free.copy()
    height, width = free.shape
    ys, xs = np.indices(free.shape)
    chosen, place = np.full(len(start), -1), np.zeros((len(start), 2), dtype=np.int64)
    around = disc(clearance)
    for t, (cy, cx) in enumerate(start.tolist()):
        for copy in range(t * offers, (t + 1) * offers):
            points = offset[begin[copy] : begin[copy + 1]]
            if len(points) == 0:
                continue
            fits = np.ones(free.shape, dtype=bool)
            for dy, dx in points.tolist():
                y, x = ys + dy, xs + dx
                inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
                fits &= inside & free[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
            near = fits & ((ys - cy) ** 2 + (xs - cx) ** 2 <= square)
            candidates = [(y, x) for y, x in np.argwhere(near).tolist() if _ahead(y - cy, x - cx, direction)]
            if not candidates:
                continue
            y, x = min(candidates, key=lambda at: _rank(at[0] - cy, at[1] - cx))
            chosen[t], place[t] = copy, (y, x)
            if not overlap:
                for dy, dx in (points[:, None] + around).reshape(-1, 2).tolist():
                    if 0 <= y + dy < height and 0 <= x + dx < width:
                        free[y + dy, x + dx] = False
            break
    return chosen, place


def _rank(dy: int, dx: int) -> tuple[int, int, int, int]:
    return dy * dy + dx * dx, abs(dy), dy, dx


def _ahead(dy: int, dx: int, direction: tuple[float, float, float]) -> bool:
    if direction[2] <= -1.0 or (dy == 0 and dx == 0):
        return True
    return dy * direction[0] + dx * direction[1] >= direction[2] * math.sqrt(dy * dy + dx * dx)


def disc(radius: float) -> np.ndarray:
    """``(n, 2)`` int64: all offsets of at most ``radius`` pixels."""
    reach = int(radius)
    y, x = np.indices((2 * reach + 1, 2 * reach + 1)) - reach
    return np.argwhere(y**2 + x**2 <= radius**2) - reach
