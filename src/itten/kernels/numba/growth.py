"""Strokes grown by less than a pixel at a time. What each returns is said in :mod:`itten.kernels.reference.growth`."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel
from itten.kernels.reference.growth import (
    BESIDE,
    CLOSING,
    CORE,
    FAINT,
    LEAST_GAP,
    SPREAD,
    STEP,
    THIN,
    WINDOW,
    looked,
)

NUMBERS = (STEP, CLOSING, LEAST_GAP, CORE, FAINT, THIN)
# By which neighbours the slope of α is measured: a Gaussian of one pixel, two pixels each way.
BLUR = np.exp(-0.5 * (np.arange(-2.0, 3.0)[:, None] ** 2 + np.arange(-2.0, 3.0) ** 2))


def grow_ink(image, alpha, ink, limit, radius):
    """See :func:`itten.kernels.reference.growth.grow_ink`; all arrays float32."""
    height, width = alpha.shape
    reach, most = np.empty(alpha.shape, np.float32), np.zeros(height, np.float32)
    # Edges row by row: direction, offset of the ink's end from the pixel, reach; and how many lie before a column.
    edges, column = np.empty((height, width, 5), np.float32), np.empty(alpha.shape, np.int32)
    before = np.empty((height, width + 1), np.int32)
    out, cover = image.copy(), alpha.copy()
    numbers = *looked(float(radius)), *NUMBERS
    _edges(0, height, alpha, limit, numbers, np.float64(radius), BESIDE, BLUR, edges, column, before, reach)
    _smoothed(0, height, reach, column, before, edges, most)
    if (far := float(most.max(initial=0.0))) > 0.0:
        window = int(far) + WINDOW
        _grow_rows(0, height, image, alpha, ink, edges, column, before, window, SPREAD, BESIDE, out, cover)
    return out, cover


@kernel(inner=True)
def _at(alpha, y, x):
    """Bilinear, the border repeated."""
    height, width = alpha.shape
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    i, j = int(y), int(x)
    v, u = y - i, x - j
    below, right = min(i + 1, height - 1), min(j + 1, width - 1)
    upper = alpha[i, j] * (1.0 - u) + alpha[i, right] * u
    return upper * (1.0 - v) + (alpha[below, j] * (1.0 - u) + alpha[below, right] * u) * v


@kernel(inner=True)
def _normal(alpha, y, x, blur):
    """Down the slope of α, blurred: out of the ink. Both 0 where it has no slope."""
    height, width = alpha.shape
    dy, dx = 0.0, 0.0
    for i in range(-2, 3):
        row = min(max(y + i, 0), height - 1)
        for j in range(-2, 3):
            value = blur[i + 2, j + 2] * alpha[row, min(max(x + j, 0), width - 1)]
            dy -= i * value
            dx -= j * value
    length = math.sqrt(dy * dy + dx * dx)
    if length < 1e-3:
        return 0.0, 0.0
    return dy / length, dx / length


@kernel("i8 i8 f4[2] f4[2] (f8,f8,f8,f8,f8,f8,f8,f8) f8 f8 f8[2] f4[3] i4[2] i4[2] f4[2]", shared=True, fast=False)
def _edges(first, last, alpha, limit, numbers, most, beside, blur, edges, column, before, reach):
    """All edges of the rows, and for every pixel how far its edge may move, −1 where there is none."""
    across, far, step, closing, least, core, faint, thin = numbers
    height, width = alpha.shape
    low, high = np.empty(width + 2, np.float32), np.empty(width + 2, np.float32)
    for y in range(first, last):
        above, here, below = alpha[max(y - 1, 0)], alpha[y], alpha[min(y + 1, height - 1)]
        low[0], low[width + 1], high[0], high[width + 1] = 1.0, 1.0, 0.0, 0.0
        for x in range(width):
            low[x + 1] = min(min(above[x], here[x]), below[x])
            high[x + 1] = max(max(above[x], here[x]), below[x])
        found = 0
        for x in range(width):
            reach[y, x], before[y, x] = -1.0, found
            bottom = min(min(low[x], low[x + 1]), low[x + 2])
            if not bottom < 1.0 or max(max(high[x], high[x + 1]), high[x + 2]) - bottom <= 0.1:
                continue
            dy, dx = _normal(alpha, y, x, blur)
            if dy == 0.0 and dx == 0.0:
                continue
            own = np.float64(alpha[y, x])
            # Outwards to where the ink has ended.
            ends, moment, value, t = 0.0, 0.0, own, 0.0
            while t < 2.0:
                after = _at(alpha, y + (t + step) * dy, x + (t + step) * dx)
                if after > value:
                    break
                ends += 0.5 * step * (value + after)
                moment += 0.5 * step * (value * t + after * (t + step))
                value = after
                t += step
            gap, outer, paper = t - ends, t, value
            # Inwards to where all is ink, then on to the other side.
            lacks, value, inner = 0.0, own, 0.0
            while inner < 2.0:
                after = _at(alpha, y - (inner + step) * dy, x - (inner + step) * dx)
                if after < value or value >= 1.0:
                    break
                lacks += 0.5 * step * (2.0 - value - after)
                moment -= 0.5 * step * (value * inner + after * (inner + step))
                value = after
                inner += step
            if value < core:
                continue
            broad, best, share = ends + inner - lacks, value, np.float64(limit[y, x])
            # Of what may not move only that matters whether it is thin.
            while inner < across and (share > 0.0 or broad <= thin):
                after = _at(alpha, y - (inner + step) * dy, x - (inner + step) * dx)
                if value < 0.5 * best and (after > value or value < faint):
                    break
                broad += 0.5 * step * (value + after)
                moment -= 0.5 * step * (value * inner + after * (inner + step))
                best, value = max(best, after), after
                inner += step
            end = ends - lacks if broad > thin else moment / broad + 0.5 * broad
            if abs(end) > beside:
                continue
            wanted = max(min(most, share * broad), 0.0)
            if inner >= across:  # an area, no stroke
                wanted = 0.0
            # Outwards to the next ink, or until the gap is known to be wide enough.
            back, value = ends - end, paper
            while wanted > 0.0 and outer < far and value < 0.5:
                if closing * (gap + back) >= wanted and 0.5 * (gap + back - least) >= wanted:
                    break
                value = _at(alpha, y + (outer + step) * dy, x + (outer + step) * dx)
                gap += step * (1.0 - value)
                outer += step
            if wanted > 0.0 and outer < far:
                wanted = max(min(wanted, closing * (gap + back), 0.5 * (gap + back - least)), 0.0)
            reach[y, x] = wanted
            column[y, found] = x
            one = edges[y, found]
            one[0], one[1] = dy, dx
            one[2], one[3] = np.float32(end) * np.float32(dy), np.float32(end) * np.float32(dx)
            found += 1
        before[y, width] = found


@kernel("i8 i8 f4[2] i4[2] i4[2] f4[3] f4[1]", shared=True, fast=False)
def _smoothed(first, last, reach, column, before, edges, most):
    """Means along the edges, so that a reach does not jump from pixel to pixel; and each row's largest."""
    height, width = reach.shape
    for y in range(first, last):
        top, bottom = max(y - 2, 0), min(y + 3, height)
        for k in range(before[y, width]):
            x = column[y, k]
            total, number = 0.0, 0.0
            for i in range(top, bottom):
                for j in range(max(x - 2, 0), min(x + 3, width)):
                    held = reach[i, j] >= 0.0
                    total += reach[i, j] if held else 0.0
                    number += 1.0 if held else 0.0
            edges[y, k, 4] = total / number
            most[y] = max(most[y], edges[y, k, 4])


