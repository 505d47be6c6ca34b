"""The refinement for pictures whose blocks would be most of the memory: X and Z are kept, all else is of a few rows.

The steps are those of :mod:`itten.spectra.stitched.host.iterate` without P. The picture is swept in strips of tile
rows: of each, weights are made once, and of the products, the residuals and what the smoother leaves there is no more
than the strip and as many rows around it as the polynomial reaches. A sweep costs those rows twice, and saves the
weights of every other product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from itten.kernels.numba import blocks
from itten.kernels.numba.galerkin import restrict
from itten.spectra.stitched.host.blockspace import LANES, BlockSpace, aligned, finite
from itten.spectra.stitched.host.islands import Islands
from itten.spectra.stitched.host.iterate import Enough, Iterate
from itten.spectra.stitched.host.operator import DEGREE, CanvasOperator, Window
from itten.spectra.stitched.host.ritz import ritz
from itten.spectra.stitched.host.small import SmallProblem
from itten.spectra.stitched.limits import DEAD

# Rows of the picture that a strip has at least, and rows that products are made of at once where nothing reaches out.
STRIP_ROWS, PRODUCT_ROWS = 96, 64

# Writes R of a block into the buffers, for the rows of a window; those above a row have been seen before.
Fill = Callable[[int, "Buffers", Window, int], None]


class Buffers:
    """Three blocks of a strip's rows."""

    def __init__(self, numbers: int) -> None:
        self.r, self.z, self.left = (aligned(numbers) for _ in range(3))


