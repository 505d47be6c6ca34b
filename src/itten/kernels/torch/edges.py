"""Edge weights and the Laplacian's product as shifted slices of tensors."""

from __future__ import annotations

from functools import reduce

import numpy as np
import torch

from itten.kernels.reference.edges import regions

# Numbers of a difference that are held at once where there are many channels, and channels of one part at least.
HELD, LEAST = 1 << 22, 4


def squared_distance(here: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """``(…, H, W)``: Σ over channels of (here − there)², of ``(…, C, H, W)`` each, a part of the channels at a time."""
    size = max(LEAST, HELD * here.shape[-3] // max(here.numel(), 1))
    parts = zip(here.split(size, -3), there.split(size, -3), strict=True)
    return reduce(torch.add, ((a - b).square().sum(dim=-3) for a, b in parts))


def edge_weights(features: torch.Tensor, offsets: np.ndarray, weights: np.ndarray, scale: float) -> torch.Tensor:
    """``(…, m, H, W)`` for features ``(…, C, H, W)``: w · exp(−scale · ‖I_i − I_j‖₂), 0 outside."""
    height, width = features.shape[-2:]
    out = features.new_zeros((*features.shape[:-3], len(weights), height, width))
    for index, begin, end in regions(offsets, height, width):
        square = squared_distance(features[..., *begin], features[..., *end])
        out[..., index, *begin] = float(weights[index]) * torch.exp(-float(scale) * square.sqrt())
    return out


def apply_edges(edges: torch.Tensor, offsets: np.ndarray, vectors: torch.Tensor) -> torch.Tensor:
    """L v for ``vectors`` ``(…, H, W)``, given ``edges`` ``(…, m, H, W)`` with the same leading axes."""
    out = torch.zeros_like(vectors)
    for index, begin, end in regions(offsets, *vectors.shape[-2:]):
        flow = edges[..., index, *begin] * (vectors[..., *begin] - vectors[..., *end])
        out[..., *begin] += flow
        out[..., *end] -= flow
    return out


def laplacian_apply(
    features: torch.Tensor,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    vectors: torch.Tensor,
    cut: float = 0.0,
) -> torch.Tensor:
    """(L v)_i = Σ_j A_ij (v_i − v_j) for ``vectors`` ``(k, H, W)``, without edges no heavier than ``cut``; one offset's
    weights at a time."""
    out = torch.zeros_like(vectors)
    height, width = features.shape[-2:]
    for index, begin, end in regions(offsets, height, width):
        square = squared_distance(features[..., *begin], features[..., *end])
        weight = float(weights[index]) * torch.exp(-float(scale) * square.sqrt())
        if cut > 0:
            weight = torch.where(weight > cut, weight, 0.0)
        flow = weight * (vectors[..., *begin] - vectors[..., *end])
        out[..., *begin] += flow
        out[..., *end] -= flow
    return out
