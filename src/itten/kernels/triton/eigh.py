"""Eigenpairs of many small symmetric matrices in float64: one program a matrix, one launch, nothing waits.

Householder's reduction to a tridiagonal matrix in registers, then the implicit QL iteration (Golub & Van Loan, Matrix
Computations, 8.3; Dubrulle, Martin & Wilkinson, Numer. Math. 12, 1968; the recurrence is that of LAPACK's dsteqr). A
sweep is one chain of rotations, each 150 to 200 clocks of float64 latency, and behind it the vectors are turned: every
thread owns rows of them and reads in scratch memory only what it wrote itself, so that no barrier stands in the chain.
A matrix of 16, 32, 48 or 64 takes some 340, 1300, 2900 or 4900 rotations. Jacobi's method in round-robin has fewer
steps, but moves both matrices through shared memory in each: by count the same at 16, twice as much at 64.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from itten.kernels.torch.eigh import symmetric_eigh as by_library

# The largest matrix: beyond it the registers of a program do not hold one. And warps for each size in registers.
LARGEST = 64
WARPS = {16: 1, 32: 1, 64: 4}
# The length of a double's last bit at 1, the part of a matrix's largest entry that counts as nothing beside the
# diagonal, and what a rotation takes in place of 0.
ULP = tl.constexpr(2.0**-53)
NOTHING = tl.constexpr(2.0**-200)
SMALLEST = tl.constexpr(2.0**-450)
# Sweeps a row at most, as in LAPACK; some 2.3 are usual.
SWEEPS = tl.constexpr(30)


def symmetric_eigh(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Values ``(B, n)``, ascending, and vectors ``(B, n, n)``, columns, of ``(B, n, n)`` float64, n ≥ 1.

    Residuals and orthogonality are those of LAPACK: a few n ε ‖A‖ and n ε. Both triangles are read and taken as equal;
    where an entry is no number, all results are none. Beyond n = 64 the library does it.
    """
    count, n, _ = matrix.shape
    if n > LARGEST:
        return by_library(matrix)
    side = max(16, triton.next_power_of_2(n))
    values = matrix.new_empty((count, n))
    vectors = matrix.new_empty((count, n, n))
    if count == 0:
        return values, vectors
    work = matrix.new_empty((count, side + 4, side))
    with torch.cuda.device_of(matrix):
        _symmetric_eigh[(count,)](matrix.contiguous(), values, vectors, work, n, SIDE=side, num_warps=WARPS[side])
    return values, vectors


@triton.jit
def _symmetric_eigh(matrix, values, vectors, work, n, SIDE: tl.constexpr):
    number = tl.program_id(0).to(tl.int64)
    own = number * n * n
    eigenpairs(matrix + own, values + number * n, vectors + own, work + number * (SIDE + 4) * SIDE, n, SIDE)


@triton.jit
def eigenpairs(matrix, values, vectors, work, n, SIDE: tl.constexpr):
    """Of one matrix ``(n, n)``; ``work`` ``(SIDE + 4, SIDE)``. Barriers before and after are the caller's."""
    diagonals, columns = work, work + 4 * SIDE
    lane = tl.arange(0, SIDE)
    row, column = lane[:, None], lane[None, :]
    inside = (row < n) & (column < n)

    # Read as its transpose, so that the threads of a warp stand below one another and sums along rows stay in a thread.
    a = tl.load(matrix + column * n + row, mask=inside, other=0.0)
    # A power of two brings the largest entry to [1, 2), and squares neither overflow nor vanish. An entry that is no
    # number makes all of them none.
    largest = tl.max(tl.max(tl.abs(a), 1), 0)
    bits = largest.to(tl.int64, bitcast=True) & 0x7FF0000000000000
    unit = tl.where(bits == 0, 1.0, bits.to(tl.float64, bitcast=True)) + tl.sum(tl.sum(a * 0.0, 1), 0)
    a = _tridiagonal(a / unit, diagonals, vectors, lane, n, SIDE)
    tl.debug_barrier()
    _accumulate(a, vectors, columns, lane, n, SIDE)
    _iterate(diagonals, columns, lane, n, SIDE)

    # In ascending order; of equal values the first stays first.
    down, right = tl.load(diagonals + row), tl.load(diagonals + column)
    before = (row < n) & ((down < right) | ((down > right) == False) & (row < column))  # noqa: E712
    rank = tl.sum(before.to(tl.int32), 0)[None, :]
    tl.store(values + rank, right * unit, mask=column < n)
    q = tl.load(columns + column * SIDE + row)
    tl.store(vectors + row * n + rank, q, mask=inside)


