"""Edge weights and the Laplacian's product, on any backend."""

from __future__ import annotations

import torch

from itten.graph.stencil import Stencil
from itten.kernels import choose, kernel
from itten.kernels.registry import ARRAY_BACKENDS


def edge_weights(
    features: torch.Tensor, stencil: Stencil, edge_threshold: float = 0.15, backend: str = "auto"
) -> torch.Tensor:
    """A_ij = W(j − i) · exp(−‖I_i − I_j‖₂ / edge_threshold) for one half of the offsets.

    ``features`` ``(C, H, W)`` float. Returns ``(len(stencil), H, W)``: entry ``[m, y, x]`` is the weight of
    the edge from pixel (y, x) to (y, x) + offset m, and 0 where that lies outside.
    """
    chosen = choose("edge_weights", features.device.type, backend)
    arguments = _plan_arrays(stencil, edge_threshold, features)
    if chosen in ARRAY_BACKENDS:
        return torch.from_numpy(kernel("edge_weights", chosen)(features.numpy(), *arguments))
    return kernel("edge_weights", chosen)(features, *arguments)


def laplacian_apply(
    features: torch.Tensor,
    vectors: torch.Tensor,
    stencil: Stencil,
    edge_threshold: float = 0.15,
    backend: str = "auto",
    cut: float = 0.0,
) -> torch.Tensor:
    """L times ``vectors`` ``(k, H, W)``, L = D − A the Laplacian of the whole image, which is never formed. Edges no
    heavier than ``cut`` are left out.

    Returns ``(k, H, W)`` in the vectors' type. ``features`` ``(C, H, W)`` of the same type.
    """
    chosen = choose("laplacian_apply", features.device.type, backend)
    arguments = _plan_arrays(stencil, edge_threshold, features)
    if chosen in ARRAY_BACKENDS:
        result = kernel("laplacian_apply", chosen)(features.numpy(), *arguments, vectors.contiguous().numpy(), cut)
        return torch.from_numpy(result)
    return kernel("laplacian_apply", chosen)(features, *arguments, vectors, cut)


def _plan_arrays(stencil: Stencil, edge_threshold: float, features: torch.Tensor) -> tuple:
    """Offsets, weights and inverse threshold as the kernels want them: in the features' precision."""
    dtype = torch.empty(0, dtype=features.dtype).numpy().dtype
    return stencil.offsets, stencil.weights.astype(dtype), dtype.type(1.0 / edge_threshold)
