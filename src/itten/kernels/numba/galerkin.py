"""ΦᵀLΦ and ΦᵀMΦ with the L of the whole picture, tile by tile with a halo, and products with Φ and with these blocks.

A tile has one or more panels of 8 columns. ``a[(place[p, s] + r − low[p, s]) · 64:]`` is the 8 × 8 block whose columns
belong to panel p and whose rows to panel r of the s-th neighbour of its tile; with the tile's own panels from p on
first, that is one half of a symmetric block matrix (:mod:`itten.spectra.stitched.host.panels`).
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.product import differences8, sums8
from itten.kernels.numba.simd import bcast8, bcast16, fma, load8, load16, splat8, splat16, store, vsub


@kernel(inner=True, fast=False)
def pair(s, s_width, s_row, s_column, g, g_width, g_row, g_column, rows, columns, out, place):
    """``out`` (8 × 8) = Σ sᵀg over a window of two 8-column pictures that begins where the arguments say."""
    z = splat8(np.float32(0))
    c0 = z
    c1 = z
    c2 = z
    c3 = z
    c4 = z
    c5 = z
    c6 = z
    c7 = z
    for r in range(rows):
        i = ((s_row + r) * s_width + s_column) * 8
        j = ((g_row + r) * g_width + g_column) * 8
        for c in range(columns):
            v = load8(g, j + c * 8)
            k = i + c * 8
            c0 = fma(bcast8(s, k), v, c0)
            c1 = fma(bcast8(s, k + 1), v, c1)
            c2 = fma(bcast8(s, k + 2), v, c2)
            c3 = fma(bcast8(s, k + 3), v, c3)
            c4 = fma(bcast8(s, k + 4), v, c4)
            c5 = fma(bcast8(s, k + 5), v, c5)
            c6 = fma(bcast8(s, k + 6), v, c6)
            c7 = fma(bcast8(s, k + 7), v, c7)
    store(out, place, c0)
    store(out, place + 8, c1)
    store(out, place + 16, c2)
    store(out, place + 24, c3)
    store(out, place + 32, c4)
    store(out, place + 40, c5)
    store(out, place + 48, c6)
    store(out, place + 56, c7)


@kernel(inner=True, fast=False)
def halo_product(w, w0, m, pitch, margin, runs, rows_of_runs, top, left, tile, height, psi, padded, g):
    """``g`` = L psi on the tile and its halo; ``padded`` takes psi with two halos of zeros around it.

    Inside, a sum of differences; in the halo psi is 0, and only the offsets that lead back into the tile count.
    """
    g_width, p_width = 16 + 2 * margin + (-2 * margin) % 4, 16 + 4 * margin + 4
    zero = splat8(np.float32(0))
    padded[:] = 0.0
    for r in range(tile):
        for c in range(16):
            store(padded, ((r + 2 * margin) * p_width + c + 2 * margin) * 8, load8(psi, (r * 16 + c) * 8))
    for a in range(tile + 2 * margin):
        y = top - margin + a
        if y < 0 or y >= height:
            continue
        inside = margin <= a < tile + margin
        for b in range(-margin, g_width - margin, 4):
            if inside and b >= 0 and b + 4 <= 16:
                continue
            e = (y + margin - w0) * m * pitch + left + margin + b
            i = (a + margin) * p_width + b + 2 * margin
            s0, s1, s2, s3 = zero, zero, zero, zero
            r0, r1, r2, r3 = zero, zero, zero, zero
            for u in range(runs.shape[0]):
                dy, dx = rows_of_runs[u, 0], rows_of_runs[u, 1]
                t0, t1 = max(0, -b - 3 - dx), min(runs[u, 3], 16 - b - dx)
                if t1 <= t0 or a + dy < margin or a + dy >= tile + margin:
                    continue
                j = i + dy * p_width + dx + t0
                k = e + runs[u, 1] + t0 * runs[u, 2]
                s0, s1, s2, s3, r0, r1, r2, r3 = sums8(
                    w, k, runs[u, 2], t1 - t0, padded, j * 8, s0, s1, s2, s3, r0, r1, r2, r3
                )
            k = (a * g_width + b + margin) * 8
            store(g, k, vsub(vsub(zero, s0), r0))
            store(g, k + 8, vsub(vsub(zero, s1), r1))
            store(g, k + 16, vsub(vsub(zero, s2), r2))
            store(g, k + 24, vsub(vsub(zero, s3), r3))
        if inside:
            for b in range(0, 16, 4):
                e = (y + margin - w0) * m * pitch + left + margin + b
                i = ((a + margin) * p_width + b + 2 * margin) * 8
                s0, s1, s2, s3 = zero, zero, zero, zero
                p0, p1, p2, p3 = load8(padded, i), load8(padded, i + 8), load8(padded, i + 16), load8(padded, i + 24)
                for u in range(runs.shape[0]):
                    j = i + (rows_of_runs[u, 0] * p_width + rows_of_runs[u, 1]) * 8
                    k = e + runs[u, 1]
                    s0, s1, s2, s3 = differences8(
                        w, k, runs[u, 2], runs[u, 3], padded, j, p0, p1, p2, p3, s0, s1, s2, s3
                    )
                k = (a * g_width + b + margin) * 8
                store(g, k, s0)
                store(g, k + 8, s1)
                store(g, k + 16, s2)
                store(g, k + 24, s3)


@kernel(
    "i8 i8 i8[1] f4[1] i8 i8 i8 i8 i8[2]r i8[2]r i8[1]r i8[1]r i8 i8 f4[2] f4[1] i8[2]r i8[1] i8[2] i8[2] i8[2] f4[1] "
    "f4[1]",
    shared=True,
    fast=False,
)
def galerkin(
    begin, end, todo, w, w0, m, pitch, margin, runs, rows_of_runs, tops, lefts, tile, height, psi,
    mass, neighbours, owner, low, high, place, a, b,
):  # fmt: skip
    """The blocks of ΦᵀLΦ in ``a`` and of ΦᵀMΦ in ``b``, for the panels in ``todo`` as columns; the diagonal ``mass`` on
    the canvas, or of no entries for 1."""
    across = lefts.size
    g_width, p_width = 16 + 2 * margin + (-2 * margin) % 4, 16 + 4 * margin + 4
    padded = np.empty((tile + 4 * margin) * p_width * 8, np.float32)
    g = np.empty((tile + 2 * margin) * g_width * 8, np.float32)
    heavy = np.empty(tile * 128 if mass.size else 0, np.float32)
    for number in range(begin, end):
        panel = todo[number]
        t = owner[panel]
        g[:] = 0.0
        i, j = t // across, t % across
        top, left = tops[i], lefts[j]
        halo_product(w, w0, m, pitch, margin, runs, rows_of_runs, top, left, tile, height, psi[panel], padded, g)
        own = psi[panel]
        if mass.size:
            for r in range(tile):
                for c in range(16):
                    here = mass[(top + margin + r) * pitch + left + margin + c]
                    for q in range(8):
                        heavy[(r * 16 + c) * 8 + q] = here * own[(r * 16 + c) * 8 + q]
            own = heavy
        for s in range(neighbours.shape[0]):
            if low[panel, s] == high[panel, s]:
                continue
            p, q = i + neighbours[s, 0], j + neighbours[s, 1]
            dy, dx = tops[p] - top, lefts[q] - left
            for r in range(low[panel, s], high[panel, s]):
                other = psi[r]
                k = (place[panel, s] + r - low[panel, s]) * 64
                r0, r1 = max(-margin, dy), min(tile + margin, dy + tile)
                c0, c1 = max(-margin, dx), min(16 + margin, dx + 16)
                pair(other, 16, r0 - dy, c0 - dx, g, g_width, r0 + margin, c0 + margin, r1 - r0, c1 - c0, a, k)
                r0, r1 = max(0, dy), min(tile, dy + tile)
                c0, c1 = max(0, dx), min(16, dx + 16)
                pair(other, 16, r0 - dy, c0 - dx, own, 16, r0, c0, r1 - r0, c1 - c0, b, k)


@kernel("f4[1] i8[2] i8[2] i8[2] f4[1] f4[1]", fast=False)
def blocks_times(a, low, high, place, c, out):
    """``out`` = A ``c`` for ``c`` ``(panels · 8, 16)``, A symmetric and given by one half of its blocks."""
    for panel in range(low.shape[0]):
        for k in range(panel * 128, panel * 128 + 128, 16):
            store(out, k, splat16(np.float32(0)))
    for panel in range(low.shape[0]):
        here = panel * 128
        for s in range(low.shape[1]):
            for other in range(low[panel, s], high[panel, s]):
                block, there = (place[panel, s] + other - low[panel, s]) * 64, other * 128
                for r in range(8):
                    v = load16(out, there + r * 16)
                    for k in range(8):
                        v = fma(bcast16(a, block + r * 8 + k), load16(c, here + k * 16), v)
                    store(out, there + r * 16, v)
                if other == panel:
                    continue
                for r in range(8):
                    v = load16(out, here + r * 16)
                    for k in range(8):
                        v = fma(bcast16(a, block + k * 8 + r), load16(c, there + k * 16), v)
                    store(out, here + r * 16, v)


@kernel("i8 i8 f4[2] i8[1] f4[1] i8 i8 i8[1]r i8[1]r i8 f4[1]", shared=True, fast=False)
def add_expanded(row0, row1, psi, panels, c, pitch, margin, tops, lefts, tile, x):
    """``x`` += Φ c on canvas rows ``row0 … row1``, ``c`` ``(panels · 8, 16)``; a tile's are ``panels[t] … [t + 1]``."""
    across = lefts.size
    for i in range(tops.size):
        top = tops[i] + margin
        for y in range(max(top, row0), min(top + tile, row1)):
            for j in range(across):
                for panel in range(panels[i * across + j], panels[i * across + j + 1]):
                    basis = psi[panel]
                    k = panel * 128
                    c0, c1, c2, c3 = load16(c, k), load16(c, k + 16), load16(c, k + 32), load16(c, k + 48)
                    c4, c5, c6, c7 = load16(c, k + 64), load16(c, k + 80), load16(c, k + 96), load16(c, k + 112)
                    place = (y * pitch + lefts[j] + margin) * 16
                    p = (y - top) * 128
                    for _ in range(16):
                        v = fma(bcast16(basis, p), c0, load16(x, place))
                        v = fma(bcast16(basis, p + 1), c1, v)
                        v = fma(bcast16(basis, p + 2), c2, v)
                        v = fma(bcast16(basis, p + 3), c3, v)
                        v = fma(bcast16(basis, p + 4), c4, v)
                        v = fma(bcast16(basis, p + 5), c5, v)
                        v = fma(bcast16(basis, p + 6), c6, v)
                        v = fma(bcast16(basis, p + 7), c7, v)
                        store(x, place, v)
                        place += 16
                        p += 8


