"""Strokes grown by less than a pixel at a time. What each returns is said in :mod:`itten.kernels.reference.growth`."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel
from itten.kernels.reference.growth import (
    ACROSS,
    BESIDE,
    CLOSING,
    CORE,
    FAINT,
    GAP,
    LEAST_GAP,
    SPREAD,
    STEP,
    THIN,
    WINDOW,
)

NUMBERS = (ACROSS, GAP, STEP, CLOSING, LEAST_GAP, CORE, FAINT, THIN)
# By which neighbours the slope of α is measured: a Gaussian of one pixel, two pixels each way.
BLUR = np.exp(-0.5 * (np.arange(-2.0, 3.0)[:, None] ** 2 + np.arange(-2.0, 3.0) ** 2))


def grow_ink(image, alpha, ink, limit, radius):
    """See :func:`itten.kernels.reference.growth.grow_ink`; all arrays float32."""
    height = len(alpha)
    reach = np.empty(alpha.shape, np.float32)
    # Edges are listed row by row, as many as ``count`` says: direction, offset of the ink's end from the pixel, reach.
    edges, column = np.empty((5, *alpha.shape), np.float32), np.empty(alpha.shape, np.int64)
    count, most = np.zeros(height, np.int64), np.zeros(height, np.float32)
    out, cover = image.copy(), alpha.copy()
    _edges(0, height, alpha, limit, NUMBERS, np.float64(radius), BESIDE, BLUR, edges, column, count, reach)
    _smoothed(0, height, reach, column, count, edges[4], most)
    if (far := float(most.max(initial=0.0))) > 0.0:
        window = int(far) + WINDOW
        _grow_rows(0, height, image, alpha, ink, edges, column, count, window, SPREAD, out, cover)
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


@kernel("i8 i8 f4[2] f4[2] (f8,f8,f8,f8,f8,f8,f8,f8) f8 f8 f8[2] f4[3] i8[2] i8[1] f4[2]", shared=True, fast=False)
def _edges(first, last, alpha, limit, numbers, most, beside, blur, edges, column, count, reach):
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
            reach[y, x] = -1.0
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
            edges[0, y, found], edges[1, y, found] = dy, dx
            edges[2, y, found] = np.float32(end) * np.float32(dy)
            edges[3, y, found] = np.float32(end) * np.float32(dx)
            found += 1
        count[y] = found


@kernel("i8 i8 f4[2] i8[2] i8[1] f4[2] f4[1]", shared=True, fast=False)
def _smoothed(first, last, reach, column, count, out, most):
    """Means along the edges, so that a reach does not jump from pixel to pixel; and each row's largest."""
    height, width = reach.shape
    for y in range(first, last):
        top, bottom = max(y - 2, 0), min(y + 3, height)
        for k in range(count[y]):
            x = column[y, k]
            total, number = 0.0, 0.0
            for i in range(top, bottom):
                for j in range(max(x - 2, 0), min(x + 3, width)):
                    held = reach[i, j] >= 0.0
                    total += reach[i, j] if held else 0.0
                    number += 1.0 if held else 0.0
            out[y, k] = total / number
            most[y] = max(most[y], out[y, k])


@kernel("i8 i8 f4[3] f4[2] f4[3] f4[3] i8[2] i8[1] i8 f8 f4[3] f4[2]", shared=True, fast=False)
def _grow_rows(first, last, image, alpha, ink, edges, column, count, window, spread, out, cover):
    height, width = alpha.shape
    # How many columns before one have an edge that may move, in the rows around: most pixels have none near.
    moving = np.zeros(width + 1, np.int64)
    side = 2 * window + 1
    # Of every row around, which edges are within the window's columns; of these, the row, the number, and how far.
    begin, end = np.zeros(side, np.int64), np.zeros(side, np.int64)
    row, number = np.empty(side * side, np.int64), np.empty(side * side, np.int64)
    apart, weight = np.empty(side * side), np.empty(side * side)
    for y in range(first, last):
        top, bottom = max(y - window, 0), min(y + window + 1, height)
        moving[:] = 0
        for i in range(top, bottom):
            for k in range(count[i]):
                if edges[4, i, k] > 0.0:
                    moving[column[i, k] + 1] = 1
        for x in range(width):
            moving[x + 1] += moving[x]
        begin[:] = 0
        end[:] = 0
        for x in range(width):
            before = np.float64(alpha[y, x])
            if before >= 1.0 or moving[min(x + window + 1, width)] == moving[max(x - window, 0)]:
                continue
            near, least, nearest = 0, 1e9, 0
            for i in range(top, bottom):
                place, here = column[i], count[i]
                start, stop = begin[i - top], end[i - top]
                while start < here and place[start] < x - window:
                    start += 1
                stop = max(start, stop)
                while stop < here and place[stop] <= x + window:
                    stop += 1
                begin[i - top], end[i - top] = start, stop
                for k in range(start, stop):
                    dy = y - i - edges[2, i, k]
                    dx = x - place[k] - edges[3, i, k]
                    apart[near] = dy * dy + dx * dx
                    row[near], number[near] = i, k
                    if apart[near] < least:
                        least, nearest = apart[near], near
                    near += 1
            if near == 0 or least > (window + 1.0) * (window + 1.0):
                continue
            v, u = edges[0, row[nearest], number[nearest]], edges[1, row[nearest], number[nearest]]
            least = math.sqrt(least)
            bound = (least + 4.0 * spread + 1e-6) ** 2
            total, distance, length, kept = 0.0, 0.0, 0.0, 0
            for n in range(near):
                if apart[n] > bound:
                    continue
                i, k = row[n], number[n]
                # What faces the other way is the other side of a thin stroke.
                facing = min(v * edges[0, i, k] + u * edges[1, i, k] + 0.5, 1.0)
                if facing <= 0.0:
                    continue
                away = math.sqrt(apart[n]) - least
                if away >= 4.0 * spread:
                    continue
                share = facing * math.exp(-away / spread)
                total += share
                dy = y - i - edges[2, i, k]
                dx = x - column[i, k] - edges[3, i, k]
                distance += share * (dy * edges[0, i, k] + dx * edges[1, i, k])
                length += share * edges[4, i, k]
                row[kept], number[kept], weight[kept] = i, k, share
                kept += 1
            edge = 0.5 - distance / total
            more = min(max(edge + length / total, 0.0), 1.0) - min(max(edge, 0.0), 1.0)
            if more <= 0.0:
                continue
            red, green, blue = 0.0, 0.0, 0.0
            for n in range(kept):
                i, j = row[n], column[row[n], number[n]]
                red += weight[n] * ink[0, i, j]
                green += weight[n] * ink[1, i, j]
                blue += weight[n] * ink[2, i, j]
            after = min(before + more, 1.0)
            share = (after - before) / (1.0 - before)
            cover[y, x] = after
            out[0, y, x] = image[0, y, x] + share * (red / total - image[0, y, x])
            out[1, y, x] = image[1, y, x] + share * (green / total - image[1, y, x])
            out[2, y, x] = image[2, y, x] + share * (blue / total - image[2, y, x])
