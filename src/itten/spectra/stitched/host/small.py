"""The small problem: the picture's Laplacian on the stitched basis, its factor and its lowest pairs."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.bandfactor import factor_band
from itten.kernels.numba.galerkin import blocks_times
from itten.kernels.numba.smallproblem import assemble_band, solve_small
from itten.spectra.stitched.host.blockspace import LANES, BlockSpace, aligned
from itten.spectra.stitched.host.panels import Panels
from itten.spectra.stitched.host.ritz import ritz
from itten.spectra.stitched.limits import DROP

# A + SIGMA B + TINY is what is factored. Near-isolated pixels that two tiles share are columns of both: then A and B
# are singular but for float32's rounding of A, some 1e-5, and without TINY well above that pivots are noise, and
# solutions may grow without bound. It also keeps columns that do not exist (zero rows) apart from those that do.
SIGMA = 2e-3
TINY = 1e-4
# The least that both may become where the values sought are small: a few times float32's rounding of A.
LEAST_SIGMA, LEAST_TINY = 1e-4, 5e-5

# Blocks of the Krylov space. With nine refined vectors are those of fourteen to 1e-5 of their root mean square, with
# seven to 1e-4: then rounding decides about the last ones, and about more digits of the others.
DEPTH = 9
# Of many blocks of vectors fewer make a space as large; and a product costs less then than a subtraction.
MANY, DEPTH_OF_MANY = 2, 6


class SmallProblem:
    """ΦᵀLΦ c = λ ΦᵀΦ c, both matrices symmetric in blocks of 8 × 8; vectors are ``(panels · 8, 16)`` float32."""

    def __init__(self, panels: Panels, a: np.ndarray, b: np.ndarray, sigma: float = SIGMA, tiny: float = TINY) -> None:
        self.panels, self.a, self.b = panels, a, b
        self.rows = panels.rows
        self.factor = aligned(self.rows * panels.band * 256)
        self.refactor(sigma, tiny)

    def refactor(self, sigma: float, tiny: float) -> None:
        """Factor A + ``sigma`` B + ``tiny``."""
        panels = self.panels
        self.factor[:] = 0
        given = self.a, self.b, np.float32(sigma), np.float32(tiny)
        blocks = panels.low, panels.high, panels.place, panels.position
        assemble_band(*given, *blocks, self.rows, panels.band, self.factor)
        factor_band(self.factor, self.rows, panels.band)

    def solved(self) -> None:
        """Nothing but :meth:`solve` is wanted any more: both matrices go."""
        self.a = self.b = np.zeros(0, np.float32)

    def vector(self) -> np.ndarray:
        """A block of zeros."""
        return aligned(self.rows * 256)

    def solve(self, b: np.ndarray, x: np.ndarray) -> None:
        """``x`` ← (A + σ B)⁻¹ ``b``."""
        solve_small(self.factor, self.rows, self.panels.band, self.panels.position, b, x)

    def times(self, matrix: np.ndarray, c: np.ndarray, out: np.ndarray) -> None:
        """``out`` ← ``matrix`` c for ``self.a`` or ``self.b``."""
        blocks_times(matrix, self.panels.low, self.panels.high, self.panels.place, c, out)

    def lowest(
        self, count: int, depth: int, start: list[np.ndarray] | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """About the 16 · ``count`` lowest pairs: values, and vectors in ``count`` blocks, orthonormal in ΦᵀΦ.

        A block Krylov space of T = (A + σ B)⁻¹ B, symmetric in B's inner product, of ``depth`` blocks from noise or
        from ``start``, every block orthogonal to all before it; the largest Ritz values of T are those sought (block
        Lanczos with full reorthogonalisation; Grimes, Lewis and Simon, SIAM J. Matrix Anal. Appl. 15, 1994).
        """
        _, blocks = self.krylov(count, depth, start)
        n = LANES * count
        space = BlockSpace(3 * count, self.rows * LANES, wide=False)
        x, bx, ax = (list(range(i * count, (i + 1) * count)) for i in range(3))
        for slot, block in zip(x, blocks, strict=True):
            space[slot][:] = block
        self._apply(space, self.b, x, bx)
        self._apply(space, self.a, x, ax)
        values, c = ritz(space.gram(x, ax), space.gram(x, bx), n, np.ones(n, bool))
        space.rotate(x, c)
        return values, [space[slot].copy() for slot in x]

    def krylov(
        self, count: int, depth: int, start: list[np.ndarray] | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """The largest Ritz values of T, descending, and their vectors, nearly orthonormal in ΦᵀΦ."""
        n, many = LANES * count, count > MANY
        depth = min(depth, DEPTH_OF_MANY) if many else depth
        space = BlockSpace((2 * depth + 3) * count, self.rows * LANES, wide=False)
        slots = [list(range(i * count, (i + 1) * count)) for i in range(2 * depth + 3)]
        v, bv, w, bw = slots[:depth], slots[depth : 2 * depth], slots[2 * depth], slots[2 * depth + 1]
        if start is None:
            rng = np.random.default_rng(1)
            used = len(self.panels) * 128
            for slot in bw:
                space[slot][:used] = rng.standard_normal(used)
            self._apply(space, self.b, bw, w)
        else:
            for slot, block in zip(bw, start, strict=True):
                space[slot][:] = block
            self._apply(space, self.b, bw, w)
        self._inverse(space, w, v[0])
        projected = np.zeros((depth * n, depth * n))
        for j in range(depth + 1):
            known, b_known = list(range(j * count)), list(range(depth * count, (depth + j) * count))
            now, b_now = (v[j], bv[j]) if j < depth else (w, bw)
            self._apply(space, self.b, now, b_now)
            part = np.zeros((j * n, n))
            for _ in range(2 if j else 0):
                h = space.gram(known, b_now)
                space.subtract(known, now, h)
                if many:
                    self._apply(space, self.b, now, b_now)
                else:
                    space.subtract(b_known, b_now, h)
                part += h
            if j:
                projected[: j * n, (j - 1) * n : j * n] = part
            if j == depth:
                break
            c = orthonormal(space.gram(now, b_now))
            space.rotate(now, c)
            space.rotate(b_now, c)
            self._inverse(space, b_now, v[j + 1] if j + 1 < depth else w)
        values, rotation = np.linalg.eigh(symmetric(projected))
        x = slots[2 * depth + 2]
        self._mix(space, list(range(depth * count)), x, rotation[:, : -n - 1 : -1])
        return values[: -n - 1 : -1], [space[slot].copy() for slot in x]

    def _apply(self, space: BlockSpace, matrix: np.ndarray, x: list[int], out: list[int]) -> None:
        for source, to in zip(x, out, strict=True):
            self.times(matrix, space[source], space[to])

    def _inverse(self, space: BlockSpace, b: list[int], x: list[int]) -> None:
        for source, to in zip(b, x, strict=True):
            self.solve(space[source], space[to])

    @staticmethod
    def _mix(space: BlockSpace, known: list[int], out: list[int], c: np.ndarray) -> None:
        """``out`` ← known c."""
        for slot in out:
            space[slot][:] = 0
        space.subtract(known, out, -c)


def symmetric(upper: np.ndarray) -> np.ndarray:
    """The symmetric matrix whose upper block triangle is given, what stands below it zero or equal."""
    return np.triu(upper) + np.triu(upper, 1).T


def orthonormal(gram: np.ndarray) -> np.ndarray:
    """``(n, n)`` c that makes columns with this Gram matrix orthonormal; what depends on others becomes zero."""
    length = np.diag(gram)
    unit = np.where(length > 1e-34, 1 / np.sqrt(np.maximum(length, 1e-34)), 0)
    values, rotation = np.linalg.eigh((gram + gram.T) / 2 * unit[:, None] * unit)
    keep = values > DROP
    return unit[:, None] * rotation * np.where(keep, 1 / np.sqrt(np.where(keep, values, 1)), 0)
