"""Closing by squares, in a time that hardly depends on their size, and growing by them. What is returned is said in
:mod:`itten.kernels.reference.morphology`."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel

COLUMNS = 64


def closed(values, radius):
    """See :func:`itten.kernels.reference.morphology.closed`; ``values`` float32."""
    height, width = values.shape
    out, spare = np.empty_like(values), np.empty_like(values)
    blocks = -(-width // COLUMNS)
    _along(0, height, values, radius, 1.0, spare)
    _down(0, blocks, spare, radius, 1.0, out)
    _along(0, height, out, radius, -1.0, spare)
    _down(0, blocks, spare, radius, -1.0, out)
    return out


@kernel("i8 i8 f4[2] i8 f8 f4[2]", shared=True, fast=False)
def _along(first, last, values, radius, sign, out):
    """The largest of sign · values within a window along every row: maxima over 1, 2, 4 … pixels from each on, and two
    of these make up the window. All columns of a row at once: vector code, where running maxima are chains."""
    width = values.shape[1]
    side, size = 2 * radius + 1, width + 2 * radius
    flip = np.float32(sign)
    line, spare = np.empty(size, np.float32), np.empty(size, np.float32)
    for y in range(first, last):
        line[:radius] = -np.inf
        line[radius + width :] = -np.inf
        inner, row = line[radius : radius + width], values[y]
        for x in range(width):
            inner[x] = flip * row[x]
        span = 1
        while 2 * span <= side:
            known = size - 2 * span + 1
            here, ahead, wider = line[:known], line[span : span + known], spare[:known]
            for x in range(known):
                wider[x] = here[x] if here[x] > ahead[x] else ahead[x]
            line[:known] = wider
            span *= 2
        here, ahead, found = line[:width], line[side - span : side - span + width], out[y]
        for x in range(width):
            found[x] = flip * (here[x] if here[x] > ahead[x] else ahead[x])


@kernel("i8 i8 f4[2] i8 f8 f4[2]", shared=True, fast=False)
def _down(first, last, values, radius, sign, out):
    """The same down the columns, 64 of them at a time."""
    height, width = values.shape
    side = 2 * radius + 1
    size = -(-(height + 2 * radius) // side) * side
    flip = np.float32(sign)
    ahead, back = np.empty((size, 64), np.float32), np.empty((size, 64), np.float32)
    for block in range(first, last):
        left, right = block * 64, min(width, block * 64 + 64)
        count = right - left
        for i in range(size):
            y = i - radius
            inside = 0 <= y < height
            for k in range(count):
                ahead[i, k] = flip * values[y, left + k] if inside else np.float32(-np.inf)
                back[i, k] = ahead[i, k]
        for begin in range(0, size, side):
            for i in range(begin + 1, begin + side):
                for k in range(count):
                    ahead[i, k] = max(ahead[i - 1, k], ahead[i, k])
            for i in range(begin + side - 2, begin - 1, -1):
                for k in range(count):
                    back[i, k] = max(back[i + 1, k], back[i, k])
        for y in range(height):
            for k in range(count):
                out[y, left + k] = flip * max(back[y, k], ahead[y + side - 1, k])


def grown(mask, radius):
    """See :func:`itten.kernels.reference.morphology.grown`."""
    out = np.empty(mask.shape, np.uint8)
    _grown_rows(0, len(mask), mask.view(np.uint8), radius, out)
    return out.view(np.bool_)


@kernel("i8 i8 u1[2] i8 u1[2]", shared=True, fast=False)
def _grown_rows(first, last, mask, radius, out):
    height, width = mask.shape
    line = np.zeros(width + 2 * radius, np.uint8)
    inner = line[radius : radius + width]
    for y in range(first, last):
        inner[:] = 0
        for i in range(max(y - radius, 0), min(y + radius + 1, height)):
            row = mask[i]
            for x in range(width):
                inner[x] |= row[x]
        found = out[y]
        found[:] = 0
        for shift in range(2 * radius + 1):
            moved = line[shift : shift + width]
            for x in range(width):
                found[x] |= moved[x]
