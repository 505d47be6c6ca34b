"""Closing and growing by squares, with SciPy."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def closed(values: np.ndarray, radius: int) -> np.ndarray:
    """``values`` ``(H, W)``, each replaced by the smallest, among the squares of ``radius`` pixels that hold it, of
    their largest values: dark things that are narrower than the squares are gone. Squares end at the border."""
    side = 2 * radius + 1
    grown = ndimage.maximum_filter(values, side, mode="constant", cval=-np.inf)
    return ndimage.minimum_filter(grown, side, mode="constant", cval=np.inf)


def grown(mask: np.ndarray, radius: int) -> np.ndarray:
    """``mask`` ``(H, W)`` bool and all pixels within a square of ``radius`` about it."""
    return ndimage.maximum_filter(mask, 2 * radius + 1, mode="constant", cval=False)
