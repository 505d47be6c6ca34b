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


@kernel(
    "i8 i8 i8[1] f4[1] i8 i8[2]r i8[1]r i8 i8 i8 i8[1]r i8[1]r f4[2]r f4[2]r i8 i8 f4[1] b1 f4 i8 f4[1] f4[2]",
    shared=True,
    fast=False,
)
def tile_basis(
    begin, end, todo, w, w0, half, near, bands, pitch, margin, tops, lefts, rows, columns,
    height, width, live, masked, shift, used, start, psi,
):  # fmt: skip
    """``psi[t]`` for the tiles t in ``todo``. ``start`` ``(tile · 16 · 8,)`` noise without its mean; ``live`` the
    canvas's pixels (where ``masked``, those that are 0 are left out); ``used`` columns."""
    tile = rows.shape[1]
    across = lefts.size
    u = np.empty(tile * bands * 256, np.float32)
    for place in range(begin, end):
        t = todo[place]
        top, left = tops[t // across], lefts[t % across]
        down, right = min(tile, height - top), min(16, width - left)
        b = psi[t]
        if used > 3:
            load_tile(w, w0, half, near, bands, pitch, margin, top, left, tile, height, width, shift, u)
            factor_band(u, tile, bands)
            for i in range(0, tile * 128, 8):
                store(b, i, load8(start, i))
            solve_band8(u, tile, bands, b)
            # Between the steps columns are made orthonormal: the span is the same, its rounding errors a tenth.
            orthonormalise(b, tile * 16, used)
            solve_band8(u, tile, bands, b)
        for r in range(tile):
            for c in range(16):
                i = (r * 16 + c) * 8
                d = rows[t // across, r] * columns[t % across, c]
                if masked:
                    d *= live[(top + margin + r) * pitch + left + margin + c]
                b[i] = d
                b[i + 1] = d * (r - np.float32(0.5) * (down - 1))
                b[i + 2] = d * (c - np.float32(0.5) * (right - 1))
                for k in range(3, 8):
                    b[i + k] = b[i + k] * d if k < used else np.float32(0)
        orthonormalise(b, tile * 16, used)
