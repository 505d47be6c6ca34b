"""Edge weights on a canvas, degrees, and L times a block of 16 vectors that lie interleaved, ``x[pixel · 16 + lane]``.

``w`` holds the weights of canvas rows from ``w0`` on (see :mod:`itten.graph.blocks`), all of them or a strip. A product
is a sum of w · (x_i − x_j): exact on constants, and accurate on smooth vectors, where D x − A x is not. The smoother
takes D x − A x, half the arithmetic: what it makes is a direction, and the products that follow see its errors.

Offsets come as ``runs``: pixels side by side in one row, ``(flat offset of the first, place of its weights, step to the
next one's weights, how many)``. A neighbour is then read once for four pixels.
"""

from __future__ import annotations

from numpy import float32

from itten.kernels.numba.channels import MANY, weigh_many
from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import (
    bcast8,
    bcast16,
    decay_of_root,
    fma,
    load8,
    load16,
    splat16,
    store,
    vadd,
    vmul,
    vsub,
)


@kernel(inner=True, fast=False)
def drop_light(begin, end, cut, w):
    """0 in the place of ``w[begin … end]`` that are positive and no heavier than ``cut``."""
    if cut > 0:
        for i in range(begin, end):
            w[i] = w[i] if w[i] > cut else float32(0)


@kernel("i8 i8 i8 f4[1] i8 i8 i8 i8[1]r f4[1] f4 f4 f4[1]", shared=True, fast=False)
def weight_rows(row0, row1, base, canvas, channels, pixels, pitch, flat, weights, scale, cut, w):
    """W(o) · exp(−scale ‖I_i − I_{i+o}‖) for canvas rows ``row0 … row1``, 0 in the place of what is no heavier than
    ``cut``; ``w`` begins with row ``base``."""
    if channels >= MANY:
        weigh_many(row0, row1, base, canvas, channels, pixels, pitch, flat, weights, scale, w)
        drop_light((row0 - base) * flat.size * pitch, (row1 - base) * flat.size * pitch, cut, w)
        return
    factor = splat16(scale)
    m = flat.size
    for y in range(row0, row1):
        for x in range(0, pitch, 16):
            i = y * pitch + x
            for o in range(m):
                j = i + flat[o]
                d = vsub(load16(canvas, i), load16(canvas, j))
                s = vmul(d, d)
                for c in range(1, channels):
                    d = vsub(load16(canvas, c * pixels + i), load16(canvas, c * pixels + j))
                    s = fma(d, d, s)
                store(w, ((y - base) * m + o) * pitch + x, vmul(splat16(weights[o]), decay_of_root(s, factor)))
        drop_light((y - base) * m * pitch, (y + 1 - base) * m * pitch, cut, w)


@kernel("i8 i8 f4[1] i8 i8 i8 i8[1]r f4[1]", shared=True, fast=False)
def degree_rows(row0, row1, w, w0, m, pitch, where, degree):
    """Sum of a pixel's weights, for canvas rows ``row0 … row1``."""
    for y in range(row0, row1):
        for x in range(0, pitch, 16):
            i = (y - w0) * m * pitch + x
            s = splat16(float32(0))
            for o in range(where.size):
                s = vadd(s, load16(w, where[o] + i))
            store(degree, y * pitch + x, s)


