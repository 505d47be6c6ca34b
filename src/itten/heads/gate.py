"""The gate: which side of the field a pixel is on; and the contour: whether it belongs to the drawing."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from itten.heads.moments import grey, mean_and_deviation


def percentile(values: torch.Tensor, percent: float) -> torch.Tensor:
    """The percentile over (H, W) with linear interpolation, float64, shape ``(…, 1, 1)``."""
    flat = values.flatten(-2)
    position = percent / 100.0 * (flat.shape[-1] - 1)
    low = int(position)
    if flat.device.type == "cpu" and not flat.requires_grad and flat.dim() == 1 and not torch.compiler.is_compiling():
        # One partition finds both neighbours.
        both = np.partition(flat.numpy(), (low, min(low + 1, len(flat) - 1)))[[low, min(low + 1, len(flat) - 1)]]
        lower, upper = torch.from_numpy(both).double()
        return (lower + (position - low) * (upper - lower))[..., None, None]
    lower = flat.kthvalue(low + 1, dim=-1).values.double()
    upper = flat.kthvalue(min(low + 2, flat.shape[-1]), dim=-1).values.double()
    return (lower + (position - low) * (upper - lower))[..., None, None]


def spectral_gate(field: torch.Tensor, sharpness: float = 10.0, percent: float = 40.0) -> torch.Tensor:
    """g = σ(s · (f − P(f))) for a field ``(…, H, W)`` of unit RMS; P is the percentile. Values in [0, 1].

    High gate thickens, low gate is copied. A field that is constant has the gate 1/2 everywhere.
    """
    return torch.sigmoid(sharpness * (field.double() - percentile(field, percent))).to(field.dtype)


def contour(image: torch.Tensor) -> torch.Tensor:
    """``(…, H, W)`` bool: the grey value lies more than one standard deviation from the image's mean."""
    values = grey(image)
    mean, deviation = mean_and_deviation(values)
    return (values - mean).abs() > deviation


class SpectralGate(nn.Module):
    """:func:`spectral_gate` with its parameters kept."""

    def __init__(self, sharpness: float = 10.0, percent: float = 40.0) -> None:
        super().__init__()
        self.sharpness = sharpness
        self.percent = percent

    def forward(self, field: torch.Tensor) -> torch.Tensor:
        return spectral_gate(field, self.sharpness, self.percent)


class Contour(nn.Module):
    """:func:`contour`."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return contour(image)
