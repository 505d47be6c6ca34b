"""Complexity: how busy the field is around a pixel."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from itten.heads.device import device_kernel, host_kernel
from itten.heads.moments import sobel, z_score


def complexity(field: torch.Tensor, window: int = 7, backend: str = "auto") -> torch.Tensor:
    """c = σ(z(|∇f| + std(f))) for ``(…, H, W)``: Sobel gradient, deviation in a ``window``² box, z-score.

    Values in (0, 1), 1/2 on average; edges repeated. The box sums run in float64, where E[f²] − E[f]²
    loses nothing that matters.
    """
    own = device_kernel("complexity", backend, field)
    if own is not None:
        return own(field, window)
    compiled = host_kernel("busyness", backend, field) if field.dim() == 2 and field.numel() else None
    busy = _busyness(field, window) if compiled is None else compiled(field, window)
    return torch.sigmoid(z_score(busy)).to(field.dtype)


def _busyness(field: torch.Tensor, window: int) -> torch.Tensor:
    """|∇f| + std(f) in float64."""
    exact = field.double()
    dy, dx = sobel(exact)
    flat = exact.flatten(0, -3)[:, None] if field.dim() > 2 else exact[None, None]
    half = window // 2
    padded = functional.pad(flat, (half, half, half, half), mode="replicate")
    mean = _box(padded, window)
    deviation = (_box(padded.square(), window) - mean.square()).clamp(min=0.0).sqrt().reshape(field.shape)
    return (dy.square() + dx.square()).sqrt() + deviation


def _box(values: torch.Tensor, window: int) -> torch.Tensor:
    """Mean over a box, one direction after the other."""
    height, width = values.shape[-2] - window + 1, values.shape[-1] - window + 1
    rows = values[..., :height, :].clone()
    for shift in range(1, window):
        rows = rows + values[..., shift : shift + height, :]
    out = rows[..., :width].clone()
    for shift in range(1, window):
        out = out + rows[..., shift : shift + width]
    return out / (window * window)


class Complexity(nn.Module):
    """:func:`complexity` with its window kept."""

    def __init__(self, window: int = 7, backend: str = "auto") -> None:
        super().__init__()
        self.window = window
        self.backend = backend

    def forward(self, field: torch.Tensor) -> torch.Tensor:
        return complexity(field, self.window, self.backend)
