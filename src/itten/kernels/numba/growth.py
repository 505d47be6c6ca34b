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


def grow_ink(image, alpha, ink, limit, radius):
    """See :func:`itten.kernels.reference.growth.grow_ink`; all arrays float32."""
    height = len(alpha)
    edges = np.zeros((4, *alpha.shape), np.float32)
    reach = np.zeros(alpha.shape, np.float32)
    out, cover = image.copy(), alpha.copy()
    _edges(0, height, alpha, limit, (*looked(float(radius)), *NUMBERS), np.float64(radius), BESIDE, edges)
    _smoothed(0, height, edges[3], reach)
    most = float(reach.max(initial=0.0))
    if most > 0.0:
        _grow_rows(0, height, image, alpha, ink, edges, reach, int(most) + WINDOW, SPREAD, out, cover)
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
def _normal(alpha, y, x):
    """Down the slope of α, blurred: out of the ink. Both 0 where it has no slope."""
    height, width = alpha.shape
    dy, dx = 0.0, 0.0
    for i in range(-2, 3):
        for j in range(-2, 3):
            weight = math.exp(-0.5 * (i * i + j * j))
            value = weight * alpha[min(max(y + i, 0), height - 1), min(max(x + j, 0), width - 1)]
            dy -= i * value
            dx -= j * value
    length = math.sqrt(dy * dy + dx * dx)
    if length < 1e-3:
        return 0.0, 0.0
    return dy / length, dx / length


@kernel(inner=True)
def _beside(alpha, y, x):
    """Whether ink ends around here."""
    height, width = alpha.shape
    least, most = 1.0, 0.0
    for i in range(max(y - 1, 0), min(y + 2, height)):
        for j in range(max(x - 1, 0), min(x + 2, width)):
            least, most = min(least, alpha[i, j]), max(most, alpha[i, j])
    return least < 1.0 and most - least > 0.1


@kernel("i8 i8 f4[2] f4[2] (f8,f8,f8,f8,f8,f8,f8,f8) f8 f8 f4[3]", shared=True, fast=False)
def _edges(first, last, alpha, limit, numbers, most, beside, edges):
    """For every pixel the direction out of the ink, how far in it the ink ends, and how far that may move; −1 for the
    last where there is no edge."""
    across, far, step, closing, least, core, faint, thin = numbers
    for y in range(first, last):
        for x in range(alpha.shape[1]):
            edges[3, y, x] = -1.0
            if not _beside(alpha, y, x):
                continue
            dy, dx = _normal(alpha, y, x)
            if dy == 0.0 and dx == 0.0:
                continue
            here = np.float64(alpha[y, x])
            # Outwards to where the ink has ended, then on to the next.
            ends, moment, value, t = 0.0, 0.0, here, 0.0
            while t < 2.0:
                after = _at(alpha, y + (t + step) * dy, x + (t + step) * dx)
                if after > value:
                    break
                ends += 0.5 * step * (value + after)
                moment += 0.5 * step * (value * t + after * (t + step))
                value = after
                t += step
            gap, outer = t - ends, t
            while outer < far and value < 0.5:
                value = _at(alpha, y + (outer + step) * dy, x + (outer + step) * dx)
                gap += step * (1.0 - value)
                outer += step
            # Inwards to where all is ink, then on to the other side.
            lacks, value, inner = 0.0, here, 0.0
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
            broad, best = ends + inner - lacks, value
            while inner < across:
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
            edges[0, y, x], edges[1, y, x], edges[2, y, x] = dy, dx, end
            wanted = min(most, limit[y, x] * broad)
            if inner >= across:  # an area, no stroke
                wanted = 0.0
            if outer < far:
                gap += ends - end
                wanted = min(wanted, closing * gap, 0.5 * (gap - least))
            edges[3, y, x] = max(wanted, 0.0)


@kernel("i8 i8 f4[2] f4[2]", shared=True, fast=False)
def _smoothed(first, last, reach, out):
    """Means along the edges, so that a reach does not jump from pixel to pixel."""
    height, width = reach.shape
    for y in range(first, last):
        for x in range(width):
            out[y, x] = -1.0
            if reach[y, x] < 0.0:
                continue
            total, count = 0.0, 0.0
            for i in range(max(y - 2, 0), min(y + 3, height)):
                for j in range(max(x - 2, 0), min(x + 3, width)):
                    if reach[i, j] >= 0.0:
                        total += reach[i, j]
                        count += 1.0
            out[y, x] = total / count


@kernel("i8 i8 f4[3] f4[2] f4[3] f4[3] f4[2] i8 f8 f4[3] f4[2]", shared=True, fast=False)
def _grow_rows(first, last, image, alpha, ink, edges, reach, window, spread, out, cover):
    height, width = alpha.shape
    # How many columns before one have an edge that may move, in the rows around: most pixels have none near.
    moving = np.zeros(width + 1, np.int64)
    for y in range(first, last):
        for x in range(width):
            found = 0
            for i in range(max(y - window, 0), min(y + window + 1, height)):
                if reach[i, x] > 0.0:
                    found = 1
            moving[x + 1] = moving[x] + found
        for x in range(width):
            before = np.float64(alpha[y, x])
            if before >= 1.0 or moving[min(x + window + 1, width)] == moving[max(x - window, 0)]:
                continue
            nearest, top, left = 1e9, max(y - window, 0), max(x - window, 0)
            v, u = np.float32(0.0), np.float32(0.0)
            bottom, right = min(y + window + 1, height), min(x + window + 1, width)
            for i in range(top, bottom):
                for j in range(left, right):
                    if reach[i, j] >= 0.0:
                        dy = y - i - edges[2, i, j] * edges[0, i, j]
                        dx = x - j - edges[2, i, j] * edges[1, i, j]
                        if dy * dy + dx * dx < nearest:
                            nearest = dy * dy + dx * dx
                            v, u = edges[0, i, j], edges[1, i, j]
            if nearest > (window + 1.0) * (window + 1.0):
                continue
            nearest = math.sqrt(nearest)
            total, distance, length = 0.0, 0.0, 0.0
            red, green, blue = 0.0, 0.0, 0.0
            for i in range(top, bottom):
                for j in range(left, right):
                    if reach[i, j] < 0.0:
                        continue
                    # What faces the other way is the other side of a thin stroke.
                    facing = min(v * edges[0, i, j] + u * edges[1, i, j] + 0.5, 1.0)
                    if facing <= 0.0:
                        continue
                    dy = y - i - edges[2, i, j] * edges[0, i, j]
                    dx = x - j - edges[2, i, j] * edges[1, i, j]
                    apart = math.sqrt(dy * dy + dx * dx) - nearest
                    if apart < 4.0 * spread:
                        weight = facing * math.exp(-apart / spread)
                        total += weight
                        distance += weight * (dy * edges[0, i, j] + dx * edges[1, i, j])
                        length += weight * reach[i, j]
                        red += weight * ink[0, i, j]
                        green += weight * ink[1, i, j]
                        blue += weight * ink[2, i, j]
            edge = 0.5 - distance / total
            more = min(max(edge + length / total, 0.0), 1.0) - min(max(edge, 0.0), 1.0)
            if more <= 0.0:
                continue
            after = min(before + more, 1.0)
            share = (after - before) / (1.0 - before)
            cover[y, x] = after
            out[0, y, x] = image[0, y, x] + share * (red / total - image[0, y, x])
            out[1, y, x] = image[1, y, x] + share * (green / total - image[1, y, x])
            out[2, y, x] = image[2, y, x] + share * (blue / total - image[2, y, x])