@kernel("i8 i8 f4[2] i8[1] f4[1] i8 i8 i8[1] i8[1]r i8 f4[1]", shared=True, fast=False)
def restrict(first, last, psi, owner, x, pitch, margin, tops, lefts, tile, out):
    """``out`` ``(panels · 8, 16)`` = Φᵀ x, of the panels ``first … last``."""
    across = lefts.size
    for panel in range(first, last):
        t = owner[panel]
        top, left = tops[t // across] + margin, lefts[t % across] + margin
        basis = psi[panel]
        z = splat16(np.float32(0))
        for part in range(0, 8, 4):
            s0 = z
            s1 = z
            s2 = z
            s3 = z
            for r in range(tile):
                for q in range(16):
                    v = load16(x, ((top + r) * pitch + left + q) * 16)
                    k = (r * 16 + q) * 8 + part
                    s0 = fma(bcast16(basis, k), v, s0)
                    s1 = fma(bcast16(basis, k + 1), v, s1)
                    s2 = fma(bcast16(basis, k + 2), v, s2)
                    s3 = fma(bcast16(basis, k + 3), v, s3)
            k = (panel * 8 + part) * 16
            store(out, k, s0)
            store(out, k + 16, s1)
            store(out, k + 32, s2)
            store(out, k + 48, s3)
