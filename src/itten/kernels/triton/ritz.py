"""Rayleigh–Ritz on small pencils in float64: one program a pencil, one launch in place of some eighty.

The steps are those of :func:`itten.spectra.stitched.host.ritz.ritz`, with static shapes: a direction that is left out
is a zero column of the basis, and stands above all eigenvalues in the projected matrix. Matrices lie in scratch memory
(165 kB for 48 columns); products take tiles of 16 × 16.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from itten.kernels.triton.eigh import eigenpairs

BLOCK = tl.constexpr(16)
# Above the eigenvalues of a matrix of zeros, and a squared length that is none.
TINY = tl.constexpr(1e-200)
SHORT = tl.constexpr(1e-34)


def ritz_pencil(
    a: torch.Tensor, b: torch.Tensor, live: torch.Tensor, wanted: int, drop: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """``(B, wanted)`` lowest values, infinite for missing ones, and ``(B, n, wanted)`` coefficients.

    ``a`` and ``b`` ``(B, n, n)`` float64 and ``live`` ``(B, n)`` bool; n a multiple of 16 up to 64, ``wanted`` ≤ n.
    """
    count, n, _ = a.shape
    side = triton.next_power_of_2(n)
    values, c = a.new_empty((count, wanted)), a.new_empty((count, n, wanted))
    if count == 0:
        return values, c
    scratch = a.new_empty((count, 6 * n * n + 52 * n + (side + 4) * side))
    with torch.cuda.device_of(a):
        _ritz_pencil[(count,)](
            a.contiguous(), b.contiguous(), live.contiguous().view(torch.uint8), values, c, scratch, drop, n, wanted,
            SIDE=side, num_warps=4,
        )  # fmt: skip
    return values, c


@triton.jit
def _ritz_pencil(a, b, live, values, c, scratch, drop, n, wanted, SIDE: tl.constexpr):
    number = tl.program_id(0).to(tl.int64)
    size, blocks = n * n, n // BLOCK
    a, b, live = a + number * size, b + number * size, live + number * n
    values, c = values + number * wanted, c + number * n * wanted
    left = scratch + number * (6 * size + 52 * n + (SIDE + 4) * SIDE)
    right, basis, spare = left + size, left + 2 * size, left + 3 * size
    vectors, turned, e = left + 4 * size, left + 5 * size, left + 6 * size
    f, g = e + 16 * n, e + 32 * n
    found, theta, work = g + 16 * n, g + 17 * n, g + 20 * n
    lane = tl.arange(0, SIDE)
    row, column = lane[:, None], lane[None, :]
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    inside = (row < n) & (column < n)

    # All columns get unit length at once; those that do not count get none.
    down, across = _unit(b, live, row, n), _unit(b, live, column, n)
    both = 0.5 * down * across
    own = tl.load(a + row * n + column, mask=inside, other=0.0) + tl.load(a + column * n + row, mask=inside, other=0.0)
    tl.store(left + row * n + column, both * own, mask=inside)
    own = tl.load(b + row * n + column, mask=inside, other=0.0) + tl.load(b + column * n + row, mask=inside, other=0.0)
    tl.store(right + row * n + column, both * own, mask=inside)
    tl.store(basis + row * n + column, own * 0.0, mask=inside)
    tl.debug_barrier()

    for block in range(blocks):
        start = block * BLOCK
        # e: the block's columns without their parts along those before.
        _multiply(basis, 1, n, right + start, n, 1, spare, BLOCK, block, blocks, 1)
        _multiply(basis, n, 1, spare, BLOCK, 1, e, BLOCK, blocks, block, 1)
        place = e + row * BLOCK + j
        fresh = tl.where(row == start + j, 1.0, 0.0) - tl.load(place, mask=row < n, other=0.0)
        tl.store(place, fresh, mask=row < n)
        tl.debug_barrier()
        _multiply(right, n, 1, e, BLOCK, 1, f, BLOCK, blocks, blocks, 1)
        _multiply(e, 1, BLOCK, f, BLOCK, 1, g, BLOCK, 1, blocks, 1)
        gram = tl.load(g + i * BLOCK + j)
        first, second = _inverse(tl.load(g + i * 17), drop), _inverse(tl.load(g + j * 17), drop)
        tl.debug_barrier()
        tl.store(g + i * BLOCK + j, gram * first * second)
        tl.debug_barrier()
        eigenpairs(g, found + start, vectors, work, 16, 16)
        tl.debug_barrier()
        turn = first * tl.load(vectors + i * BLOCK + j) * _inverse(tl.load(found + start + j), drop)
        tl.store(g + i * BLOCK + j, turn)
        tl.debug_barrier()
        _multiply(e, BLOCK, 1, g, BLOCK, 1, basis + start, n, blocks, 1, 1)

    _multiply(left, n, 1, basis, n, 1, spare, n, blocks, blocks, blocks)
    _multiply(basis, 1, n, spare, n, 1, turned, n, blocks, blocks, blocks)
    own = tl.load(turned + row * n + column, mask=inside, other=0.0)
    own = 0.5 * (own + tl.load(turned + column * n + row, mask=inside, other=0.0))
    above = 2.0 * tl.sqrt(tl.sum(tl.sum(own * own, 1), 0)) + TINY
    missing = tl.load(found + column, mask=column < n, other=0.0) <= drop
    tl.store(left + row * n + column, own + tl.where((row == column) & missing, above, 0.0), mask=inside)
    tl.debug_barrier()
    eigenpairs(left, theta, vectors, work, n, SIDE)
    tl.debug_barrier()
    _multiply(basis, n, 1, vectors, n, 1, spare, n, blocks, blocks, blocks)
    kept = tl.sum((tl.load(found + lane, mask=lane < n, other=0.0) > drop).to(tl.int32), 0)
    value = tl.load(theta + lane, mask=lane < n, other=0.0)
    tl.store(values + lane, tl.where(lane < kept, value, float("inf")), mask=lane < wanted)
    own = down * tl.load(spare + row * n + column, mask=inside, other=0.0)
    tl.store(c + row * wanted + column, tl.where(column < kept, own, 0.0), mask=(row < n) & (column < wanted))


@triton.jit
def _unit(b, live, lane, n):
    """What brings the columns ``lane`` to unit length, 0 for those that do not count."""
    length = tl.load(b + lane * (n + 1), mask=lane < n, other=0.0)
    counts = (tl.load(live + lane, mask=lane < n, other=0) != 0) & (length > SHORT)
    return tl.where(counts, tl.rsqrt(tl.where(counts, length, 1.0)), 0.0)


@triton.jit
def _inverse(square, drop):
    """1 / √square, 0 where it is not above ``drop``."""
    return tl.where(square > drop, tl.rsqrt(tl.where(square > drop, square, 1.0)), 0.0)


@triton.jit
def _multiply(x, x_down, x_right, y, y_down, y_right, z, z_down, rows, inner, columns):
    """z ← x y for ``rows`` × ``inner`` and ``inner`` × ``columns`` tiles of 16 × 16, with the strides of entries."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    for tile in range(rows * columns):
        top, first = tile // columns * BLOCK, tile % columns * BLOCK
        total = tl.zeros([16, 16], tl.float64)
        for k in range(inner):
            p = tl.load(x + (top + i) * x_down + (k * BLOCK + j) * x_right)
            q = tl.load(y + (k * BLOCK + i) * y_down + (first + j) * y_right)
            total = tl.dot(p, q, total, input_precision="ieee", out_dtype=tl.float64)
        tl.store(z + (top + i) * z_down + first + j, total)
    tl.debug_barrier()
