"""L times a few vectors that lie one after the other on a canvas, ``x[vector, pixel]``, and the stitched basis on them.

Blocks of 16 vectors side by side (:mod:`itten.kernels.numba.product`) are made for spectra; a selection has one vector
fewer than labels. Here the lanes of the machine are pixels of a row.
"""

from __future__ import annotations

import numpy as np
from numpy import float32

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import bcast8, fma, load8, load16, splat8, splat16, store, sum8, vadd, vmul, vsub

# Columns whose sums stay in the first cache while all offsets go over them.
PART = 256


@kernel("i8 i8 f4[1] i8 i8 i8 i8[1]r i8[1]r i8 i8 f4[1] f4 f4[2] f4[2] f4[2]", shared=True, fast=False)
def walk_step(row0, row1, w, w0, m, pitch, flat, where, left, right, diagonal, gain, x, r, out):
    """``out`` = ``gain`` · x + ``diagonal`` · (r − L x) on canvas rows ``row0 … row1``, columns ``left … right``.

    L x is a sum of w · (x_i − x_j), exact on constants. Two vectors at a time, 32 pixels of a row.
    """
    zero, more, last = splat16(float32(0)), splat16(gain), x.shape[0] - 1
    for y in range(row0, row1):
        for begin in range(left, right, 32):
            # The last columns of a row once more, where it is no multiple of 32: nothing beyond it is written.
            c0, c1 = max(left, min(begin, right - 32)), max(left, min(begin + 16, right - 16))
            i0, i1 = y * pitch + c0, y * pitch + c1
            e0, e1 = (y - w0) * m * pitch + c0, (y - w0) * m * pitch + c1
            for q in range(0, x.shape[0], 2):
                a, b = x[q], x[min(q + 1, last)]
                a0, a1, b0, b1 = load16(a, i0), load16(a, i1), load16(b, i0), load16(b, i1)
                s0, s1, t0, t1 = zero, zero, zero, zero
                for o in range(flat.size):
                    j, k = flat[o], where[o]
                    v0, v1 = load16(w, e0 + k), load16(w, e1 + k)
                    s0 = fma(v0, vsub(a0, load16(a, i0 + j)), s0)
                    s1 = fma(v1, vsub(a1, load16(a, i1 + j)), s1)
                    t0 = fma(v0, vsub(b0, load16(b, i0 + j)), t0)
                    t1 = fma(v1, vsub(b1, load16(b, i1 + j)), t1)
                d0, d1, f, g = load16(diagonal, i0), load16(diagonal, i1), r[q], r[min(q + 1, last)]
                other = out[min(q + 1, last)]
                store(out[q], i0, fma(d0, vsub(load16(f, i0), s0), vmul(more, a0)))
                store(out[q], i1, fma(d1, vsub(load16(f, i1), s1), vmul(more, a1)))
                store(other, i0, fma(d0, vsub(load16(g, i0), t0), vmul(more, b0)))
                store(other, i1, fma(d1, vsub(load16(g, i1), t1), vmul(more, b1)))


@kernel("i8 i8 f4[1] i8 i8 i8 i8[1]r i8[1]r i8 i8 f4[1] f8[2] f8[2]", shared=True)
def walk_double(row0, row1, w, w0, m, pitch, flat, where, left, right, free, x, out):
    """``out`` = ``free`` · L x in float64, on canvas rows ``row0 … row1``, columns ``left … right``."""
    fours = flat.size - flat.size % 4
    for y in range(row0, row1):
        base, edge = y * pitch, (y - w0) * m * pitch
        for begin in range(left, right, PART):
            n = min(PART, right - begin)
            e, b = edge + begin, base + begin
            for q in range(x.shape[0]):
                row, here, total = x[q], x[q, b : b + n], out[q, b : b + n]
                for i in range(n):
                    total[i] = 0.0
                # Four offsets at once: sums are read and written a fourth as often.
                for o in range(0, fours, 4):
                    k0, k1, k2, k3 = e + where[o], e + where[o + 1], e + where[o + 2], e + where[o + 3]
                    j0, j1, j2, j3 = b + flat[o], b + flat[o + 1], b + flat[o + 2], b + flat[o + 3]
                    w_0, w_1, w_2, w_3 = w[k0 : k0 + n], w[k1 : k1 + n], w[k2 : k2 + n], w[k3 : k3 + n]
                    x_0, x_1, x_2, x_3 = row[j0 : j0 + n], row[j1 : j1 + n], row[j2 : j2 + n], row[j3 : j3 + n]
                    for i in range(n):
                        v = here[i]
                        near = w_0[i] * (v - x_0[i]) + w_1[i] * (v - x_1[i])
                        total[i] += near + w_2[i] * (v - x_2[i]) + w_3[i] * (v - x_3[i])
                for o in range(fours, flat.size):
                    weight = w[e + where[o] : e + where[o] + n]
                    there = row[b + flat[o] : b + flat[o] + n]
                    for i in range(n):
                        total[i] += weight[i] * (here[i] - there[i])
                for i in range(n):
                    total[i] *= free[b + i]


