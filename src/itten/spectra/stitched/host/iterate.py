"""The refinement of the stitched vectors: smoothing, coarse correction and Rayleigh–Ritz on the whole picture.

One step, for X with values Λ: R = LX − XΛ; Z = p(D⁻¹L) D⁻¹ R with Chebyshev's p of degree 5, then the stitched space
as the coarse one, Z += Φ (ΦᵀLΦ + σ)⁻¹ Φᵀ (R − L Z); Rayleigh–Ritz on [X, Z] and, from the second step on, the last
change P. That is LOBPCG (Knyazev, SIAM J. Sci. Comput. 23, 2001) with a two-level preconditioner.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from itten.kernels.fork import hold
from itten.kernels.numba.blocks import unpack
from itten.kernels.numba.galerkin import add_expanded, restrict
from itten.spectra.stitched.host.blockspace import LANES, BlockSpace, Spare
from itten.spectra.stitched.host.islands import Islands
from itten.spectra.stitched.host.operator import DEGREE, CanvasOperator
from itten.spectra.stitched.host.ritz import ritz
from itten.spectra.stitched.host.small import SmallProblem
from itten.spectra.stitched.limits import DEAD

SPARE = Spare(256 << 20)
hold(SPARE.lock)


Enough = Callable[[np.ndarray], bool]


class Iterate:
    """``count`` blocks X of 16 vectors on the canvas, orthonormal, centred, with their Ritz values.

    ``before`` are the norms of the residuals that the last step began with.
    """

    # Whether products are made again, since there is no room for them, and how many blocks there are for one of X.
    lean = False
    slots = 8

    def __init__(
        self, operator: CanvasOperator, islands: Islands, small: SmallProblem, psi: np.ndarray, count: int
    ) -> None:
        self.operator, self.islands, self.small, self.psi = operator, islands, small, psi
        self.count = count
        places = [list(range(i * count, (i + 1) * count)) for i in range(8)]
        self.x, self.z, self.r, self.lx, self.lz, self.p, self.lp, self.best = places
        number, plan = self.slots * count, operator.plan
        spare = SPARE.take(plan, number * plan.pixels * LANES)
        self.space = BlockSpace(number, plan.pixels, True, spare)
        self.values = self.best_values = np.zeros(LANES * count)
        self.steps = 0
        self.before = np.zeros(0)
        self._changed = False

    def start(self, coarse: list[np.ndarray], values: np.ndarray, in_order: bool) -> None:
        """X ← Φ c, centred, with the small problem's ``values``; where the basis is small completed with noise.

        What the null vectors leave is zero, with infinite values; these lanes come last if X is to be ``in_order``.
        """
        space = self.space
        keep = np.ones((self.count, LANES), bool)
        for i, (slot, c) in enumerate(zip(self.x, coarse, strict=True)):
            space[slot][:] = 0
            self._expand(c, space[slot])
            self.operator.scale_block(space[slot], self.operator.root)
            # What the null vectors leave is nearly parallel to others, and would spoil them.
            keep[i] = self.islands.centre(space[slot], self.operator, DEAD)
        self.values = np.where(keep.ravel(), values, np.inf)
        scarce = 8 * len(self.small.panels) < 4 * LANES * self.count
        if scarce:
            self._complete()
            for slot in self.x:
                self.islands.centre(space[slot], self.operator)
        if self.lx:
            self._products(self.x, self.lx)
        if scarce or in_order:
            self.rotate()

    def release(self) -> None:
        """Give the blocks to the next picture; nothing here may be used any more."""
        SPARE.keep(self.operator.plan, self.space.data)

    def conclude(self) -> None:
        """No more steps: what these need may go."""

    def rotate(self) -> None:
        """Rayleigh–Ritz on X alone."""
        a, b = self.space.projected(self.x, self.lx)
        length = np.diag(b)
        self.values, c = ritz(a, b, len(a), length > DEAD * length.max())
        self.space.rotate(self.x, c)
        self.space.rotate(self.lx, c)

    def residuals(self, fresh: bool) -> np.ndarray:
        """``(16 count,)`` ‖L x − λ x‖ with R left in the slots ``r``; ``fresh`` makes the products anew."""
        space = self.space
        if fresh:
            self._products(self.x, self.lx)
        for i, (x, lx, r) in enumerate(zip(self.x, self.lx, self.r, strict=True)):
            space.residual(lx, x, self.values[LANES * i : LANES * (i + 1)], r)
        return space.norms(self.r)

    def ahead(self) -> np.ndarray:
        """The residuals for a step that is made whatever they are."""
        return self.residuals(fresh=False)

    def step(self, residuals: np.ndarray, floor: float) -> None:
        """One step from the residuals in ``r``; vectors whose residual is below ``floor`` get no new direction."""
        self._move(*self._directions(residuals, floor))

    def last_step(
        self, residuals: np.ndarray, floor: float, enough: Enough | None = None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """The same as the first and only step, in one sweep that leaves neither LX nor a last change; returns the
        lengths of X's vectors and their residuals. If the values that it leads to are not ``enough`` it is a usual
        step, and returns nothing."""
        c, old = self._directions(residuals, floor)
        if enough is not None and not enough(self.values):
            self._move(c, old)
            return None
        self.steps += 1
        return self.space.finish(self.x, self.z, self.lx, self.lz, c, self.values)

    def _move(self, c: np.ndarray, old: bool) -> None:
        space = self.space
        space.combine(self.x, self.z, self.p * old, self.p, c)
        space.combine(self.lx, self.lz, self.lp * old, self.lp, c)
        self.steps += 1
        self._changed = True

    def _directions(self, residuals: np.ndarray, floor: float) -> tuple[np.ndarray, bool]:
        """Z and its product, and what Rayleigh–Ritz makes of [X, Z, P]: coefficients, and whether there was a P."""
        space, self.before = self.space, residuals
        self.precondition()
        overlap = space.gram(self.x, self.z)
        space.subtract(self.x, self.z, overlap)  # X is orthonormal to rounding, and Ritz corrects the rest
        self._products(self.z, self.lz)
        old = self._changed
        a, b = space.projected(self.x + self.z + self.p * old, self.lx + self.lz + self.lp * old)
        self.values, c = ritz(a, b, LANES * self.count, self._live(b, overlap, residuals, floor))
        return c, old

    def _live(self, b: np.ndarray, overlap: np.ndarray, residuals: np.ndarray, floor: float) -> np.ndarray:
        """Which of [X, Z, P] are directions, by SᵀS: of Z those of vectors that are not locked, if anything is left."""
        n, length = LANES * self.count, np.diag(b)
        live: np.ndarray = length > 1e-34
        live[n : 2 * n] &= (residuals > floor) & (length[n : 2 * n] > 1e-9 * (overlap**2).sum(axis=0))
        return live

    def drift(self) -> np.ndarray:
        """``(16 count,)`` how far the values are from those of X with the products that R was made of."""
        cells = self.space.pairs(self.x, self.r)
        return np.abs(cells.diagonal(axis1=1, axis2=2).ravel())

    def begin_again(self) -> None:
        """Rayleigh–Ritz on X alone, with its products as they are, and no last change."""
        self._changed = False
        self.rotate()

    def precondition(self) -> None:
        """Z ← about L⁻¹ R: smoothing, coarse correction, centring. Spends what is in ``r`` and ``lz``.

        With a mass about √M L⁻¹ √M R.
        """
        space = self.space
        for r, z, left in zip(self.r, self.z, self.lz, strict=True):
            self.operator.scale_block(space[r], self.operator.root)
            self.operator.smooth(space[r], space[z], space[left], DEGREE)
            self._coarse_correction(space[left], space[z])
            self.operator.scale_block(space[z], self.operator.root)
            self.islands.centre(space[z], self.operator)

    def keep(self) -> None:
        """Remember X as the best so far."""
        self.best_values = self.values
        for x, best in zip(self.x, self.best, strict=True):
            self.space[best][:] = self.space[x]

    def restore(self) -> None:
        """Back to what :meth:`keep` remembered."""
        for x, best in zip(self.x, self.best, strict=True):
            self.space[x][:] = self.space[best]
        self.values = self.best_values

    def unpacked(self, wanted: int, lengths: np.ndarray | None = None) -> np.ndarray:
        """``(wanted, H, W)`` float32: the first vectors of X, of unit length; their ``lengths`` now, if known. With a
        mass they are those of L v = λ D v, of unit length in D, and X is spent."""
        plan = self.operator.plan
        lengths = self.space.norms(self.x) if lengths is None else lengths
        out = np.empty((wanted, plan.height, plan.width), np.float32)
        for i in range(0, wanted, LANES):
            part = out[i : i + LANES]
            scale = (self.operator.length / np.maximum(lengths[i : i + len(part)], 1e-30)).astype(np.float32)
            self.operator.scale_block(self.space[self.x[i // LANES]], self.operator.inverse_root)
            unpack(0, plan.height, self.space[self.x[i // LANES]], 0, scale, plan.pitch, plan.margin, part)
        return out

    def _expand(self, c: np.ndarray, x: np.ndarray) -> None:
        plan = self.operator.plan
        rows = plan.margin, plan.canvas_height - plan.margin
        add_expanded(
            *rows,
            self.psi,
            self.small.panels.first,
            c,
            plan.pitch,
            plan.margin,
            plan.tops,
            plan.lefts,
            plan.tile_height,
            x,
        )

    def _coarse_correction(self, r: np.ndarray, z: np.ndarray) -> None:
        plan, small = self.operator.plan, self.small
        b, c = small.vector(), small.vector()
        panels = small.panels
        restrict(
            0,
            len(panels),
            self.psi,
            panels.owner,
            r,
            plan.pitch,
            plan.margin,
            plan.tops,
            plan.lefts,
            plan.tile_height,
            b,
        )
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
