"""Products with the columns of tiles on any device: ΦᵀLΦ and ΦᵀΦ, Φ c and Φᵀ x.

For ΦᵀLΦ tiles far enough apart share a block of vectors on the canvas, so that a handful of products with the whole
picture gives L times every column: the same kernel as in the refinement.
"""

from __future__ import annotations

import numpy as np
import torch

from itten.graph.blocks import BlockPlan
from itten.spectra.stitched.device.operator import DeviceOperator, stitched_kernel
from itten.spectra.stitched.device.plan import DevicePlan
from itten.spectra.stitched.host.blockspace import LANES


def _product_tables(on: DevicePlan, columns: int) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """For one or more classes of tiles that share a product's lanes, at least 16: the tiles, which ``columns`` of the
    lanes are theirs, and ``pairs`` of them and their neighbours as the kernel wants them."""
    plan, batch = on.plan, on.batch
    across, groups, q = len(plan.lefts), tile_classes(plan), len(plan.neighbours)
    before = np.arange(batch)[:, None] * len(plan)
    together = max(LANES // columns, 1)
    found = []
    for first in range(0, len(groups), together):
        some = groups[first : first + together]
        tiles, part = np.concatenate(some), np.repeat(np.arange(len(some)), [len(group) for group in some])
        i, j = np.divmod(tiles, across)
        rows = []
        for number, (down, right) in enumerate(plan.neighbours.tolist()):
            exists = (i + down < len(plan.tops)) & (j + right >= 0) & (j + right < across)
            here = (before + tiles[exists]).ravel()
            lane = np.tile(part[exists] * columns, batch)
            rows.append(np.stack([here, here + down * across + right, lane, here * q + number]))
        tables = (before + tiles).ravel(), np.tile(part, batch), np.concatenate(rows, axis=1)
        found.append((on.moved(tables[0]), on.moved(tables[1]), on.moved(tables[2])))
    return found


def galerkin(operator: DeviceOperator, psi: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """ΦᵀLΦ and ΦᵀMΦ as ``(B, tiles, neighbours, c, c)`` float64, for tiles of c columns: rows belong to the neighbour,
    columns to the tile."""
    plan, on = operator.plan, operator.on
    columns = psi.shape[2]
    run = stitched_kernel("tile_products", operator.kind)
    shape = operator.batch * len(plan) * len(plan.neighbours), columns, columns
    a, b = (torch.zeros(shape, dtype=torch.float64, device=psi.device) for _ in range(2))
    for tiles, part, pairs in on.keep(("products", columns), lambda: _product_tables(on, columns)):
        x = operator.zeros(max(LANES, columns))
        x.view(-1, x.shape[2] // columns, columns)[on.base[tiles, None] + on.local, part[:, None]] = psi[tiles]
        place = psi, pairs, on.base, on.local, on.corners, plan.tile_height, plan.margin
        lx, mx = operator.laplacian(x), operator.scaled(x, operator.mass)
        run(*place, lx.flatten(0, 1), mx.flatten(0, 1), a, b)
    whole = operator.batch, len(plan), len(plan.neighbours), columns, columns
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
    """``x`` += Φ c for ``c`` ``(B, tiles, columns, lanes)``, in x's type."""
    on, run = operator.on, stitched_kernel("expand", operator.kind)
    found = run(psi, c.flatten(0, 1).to(psi.dtype), on.down, on.right, len(operator.plan.lefts))
    operator.inside(x).add_(found.unflatten(0, (operator.batch, -1)))


def restrict(operator: DeviceOperator, psi: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """``(B, tiles, columns, lanes)``: Φᵀ x."""
    on, run = operator.on, stitched_kernel("restrict", operator.kind)
    found: torch.Tensor = run(psi[:-1], on.base, on.local, x.flatten(0, 1))
    return found.unflatten(0, (operator.batch, -1))
