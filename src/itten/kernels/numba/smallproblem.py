"""The small problem of the stitched solver: the band matrix A + σ B of all panels, in blocks of two panels."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.bandfactor import solve_band
from itten.kernels.numba.jit import kernel


@kernel("f4[1] f4[1] f4 f4 i8[2] i8[2] i8[2] i8[1] i8 i8 f4[1]", fast=False)
def assemble_band(a, b, sigma, tiny, low, high, place, position, rows, bands, u):
    """``u`` ← the upper block band of A + σ B + tiny, with every panel at its ``position``."""
    for panel in range(position.size):
        here = position[panel]
        for s in range(low.shape[1]):
            for other in range(low[panel, s], high[panel, s]):
                there = position[other]
                for r in range(8):  # rows of the block belong to `other`, columns to `panel`
                    for c in range(8):
                        k = (place[panel, s] + other - low[panel, s]) * 64 + r * 8 + c
                        v = a[k] + sigma * b[k]
                        if panel == other and r == c:
                            v += tiny
                        y, x = there * 8 + r, here * 8 + c
                        if y // 16 <= x // 16:
                            u[((y // 16) * bands + x // 16 - y // 16) * 256 + (y % 16) * 16 + x % 16] = v
                        if panel != other and x // 16 <= y // 16:
                            u[((x // 16) * bands + y // 16 - x // 16) * 256 + (x % 16) * 16 + y % 16] = v
    for g in range(position.size * 8, rows * 16):
        u[(g // 16) * bands * 256 + (g % 16) * 17] = 1.0


@kernel("f4[1] i8 i8 i8[1] f4[1] f4[1]", fast=False)
def solve_small(u, rows, bands, position, b, x):
    """``x`` ← (A + σ B)⁻¹ ``b``, both ``(panels · 8, 16)`` in the order of the panels."""
    v = np.zeros(rows * 256, np.float32)
    for t in range(position.size):
        place = position[t] * 128
        for k in range(128):
            v[place + k] = b[t * 128 + k]
    solve_band(u, rows, bands, v)
    for t in range(position.size):
        place = position[t] * 128
        for k in range(128):
            x[t * 128 + k] = v[place + k]
