"""What has no weight filled from around, by pull–push. What is returned is said in
:func:`itten.kernels.reference.ink.filled`; every number is rounded where the tensor formulas round it."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel

TINY = 1e-12


def fill(values, weight, wanted):
    """``(C, H, W)``, as :func:`itten.kernels.reference.ink.filled`, where ``wanted`` ``(H, W)`` uint8 is not 0; what
    stands elsewhere is left open."""
    channels, height, width = values.shape
    levels = [(values, weight)]
    while max(height, width) > 1:
        height, width = -(-height // 2), -(-width // 2)
        stack = np.empty((channels + 1, height, width), np.float32)
        _halve(0, height, *levels[-1], len(levels) == 1, stack)
        levels.append((stack[:-1], stack[-1]))
    colour, held = levels.pop()
    # The coarsest is one pixel.
    premultiplied = colour if levels else colour * held
    found = premultiplied / np.maximum(held, np.float32(TINY))
    while levels:
        colour, held = levels.pop()
        out = np.empty_like(colour)
        inside = np.ones(held.shape, np.uint8) if levels else wanted
        _double(0, len(held), found, colour, held, not levels, inside, TINY, out)
        found = out
    return found


@kernel("i8 i8 f4[3] f4[2] b1 f4[3]", shared=True, fast=False)
def _halve(first, last, colour, held, finest, out):
    """Means over 2 × 2 of colours times weight, and of weights; the ``finest`` colours have no weight in them yet."""
    channels, height, width = colour.shape
    quarter, none, one = np.float32(0.25), np.float32(0.0), np.float32(1.0)
    above, below = np.zeros(width + 1, np.float32), np.zeros(width + 1, np.float32)
    upper, lower = np.ones(width, np.float32), np.ones(width, np.float32)
    for y in range(first, last):
        top, bottom = 2 * y, min(2 * y + 1, height - 1)
        there = one if 2 * y + 1 < height else none
        for c in range(channels + 1):
            rows = held if c == channels else colour[c]
            if finest and c < channels:
                upper[:] = held[top]
                lower[:] = held[bottom]
            else:
                upper[:] = one
                lower[:] = one
            for x in range(width):
                above[x] = rows[top, x] * upper[x]
                below[x] = rows[bottom, x] * lower[x] * there
            line = out[c, y]
            for x in range(len(line)):
                i = 2 * x
                line[x] = quarter * ((above[i] + above[i + 1]) + (below[i] + below[i + 1]))


@kernel("i8 i8 f4[3] f4[3] f4[2] b1 u1[2] f8 f4[3]", shared=True, fast=False)
def _double(first, last, coarse, colour, held, finest, wanted, tiny, out):
    """What the coarser level found, linear between its pixels' middles, where this level has no weight of its own."""
    channels, _, width = colour.shape
    rows, columns = coarse.shape[1:]
    near, far, one = np.float32(0.75), np.float32(0.25), np.float32(1.0)
    line = np.empty(columns + 2, np.float32)
    least = np.float32(tiny)
    for y in range(first, last):
        own = y // 2
        other = min(max(own + (1 if y % 2 else -1), 0), rows - 1)
        for c in range(channels):
            here, beside = coarse[c, own], coarse[c, other]
            for j in range(columns):
                line[j + 1] = near * here[j] + far * beside[j]
            line[0], line[columns + 1] = line[1], line[columns]
            for x in range(width):
                if not wanted[y, x]:
                    continue
                j = x // 2 + 1
                found = near * line[j] + far * line[j + (1 if x % 2 else -1)]
                share = held[y, x]
                if share > 0.0:
                    own_colour = colour[c, y, x] * (share if finest else one) / max(share, least)
                    found = found + share * (own_colour - found)
                out[c, y, x] = found
