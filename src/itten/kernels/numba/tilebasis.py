"""The stitched basis of a tile: 1, y, x and columns of (L_tile + shift)⁻² noise, times the tile's share, orthonormal.

Eight columns, a vector, a tile, ``psi[tile, pixel · 8 + column]``. Two inverse steps on a random mean-free start span
the tile's lowest eigenvectors well enough: a Rayleigh–Ritz step in the tile would not add anything to the span.
The factor lives in the task's own memory and is thrown away at once.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.bandfactor import factor_band, load_tile, solve_band8
from itten.kernels.numba.galerkin import pair
from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import bcast8, fma, load8, store, vmul

# Length of a column in the inner product of M. With that ΦᵀLΦ has the magnitude of L, and ΦᵀΦ that of 1, where a
# pixel's degree is about 60, as in flat parts of a picture at the default stencil.
LENGTH = np.float32(8)
# A column keeping less than this part of its squared length beside those before it is left out.
DEPENDENT = 1e-5


@kernel(inner=True, fast=False)
def orthonormalise(psi, n, used):
    """Cholesky QR of n × 8, twice for accuracy; what depends on the columns before it, and columns ≥ ``used``: zero."""
    g = np.empty(64, np.float32)
    c = np.empty((8, 8))
    inverse = np.empty((8, 8))
    for _ in range(2):
        pair(psi, n, 0, 0, psi, n, 0, 0, 1, n, g, 0)
        for i in range(8):
            whole = np.float64(g[i * 9])
            d = whole
            for k in range(i):  # c ← R above the diagonal, 1 / R on it
                s = np.float64(g[k * 8 + i])
                for q in range(k):
                    s -= c[q, k] * c[q, i]
                c[k, i] = s * c[k, k]
                d -= c[k, i] * c[k, i]
            c[i, i] = 1 / np.sqrt(d) if d > DEPENDENT * whole and whole > 1e-20 and i < used else 0.0
            for k in range(i):
                s = 0.0
                for q in range(k, i):
                    s -= inverse[k, q] * c[q, i]
                inverse[k, i] = s * c[i, i]
            inverse[i, i] = c[i, i]
            for k in range(i + 1, 8):
                inverse[k, i] = 0.0
        for i in range(8):
            for k in range(8):
                g[i * 8 + k] = inverse[i, k]
        r0, r1, r2, r3 = load8(g, 0), load8(g, 8), load8(g, 16), load8(g, 24)
        r4, r5, r6, r7 = load8(g, 32), load8(g, 40), load8(g, 48), load8(g, 56)
        for p in range(0, n * 8, 16):  # n is even
            v, u = vmul(bcast8(psi, p), r0), vmul(bcast8(psi, p + 8), r0)
            v, u = fma(bcast8(psi, p + 1), r1, v), fma(bcast8(psi, p + 9), r1, u)
            v, u = fma(bcast8(psi, p + 2), r2, v), fma(bcast8(psi, p + 10), r2, u)
            v, u = fma(bcast8(psi, p + 3), r3, v), fma(bcast8(psi, p + 11), r3, u)
            v, u = fma(bcast8(psi, p + 4), r4, v), fma(bcast8(psi, p + 12), r4, u)
            v, u = fma(bcast8(psi, p + 5), r5, v), fma(bcast8(psi, p + 13), r5, u)
            v, u = fma(bcast8(psi, p + 6), r6, v), fma(bcast8(psi, p + 14), r6, u)
            v, u = fma(bcast8(psi, p + 7), r7, v), fma(bcast8(psi, p + 15), r7, u)
            store(psi, p, v)
            store(psi, p + 8, u)


@kernel(inner=True, fast=False)
def deflate(kept, count, b, n):
    """``b`` (n × 8) less its parts along the columns of ``count`` orthonormal blocks of ``kept``."""
    g = np.empty(64, np.float32)
    for q in range(count):
        pair(kept, n, q, 0, b, n, 0, 0, 1, n, g, 0)
        for i in range(64):
            g[i] = -g[i]
        r0, r1, r2, r3 = load8(g, 0), load8(g, 8), load8(g, 16), load8(g, 24)
        r4, r5, r6, r7 = load8(g, 32), load8(g, 40), load8(g, 48), load8(g, 56)
        for p in range(n):
            k = (q * n + p) * 8
            v = fma(bcast8(kept, k), r0, load8(b, p * 8))
            v = fma(bcast8(kept, k + 1), r1, v)
            v = fma(bcast8(kept, k + 2), r2, v)
            v = fma(bcast8(kept, k + 3), r3, v)
            v = fma(bcast8(kept, k + 4), r4, v)
            v = fma(bcast8(kept, k + 5), r5, v)
            v = fma(bcast8(kept, k + 6), r6, v)
            v = fma(bcast8(kept, k + 7), r7, v)
            store(b, p * 8, v)


@kernel(inner=True, fast=False)
def least_growth(b, n, first, used):
    """The least length, squared, of one of the columns ``first … used`` of n × 8 beside those before it."""
    g = np.empty(64, np.float32)
    c = np.zeros((8, 8))
    pair(b, n, 0, 0, b, n, 0, 0, 1, n, g, 0)
    least = 1e30
    for i in range(first, used):
        d = np.float64(g[i * 9])
        if d <= 0:
            continue
        for k in range(first, i):
            s = np.float64(g[k * 8 + i])
            for q in range(first, k):
                s -= c[q, k] * c[q, i]
            c[k, i] = s * c[k, k]
            d -= c[k, i] * c[k, i]
        c[i, i] = 1 / np.sqrt(d) if d > 1e-7 * g[i * 9] else 0.0
        least = min(least, max(d, 0.0))
    return least


@kernel(
    "i8 i8 i8[1] f4[1] i8 f4[1] i8[2]r i8[1]r i8 i8 i8 i8[1]r i8[1]r f4[2]r f4[2]r i8 i8 f4 i8 b1 f4[2] f8 i8[1] f4[2] "
    "b1[1]",
    shared=True,
    fast=False,
)
def tile_basis(
    begin, end, todo, w, w0, root, half, near, bands, pitch, margin, tops, lefts, rows, columns,
    height, width, shift, used, free, start, growth, panels, psi, scarce,
):  # fmt: skip
    """The columns ``psi[panels[t]] … psi[panels[t + 1]]`` for the tiles t in ``todo``, and ``scarce[t]``: whether the
    last panel holds nothing but what two inverse steps let grow by more than ``growth``, so that there may be more.

    ``start`` ``(most, tile · 16 · 8)`` noise, whose first three columns are 0 in the first panel; ``root`` M^-1/2 on
    the canvas, 0 where nothing lives; ``used`` columns of a panel; ``free``: between the steps without what 1, y and x
    hold of them.
    """
    tile = rows.shape[1]
    across = lefts.size
    n = tile * 16
    u = np.empty(tile * bands * 256, np.float32)
    kept = np.empty(start.shape[0] * n * 8, np.float32)
    plain = np.empty((n, 3), np.float32)
    for place in range(begin, end):
        t = todo[place]
        top, left = tops[t // across], lefts[t % across]
        down, right = min(tile, height - top), min(16, width - left)
        count = panels[t + 1] - panels[t]
        for r in range(tile):
            for c in range(16):
                here = root[(top + margin + r) * pitch + left + margin + c]
                d = 1 / here if here > 0 and r < down and c < right else np.float32(0)
                plain[r * 16 + c, 0] = d
                plain[r * 16 + c, 1] = d * (r - np.float32(0.5) * (down - 1))
                plain[r * 16 + c, 2] = d * (c - np.float32(0.5) * (right - 1))
        if used > 3:
            load_tile(w, w0, root, half, near, bands, pitch, margin, top, left, tile, height, width, shift, u)
            factor_band(u, tile, bands)
        scarce[t] = False
        for number in range(count):
            b, noise = psi[panels[t] + number], start[number]
            first = 3 if number == 0 else 0
            if used > 3:
                for i in range(0, n * 8, 8):
                    store(b, i, load8(noise, i))
                for i in range(n):
                    if free and plain[i, 0] == 0:
                        for k in range(8):
                            b[i * 8 + k] = 0.0
                solve_band8(u, tile, bands, b)
                # Between the steps columns are made orthonormal: the span is the same, its rounding errors a tenth.
                if number == 0 and free:
                    for i in range(n):
                        for k in range(3):
                            b[i * 8 + k] = plain[i, k]
                elif number > 0:
                    deflate(kept, number, b, n)
                orthonormalise(b, n, used)
                solve_band8(u, tile, bands, b)
                if number > 0:
                    deflate(kept, number, b, n)
                scarce[t] = least_growth(b, n, first, used) > growth
            for i in range(n):
                for k in range(first):
                    b[i * 8 + k] = plain[i, k]
            if number + 1 < count:
                orthonormalise(b, n, used)
                for i in range(0, n * 8, 8):
                    store(kept, number * n * 8 + i, load8(b, i))
            for r in range(tile):
                for c in range(16):
                    share = rows[t // across, r] * columns[t % across, c]
                    share = share if plain[r * 16 + c, 0] > 0 else np.float32(0)
                    for k in range(8):
                        i = (r * 16 + c) * 8 + k
                        b[i] = b[i] * share if k < used else np.float32(0)
            orthonormalise(b, n, used)
            for r in range(tile):
                for c in range(16):
                    here = LENGTH * root[(top + margin + r) * pitch + left + margin + c]
                    for k in range(8):
                        b[(r * 16 + c) * 8 + k] *= here
