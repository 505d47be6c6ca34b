"""The small problem on any device: A + σ B as a block-tridiagonal matrix, its factor, and its lowest pairs.

All in float64, for several pictures at once. A block holds the shorter side of the tiles' grid. Elimination is odd–even
(cyclic reduction; Heller, SIAM J. Numer. Anal. 13, 1976): every second block is eliminated at once, so that n blocks
take log₂ n batched library calls in place of n in a row. On a symmetric positive matrix that is a Cholesky factor in
another order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.spectra.stitched.device.operator import stitched_kernel
from itten.spectra.stitched.device.plan import DevicePlan
from itten.spectra.stitched.device.ritz import device_ritz
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.small import SIGMA, TINY

# A vector whose residual is below this part of the matrix's largest entry gets no new direction: it would be rounding.
LOCKED = 1e-6
# Steps of three blocks each: a Krylov space of all blocks, as on the host, would need eigenvalues of larger matrices
# than a kernel's. With fewer steps the last vectors depend on rounding.
SMALL_STEPS = 9


class BlockTridiagonal:
    """The factor of symmetric positive block-tridiagonal matrices, a batch at a time."""

    def __init__(self, diagonal: torch.Tensor, lower: torch.Tensor, kind: str = "torch") -> None:
        """``diagonal`` ``(B, n, s, s)``; ``lower`` ``(B, n − 1, s, s)``: block (i + 1, i). Neither changes. ``kind``,
        "triton" or "torch", does the products of :meth:`solve`.

        Of every level it keeps the inverses D⁻¹ of the odd blocks, and D⁻¹ times their couplings to the even blocks
        before and after them; then the inverse of the block that is left.
        """
        self.reduce, self.back = stitched_kernel("reduce_level", kind), stitched_kernel("back_level", kind)
        self.levels: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._states: list[torch.Tensor] = []
        eye = torch.eye(diagonal.shape[-1], dtype=diagonal.dtype, device=diagonal.device)
        while diagonal.shape[1] > 1:
            odd, even = diagonal[:, 1::2], diagonal[:, 0::2].clone()
            inverse = self._inverse_factor(odd, eye)
            before = inverse @ lower[:, 0::2]
            after = torch.zeros_like(before)
            right = lower[:, 1::2].shape[1]
            after[:, :right] = inverse[:, :right] @ lower[:, 1::2].mT
            self.levels.append((inverse.mT @ inverse, inverse.mT @ torch.cat([before, after], dim=3)))
            even[:, : before.shape[1]] -= before.mT @ before
            even[:, 1 : 1 + right] -= after[:, :right].mT @ after[:, :right]
            lower = -(after[:, :right].mT @ before[:, :right])
            diagonal = even
        inverse = self._inverse_factor(diagonal, eye)
        self.last = inverse.mT @ inverse

    @property
    def positive(self) -> bool:
        """Whether all matrices are positive for rounding, too. Waits for the device."""
        return not any(bool(state.any()) for state in self._states)

    @property
    def bytes(self) -> int:
        """Memory of the factor."""
        parts = [part for level in self.levels for part in level]
        return sum(part.numel() * part.element_size() for part in [*parts, self.last])

    def solve(self, b: torch.Tensor) -> torch.Tensor:
        """``(B, n, s, lanes)``: the inverse times ``b``."""
        x = b.contiguous().clone()
        for level, (_, couple) in enumerate(self.levels):
            self.reduce(couple, x, 1 << level)
        out = torch.empty_like(x)
        self.back(self.last, None, x, out, 1)
        for level, (inverse, couple) in reversed(list(enumerate(self.levels))):
            self.back(inverse, couple, x, out, 1 << level)
        return out

    def _inverse_factor(self, matrix: torch.Tensor, eye: torch.Tensor) -> torch.Tensor:
        """C⁻¹ for matrix = C Cᵀ. The status stays on the device: a shift keeps these matrices positive."""
        factor, state = torch.linalg.cholesky_ex(matrix)
        self._states.append(state)
        return torch.linalg.solve_triangular(factor, eye.expand_as(factor), upper=False)


@dataclass(frozen=True, eq=False)
class _Tables:
    """Index tables of tiles with c columns each, some of which may not exist.

    ``size`` and ``blocks`` of the block-tridiagonal matrix, ``rows`` ``(tiles · c,)`` the columns' rows in it, all of
    them together for what does not exist. ``places`` ``(2, tiles · neighbours · c²)``: where an entry and its mirror
    stand in the matrix's diagonal and lower blocks; ``filler``: places of the ones that fill blocks. ``around``
    ``(tiles, 9)``: the tiles that a tile's row of A reaches, the number of tiles for none; ``parts`` ``(tiles, 9)``:
    their blocks among all blocks, all blocks transposed, and a zero.
    """

    size: int
    blocks: int
    rows: torch.Tensor
    places: torch.Tensor
    filler: torch.Tensor
    around: torch.Tensor
    parts: torch.Tensor


def _tables(on: DevicePlan, counts: np.ndarray, c: int) -> _Tables:
    """``counts`` ``(tiles,)``: panels of 8 columns that exist, the first of ``c`` columns."""
    plan = on.plan
    down, across, q = len(plan.tops), len(plan.lefts), len(plan.neighbours)
    tiles, upright = len(plan), plan.stride[1] == 1
    reach = int(np.abs(plan.neighbours[:, 0 if upright else 1]).max())
    i, j = np.divmod(np.arange(tiles), across)
    line, within = (i, j) if upright else (j, i)
    block = line // reach
    widths = np.bincount(block, 8 * counts).astype(np.int64)
    s, n = int(widths.max()), len(widths)
    order = np.lexsort((within, line))
    before = np.empty(tiles, np.int64)
    before[order] = np.cumsum(8 * counts[order]) - 8 * counts[order]
    first = block * s + before - (np.cumsum(widths) - widths)[block]
    column = np.arange(c)
    rows = np.where(column < 8 * counts[:, None], first[:, None] + column, n * s)
    spare = 2 * n * s * s
    places = np.full((2, tiles, q, c, c), spare)
    around = np.full((tiles, 2 * q), tiles)
    parts = np.full((tiles, 2 * q), 2 * tiles * q)
    for number, (a, b) in enumerate(plan.neighbours.tolist()):
        exists = np.flatnonzero((i + a < down) & (j + b >= 0) & (j + b < across))
        other = exists + a * across + b
        there, here = np.broadcast_arrays(rows[other][:, :, None], rows[exists][:, None, :])
        for mirrored, (low, high) in enumerate(((there, here), (here, there))):
            # Of a block and its mirror one lies below the diagonal or, twice, on a block of the diagonal.
            upper, lower = high // s, low // s
            at = np.where(lower == upper, upper, n + upper) * s * s + low % s * s + high % s
            places[mirrored, exists, number] = np.where((lower >= upper) & (lower < n) & (upper < n), at, spare)
        around[other, number], parts[other, number] = exists, exists * q + number
        if number > 0:
            around[exists, q + number], parts[exists, q + number] = other, tiles * q + exists * q + number
    unused = np.setdiff1d(np.arange(n * s), rows)
    filler = unused // s * s * s + unused % s * (s + 1)
    tensors = map(on.moved, (rows.ravel(), places.reshape(2, -1), filler, around, parts))
    return _Tables(s, n, *tensors)


def _noise(tiles: int, c: int, count: int) -> np.ndarray:
    noise = np.random.default_rng(1).standard_normal((count, tiles * c, LANES)).transpose(1, 0, 2)
    return noise.reshape(tiles, c, count * LANES)


class DeviceSmallProblem:
    """ΦᵀLΦ c = λ ΦᵀΦ c for B pictures; vectors are ``(B, tiles, columns, lanes)`` float64."""

    def __init__(
        self, on: DevicePlan, a: torch.Tensor, b: torch.Tensor, kind: str = "torch", counts: np.ndarray | None = None
    ) -> None:
        """``a`` and ``b`` ``(B, tiles, neighbours, columns, columns)`` float64, as in
        :mod:`itten.kernels.numba.galerkin`; ``kind``, "triton" or "torch", solves what is left of them in the end.
        ``counts`` ``(tiles,)``: the panels of 8 columns that exist, one if None."""
        self.on, self.plan, self.kind = on, on.plan, kind
        self.columns = a.shape[3]
        if counts is None:
            self.tables = on.keep("small", lambda: _tables(on, np.ones(len(on.plan), np.int64), 8))
        else:
            self.tables = _tables(on, counts, self.columns)
        self.panels = len(on.plan) if counts is None else int(counts.sum())
        self.largest = a.abs().flatten(1).amax(dim=1)
        self.pair = torch.stack([a, b])
        self.refactor(SIGMA, TINY)
        blocks = self.pair.flatten(2, 3)
        every = torch.cat([blocks, blocks.mT, torch.zeros_like(blocks[:, :, :1])], dim=2)
        # (2, B, tiles, c, c · neighbours on both sides): the rows of A and of B, tile by tile.
        self.rows = every[:, :, self.tables.parts].transpose(3, 4).flatten(4)

    def refactor(self, sigma: float, tiny: float) -> None:
        """Factor A + ``sigma`` B + ``tiny``."""
        self.factor = BlockTridiagonal(*self._assembled(self.pair[0] + sigma * self.pair[1], tiny), self.kind)

    def solved(self) -> None:
        """Nothing but :meth:`solve` is wanted any more: both matrices go."""
        self.pair = self.rows = self.pair.new_zeros(0)

    def solve(self, b: torch.Tensor) -> torch.Tensor:
        """(A + σ B)⁻¹ ``b``."""
        batch, _, _, lanes = b.shape
        tables = self.tables
        x = b.new_zeros((batch, tables.blocks * tables.size + 1, lanes))
        x[:, tables.rows] = b.flatten(1, 2)
        x = self.factor.solve(x[:, :-1].reshape(batch, tables.blocks, tables.size, lanes)).flatten(1, 2)
        return torch.nn.functional.pad(x, (0, 0, 0, 1))[:, tables.rows].view(b.shape)

    def times(self, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A c and B c."""
        known = torch.cat([c, torch.zeros_like(c[:, :1])], dim=1)[:, self.tables.around].flatten(2, 3)
        both = self.rows @ known
        return both[0], both[1]

    def lowest(self, count: int, steps: int, start: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """About the 16 · ``count`` lowest pairs: values ``(B, 16 count)``, and vectors ``(B, tiles, columns,
        16 count)``, orthonormal in ΦᵀΦ.

        Block iterations with the inverse as preconditioner and Rayleigh–Ritz on [X, Z, P], ``steps`` from noise or from
        ``start``.
        """
        wanted, c = LANES * count, self.columns
        if start is None:
            noise = self.on.keep(("noise", c, count), lambda: self.on.moved(_noise(len(self.plan), c, count)))
            start = noise.expand(self.rows.shape[1], -1, -1, -1)
        x = self.solve(self.times(start)[1])
        ax, bx = self.times(x)
        every = torch.ones_like(x[:, 0, 0], dtype=torch.bool)
        values, turn = device_ritz(_dot(x, ax), _dot(x, bx), wanted, every, self.kind)
        x, ax, bx = (_turned(one, turn) for one in (x, ax, bx))
        floor = LOCKED * self.largest[:, None]
        p, ap, bp = x[..., :0], x[..., :0], x[..., :0]
        for _ in range(steps):
            r = ax - bx * torch.where(values.isfinite(), values, 0)[:, None, None]
            z = self.solve(r)
            overlap = _dot(bx, z)
            z = z - _turned(x, overlap)
            az, bz = self.times(z)
            span, a_span, b_span = (torch.cat(parts, dim=3) for parts in ((x, z, p), (ax, az, ap), (bx, bz, bp)))
            gram_a, gram_b = _dot(span, a_span), _dot(span, b_span)
            length = gram_b.diagonal(dim1=1, dim2=2)
            live = length > 1e-34
            useful = r.flatten(1, 2).square().sum(dim=1).sqrt() > floor
            new = slice(wanted, 2 * wanted)
            live[:, new] &= useful & (length[:, new] > 1e-9 * overlap.square().sum(dim=1))
            values, turn = device_ritz(gram_a, gram_b, wanted, live, self.kind)
            first, rest = turn[:, :wanted], turn[:, wanted:]
            p, ap, bp = (_turned(one[..., wanted:], rest) for one in (span, a_span, b_span))
            x, ax, bx = (_turned(one, first) + change for one, change in ((x, p), (ax, ap), (bx, bp)))
        return values, x

    def _assembled(self, value: torch.Tensor, tiny: float) -> tuple[torch.Tensor, torch.Tensor]:
        """A + σ B + tiny as blocks ``(B, n, s, s)`` and ``(B, n − 1, s, s)``, from A + σ B tile by tile."""
        tables, n, s = self.tables, self.tables.blocks, self.tables.size
        own = (value[:, :, :1] + value[:, :, :1].mT) / 2
        own.diagonal(dim1=3, dim2=4).add_(tiny)
        value = torch.cat([own, value[:, :, 1:]], dim=2).flatten(1)
        out = value.new_zeros((len(value), 2 * n * s * s + 1))
        out[:, tables.places] = value[:, None]
        out[:, tables.filler] = 1.0
        out = out[:, :-1].view(len(value), 2 * n, s, s)
        return out[:, :n], out[:, n : 2 * n - 1]


def _dot(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return left.flatten(1, 2).mT @ right.flatten(1, 2)


def _turned(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """``(B, tiles, columns, lanes)`` times ``(B, lanes, n)``."""
    return (x.flatten(1, 2) @ c).unflatten(1, x.shape[1:3])
