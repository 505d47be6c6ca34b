"""The inverse iteration in tiles, in tensors: a block-tridiagonal factor of dense blocks, many tiles at a time."""

from __future__ import annotations

import numpy as np
import torch

from itten.graph.blocks import BlockPlan
from itten.kernels.numba.tilebasis import DEPENDENT
from itten.kernels.torch.stitched import dropped
from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.plan import DevicePlan
from itten.spectra.stitched.device.small import BlockTridiagonal

# Rows of a tile in a block of its factor, at least; more where the stencil reaches further.
GROUP = 6
# How many arrays of a tile's blocks are alive at the worst moment.
ALIVE = 16


def tile_bytes(plan: BlockPlan) -> int:
    """Memory that a tile's inverse iteration takes while it runs."""
    group, blocks = _groups(plan)
    return ALIVE * blocks * (16 * group) ** 2 * 4


def near_half(plan: BlockPlan, weights: list[float]) -> tuple[np.ndarray, list[float]]:
    """The offsets ``(n, 2)`` that a tile's own matrix is made of, and their weights."""
    return plan.half[plan.near], [weights[o] for o in plan.near.tolist()]


def orthonormal(columns: torch.Tensor) -> torch.Tensor:
    """Cholesky QR of ``(tiles, n, c)``, twice for accuracy; a column that depends on those before it becomes zero."""
    q = columns.double()
    for _ in range(2):
        q = q @ _eliminated(q.mT @ q, DEPENDENT, 1e-20)[0]
    return q.to(columns.dtype)


def least_growth(columns: torch.Tensor) -> torch.Tensor:
    """``(tiles,)`` float64: the least length, squared, of one of the columns ``(tiles, n, c)`` beside those before it,
    infinite where all are zero."""
    q = columns.double()
    g = q.mT @ q
    left = _eliminated(g, 1e-7, 0.0)[1].clamp(min=0)
    return torch.where(g.diagonal(dim1=1, dim2=2) > 0, left, torch.inf).amin(dim=1)


def _eliminated(g: torch.Tensor, dependent: float, least: float) -> tuple[torch.Tensor, torch.Tensor]:
    """R⁻¹ ``(tiles, c, c)`` of g = Rᵀ R, one column after the other by Gram–Schmidt on the coefficients, and what is
    left of every column's squared length ``(tiles, c)``: where that is not above ``dependent`` times the whole, or the
    whole not above ``least``, the column of R⁻¹ is zero."""
    r, lengths = torch.zeros_like(g), []
    for i in range(g.shape[-1]):
        known = r[:, :, :i]
        part = (known.mT @ g[:, :, i : i + 1]).squeeze(2)
        whole = g[:, i, i]
        left = whole - part.square().sum(dim=1)
        kept = (left > dependent * whole) & (whole > least)
        column = -(known @ part[:, :, None]).squeeze(2)
        column[:, i] += 1
        r[:, :, i] = column * torch.where(kept, left, torch.inf).rsqrt()[:, None]
        lengths.append(left)
    return r, torch.stack(lengths, dim=1)


def _block_tables(on: DevicePlan, weights: list[float]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Stencil weights inside a tile's blocks ``(n, s, s)`` and from each to the next ``(n − 1, s, s)``, 0 beyond the
    tile; and the places ``(n s,)`` of their pixels on the canvas."""
    plan = on.plan
    group, blocks = _groups(plan)
    side = group * 16
    total, size, reach = blocks * side, plan.tile_height * 16, plan.margin
    y, x = np.divmod(np.arange(total), 16)
    table = np.zeros((4 * group + 2 * reach + 1, 33 + 2 * reach))
    half, near = near_half(plan, weights)
    for (dy, dx), weight in zip(half.tolist(), near, strict=True):
        table[dy, dx] = table[-dy, -dx] = weight

    def static(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        known = table[y[columns] - y[rows[:, None]], x[columns] - x[rows[:, None]]]
        return np.where((rows[:, None] < size) & (columns < size), known, 0)

    parts = np.arange(total).reshape(blocks, side)
    own = np.stack([static(part, part) for part in parts])
    below = np.zeros((blocks - 1, side, side))
    for number in range(blocks - 1):
        below[number] = static(parts[number + 1], parts[number])
    return on.moved(own.astype(np.float32)), on.moved(below.astype(np.float32)), on.moved(y * plan.pitch + x)


class TileFactors:
    """M^-½ L_tile M^-½ + shift of a batch of tiles, factored, from dense blocks of a few rows of the tile."""

    def __init__(
        self, operator: DeviceOperator, base: torch.Tensor, shift: float, root: torch.Tensor | None = None
    ) -> None:
        """``base`` ``(tiles,)``: where the tiles begin on the canvas; ``root`` M^-½ of its pixels, 1 if None."""
        plan, on, weights = operator.plan, operator.on, operator.weights
        group, blocks = _groups(plan)
        side = group * 16
        name = "blocks", tuple(weights)
        own, below, pixels = on.keep(name, lambda: _block_tables(on, weights))
        place = (base[:, None] + pixels).clamp(max=operator.colours.shape[1] - 1)
        self.shape = len(place), blocks, side
        colours = operator.colours[:, place].view(-1, *self.shape)
        diagonal = _weights(colours, colours, own, operator)
        lower = _weights(colours[:, :, 1:], colours[:, :, :-1], below, operator)
        degree = diagonal.sum(dim=3)
        degree[:, 1:] += lower.sum(dim=3)
        degree[:, :-1] += lower.sum(dim=2)
        if root is not None:
            here = root[place].view(self.shape)
            diagonal *= here[..., :, None] * here[..., None, :]
            lower *= here[:, 1:, :, None] * here[:, :-1, None, :]
            degree *= here.square()
        diagonal.neg_().diagonal(dim1=2, dim2=3).add_(degree + shift)
        self.factor = BlockTridiagonal(diagonal, lower.neg_())

    def solve(self, x: torch.Tensor) -> torch.Tensor:
        """``(tiles, n, c)``: the inverse times ``x``, in full blocks: what stands beyond the tile's pixels is 0."""
        tiles, blocks, side = self.shape
        x = torch.nn.functional.pad(x, (0, 0, 0, blocks * side - x.shape[1]))
        return self.factor.solve(x.view(tiles, blocks, side, -1)).flatten(1, 2)


def _weights(here: torch.Tensor, there: torch.Tensor, static: torch.Tensor, operator: DeviceOperator) -> torch.Tensor:
    """``(tiles, n, s, s)`` of ``(C, tiles, n, s)`` twice: edge weights from rows ``here`` to columns ``there``."""
    square = torch.zeros((*here.shape[1:], there.shape[3]), device=here.device)
    for a, b in zip(here, there, strict=True):
        square += (a[..., :, None] - b[..., None, :]).square_()
    return dropped(square.sqrt_().mul_(-operator.scale).exp_().mul_(static), operator.cut)


def _groups(plan: BlockPlan) -> tuple[int, int]:
    """Rows of a tile in a block of its factor, and blocks."""
    group = min(max(plan.margin, GROUP), plan.tile_height)
    return group, -(-plan.tile_height // group)
