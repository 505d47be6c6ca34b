"""The stitched basis on any device, and what it makes of the picture's Laplacian: ΦᵀLΦ and ΦᵀΦ.

A tile's inverse iteration takes a block-tridiagonal factor of its dense Laplacian, many tiles at a time. For ΦᵀLΦ
tiles far enough apart share a block of vectors on the canvas, so that a handful of products with the whole picture
gives L times every column: the same kernel as in the refinement.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import torch

from itten.graph.blocks import BlockPlan
from itten.kernels.numba.tilebasis import DEPENDENT
from itten.spectra.stitched.device.operator import DeviceOperator, stitched_kernel
from itten.spectra.stitched.device.plan import DevicePlan
from itten.spectra.stitched.device.small import BlockTridiagonal

log = logging.getLogger("itten")

COLUMNS = 8
# Added to a tile's own Laplacian: far above the values sought where edges are weak (the compiled kernels' shift follows
# the degrees, and they take more columns where a tile falls into many pieces).
TILE_SHIFT = 0.1
# Rows of a tile in a block of its factor, at least; more where the stencil reaches further.
GROUP = 6
# Bytes that a batch of tiles may take, and how many arrays of a tile's blocks are alive at the worst moment.
BATCH_BYTES = 1 << 30
ALIVE = 16


def in_batches(total: int, batch: int, work: Callable[[int, int], None]) -> int:
    """``work(begin, end)`` over ``total`` things, ``batch`` at a time, half as many where memory runs out.

    Returns the batch that it ended with; raises the device's error when one thing alone does not fit.
    """
    begin = 0
    while begin < total:
        end = min(begin + batch, total)
        try:
            work(begin, end)
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
            batch = max(1, min(batch, total) // 2)
            log.info("out of memory with %d tiles at once: going on with %d", end - begin, batch)
            continue
        begin = end
    return batch


def tile_bytes(plan: BlockPlan) -> int:
    """Memory that a tile's inverse iteration takes while it runs."""
    group, blocks = _groups(plan)
    return ALIVE * blocks * (16 * group) ** 2 * 4


def near_half(plan: BlockPlan, weights: list[float]) -> tuple[np.ndarray, list[float]]:
    """The offsets ``(n, 2)`` that a tile's own matrix is made of, and their weights."""
    return plan.half[plan.near], [weights[o] for o in plan.near.tolist()]


def _start(on: DevicePlan) -> tuple[torch.Tensor, torch.Tensor]:
    """``(tile pixels, 3)``: 1, y, x of a tile; and ``(tile pixels, 8)``: noise without its mean."""
    plan = on.plan
    size = plan.tile_height * 16
    noise = np.random.default_rng(0).standard_normal(size * COLUMNS).astype(np.float32).reshape(size, COLUMNS)
    down, right = min(plan.tile_height, plan.height), min(16, plan.width)
    y, x = np.divmod(np.arange(size), 16)
    inside = (y < down) & (x < right)
    start = np.where(inside[:, None], noise - noise[inside].mean(axis=0, dtype=np.float64), 0)
    plain = np.stack([np.ones(size), y - 0.5 * (down - 1), x - 0.5 * (right - 1)], axis=1)
    return on.moved(plain.astype(np.float32)), on.moved(start.astype(np.float32))


