"""The small problem of the stitched solver: the band matrix A + σ B of all tiles, in blocks of two tiles."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.bandfactor import solve_band
from itten.kernels.numba.jit import kernel


@kernel("f4[1] f4[1] f4 f4 i8[2]r i8 i8 i8 i8 i8 i8 f4[1]", fast=False)
def assemble_band(a, b, sigma, tiny, neighbours, down, across, step_down, step_across, rows, bands, u):
    """``u`` ← the upper block band of A + σ B + tiny; tile (i, j) stands at place i · step_down + j · step_across."""
    count = neighbours.shape[0]
    for t in range(down * across):
        i, j = t // across, t % across
        for n in range(count):
            p, q = i + neighbours[n, 0], j + neighbours[n, 1]
            if p >= down or q < 0 or q >= across:
                continue
            here, there = i * step_down + j * step_across, p * step_down + q * step_across
            for r in range(8):  # rows of the block belong to `there`, columns to `here`
                for c in range(8):
                    k = (t * count + n) * 64 + r * 8 + c
                    v = a[k] + sigma * b[k]
                    if n == 0 and r == c:
                        v += tiny
                    y, x = there * 8 + r, here * 8 + c
                    if y // 16 <= x // 16:
                        u[((y // 16) * bands + x // 16 - y // 16) * 256 + (y % 16) * 16 + x % 16] = v
                    if n > 0 and x // 16 <= y // 16:
                        u[((x // 16) * bands + y // 16 - x // 16) * 256 + (x % 16) * 16 + y % 16] = v
    for g in range(down * across * 8, rows * 16):
        u[(g // 16) * bands * 256 + (g % 16) * 17] = 1.0


@kernel("f4[1] i8 i8 i8 i8 i8 i8 f4[1] f4[1]", fast=False)
def solve_small(u, rows, bands, step_down, step_across, down, across, b, x):
    """``x`` ← (A + σ B)⁻¹ ``b``, both ``(tiles · 8, 16)`` in the order of the tiles."""
    v = np.zeros(rows * 256, np.float32)
    for t in range(down * across):
        place = (t // across * step_down + t % across * step_across) * 128
        for k in range(128):
            v[place + k] = b[t * 128 + k]
    solve_band(u, rows, bands, v)
    for t in range(down * across):
        place = (t // across * step_down + t % across * step_across) * 128
        for k in range(128):
            x[t * 128 + k] = v[place + k]
