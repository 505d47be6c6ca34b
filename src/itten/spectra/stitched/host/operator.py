"""L of a whole picture on its canvas: weights stored, or made again strip by strip where they would not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from itten.graph.blocks import BlockPlan
from itten.graph.stencil import Stencil
from itten.kernels.numba import galerkin as products
from itten.kernels.numba.product import degree_rows, product_rows, smooth_rows, smooth_start, weight_rows
from itten.spectra.stitched.host.blockspace import aligned
from itten.spectra.stitched.host.panels import Panels
from itten.spectra.stitched.limits import check_colours

# Weights beyond this many bytes are not stored: a product then makes them again, in strips of STRIP rows.
STORED = 128 << 20
STRIP = 32
# Shifts below are absolute. They are meant for a stencil whose half sums to this, as the default one does.
HALF_SUM = 32.0
DIAGONAL_SHIFT = 0.1
# Chebyshev's interval for D⁻¹L. The bound of its spectrum is 2, where the polynomial is still no larger than 1 in
# magnitude: 2 lies as far from the middle as 0. The degree is odd, see `smooth`.
LOW, HIGH, DEGREE = 0.2, 1.8, 5

Strip = tuple[int, int, np.ndarray, int]


class Window(NamedTuple):
    """Rows of a canvas in a buffer of ``rows`` that begins with row ``base``: what is wanted of ``top … bottom`` can be
    made of what is known from ``low`` to ``high``, beyond which there is either nothing or nothing that it needs."""

    base: int
    low: int
    top: int
    bottom: int
    high: int
    rows: int


class CanvasOperator:
    """Products, smoothing and tile work for one picture. Eigenvalues are those of L divided by ``unit``."""

    def __init__(
        self, features: np.ndarray, plan: BlockPlan, stencil: Stencil, threshold: float, mask: np.ndarray | None
    ) -> None:
        """``features`` ``(C, H, W)`` float32; ``mask`` ``(H, W)`` bool, True where a pixel is left out."""
        self.plan = plan
        self.unit = float(stencil.weights.sum()) / HALF_SUM
        self.weights = (stencil.weights / self.unit).astype(np.float32)
        self.scale = np.float32(1.0 / threshold)
        self.channels = features.shape[0]
        self.canvas, self.masked = _canvas(features, plan, threshold, mask), mask is not None
        self.live = np.zeros((plan.canvas_height, plan.pitch), np.float32)
        self.live[plan.inside] = 1 if mask is None else ~mask
        m = len(stencil)
        row_bytes = 4 * m * plan.pitch
        rows = plan.canvas_height if row_bytes * plan.canvas_height <= STORED else 0
        self._stored = aligned(rows * m * plan.pitch + 64) if rows else None
        if self._stored is not None:
            self._fill(0, plan.canvas_height - plan.margin, self._stored)
        self._strip, self._filled = self._stored, (0, 0)
        degree = np.zeros(plan.pixels, np.float32)
        for row0, row1, w, w0 in self.strips():
            degree_rows(row0, row1, w, w0, m, plan.pitch, plan.where, degree)
        self.degree = degree
        self.norm = 2.0 * float(degree.reshape(plan.canvas_height, plan.pitch)[plan.inside].max())
        self.shift = DIAGONAL_SHIFT
        self._diagonal: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def streamed(self) -> bool:
        """Whether the weights are made anew for every product."""
        return self._stored is None

    def strips(self) -> Iterator[Strip]:
        """Canvas rows ``row0 … row1`` and the weights that products on them need: ``(row0, row1, w, w0)``."""
        plan = self.plan
        begin, end = plan.margin, plan.margin + plan.height
        step = STRIP if self.streamed else plan.height
        for row0 in range(begin, end, step):
            row1 = min(row0 + step, end)
            yield row0, row1, *self.weights_of(row0 - plan.margin, row1)

    def weights_of(self, row0: int, row1: int) -> tuple[np.ndarray, int]:
        """Weights of (at least) canvas rows ``row0 … row1``, until the next call, and the row they begin with."""
        if self._stored is not None:
            return self._stored, 0
        row1 = min(row1, self.plan.canvas_height - self.plan.margin)
        if (row0, row1) == self._filled and self._strip is not None:
            return self._strip, row0
        size = (row1 - row0) * len(self.weights) * self.plan.pitch + 64
        if self._strip is None or self._strip.size < size:
            self._strip = aligned(size)
        self._fill(row0, row1, self._strip)
        self._filled = row0, row1
        return self._strip, row0

    def _fill(self, row0: int, row1: int, w: np.ndarray) -> None:
        plan = self.plan
        picture = self.canvas, self.channels, plan.pixels, plan.pitch
        weight_rows(row0, row1, row0, *picture, plan.half_flat, self.weights, self.scale, w)

    def product(self, x: np.ndarray, out: np.ndarray) -> None:
        """``out`` ← L x, one block."""
        plan = self.plan
        for row0, row1, w, w0 in self.strips():
            left, right = plan.margin, plan.margin + plan.width
            m = len(self.weights)
            product_rows(row0, row1, w, w0, m, plan.pitch, plan.runs, left, right, x, out)

    def product_of(self, x: np.ndarray, out: np.ndarray, window: Window) -> None:
        """``out`` ← L x in the rows from ``low`` to ``high`` of a window; ``x`` begins with row ``base``, too."""
        plan, base = self.plan, window.base
        w, w0 = self.weights_of(base, window.high)
        place = w, w0 - base, len(self.weights), plan.pitch, plan.runs, plan.margin, plan.margin + plan.width
        product_rows(window.low - base, window.high - base, *place, x, out)

    def smooth(
        self, r: np.ndarray, z: np.ndarray, left: np.ndarray, degree: int = DEGREE, window: Window | None = None
    ) -> None:
        """``z`` ← p(D⁻¹L) D⁻¹ r ≈ L⁻¹ r with Chebyshev's polynomial of odd ``degree``, and ``left`` ← r − L z; of the
        whole picture, or of a ``window``, in whose rows they then are."""
        plan = self.plan
        begin, end = plan.margin, plan.margin + plan.height
        centre, half = (HIGH + LOW) / 2, (HIGH - LOW) / 2
        sigma = centre / half
        rho = 1 / sigma
        columns = plan.margin, plan.margin + plan.width
        now, old = z, left
        base = 0 if window is None else window.base
        inverse, minus_degree = self._diagonals(window)
        groups = (plan.canvas_height if window is None else window.high - base) * plan.pitch // 16
        smooth_start(0, groups, inverse, r, np.float32(1 / centre), now)
        for step in range(degree):
            fresh = 1 / (2 * sigma - rho)
            a, b = np.float32(fresh * rho), np.float32(2 * fresh / half)
            last = step == degree - 1
            m = len(self.weights)
            strips = self.strips()
            if window is not None:
                reach = (degree - 1 - step) * plan.margin
                rows = max(window.top - reach, begin) - base, min(window.bottom + reach, end) - base
                w, w0 = self.weights_of(base, window.high)
                strips = iter([(*rows, w, w0 - base)])
            for row0, row1, w, w0 in strips:
                place = w, w0, m, plan.pitch, plan.runs, *columns
                smooth_rows(row0, row1, *place, minus_degree, inverse, now, r, a, b, step == 0, last, old)
            if not last:  # an even number of times, so that the answer ends in z
                now, old = old, now
            rho = fresh

    def _diagonals(self, window: Window | None) -> tuple[np.ndarray, np.ndarray]:
        """1 / (degree + shift) and −degree; those of the whole picture are kept."""
        if window is None and self._diagonal is not None:
            return self._diagonal
        pitch = self.plan.pitch
        degree = self.degree if window is None else self.degree[window.base * pitch : window.high * pitch]
        found = 1 / (degree + np.float32(self.shift)), -degree
        if window is None:
            self._diagonal = found
        return found

    def shift_diagonal(self, shift: float) -> None:
        """What the smoother adds to degrees from now on."""
        self.shift, self._diagonal = shift, None

    def tile_rows(self) -> Iterator[tuple[int, int, np.ndarray, int]]:
        """Rows of tiles ``first … last`` and the weights that work on them needs."""
        plan = self.plan
        if not self.streamed:
            yield 0, len(plan.tops), *self.weights_of(0, plan.canvas_height)
            return
        for i, top in enumerate(plan.tops.tolist()):
            row0, row1 = max(top - plan.margin, 0), top + plan.tile_height + 2 * plan.margin
            yield i, i + 1, *self.weights_of(row0, row1)

    def galerkin(self, panels: Panels, psi: np.ndarray, todo: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
        """The blocks of ΦᵀLΦ and ΦᵀΦ whose columns belong to the tiles in ``todo``."""
        plan = self.plan
        for tiles, w, w0 in self.shares(todo):
            chosen = panels.of_tiles(tiles)
            products.galerkin(
                0,
                len(chosen),
                chosen,
                w,
                w0,
                len(self.weights),
                plan.pitch,
                plan.margin,
                plan.runs,
                plan.run_starts,
                plan.tops,
                plan.lefts,
                plan.tile_height,
                plan.height,
                psi,
                plan.neighbours,
                panels.owner,
                panels.low,
                panels.high,
                panels.place,
                a,
                b,
            )

    def shares(self, todo: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
        """Those of the tiles ``todo``, ascending, whose weights are at hand together, and :meth:`weights_of` them."""
        across = len(self.plan.lefts)
        for first, last, w, w0 in self.tile_rows():
            chosen = todo[(todo >= first * across) & (todo < last * across)]
            if len(chosen):
                yield chosen, w, w0


def far_apart(
    height: int, width: int, largest: float, part: tuple[slice, slice] = (slice(None), slice(None))
) -> np.ndarray:
    """Colours for ``part`` of ``height × width`` pixels, such that pixels within 15 of each other, and all of
    magnitude ``largest`` or less, are further from them than any edge reaches. Float64."""
    y, x = np.arange(height)[part[0]] % 16, np.arange(width)[part[1]] % 16
    return 1e4 * largest * (2.0 + 16 * y[:, None] + x)


def _canvas(features: np.ndarray, plan: BlockPlan, threshold: float, mask: np.ndarray | None) -> np.ndarray:
    """``(C · pixels,)`` float32: where nothing lives every pixel within reach has a colour of its own, far from all
    others, so that all its weights come out as exact zeros."""
    largest = max(float(np.abs(features).max()), threshold, 1.0)
    check_colours(largest)
    shape = features.shape[0], plan.canvas_height, plan.pitch
    canvas = np.zeros(features.shape[0] * plan.pixels + 64, np.float32)
    view = canvas[: features.shape[0] * plan.pixels].reshape(shape)
    if mask is None:
        m = plan.margin
        for part in (
            (slice(0, m), slice(None)),
            (slice(m + plan.height, None), slice(None)),
            (slice(None), slice(0, m)),
            (slice(None), slice(m + plan.width, None)),
        ):
            view[0][part] = far_apart(*shape[1:], largest, part)
        view[(slice(None), *plan.inside)] = features
        return canvas
    view[0] = far_apart(*shape[1:], largest)
    for channel, feature in zip(view, features, strict=True):
        np.copyto(channel[plan.inside], feature, where=~mask)
    return canvas
