"""The refinement of the stitched vectors on any device; the mathematics is the host's.

Vectors are the columns of one matrix a picture for each of X, Z and P and their products. Values and residuals stay on
the device: a fixed number of steps needs no wait.
"""

from __future__ import annotations

import numpy as np
import torch

from itten.spectra.stitched.device.islands import DeviceIslands
from itten.spectra.stitched.device.operator import DeviceOperator, gram, lengths
from itten.spectra.stitched.device.products import expand, restrict
from itten.spectra.stitched.device.ritz import device_ritz
from itten.spectra.stitched.device.small import DeviceSmallProblem
from itten.spectra.stitched.limits import DEAD


class DeviceIterate:
    """``lanes`` vectors X on each canvas, orthonormal, centred, with their Ritz values ``(B, lanes)``."""

    def __init__(
        self,
        operator: DeviceOperator,
        islands: DeviceIslands,
        small: DeviceSmallProblem,
        psi: torch.Tensor,
        coarse: torch.Tensor,
        values: torch.Tensor,
        in_order: bool,
    ) -> None:
        """X = Φ ``coarse``, ``(B, tiles, columns, lanes)``, with a mass √M times that, centred; where the basis is
        small completed with noise.

        What the null vectors leave is zero, with infinite values; these come last if X is to be ``in_order``.
        """
        self.operator, self.islands, self.small, self.psi = operator, islands, small, psi
        self.lanes = coarse.shape[3]
        x = operator.zeros(self.lanes)
        expand(operator, psi, coarse, x)
        self.x = operator.scaled(x, operator.root)
        # What the null vectors leave is nearly parallel to others, and would spoil them.
        keep = islands.centre(self.x, DEAD)
        self.values = torch.where(keep, values, torch.inf)
        self.p = self.lp = self.x[..., :0]
        self.r = self.x
        self.best = self.x, self.values
        self.steps = 0
        scarce = 8 * small.panels < 4 * self.lanes
        if scarce:
            self._complete()
            islands.centre(self.x)
        self.lx = operator.product(self.x)
        self.made = True  # LX from this X, and not along with it
        if scarce or in_order:
            self.rotate()

    @property
    def bytes(self) -> int:
        """Memory of the vectors and the factor."""
        vectors = 7 * self.x.numel() * self.x.element_size()
        return vectors + self.psi.numel() * self.psi.element_size() + self.small.factor.bytes

    def rotate(self) -> None:
        """Rayleigh–Ritz on X alone."""
        b = gram(self.x, self.x)
        length = b.diagonal(dim1=1, dim2=2)
        live = length > DEAD * length.amax(dim=1, keepdim=True)
        self.values, c = device_ritz(gram(self.x, self.lx), b, self.lanes, live, self.operator.kind)
        turn = c.to(self.x.dtype)
        self.x, self.lx = self.x @ turn, self.lx @ turn
        self.made = False

    def residuals(self, fresh: bool) -> torch.Tensor:
        """``(B, lanes)`` ‖L x − λ x‖ with R left in ``r``; ``fresh`` makes the products anew."""
        if fresh and not self.made:
            self.lx, self.made = self.operator.product(self.x), True
        values = torch.where(self.values.isfinite(), self.values, 0).to(self.x.dtype)
        self.r = torch.addcmul(self.lx, self.x, values[:, None], value=-1)
        return lengths(self.r)

    def step(self, residuals: torch.Tensor, floor: torch.Tensor | float) -> None:
        """One step from the residuals in ``r``; vectors whose residual is below ``floor``, a number or one a picture,
        get no new direction."""
        n = self.lanes
        z = self.precondition(self.r)
        overlap = gram(self.x, z)
        z = z - self.x @ overlap.to(z.dtype)  # X is orthonormal to rounding, and Ritz corrects the rest
        lz = self.operator.product(z)
        a, b = projected([self.x, z, self.p], [self.lx, lz, self.lp])
        length = b.diagonal(dim1=1, dim2=2)
        live = length > 1e-34
        new = slice(n, 2 * n)
        above = residuals > (floor[:, None] if isinstance(floor, torch.Tensor) else floor)
        live[:, new] &= above & (length[:, new] > 1e-9 * overlap.square().sum(dim=1))
        self.values, c = device_ritz(a, b, n, live, self.operator.kind)
        turn = c.to(self.x.dtype)
        first, second, third = turn[:, :n], turn[:, new], turn[:, 2 * n :]
        self.x, self.p = combined(self.x, z, self.p, first, second, third)
        self.lx, self.lp = combined(self.lx, lz, self.lp, first, second, third)
        self.steps += 1
        self.made = False

    def drift(self) -> torch.Tensor:
        """``(B, lanes)`` float64: how far the values are from those of X with the products that R was made of."""
        return (self.x * self.r).sum(dim=1, dtype=torch.float64).abs()

    def begin_again(self) -> None:
        """Rayleigh–Ritz on X alone, with its products as they are, and no last change."""
        self.p = self.lp = self.x[..., :0]
        self.rotate()

    def precondition(self, r: torch.Tensor) -> torch.Tensor:
        """About L⁻¹ r: smoothing, coarse correction, centring. With a mass about √M L⁻¹ √M r."""
        z, left = self.operator.smooth(self.operator.scaled(r, self.operator.root))
        coarse = self.small.solve(restrict(self.operator, self.psi, left).double())
        expand(self.operator, self.psi, coarse, z)
        z = self.operator.scaled(z, self.operator.root)
        self.islands.centre(z)
        return z

    def keep(self) -> None:
        """Remember X as the best so far: no step changes it in place."""
        self.best = self.x, self.values

    def restore(self) -> None:
        """Back to what :meth:`keep` remembered."""
        self.x, self.values = self.best
        self.made = False

    def unpacked(self, wanted: int) -> torch.Tensor:
        """``(B, wanted, H, W)``: the first vectors of X, of unit length; with a mass those of L v = λ D v, of unit
        length in D."""
        size = lengths(self.x)[:, None, :wanted].clamp(min=1e-30).to(self.x.dtype)
        return self.operator.unpacked(self.x[..., :wanted] / size)

    def _complete(self) -> None:
        """Noise in the place of columns that the basis does not have."""
        plan = self.operator.plan
        on = self.operator.on
        name = "completion", self.lanes
        noise = on.keep(name, lambda: on.moved(_noise(plan.height, plan.width, self.lanes))).to(self.x.dtype)
        live = self.operator.inside(self.operator.live.view(self.operator.batch, -1, 1))
        view = self.operator.inside(self.x)
        view.copy_(torch.where(lengths(self.x)[:, None, None] < 1e-3, noise * live, view))


