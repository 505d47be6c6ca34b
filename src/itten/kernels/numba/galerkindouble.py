"""ΦᵀLΦ and ΦᵀMΦ in float64, from weights and columns in float32: what :mod:`itten.kernels.numba.galerkin` makes, where
values are so small that its rounding would hide them. Blocks lie where they lie there."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel


@kernel(inner=True, fast=False)
def flows(w, w0, pitch, margin, half, top, left, tile, psi, padded, g):
    """``g`` = L psi on the tile and its halo, a sum of w (x_i − x_j) over edges; ``padded`` takes psi with a halo of
    zeros. Both ``(tile + 2 margin, 16 + 2 margin, 8)`` float64."""
    m = half.shape[0]
    padded[:] = 0.0
    g[:] = 0.0
    for r in range(tile):
        for c in range(16):
            for q in range(8):
                padded[r + margin, c + margin, q] = psi[(r * 16 + c) * 8 + q]
    for o in range(m):
        dy, dx = half[o, 0], half[o, 1]
        for r in range(-dy, tile):
            k = ((top + margin + r - w0) * m + o) * pitch + left + margin
            i = r + margin
            for c in range(-max(dx, 0), 16 - min(dx, 0)):
                weight = np.float64(w[k + c])
                if weight == 0:
                    continue
                j = c + margin
                for q in range(8):
                    flow = weight * (padded[i, j, q] - padded[i + dy, j + dx, q])
                    g[i, j, q] += flow
                    g[i + dy, j + dx, q] -= flow


@kernel(
    "i8 i8 i8[1] f4[1] i8 i8 i8 i8[2]r i8[1]r i8[1]r i8 f4[2] f4[1] i8[2]r i8[1] i8[2] i8[2] i8[2] f8[1] f8[1]",
    shared=True,
    fast=False,
)
def galerkin_double(
    begin, end, todo, w, w0, pitch, margin, half, tops, lefts, tile, psi,
    mass, neighbours, owner, low, high, place, a, b,
):  # fmt: skip
    """The blocks of ΦᵀLΦ in ``a`` and of ΦᵀMΦ in ``b``, for the panels in ``todo`` as columns; the diagonal ``mass`` on
    the canvas, or of no entries for 1."""
    across = lefts.size
    padded = np.empty((tile + 2 * margin, 16 + 2 * margin, 8))
    g = np.empty((tile + 2 * margin, 16 + 2 * margin, 8))
    for number in range(begin, end):
        panel = todo[number]
        i, j = owner[panel] // across, owner[panel] % across
        top, left = tops[i], lefts[j]
        own = psi[panel]
        flows(w, w0, pitch, margin, half, top, left, tile, own, padded, g)
        for s in range(neighbours.shape[0]):
            if low[panel, s] == high[panel, s]:
                continue
            dy, dx = tops[i + neighbours[s, 0]] - top, lefts[j + neighbours[s, 1]] - left
            for other in range(low[panel, s], high[panel, s]):
                k = (place[panel, s] + other - low[panel, s]) * 64
                there = psi[other]
                for r in range(max(-margin, dy), min(tile + margin, dy + tile)):
                    for c in range(max(-margin, dx), min(16 + margin, dx + 16)):
                        p = ((r - dy) * 16 + c - dx) * 8
                        for y in range(8):
                            v = np.float64(there[p + y])
                            for x in range(8):
                                a[k + y * 8 + x] += v * g[r + margin, c + margin, x]
                for r in range(max(0, dy), min(tile, dy + tile)):
                    for c in range(max(0, dx), min(16, dx + 16)):
                        p = ((r - dy) * 16 + c - dx) * 8
                        here = 1.0
                        if mass.size:
                            here = np.float64(mass[(top + margin + r) * pitch + left + margin + c])
                        for y in range(8):
                            v = here * there[p + y]
                            for x in range(8):
                                b[k + y * 8 + x] += v * own[(r * 16 + c) * 8 + x]
