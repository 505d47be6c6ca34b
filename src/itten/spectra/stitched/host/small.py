"""The small problem: the picture's Laplacian on the stitched basis, its factor and its lowest pairs."""

from __future__ import annotations

import numpy as np

from itten.graph.blocks import BlockPlan
from itten.kernels.numba.bandfactor import factor_band
from itten.kernels.numba.galerkin import blocks_times
from itten.kernels.numba.smallproblem import assemble_band, solve_small
from itten.spectra.stitched.host.blockspace import LANES, BlockSpace, aligned
from itten.spectra.stitched.host.ritz import ritz

# A + SIGMA B is what is factored. TINY keeps columns that do not exist (zero rows) apart from those that do.
SIGMA = 2e-3
TINY = 1e-6
# A vector whose residual is below this part of the matrix's largest entry gets no new direction: it would be rounding.
LOCKED = 1e-6
# Steps from noise, and from the solution of a similar picture. With fewer from noise the last vectors depend on
# rounding, and with them, after the refinement, the fourth digit of the others.
SMALL_STEPS, WARM_STEPS = 9, 6


class SmallProblem:
    """ΦᵀLΦ c = λ ΦᵀΦ c, both matrices symmetric in blocks of 8 × 8; vectors are ``(tiles · 8, 16)`` float32."""

    def __init__(self, plan: BlockPlan, a: np.ndarray, b: np.ndarray) -> None:
        self.plan, self.a, self.b = plan, a, b
        self.rows = -(-len(plan) // 2)
        self.factor = aligned(self.rows * plan.band * 256)
        down, across = len(plan.tops), len(plan.lefts)
        assemble_band(
            a,
            b,
            np.float32(SIGMA),
            np.float32(TINY),
            plan.neighbours,
            down,
            across,
            *plan.stride,
            self.rows,
            plan.band,
            self.factor,
        )
        factor_band(self.factor, self.rows, plan.band)

    def vector(self) -> np.ndarray:
        """A block of zeros."""
        return aligned(self.rows * 256)

    def solve(self, b: np.ndarray, x: np.ndarray) -> None:
        """``x`` ← (A + σ B)⁻¹ ``b``."""
        plan = self.plan
        solve_small(self.factor, self.rows, plan.band, *plan.stride, len(plan.tops), len(plan.lefts), b, x)

    def times(self, matrix: np.ndarray, c: np.ndarray, out: np.ndarray) -> None:
        """``out`` ← ``matrix`` c for ``self.a`` or ``self.b``."""
        blocks_times(matrix, self.plan.neighbours, len(self.plan.tops), len(self.plan.lefts), c, out)

    def lowest(
        self, count: int, steps: int, start: list[np.ndarray] | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """About the 16 · ``count`` lowest pairs: values, and vectors in ``count`` blocks, orthonormal in ΦᵀΦ.

        Block iterations with the inverse as preconditioner and Rayleigh–Ritz on [X, Z, P] (LOBPCG; Knyazev 2001), a
        fixed number of ``steps`` from noise or from ``start``.
        """
        space = BlockSpace(10 * count, self.rows * LANES, wide=False)
        x, ax, bx, z, az, bz, p, ap, bp, r = (list(range(i * count, (i + 1) * count)) for i in range(10))
        used = len(self.plan) * 128
        if start is None:
            rng = np.random.default_rng(1)
            for slot in x:
                space[r[0]][:used] = rng.standard_normal(used)
                self.times(self.b, space[r[0]], space[z[0]])
                self.solve(space[z[0]], space[slot])
        else:
            for slot, block in zip(x, start, strict=True):
                self.times(self.b, block, space[z[0]])
                self.solve(space[z[0]], space[slot])
        for slots, matrix in ((ax, self.a), (bx, self.b)):
            for source, to in zip(x, slots, strict=True):
                self.times(matrix, space[source], space[to])
        wanted = LANES * count
        values, c = ritz(space.gram(x, ax), space.gram(x, bx), wanted, np.ones(wanted, bool))
        for slots in (x, ax, bx):
            space.rotate(slots, c)
        floor = LOCKED * float(np.abs(self.a).max())
        for step in range(steps):
            for i in range(count):
                part = slice(LANES * i, LANES * (i + 1))
                rest = np.where(np.isfinite(values[part]), values[part], 0).astype(np.float32)
                space[r[i]][:] = (space[ax[i]].reshape(-1, LANES) - space[bx[i]].reshape(-1, LANES) * rest).ravel()
                self.solve(space[r[i]], space[z[i]])
            overlap = space.gram(bx, z)
            space.subtract(x, z, overlap)
            for source, to_a, to_b in zip(z, az, bz, strict=True):
                self.times(self.a, space[source], space[to_a])
                self.times(self.b, space[source], space[to_b])
            old = step > 0
            span, a_span, b_span = x + z + p * old, ax + az + ap * old, bx + bz + bp * old
            gram_b = space.gram(span, b_span)
            live = np.diag(gram_b) > 1e-34
            live[wanted : 2 * wanted] &= (space.norms(r) > floor) & (
                np.diag(gram_b)[wanted : 2 * wanted] > 1e-9 * (overlap**2).sum(axis=0)
            )
            values, c = ritz(space.gram(span, a_span), gram_b, wanted, live)
            space.combine(x, z, p * old, p, c)
            space.combine(ax, az, ap * old, ap, c)
            space.combine(bx, bz, bp * old, bp, c)
        return values, [space[slot].copy() for slot in x]
