"""Heat and wave kernels: what a spectrum says of a point, whatever signs and rotations its vectors have.

Both are sums of squared eigenvector entries, weighted by functions of the eigenvalue alone, so a change of sign or a
rotation inside an eigenspace does not touch them. Times and energies are relative to the spectrum itself, which makes
them free of scale. Differentiable, in any dtype, on any device.

Sources: Sun, Ovsjanikov, Guibas, "A concise and provably informative multi-scale signature based on heat diffusion",
2009, eq. 4; Aubry, Schlickewei, Cremers, "The wave kernel signature", 2011, eq. 5.
"""

from __future__ import annotations

import torch

# Diffusion times in units of 1 / (largest eigenvalue given), and energies as positions between the lowest positive
# eigenvalue and the largest, on a logarithmic scale.
HEAT_TIMES = (0.5, 2.0, 8.0, 32.0)
WAVE_ENERGIES = (0.1, 0.35, 0.6, 0.85)
WAVE_WIDTH = 0.2
# Eigenvalues below this part of the largest belong to the null space.
NULL = 1e-9
# The last eigenspace may have been cut in two by the number of vectors asked for: its weight falls to 0 like this.
TAPER = 4


def heat_kernel(values: torch.Tensor, vectors: torch.Tensor, times: tuple[float, ...] = HEAT_TIMES) -> torch.Tensor:
    """``(…, t, N)``: h_t(x) = N · Σ exp(−t λᵢ / λ_last) vᵢ(x)² / Σ exp(−t λᵢ / λ_last), null vectors left out.

    ``values`` ``(…, k)`` ascending, ``vectors`` ``(…, k, N)`` of unit norm. 1 on average for every time; 0 where no
    eigenvalue is positive. The weights are multiplied by 1 − (λᵢ / λ_last)⁴.
    """
    relative, live = _relative(values)
    # Numbers and not a tensor of them: that would have to be copied to the values' device.
    weights = live[..., None, :] * torch.exp(torch.stack([-time * relative for time in times], dim=-2))
    return _pool(weights, vectors)


def wave_kernel(
    values: torch.Tensor, vectors: torch.Tensor, energies: tuple[float, ...] = WAVE_ENERGIES
) -> torch.Tensor:
    """``(…, e, N)``: N · Σ exp(−(e − e(λᵢ))² / 2σ²) vᵢ(x)² over the sum of the weights, null vectors left out.

    e(λ) is log λ mapped to 0 at the lowest positive eigenvalue and 1 at the last, σ = 0.2. Arguments and taper as in
    :func:`heat_kernel`.
    """
    relative, live = _relative(values)
    positive = relative > NULL
    logs = torch.where(positive, relative, 1.0).log()
    low = logs.amin(dim=-1, keepdim=True)
    place = 1.0 - logs / torch.where(low < 0, low, -1.0)
    apart = torch.stack([energy - place for energy in energies], dim=-2)
    weights = live[..., None, :] * torch.exp(-0.5 * (apart / WAVE_WIDTH).square())
    return _pool(weights, vectors)


def _relative(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """λᵢ / λ_last, and the taper: 0 for null vectors and for the last eigenspace."""
    last = values[..., -1:]
    relative = torch.where(last > 0, values / torch.where(last > 0, last, 1.0), 0.0)
    return relative, torch.where(relative > NULL, 1.0 - relative.pow(TAPER), 0.0)


def _pool(weights: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    total = weights.sum(dim=-1, keepdim=True)
    share = torch.where(total > 0, weights / torch.where(total > 0, total, 1.0), 0.0)
    return vectors.shape[-1] * (share.to(vectors.dtype) @ vectors.square())
