"""Heads that look at every pixel of a picture, each in one sweep over rows. What they return is said in
:mod:`itten.kernels.reference.fields`.

Sums stand in the order of the heads' tensor formulas and multiply-adds are not fused: both give the same numbers, but
for the last bit of torch's square roots. Rows ``first`` to ``last`` are written, and they depend on nothing but the
input: rows may be shared out at will.
"""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel

# As in the head: how far a colour is fetched from, in pixels, and the least values of mask and fill threshold.
STEP = 1.2
LEAST_FILL = 0.2
LEAST_MASK = 0.05


def busyness(field, window):
    """See :func:`itten.kernels.reference.fields.busyness`; ``field`` ``(H, W)`` float32."""
    out = np.empty(field.shape, np.float64)
    _busy_rows(0, len(field), field, window, out)
    return out


@kernel(fast=False)
def _busy_rows(first, last, field, window, out):
    height, width = field.shape
    half = window // 2
    area = float(window * window)
    # Box sums down the columns, of values and squares, and Sobel's two vertical masks, all with edges repeated.
    total, square = np.empty(width + 2 * half), np.empty(width + 2 * half)
    down, smooth = np.empty(width + 2), np.empty(width + 2)
    mean, other = np.empty(width), np.empty(width)
    for y in range(first, last):
        inner, inner2 = total[half : half + width], square[half : half + width]
        row = field[max(y - half, 0)]
        for x in range(width):
            v = np.float64(row[x])
            inner[x] = v
            inner2[x] = v * v
        for d in range(1 - half, half + 1):
            row = field[min(max(y + d, 0), height - 1)]
            for x in range(width):
                v = np.float64(row[x])
                inner[x] += v
                inner2[x] += v * v
        for x in range(half):
            total[x] = inner[0]
            square[x] = inner2[0]
            total[half + width + x] = inner[width - 1]
            square[half + width + x] = inner2[width - 1]
        for x in range(width):
            mean[x] = total[x]
            other[x] = square[x]
        for shift in range(1, window):
            moved, moved2 = total[shift : shift + width], square[shift : shift + width]
            for x in range(width):
                mean[x] += moved[x]
                other[x] += moved2[x]
        above, here, below = field[max(y - 1, 0)], field[y], field[min(y + 1, height - 1)]
        inner, inner2 = down[1 : 1 + width], smooth[1 : 1 + width]
        for x in range(width):
            a, b = np.float64(above[x]), np.float64(below[x])
            inner[x] = b - a
            inner2[x] = a + 2.0 * np.float64(here[x]) + b
        down[0], smooth[0] = down[1], smooth[1]
        down[width + 1], smooth[width + 1] = down[width], smooth[width]
        line = out[y]
        middle, right, ahead = down[1 : 1 + width], down[2 : 2 + width], smooth[2 : 2 + width]
        for x in range(width):
            dy = (down[x] + 2.0 * middle[x] + right[x]) / 8.0
            dx = (ahead[x] - smooth[x]) / 8.0
            m = mean[x] / area
            line[x] = math.sqrt(dy * dy + dx * dx) + math.sqrt(max(other[x] / area - m * m, 0.0))


def thicken(
    image, gate, contour, complexity, effect, modulation, sigma_ratio, fill_threshold, radius, rotation
):  # fmt: skip
    """See :func:`itten.kernels.reference.fields.thicken`; ``image`` ``(C, H, W)`` and the other maps float32."""
    sigma = radius * sigma_ratio
    taps = np.array([math.exp(-0.5 * (i / sigma) ** 2) for i in range(-radius, radius + 1)])
    edge = max(fill_threshold, LEAST_FILL)
    numbers = np.array([effect, modulation, edge, math.sin(rotation), math.cos(rotation)])
    out = image.copy()
    _thicken_rows(0, len(gate), image, gate, contour, complexity, taps, numbers, out)
    return out


@kernel(fast=False)
def _thicken_rows(first, last, image, gate, contour, complexity, taps, numbers, out):
    height, width = gate.shape
    radius = len(taps) // 2
    effect, modulation, edge, sine, cosine = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    # The spread is wanted one row beyond those written, the mask a radius beyond that.
    top, end = max(first - 1, 0), min(last + 1, height)
    begin, stop = max(top - radius, 0), min(end + radius, height)
    mask = np.zeros((stop - begin, width))
    spread = np.zeros((end - top, width))
    columns = np.zeros(width + 2 * radius)
    inner = columns[radius : radius + width]
    for y in range(begin, stop):
        line, high, ink, busy = mask[y - begin], gate[y], contour[y], complexity[y]
        for x in range(width):
            if ink[x] and high[x] > 0.5:
                line[x] = max(1.0 - modulation * np.float64(busy[x]), LEAST_MASK)
    for y in range(top, end):
        for x in range(width):
            inner[x] = 0.0
        for k in range(len(taps)):
            row = y + k - radius
            if 0 <= row < height:
                line, tap = mask[row - begin], taps[k]
                for x in range(width):
                    inner[x] += tap * line[x]
        line = spread[y - top]
        for k in range(len(taps)):
            moved, tap = columns[k : k + width], taps[k]
            for x in range(width):
                line[x] += tap * moved[x]
        for x in range(width):
            line[x] *= effect
    for y in range(first, last):
        above, here, below = spread[max(y - 1, 0) - top], spread[y - top], spread[min(y + 1, height - 1) - top]
        for x in range(width):
            if contour[y, x] or not here[x] > edge:
                continue
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            dy = ((below[left] - above[left]) + 2.0 * (below[x] - above[x]) + (below[right] - above[right])) / 8.0
            before = above[left] + 2.0 * here[left] + below[left]
            dx = ((above[right] + 2.0 * here[right] + below[right]) - before) / 8.0
            length = math.sqrt(dy * dy + dx * dx)
            step = STEP / length if length > 0.0 else 0.0
            v = math.floor(y + step * (sine * dx + cosine * dy) + 0.5)
            u = math.floor(x + step * (cosine * dx - sine * dy) + 0.5)
            v, u = min(max(v, 0), height - 1), min(max(u, 0), width - 1)
            for c in range(len(image)):
                out[c, y, x] = image[c, v, u]