def _noise(height: int, width: int, lanes: int) -> np.ndarray:
    return np.random.default_rng(2).standard_normal((height, width, lanes)) / np.sqrt(height * width)


def projected(span: list[torch.Tensor], products: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """``SᵀLS`` and ``SᵀS`` ``(B, n, n)`` in float64 for parts of S and of LS, both symmetric: half is computed."""
    parts = [(s, t) for s, t in zip(span, products, strict=True) if s.shape[2]]
    ends = np.cumsum([0] + [s.shape[2] for s, _ in parts]).tolist()
    shape = 2, len(span[0]), ends[-1], ends[-1]
    out = torch.zeros(shape, dtype=torch.float64, device=span[0].device)
    for i, (left, product) in enumerate(parts):
        for j, (right, _) in enumerate(parts[i:], i):
            rows, columns = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
            # Products of the first of two parts: X comes first, and what of LX is small is small in them.
            for number, other in enumerate((product, left)):
                cell = gram(other, right)
                out[number, :, columns, rows] = cell.mT
                out[number, :, rows, columns] = cell
    return out[0], out[1]


def combined(
    x: torch.Tensor, z: torch.Tensor, p: torch.Tensor, first: torch.Tensor, second: torch.Tensor, third: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """``X c₀ + Y`` and ``Y = Z c₁ + P c₂``."""
    change = z @ second
    if p.shape[2]:
        change = torch.baddbmm(change, p, third)
    return torch.baddbmm(change, x, first), change
