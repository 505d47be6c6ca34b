"""The stitched basis of a tile in one program, all tiles in one launch: factor, two inverse steps, orthonormal columns.

A tile row is a block of 16 pixels, the stencil's rows the bandwidth: L_tile + shift is block-banded, and its Cholesky
factor stays in blocks (Golub & Van Loan, Matrix Computations, 4.3.5), as in :mod:`itten.kernels.numba.bandfactor`.
Blocks are made of colours in registers, and of the factor as they are needed, from scratch memory that the second-level
cache holds (172 kB for a tile of 24 rows and 7 bands). A barrier stands between a store and another thread's load.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
import triton
import triton.language as tl

COLUMNS = 8
# A column keeping less than this part of its squared length beside those before it is left out.
DEPENDENT = tl.constexpr(1e-5)


def tile_basis(
    colours: torch.Tensor,
    base: torch.Tensor,
    share: torch.Tensor,
    start: torch.Tensor,
    table: torch.Tensor,
    scale: float,
    pitch: int,
    shift: float,
    columns: int,
    out: torch.Tensor,
) -> None:
    """``out`` ``(tiles, n, 8)`` float32 ← orthonormal columns of tiles of n = 16 · rows pixels, ``columns`` of them.

    They span 1, y, x, the first columns of ``start`` ``(n, 8)``, and (L_tile + shift)⁻² times the others, all times
    ``share`` ``(tiles, n)``. ``colours`` ``(C, P)`` of the canvas; ``base`` ``(tiles,)`` where a tile begins on it;
    ``table`` is that of :func:`tile_table`. Scratch takes ``scratch_bytes`` a tile.
    """
    tiles, size, _ = out.shape
    if tiles == 0:
        return
    rows = size // 16
    bands = (len(table) + 1) // 2
    factor = out.new_empty((tiles, rows, bands, 256) if columns > 3 else (1,))
    with torch.cuda.device_of(out):
        _tile_basis[(tiles,)](
            colours, base, share, start, table, factor, out, scale * math.log2(math.e), shift,
            colours.shape[1], pitch, rows, bands, columns, CHANNELS=len(colours), SOLVES=int(columns > 3), num_warps=1,
        )  # fmt: skip


def scratch_bytes(half: np.ndarray, rows: int) -> int:
    """Of a tile of ``rows`` rows."""
    return rows * _bands(half, rows) * 1024


def _bands(half: np.ndarray, rows: int) -> int:
    return min(int(half[:, 0].max(initial=0)), rows - 1) + 1


def tile_table(half: np.ndarray, weights: Sequence[float], rows: int) -> np.ndarray:
    """``(2 · bands − 1, 31)`` float32: the weight of the offset (dy, dx) at (dy + bands − 1, dx + 15), 0 for none, of a
    stencil ``half`` ``(m, 2)`` with ``weights`` ``(m,)`` in tiles of ``rows`` rows."""
    bands = _bands(half, rows)
    table = np.zeros((2 * bands - 1, 31), np.float32)
    for (dy, dx), weight in zip(half.tolist(), weights, strict=True):
        if dy < bands and abs(dx) < 16:
            table[bands - 1 + dy, 15 + dx] = table[bands - 1 - dy, 15 - dx] = weight
    return table


@triton.jit
def _tile_basis(
    colours, base, share, start, table, factor, out, scale, shift, plane, pitch, rows, bands, columns,
    CHANNELS: tl.constexpr, SOLVES: tl.constexpr,
):  # fmt: skip
    tile = tl.program_id(0).to(tl.int64)
    here = colours + tl.load(base + tile)
    share += tile * rows * 16
    factor += tile * rows * bands * 256
    out += tile * rows * 128
    pixel, column = tl.arange(0, 16)[:, None], tl.arange(0, 8)[None, :]
    place = pixel * 8 + column
    used = column < columns
    if SOLVES:
        factorise(here, here, table, factor, scale, 0.0, shift, plane, pitch, rows, bands, CHANNELS, False, False)
        for r in range(rows):
            noise = tl.load(start + r * 128 + place)
            tl.store(out + r * 128 + place, tl.where((column > 2) & used, noise, 0.0))
    # Between the steps columns are made orthonormal: the span is the same, its rounding errors a tenth.
    for step in range(1 - SOLVES, 2):
        if SOLVES:
            solve(factor, out, rows, bands)
        if step == 1:
            for r in range(rows):
                x = tl.load(start + r * 128 + place)
                if SOLVES:
                    x = tl.where(column > 2, tl.load(out + r * 128 + place), x)
                x *= tl.load(share + r * 16 + pixel)
                tl.store(out + r * 128 + place, tl.where(used, x, 0.0))
        orthonormalise(out, rows)


@triton.jit
def _edges(here, table, scale, cut, plane, pitch, r, q, bands, CHANNELS: tl.constexpr, CUTS: tl.constexpr):
    """``(16, 16)``: weights of the edges from the pixels of tile row ``r`` to those of row ``r + q``; with ``CUTS``
    those heavier than ``cut``."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    square = tl.zeros([16, 16], tl.float32)
    for c in tl.static_range(CHANNELS):
        row = here + c * plane + r * pitch
        d = tl.load(row + i) - tl.load(row + q * pitch + j)
        square += d * d
    weights = tl.load(table + (q + bands - 1) * 31 + 15 + j - i) * tl.exp2(-scale * tl.sqrt(square))
    if CUTS:
        weights = tl.where(weights > cut, weights, 0.0)
    return weights