@kernel("i8 i8 f4[2] i8[1] f4[2] i8 i8 i8[1]r i8[1]r i8 f4[1]", shared=True, fast=False)
def walk_restrict(first, last, psi, owner, x, pitch, margin, tops, lefts, tile, out):
    """``out`` ``(panels · 8, 16)``, its first columns = Φᵀ x of the panels ``first … last``."""
    across = lefts.size
    zero = splat8(float32(0))
    for panel in range(first, last):
        t = owner[panel]
        begin = (tops[t // across] + margin) * pitch + lefts[t % across] + margin
        basis = psi[panel]
        for q in range(x.shape[0]):
            row = x[q]
            s0, s1, s2, s3 = zero, zero, zero, zero
            for r in range(tile):
                for c in range(0, 16, 4):
                    i, k = begin + r * pitch + c, (r * 16 + c) * 8
                    s0 = fma(bcast8(row, i), load8(basis, k), s0)
                    s1 = fma(bcast8(row, i + 1), load8(basis, k + 8), s1)
                    s2 = fma(bcast8(row, i + 2), load8(basis, k + 16), s2)
                    s3 = fma(bcast8(row, i + 3), load8(basis, k + 24), s3)
            sums = np.empty(8, np.float32)
            store(sums, 0, vadd(vadd(s0, s1), vadd(s2, s3)))
            for k in range(8):
                out[(panel * 8 + k) * 16 + q] = sums[k]


@kernel("i8 i8 f4[2] i8[1] f4[1] i8 i8 i8[1]r i8[1]r i8 f4[2]", shared=True, fast=False)
def walk_expand(row0, row1, psi, panels, c, pitch, margin, tops, lefts, tile, x):
    """``x`` += Φ c on canvas rows ``row0 … row1``, ``c`` ``(panels · 8, 16)``; a tile's are ``panels[t] … [t + 1]``."""
    across = lefts.size
    part = np.empty(8, np.float32)
    for i in range(tops.size):
        top = tops[i] + margin
        for y in range(max(top, row0), min(top + tile, row1)):
            for j in range(across):
                place = y * pitch + lefts[j] + margin
                for panel in range(panels[i * across + j], panels[i * across + j + 1]):
                    basis = psi[panel]
                    for q in range(x.shape[0]):
                        for k in range(8):
                            part[k] = c[(panel * 8 + k) * 16 + q]
                        v, row = load8(part, 0), x[q]
                        for column in range(16):
                            row[place + column] += sum8(vmul(v, load8(basis, ((y - top) * 16 + column) * 8)))


@kernel("f4[1] i8 i8 i8[1]r i8 i8 i8 i8 i4[1] i8[1] i8[1] f8[1]")
def crossings(w, w0, pitch, flat, row0, row1, left, right, labels, pieces, ends, weights):
    """The edges that begin in canvas rows ``row0 … row1`` and leave a piece, label ≥ 0: for either end that lies in one
    its label, the other end's pixel and the weight. Returns how many there are; none is written into no room."""
    m, count = flat.size, 0
    for y in range(row0, row1):
        for o in range(m):
            k = ((y - w0) * m + o) * pitch
            for x in range(left, right):
                i = y * pitch + x
                j = i + flat[o]
                a, b = labels[i], labels[j]
                if a != b and w[k + x] > 0:
                    for own, end in ((a, j), (b, i)):
                        if own >= 0:
                            if pieces.size:
                                pieces[count], ends[count], weights[count] = own, end, w[k + x]
                            count += 1
    return count


@kernel("f4[1] i8 i8 i8[1]r i8[1]r i8 i8 i8 i8 f4 b1[1]")
def first_ones(w, w0, pitch, flat, where, row0, row1, left, right, cut, live):
    """How many ``live`` pixels of canvas rows ``row0 … row1`` no edge heavier than ``cut`` joins to one before them in
    raster order. Where it is one in all, the graph of such edges is connected."""
    m, count = flat.size // 2, 0
    for y in range(row0, row1):
        for x in range(left, right):
            if not live[y * pitch + x]:
                continue
            joined = False
            o = m - 1  # offsets are in raster order: the left neighbour is the last of those that lie before
            while o >= 0 and not joined:
                joined = w[where[o] + (y - w0) * m * pitch + x] > cut
                o -= 1
            count += not joined
    return count
