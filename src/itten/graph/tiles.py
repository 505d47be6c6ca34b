"""The tile plan: the only place that knows how an image is cut and how the pieces are put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, eq=False)
class TilePlan:
    """Tiles of one size that cover an image, and a partition of unity over them.

    ``tops`` and ``lefts`` are the first rows and columns of the tiles' rows and columns; tile number
    ``i * len(lefts) + j`` is ``(tops[i], lefts[j])``. ``rows`` ``(len(tops), tile_height)`` and ``columns``
    ``(len(lefts), tile_width)`` are the shares: at every pixel the products
    ``rows[i, y - tops[i]] * columns[j, x - lefts[j]]`` over all tiles that hold it sum to 1.
    """

    height: int
    width: int
    tile_height: int
    tile_width: int
    tops: np.ndarray
    lefts: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    def __len__(self) -> int:
        return len(self.tops) * len(self.lefts)

    @property
    def corners(self) -> np.ndarray:
        """``(tiles, 2)`` int64: first row and column of every tile, in order."""
        top, left = np.meshgrid(self.tops, self.lefts, indexing="ij")
        return np.stack([top.ravel(), left.ravel()], axis=1)


@lru_cache(maxsize=64)
def plan_tiles(height: int, width: int, tile: int, overlap: int) -> TilePlan:
    """Cut ``height × width`` into tiles of ``tile`` pixels that share ``overlap`` with their neighbours.

    A side shorter than a tile has one tile of that length. The last tile is flush with the border, so
    it may share more. The taper is linear, (1 … overlap) / (overlap + 1), at both ends of a tile; the
    share is the taper divided by the sum of all tapers. It is a product of one factor a direction, and
    so is the sum, which keeps the plan small.
    """
    tile_height, tops, rows = _cut(height, tile, overlap)
    tile_width, lefts, columns = _cut(width, tile, overlap)
    return TilePlan(height, width, tile_height, tile_width, tops, lefts, rows, columns)


def _cut(length: int, tile: int, overlap: int) -> tuple[int, np.ndarray, np.ndarray]:
    size = min(tile, length)
    starts = list(range(0, max(length - size, 0) + 1, max(tile - overlap, 1)))
    if starts[-1] + size < length:
        starts.append(length - size)
    taper = np.ones(size)
    if len(starts) > 1:
        ramp = np.arange(1, overlap + 1) / (overlap + 1)
        taper[:overlap] = ramp
        taper[size - overlap :] = np.minimum(taper[size - overlap :], ramp[::-1])
    total = np.zeros(length)
    for start in starts:
        total[start : start + size] += taper
    shares = np.stack([taper / total[start : start + size] for start in starts])
    begin = np.array(starts, dtype=np.int64)
    for array in (begin, shares):
        array.setflags(write=False)
    return size, begin, shares
