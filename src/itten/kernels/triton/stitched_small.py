"""The small problem's odd–even elimination: what one level does to the right sides and to the solution, in one launch.

Arguments are those of :mod:`itten.kernels.torch.stitched`. Blocks are read once; their products run in float64, on the
tensor cores of devices that have them for it, each sum in one order.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

# Rows of a block that a program owns, columns that it reads at once, and lanes.
ROWS, CHUNK, LANES = 32, 16, 16


def reduce_level(couple: torch.Tensor, x: torch.Tensor, stride: int) -> None:
    """``x`` ``(B, n, s, lanes)`` float64, lanes a multiple of 16; ``couple`` ``(B, odd, s, 2 s)``."""
    batch, blocks, size, lanes = x.shape
    odd = couple.shape[1]
    grid = (-(-blocks // (2 * stride)), triton.cdiv(size, ROWS), batch * (lanes // LANES))
    with torch.cuda.device_of(x):
        _reduce[grid](
            couple, x, stride, odd, blocks, size, lanes, ROWS=ROWS, CHUNK=CHUNK, LANES=LANES, num_warps=4,
        )  # fmt: skip


def back_level(
    inverse: torch.Tensor, couple: torch.Tensor | None, x: torch.Tensor, out: torch.Tensor, stride: int
) -> None:
    """``out`` at the level's odd blocks, or without ``couple`` at the first block."""
    batch, blocks, size, lanes = x.shape
    odd = inverse.shape[1]
    grid = (odd, triton.cdiv(size, ROWS), batch * (lanes // LANES))
    with torch.cuda.device_of(x):
        _back[grid](
            inverse, inverse if couple is None else couple, x, out, stride, odd, blocks, size, lanes,
            COUPLED=couple is not None, ROWS=ROWS, CHUNK=CHUNK, LANES=LANES, num_warps=4,
        )  # fmt: skip


@triton.jit
def _transposed(total, couple, first, x, at, size, lanes, row, lane, CHUNK: tl.constexpr):
    """``total`` − the rows ``row`` of Pᵀ, P the half of a block of ``couple`` from column ``first`` on, times x."""
    for begin in range(0, size, CHUNK):
        k = begin + tl.arange(0, CHUNK)
        p = tl.load(
            couple + k[None, :] * (2 * size) + first + row[:, None],
            mask=(k < size)[None, :] & (row < size)[:, None], other=0.0,
        )  # fmt: skip
        v = tl.load(x + (at * size + k)[:, None] * lanes + lane[None, :], mask=(k < size)[:, None], other=0.0)
        total -= tl.dot(p, v, out_dtype=tl.float64)
    return total


@triton.jit
def _plain(total, matrix, pitch, first, x, at, size, lanes, row, lane, CHUNK: tl.constexpr):
    """``total`` + the rows ``row`` of a block of ``matrix``, ``pitch`` wide, from column ``first`` on, times x."""
    for begin in range(0, size, CHUNK):
        k = begin + tl.arange(0, CHUNK)
        p = tl.load(
            matrix + row[:, None] * pitch + first + k[None, :],
            mask=(k < size)[None, :] & (row < size)[:, None], other=0.0,
        )  # fmt: skip
        v = tl.load(x + (at * size + k)[:, None] * lanes + lane[None, :], mask=(k < size)[:, None], other=0.0)
        total += tl.dot(p, v, out_dtype=tl.float64)
    return total


@triton.jit
def _reduce(couple, x, stride, odd, blocks, size, lanes, ROWS: tl.constexpr, CHUNK: tl.constexpr, LANES: tl.constexpr):
    even = tl.program_id(0).to(tl.int64)
    groups = lanes // LANES
    picture = (tl.program_id(2) // groups).to(tl.int64)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    lane = tl.program_id(2) % groups * LANES + tl.arange(0, LANES)
    couple += picture * odd * size * 2 * size
    x += picture * blocks * size * lanes
    own = x + (2 * even * stride * size + row)[:, None] * lanes + lane[None, :]
    live = (row < size)[:, None]
    total = tl.load(own, mask=live, other=0.0)
    if even < odd:
        at = couple + even * size * 2 * size
        total = _transposed(total, at, 0, x, (2 * even + 1) * stride, size, lanes, row, lane, CHUNK)
    if even > 0:
        at = couple + (even - 1) * size * 2 * size
        total = _transposed(total, at, size, x, (2 * even - 1) * stride, size, lanes, row, lane, CHUNK)
    tl.store(own, total, mask=live)


@triton.jit
def _back(
    inverse, couple, x, out, stride, odd, blocks, size, lanes,
    COUPLED: tl.constexpr, ROWS: tl.constexpr, CHUNK: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    i = tl.program_id(0).to(tl.int64)
    groups = lanes // LANES
    picture = (tl.program_id(2) // groups).to(tl.int64)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    lane = tl.program_id(2) % groups * LANES + tl.arange(0, LANES)
    inverse += (picture * odd + i) * size * size
    x += picture * blocks * size * lanes
    out += picture * blocks * size * lanes
    here = (2 * i + 1) * stride if COUPLED else i
    total = tl.zeros([ROWS, LANES], tl.float64)
    if COUPLED:
        couple += (picture * odd + i) * size * 2 * size
        total = _plain(total, couple, 2 * size, 0, out, here - stride, size, lanes, row, lane, CHUNK)
        if here + stride < blocks:
            total = _plain(total, couple, 2 * size, size, out, here + stride, size, lanes, row, lane, CHUNK)
        total = -total
    total = _plain(total, inverse, size, 0, x, here, size, lanes, row, lane, CHUNK)
    tl.store(out + (here * size + row)[:, None] * lanes + lane[None, :], total, mask=(row < size)[:, None])
