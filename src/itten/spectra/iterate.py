"""The refinement of the stitched vectors: smoothing, coarse correction and Rayleigh–Ritz on the whole picture.

One step, for X with values Λ: R = LX − XΛ; Z = p(D⁻¹L) D⁻¹ R with Chebyshev's p of degree 5, then the stitched space
as the coarse one, Z += Φ (ΦᵀLΦ + σ)⁻¹ Φᵀ (R − L Z); Rayleigh–Ritz on [X, Z] and, from the second step on, the last
change P. That is LOBPCG (Knyazev, SIAM J. Sci. Comput. 23, 2001) with a two-level preconditioner.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.galerkin import add_expanded, restrict
from itten.spectra.blockspace import LANES, BlockSpace
from itten.spectra.islands import Islands
from itten.spectra.operator import CanvasOperator
from itten.spectra.ritz import coefficients, ritz
from itten.spectra.small import SmallProblem

# A vector whose residual is below this part of the wanted one is left alone: its direction would be rounding.
LOCKED = 0.3


class Iterate:
    """``count`` blocks X of 16 vectors on the canvas, orthonormal, centred, with their Ritz values.

    ``lean`` keeps four blocks alive in place of seven: products are made again, and there is no P.
    """

    def __init__(
        self,
        operator: CanvasOperator,
        islands: Islands,
        small: SmallProblem,
        psi: np.ndarray,
        count: int,
        lean: bool,
    ) -> None:
        self.operator, self.islands, self.small, self.psi, self.lean = operator, islands, small, psi, lean
        self.count = count
        slots = [list(range(i * count, (i + 1) * count)) for i in range(8)]
        self.x, self.lx, self.z, self.r, self.lz, self.p, self.lp, self.best = slots
        if lean:
            self.lz, self.p, self.lp = self.r, [], []  # r's content is spent when the product of z is made
        self.space = BlockSpace((4 if lean else 8) * count, operator.plan.pixels, wide=True)
        self.values = np.zeros(LANES * count)
        self.steps = 0

    def start(self, coarse: list[np.ndarray]) -> None:
        """X ← Φ c, where the basis is small completed with noise; centred, rotated to Ritz vectors."""
        space, plan = self.space, self.operator.plan
        for slot, c in zip(self.x, coarse, strict=True):
            self._expand(c, space[slot])
        if 8 * len(plan) < 4 * LANES * self.count:
            self._complete()
        for slot in self.x:
            self.islands.centre(space[slot], self.operator)
        self._products(self.x, self.lx)
        gram = space.gram(self.x, self.x)
        length = np.diag(gram)
        # What the null vectors leave after centring is nearly parallel to others, and would spoil them.
        live = length > 1e-3 * length.max()
        self.values, c = ritz(space.gram(self.x, self.lx), gram, LANES * self.count, live)
        space.rotate(self.x, c)
        space.rotate(self.lx, c)

    def residuals(self, fresh: bool) -> np.ndarray:
        """``(16 count,)`` ‖L x − λ x‖ with R left in the slots ``r``; ``fresh`` makes the products anew."""
        space = self.space
        if fresh or self.lean:
            self._products(self.x, self.lx)
        for i, (x, lx, r) in enumerate(zip(self.x, self.lx, self.r, strict=True)):
            space.residual(lx, x, self.values[LANES * i : LANES * (i + 1)], r)
        return space.norms(self.r)

    def step(self, residuals: np.ndarray, floor: float) -> None:
        """One step from the residuals in ``r``; vectors whose residual is below ``floor`` get no new direction."""
        space, operator = self.space, self.operator
        for i, (r, z) in enumerate(zip(self.r, self.z, strict=True)):
            old = self.lx[i] if self.lean else self.lz[i]
            operator.smooth(space[r], space[z], space[old])
            self._coarse_correction(space[old], space[z])
            self.islands.centre(space[z], operator)
        before = np.concatenate([np.diag(space.gram([z], [z])) for z in self.z])
        overlap = space.gram(self.x, self.z)
        space.subtract(self.x, self.z, coefficients(space.gram(self.x, self.x), overlap))
        self._products(self.z, self.lz)
        if self.lean:
            self._products(self.x, self.lx)
        old_p = bool(self.p) and self.steps > 0
        span, l_span = self.x + self.z + self.p * old_p, self.lx + self.lz + self.lp * old_p
        gram = space.gram(span, span)
        live = np.ones(len(gram), bool)
        n = LANES * self.count
        live[n : 2 * n] = (residuals > floor) & (np.diag(gram)[n : 2 * n] > 1e-9 * before)
        self.values, c = ritz(space.gram(span, l_span), gram, n, live)
        space.combine(self.x, self.z, self.p * old_p, self.p, c)
        if not self.lean:
            space.combine(self.lx, self.lz, self.lp * old_p, self.lp, c)
        self.steps += 1

    def keep(self) -> None:
        """Remember X as the best so far."""
        for x, best in zip(self.x, self.best, strict=True):
            self.space[best][:] = self.space[x]

    def restore(self, values: np.ndarray) -> None:
        """Back to what :meth:`keep` remembered, with its ``values``."""
        for x, best in zip(self.x, self.best, strict=True):
            self.space[x][:] = self.space[best]
        self.values = values

    def _expand(self, c: np.ndarray, x: np.ndarray) -> None:
        plan = self.operator.plan
        reach = int(plan.neighbours[:, 0].max())
        add_expanded(self.psi, c, plan.pitch, plan.margin, plan.tops, plan.lefts, plan.tile_height, reach, x)

    def _coarse_correction(self, r: np.ndarray, z: np.ndarray) -> None:
        plan, small = self.operator.plan, self.small
        b, c = small.vector(), small.vector()
        restrict(self.psi, r, plan.pitch, plan.margin, plan.tops, plan.lefts, plan.tile_height, b)
        small.solve(b, c)
        self._expand(c, z)

    def _products(self, x: list[int], out: list[int]) -> None:
        for source, to in zip(x, out, strict=True):
            self.operator.product(self.space[source], self.space[to])

    def _complete(self) -> None:
        """Noise in the place of columns that the basis does not have."""
        plan, rng = self.operator.plan, np.random.default_rng(2)
        live = self.operator.live[plan.inside]
        for slot in self.x:
            block = self.space[slot].reshape(plan.canvas_height, plan.pitch, LANES)[plan.inside]
            empty = np.flatnonzero(np.einsum("hwc,hwc->c", block, block) < 1e-6)
            noise = rng.standard_normal((plan.height, plan.width, len(empty))) / np.sqrt(live.size)
            block[..., empty] = noise * live[..., None]