def make_basis(operator: DeviceOperator, columns: int, batch: int) -> tuple[torch.Tensor, int]:
    """``(B · tiles + 1, tile pixels, 8)`` float32, the last tile zero; and the batch of tiles that memory allowed.

    Columns of a tile: 1, y, x and those of (L_tile + shift)⁻² noise, times its share, orthonormal; ``columns`` of them,
    the others zero.
    """
    plan, on = operator.plan, operator.on
    fixed, noise = on.keep("start", lambda: _start(on))
    total = operator.batch * len(plan)
    psi = torch.zeros((total + 1, len(fixed), COLUMNS), device=on.device)
    if operator.kind == "triton":
        from itten.kernels.triton.stitched_basis import scratch_bytes, tile_basis, tile_table

        # The kernel's factor, in blocks of one row of the tile, is a fraction of the tensors'.
        half, weights = near_half(plan, operator.weights)
        batch *= max(1, tile_bytes(plan) // scratch_bytes(half, plan.tile_height))
        start = torch.cat([fixed, noise[:, 3:]], dim=1)
        name = "tiles", tuple(operator.weights)
        table = on.keep(name, lambda: on.moved(tile_table(half, weights, plan.tile_height)))
        place = table, operator.scale, plan.pitch, TILE_SHIFT * plan.near_share, columns
    else:
        factors = _TileFactors(operator)
    shares = on.shares.repeat(operator.batch, 1)

    def work(begin: int, end: int) -> None:
        tiles = slice(begin, end)
        share = shares[tiles] * operator.live[on.base[tiles, None] + on.local]
        if operator.kind == "triton":
            tile_basis(operator.colours, on.base[tiles], share, start, *place, psi[tiles])
            return
        raw = fixed.expand(end - begin, -1, -1)
        if columns > 3:
            raw = torch.cat([raw, factors.inverse_twice(tiles, noise[:, 3:columns])], dim=2)
        psi[tiles, :, :columns] = orthonormal(raw[:, :, :columns] * share[:, :, None])

    return psi, in_batches(total, batch, work)


def orthonormal(columns: torch.Tensor) -> torch.Tensor:
    """Cholesky QR of ``(tiles, n, c)``, twice for accuracy; a column that depends on those before it becomes zero."""
    q = columns.double()
    for _ in range(2):
        g = q.mT @ q
        r = torch.zeros_like(g)
        for i in range(g.shape[-1]):
            # One column of R⁻¹ after the other, by Gram–Schmidt on the coefficients.
            known = r[:, :, :i]
            part = (known.mT @ g[:, :, i : i + 1]).squeeze(2)
            whole = g[:, i, i]
            left = whole - part.square().sum(dim=1)
            kept = (left > DEPENDENT * whole) & (whole > 1e-20)
            column = -(known @ part[:, :, None]).squeeze(2)
            column[:, i] += 1
            r[:, :, i] = column * torch.where(kept, left, torch.inf).rsqrt()[:, None]
        q = q @ r
    return q.to(columns.dtype)


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


class _TileFactors:
    """(L_tile + shift)⁻² for a batch of tiles, from dense blocks of a few rows of the tile."""

    def __init__(self, operator: DeviceOperator) -> None:
        plan = operator.plan
        self.operator = operator
        self.group, self.blocks = _groups(plan)
        self.size = plan.tile_height * 16
        on, weights = operator.on, operator.weights
        name = "blocks", tuple(weights)
        self.own, self.below, self.pixels = on.keep(name, lambda: _block_tables(on, weights))

    def inverse_twice(self, tiles: slice, start: torch.Tensor) -> torch.Tensor:
        """``(tiles, tile pixels, c)`` from ``start`` ``(tile pixels, c)``."""
        operator = self.operator
        side = self.group * 16
        place = operator.on.base[tiles, None] + self.pixels
        place = place.clamp(max=operator.colours.shape[1] - 1)
        colours = operator.colours[:, place].view(-1, len(place), self.blocks, side)
        diagonal = self._weights(colours, colours, self.own)
        lower = self._weights(colours[:, :, 1:], colours[:, :, :-1], self.below)
        degree = diagonal.sum(dim=3)
        degree[:, 1:] += lower.sum(dim=3)
        degree[:, :-1] += lower.sum(dim=2)
        diagonal.neg_().diagonal(dim1=2, dim2=3).add_(degree + TILE_SHIFT * operator.plan.near_share)
        factor = BlockTridiagonal(diagonal, lower.neg_())
        x = start.new_zeros((len(place), self.blocks * side, start.shape[1]))
        x[:, : self.size] = start
        x = x.view(len(place), self.blocks, side, -1)
        first = orthonormal(factor.solve(x).flatten(1, 2)).view_as(x)
        return factor.solve(first).flatten(1, 2)[:, : self.size]

    def _weights(self, here: torch.Tensor, there: torch.Tensor, static: torch.Tensor) -> torch.Tensor:
        """``(tiles, n, s, s)`` of ``(C, tiles, n, s)`` twice: edge weights from rows ``here`` to columns ``there``."""
        square = torch.zeros((*here.shape[1:], there.shape[3]), device=here.device)
        for a, b in zip(here, there, strict=True):
            square += (a[..., :, None] - b[..., None, :]).square_()
        return square.sqrt_().mul_(-self.operator.scale).exp_().mul_(static)


def _groups(plan: BlockPlan) -> tuple[int, int]:
    """Rows of a tile in a block of its factor, and blocks."""
    group = min(max(plan.margin, GROUP), plan.tile_height)
    return group, -(-plan.tile_height // group)


def _product_tables(on: DevicePlan) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """For pairs of classes of tiles: the tiles, which half of 16 lanes is theirs, and ``pairs`` of them and their
    neighbours as the kernel wants them."""
    plan, batch = on.plan, on.batch
    across, groups, q = len(plan.lefts), tile_classes(plan), len(plan.neighbours)
    before = np.arange(batch)[:, None] * len(plan)
    found = []
    for first in range(0, len(groups), 2):
        pair = groups[first : first + 2]
        tiles, half = np.concatenate(pair), np.repeat(np.arange(len(pair)), [len(group) for group in pair])
        i, j = np.divmod(tiles, across)
        rows = []
        for number, (down, right) in enumerate(plan.neighbours.tolist()):
            exists = (i + down < len(plan.tops)) & (j + right >= 0) & (j + right < across)
            here = (before + tiles[exists]).ravel()
            lane = np.tile(half[exists] * COLUMNS, batch)
            rows.append(np.stack([here, here + down * across + right, lane, here * q + number]))
        tables = (before + tiles).ravel(), np.tile(half, batch), np.concatenate(rows, axis=1)
        found.append((on.moved(tables[0]), on.moved(tables[1]), on.moved(tables[2])))
    return found


def galerkin(operator: DeviceOperator, psi: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """ΦᵀLΦ and ΦᵀΦ as ``(B, tiles, neighbours, 8, 8)`` float64: rows belong to the neighbour, columns to the tile."""
    plan, on = operator.plan, operator.on
    run = stitched_kernel("tile_products", operator.kind)
    shape = operator.batch * len(plan) * len(plan.neighbours), COLUMNS, COLUMNS
    a, b = (torch.zeros(shape, dtype=torch.float64, device=psi.device) for _ in range(2))
    for tiles, half, pairs in on.keep("products", lambda: _product_tables(on)):
        x = operator.zeros(2 * COLUMNS)
        x.view(-1, 2, COLUMNS)[on.base[tiles, None] + on.local, half[:, None]] = psi[tiles]
        place = psi, pairs, on.base, on.local, on.corners, plan.tile_height, plan.margin
        run(*place, operator.product(x).flatten(0, 1), x.flatten(0, 1), a, b)
    whole = operator.batch, len(plan), len(plan.neighbours), COLUMNS, COLUMNS
    return a.view(whole), b.view(whole)


def tile_classes(plan: BlockPlan) -> list[np.ndarray]:
    """Tiles in classes, within which no tile's halo touches another's."""
    down = _apart(plan.tops, plan.tile_height + 2 * plan.margin)
    right = _apart(plan.lefts, 16 + 2 * plan.margin)
    numbers = np.arange(len(plan)).reshape(len(plan.tops), len(plan.lefts))
    found = [numbers[i::down, j::right].ravel() for i in range(down) for j in range(right)]
    return [tiles for tiles in found if len(tiles)]


def _apart(starts: np.ndarray, size: int) -> int:
    """How many tiles further on all begin at least ``size`` later."""
    step = 1
    while step < len(starts) and bool((starts[step:] - starts[:-step] < size).any()):
        step += 1
    return step


def expand(operator: DeviceOperator, psi: torch.Tensor, c: torch.Tensor, x: torch.Tensor) -> None:
    """``x`` += Φ c for ``c`` ``(B, tiles, 8, lanes)``, in x's type."""
    on, run = operator.on, stitched_kernel("expand", operator.kind)
    found = run(psi, c.flatten(0, 1).to(psi.dtype), on.down, on.right, len(operator.plan.lefts))
    operator.inside(x).add_(found.unflatten(0, (operator.batch, -1)))


def restrict(operator: DeviceOperator, psi: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """``(B, tiles, 8, lanes)``: Φᵀ x."""
    on, run = operator.on, stitched_kernel("restrict", operator.kind)
    found: torch.Tensor = run(psi[:-1], on.base, on.local, x.flatten(0, 1))
    return found.unflatten(0, (operator.batch, -1))
