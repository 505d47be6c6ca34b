"""The stitched basis on any device where edges are strong: eight columns a tile, all pixels of the same mass.

Elsewhere it is made by :mod:`itten.spectra.stitched.device.weak`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import torch

from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.plan import DevicePlan
from itten.spectra.stitched.device.tilefactor import TileFactors, near_half, orthonormal, tile_bytes
from itten.spectra.stitched.host.panels import WIDTH as COLUMNS

log = logging.getLogger("itten")

# Added to a tile's own Laplacian.
TILE_SHIFT = 0.1
# Bytes that a batch of tiles may take.
BATCH_BYTES = 1 << 30


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


def plain_columns(on: DevicePlan) -> torch.Tensor:
    """``(tile pixels, 3)``: 1, y, x of a tile."""
    plan = on.plan
    down, right = min(plan.tile_height, plan.height), min(16, plan.width)
    y, x = np.divmod(np.arange(plan.tile_height * 16), 16)
    plain = np.stack([np.ones(len(y)), y - 0.5 * (down - 1), x - 0.5 * (right - 1)], axis=1)
    return on.keep("plain", lambda: on.moved(plain.astype(np.float32)))


def _noise(on: DevicePlan) -> torch.Tensor:
    """``(tile pixels, 8)``: noise without its mean."""
    plan = on.plan
    size = plan.tile_height * 16
    noise = np.random.default_rng(0).standard_normal(size * COLUMNS).astype(np.float32).reshape(size, COLUMNS)
    y, x = np.divmod(np.arange(size), 16)
    inside = (y < plan.height) & (x < plan.width)
    start = np.where(inside[:, None], noise - noise[inside].mean(axis=0, dtype=np.float64), 0)
    return on.moved(start.astype(np.float32))


def kernel_table(operator: DeviceOperator) -> tuple[torch.Tensor, int]:
    """The table of weights that the Triton kernels take, and how many times as many tiles find room with them as with
    tensors: their factor, in blocks of one row of the tile, is a fraction of the tensors'."""
    from itten.kernels.triton.stitched_basis import scratch_bytes, tile_table

    plan, on = operator.plan, operator.on
    half, weights = near_half(plan, operator.weights)
    more = max(1, tile_bytes(plan) // scratch_bytes(half, plan.tile_height))
    name = "tiles", tuple(operator.weights)
    return on.keep(name, lambda: on.moved(tile_table(half, weights, plan.tile_height))), more


def make_basis(operator: DeviceOperator, columns: int, batch: int) -> tuple[torch.Tensor, int]:
    """``(B · tiles + 1, tile pixels, 8)`` float32, the last tile zero; and the batch of tiles that memory allowed.

    Columns of a tile: 1, y, x and those of (L_tile + shift)⁻² noise, times its share, orthonormal; ``columns`` of them,
    the others zero.
    """
    plan, on = operator.plan, operator.on
    fixed, noise = plain_columns(on), on.keep("start", lambda: _noise(on))
    total = operator.batch * len(plan)
    psi = torch.zeros((total + 1, len(fixed), COLUMNS), device=on.device)
    shift = TILE_SHIFT * plan.near_share
    if operator.kind == "triton":
        from itten.kernels.triton.stitched_basis import tile_basis

        table, more = kernel_table(operator)
        batch *= more
        start = torch.cat([fixed, noise[:, 3:]], dim=1)
        place = table, operator.scale, plan.pitch, shift, columns
    shares = on.shares.repeat(operator.batch, 1)

    def work(begin: int, end: int) -> None:
        tiles = slice(begin, end)
        share = shares[tiles] * operator.live[on.base[tiles, None] + on.local]
        if operator.kind == "triton":
            tile_basis(operator.colours, on.base[tiles], share, start, *place, psi[tiles])
            return
        raw = fixed.expand(end - begin, -1, -1)
        if columns > 3:
            factors = TileFactors(operator, on.base[tiles], shift)
            first = factors.solve(noise[:, 3:columns].expand(end - begin, -1, -1))
            raw = torch.cat([raw, factors.solve(orthonormal(first))[:, : len(fixed)]], dim=2)
        psi[tiles, :, :columns] = orthonormal(raw[:, :, :columns] * share[:, :, None])

    return psi, in_batches(total, batch, work)
