"""What a spectrum keeps for the next one of nearly the same picture, and what of it is still true.

A tile's columns depend on its own pixels only. A block of ΦᵀLΦ depends on two tiles' columns and on the pixels within
the stencil's reach of the first: where none of them changed the numbers would come out the same, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from itten.graph.blocks import TILE_WIDTH, BlockPlan
from itten.spectra.stitched.host.panels import Panels


@dataclass(frozen=True, eq=False)
class Kept:
    """``key`` names the settings; ``canvas`` ``(C, rows, pitch)`` the picture, ``psi`` the columns, ``a`` and ``b`` the
    small problem, ``coarse`` its solution. Arrays are shared with nobody who writes."""

    key: tuple[Any, ...]
    canvas: np.ndarray
    panels: Panels
    psi: np.ndarray
    a: np.ndarray
    b: np.ndarray
    coarse: list[np.ndarray]


def stale_tiles(plan: BlockPlan, before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the tiles whose columns, and of those whose blocks of the small problem, have to be made anew.

    ``before`` and ``now``: canvases ``(C, rows, pitch)``.
    """
    changed = (before != now).any(axis=0)
    total = np.zeros((changed.shape[0] + 1, changed.shape[1] + 1), np.int64)
    np.cumsum(np.cumsum(changed, axis=0, dtype=np.int64), axis=1, out=total[1:, 1:])

    def touched(halo: int) -> np.ndarray:
        """Per tile, whether anything changed within ``halo`` pixels of it."""
        y0 = plan.tops + plan.margin - halo
        x0 = plan.lefts + plan.margin - halo
        y1, x1 = y0 + plan.tile_height + 2 * halo, x0 + TILE_WIDTH + 2 * halo
        sums = total[np.ix_(y1, x1)] - total[np.ix_(y0, x1)] - total[np.ix_(y1, x0)] + total[np.ix_(y0, x0)]
        return sums > 0

    own = touched(0)
    blocks = touched(plan.margin)
    down, across = own.shape
    for a, b in plan.neighbours[1:].tolist():
        rows, left, right = max(down - a, 0), max(-b, 0), across - max(b, 0)
        if rows and left < right:
            blocks[:rows, left:right] |= own[a : a + rows, left + b : right + b]
    return np.flatnonzero(own), np.flatnonzero(blocks)