def _make_runs(lanes, load, bcast):
    """Σ w (c − x) and Σ w x over one run of offsets, for four pixels side by side, added to ``s0 … s3``.

    Of the sources that the four pixels see the first three and the last three are no neighbours of all of them.
    """

    @kernel(fast=False, forced=True)
    def differences(w, k, step, n, x, j, c0, c1, c2, c3, s0, s1, s2, s3):
        side = 1 - step
        if n < 3:
            for _ in range(n):
                s0 = fma(bcast(w, k), vsub(c0, load(x, j)), s0)
                s1 = fma(bcast(w, k + 1), vsub(c1, load(x, j + lanes)), s1)
                s2 = fma(bcast(w, k + 2), vsub(c2, load(x, j + 2 * lanes)), s2)
                s3 = fma(bcast(w, k + 3), vsub(c3, load(x, j + 3 * lanes)), s3)
                k += step
                j += lanes
            return s0, s1, s2, s3
        v = load(x, j)
        s0 = fma(bcast(w, k), vsub(c0, v), s0)
        k += step
        v = load(x, j + lanes)
        s0 = fma(bcast(w, k), vsub(c0, v), s0)
        s1 = fma(bcast(w, k + side), vsub(c1, v), s1)
        k += step
        v = load(x, j + 2 * lanes)
        s0 = fma(bcast(w, k), vsub(c0, v), s0)
        s1 = fma(bcast(w, k + side), vsub(c1, v), s1)
        s2 = fma(bcast(w, k + 2 * side), vsub(c2, v), s2)
        j += 3 * lanes
        for _ in range(3, n):
            k += step
            v = load(x, j)
            s0 = fma(bcast(w, k), vsub(c0, v), s0)
            s1 = fma(bcast(w, k + side), vsub(c1, v), s1)
            s2 = fma(bcast(w, k + 2 * side), vsub(c2, v), s2)
            s3 = fma(bcast(w, k + 3 * side), vsub(c3, v), s3)
            j += lanes
        k += step
        v = load(x, j)
        s1 = fma(bcast(w, k + side), vsub(c1, v), s1)
        s2 = fma(bcast(w, k + 2 * side), vsub(c2, v), s2)
        s3 = fma(bcast(w, k + 3 * side), vsub(c3, v), s3)
        k += step
        v = load(x, j + lanes)
        s2 = fma(bcast(w, k + 2 * side), vsub(c2, v), s2)
        s3 = fma(bcast(w, k + 3 * side), vsub(c3, v), s3)
        k += step
        s3 = fma(bcast(w, k + 3 * side), vsub(c3, load(x, j + 2 * lanes)), s3)
        return s0, s1, s2, s3

    @kernel(fast=False, forced=True)
    def sums(w, k, step, n, x, j, s0, s1, s2, s3, t0, t1, t2, t3):
        side = 1 - step
        if n < 3:
            for _ in range(n):
                s0 = fma(bcast(w, k), load(x, j), s0)
                s1 = fma(bcast(w, k + 1), load(x, j + lanes), s1)
                s2 = fma(bcast(w, k + 2), load(x, j + 2 * lanes), s2)
                s3 = fma(bcast(w, k + 3), load(x, j + 3 * lanes), s3)
                k += step
                j += lanes
            return s0, s1, s2, s3, t0, t1, t2, t3
        v = load(x, j)
        s0 = fma(bcast(w, k), v, s0)
        k += step
        v = load(x, j + lanes)
        t0 = fma(bcast(w, k), v, t0)
        t1 = fma(bcast(w, k + side), v, t1)
        k += step
        v = load(x, j + 2 * lanes)
        s0 = fma(bcast(w, k), v, s0)
        s1 = fma(bcast(w, k + side), v, s1)
        s2 = fma(bcast(w, k + 2 * side), v, s2)
        j += 3 * lanes
        for _ in range((n - 3) // 2):
            k += step
            v = load(x, j)
            t0 = fma(bcast(w, k), v, t0)
            t1 = fma(bcast(w, k + side), v, t1)
            t2 = fma(bcast(w, k + 2 * side), v, t2)
            t3 = fma(bcast(w, k + 3 * side), v, t3)
            k += step
            v = load(x, j + lanes)
            s0 = fma(bcast(w, k), v, s0)
            s1 = fma(bcast(w, k + side), v, s1)
            s2 = fma(bcast(w, k + 2 * side), v, s2)
            s3 = fma(bcast(w, k + 3 * side), v, s3)
            j += 2 * lanes
        if n % 2 == 0:
            k += step
            v = load(x, j)
            t0 = fma(bcast(w, k), v, t0)
            t1 = fma(bcast(w, k + side), v, t1)
            t2 = fma(bcast(w, k + 2 * side), v, t2)
            t3 = fma(bcast(w, k + 3 * side), v, t3)
            j += lanes
        k += step
        v = load(x, j)
        s1 = fma(bcast(w, k + side), v, s1)
        s2 = fma(bcast(w, k + 2 * side), v, s2)
        s3 = fma(bcast(w, k + 3 * side), v, s3)
        k += step
        v = load(x, j + lanes)
        t2 = fma(bcast(w, k + 2 * side), v, t2)
        t3 = fma(bcast(w, k + 3 * side), v, t3)
        k += step
        s3 = fma(bcast(w, k + 3 * side), load(x, j + 2 * lanes), s3)
        return s0, s1, s2, s3, t0, t1, t2, t3

    return differences, sums


differences16, sums16 = _make_runs(16, load16, bcast16)
differences8, sums8 = _make_runs(8, load8, bcast8)


@kernel("i8 i8 f4[1] i8 i8 i8 i8[2]r i8 i8 f4[1] f4[1]", shared=True, fast=False)
def product_rows(row0, row1, w, w0, m, pitch, runs, left, right, x, out):
    """``out`` = L x on canvas rows ``row0 … row1``, columns ``left … right``."""
    zero = splat16(float32(0))
    for r in range(row0, row1):
        for c in range(left, right, 4):
            i = (r * pitch + c) * 16
            e = (r - w0) * m * pitch + c
            s0, s1, s2, s3 = zero, zero, zero, zero
            x0, x1, x2, x3 = load16(x, i), load16(x, i + 16), load16(x, i + 32), load16(x, i + 48)
            for u in range(runs.shape[0]):
                s0, s1, s2, s3 = differences16(
                    w, e + runs[u, 1], runs[u, 2], runs[u, 3], x, i + runs[u, 0] * 16, x0, x1, x2, x3, s0, s1, s2, s3
                )
            store(out, i, s0)
            store(out, i + 16, s1)
            store(out, i + 32, s2)
            store(out, i + 48, s3)


@kernel("i8 i8 f4[1] i8 i8 i8 i8[2]r i8 i8 f4[1] f4[1] f4[1] f4[1] f4 f4 b1 b1 f4[1]", shared=True, fast=False)
def smooth_rows(row0, row1, w, w0, m, pitch, runs, left, right, minus_degree, inverse, z, r, a, b, first, last, old):
    """One step of Chebyshev's three-term recurrence for L z = r with the preconditioner ``inverse`` = 1 / D.

    ``old`` ← z + a (z − old) + b D⁻¹ (r − L z), over the iterate before z, which it replaces and which counts as 0 at
    the ``first`` call; at the ``last`` one ``old`` ← r − L z, the residual that the smoother leaves. Saad, Iterative
    Methods (2003), algorithm 12.1.
    """
    va = splat16(a)
    vb = splat16(b)
    zero = splat16(float32(0))
    for y in range(row0, row1):
        for c in range(left, right, 4):
            i = y * pitch + c
            q = i * 16
            e = (y - w0) * m * pitch + c
            x0, x1, x2, x3 = load16(z, q), load16(z, q + 16), load16(z, q + 32), load16(z, q + 48)
            s0 = fma(bcast16(minus_degree, i), x0, load16(r, q))
            s1 = fma(bcast16(minus_degree, i + 1), x1, load16(r, q + 16))
            s2 = fma(bcast16(minus_degree, i + 2), x2, load16(r, q + 32))
            s3 = fma(bcast16(minus_degree, i + 3), x3, load16(r, q + 48))
            # Two chains of sums a pixel: one would wait for itself.
            t0, t1, t2, t3 = zero, zero, zero, zero
            for u in range(runs.shape[0]):
                s0, s1, s2, s3, t0, t1, t2, t3 = sums16(
                    w, e + runs[u, 1], runs[u, 2], runs[u, 3], z, q + runs[u, 0] * 16, s0, s1, s2, s3, t0, t1, t2, t3
                )
            s0, s1, s2, s3 = vadd(s0, t0), vadd(s1, t1), vadd(s2, t2), vadd(s3, t3)
            if not last:
                t0, t1, t2, t3 = x0, x1, x2, x3
                if not first:
                    t0, t1 = vsub(x0, load16(old, q)), vsub(x1, load16(old, q + 16))
                    t2, t3 = vsub(x2, load16(old, q + 32)), vsub(x3, load16(old, q + 48))
                s0 = fma(vmul(vb, bcast16(inverse, i)), s0, fma(va, t0, x0))
                s1 = fma(vmul(vb, bcast16(inverse, i + 1)), s1, fma(va, t1, x1))
                s2 = fma(vmul(vb, bcast16(inverse, i + 2)), s2, fma(va, t2, x2))
                s3 = fma(vmul(vb, bcast16(inverse, i + 3)), s3, fma(va, t3, x3))
            store(old, q, s0)
            store(old, q + 16, s1)
            store(old, q + 32, s2)
            store(old, q + 48, s3)


@kernel("i8 i8 f4[1] f4[1] f4 f4[1]", shared=True, fast=False)
def times_diagonal(first, last, diagonal, x, factor, out):
    """``out`` = factor · diagonal · x, for groups of 16 pixels; ``out`` may be ``x``."""
    f = splat16(factor)
    for j in range(first * 16, last * 16):
        store(out, j * 16, vmul(vmul(f, bcast16(diagonal, j)), load16(x, j * 16)))
