"""Lanczos on tiles, one tile a task: colours, weights, basis and Ritz vectors stay in one core's cache.

A tile is flattened to n = h · w pixels, so that an offset (dy, dx) is a shift by dy · w + dx. Edges that
leave the tile have weight 0, and the vectors have margins of zeros, so the product has no branches.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.extending import overload

from itten.kernels.numba.edges import decay
from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import fma, load16, splat16, store, vsub
from itten.kernels.numba.tridiagonal import ritz_vectors

CHUNK = 256
RUN = 64
TILES_A_TASK = 8


@kernel
def tile_weights(features, top, left, height, width, offsets, weights, scale, colours, w, degree, pad):
    """Weights ``w[j, pad + i]`` of the edges from pixel i along offset j, and the degrees."""
    channels = features.shape[0]
    n = height * width
    zero = features.dtype.type(0)
    for c in range(channels):
        for y in range(height):
            for x in range(width):
                colours[c, y * width + x] = features[c, top + y, left + x]
    degree[:] = zero
    for j in range(len(weights)):
        dy, dx = offsets[j, 0], offsets[j, 1]
        shift = dy * width + dx
        row = w[j]
        row[:] = zero
        if dy >= height or abs(dx) >= width:
            continue
        base = weights[j]
        if channels == 3:
            r, g, b = colours[0], colours[1], colours[2]
            rs, gs, bs = r[shift:], g[shift:], b[shift:]
            here = row[pad:]
            for i in range(n - shift):
                dr = r[i] - rs[i]
                dg = g[i] - gs[i]
                db = b[i] - bs[i]
                here[i] = base * decay(-scale * np.sqrt(dr * dr + dg * dg + db * db))
        else:
            for i in range(n - shift):
                square = zero
                for c in range(channels):
                    d = colours[c, i] - colours[c, i + shift]
                    square += d * d
                row[pad + i] = base * decay(-scale * np.sqrt(square))
        for y in range(height):
            x0 = max(width - dx, 0) if dx > 0 else 0
            x1 = width if dx > 0 else min(-dx, width)
            if y >= height - dy:
                x0, x1 = 0, width
            for x in range(x0, x1):
                row[pad + y * width + x] = zero
        forward = row[pad : pad + n]
        backward = row[pad - shift : pad - shift + n]
        for i in range(n):
            degree[i] += forward[i] + backward[i]


def tile_product(w, shifts, pad, x, y, n):
    """y = L x as Σ w (x_i − x_j). ``x`` has ``pad`` zeros at both ends, ``y`` has none; all lengths, ``n`` among
    them, are rounded up to whole runs of ``RUN`` pixels, with weights 0 in the rest.

    Differences in place of degree · x − Σ w x: the lowest values are small differences of large sums, and
    float32 would lose them.
    """
    raise TypeError("compiled code only")  # pragma: no cover


@kernel
def product_of_views(w, shifts, pad, x, y, n):
    """:func:`tile_product` in any precision. Views in place of computed indices: an index that might be negative
    keeps the loop scalar."""
    centre = x[pad : pad + n]
    for i in range(n):
        y[i] = y.dtype.type(0)
    for j in range(len(shifts)):
        s = shifts[j]
        forward = w[j, pad : pad + n]
        backward = w[j, pad - s : pad - s + n]
        ahead = x[pad + s : pad + s + n]
        behind = x[pad - s : pad - s + n]
        for i in range(n):
            y[i] += forward[i] * (centre[i] - ahead[i]) + backward[i] * (centre[i] - behind[i])


@kernel(fast=False)
def product_of_lanes(w, shifts, pad, x, y, n):
    """:func:`tile_product` in float32: a run of 64 pixels keeps its sums in registers over all offsets."""
    length = w.shape[1]
    zero = splat16(np.float32(0))
    for i in range(0, n, RUN):
        p = pad + i
        a, b, c, d = zero, zero, zero, zero
        xa, xb, xc, xd = load16(x, p), load16(x, p + 16), load16(x, p + 32), load16(x, p + 48)
        for j in range(len(shifts)):
            s = shifts[j]
            f = j * length + p
            a = fma(load16(w, f), vsub(xa, load16(x, p + s)), a)
            b = fma(load16(w, f + 16), vsub(xb, load16(x, p + s + 16)), b)
            c = fma(load16(w, f + 32), vsub(xc, load16(x, p + s + 32)), c)
            d = fma(load16(w, f + 48), vsub(xd, load16(x, p + s + 48)), d)
            f -= s
            a = fma(load16(w, f), vsub(xa, load16(x, p - s)), a)
            b = fma(load16(w, f + 16), vsub(xb, load16(x, p - s + 16)), b)
            c = fma(load16(w, f + 32), vsub(xc, load16(x, p - s + 32)), c)
            d = fma(load16(w, f + 48), vsub(xd, load16(x, p - s + 48)), d)
        store(y, i, a)
        store(y, i + 16, b)
        store(y, i + 32, c)
        store(y, i + 48, d)


@overload(tile_product)
def _tile_product_overload(w, shifts, pad, x, y, n):  # pragma: no cover - runs inside the compiler
    chosen = product_of_lanes if w.dtype == numba.float32 else product_of_views

    def call(w, shifts, pad, x, y, n):
        chosen(w, shifts, pad, x, y, n)

    return call


@kernel
def dot(a, b, n):
    """a · b: runs of ``CHUNK`` in the arrays' precision, their sums in float64.

    A plain float32 sum of 4,096 terms would be the largest error of the whole recurrence.
    """
    total = 0.0
    for start in range(0, n, CHUNK):
        stop = min(start + CHUNK, n)
        u = a[start:stop]
        v = b[start:stop]
        part = a.dtype.type(0)
        for i in range(stop - start):
            part += u[i] * v[i]
        total += part
    return total


@kernel
def orthogonalise(basis, count, y, h, n):
    """y −= Σ q (q·y) over the first ``count`` rows of ``basis``; the coefficients go to ``h`` (float64)."""
    for q in range(count):
        h[q] = dot(basis[q], y, n)
    for q in range(count):
        row = basis[q]
        c = y.dtype.type(h[q])
        for i in range(n):
            y[i] -= c * row[i]


@kernel
def gauge(v, n, tolerance):
    """Flip v so that its entry of largest magnitude is positive; near ties go to the lowest index."""
    largest = abs(v[0])
    for i in range(n):
        largest = max(largest, abs(v[i]))
    for i in range(n):
        if abs(v[i]) >= largest * (1.0 - tolerance):
            if v[i] < 0:
                for p in range(n):
                    v[p] = -v[p]
            return


@kernel
def krylov(w, largest, shifts, pad, start, steps, n, basis, x, y, alpha, beta):
    """Lanczos from the mean-free part of ``start``: fills ``basis`` (row 0 the constant) and the tridiagonal's
    ``alpha`` and ``beta``; returns the number of steps done, fewer when the space is exhausted."""
    dtype = w.dtype
    whole = len(y)
    h = np.zeros(steps + 1)
    basis[0, :] = dtype.type(1.0 / np.sqrt(n))
    x[:] = dtype.type(0)
    y[:] = dtype.type(0)
    for i in range(n):
        y[i] = start[i]
    orthogonalise(basis, 1, y, h, n)
    orthogonalise(basis, 1, y, h, n)
    length = np.sqrt(dot(y, y, n))
    for j in range(1, steps + 1):
        inverse = dtype.type(1.0 / length)
        row = basis[j]
        for i in range(n):
            row[i] = y[i] * inverse
            x[pad + i] = row[i]
        tile_product(w, shifts, pad, x, y, whole)
        # The three-term recurrence first, then once against everything: in one go, the rounding of the
        # two large coefficients would spoil all the others.
        h[j] = dot(row, y, n)
        c = dtype.type(h[j])
        d = dtype.type(beta[j - 2]) if j > 1 else dtype.type(0)
        previous = basis[j - 1]
        for i in range(n):
            y[i] -= c * row[i] + d * previous[i]
        alpha[j - 1] = h[j]
        orthogonalise(basis, j + 1, y, h, n)
        alpha[j - 1] += h[j]
        length = np.sqrt(dot(y, y, n))
        beta[j - 1] = length
        if length <= 1e-6 * largest:
            return j
    return steps


@kernel
def combine(basis, small, size, n, v, tolerance):
    """v = Σ small_j basis_{j + 1}, of unit norm and with its sign fixed."""
    dtype = basis.dtype
    for j in range(size):
        c = dtype.type(small[j])
        row = basis[j + 1]
        for i in range(n):
            v[i] += c * row[i]
    inverse = dtype.type(1.0 / np.sqrt(dot(v, v, n)))
    for i in range(n):
        v[i] *= inverse
    gauge(v, n, tolerance)


def lanczos_tiles(features, corners, height, width, offsets, weights, scale, start, steps, k, floor, tolerance):
    """The lowest ``k`` Ritz pairs above ``floor`` on the mean-free space of every tile.

    ``corners`` ``(T, 2)``, ``start`` ``(h·w,)`` the start vector. Returns vectors ``(T, k, h·w)`` of unit
    norm with their signs fixed, and values ``(T, k)``; pairs that the space does not hold are 0.
    """
    tiles, n, dtype = len(corners), height * width, features.dtype
    vectors, values = np.zeros((tiles, k, n), dtype), np.zeros((tiles, k))
    # An offset longer than the tile has no edges; where it pointed would be outside the arrays.
    inside = (offsets[:, 0] < height) & (np.abs(offsets[:, 1]) < width)
    shifts = np.where(inside, offsets[:, 0] * width + offsets[:, 1], 0)
    pad = (max(0, int(shifts.max())) + 15) // 16 * 16
    steps = min(steps, n - 1)
    if steps > 0:
        _tiles(
            0, -(-tiles // TILES_A_TASK), features, corners, height, width, offsets, weights, scale,
            start.astype(dtype), steps, shifts, pad, floor, tolerance, vectors, values,
        )  # fmt: skip
    return vectors, values


@kernel(shared=True)
def _tiles(
    begin, end, features, corners, height, width, offsets, weights, scale,
    first, steps, shifts, pad, floor, tolerance, vectors, values,
):  # fmt: skip
    tiles, k, n = vectors.shape
    dtype = features.dtype
    whole = (n + RUN - 1) // RUN * RUN
    # One workspace for several tiles: fresh pages for every tile cost as much as its arithmetic.
    colours = np.empty((features.shape[0], n), dtype)
    w = np.empty((len(weights), pad + whole), dtype)
    degree = np.empty(n, dtype)
    basis = np.empty((steps + 1, n), dtype)
    x = np.empty(whole + 2 * pad, dtype)
    y = np.empty(whole, dtype)
    alpha = np.empty(steps)
    beta = np.empty(steps)
    small = np.empty((k, steps))
    for t in range(begin * TILES_A_TASK, min(tiles, end * TILES_A_TASK)):
        top, left = corners[t, 0], corners[t, 1]
        tile_weights(features, top, left, height, width, offsets, weights, scale, colours, w, degree, pad)
        size = krylov(w, degree.max(), shifts, pad, first, steps, n, basis, x, y, alpha, beta)
        found = ritz_vectors(alpha, beta, size, floor, small, values[t])
        for q in range(found):
            combine(basis, small[q], size, n, vectors[t, q], tolerance)
