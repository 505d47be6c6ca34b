"""The small problem on any device: A + σ B as a block-tridiagonal matrix, its factor, and its lowest pairs.

All in float64. A block holds the shorter side of the tiles' grid. Elimination is odd–even (cyclic reduction; Heller,
SIAM J. Numer. Anal. 13, 1976): every second block is eliminated at once, so that n blocks take log₂ n batched library
calls in place of n in a row. On a symmetric positive matrix that is a Cholesky factor in another order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.graph.blocks import BlockPlan
from itten.spectra.blockspace import LANES
from itten.spectra.ritz import ritz
from itten.spectra.small import LOCKED, SIGMA, TINY


@dataclass(eq=False)
class _Level:
    """What eliminating the odd blocks left: their inverse factor C⁻¹, and C⁻¹ times their couplings to the even block
    before and after them, each ``(batch, odd blocks, s, s)``."""

    inverse: torch.Tensor
    before: torch.Tensor
    after: torch.Tensor


class BlockTridiagonal:
    """The factor of symmetric positive block-tridiagonal matrices, a batch at a time."""

    def __init__(self, diagonal: torch.Tensor, lower: torch.Tensor) -> None:
        """``diagonal`` ``(batch, n, s, s)``; ``lower`` ``(batch, n − 1, s, s)``: block (i + 1, i). Neither changes."""
        self.levels: list[_Level] = []
        eye = torch.eye(diagonal.shape[-1], dtype=diagonal.dtype, device=diagonal.device)
        while diagonal.shape[1] > 1:
            odd, even = diagonal[:, 1::2], diagonal[:, 0::2].clone()
            inverse = _inverse_factor(odd, eye)
            before = inverse @ lower[:, 0::2]
            after = torch.zeros_like(before)
            right = lower[:, 1::2].shape[1]
            after[:, :right] = inverse[:, :right] @ lower[:, 1::2].mT
            self.levels.append(_Level(inverse, before, after))
            even[:, : before.shape[1]] -= before.mT @ before
            even[:, 1 : 1 + right] -= after[:, :right].mT @ after[:, :right]
            lower = -(after[:, :right].mT @ before[:, :right])
            diagonal = even
        self.last = _inverse_factor(diagonal, eye)

    @property
    def bytes(self) -> int:
        """Memory of the factor."""
        parts = [part for level in self.levels for part in (level.inverse, level.before, level.after)]
        return sum(part.numel() * part.element_size() for part in [*parts, self.last])

    def solve(self, b: torch.Tensor) -> torch.Tensor:
        """``(batch, n, s, lanes)``: the inverse times ``b``."""
        kept = []
        for level in self.levels:
            y = level.inverse @ b[:, 1::2]
            even = b[:, 0::2].clone()
            even[:, : y.shape[1]] -= level.before.mT @ y
            right = even.shape[1] - 1
            even[:, 1:] -= level.after[:, :right].mT @ y[:, :right]
            kept.append(y)
            b = even
        x = self.last.mT @ (self.last @ b)
        for level, y in zip(reversed(self.levels), reversed(kept), strict=True):
            right = x.shape[1] - 1
            y = y - level.before @ x[:, : y.shape[1]]
            y[:, :right] -= level.after[:, :right] @ x[:, 1:]
            whole = x.new_empty((x.shape[0], x.shape[1] + y.shape[1], *x.shape[2:]))
            whole[:, 0::2] = x
            whole[:, 1::2] = level.inverse.mT @ y
            x = whole
        return x


def _inverse_factor(matrix: torch.Tensor, eye: torch.Tensor) -> torch.Tensor:
    """C⁻¹ for matrix = C Cᵀ. The status stays on the device: a shift keeps these matrices positive."""
    factor, _ = torch.linalg.cholesky_ex(matrix)
    return torch.linalg.solve_triangular(factor, eye.expand_as(factor), upper=False)


class DeviceSmallProblem:
    """ΦᵀLΦ c = λ ΦᵀΦ c; vectors are ``(tiles, 8, lanes)`` float64."""

    def __init__(self, plan: BlockPlan, a: torch.Tensor, b: torch.Tensor) -> None:
        """``a`` and ``b`` ``(tiles, neighbours, 8, 8)`` float64, as in :mod:`itten.kernels.numba.galerkin`."""
        self.plan, self.device = plan, a.device
        self.down, self.across = len(plan.tops), len(plan.lefts)
        self.upright = plan.stride[1] == 1
        shorter, longer = sorted((self.down, self.across))
        reach = int(np.abs(plan.neighbours[:, 0 if self.upright else 1]).max())
        self.size = 8 * shorter * reach
        self.blocks = -(-longer // reach)
        shape = self.down, self.across, len(plan.neighbours), 8, 8
        self.a, self.b = a.view(shape), b.view(shape)
        self.factor = BlockTridiagonal(*self._assembled())

    def solve(self, b: torch.Tensor) -> torch.Tensor:
        """(A + σ B)⁻¹ ``b``."""
        lanes = b.shape[2]
        grid = b.view(self.down, self.across, 8, lanes)
        ordered = grid if self.upright else grid.transpose(0, 1)
        padded = b.new_zeros((self.blocks * self.size, lanes))
        padded[: b.shape[0] * 8] = ordered.reshape(-1, lanes)
        x = self.factor.solve(padded.view(1, self.blocks, self.size, lanes)).view(-1, lanes)
        x = x[: b.shape[0] * 8].view(*ordered.shape)
        return (x if self.upright else x.transpose(0, 1)).reshape(b.shape)

    def times(self, matrix: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """``matrix`` c for ``self.a`` or ``self.b``."""
        grid = c.view(self.down, self.across, 8, -1)
        out = torch.zeros_like(grid)
        for number, (a, b) in enumerate(self.plan.neighbours.tolist()):
            here, there = _pairs(self.down, self.across, a, b)
            block = matrix[(*here, number)]
            out[there] += block @ grid[here]
            if number > 0:
                out[here] += block.mT @ grid[there]
        return out.view_as(c)

    def lowest(self, count: int, steps: int) -> tuple[np.ndarray, torch.Tensor]:
        """About the 16 · ``count`` lowest pairs: values, and vectors ``(tiles, 8, 16 count)``, orthonormal in ΦᵀΦ.

        Block iterations with the inverse as preconditioner and Rayleigh–Ritz on [X, Z, P], ``steps`` from noise.
        """
        tiles, wanted = len(self.plan), LANES * count
        noise = np.random.default_rng(1).standard_normal((count, tiles * 8, LANES)).transpose(1, 0, 2)
        start = torch.tensor(noise.reshape(tiles, 8, wanted), device=self.device)
        x = self.solve(self.times(self.b, start))
        ax, bx = self.times(self.a, x), self.times(self.b, x)
        values, c = _ritz(_dot(x, ax), _dot(x, bx), wanted, torch.ones_like(x[0, 0]))
        x, ax, bx = x @ c, ax @ c, bx @ c
        floor = LOCKED * self.a.abs().max()
        p, ap, bp = x[..., :0], x[..., :0], x[..., :0]
        for _ in range(steps):
            r = ax - bx * torch.tensor(np.where(np.isfinite(values), values, 0), device=self.device)
            z = self.solve(r)
            overlap = _dot(bx, z)
            z = z - x @ overlap
            az, bz = self.times(self.a, z), self.times(self.b, z)
            span, a_span, b_span = (torch.cat(parts, dim=2) for parts in ((x, z, p), (ax, az, ap), (bx, bz, bp)))
            gram_a, gram_b = _dot(span, a_span), _dot(span, b_span)
            rest, lost = _dot_diagonal(r).sqrt() > floor, overlap.square().sum(dim=0)
            length = gram_b.diagonal()
            live = length > 1e-34
            live[wanted : 2 * wanted] &= rest & (length[wanted : 2 * wanted] > 1e-9 * lost)
            values, c = _ritz(gram_a, gram_b, wanted, live)
            new = slice(wanted, None)
            p, ap, bp = span[..., new] @ c[new], a_span[..., new] @ c[new], b_span[..., new] @ c[new]
            x, ax, bx = x @ c[:wanted] + p, ax @ c[:wanted] + ap, bx @ c[:wanted] + bp
        return values, x

    def _assembled(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A + σ B + tiny as blocks ``(1, n, s, s)`` and ``(1, n − 1, s, s)``."""
        plan, n, s = self.plan, self.blocks, self.size
        out = torch.zeros(2 * n * s * s, dtype=torch.float64, device=self.device)
        i = torch.arange(self.down, device=self.device)[:, None].expand(self.down, self.across)
        j = torch.arange(self.across, device=self.device).expand(self.down, self.across)
        place = 8 * (i * plan.stride[0] + j * plan.stride[1])[..., None, None]
        eight = torch.arange(8, device=self.device)
        for number, (a, b) in enumerate(plan.neighbours.tolist()):
            here, there = _pairs(self.down, self.across, a, b)
            value = self.a[(*here, number)] + SIGMA * self.b[(*here, number)]
            if number == 0:
                value = (value + value.mT) / 2 + TINY * torch.eye(8, dtype=torch.float64, device=self.device)
            row, column = torch.broadcast_tensors(place[there] + eight[:, None], place[here] + eight)
            for low, high in ((row, column), (column, row)):
                # Of a block and its mirror one lies below the diagonal or, twice, on a block of the diagonal.
                upper, lower = high // s, low // s
                start = torch.where(lower == upper, upper, n + upper) * s * s
                at = start + low % s * s + high % s
                out[torch.where(lower >= upper, at, 2 * n * s * s - 1)] = value
        out = out.view(2 * n, s, s)
        filler = torch.arange(len(plan) * 8 - (n - 1) * s, s, device=self.device)
        out[n - 1, filler, filler] = 1.0
        return out[None, :n], out[None, n : 2 * n - 1]


def _pairs(down: int, across: int, a: int, b: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where tiles have a neighbour ``a`` rows and ``b`` columns further on, and where those neighbours are."""
    left, right = max(0, -b), max(max(0, -b), across - max(0, b))
    rows = max(0, down - a)
    return (slice(0, rows), slice(left, right)), (slice(a, a + rows), slice(left + b, right + b))


def _dot(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return left.flatten(0, 1).mT @ right.flatten(0, 1)


def _dot_diagonal(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(0, 1).square().sum(dim=0)


def _ritz(a: torch.Tensor, b: torch.Tensor, wanted: int, live: torch.Tensor) -> tuple[np.ndarray, torch.Tensor]:
    """:func:`itten.spectra.ritz.ritz` on the host, where LAPACK is quicker than any launch for so small a matrix."""
    both = torch.cat([a, b, live.to(a.dtype)[None]]).cpu().numpy()
    values, c = ritz(both[: len(a)], both[len(a) : -1], wanted, both[-1] > 0)
    return values, torch.tensor(c, dtype=a.dtype, device=a.device)
