"""The stitched basis of a tile: 1, y, x and columns of (L_tile + shift)⁻² noise, times the tile's share, orthonormal.

Eight columns, a vector, a tile, ``psi[tile, pixel · 8 + column]``. Two inverse steps on a random mean-free start span
the tile's lowest eigenvectors well enough: a Rayleigh–Ritz step in the tile would not add anything to the span.
The factor lives in the task's own memory and is thrown away at once.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from itten.kernels.numba.bandfactor import factor_band, load_tile, solve_band8
from itten.kernels.numba.galerkin import pair
from itten.kernels.numba.jit import kernel

# A column keeping less than this part of its squared length beside those before it is left out.
DEPENDENT = 1e-5


@kernel(fast=False)
def orthonormalise(psi, n, used):
    """Cholesky QR of n × 8, twice for accuracy; what depends on the columns before it, and columns ≥ ``used``: zero."""
    g = np.empty(64, np.float32)
    c = np.empty((8, 8))
    t = np.empty(8)
    for _ in range(2):
        pair(psi, n, 0, 0, psi, n, 0, 0, 1, n, g, 0)
        for i in range(8):
            for j in range(8):
                c[i, j] = g[i * 8 + j]
        for i in range(8):  # c ← R⁻¹ in place of R, column by column
            whole = c[i, i]
            for k in range(i):
                s = c[k, i]
                for q in range(k):
                    s -= c[q, k] * c[q, i]
                c[k, i] = s * c[k, k]
            d = whole
            for k in range(i):
                d -= c[k, i] * c[k, i]
            c[i, i] = 1 / np.sqrt(d) if d > DEPENDENT * whole and whole > 1e-20 and i < used else 0.0
        for p in range(n):
            for i in range(8):
                s = np.float64(psi[p * 8 + i])
                for k in range(i):
                    s -= t[k] * c[k, i]
                t[i] = s * c[i, i]
            for i in range(8):
                psi[p * 8 + i] = t[i]


@kernel(parallel=True, fast=False)
def tile_basis(
    todo, w, w0, half, pitch, margin, tops, lefts, rows, columns, height, width, live, masked, shift, used, start, psi
):
    """``psi[t]`` for the tiles t in ``todo``. ``start`` ``(tile · 16 · 8,)`` noise; ``live`` the canvas's pixels (where
    ``masked``, those that are 0 are left out); ``used`` columns."""
    tile = rows.shape[1]
    bands = margin + 1
    across = lefts.size
    for place in prange(todo.size):
        t = todo[place]
        top, left = tops[t // across], lefts[t % across]
        down, right = min(tile, height - top), min(16, width - left)
        u = np.empty(tile * bands * 256, np.float32)
        b = psi[t]
        if used > 3:
            load_tile(w, w0, half, pitch, margin, top, left, tile, height, width, shift, u)
            factor_band(u, tile, bands)
            mean = np.zeros(8)
            for r in range(down):
                for c in range(right):
                    for k in range(8):
                        mean[k] += start[(r * 16 + c) * 8 + k]
            for r in range(tile):
                for c in range(16):
                    for k in range(8):
                        i = (r * 16 + c) * 8 + k
                        inside = r < down and c < right
                        held = inside and k >= 3
                        b[i] = start[i] - np.float32(mean[k] / (down * right)) if held else np.float32(0)
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
