"""Closing by squares, in a time that does not depend on their size. What is returned is said in
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
    """The largest of sign · values within a window along every row: running maxima from both ends of blocks as long as
    the window (van Herk 1992)."""
    width = values.shape[1]
    side = 2 * radius + 1
    size = -(-(width + 2 * radius) // side) * side
    flip = np.float32(sign)
    line, ahead, back = np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float32)
    for y in range(first, last):
        line[:] = -np.inf
        for x in range(width):
            line[radius + x] = flip * values[y, x]
        for begin in range(0, size, side):
            ahead[begin] = line[begin]
            for i in range(begin + 1, begin + side):
                ahead[i] = max(ahead[i - 1], line[i])
            end = begin + side - 1
            back[end] = line[end]
            for i in range(end - 1, begin - 1, -1):
                back[i] = max(back[i + 1], line[i])
        for x in range(width):
            out[y, x] = flip * max(back[x], ahead[x + side - 1])


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
