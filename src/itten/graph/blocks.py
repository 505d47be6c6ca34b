"""The plan of the stitched solver: a canvas with a margin, and tiles as wide as a vector of the machine.

A tile is 16 pixels wide, so that one of its rows is one block of every kernel, and as high as asked for.
The canvas is the picture with a margin of the stencil's reach on all sides, in rows of ``pitch``
pixels: an offset of the stencil is then a step in memory, and nothing tests for borders. Edge weights of
the half stencil lie row by row, ``w[(y · m + o) · pitch + x]``, so that a row of the product reads few pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from itten.graph.stencil import Stencil

TILE_WIDTH = 16
# Bytes of the small problem's factor: so many a pixel of the picture, within two bounds. Tiles get higher to keep to
# it, or its cost, which grows with the square of the pixels, would outgrow all others.
FACTOR_LEAST, FACTOR_A_PIXEL, FACTOR_MOST = 48 << 20, 64, 800 << 20


@dataclass(frozen=True, eq=False)
class BlockPlan:
    r"""How a picture of ``height × width`` lies on its canvas and is cut into tiles.

    ``tops`` and ``lefts``: first rows and columns of the tiles' rows and columns; tile ``i · len(lefts) + j``
    is ``(tops[i], lefts[j])``. ``rows`` ``(len(tops), tile_height)`` and ``columns`` ``(len(lefts), 16)`` float32:
    a partition of unity as in :class:`~itten.graph.tiles.TilePlan`, 0 where a tile leaves the picture.
    ``half`` ``(m, 2)`` the stencil's offsets and ``half_flat`` their steps on the canvas; ``full`` ``(2m, 2)`` with
    the negatives, ordered by (dy, dx), ``flat`` their steps, ``where`` the place of their weights relative
    to the pixel's own row. ``runs`` ``(n, 4)`` the same in runs of pixels side by side: flat offset of the first, its
    ``where``, the step to the next one's, how many; ``run_starts`` ``(n, 2)`` the first ones' (dy, dx). n is even: the
    last run may be empty. ``near``: numbers of the half's offsets that a tile's own matrix is made of, those within
    half the reach in rows and three quarters of it in length (all of a reach up to 2), ``near_rows`` the most rows one
    goes down, and ``near_share`` their part of Σ w \|o\|², the energy of smooth functions. ``neighbours`` ``(q, 2)``:
    the tiles (in rows and columns of tiles) that a tile's product reaches, one half of them, itself first.
    """

    height: int
    width: int
    tile_height: int
    margin: int
    canvas_height: int
    pitch: int
    tops: np.ndarray
    lefts: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    half: np.ndarray
    half_flat: np.ndarray
    full: np.ndarray
    flat: np.ndarray
    where: np.ndarray
    runs: np.ndarray
    run_starts: np.ndarray
    near: np.ndarray
    near_rows: int
    near_share: float
    neighbours: np.ndarray

    def __len__(self) -> int:
        return len(self.tops) * len(self.lefts)

    @property
    def pixels(self) -> int:
        """Pixels of the canvas."""
        return self.canvas_height * self.pitch

    @property
    def inside(self) -> tuple[slice, slice]:
        """Where the picture lies on the canvas."""
        return slice(self.margin, self.margin + self.height), slice(self.margin, self.margin + self.width)

    @property
    def stride(self) -> tuple[int, int]:
        """Places of the tiles in the small problem: ``i · stride[0] + j · stride[1]``, the shorter side inside."""
        return (len(self.lefts), 1) if len(self.lefts) <= len(self.tops) else (1, len(self.tops))

    @property
    def band(self) -> int:
        """The small problem's half bandwidth in blocks of two tiles, the diagonal included."""
        down, right = self.stride
        return max(abs(a * down + b * right) for a, b in self.neighbours.tolist()) // 2 + 2

    @property
    def factor_bytes(self) -> int:
        """Memory of the small problem's factor: blocks of 16 × 16 float32."""
        return -(-len(self) // 2) * self.band * 1024


@lru_cache(maxsize=32)
def plan_blocks(height: int, width: int, tile: int, overlap: int, stencil: Stencil) -> BlockPlan:
    """Tiles of ``tile`` rows that share ``overlap``, 16 columns that share 4; evenly spread, flush at the ends."""
    margin = stencil.reach
    tops, lefts = _starts(height, tile, tile - overlap), _starts(width, TILE_WIDTH, TILE_WIDTH - 4)
    pitch = -(-(max(width, TILE_WIDTH) + 2 * margin) // 16) * 16
    m = len(stencil)
    places = [(dy, dx, o * pitch) for o, (dy, dx) in enumerate(stencil.offsets.tolist())]
    places += [(-dy, -dx, start - dy * m * pitch - dx) for dy, dx, start in places]
    full = np.array(sorted(places), np.int64)
    runs, starts = _runs(full, pitch)
    arrays = {
        "tops": tops,
        "lefts": lefts,
        "rows": _shares(tops, tile, height),
        "columns": _shares(lefts, TILE_WIDTH, width),
        "half": stencil.offsets,
        "half_flat": stencil.offsets @ np.array([pitch, 1]),
        "full": np.ascontiguousarray(full[:, :2]),
        "flat": full[:, :2] @ np.array([pitch, 1]),
        "where": np.ascontiguousarray(full[:, 2]),
        "runs": runs,
        "run_starts": starts,
        "near": _near(stencil),
        "neighbours": _neighbours(_span(tops, tile + margin), _span(lefts, TILE_WIDTH + margin)),
    }
    for array in arrays.values():
        array.setflags(write=False)
    square = (stencil.offsets**2).sum(axis=1)
    chosen = arrays["near"]
    near_share = float((stencil.weights * square)[chosen].sum() / (stencil.weights * square).sum())
    near_rows = int(stencil.offsets[chosen, 0].max())
    size = max(height, tile) + 2 * margin
    return BlockPlan(height, width, tile, margin, size, pitch, near_rows=near_rows, near_share=near_share, **arrays)


def _near(stencil: Stencil) -> np.ndarray:
    """A tile's factor costs the square of the rows that its offsets go down, and its columns are a basis, no solution:
    with three rows of six, and what is left out made up for by a smaller shift, the eigenpairs are as good."""
    if stencil.reach <= 2:
        return np.arange(len(stencil))
    dy, square = stencil.offsets[:, 0], (stencil.offsets**2).sum(axis=1)
    return np.flatnonzero((2 * dy <= stencil.reach) & (16 * square <= 9 * stencil.reach**2))


def _runs(full: np.ndarray, pitch: int) -> tuple[np.ndarray, np.ndarray]:
    """Offsets ``(dy, dx, where)``, sorted, as runs: see :class:`BlockPlan`."""
    step = np.diff(full, axis=0)
    joined = (step[:, 0] == 0) & (step[:, 1] == 1)
    joined[1:] &= (step[1:, 2] == step[:-1, 2]) | ~joined[:-1]
    begin = np.concatenate([[0], 1 + np.flatnonzero(~joined)])
    count = np.diff(np.append(begin, len(full)))
    inner = np.append(step[:, 2], 0)[begin] * (count > 1)
    runs = np.stack([full[begin, 0] * pitch + full[begin, 1], full[begin, 2], inner, count], axis=1)
    starts = full[begin, :2]
    if len(runs) % 2:
        runs, starts = np.append(runs, [[0, 0, 0, 0]], axis=0), np.append(starts, [[0, 0]], axis=0)
    return np.ascontiguousarray(runs), np.ascontiguousarray(starts)


def plan_within(
    height: int, width: int, tile: int, overlap: int, stencil: Stencil, most: int | None = None
) -> BlockPlan:
    """As :func:`plan_blocks`, with tiles made higher until the small problem's factor fits into ``most`` bytes, by
    default what suits a picture of that size."""
    if most is None:
        most = min(max(FACTOR_LEAST, FACTOR_A_PIXEL * height * width), FACTOR_MOST)
    plan = plan_blocks(height, width, tile, overlap, stencil)
    while plan.factor_bytes > most and tile < height:
        tile += 8
        plan = plan_blocks(height, width, tile, overlap, stencil)
    return plan


def _starts(length: int, size: int, step: int) -> np.ndarray:
    if length <= size:
        return np.zeros(1, np.int64)
    count = -(-(length - size) // step) + 1
    return np.round(np.linspace(0, length - size, count)).astype(np.int64)


def _shares(starts: np.ndarray, size: int, length: int) -> np.ndarray:
    """Trapezoids over the overlaps of direct neighbours, divided by their sum."""
    x = np.arange(size)
    tapers = np.ones((len(starts), size))
    for t, start in enumerate(starts):
        before = starts[t - 1] + size - start if t else 0
        after = start + size - starts[t + 1] if t + 1 < len(starts) else 0
        tapers[t] = np.minimum(1, np.minimum((x + 1) / (before + 1), (size - x) / (after + 1)))
        tapers[t, start + x >= length] = 0
    total = np.zeros(max(length, int(starts[-1]) + size))
    for start, taper in zip(starts, tapers, strict=True):
        total[start : start + size] += taper
    total[total == 0] = 1
    shares = [taper / total[start : start + size] for start, taper in zip(starts, tapers, strict=True)]
    return np.array(shares, np.float32)


def _span(starts: np.ndarray, reach: int) -> int:
    """How many tiles further on the next tile begins that is not within ``reach`` of a tile's start."""
    span = 1
    while span < len(starts) and bool((starts[span:] - starts[:-span] < reach).any()):
        span += 1
    return max(span - 1, 1)


def _neighbours(down: int, right: int) -> np.ndarray:
    pairs = [(0, b) for b in range(right + 1)]
    pairs += [(a, b) for a in range(1, down + 1) for b in range(-right, right + 1)]
    return np.array(pairs, np.int64)
