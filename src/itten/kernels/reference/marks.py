"""What stands out in a picture, pixel by pixel and in float64."""

from __future__ import annotations

import numpy as np

from itten.kernels.reference.morphology import closed

# Where light marks and dark ones alternate, the light have to cover less than half of what the dark do, by more than
# rounding: in doubt the dark is what was drawn. Where they cover as good as nothing, they are none.
LIGHT, NONE = 0.5 - 1e-6, 0.05
# A grey value, one of so many, is the paper of the whole picture if with its two neighbours it has this share of it:
# then what is broader than marks, but not paper, is drawn too.
BINS, PAPER = 32, 0.4
# Grey values are summed as whole numbers of so many to 1: the same total in any order, on any device.
FIXED_POINT = float(1 << 32)
# Means are taken of squares of a quarter of what they reach, over so many of these each way.
QUARTERS, BLOCKS = 4, 4


def median_curvature(values: np.ndarray) -> np.ndarray:
    """``()``: the lower median of |second differences along rows and columns| of ``values`` ``(H, W)``, 0 below 3 × 3:
    lines and slopes have none, noise of deviation σ has about 6 · 0.6745 σ (Immerkær 1996)."""
    mixed = np.abs(np.diff(np.diff(values, 2, axis=1), 2, axis=0)).ravel()
    return np.asarray(np.sort(mixed)[(len(mixed) - 1) // 2] if len(mixed) else 0.0)


def off_paper(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(off, paper)``: how far ``values`` ``(H, W)`` in [0, 1] are from the paper of the whole picture, and ``()``
    bool: whether it has one."""
    level = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    count = np.convolve(np.bincount(level.ravel(), minlength=BINS), [1, 1, 1], "same")
    own = np.abs(level - count.argmax()) <= 1
    paper = values[own].mean() if own.any() else 0.0
    return np.abs(values - paper), np.asarray(count.max() >= PAPER * values.size)


def standing(values: np.ndarray, reach: int) -> np.ndarray:
    """How far a pixel of ``values`` ``(H, W)`` stands out from its ground by what is narrower than 2 · ``reach``: dark
    below the closing, or light above the opening (Serra, "Image analysis and mathematical morphology", 1982, chapter
    XII), whichever covers less within about 4 · ``reach`` pixels."""
    dark, light = closed(values, reach) - values, values + closed(-values, reach)
    step = max(2 * reach // QUARTERS, 1)
    whole, share = (_around(kind, step) for kind in (dark, light))
    return np.where((share < LIGHT * whole) & (share > NONE * whole), light, dark)


def _around(values: np.ndarray, step: int) -> np.ndarray:
    height, width = values.shape
    rows, columns = -(-height // step), -(-width // step)
    mean = np.array(
        [
            [values[i * step : (i + 1) * step, j * step : (j + 1) * step].mean() for j in range(columns)]
            for i in range(rows)
        ]
    ).reshape(rows, columns)
    out = np.zeros_like(values)
    for y in range(height):
        for x in range(width):
            i, j = y // step, x // step
            top, left = max(i - BLOCKS, 0), max(j - BLOCKS, 0)
            out[y, x] = mean[top : i + BLOCKS + 1, left : j + BLOCKS + 1].mean()
    return out


def peaks(strength: np.ndarray, floor: np.ndarray, share: float, radius: int) -> np.ndarray:
    """``(H, W)`` bool: where ``strength`` ``(H, W)`` is more than ``floor`` ``()``, and at least ``share`` of the
    largest within a square of ``radius``."""
    out = np.zeros(strength.shape, bool)
    for y, x in np.argwhere(strength > floor):
        around = strength[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]
        out[y, x] = strength[y, x] >= share * around.max()
    return out
