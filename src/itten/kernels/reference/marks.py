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


def paper_value(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(paper, one)``, both ``()``: the grey value of the paper of a whole picture ``(H, W)`` in [0, 1], and whether
    it has one."""
    level = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    count = np.convolve(np.bincount(level.ravel(), minlength=BINS), [1, 1, 1], "same")
    own = np.abs(level - count.argmax()) <= 1
    paper = values[own].mean() if own.any() else 0.0
    return np.asarray(paper), np.asarray(count.max() >= PAPER * values.size)


def standing(values: np.ndarray, reach: int) -> np.ndarray:
    """How far a pixel of ``values`` ``(H, W)`` stands out from its ground by what is narrower than 2 · ``reach``: dark
    below the closing, or light above the opening (Serra, "Image analysis and mathematical morphology", 1982, chapter
    XII), whichever covers less within about 4 · ``reach`` pixels."""
    dark, light = closed(values, reach) - values, values + closed(-values, reach)
    whole, share = (_around(kind, 2 * reach) for kind in (dark, light))
    return np.where((share < LIGHT * whole) & (share > NONE * whole), light, dark)


def squares(height: int, width: int, reach: int) -> tuple[int, int, int]:
    """The side of such squares, an odd number, and by how much they stand over above and on the left; as much below
    and on the right: a mirrored picture has mirrored squares."""
    step = max(reach // QUARTERS, 1) // 2 * 2 + 1
    top, left = ((-size if size % 2 == 0 else step - size) % (2 * step) // 2 for size in (height, width))
    return step, top, left


def _around(values: np.ndarray, reach: int) -> np.ndarray:
    """Means over squares around, each by what of it lies in the picture."""
    height, width = values.shape
    step, over, aside = squares(height, width, reach)
    rows, columns = (height + 2 * over) // step, (width + 2 * aside) // step
    mean = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = max(i * step - over, 0), max(j * step - aside, 0)
            mean[i, j] = values[top : (i + 1) * step - over, left : (j + 1) * step - aside].mean()
    out = np.zeros_like(values)
    for y in range(height):
        for x in range(width):
            i, j = (y + over) // step, (x + aside) // step
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
