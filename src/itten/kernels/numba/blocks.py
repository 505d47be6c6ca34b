"""Dense work on blocks of 16 vectors: Gram matrices, combinations, residuals, means, in pieces of fixed length.

``space`` ``(slots · size,)`` float32 holds the blocks, ``size`` = 16 n numbers each, n a multiple of 16; ``left``,
``right`` … are numbers of slots.
Pieces may be shared among threads or not (``.alone``): the bits are the same.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.dense16 import gemm16_n_add, gemm16_n_set, gemm16_t_add
from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import fma, load16, splat16, store, vadd, vmul, vsub

# Rows of a partial sum in float32; the pieces are added in float64, in order.
PIECE = 1024


@kernel("i8 i8 f4[1] i8 i8[1] i8[1] f4[2]", shared=True, fast=False)
def gram(first, last, space, size, left, right, parts):
    """``parts[piece, i]`` (16 × 16) = block ``left[i]``ᵀ block ``right[i]`` over the rows of a piece."""
    for piece in range(first, last):
        g = parts[piece]
        for i in range(piece * PIECE * 16, min(size, (piece + 1) * PIECE * 16), 256):
            for p in range(left.size):
                gemm16_t_add(g, p * 256, space, left[p] * size + i, space, right[p] * size + i)


@kernel("i8 i8 f4[1] i8 i8[1] f4[2]", shared=True, fast=False)
def squares(first, last, space, size, slots, parts):
    """``parts[piece, 16 i:]`` = squared lengths of the vectors of block ``slots[i]`` over the rows of a piece."""
    for piece in range(first, last):
        for i in range(slots.size):
            total = splat16(np.float32(0))
            begin = slots[i] * size
            for k in range(begin + piece * PIECE * 16, begin + min(size, (piece + 1) * PIECE * 16), 16):
                v = load16(space, k)
                total = fma(v, v, total)
            store(parts, piece * slots.size * 16 + i * 16, total)


@kernel("i8 i8 f4[1] i8 i8[1] i8[1] i8[1] i8[1] f4[1]", shared=True, fast=False)
def combine(first, last, space, size, kept, added, previous, saved, c):
    """X ← X c₀ + Y with Y = Z c₁ + P c₂: X, Z, P are the slots ``kept``, ``added``, ``previous`` (may be none).

    Y goes to the slots ``saved`` (may be none). ``c`` holds a 16 × 16 block for every block of X, Z, P, times X.
    """
    count = kept.size
    for piece in range(first, last):
        fresh = np.empty(count * 256, np.float32)
        total = np.empty(count * 256, np.float32)
        for i in range(piece * PIECE * 16, min(size, (piece + 1) * PIECE * 16), 256):
            for to in range(count):
                t = to * 256
                gemm16_n_set(total, t, space, kept[0] * size + i, c, t)
                for p in range(1, count):
                    gemm16_n_add(total, t, space, kept[p] * size + i, c, (p * count + to) * 256)
                gemm16_n_set(fresh, t, space, added[0] * size + i, c, (count * count + to) * 256)
                for p in range(1, added.size):
                    gemm16_n_add(fresh, t, space, added[p] * size + i, c, ((count + p) * count + to) * 256)
                for p in range(previous.size):
                    block = (count + added.size + p) * count + to
                    gemm16_n_add(fresh, t, space, previous[p] * size + i, c, block * 256)
            for to in range(count):
                for k in range(0, 256, 16):
                    v = load16(fresh, to * 256 + k)
                    store(space, kept[to] * size + i + k, vadd(v, load16(total, to * 256 + k)))
                    if saved.size > 0:
                        store(space, saved[to] * size + i + k, v)


@kernel("i8 i8 f4[1] i8 i8[1] i8[1] i8[1] i8[1] f4[1] f4[1] f4[2]", shared=True, fast=False)
def finish(first, last, space, size, kept, added, products, more, c, values, parts):
    """X ← [X, Z] c, and ``parts[piece, 32 i:]`` the squared lengths of X's vectors and of [LX, LZ] c − X · values.

    X, Z, LX, LZ are the slots ``kept``, ``added``, ``products``, ``more``: a last step, after which nobody needs LX.
    """
    count = kept.size
    x, lx = np.empty(count * 256, np.float32), np.empty(256, np.float32)
    for piece in range(first, last):
        for i in range(count * 2):
            store(parts, (piece * count * 2 + i) * 16, splat16(np.float32(0)))
        for i in range(piece * PIECE * 16, min(size, (piece + 1) * PIECE * 16), 256):
            for to in range(count):
                t = to * 256
                gemm16_n_set(x, t, space, kept[0] * size + i, c, t)
                gemm16_n_set(lx, 0, space, products[0] * size + i, c, t)
                for p in range(1, count):
                    gemm16_n_add(x, t, space, kept[p] * size + i, c, (p * count + to) * 256)
                    gemm16_n_add(lx, 0, space, products[p] * size + i, c, (p * count + to) * 256)
                for p in range(count):
                    gemm16_n_add(x, t, space, added[p] * size + i, c, ((count + p) * count + to) * 256)
                    gemm16_n_add(lx, 0, space, more[p] * size + i, c, ((count + p) * count + to) * 256)
                place = (piece * count + to) * 32
                lengths, residuals = load16(parts, place), load16(parts, place + 16)
                v = load16(values, to * 16)
                for k in range(0, 256, 16):
                    here = load16(x, t + k)
                    r = vsub(load16(lx, k), vmul(here, v))
                    lengths, residuals = fma(here, here, lengths), fma(r, r, residuals)
                store(parts, place, lengths)
                store(parts, place + 16, residuals)
            for to in range(count):
                for k in range(0, 256, 16):
                    store(space, kept[to] * size + i + k, load16(x, to * 256 + k))


@kernel("i8 i8 f4[1] i8 i8[1] f4[1]", shared=True, fast=False)
def rotate(first, last, space, size, kept, c):
    """X ← X c, in place; ``c`` a 16 × 16 block for every pair of blocks of X."""
    count = kept.size
    for piece in range(first, last):
        total = np.empty(count * 256, np.float32)
        for i in range(piece * PIECE * 16, min(size, (piece + 1) * PIECE * 16), 256):
            for to in range(count):
                gemm16_n_set(total, to * 256, space, kept[0] * size + i, c, to * 256)
                for p in range(1, count):
                    gemm16_n_add(total, to * 256, space, kept[p] * size + i, c, (p * count + to) * 256)
            for to in range(count):
                for k in range(0, 256, 16):
                    store(space, kept[to] * size + i + k, load16(total, to * 256 + k))


@kernel("i8 i8 f4[1] i8 i8[1] i8[1] f4[1]", shared=True, fast=False)
def subtract(first, last, space, size, known, changed, c):
    """Z ← Z − X c for the slots ``known`` (X) and ``changed`` (Z); ``c`` a 16 × 16 block for every pair."""
    for piece in range(first, last):
        t = np.empty(256, np.float32)
        for i in range(piece * PIECE * 16, min(size, (piece + 1) * PIECE * 16), 256):
            for q in range(changed.size):
                gemm16_n_set(t, 0, space, known[0] * size + i, c, q * 256)
                for p in range(1, known.size):
                    gemm16_n_add(t, 0, space, known[p] * size + i, c, (p * changed.size + q) * 256)
                z = changed[q] * size + i
                for k in range(0, 256, 16):
                    store(space, z + k, vsub(load16(space, z + k), load16(t, k)))


@kernel("i8 i8 f4[1] f4[1] f4[1] f4[1]", shared=True, fast=False)
def residual(first, last, product, x, values, out):
    """``out`` = product − x · values, lane by lane; ``out`` may be ``product``."""
    v = splat16(np.float32(-1))
    v = vmul(v, load16(values, 0))
    for k in range(first * 256, last * 256, 16):
        store(out, k, fma(load16(x, k), v, load16(product, k)))


@kernel("i8 i8 f4[1] i4[1] f4[1] i8 i8 i8 i8 i8 f8[3]", shared=True, fast=False)
def component_sums(first, last, x, labels, root, pitch, row0, row1, left, right, parts):
    """``parts[piece, label, lane]`` float64: sums of ``root`` · x over the pixels of every label ≥ 0, in pieces of the
    rows; a ``root`` of no entries is 1."""
    pieces = parts.shape[0]
    rows = row1 - row0
    for piece in range(first, last):
        for y in range(row0 + piece * rows // pieces, row0 + (piece + 1) * rows // pieces):
            for c in range(left, right):
                label = labels[y * pitch + c]
                if label >= 0:
                    if root.size:
                        here = np.float64(root[y * pitch + c])
                        for lane in range(16):
                            parts[piece, label, lane] += here * x[(y * pitch + c) * 16 + lane]
                    else:
                        for lane in range(16):
                            parts[piece, label, lane] += x[(y * pitch + c) * 16 + lane]


@kernel("i8 i8 f4[1] i4[1] f4[1] f4[1] f4[1] i8 i8 i8", shared=True, fast=False)
def remove_means(row0, row1, x, labels, root, means, keep, pitch, left, right):
    """x ← (x − ``root`` · means[label]) · keep where label ≥ 0; ``means`` ``(labels · 16,)``, ``keep`` ``(16,)``, a
    ``root`` of no entries is 1."""
    factor = load16(keep, 0)
    for y in range(row0, row1):
        for c in range(left, right):
            label = labels[y * pitch + c]
            if label >= 0:
                i = (y * pitch + c) * 16
                gone = load16(means, label * 16)
                if root.size:
                    gone = vmul(splat16(root[y * pitch + c]), gone)
                store(x, i, vmul(factor, vsub(load16(x, i), gone)))


@kernel("i8 i8 f4[1] i8 f4[1] i8 i8 f4[3]", shared=True, fast=False)
def unpack(first, last, x, lane0, scale, pitch, margin, out):
    """``out`` ``(lanes, H, W)`` ← lanes from ``lane0`` on of a canvas block, each times its ``scale``."""
    count, _, width = out.shape
    for y in range(first, last):
        for c in range(width):
            i = ((y + margin) * pitch + c + margin) * 16 + lane0
            for q in range(count):
                out[q, y, c] = x[i + q] * scale[q]


@kernel("i8 i8 f4[2] f8", shared=True, fast=False)
def turn(first, last, vectors, tolerance):
    """Give every one of ``(k, n)`` the sign that makes its largest entry positive: of those within ``tolerance`` of the
    largest magnitude, relative, the first."""
    for q in range(first, last):
        v = vectors[q]
        largest = v.dtype.type(0)
        for i in range(v.size):
            largest = max(largest, abs(v[i]))
        floor = largest * (1 - tolerance)
        i = 0
        while abs(v[i]) < floor:
            i += 1
        if v[i] < 0:
            for j in range(v.size):
                v[j] = -v[j]


@kernel("i8 i8 f4[3] i8 i8 f4[1]", shared=True, fast=False)
def pack(first, last, vectors, pitch, margin, x):
    """The inverse: lanes of a canvas block ← ``vectors`` ``(lanes ≤ 16, H, W)``; other lanes are left alone."""
    count, _, width = vectors.shape
    for y in range(first, last):
        for c in range(width):
            i = ((y + margin) * pitch + c + margin) * 16
            for q in range(count):
                x[i + q] = vectors[q, y, c]
