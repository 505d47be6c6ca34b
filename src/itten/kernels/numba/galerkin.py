"""ΦᵀLΦ and ΦᵀΦ with the L of the whole picture, tile by tile with a halo, and products with Φ and with these blocks.

``a[(t · q + s) · 64:]`` is the 8 × 8 block whose columns belong to tile t and whose rows to its s-th neighbour; with
tile t itself first, that is one half of a symmetric block matrix.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import bcast8, bcast16, fma, load8, load16, splat8, splat16, store, vsub


@kernel(fast=False)
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


@kernel(fast=False)
def halo_product(w, w0, m, pitch, margin, full, first, where, top, left, tile, height, psi, padded, g):
    """``g`` = L psi on the tile and its halo; ``padded`` takes psi with two halos of zeros around it."""
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
        # Inside the tile all offsets count, in the halo those that end in the tile's rows.
        inside = margin <= a < tile + margin
        o0 = 0 if inside else first[max(-margin, margin - a) + margin]
        o1 = full.shape[0] if inside else first[min(margin, tile - 1 + margin - a) + margin + 1]
        for b in range(0, g_width, 4):
            e = (y + margin - w0) * m * pitch + left + b
            i = ((a + margin) * p_width + b + margin) * 8
            s0 = zero
            s1 = zero
            s2 = zero
            s3 = zero
            p0 = load8(padded, i)
            p1 = load8(padded, i + 8)
            p2 = load8(padded, i + 16)
            p3 = load8(padded, i + 24)
            for o in range(o0, o1):
                j = i + (full[o, 0] * p_width + full[o, 1]) * 8
                k = e + where[o]
                s0 = fma(bcast8(w, k), vsub(p0, load8(padded, j)), s0)
                s1 = fma(bcast8(w, k + 1), vsub(p1, load8(padded, j + 8)), s1)
                s2 = fma(bcast8(w, k + 2), vsub(p2, load8(padded, j + 16)), s2)
                s3 = fma(bcast8(w, k + 3), vsub(p3, load8(padded, j + 24)), s3)
            k = (a * g_width + b) * 8
            store(g, k, s0)
            store(g, k + 8, s1)
            store(g, k + 16, s2)
            store(g, k + 24, s3)


@kernel(parallel=True, fast=False)
def galerkin(todo, w, w0, m, pitch, margin, full, first, where, tops, lefts, tile, height, psi, neighbours, a, b):
    """The blocks of ΦᵀLΦ in ``a`` and of ΦᵀΦ in ``b``, for the tiles in ``todo`` as columns."""
    across = lefts.size
    g_width, p_width = 16 + 2 * margin + (-2 * margin) % 4, 16 + 4 * margin + 4
    for number in prange(todo.size):
        t = todo[number]
        padded = np.empty((tile + 4 * margin) * p_width * 8, np.float32)
        g = np.zeros((tile + 2 * margin) * g_width * 8, np.float32)
        i, j = t // across, t % across
        top, left = tops[i], lefts[j]
        halo_product(w, w0, m, pitch, margin, full, first, where, top, left, tile, height, psi[t], padded, g)
        for s in range(neighbours.shape[0]):
            p, q = i + neighbours[s, 0], j + neighbours[s, 1]
            if p >= tops.size or q < 0 or q >= across:
                continue
            other = psi[p * across + q]
            dy, dx = tops[p] - top, lefts[q] - left
            r0, r1 = max(-margin, dy), min(tile + margin, dy + tile)
            c0, c1 = max(-margin, dx), min(16 + margin, dx + 16)
            place = (t * neighbours.shape[0] + s) * 64
            pair(other, 16, r0 - dy, c0 - dx, g, g_width, r0 + margin, c0 + margin, r1 - r0, c1 - c0, a, place)
            r0, r1 = max(0, dy), min(tile, dy + tile)
            c0, c1 = max(0, dx), min(16, dx + 16)
            pair(other, 16, r0 - dy, c0 - dx, psi[t], 16, r0, c0, r1 - r0, c1 - c0, b, place)


@kernel(fast=False)
def blocks_times(a, neighbours, down, across, c, out):
    """``out`` = A ``c`` for ``c`` ``(tiles · 8, 16)``, A symmetric and given by one half of its blocks."""
    count = neighbours.shape[0]
    for t in range(down * across):
        i, j = t // across, t % across
        for r in range(8):
            s = splat16(np.float32(0))
            for n in range(count):
                p, q = i + neighbours[n, 0], j + neighbours[n, 1]
                if 0 <= p < down and 0 <= q < across:
                    block, other = (t * count + n) * 64 + r, (p * across + q) * 128
                    for k in range(8):
                        s = fma(bcast16(a, block + k * 8), load16(c, other + k * 16), s)
                p, q = i - neighbours[n, 0], j - neighbours[n, 1]
                if n > 0 and 0 <= p < down and 0 <= q < across:
                    other = p * across + q
                    block = (other * count + n) * 64 + r * 8
                    for k in range(8):
                        s = fma(bcast16(a, block + k), load16(c, other * 128 + k * 16), s)
            store(out, (t * 8 + r) * 16, s)


@kernel(parallel=True, fast=False)
def add_expanded(psi, c, pitch, margin, tops, lefts, tile, reach, x):
    """``x`` += Φ c, ``c`` ``(tiles · 8, 16)``: rows of tiles that are more than ``reach`` apart at once, so that no two
    tasks meet."""
    across = lefts.size
    for part in range(reach + 1):
        for k in prange((tops.size - part + reach) // (reach + 1)):
            i = (reach + 1) * k + part
            for j in range(across):
                t = i * across + j
                basis = psi[t]
                for r in range(tile):
                    for q in range(16):
                        place = ((tops[i] + margin + r) * pitch + lefts[j] + margin + q) * 16
                        p = (r * 16 + q) * 8
                        v = load16(x, place)
                        for b in range(8):
                            v = fma(bcast16(basis, p + b), load16(c, (t * 8 + b) * 16), v)
                        store(x, place, v)


@kernel(parallel=True, fast=False)
def restrict(psi, x, pitch, margin, tops, lefts, tile, out):
    """``out`` ``(tiles · 8, 16)`` = Φᵀ x."""
    across = lefts.size
    for t in prange(tops.size * across):
        top, left = tops[t // across] + margin, lefts[t % across] + margin
        basis = psi[t]
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
            k = (t * 8 + part) * 16
            store(out, k, s0)
            store(out, k + 16, s1)
            store(out, k + 32, s2)
            store(out, k + 48, s3)
