"""A tile's own Laplacian as a banded Cholesky factor in blocks of 16 × 16.

A tile row is a block, the stencil's reach the bandwidth. Block (r, r + q) of the upper factor lies at
``u[(r · bands + q) · 256]`` with bands = reach + 1; at q = 0 lies U_rr⁻ᵀ in place of U_rr, so that solving
needs products only. Golub & Van Loan, Matrix Computations, 4.3.5.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.dense16 import (
    chol16,
    gemm8_n_set,
    gemm8_n_sub,
    gemm8_t_set,
    gemm8_t_sub,
    gemm16_n_set,
    gemm16_n_sub,
    gemm16_t_set,
    gemm16_t_sub,
    scatter_diagonal,
)
from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import load16, splat16, store, vadd, vmul


@kernel(inner=True, fast=False)
def load_tile(w, w0, root, half, near, bands, pitch, margin, top, left, tile, height, width, shift, u):
    """Blocks of M^-1/2 L_tile M^-1/2 + shift into ``u``, from the offsets numbered ``near`` alone; edges that leave the
    tile do not count, pixels outside get a lone 1. ``root`` is M^-1/2 on the canvas."""
    m = half.shape[0]
    zero = splat16(np.float32(0))
    for i in range(0, tile * bands * 256, 16):
        store(u, i, zero)
    run = 16 + 2 * margin
    degree = np.zeros(tile * run, np.float32)  # its margins take what leaves the tile
    scaled = np.empty(16, np.float32)
    stays = np.zeros((2 * margin + 1) * 16, np.float32)
    for d in range(2 * margin + 1):
        for c in range(16):
            stays[d * 16 + c] = 1.0 if 0 <= c + d - margin < 16 else 0.0
    for r in range(tile):
        diagonal = r * bands * 256
        for o in near:
            dy, dx = half[o, 0], half[o, 1]
            if r + dy >= tile:
                break
            k = ((top + margin + r - w0) * m + o) * pitch + left + margin
            p = (top + margin + r) * pitch + left + margin
            v = vmul(load16(w, k), load16(stays, (dx + margin) * 16))
            i, j = r * run + margin, (r + dy) * run + margin + dx
            store(degree, i, vadd(load16(degree, i), v))
            store(degree, j, vadd(load16(degree, j), v))
            store(scaled, 0, vmul(vmul(v, load16(root, p)), load16(root, p + dy * pitch + dx)))
            scatter_diagonal(u, diagonal + dy * 256 + dx, scaled, 0, dx)
            if dy == 0:
                scatter_diagonal(u, diagonal + dx * 16, scaled, 0, dx)
    for r in range(tile):
        for c in range(16):
            alone = shift if (top + r < height and left + c < width) else np.float32(1)
            square = root[(top + margin + r) * pitch + left + margin + c] ** 2
            u[r * bands * 256 + c * 17] = alone + square * degree[r * run + margin + c]


@kernel("f4[1] i8 i8", fast=False)
def factor_band(u, rows, bands):
    """In place: ``rows`` block rows of a symmetric positive matrix, of half bandwidth ``bands``, to their factor."""
    for r in range(rows):
        row = r * bands * 256
        for q in range(min(bands, rows - r)):
            for k in range(max(0, r + q - bands + 1), r):
                above = (k * bands + r - k) * 256
                gemm16_t_sub(u, row + q * 256, u, above, u, above + q * 256)
            if q == 0:
                chol16(u, row, u, row)
            else:
                gemm16_n_set(u, row + q * 256, u, row, u, row + q * 256)


@kernel(fast=False)
def solve_band(u, rows, bands, b):
    """``b`` ``(rows · 16, 16)`` ← the factored matrix's inverse times b."""
    for r in range(rows):
        for k in range(max(0, r - bands + 1), r):
            gemm16_t_sub(b, r * 256, u, (k * bands + r - k) * 256, b, k * 256)
        gemm16_n_set(b, r * 256, u, r * bands * 256, b, r * 256)
    for r in range(rows - 1, -1, -1):
        for q in range(1, min(bands, rows - r)):
            gemm16_n_sub(b, r * 256, u, (r * bands + q) * 256, b, (r + q) * 256)
        gemm16_t_set(b, r * 256, u, r * bands * 256, b, r * 256)


@kernel(fast=False)
def solve_band8(u, rows, bands, b):
    """The same for 8 right sides, ``b`` ``(rows · 16, 8)``."""
    for r in range(rows):
        for k in range(max(0, r - bands + 1), r):
            gemm8_t_sub(b, r * 128, u, (k * bands + r - k) * 256, b, k * 128)
        gemm8_n_set(b, r * 128, u, r * bands * 256, b, r * 128)
    for r in range(rows - 1, -1, -1):
        for q in range(1, min(bands, rows - r)):
            gemm8_n_sub(b, r * 128, u, (r * bands + q) * 256, b, (r + q) * 128)
        gemm8_t_set(b, r * 128, u, r * bands * 256, b, r * 128)
