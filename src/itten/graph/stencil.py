"""The stencil: which pixels are neighbours, and how much each offset counts before colour is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, eq=False)
class Stencil:
    """One half of a symmetric set of offsets, with merged weights.

    ``offsets``: ``(m, 2)`` int64, each (dy, dx) with dy > 0, or dy = 0 and dx > 0; the other half are
    their negatives. ``weights``: ``(m,)`` float64. ``reach``: the largest \\|dy\\| or \\|dx\\|.
    """

    offsets: np.ndarray
    weights: np.ndarray
    reach: int

    def __len__(self) -> int:
        return len(self.weights)


@lru_cache(maxsize=64)
def make_stencil(radii: tuple[int, ...], radius_weights: tuple[float, ...]) -> Stencil:
    """Offsets within the largest radius, W(o) = Σ over radii r ≥ \\|o\\| of w_r (Euclidean length).

    Radii 1…6 give 112 offsets, 56 by symmetry; radius 1 alone gives the four neighbours of the grid
    graph. Ordered by (dy, dx). The arrays are read-only since the result is cached.
    """
    reach = max(radii)
    offsets = []
    weights = []
    for dy in range(reach + 1):
        for dx in range(-reach, reach + 1):
            if dy == 0 and dx <= 0:
                continue
            total = sum(w for r, w in zip(radii, radius_weights, strict=True) if r * r >= dy * dy + dx * dx)
            if total > 0:
                offsets.append((dy, dx))
                weights.append(total)
    offset_array = np.array(offsets, dtype=np.int64)
    weight_array = np.array(weights, dtype=np.float64)
    offset_array.setflags(write=False)
    weight_array.setflags(write=False)
    return Stencil(offset_array, weight_array, reach)
