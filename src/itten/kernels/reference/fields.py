"""Gate, contour, complexity and thickening, pixel by pixel where that is plainest."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import ndimage
from scipy.special import expit

LUMA = np.array([0.299, 0.587, 0.114])


def grey(image: np.ndarray) -> np.ndarray:
    return np.tensordot(LUMA, image.astype(np.float64), axes=1)


def contour(image: np.ndarray) -> np.ndarray:
    values = grey(image)
    return np.abs(values - values.mean()) > values.std()


def gate(field: np.ndarray, sharpness: float, percent: float, content: np.ndarray | None = None) -> np.ndarray:
    zero = float(np.percentile(field, percent)) if content is None else gap_zero(field, content, percent)
    return expit(sharpness * (field - zero))


def gap_zero(field: np.ndarray, content: np.ndarray, percent: float, tie: float = 1e-5) -> float:
    """The middle of the gap between values on ``content`` within two percentiles that counts most, see
    :func:`itten.heads.gate.gap_zero`; gap by gap."""
    low, usual, high = np.percentile(field, [max(percent - 2.0, 0.0), percent, min(percent + 2.0, 100.0)])
    inside = sorted(value for value in field[content].tolist() if low <= value <= high)
    if not inside:
        return float(usual)
    ends = [low, *inside, high]
    half = max(0.125 * (high - low), tie) / 2.0
    middles = [((lower + upper) / 2, upper - lower) for lower, upper in itertools.pairwise(ends)]
    gaps = [(gap / (1.0 + ((middle - usual) / half) ** 2), middle) for middle, gap in middles]
    most = max(counts for counts, _ in gaps)
    wide = [middle for counts, middle in gaps if counts >= most - tie]
    nearest = min(abs(middle - usual) for middle in wide)
    return float(min(middle for middle in wide if abs(middle - usual) <= nearest + tie))


def sobel(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(∂y, ∂x), edges repeated."""
    return ndimage.sobel(values, 0, mode="nearest") / 8.0, ndimage.sobel(values, 1, mode="nearest") / 8.0


def busyness(field: np.ndarray, window: int) -> np.ndarray:
    """``(H, W)`` float64: |∇f| by Sobel's masks, and f's deviation in a box of ``window``², edges repeated."""
    half = window // 2
    padded = np.pad(field, half, mode="edge")
    boxes = np.lib.stride_tricks.sliding_window_view(padded, (window, window))
    return np.hypot(*sobel(field)) + boxes.std(axis=(2, 3))


def complexity(field: np.ndarray, window: int) -> np.ndarray:
    busy = busyness(field, window)
    spread = busy.std()
    return expit((busy - busy.mean()) / spread if spread > 0 else np.zeros_like(busy))


def thicken(
    image: np.ndarray,
    gate: np.ndarray,
    contour: np.ndarray,
    complexity: np.ndarray,
    effect: float,
    modulation: float,
    sigma_ratio: float,
    fill_threshold: float,
    radius: int,
    rotation: float,
) -> np.ndarray:
    amount = np.maximum(1.0 - modulation * complexity, 0.05)
    mask = np.where(contour & (gate > 0.5), amount, 0.0)
    axis = np.arange(-radius, radius + 1)
    taps = np.exp(-(axis[:, None] ** 2 + axis**2) / (2.0 * (radius * sigma_ratio) ** 2))
    spread = effect * ndimage.correlate(mask, taps, mode="constant")
    dy, dx = sobel(spread)
    out = image.copy()
    height, width = mask.shape
    for y, x in np.argwhere(~contour & (spread > max(fill_threshold, 0.2))).tolist():
        length = math.hypot(dy[y, x], dx[y, x])
        uy, ux = (dy[y, x] / length, dx[y, x] / length) if length > 0 else (0.0, 0.0)
        from_y = math.floor(y + 1.2 * (math.sin(rotation) * ux + math.cos(rotation) * uy) + 0.5)
        from_x = math.floor(x + 1.2 * (math.cos(rotation) * ux - math.sin(rotation) * uy) + 0.5)
        out[:, y, x] = image[:, min(max(from_y, 0), height - 1), min(max(from_x, 0), width - 1)]
    return out
