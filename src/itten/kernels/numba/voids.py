"""Turning and distance, compiled. What each returns is said in :mod:`itten.kernels.reference.voids`."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel

FAR = 1 << 30


def turn_segments(labels, box, centroid, which, cosine, sine, flip):
    """Copies are counted, then filled, each by one thread."""
    begin = np.zeros(len(which) + 1, np.int64)
    _count(0, len(which), labels, box, centroid, which, cosine, sine, flip, begin)
    begin = np.cumsum(begin)
    offset, origin = np.empty((begin[-1], 2), np.int64), np.empty(begin[-1], np.int64)
    _fill(0, len(which), labels, box, centroid, which, cosine, sine, flip, begin, offset, origin)
    return begin, offset, origin


@kernel(inline=True)
def _extent(box, centroid, number, c, s, f):
    """Rows and columns that the turned box reaches, relative to the centroid."""
    top, left = box[number, 0] - centroid[number, 0] - 0.5, box[number, 1] - centroid[number, 1] - 0.5
    bottom, right = box[number, 2] - centroid[number, 0] + 0.5, box[number, 3] - centroid[number, 1] + 0.5
    c, s = c / (c * c + s * s), s / (c * c + s * s)
    left, right = f * left, f * right
    y0 = min(c * top, c * bottom) + min(-s * left, -s * right)
    y1 = max(c * top, c * bottom) + max(-s * left, -s * right)
    x0 = min(s * top, s * bottom) + min(c * left, c * right)
    x1 = max(s * top, s * bottom) + max(c * left, c * right)
    return int(np.floor(y0)) - 1, int(np.ceil(y1)) + 1, int(np.floor(x0)) - 1, int(np.ceil(x1)) + 1


@kernel("i8 i8 i8[2] i8[2] i8[2] i8[1] f8[1] f8[1] f8[1] i8[1]", shared=True, fast=False)
def _count(first, last, labels, box, centroid, which, cosine, sine, flip, size):
    for copy in range(first, last):
        number, c, s, f = which[copy], cosine[copy], sine[copy], flip[copy]
        y0, y1, x0, x1 = _extent(box, centroid, number, c, s, f)
        found = 0
        for dy in range(y0, y1 + 1):
            for dx in range(x0, x1 + 1):
                y = centroid[number, 0] + int(np.floor(c * dy + s * dx + 0.5))
                x = centroid[number, 1] + int(np.floor(f * (c * dx - s * dy) + 0.5))
                inside = box[number, 0] <= y <= box[number, 2] and box[number, 1] <= x <= box[number, 3]
                if inside and labels[y, x] == number + 1:
                    found += 1
        size[copy + 1] = found


@kernel("i8 i8 i8[2] i8[2] i8[2] i8[1] f8[1] f8[1] f8[1] i8[1] i8[2] i8[1]", shared=True, fast=False)
def _fill(first, last, labels, box, centroid, which, cosine, sine, flip, begin, offset, origin):
    width = labels.shape[1]
    for copy in range(first, last):
        number, c, s, f = which[copy], cosine[copy], sine[copy], flip[copy]
        y0, y1, x0, x1 = _extent(box, centroid, number, c, s, f)
        at = begin[copy]
        for dy in range(y0, y1 + 1):
            for dx in range(x0, x1 + 1):
                y = centroid[number, 0] + int(np.floor(c * dy + s * dx + 0.5))
                x = centroid[number, 1] + int(np.floor(f * (c * dx - s * dy) + 0.5))
                inside = box[number, 0] <= y <= box[number, 2] and box[number, 1] <= x <= box[number, 3]
                if inside and labels[y, x] == number + 1:
                    offset[at, 0], offset[at, 1], origin[at] = dy, dx, y * width + x
                    at += 1


def squared_distance(mask):
    """Exact, in two sweeps: columns, then the lower envelope of parabolas along the rows (Meijster, Roerdink,
    Hesselink, "A general algorithm for computing distance transforms in linear time", 2000)."""
    height, width = mask.shape
    column = np.empty((height, width), np.int32)
    out = np.empty((height, width), np.int64)
    _columns(0, -(-width // 64), mask, column)
    _rows(0, height, column, out)
    return out


@kernel("i8 i8 b1[2] i4[2]", shared=True)
def _columns(begin, end, mask, out):
    height, width = mask.shape
    far = height + width
    for block in range(begin, end):
        first, last = block * 64, min(width, block * 64 + 64)
        for x in range(first, last):
            out[0, x] = far if mask[0, x] else 0
        for y in range(1, height):
            for x in range(first, last):
                out[y, x] = out[y - 1, x] + 1 if mask[y, x] else 0
        for y in range(height - 2, -1, -1):
            for x in range(first, last):
                out[y, x] = min(out[y, x], out[y + 1, x] + 1)


@kernel("i8 i8 i4[2] i8[2]", shared=True)
def _rows(first, last, column, out):
    height, width = column.shape
    far = height + width
    for y in range(first, last):
        site, begin = np.empty(width, np.int64), np.empty(width, np.int64)
        top = -1
        for x in range(width):
            g = np.int64(column[y, x])
            if g >= far:
                continue
            while top >= 0:
                s = site[top]
                at, h = begin[top], np.int64(column[y, s])
                if (at - s) * (at - s) + h * h > (at - x) * (at - x) + g * g:
                    top -= 1
                else:
                    break
            if top < 0:
                top = 0
                site[0], begin[0] = x, 0
            else:
                s = site[top]
                h = np.int64(column[y, s])
                w = 1 + (x * x - s * s + g * g - h * h) // (2 * (x - s))
                if w < width:
                    top += 1
                    site[top], begin[top] = x, w
        if top < 0:
            for x in range(width):
                out[y, x] = FAR
        else:
            for x in range(width - 1, -1, -1):
                s = site[top]
                h = np.int64(column[y, s])
                out[y, x] = (x - s) * (x - s) + h * h
                if x == begin[top]:
                    top -= 1