@triton.jit
def _tridiagonal(a, diagonals, reflections, lane, n, SIDE: tl.constexpr):
    """Both diagonals of Qᵀ a Q, and row k of ``reflections`` ← u with Q = Π (1 − u uᵀ); a zero u where nothing is to
    do. Returns what became of ``a``."""
    column = lane[None, :]
    for k in range(n):
        x = tl.sum(tl.where(column == k, a, 0.0), 1)
        tl.store(diagonals + lane, x, mask=lane == k)
        first = tl.sum(tl.where(lane == k + 1, x, 0.0), 0)
        x = tl.where(lane > k + 1, x, 0.0)
        rest = tl.sum(x * x, 0)
        left = first
        u = x
        if rest > 0.0:
            left = tl.where(first > 0.0, -1.0, 1.0) * tl.sqrt(first * first + rest)
            # 1 − u uᵀ takes (first, x) to (left, 0).
            u = tl.where(lane == k + 1, first - left, x) * tl.rsqrt(left * (left - first))
            w = tl.sum(a * u[None, :], 1)
            w -= 0.5 * tl.sum(w * u, 0) * u
            a -= w[:, None] * u[None, :]
            a -= u[:, None] * w[None, :]
        tl.store(reflections + k * n + lane, u, mask=lane < n)
        tl.store(diagonals + SIDE + k, left)
    return a


@triton.jit
def _accumulate(a, reflections, columns, lane, n, SIDE: tl.constexpr):
    """Row j of ``columns`` ← column j of Q; ``a`` only says how the threads stand."""
    row, column = lane[:, None], lane[None, :]
    q = tl.where(row == column, 1.0, 0.0) + a * 0.0
    for j in range(n - 1):
        k = n - 2 - j
        # A reflection's first entry is 1 at least where there is one.
        if tl.load(reflections + k * n + k + 1) != 0.0:
            u = tl.load(reflections + k * n + lane, mask=lane < n, other=0.0)[None, :]
            q -= tl.sum(q * u, 1)[:, None] * u
    tl.store(columns + row * SIDE + column, q)


@triton.jit
def _iterate(diagonals, columns, lane, n, SIDE: tl.constexpr):
    """Sweeps from the lower end of the first unfinished block to its upper end, until no block is left.

    There are two copies of the diagonals: a sweep reads one and writes the other, since its threads keep no step.
    """
    sweeps = 0
    going = True
    while going:
        tl.debug_barrier()
        old = diagonals + (sweeps % 2) * 2 * SIDE
        new = diagonals + 2 * SIDE - (sweeps % 2) * 2 * SIDE
        inner = lane < n - 1
        d = tl.load(old + lane, mask=lane < n, other=0.0)
        after = tl.load(old + lane + 1, mask=inner, other=0.0)
        e = tl.load(old + SIDE + lane, mask=inner, other=0.0)
        tl.store(new + lane, d, mask=lane < n)
        tl.store(new + SIDE + lane, e, mask=inner)
        small = (tl.abs(e) > ULP * (tl.abs(d) + tl.abs(after)) + NOTHING) == False  # noqa: E712
        low = tl.min(tl.where(small, SIDE, lane), 0)
        high = tl.min(tl.where(small & (lane > low), lane, SIDE), 0)
        going = (low < SIDE) & (sweeps < SWEEPS * n)
        sweeps += 1
        tl.debug_barrier()
        if going:
            _sweep(old, new, columns, lane, low, high, SIDE)


@triton.jit
def _sweep(old, new, columns, lane, low, high, SIDE: tl.constexpr):
    """One QL sweep on rows ``low`` … ``high`` of the tridiagonal matrix, and its rotations of the columns."""
    top, edge = tl.load(old + low), tl.load(old + SIDE + low)
    below = tl.load(old + high)
    d, e = tl.load(old + high - 1), tl.load(old + SIDE + high - 1)
    z = tl.load(columns + high * SIDE + lane)
    y = tl.load(columns + (high - 1) * SIDE + lane)
    # Wilkinson's shift: the eigenvalue of the upper corner that is nearer to its first entry.
    g = (tl.load(old + low + 1) - top) / (2.0 * edge)
    g = below - top + edge / (g + tl.where(g < 0.0, -1.0, 1.0) * tl.sqrt(g * g + 1.0))
    s, c, p = g * 0.0 + 1.0, g * 0.0 + 1.0, g * 0.0
    for j in range(high - low):
        i = high - 1 - j
        # What the next rotation needs is on its way while this one is computed.
        before = tl.maximum(i - 1, low)
        next_d, next_e = tl.load(old + before), tl.load(old + SIDE + before)
        next_y = tl.load(columns + before * SIDE + lane)
        f, b = s * e, c * e
        # Where both vanish there is nothing to turn; the length is never 0, and no test stands in the chain.
        g = tl.where(tl.abs(g) < SMALLEST, SMALLEST, g)
        square = g * g + f * f
        inverse = tl.rsqrt(square)
        c, s = g * inverse, f * inverse
        tl.store(new + SIDE + i + 1, square * inverse, mask=j > 0)
        g = below - p
        r = (d - g) * s + c * (b + b)
        p = s * r
        tl.store(new + i + 1, g + p)
        g = c * r - b
        tl.store(columns + (i + 1) * SIDE + lane, c * z + s * y)
        z = c * y - s * z
        below, d, e, y = d, next_d, next_e, next_y
    tl.store(columns + low * SIDE + lane, z)
    tl.store(new + low, below - p)
    tl.store(new + SIDE + low, g)
