"""Products with the columns of tiles: Φᵀ x, Φ c and the blocks of ΦᵀLΦ, each one launch without a copy of the pixels.

Arguments and results are those of :mod:`itten.kernels.torch.stitched`; sums are float32, in a fixed order. Where tiles
have more than eight columns a program has a panel of eight of them.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from itten.kernels.arguments import TileProducts

LANES, WIDTH = 16, 8
# Pixels of a tile at a time (a multiple of its width), and pixels of the picture a program.
CHUNK, PIXELS = 32, 64


def restrict(psi: torch.Tensor, base: torch.Tensor, local: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Φᵀ ``x``: ``(tiles, columns, lanes)`` for ``x`` ``(P', lanes)``, columns a multiple of 8 and lanes of 16."""
    lanes, columns = x.shape[1], psi.shape[2]
    out = x.new_empty((len(base), columns, lanes))
    with torch.cuda.device_of(x):
        _restrict[(len(base), lanes // LANES, columns // WIDTH)](
            psi.contiguous(), base, local, x.contiguous(), out, len(local), columns, lanes,
            WIDTH=WIDTH, LANES=LANES, CHUNK=CHUNK,
        )  # fmt: skip
    return out


@triton.jit
def _restrict(
    psi, base, local, x, out, size, columns, lanes,
    WIDTH: tl.constexpr, LANES: tl.constexpr, CHUNK: tl.constexpr,
):  # fmt: skip
    tile = tl.program_id(0).to(tl.int64)
    lane = tl.program_id(1) * LANES + tl.arange(0, LANES)
    column = tl.program_id(2) * WIDTH + tl.arange(0, WIDTH)
    start = tl.load(base + tile)
    total = tl.zeros([WIDTH, LANES], tl.float32)
    for first in range(0, size, CHUNK):
        pixel = first + tl.arange(0, CHUNK)
        inside = pixel < size
        place = start + tl.load(local + pixel, mask=inside, other=0)
        p = tl.load(psi + (tile * size + pixel[:, None]) * columns + column[None, :], mask=inside[:, None], other=0.0)
        v = tl.load(x + place[:, None] * lanes + lane[None, :], mask=inside[:, None], other=0.0)
        total += tl.sum(p[:, :, None] * v[:, None, :], axis=0)
    tl.store(out + (tile * columns + column[:, None]) * lanes + lane[None, :], total)


def expand(
    psi: torch.Tensor,
    c: torch.Tensor,
    down: tuple[torch.Tensor, torch.Tensor],
    right: tuple[torch.Tensor, torch.Tensor],
    across: int,
) -> torch.Tensor:
    """Φ ``c`` inside the picture: ``(H, W, lanes)`` for ``c`` ``(tiles, columns, lanes)``; every pixel gathers."""
    lanes = c.shape[2]
    (many, height), (most, width) = down[0].shape, right[0].shape
    out = c.new_empty((height, width, lanes))
    with torch.cuda.device_of(c):
        _expand[(triton.cdiv(height * width, PIXELS), lanes // LANES)](
            psi, c.contiguous(), *down, *right, out, across, *psi.shape[1:], height, width, many, most, lanes,
            WIDTH=WIDTH, LANES=LANES, PIXELS=PIXELS,
        )  # fmt: skip
    return out


@triton.jit
def _expand(
    psi, c, tile_rows, rows, tile_columns, within, out, across, size, columns, height, width, many, most, lanes,
    WIDTH: tl.constexpr, LANES: tl.constexpr, PIXELS: tl.constexpr,
):  # fmt: skip
    number = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    live = number < height * width
    pixel = tl.minimum(number, height * width - 1)
    y, x = pixel // width, pixel % width
    lane = tl.program_id(1) * LANES + tl.arange(0, LANES)
    total = tl.zeros([PIXELS, LANES], tl.float32)
    for i in range(many):
        tile_row, row = tl.load(tile_rows + i * height + y), tl.load(rows + i * height + y)
        for j in range(most):
            tile_column, column = tl.load(tile_columns + j * width + x), tl.load(within + j * width + x)
            here = (tile_row >= 0) & (tile_column >= 0)
            tile = tl.where(here, tile_row * across + tile_column, 0).to(tl.int64)
            start = (tile * size + row * 16 + column) * columns
            for panel in range(0, columns, WIDTH):
                for k in tl.static_range(WIDTH):
                    p = tl.load(psi + start + panel + k, mask=here, other=0.0)
                    v = tl.load(c + (tile * columns + panel + k)[:, None] * lanes + lane[None, :])
                    total += p[:, None] * v
    tl.store(out + pixel.to(tl.int64)[:, None] * lanes + lane[None, :], total, mask=live[:, None])


def tile_products(psi: torch.Tensor, *arguments: Any) -> None:
    """Blocks ``(columns, columns)`` of ``a`` and ``b`` for ``pairs`` ``(4, n)``; sums are float32."""
    pairs, base, local, corners, tile, halo, lx, x, a, b = TileProducts(*arguments)
    columns = psi.shape[2]
    with torch.cuda.device_of(x):
        _tile_products[(pairs.shape[1], columns // WIDTH, columns // WIDTH)](
            psi, pairs, base, local, corners, lx.contiguous(), x.contiguous(), a, b,
            pairs.shape[1], len(local), columns, tile, halo, x.shape[1], WIDTH=WIDTH, CHUNK=CHUNK,
        )  # fmt: skip


@triton.jit
def _tile_products(
    psi, pairs, base, local, corners, lx, x, a, b, count, size, columns, tile, halo, lanes,
    WIDTH: tl.constexpr, CHUNK: tl.constexpr,
):  # fmt: skip
    pair = tl.program_id(0)
    t, u = tl.load(pairs + pair), tl.load(pairs + count + pair)
    first_lane, place = tl.load(pairs + 2 * count + pair), tl.load(pairs + 3 * count + pair)
    start = tl.load(base + u)
    down = tl.load(corners + 2 * u) - tl.load(corners + 2 * t)
    right = tl.load(corners + 2 * u + 1) - tl.load(corners + 2 * t + 1)
    row = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    column = tl.program_id(2) * WIDTH + tl.arange(0, WIDTH)
    total_a = tl.zeros([WIDTH, WIDTH], tl.float32)
    total_b = tl.zeros([WIDTH, WIDTH], tl.float32)
    for first in range(0, size, CHUNK):
        pixel = first + tl.arange(0, CHUNK)
        y, across = down + pixel // 16, right + pixel % 16
        inside = (pixel < size) & (y >= 0) & (y < tile) & (across >= 0) & (across < 16)
        near = (pixel < size) & (y >= -halo) & (y < tile + halo) & (across >= -halo) & (across < 16 + halo)
        at = (start + tl.load(local + pixel, mask=near, other=0))[:, None] * lanes + first_lane + column[None, :]
        p = tl.load(psi + (u * size + pixel[:, None]) * columns + row[None, :], mask=near[:, None], other=0.0)
        v = tl.load(lx + at, mask=near[:, None], other=0.0)
        total_a += tl.sum(p[:, :, None] * v[:, None, :], axis=0)
        v = tl.load(x + at, mask=inside[:, None], other=0.0)
        total_b += tl.sum(p[:, :, None] * v[:, None, :], axis=0)
    block = (place * columns + row[:, None]) * columns + column[None, :]
    tl.store(a + block, total_a.to(tl.float64))
    tl.store(b + block, total_b.to(tl.float64))
