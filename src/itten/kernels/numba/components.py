"""Connected components of the weighted graph on a canvas, by union and find with path halving."""

from __future__ import annotations

from itten.kernels.numba.jit import kernel


@kernel(inline=True)
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel("f4[1] i8 i8 i8[1]r i8 i8 i8 i8 f4 i4[1]")
def unite_rows(w, w0, pitch, flat, row0, row1, left, right, cut, parent):
    """Join the ends of every edge heavier than ``cut`` that begins in canvas rows ``row0 … row1``.

    ``parent`` ``(pixels,)`` int32: a root is always the component's first pixel in raster order.
    """
    m = flat.size
    for y in range(row0, row1):
        for o in range(m):
            k = ((y - w0) * m + o) * pitch
            for x in range(left, right):
                if w[k + x] > cut:
                    i = _root(parent, y * pitch + x)
                    j = _root(parent, y * pitch + x + flat[o])
                    if i < j:
                        parent[j] = i
                    elif j < i:
                        parent[i] = j


@kernel("f4[1] i8 i8 i8[1]r i8 i8 i8 i8 i4[1] f8[1]")
def outward_rows(w, w0, pitch, flat, row0, row1, left, right, labels, outward):
    """``outward[label]`` += the weights of edges to other labels, for edges that begin in rows ``row0 … row1``."""
    m = flat.size
    for y in range(row0, row1):
        for o in range(m):
            k = ((y - w0) * m + o) * pitch
            for x in range(left, right):
                a, b = labels[y * pitch + x], labels[y * pitch + x + flat[o]]
                if a != b and w[k + x] > 0:
                    if a >= 0:
                        outward[a] += w[k + x]
                    if b >= 0:
                        outward[b] += w[k + x]


@kernel("f4[1] i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 f4")
def all_joined(w, w0, pitch, right_offset, down_offset, m, row0, row1, left, right, last_row, cut):
    """Whether every pixel of the rows is joined with those to its right and below it: a quick, sufficient test."""
    for y in range(row0, row1):
        r, d = ((y - w0) * m + right_offset) * pitch, ((y - w0) * m + down_offset) * pitch
        for x in range(left, right):
            if x + 1 < right and w[r + x] <= cut:
                return False
            if y + 1 < last_row and w[d + x] <= cut:
                return False
    return True


@kernel("i4[1]")
def settle(parent):
    """Every pixel's ``parent`` becomes its root."""
    for i in range(parent.size):
        parent[i] = parent[parent[i]]
