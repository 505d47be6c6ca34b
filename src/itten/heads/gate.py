"""The gate: which side of the field a pixel is on; and the contour: whether it belongs to the drawing."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from itten.heads.moments import grey, mean_and_deviation

# The gate's zero moves by so many percentiles at most, to a gap. A gap that lies away from the percentile itself by
# this share of the way counts half: fields that differ a little, as those of mirrored pictures do, choose neighbouring
# gaps.
WINDOW, NEAR = 2.0, 0.125
# Gaps and distances of a field at unit RMS that differ by less are equal: more than rounding makes of them.
TIE = 1e-5


def percentile(values: torch.Tensor, percent: float) -> torch.Tensor:
    """The percentile over (H, W) with linear interpolation, float64, shape ``(…, 1, 1)``."""
    flat = values.flatten(-2)
    position = percent / 100.0 * (flat.shape[-1] - 1)
    low = int(position)
    lower = flat.kthvalue(low + 1, dim=-1).values.double()
    upper = flat.kthvalue(min(low + 2, flat.shape[-1]), dim=-1).values.double()
    return (lower + (position - low) * (upper - lower))[..., None, None]


def gap_zero(field: torch.Tensor, content: torch.Tensor, percent: float, backend: str = "auto") -> torch.Tensor:
    """The middle of a wide gap between neighbouring values of the field on ``content``, float64, ``(…, 1, 1)``.

    Gaps are looked for between the percentiles ``percent`` ± 2 of the whole field ``(…, H, W)``, where the first and
    the last end. A gap counts by its width / (1 + (8 t)²), t the way from the percentile itself to its middle, as
    a share of half of what lies between the two. Of equal ones it is the one whose middle is nearest to the percentile,
    then the lower.
    Where no value of ``content`` ``(…, H, W)`` bool lies between the two, it is the percentile. Rounding of the field
    then moves no pixel of the content across the zero unless it is as large as half the gap. Nothing is waited for.
    """
    flat = field.flatten(-2)
    percents = max(percent - WINDOW, 0.0), percent, min(percent + WINDOW, 100.0)
    low, usual, high = _percentiles(_ascending(flat, backend), percents)
    values = _ascending(flat.masked_fill(~content.flatten(-2), torch.inf), backend).double()
    # What lies outside comes to lie on an end, where it makes no gap.
    ends = torch.cat([low, values.clamp(low, high), high], dim=-1)
    gap, middle = ends.diff(dim=-1), 0.5 * (ends[..., 1:] + ends[..., :-1])
    away = (middle - usual).abs()
    counts = gap / (1.0 + (2.0 * away / (NEAR * (high - low)).clamp(min=TIE)).square())
    away = away.masked_fill(counts < counts.amax(-1, keepdim=True) - TIE, torch.inf)
    lowest = middle.masked_fill(away > away.amin(-1, keepdim=True) + TIE, torch.inf).amin(-1, keepdim=True)
    some = ((values >= low) & (values <= high)).any(-1, keepdim=True)
    return torch.where(some, lowest, usual)[..., None]


def _percentiles(ascending: torch.Tensor, percents: tuple[float, ...]) -> list[torch.Tensor]:
    """:func:`percentile` of ``(…, N)`` sorted values several times over, as ``(…, 1)``."""
    found = []
    for percent in percents:
        position = percent / 100.0 * (ascending.shape[-1] - 1)
        low = int(position)
        upper = ascending[..., min(low + 1, ascending.shape[-1] - 1)].double()
        lower = ascending[..., low].double()
        found.append((lower + (position - low) * (upper - lower))[..., None])
    return found


def _ascending(values: torch.Tensor, backend: str) -> torch.Tensor:
    """``(…, N)`` sorted; on the CPU by NumPy, which takes a tenth of the time."""
    wanted = torch.is_grad_enabled() and values.requires_grad
    if values.device.type != "cpu" or backend not in ("auto", "numba") or wanted or torch.compiler.is_compiling():
        return values.sort(dim=-1).values
    return torch.from_numpy(np.sort(values.detach().numpy(), axis=-1))


def spectral_gate(
    field: torch.Tensor,
    sharpness: float = 10.0,
    percent: float = 40.0,
    content: torch.Tensor | None = None,
    backend: str = "auto",
) -> torch.Tensor:
    """g = σ(s · (f − z)) for a field ``(…, H, W)`` of unit RMS. Values in [0, 1].

    The zero z is the percentile ``percent`` of the field; with ``content`` ``(…, H, W)`` bool :func:`gap_zero`. High
    gate thickens, low gate is copied. A field that is constant has the gate 1/2 everywhere.
    """
    zero = percentile(field, percent) if content is None else gap_zero(field, content, percent, backend)
    return torch.sigmoid(sharpness * (field.double() - zero)).to(field.dtype)


def contour(image: torch.Tensor) -> torch.Tensor:
    """``(…, H, W)`` bool: the grey value lies more than one standard deviation from the image's mean."""
    values = grey(image)
    mean, deviation = mean_and_deviation(values)
    return (values - mean).abs() > deviation


class SpectralGate(nn.Module):
    """:func:`spectral_gate` with its parameters kept."""

    def __init__(self, sharpness: float = 10.0, percent: float = 40.0, backend: str = "auto") -> None:
        super().__init__()
        self.sharpness = sharpness
        self.percent = percent
        self.backend = backend

    def forward(self, field: torch.Tensor, content: torch.Tensor | None = None) -> torch.Tensor:
        return spectral_gate(field, self.sharpness, self.percent, content, self.backend)


class Contour(nn.Module):
    """:func:`contour`."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return contour(image)