@triton.jit
def _products(factor, total, r, q, bands):
    """``total`` + Σ U(k, r)ᵀ U(k, r + q) over the rows k before r."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    for k in range(tl.maximum(0, r + q - bands + 1), r):
        above = factor + (k * bands + r - k) * 256
        left = tl.load(above + j * 16 + i)
        right = tl.load(above + q * 256 + i * 16 + j)
        total = tl.dot(left, right, total, input_precision="ieee")
    return total


@triton.jit
def factorise(
    here, root, table, factor, scale, cut, shift, plane, pitch, rows, bands,
    CHANNELS: tl.constexpr, WEIGHTED: tl.constexpr, CUTS: tl.constexpr,
):  # fmt: skip
    """U with Uᵀ U = L_tile + shift: block (r, r + q) at ``(r · bands + q) · 256``, and U_rr⁻ᵀ in place of U_rr.

    ``WEIGHTED``: of M^-½ L_tile M^-½ + shift, ``root`` M^-½ of the tile's first pixel and on. ``CUTS``: without
    edges no heavier than ``cut``."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    at = i * 16 + j
    for r in range(rows):
        degree = tl.zeros([16, 16], tl.float32)
        for q in range(-tl.minimum(r, bands - 1), tl.minimum(bands, rows - r)):
            degree += _edges(here, table, scale, cut, plane, pitch, r, q, bands, CHANNELS, CUTS)
        own = _weighted(here, root, table, scale, cut, plane, pitch, r, 0, bands, CHANNELS, WEIGHTED, CUTS)
        total = tl.sum(degree, 1)[:, None]
        if WEIGHTED:
            side = tl.load(root + r * pitch + i)
            total *= side * side
        own -= tl.where(i == j, total + shift, 0.0)
        inverse = _inverse_factor(-_products(factor, own, r, 0, bands))
        tl.store(factor + r * bands * 256 + at, inverse)
        for q in range(1, tl.minimum(bands, rows - r)):
            edges = _weighted(here, root, table, scale, cut, plane, pitch, r, q, bands, CHANNELS, WEIGHTED, CUTS)
            block = tl.dot(-inverse, _products(factor, edges, r, q, bands), input_precision="ieee")
            tl.store(factor + (r * bands + q) * 256 + at, block)
        tl.debug_barrier()


@triton.jit
def _weighted(
    here, root, table, scale, cut, plane, pitch, r, q, bands,
    CHANNELS: tl.constexpr, WEIGHTED: tl.constexpr, CUTS: tl.constexpr,
):  # fmt: skip
    """The edges, with ``WEIGHTED`` times ``root`` at both ends."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    edges = _edges(here, table, scale, cut, plane, pitch, r, q, bands, CHANNELS, CUTS)
    if WEIGHTED:
        edges *= tl.load(root + r * pitch + i) * tl.load(root + (r + q) * pitch + j)
    return edges


@triton.jit
def _inverse_factor(a):
    """C⁻¹ of a = C Cᵀ, 16 × 16: what elimination in a does to the identity."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    m = tl.where(i == j, 1.0, 0.0)
    for k in range(16):
        down = tl.sum(tl.where(j == k, a, 0.0), 1)[:, None]
        right = tl.sum(tl.where(i == k, a, 0.0), 0)[None, :]
        pivot = tl.sum(tl.where(j == k, right, 0.0), 1)[:, None]
        inverse = tl.rsqrt(pivot)
        below = tl.where(i > k, down * inverse, 0.0)
        a -= below * (right * inverse)
        row = tl.sum(tl.where(i == k, m, 0.0), 0)[None, :] * inverse
        m = tl.where(i == k, row, m - below * row)
    return m


