"""L of a whole picture on its canvas: weights stored, or made again strip by strip where they would not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from itten.config.spectrum import Laplacian
from itten.graph.blocks import BlockPlan
from itten.graph.stencil import Stencil
from itten.kernels.numba.galerkin import galerkin
from itten.kernels.numba.galerkindouble import galerkin_double
from itten.kernels.numba.product import degree_rows, product_rows, smooth_rows, times_diagonal, weight_rows
from itten.spectra.components import CUT
from itten.spectra.stitched.host.blockspace import LANES, aligned
from itten.spectra.stitched.host.canvas import make_canvas
from itten.spectra.stitched.host.panels import Panels

# Weights beyond this many bytes are not stored: a product then makes them again, in strips of STRIP rows.
STORED = 128 << 20
STRIP = 32
# Shifts below are absolute. They are meant for a stencil whose half sums to this, as the default one does.
HALF_SUM = 32.0
DIAGONAL_SHIFT = 0.1
# The normalised Laplacian is solved as L v = μ (D / 64) v: D / 64 is about 1 in flat parts, so that all shifts mean
# what they mean for L v = λ v.
FLAT_DEGREE = 64.0
# Chebyshev's interval for D⁻¹L. The bound of its spectrum is 2, where the polynomial is still no larger than 1 in
# magnitude: 2 lies as far from the middle as 0. The degree is odd, see `smooth`.
LOW, HIGH, DEGREE = 0.2, 1.8, 5

# In the place of a diagonal that is not there.
NONE = np.zeros(0, np.float32)

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
    """Products, smoothing and tile work for one picture. Eigenvalues are those of L divided by ``unit``.

    Of the normalised Laplacian vectors are x = √M v with the diagonal M = D / 64, and the operator is M^-1/2 L M^-1/2:
    symmetric, of the same values, and x of unit length is v of unit length in M. ``mass`` is M, ``root`` √M and
    ``inverse_root`` 1 / √M on the canvas, 0 where nothing lives; None with L itself.
    """

    def __init__(
        self,
        features: np.ndarray,
        plan: BlockPlan,
        stencil: Stencil,
        threshold: float,
        mask: np.ndarray | None,
        laplacian: Laplacian = "combinatorial",
        stored: int | None = None,
    ) -> None:
        """``features`` ``(C, H, W)`` float32; ``mask`` ``(H, W)`` bool, True where a pixel is left out; weights of up
        to ``stored`` bytes are kept, ``STORED`` if that is None."""
        self.plan = plan
        self.unit = float(stencil.weights.sum()) / HALF_SUM
        self.weights = (stencil.weights / self.unit).astype(np.float32)
        # Edges no heavier than this do not exist (:mod:`itten.spectra.normalised`).
        self.cut = np.float32(CUT * float(self.weights.max()) if laplacian == "normalised" else 0.0)
        self.scale = np.float32(1.0 / threshold)
        self.channels = features.shape[0]
        self.canvas, self.masked = make_canvas(features, plan, threshold, mask), mask is not None
        self._spare: np.ndarray | None = None
        self.live = np.zeros((plan.canvas_height, plan.pitch), np.float32)
        self.live[plan.inside] = 1 if mask is None else ~mask
        m = len(stencil)
        row_bytes = 4 * m * plan.pitch
        rows = plan.canvas_height if row_bytes * plan.canvas_height <= (STORED if stored is None else stored) else 0
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
        self.mass = self.root = self.inverse_root = None
        # Vectors of unit length in D are x / √M times this.
        self.length = 1.0
        if laplacian == "normalised":
            self._normalise()

    def _normalise(self) -> None:
        live = self.live.ravel()
        mass = np.where(self.degree > 0, self.degree, self.cut) * (live / np.float32(FLAT_DEGREE))
        root = np.sqrt(mass)
        self.mass, self.root = mass, root
        self.inverse_root = np.divide(1, root, out=np.zeros_like(root), where=live > 0)
        self.length = float(1 / np.sqrt(FLAT_DEGREE * self.unit))
        self.unit, self.norm = 1 / FLAT_DEGREE, 2 * FLAT_DEGREE

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
        weight_rows(row0, row1, row0, *picture, plan.half_flat, self.weights, self.scale, self.cut, w)

    def scale_block(
        self, x: np.ndarray, diagonal: np.ndarray | None, row0: int = 0, out: np.ndarray | None = None
    ) -> None:
        """``out`` (or x itself) ← the ``diagonal``, on the canvas, times ``x``, a block that begins with canvas row
        ``row0``; nothing where there is no diagonal."""
        if diagonal is not None:
            part = diagonal[row0 * self.plan.pitch :]
            times_diagonal(0, x.size // (16 * LANES), part, x, np.float32(1), x if out is None else out)

    def product(self, x: np.ndarray, out: np.ndarray) -> None:
        """``out`` ← L x, one block; M^-1/2 L M^-1/2 x with a mass."""
        plan, x = self.plan, self._over_root(x, 0)
        for row0, row1, w, w0 in self.strips():
            left, right = plan.margin, plan.margin + plan.width
            m = len(self.weights)
            product_rows(row0, row1, w, w0, m, plan.pitch, plan.runs, left, right, x, out)
        self.scale_block(out, self.inverse_root)

    def product_of(self, x: np.ndarray, out: np.ndarray, window: Window) -> None:
        """The same in the rows from ``low`` to ``high`` of a window; ``x`` begins with row ``base``, too."""
        plan, base = self.plan, window.base
        w, w0 = self.weights_of(base, window.high)
        seen = min(window.high + plan.margin, plan.canvas_height) - base
        x = self._over_root(x[: seen * plan.pitch * LANES], base)
        place = w, w0 - base, len(self.weights), plan.pitch, plan.runs, plan.margin, plan.margin + plan.width
        product_rows(window.low - base, window.high - base, *place, x, out)
        rows = slice((window.low - base) * plan.pitch * LANES, (window.high - base) * plan.pitch * LANES)
        self.scale_block(out[rows], self.inverse_root, window.low)

    def _over_root(self, x: np.ndarray, row0: int) -> np.ndarray:
        """M^-1/2 x of a block that begins with canvas row ``row0``, until the next call; x itself without a mass."""
        if self.inverse_root is None:
            return x
        if self._spare is None or self._spare.size < x.size:
            self._spare = aligned(x.size)
        self.scale_block(x, self.inverse_root, row0, self._spare)
        return self._spare

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
        times_diagonal(0, groups, inverse, r, np.float32(1 / centre), now)
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
        """1 / (degree + shift · mass) and −degree; those of the whole picture are kept."""
        if window is None and self._diagonal is not None:
            return self._diagonal
        pitch = self.plan.pitch
        part = slice(None) if window is None else slice(window.base * pitch, window.high * pitch)
        degree, shift = self.degree[part], np.float32(self.shift)
        if self.mass is not None:
            shift = shift * np.maximum(self.mass[part], np.float32(1e-30))
        found = 1 / (degree + shift), -degree
        if window is None:
            self._diagonal = found
        return found

    def shift_diagonal(self, shift: float) -> None:
        """What times the mass the smoother adds to degrees from now on."""
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
        """The blocks of ΦᵀLΦ and ΦᵀMΦ whose columns belong to the tiles in ``todo``, in the type of ``a`` and ``b``."""
        plan, mass = self.plan, NONE if self.mass is None else self.mass
        neighbours = plan.neighbours, panels.owner, panels.low, panels.high, panels.place
        tiles = plan.tops, plan.lefts, plan.tile_height
        for share, w, w0 in self.shares(todo):
            chosen = panels.of_tiles(share)
            if a.dtype == np.float64:
                edges = w, w0, plan.pitch, plan.margin, plan.half
                galerkin_double(0, len(chosen), chosen, *edges, *tiles, psi, mass, *neighbours, a, b)
            else:
                runs = w, w0, len(self.weights), plan.pitch, plan.margin, plan.runs, plan.run_starts
                galerkin(0, len(chosen), chosen, *runs, *tiles, plan.height, psi, mass, *neighbours, a, b)

    def shares(self, todo: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
        """Those of the tiles ``todo``, ascending, whose weights are at hand together, and :meth:`weights_of` them."""
        across = len(self.plan.lefts)
        for first, last, w, w0 in self.tile_rows():
            chosen = todo[(todo >= first * across) & (todo < last * across)]
            if len(chosen):
                yield chosen, w, w0
