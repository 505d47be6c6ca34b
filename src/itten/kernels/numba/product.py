"""Edge weights on a canvas, degrees, and L times a block of 16 vectors that lie interleaved, ``x[pixel · 16 + lane]``.

``w`` holds the weights of canvas rows from ``w0`` on (see :mod:`itten.graph.blocks`), all of them or a strip. Every
product is a sum of w · (x_i − x_j): exact on constants, and accurate on smooth vectors, where D x − A x is not.
"""

from __future__ import annotations

from numba import prange
from numpy import float32

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import bcast16, decay_of_root, fma, load16, splat16, store, vadd, vmul, vsub


@kernel(parallel=True, fast=False)
def weight_rows(canvas, channels, pixels, pitch, flat, weights, scale, row0, row1, w):
    """W(o) · exp(−scale ‖I_i − I_{i+o}‖) for canvas rows ``row0 … row1``, and from ``row0`` on in ``w``."""
    factor = splat16(scale)
    m = flat.size
    for y in prange(row0, row1):
        for x in range(0, pitch, 16):
            i = y * pitch + x
            for o in range(m):
                j = i + flat[o]
                d = vsub(load16(canvas, i), load16(canvas, j))
                s = vmul(d, d)
                for c in range(1, channels):
                    d = vsub(load16(canvas, c * pixels + i), load16(canvas, c * pixels + j))
                    s = fma(d, d, s)
                store(w, ((y - row0) * m + o) * pitch + x, vmul(splat16(weights[o]), decay_of_root(s, factor)))


@kernel(parallel=True, fast=False)
def degree_rows(w, w0, m, pitch, where, row0, row1, degree):
    """Sum of a pixel's weights, for canvas rows ``row0 … row1``."""
    for y in prange(row0, row1):
        for x in range(0, pitch, 16):
            i = (y - w0) * m * pitch + x
            s = splat16(float32(0))
            for o in range(where.size):
                s = vadd(s, load16(w, where[o] + i))
            store(degree, y * pitch + x, s)


@kernel(parallel=True, fast=False)
def product_rows(w, w0, m, pitch, flat, where, row0, row1, left, right, x, out):
    """``out`` = L x on canvas rows ``row0 … row1``, columns ``left … right``."""
    for r in prange(row0, row1):
        for c in range(left, right, 4):
            i = (r * pitch + c) * 16
            e = (r - w0) * m * pitch + c
            s0 = splat16(float32(0))
            s1 = s0
            s2 = s0
            s3 = s0
            x0 = load16(x, i)
            x1 = load16(x, i + 16)
            x2 = load16(x, i + 32)
            x3 = load16(x, i + 48)
            for o in range(flat.size):
                k = where[o] + e
                j = i + flat[o] * 16
                s0 = fma(bcast16(w, k), vsub(x0, load16(x, j)), s0)
                s1 = fma(bcast16(w, k + 1), vsub(x1, load16(x, j + 16)), s1)
                s2 = fma(bcast16(w, k + 2), vsub(x2, load16(x, j + 32)), s2)
                s3 = fma(bcast16(w, k + 3), vsub(x3, load16(x, j + 48)), s3)
            store(out, i, s0)
            store(out, i + 16, s1)
            store(out, i + 32, s2)
            store(out, i + 48, s3)


@kernel(parallel=True, fast=False)
def smooth_rows(w, w0, m, pitch, flat, where, row0, row1, left, right, inverse, z, r, a, b, last, old):
    """One step of Chebyshev's three-term recurrence for L z = r with the preconditioner ``inverse`` = 1 / D.

    ``old`` ← z + a (z − old) + b D⁻¹ (r − L z), over the iterate before z, which it replaces; at the ``last`` call
    ``old`` ← r − L z, the residual that the smoother leaves. Saad, Iterative Methods (2003), algorithm 12.1.
    """
    va = splat16(a)
    vb = splat16(b)
    for y in prange(row0, row1):
        for c in range(left, right, 4):
            i = y * pitch + c
            q = i * 16
            e = (y - w0) * m * pitch + c
            s0 = load16(r, q)
            s1 = load16(r, q + 16)
            s2 = load16(r, q + 32)
            s3 = load16(r, q + 48)
            # The sign is on the difference, so that the sum starts from r and ends as the residual.
            x0 = load16(z, q)
            x1 = load16(z, q + 16)
            x2 = load16(z, q + 32)
            x3 = load16(z, q + 48)
            for o in range(flat.size):
                k = where[o] + e
                j = q + flat[o] * 16
                s0 = fma(bcast16(w, k), vsub(load16(z, j), x0), s0)
                s1 = fma(bcast16(w, k + 1), vsub(load16(z, j + 16), x1), s1)
                s2 = fma(bcast16(w, k + 2), vsub(load16(z, j + 32), x2), s2)
                s3 = fma(bcast16(w, k + 3), vsub(load16(z, j + 48), x3), s3)
            if not last:
                s0 = fma(vmul(vb, bcast16(inverse, i)), s0, fma(va, vsub(x0, load16(old, q)), x0))
                s1 = fma(vmul(vb, bcast16(inverse, i + 1)), s1, fma(va, vsub(x1, load16(old, q + 16)), x1))
                s2 = fma(vmul(vb, bcast16(inverse, i + 2)), s2, fma(va, vsub(x2, load16(old, q + 32)), x2))
                s3 = fma(vmul(vb, bcast16(inverse, i + 3)), s3, fma(va, vsub(x3, load16(old, q + 48)), x3))
            store(old, q, s0)
            store(old, q + 16, s1)
            store(old, q + 32, s2)
            store(old, q + 48, s3)


@kernel(parallel=True, fast=False)
def smooth_start(inverse, r, factor, groups, z, old):
    """``z`` = factor · D⁻¹ r, the first iterate, and 0 in ``old``, the one before it; ``groups`` of 16 pixels."""
    f = splat16(factor)
    zero = splat16(float32(0))
    for g in prange(groups):
        for j in range(g * 16, g * 16 + 16):
            store(z, j * 16, vmul(vmul(f, bcast16(inverse, j)), load16(r, j * 16)))
            store(old, j * 16, zero)