class LeanIterate(Iterate):
    """An :class:`~itten.spectra.stitched.host.iterate.Iterate` that keeps two blocks alive for every one of X.

    The slots ``r`` are for residuals from elsewhere, and take no memory until they are written.
    """

    lean = True
    slots = 3

    def __init__(
        self, operator: CanvasOperator, islands: Islands, small: SmallProblem, psi: np.ndarray, count: int
    ) -> None:
        super().__init__(operator, islands, small, psi, count)
        self.lx = self.lz = self.p = self.lp = self.best = []
        self._squares = np.zeros(LANES * count)

    def rotate(self) -> None:
        a, b = self._projected(self.x)
        length = np.diag(b)
        self.values, c = ritz(a, b, len(a), length > DEAD * length.max())
        self.space.rotate(self.x, c)

    def residuals(self, fresh: bool) -> np.ndarray:
        """``(16 count,)`` ‖L x − λ x‖ from products made anew."""
        total = np.zeros(LANES * self.count)
        for top, bottom, local in self._local(self.x):
            self._residuals_of(local, bottom - top)
            total += local.norms(range(self.count, 2 * self.count)) ** 2
        return np.sqrt(total)

    def ahead(self) -> np.ndarray:
        """Nothing: the step's own sweep finds them."""
        return np.zeros(0)

    def step(self, residuals: np.ndarray, floor: float) -> None:
        space = self.space
        self._squares[:] = 0
        self._sweep(self._residual)
        self.before = residuals = residuals if residuals.size else np.sqrt(self._squares)
        overlap = space.gram(self.x, self.z)
        space.subtract(self.x, self.z, overlap)
        a, b = self._projected(self.x + self.z)
        self.values, c = ritz(a, b, LANES * self.count, self._live(b, overlap, residuals, floor))
        space.combine(self.x, self.z, [], [], c)
        self.steps += 1

    def last_step(
        self, residuals: np.ndarray, floor: float, enough: Enough | None = None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        self.step(residuals, floor)
        return self.space.norms(self.x), self.residuals(fresh=True)

    def precondition(self) -> None:
        """Z ← about L⁻¹ R, for what is in the slots ``r``."""
        self._sweep(self._given)

    def conclude(self) -> None:
        self.psi = self.small.factor = np.zeros(0, np.float32)

    def keep(self) -> None:
        """There is no room for that."""

    def restore(self) -> None:
        """There is nothing to go back to."""

    def _sweep(self, fill: Fill) -> None:
        """Z ← smoothing, coarse correction and centring of the residuals that ``fill`` makes."""
        plan, small = self.operator.plan, self.small
        across, tile = len(plan.lefts), plan.tile_height
        sums = [small.vector() for _ in range(self.count)]
        windows = list(self._windows())
        buffers = Buffers(max(window.rows for *_, window in windows) * plan.pitch * LANES)
        for first, last, done, window in windows:
            for i in range(self.count):
                fill(i, buffers, window, done)
                size = plan.pitch * LANES
                known = buffers.r[(window.low - window.base) * size : (window.high - window.base) * size]
                self.operator.scale_block(known, self.operator.root, window.low)
                self.operator.smooth(buffers.r, buffers.z, buffers.left, DEGREE, window)
                rows = slice(done * plan.pitch * LANES, window.bottom * plan.pitch * LANES)
                start = window.base * plan.pitch * LANES
                self.space[self.z[i]][rows] = buffers.z[rows.start - start : rows.stop - start]
                begin, end = small.panels.first[first * across], small.panels.first[last * across]
                place = plan.pitch, plan.margin, plan.tops - window.base, plan.lefts, tile
                restrict(begin, end, self.psi, small.panels.owner, buffers.left, *place, sums[i])
        del buffers
        c = small.vector()
        for i, slot in enumerate(self.z):
            small.solve(sums[i], c)
            self._expand(c, self.space[slot])
            self.operator.scale_block(self.space[slot], self.operator.root)
            self.islands.centre(self.space[slot], self.operator)

    def _windows(self) -> Iterator[tuple[int, int, int, Window]]:
        """Tile rows ``first … last``, the canvas row up to which Z is done, and the window that the tiles want."""
        plan = self.operator.plan
        begin, end, reach = plan.margin, plan.margin + plan.height, plan.margin
        done, first = begin, 0
        while first < len(plan.tops):
            last = first + 1
            while last < len(plan.tops) and plan.tops[last - 1] + plan.tile_height - plan.tops[first] < STRIP_ROWS:
                last += 1
            top = int(plan.tops[first]) + reach
            bottom = end if last == len(plan.tops) else min(int(plan.tops[last - 1]) + plan.tile_height + reach, end)
            low, high = max(top - DEGREE * reach, begin), min(bottom + DEGREE * reach, end)
            # Tiles may be higher than a low picture.
            rows = max(high, int(plan.tops[last - 1]) + plan.tile_height + reach) + reach - (low - reach)
            yield first, last, done, Window(low - reach, low, top, bottom, high, rows)
            done, first = bottom, last

    def _given(self, i: int, buffers: Buffers, window: Window, done: int) -> None:
        size = self.operator.plan.pitch * LANES
        begin = (window.low - window.base) * size
        given = self.space[self.r[i]][window.low * size : window.high * size]
        buffers.r[begin : begin + given.size] = given

    def _residual(self, i: int, buffers: Buffers, window: Window, done: int) -> None:
        plan, lanes, x = self.operator.plan, slice(LANES * i, LANES * (i + 1)), self.space[self.x[i]]
        size = plan.pitch * LANES
        self.operator.product_of(x[window.base * size :], buffers.r, window)
        count = (window.high - window.low) * size
        made, here = buffers.r[(window.low - window.base) * size :][:count], x[window.low * size :][:count]
        blocks.residual(0, count // 256, made, here, finite(self.values[lanes]), made)
        seen = BlockSpace(1, (window.bottom - done) * plan.pitch, True, buffers.r[(done - window.base) * size :])
        self._squares[lanes] += seen.norms([0]) ** 2

    def _local(self, slots: list[int]) -> Iterator[tuple[int, int, BlockSpace]]:
        """Canvas rows ``top … bottom`` with a copy of the blocks ``slots`` there, and after them room for as many: the
        products with L."""
        plan = self.operator.plan
        begin, end, size = plan.margin, plan.margin + plan.height, plan.pitch * LANES
        n, rows = len(slots), PRODUCT_ROWS + 2 * plan.margin
        data, out = aligned(2 * n * PRODUCT_ROWS * size), aligned(rows * size)
        for top in range(begin, end, PRODUCT_ROWS):
            bottom = min(top + PRODUCT_ROWS, end)
            local = BlockSpace(2 * n, (bottom - top) * plan.pitch, True, data)
            window = Window(top - plan.margin, top, top, bottom, bottom, rows)
            for i, slot in enumerate(slots):
                block = self.space[slot]
                local[i][:] = block[top * size : bottom * size]
                self.operator.product_of(block[window.base * size :], out, window)
                local[n + i][:] = out[plan.margin * size : (plan.margin + bottom - top) * size]
            yield top, bottom, local

    def _residuals_of(self, local: BlockSpace, rows: int) -> None:
        for i in range(self.count):
            local.residual(self.count + i, i, self.values[LANES * i : LANES * (i + 1)], self.count + i)

    def _projected(self, span: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """``SᵀLS`` and ``SᵀS`` for blocks S."""
        n = len(span)
        a = np.zeros((LANES * n, LANES * n))
        b = np.zeros_like(a)
        for _, _, local in self._local(span):
            some_a, some_b = local.projected(range(n), range(n, 2 * n))
            a += some_a
            b += some_b
        return a, b
