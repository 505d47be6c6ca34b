"""The refinement of the stitched vectors on any device; the mathematics is that of :mod:`itten.spectra.iterate`.

Vectors are the columns of one matrix for each of X, Z and P and their products. Gram matrices go to the host for
Rayleigh–Ritz, 16 to 240 columns of them: one round trip a step, and the only one.
"""

from __future__ import annotations

import numpy as np
import torch

from itten.spectra.device_basis import expand, restrict
from itten.spectra.device_islands import DeviceIslands
from itten.spectra.device_operator import DeviceOperator, gram
from itten.spectra.device_small import DeviceSmallProblem
from itten.spectra.iterate import DEAD
from itten.spectra.ritz import ritz


class DeviceIterate:
    """``count`` · 16 vectors X on the canvas, orthonormal, centred, with their Ritz values (on the host)."""

    def __init__(
        self,
        operator: DeviceOperator,
        islands: DeviceIslands,
        small: DeviceSmallProblem,
        psi: torch.Tensor,
        coarse: torch.Tensor,
        values: np.ndarray,
        in_order: bool,
    ) -> None:
        """X = Φ ``coarse``, ``(tiles, 8, lanes)``, centred; where the basis is small completed with noise.

        What the null vectors leave is zero, with infinite values; these come last if X is to be ``in_order``.
        """
        self.operator, self.islands, self.small, self.psi = operator, islands, small, psi
        self.lanes = coarse.shape[2]
        self.x = operator.zeros(self.lanes)
        expand(operator, psi, coarse, self.x)
        # What the null vectors leave is nearly parallel to others, and would spoil them.
        keep = islands.centre(self.x, DEAD)
        self.values = np.where(keep.cpu().numpy(), values, np.inf)
        self.p = self.lp = self.x[:, :0]
        self.r = self.x
        self.best: tuple[torch.Tensor, np.ndarray] | None = None
        self.steps = 0
        scarce = 8 * len(operator.plan) < 4 * self.lanes
        if scarce:
            self._complete()
            islands.centre(self.x)
        self.lx = operator.product(self.x)
        if scarce or in_order:
            self.rotate()

    @property
    def bytes(self) -> int:
        """Memory of the vectors and the factor."""
        vectors = 7 * self.x.numel() * self.x.element_size()
        return vectors + self.psi.numel() * self.psi.element_size() + self.small.factor.bytes

    def rotate(self) -> None:
        """Rayleigh–Ritz on X alone."""
        both = torch.stack([gram(self.x, self.lx), gram(self.x, self.x)]).cpu().numpy()
        length = np.diag(both[1])
        self.values, c = ritz(both[0], both[1], self.lanes, length > DEAD * length.max())
        turn = self._moved(c)
        self.x, self.lx = self.x @ turn, self.lx @ turn

    def residuals(self, fresh: bool) -> np.ndarray:
        """``(lanes,)`` ‖L x − λ x‖ with R left in ``r``; ``fresh`` makes the products anew."""
        if fresh:
            self.lx = self.operator.product(self.x)
        values = self._moved(np.where(np.isfinite(self.values), self.values, 0))
        self.r = torch.addcmul(self.lx, self.x, values, value=-1)
        return gram_lengths(self.r).cpu().numpy()

    def step(self, residuals: np.ndarray, floor: float) -> None:
        """One step from the residuals in ``r``; vectors whose residual is below ``floor`` get no new direction."""
        n = self.lanes
        z = self.precondition(self.r)
        overlap = gram(self.x, z)
        z -= self.x @ overlap.to(z.dtype)  # X is orthonormal to rounding, and Ritz corrects the rest
        lz = self.operator.product(z)
        a, b = projected([self.x, z, self.p], [self.lx, lz, self.lp])
        status = torch.cat([a, b, torch.nn.functional.pad(overlap.square().sum(dim=0), (0, len(a) - n))[None]])
        host = status.cpu().numpy()
        a_host, b_host, lost = host[: len(a)], host[len(a) : -1], host[-1, :n]
        length = np.diag(b_host)
        live = length > 1e-34
        live[n : 2 * n] &= (residuals > floor) & (length[n : 2 * n] > 1e-9 * lost)
        self.values, c = ritz(a_host, b_host, n, live)
        turn = self._moved(c)
        first, second, third = turn[:n], turn[n : 2 * n], turn[2 * n :]
        self.x, self.p = combined(self.x, z, self.p, first, second, third)
        self.lx, self.lp = combined(self.lx, lz, self.lp, first, second, third)
        self.steps += 1

    def precondition(self, r: torch.Tensor) -> torch.Tensor:
        """About L⁻¹ r: smoothing, coarse correction, centring."""
        z, left = self.operator.smooth(r)
        coarse = self.small.solve(restrict(self.operator, self.psi, left).double())
        expand(self.operator, self.psi, coarse, z)
        self.islands.centre(z)
        return z

    def keep(self) -> None:
        """Remember X as the best so far: no step changes it in place."""
        self.best = self.x, self.values

    def restore(self) -> None:
        """Back to what :meth:`keep` remembered."""
        if self.best is not None:
            self.x, self.values = self.best

    def unpacked(self, wanted: int) -> torch.Tensor:
        """``(wanted, H, W)``: the first vectors of X, of unit length."""
        lengths = gram_lengths(self.x)[:wanted].clamp(min=1e-30).to(self.x.dtype)
        return (self.operator.inside(self.x)[..., :wanted] / lengths).permute(2, 0, 1).contiguous()

    def _moved(self, array: np.ndarray) -> torch.Tensor:
        return torch.tensor(array, dtype=self.x.dtype, device=self.x.device)

    def _complete(self) -> None:
        """Noise in the place of columns that the basis does not have."""
        plan = self.operator.plan
        empty = np.flatnonzero(gram_lengths(self.x).cpu().numpy() < 1e-3)
        noise = np.random.default_rng(2).standard_normal((plan.height, plan.width, len(empty)))
        live = self.operator.inside(self.operator.live[:, None])
        block = self._moved(noise / np.sqrt(plan.height * plan.width)) * live
        self.operator.inside(self.x)[..., torch.tensor(empty, device=self.x.device)] = block


def gram_lengths(x: torch.Tensor) -> torch.Tensor:
    """``(lanes,)`` float64: lengths of the columns."""
    return x.double().square().sum(dim=0).sqrt()


def projected(span: list[torch.Tensor], products: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """``SᵀLS`` and ``SᵀS`` in float64 for parts of S and of LS, both symmetric: half of each is computed."""
    parts = [(s, t) for s, t in zip(span, products, strict=True) if s.shape[1]]
    ends = np.cumsum([0] + [s.shape[1] for s, _ in parts]).tolist()
    out = torch.zeros((2, ends[-1], ends[-1]), dtype=torch.float64, device=span[0].device)
    for i, (left, _) in enumerate(parts):
        for j, (right, product) in enumerate(parts[i:], i):
            rows, columns = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
            for number, other in enumerate((product, right)):
                cell = gram(left, other)
                out[number, columns, rows] = cell.T
                out[number, rows, columns] = cell
    return out[0], out[1]


def combined(
    x: torch.Tensor, z: torch.Tensor, p: torch.Tensor, first: torch.Tensor, second: torch.Tensor, third: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """``X c₀ + Y`` and ``Y = Z c₁ + P c₂``."""
    change = z @ second
    if p.shape[1]:
        change = torch.addmm(change, p, third)
    return torch.addmm(change, x, first), change
