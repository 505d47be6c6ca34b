"""What a set of pixels is by itself, segments in parallel. Columns and formulas as in ``reference.shapes``."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.symmetric import symmetric_values
from itten.kernels.reference.shapes import (
    ANGULAR,
    COLUMNS,
    FINEST,
    HARMONICS,
    HULL,
    PARTS,
    RADIAL,
    RINGS,
    SECOND,
    SPREAD,
    STEP,
)

# The largest segments come first: consecutive numbers go to different threads.
STRIDE = 8
# The kernels take all constants as arguments: numba's cache does not see when another file's change.
LAYOUT = (HARMONICS, SECOND, RINGS, HULL)
GRID = (FINEST, STEP, PARTS)
# √(n! / (n + m)!)
NORMS = np.array(
    [[math.sqrt(math.factorial(n) / math.factorial(n + m)) for n in range(RADIAL)] for m in range(ANGULAR)]
)


def shape_numbers(pixels: np.ndarray, size: np.ndarray, width: int) -> np.ndarray:
    """``(S, COLUMNS)`` float64, see :func:`itten.kernels.reference.shapes.shape_numbers`."""
    out = np.zeros((len(size), COLUMNS))
    if len(size):
        start = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)])
        order = np.argsort(np.arange(len(size)) % STRIDE, kind="stable")
        _numbers(0, len(size), np.ascontiguousarray(pixels), start, order, width, NORMS, SPREAD, GRID, LAYOUT, out)
    return out


@kernel(shared=True)
def _numbers(first, last, pixels, start, order, width, norms, spread, grid, layout, out):
    for i in range(first, last):
        number = order[i]
        _one(pixels[start[number] : start[number + 1]], width, norms, spread, grid, layout, out[number])


@kernel
def _one(pixels, width, norms, spread, grid, layout, out):
    n = pixels.size
    y, x = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    top, left, right = pixels[0] // width, width, 0
    for i in range(n):
        column = pixels[i] % width
        left, right = min(left, column), max(right, column)
    for i in range(n):
        y[i] = pixels[i] // width - top
        x[i] = pixels[i] % width - left
    height, breadth = y[n - 1] + 1, right - left + 1
    harmonics, second, rings, hull = layout
    _own_values(y, x, height, breadth, grid, out[:harmonics])
    _sums(y, x, norms, spread, out[harmonics:second], out[second:rings], out[rings:hull])
    _hull(y, x, height, out[hull:])


@kernel
def _sums(y, x, norms, spread, waves, second, rings):
    angular, radial = norms.shape
    n = y.size
    sy, sx = 0, 0
    for i in range(n):
        sy += y[i]
        sx += x[i]
    uu, vv, uv = 0.0, 0.0, 0.0
    for i in range(n):
        v, u = (n * y[i] - sy) / n, (n * x[i] - sx) / n
        uu += u * u
        vv += v * v
        uv += u * v
    uu, vv, uv = uu / n + 1.0 / 12.0, vv / n + 1.0 / 12.0, uv / n
    second[0], second[1], second[2], second[3] = uu, vv, uv, n
    gyration = np.sqrt(uu + vv)
    total = np.zeros((angular, radial, 2))
    ring1, ring3, ring4 = 0.0, 0.0, 0.0
    for i in range(n):
        v, u = (n * y[i] - sy) / n / gyration, (n * x[i] - sx) / n / gyration
        r2 = u * u + v * v
        r = np.sqrt(r2)
        ring1 += r
        ring3 += r * r2
        ring4 += r2 * r2
        u *= spread
        v *= spread
        rho = r2 * (spread * spread)
        re, im = np.exp(-0.5 * rho), 0.0
        for m in range(angular):
            before, now = 0.0, 1.0
            for k in range(radial):
                total[m, k, 0] += now * re
                total[m, k, 1] += now * im
                before, now = now, ((2 * k + 1 + m - rho) * now - (k + m) * before) / (k + 1)
            re, im = re * u - im * v, re * v + im * u
    for m in range(angular):
        for k in range(radial):
            waves[m * radial + k] = norms[m, k] * total[m, k, 0] / n
            waves[(angular + m) * radial + k] = norms[m, k] * total[m, k, 1] / n
    rings[0], rings[1], rings[2] = ring1 / n, ring3 / n, ring4 / n


@kernel
def _own_values(y, x, height, width, grid, out):
    n = y.size
    number = np.full((height + 1) * (width + 1), -1, dtype=np.int32)
    pitch = width + 1
    for i in range(n):
        number[y[i] * pitch + x[i]] = i
    labels = np.empty(n, dtype=np.int32)
    count = _parts(y, x, height, width, grid, number, labels)

    mass, cy, cx = np.zeros(count), np.zeros(count), np.zeros(count)
    for i in range(n):
        p = labels[i]
        mass[p] += 1.0
        cy[p] += y[i]
        cx[p] += x[i]
    for p in range(count):
        cy[p] /= mass[p]
        cx[p] /= mass[p]
    matrix = np.zeros((count, count))
    for i in range(n):
        p = labels[i]
        for axis in range(2):
            j = number[(y[i] + 1 - axis) * pitch + x[i] + axis]
            if j >= 0 and labels[j] != p:
                q = labels[j]
                dy, dx = cy[q] - cy[p], cx[q] - cx[p]
                w = abs(dx if axis else dy) / (dy * dy + dx * dx)
                matrix[p, q] -= w
                matrix[q, p] -= w
                matrix[p, p] += w
                matrix[q, q] += w
    for p in range(count):
        for q in range(count):
            matrix[p, q] /= np.sqrt(mass[p] * mass[q])
    values = np.empty(count)
    symmetric_values(matrix, count, values, np.empty(count), np.empty(count))
    for i in range(out.size):
        out[i] = n * max(values[i + 1], 0.0) if i + 1 < count else 4.0 * np.pi * (i + 1)


@kernel
def _parts(y, x, height, width, grid, number, labels):
    """``labels`` ← the part of every pixel; returns how many there are."""
    n = y.size
    side, step, limit = grid
    pitch = width + 1
    while n > limit * side * side:
        side *= step
    row, column = np.empty(height, dtype=np.int32), np.empty(width, dtype=np.int32)
    parent = np.empty(n, dtype=np.int32)
    while True:
        _cells(row, side)
        _cells(column, side)
        for i in range(n):
            parent[i] = i
            if x[i] > 0 and column[x[i] - 1] == column[x[i]]:
                j = number[y[i] * pitch + x[i] - 1]
                if j >= 0:
                    _unite(parent, i, j)
            if y[i] > 0 and row[y[i] - 1] == row[y[i]]:
                j = number[(y[i] - 1) * pitch + x[i]]
                if j >= 0:
                    _unite(parent, i, j)
        count = 0
        for i in range(n):
            if parent[i] == i:
                labels[i] = count
                count += 1
            else:
                # Roots are the first pixels of their parts, so a parent's label is known.
                labels[i] = labels[parent[i]]
        if count <= limit:
            return count
        if side > max(height, width):
            labels[:] = 0
            return 1
        side *= step


@kernel
def _cells(cell, side):
    extent = cell.size
    for i in range(extent):
        twice = 2 * i - (extent - 1)
        k = int(np.floor(abs(twice) / (2.0 * side) + 0.5))
        cell[i] = k if twice > 0 else -k


@kernel(inline=True)
def _unite(parent, i, j):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    while parent[j] != j:
        parent[j] = parent[parent[j]]
        j = parent[j]
    if i < j:
        parent[j] = i
    elif j < i:
        parent[i] = j


@kernel
def _hull(y, x, height, out):
    """Area and perimeter of the hull: Andrew's chain over the rows' first and last corners."""
    first = np.full(height + 1, 1 << 30, dtype=np.int64)
    last = np.full(height + 1, -1, dtype=np.int64)
    for i in range(y.size):
        for below in range(2):
            first[y[i] + below] = min(first[y[i] + below], x[i])
            last[y[i] + below] = max(last[y[i] + below], x[i] + 1)
    py, px = np.empty(height + 1, dtype=np.int64), np.empty(height + 1, dtype=np.int64)
    twice, perimeter = 0, 0.0
    for end in range(2):
        sign = 1 if end else -1
        top = 0
        for row in range(height + 1):
            if last[row] < 0:
                continue
            c = last[row] if end else first[row]
            while top > 1:
                turn = (px[top - 1] - px[top - 2]) * (row - py[top - 2])
                turn -= (c - px[top - 2]) * (py[top - 1] - py[top - 2])
                if sign * turn > 0:
                    break
                top -= 1
            py[top], px[top] = row, c
            top += 1
        for i in range(top - 1):
            dy, dx = py[i + 1] - py[i], px[i + 1] - px[i]
            twice += sign * (px[i] + px[i + 1]) * dy
            perimeter += np.sqrt(float(dy * dy + dx * dx))
    out[0] = 0.5 * twice
    out[1] = perimeter + (last[0] - first[0]) + (last[height] - first[height])
