"""Edge weights and the Laplacian's product, offset by offset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

Region = tuple[slice, slice]


def regions(offsets: np.ndarray, height: int, width: int) -> Iterator[tuple[int, Region, Region]]:
    """For every offset: its number, and the parts of the image where its edges begin and where they end."""
    for index, (dy, dx) in enumerate(offsets.tolist()):
        rows = max(height - dy, 0)
        columns = max(width - abs(dx), 0)
        if rows and columns:
            left, right = max(-dx, 0), max(dx, 0)
            begin = slice(0, rows), slice(left, left + columns)
            end = slice(dy, dy + rows), slice(right, right + columns)
            yield index, begin, end


def edge_weights(features: np.ndarray, offsets: np.ndarray, weights: np.ndarray, scale: float) -> np.ndarray:
    """``(m, H, W)`` float64: w · exp(−scale · ‖I_i − I_j‖₂), 0 where the edge leaves the image."""
    image = features.astype(np.float64)
    height, width = image.shape[1:]
    out = np.zeros((len(weights), height, width))
    for index, begin, end in regions(offsets, height, width):
        distance = np.sqrt(((image[:, *begin] - image[:, *end]) ** 2).sum(axis=0))
        out[index, *begin] = weights[index] * np.exp(-float(scale) * distance)
    return out


def laplacian_apply(
    features: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    vectors: np.ndarray,
    cut: float = 0.0,
) -> np.ndarray:
    """(L v)_i = Σ_j A_ij (v_i − v_j) for ``vectors`` ``(k, H, W)``, without edges no heavier than ``cut``."""
    edges = edge_weights(features, offsets, weights, scale)
    edges[edges <= cut] = 0
    v = vectors.astype(np.float64)
    out = np.zeros_like(v)
    for index, begin, end in regions(offsets, *v.shape[1:]):
        flow = edges[index, *begin] * (v[:, *begin] - v[:, *end])
        out[:, *begin] += flow
        out[:, *end] -= flow
    return out
