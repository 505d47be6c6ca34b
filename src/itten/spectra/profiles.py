"""Kernels that are continuous in the graph: smooth weights of eigenvalues that have gone to zero at a cutoff.

A signature of a token x is the diagonal of a function of the Laplacian, (n / S) Σᵢ h(λᵢ / λ_c) φᵢ(x)², with

    h_t(r) = exp(−t r) T(r)    and    h_e(r) = exp(−(e − r)² / 2σ²) T(r),    T(r) = (1 − r⁴)² below 1, else 0,

S = Σ T(λᵢ / λ_c), and n tokens. All λᵢ count, those of null vectors, too. Squares of vectors know no signs, and since
equal values have equal weights, nothing of the choice of vectors in an eigenspace. h and its slope are 0 at the cutoff
λ_c, so that it does not matter which of several equal values come before it. S is at least the number of components.

λ_c is the (k + 1)-th lowest value λ_{k+1}, or ``FLOOR`` / n of the mean degree where that is more; then all values
below it count, however many. With n ≤ k tokens it is twice the 8-norm of the degrees, which is a smooth bound of all
values. Eigenvalues move by no more than L does (Weyl), so λ_c is Lipschitz in the weights, and so is f(L) for f with a
Hölder slope (Peller, "Hankel operators in the perturbation theory of unitary and self-adjoint operators", 1985). The
whole is free of the scale of the weights, which is why it cannot be continuous at one graph, the one without any edge.

Sources of the kernels: :mod:`itten.spectra.descriptors`, whose scale and cutoff are the spectrum's own last value.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from itten.spectra.descriptors import HEAT_TIMES, WAVE_ENERGIES, WAVE_WIDTH

# The lowest cutoff, as a part of the mean degree over n: far below what a connected graph of n tokens needs with k of
# a few, but a chain, whose values are the lowest, has about 0.22 √n of them below.
FLOOR = 0.25
# Relative distance from the cutoff within which values are one cluster with λ_{k+1}.
CLUSTER = 1e-7
# Where quotients of differences lose more digits than the slope in the middle is off.
CLOSE = 1e-6
NORM = 8


@dataclass(frozen=True)
class Profiles:
    """The functions h: of heat with ``times``, in units of 1 / λ_c, then bumps at ``energies``, in units of λ_c."""

    times: tuple[float, ...] = HEAT_TIMES
    energies: tuple[float, ...] = WAVE_ENERGIES

    def __len__(self) -> int:
        return len(self.times) + len(self.energies)

    def weights(self, r: torch.Tensor) -> torch.Tensor:
        """``(…, d, m)``: h(r) of relative values ``(…, m)``, d of times and energies."""
        return torch.stack([self._plain(r, number) for number in range(len(self))], dim=-2) * taper(r)[..., None, :]

    def slopes(self, r: torch.Tensor) -> torch.Tensor:
        """``(…, d, m)``: h′(r)."""
        return torch.stack([self._slope(r, number) for number in range(len(self))], dim=-2)

    def quotients(self, r: torch.Tensor, number: int) -> torch.Tensor:
        """``(…, m, m)``: (h(rᵢ) − h(rⱼ)) / (rᵢ − rⱼ) of function ``number``, the slope where they coincide."""
        weights = self._plain(r, number) * taper(r)
        apart = r[..., :, None] - r[..., None, :]
        close = apart.abs() < CLOSE
        slopes = self._slope(0.5 * (r[..., :, None] + r[..., None, :]), number)
        rise = weights[..., :, None] - weights[..., None, :]
        return torch.where(close, slopes, rise / torch.where(close, 1.0, apart))

    def _plain(self, r: torch.Tensor, number: int) -> torch.Tensor:
        inside = r.clamp(max=1.0)
        if number < len(self.times):
            return torch.exp(-self.times[number] * inside)
        return torch.exp(-0.5 * ((self.energies[number - len(self.times)] - inside) / WAVE_WIDTH).square())

    def _slope(self, r: torch.Tensor, number: int) -> torch.Tensor:
        if number < len(self.times):
            fall = torch.full_like(r, -self.times[number])
        else:
            fall = (self.energies[number - len(self.times)] - r) / WAVE_WIDTH**2
        return self._plain(r, number) * (fall * taper(r) + taper_slope(r))


def taper(r: torch.Tensor) -> torch.Tensor:
    """T(r) = (1 − r⁴)², 0 from 1 on."""
    return (1.0 - r.clamp(max=1.0).pow(4)).square()


def taper_slope(r: torch.Tensor) -> torch.Tensor:
    inside = r.clamp(max=1.0)
    return -8.0 * inside.pow(3) * (1.0 - inside.pow(4))


def cutoff(values: torch.Tensor, degrees: torch.Tensor, real: torch.Tensor, k: int) -> torch.Tensor:
    """``(B,)``: λ_c of graphs with ascending ``values`` ``(B, m)``, m > min(k, n), and ``degrees`` ``(B, N)``, 0 for
    what is no token, whose mean over the ``real`` ``(B,)`` tokens is 1."""
    floor = FLOOR / real.clamp(min=1).to(values.dtype)
    bound = 2.0 * torch.linalg.vector_norm(degrees, NORM, dim=-1)
    if k >= values.shape[-1]:
        return torch.maximum(bound, floor)
    return torch.where(real > k, torch.maximum(values[..., k], floor), torch.maximum(bound, floor))


def cutoff_members(values: torch.Tensor, at: torch.Tensor, real: torch.Tensor, k: int) -> torch.Tensor:
    """``(B, m)``: the share that every one of ``values`` has in the derivative of the cutoff ``at`` ``(B,)``.

    1 for λ_{k+1} if it stands alone. If it is one of several equal ones λ_c has a kink; the shares are even, which is
    an element of Clarke's subdifferential, and the central difference of a pair. 0 where λ_c follows from the degrees.
    """
    if k >= values.shape[-1]:
        return torch.zeros_like(values)
    own = (real > k) & (values[..., k] >= at)
    near = (values - at[..., None]).abs() <= CLUSTER * at[..., None]
    near = near & own[..., None]
    return near / near.sum(dim=-1, keepdim=True).clamp(min=1)


def degree_shares(degrees: torch.Tensor, at: torch.Tensor, real: torch.Tensor, k: int) -> torch.Tensor:
    """``(B, N)``: the derivative of the cutoff ``at`` with respect to the degrees, where it follows from their norm."""
    norm = 0.5 * at[..., None]
    own = (real <= k)[..., None] & (degrees > 0)
    return torch.where(own, 2.0 * (degrees / norm.clamp(min=1e-300)).pow(NORM - 1), 0.0)