@kernel("i8 i8 f4[3] f4[2] f4[3] f4[3] i4[2] i4[2] i8 f8 f8 f4[3] f4[2]", shared=True, fast=False)
def _grow_rows(first, last, image, alpha, ink, edges, column, before, window, spread, beside, out, cover):
    height, width = alpha.shape
    # How many columns before one have an edge that may move, in the rows around: most pixels have none near.
    moving = np.zeros(width + 1, np.int64)
    side = 2 * window + 1
    # The edges that have a say: row, number in it, how much it faces the same way, how far it is and how far inside.
    row, number, weight = np.empty(side * side, np.int64), np.empty(side * side, np.int64), np.empty(side * side)
    facing, away, outside = np.empty(side * side), np.empty(side * side), np.empty(side * side)
    for y in range(first, last):
        top, bottom = max(y - window, 0), min(y + window + 1, height)
        moving[:] = 0
        for i in range(top, bottom):
            for k in range(before[i, width]):
                if edges[i, k, 4] > 0.0:
                    moving[column[i, k] + 1] = 1
        for x in range(width):
            moving[x + 1] += moving[x]
        for x in range(width):
            held = np.float64(alpha[y, x])
            if held >= 1.0 or moving[min(x + window + 1, width)] == moving[max(x - window, 0)]:
                continue
            i, k, least = _nearest(edges, column, before, y, x, window, beside)
            if i < 0 or least > window + 1.0:
                continue
            v, u = edges[i, k, 0], edges[i, k, 1]
            # An edge lies within `beside` of its pixel: what counts is not farther away than that.
            around = min(int(least + 4.0 * spread + beside + 1e-3), window)
            left, right = max(x - around, 0), min(x + around + 1, width)
            most, near, reached = (least + 4.0 * spread + 1e-6) ** 2, 0, False
            for i in range(max(y - around, 0), min(y + around + 1, height)):
                for k in range(before[i, left], before[i, right]):
                    one = edges[i, k]
                    dy, dx = y - i - one[2], x - column[i, k] - one[3]
                    # What faces the other way is the other side of a thin stroke.
                    same, apart = min(v * one[0] + u * one[1] + 0.5, 1.0), dy * dy + dx * dx
                    # What does not count is written over: a branch that goes either way costs more.
                    row[near], number[near], facing[near], away[near] = i, k, same, apart
                    outside[near] = dy * one[0] + dx * one[1]
                    counts = (same > 0.0) & (apart <= most)
                    reached |= counts & (outside[near] < 0.5 + one[4])
                    near += np.int64(counts)
            if not reached:  # no edge moves so far
                continue
            total, distance, length = 0.0, 0.0, 0.0
            for n in range(near):
                apart = math.sqrt(away[n]) - least
                weight[n] = facing[n] * math.exp(-apart / spread) if apart < 4.0 * spread else 0.0
                total += weight[n]
                distance += weight[n] * outside[n]
                length += weight[n] * edges[row[n], number[n], 4]
            edge = 0.5 - distance / total
            more = min(max(edge + length / total, 0.0), 1.0) - min(max(edge, 0.0), 1.0)
            if more <= 0.0:
                continue
            red, green, blue = 0.0, 0.0, 0.0
            for n in range(near):
                i, j = row[n], column[row[n], number[n]]
                red += weight[n] * ink[0, i, j]
                green += weight[n] * ink[1, i, j]
                blue += weight[n] * ink[2, i, j]
            after = min(held + more, 1.0)
            share = (after - held) / (1.0 - held)
            cover[y, x] = after
            out[0, y, x] = image[0, y, x] + share * (red / total - image[0, y, x])
            out[1, y, x] = image[1, y, x] + share * (green / total - image[1, y, x])
            out[2, y, x] = image[2, y, x] + share * (blue / total - image[2, y, x])


@kernel(inner=True)
def _nearest(edges, column, before, y, x, window, beside):
    """Row and number of the nearest edge, of equally near ones the first, and how far it is; row −1 for none. Rows
    farther away than the nearest so far need not be looked at."""
    height, width = column.shape
    around, best, own, least = window, -1, -1, 1e9
    for step in range(window + 1):
        if step > around:
            break
        left, right = max(x - around, 0), min(x + around + 1, width)
        for i in (y - step, y + step):
            if i < 0 or i >= height or (step == 0 and best == i):
                continue
            for k in range(before[i, left], before[i, right]):
                dy, dx = y - i - edges[i, k, 2], x - column[i, k] - edges[i, k, 3]
                apart = dy * dy + dx * dx
                if apart < least or (apart == least and i < best):
                    best, own, least = i, k, apart
        if best >= 0:
            around = min(around, int(math.sqrt(least) + beside + 1e-3))
    return best, own, math.sqrt(least)