@triton.jit
def solve(factor, x, rows, bands):
    """``x`` ``(rows · 16, 8)`` ← (Uᵀ U)⁻¹ x."""
    i, j = tl.arange(0, 16)[:, None], tl.arange(0, 16)[None, :]
    at = i * 8 + tl.arange(0, 8)[None, :]
    tl.debug_barrier()
    for r in range(rows):
        total = -tl.load(x + r * 128 + at)
        for k in range(tl.maximum(0, r - bands + 1), r):
            left = tl.load(factor + (k * bands + r - k) * 256 + j * 16 + i)
            total = tl.dot(left, tl.load(x + k * 128 + at), total, input_precision="ieee")
        inverse = tl.load(factor + r * bands * 256 + i * 16 + j)
        tl.store(x + r * 128 + at, tl.dot(-inverse, total, input_precision="ieee"))
        tl.debug_barrier()
    for back in range(rows):
        r = rows - 1 - back
        total = -tl.load(x + r * 128 + at)
        for q in range(1, tl.minimum(bands, rows - r)):
            left = tl.load(factor + (r * bands + q) * 256 + i * 16 + j)
            total = tl.dot(left, tl.load(x + (r + q) * 128 + at), total, input_precision="ieee")
        inverse = tl.load(factor + r * bands * 256 + j * 16 + i)
        tl.store(x + r * 128 + at, tl.dot(-inverse, total, input_precision="ieee"))
        tl.debug_barrier()


@triton.jit
def orthonormalise(x, rows):
    """Cholesky QR of ``x`` ``(rows · 16, 8)``, twice for accuracy, its Gram matrix in float64; what depends on the
    columns before it becomes zero."""
    p, i = tl.arange(0, 16)[:, None, None], tl.arange(0, 8)[None, :, None]
    for _ in range(2):
        tl.debug_barrier()
        inverse, _ = eliminated(gram(x, x, rows), 0, 8, DEPENDENT, 1e-20)
        inverse = inverse[None, :, :]
        for r in range(rows):
            left = tl.load(x + r * 128 + p * 8 + i).to(tl.float64)
            tl.debug_barrier()
            found = tl.sum(left * inverse, 1).to(tl.float32)
            tl.store(x + r * 128 + tl.arange(0, 16)[:, None] * 8 + tl.arange(0, 8)[None, :], found)
    tl.debug_barrier()


@triton.jit
def gram(left, right, rows):
    """``(8, 8)`` float64: leftᵀ right of two matrices ``(rows · 16, 8)``."""
    p, i, j = tl.arange(0, 16)[:, None, None], tl.arange(0, 8)[None, :, None], tl.arange(0, 8)[None, None, :]
    total = tl.zeros([16, 8, 8], tl.float64)
    for r in range(rows):
        one = tl.load(left + r * 128 + p * 8 + i).to(tl.float64)
        total += one * tl.load(right + r * 128 + p * 8 + j).to(tl.float64)
    return tl.sum(total, 0)


@triton.jit
def eliminated(g, first, last, LOST: tl.constexpr, SHORT: tl.constexpr):
    """R⁻¹ of g = Rᵀ R, 8 × 8, one column after the other by Gram–Schmidt on the coefficients, and the least that is
    left of a column's squared length, 1e300 where none is above SHORT; of the columns ``first … last`` alone."""
    i, j = tl.arange(0, 8)[:, None], tl.arange(0, 8)[None, :]
    known = g * 0.0
    least = tl.full([1, 1], 1e300, tl.float64)
    for k in range(8):
        column = tl.sum(tl.where(j == k, g, 0.0), 1)[:, None]
        part = tl.sum(known * column, 0)[None, :]
        whole = tl.sum(tl.where(i == k, column, 0.0), 0)[None, :]
        left = whole - tl.sum(part * part, 1)[:, None]
        there = (whole > SHORT) & (k >= first) & (k < last)
        kept = (left > LOST * whole) & there
        fresh = tl.where(i == k, 1.0, 0.0) - tl.sum(known * part, 1)[:, None]
        known = tl.where(j == k, tl.where(kept, fresh * tl.rsqrt(tl.where(kept, left, 1.0)), 0.0), known)
        least = tl.where(there, tl.minimum(least, tl.maximum(left, 0.0)), least)
    return known, tl.sum(tl.sum(least, 1), 0)
