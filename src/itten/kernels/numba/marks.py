"""What stands out in a picture. What is returned is said in :mod:`itten.kernels.reference.marks`.

Numbers that are held against thresholds are rounded where the tensor formulas round them: both see the same marks.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.morphology import closed
from itten.kernels.reference.marks import BINS, BLOCKS, FIXED_POINT, LIGHT, NONE, PAPER, squares

# Floats of one sign are in the order of their bits; their median is found digit by digit, of so many bits each.
DIGIT = 11


def median_curvature(values):
    """See :func:`itten.kernels.reference.marks.median_curvature`; ``values`` float32."""
    height, width = values.shape
    if min(height, width) < 3:
        return np.zeros((), np.float32)
    mixed = np.empty((height - 2, width - 2), np.float32)
    _curvature(0, height - 2, values, mixed)
    known, rank = 0, (mixed.size - 1) // 2
    for shift in (2 * DIGIT, DIGIT, 0):
        below = np.cumsum(_digits(mixed.view(np.int32).reshape(-1), known, shift, DIGIT))
        digit = int(np.searchsorted(below, rank, side="right"))
        rank -= int(below[digit - 1]) if digit else 0
        known = known << DIGIT | digit
    return np.array(known, np.int32).view(np.float32)


@kernel("i8 i8 f4[2] f4[2]", shared=True, fast=False)
def _curvature(first, last, values, out):
    width = values.shape[1]
    two = np.float32(2.0)
    along = np.empty((3, width - 2), np.float32)
    for y in range(first, last):
        for i in range(3):
            row, line = values[y + i], along[i]
            left, middle, right = row[: width - 2], row[1 : width - 1], row[2:]
            for x in range(width - 2):
                line[x] = right[x] - two * middle[x] + left[x]
        above, here, below, line = along[0], along[1], along[2], out[y]
        for x in range(width - 2):
            line[x] = abs(below[x] - two * here[x] + above[x])


@kernel("i4[1] i8 i8 i8", fast=False)
def _digits(bits, known, shift, size):
    """How often each digit of ``size`` bits occurs above the last ``shift`` of ``bits``, where ``known`` is what stands
    before it."""
    count = np.zeros(1 << size, np.int64)
    mask = np.int64((1 << size) - 1)
    for i in range(len(bits)):
        value = np.int64(bits[i]) >> shift
        if value >> size == known:
            count[value & mask] += 1
    return count


def paper_value(values):
    """See :func:`itten.kernels.reference.marks.paper_value`; ``values`` float32."""
    count, total = np.zeros((len(values), BINS), np.int64), np.zeros((len(values), BINS), np.int64)
    _levels(0, len(values), values, FIXED_POINT, count, total)
    count, total = (np.pad(one.sum(axis=0), 1) for one in (count, total))
    count, total = (one[:-2] + one[1:-1] + one[2:] for one in (count, total))
    most = int(count.argmax())
    paper = np.float64(total[most]) / FIXED_POINT / max(int(count[most]), 1)
    return np.array(paper, np.float32), np.array(count[most] >= PAPER * values.size)


@kernel("i8 i8 f4[2] f8 i8[2] i8[2]", shared=True, fast=False)
def _levels(first, last, values, scale, count, total):
    bins = count.shape[1]
    for y in range(first, last):
        for x in range(values.shape[1]):
            level = min(int(values[y, x] * np.float32(bins)), bins - 1)
            count[y, level] += 1
            total[y, level] += int(np.rint(np.float64(values[y, x]) * scale))


def standing(values, reach):
    """See :func:`itten.kernels.reference.marks.standing`; ``values`` float32."""
    height, width = values.shape
    step, top, left = squares(height, width, 2 * reach)
    over, under = closed(values, reach), closed(-values, reach)
    rows, columns = (height + 2 * top) // step, (width + 2 * left) // step
    coarse = np.empty((rows, 2, columns))
    lighter, out = np.empty((rows, columns), np.uint8), np.empty_like(values)
    _blocks(0, rows, values, over, under, step, top, left, coarse)
    _lighter(0, rows, coarse, BLOCKS, LIGHT, NONE, lighter)
    _standing(0, height, values, over, under, step, top, left, lighter, out)
    return out


@kernel("i8 i8 f4[2] f4[2] f4[2] i8 i8 i8 f8[3]", shared=True, fast=False)
def _blocks(first, last, values, over, under, step, up, aside, coarse):
    """Of squares the mean that is dark and the mean that is light."""
    height, width = values.shape
    for i in range(first, last):
        coarse[i] = 0.0
        top, bottom = max(i * step - up, 0), min((i + 1) * step - up, height)
        for y in range(top, bottom):
            here, above, below = values[y], over[y], under[y]
            for j in range(coarse.shape[2]):
                dark, light = 0.0, 0.0
                for x in range(max(j * step - aside, 0), min((j + 1) * step - aside, width)):
                    dark += np.float64(above[x] - here[x])
                    light += np.float64(here[x] + below[x])
                coarse[i, 0, j] += dark
                coarse[i, 1, j] += light
        for j in range(coarse.shape[2]):
            area = (bottom - top) * (min((j + 1) * step - aside, width) - max(j * step - aside, 0))
            coarse[i, 0, j] /= area
            coarse[i, 1, j] /= area


@kernel("i8 i8 f8[3] i8 f8 f8 u1[2]", shared=True, fast=False)
def _lighter(first, last, coarse, blocks, light, none, out):
    """Whether light marks are meant, square by square: both means are over the same squares around."""
    rows, _, columns = coarse.shape
    down = np.empty((2, columns))
    for i in range(first, last):
        down[:] = 0.0
        for row in range(max(i - blocks, 0), min(i + blocks + 1, rows)):
            for kind in range(2):
                line, here = down[kind], coarse[row, kind]
                for j in range(columns):
                    line[j] += here[j]
        for j in range(columns):
            whole, share = 0.0, 0.0
            for k in range(max(j - blocks, 0), min(j + blocks + 1, columns)):
                whole += down[0, k]
                share += down[1, k]
            out[i, j] = share < light * whole and share > none * whole


@kernel("i8 i8 f4[2] f4[2] f4[2] i8 i8 i8 u1[2] f4[2]", shared=True, fast=False)
def _standing(first, last, values, over, under, step, up, aside, lighter, out):
    width = values.shape[1]
    for y in range(first, last):
        here, above, below, line = values[y], over[y], under[y], out[y]
        for j in range(lighter.shape[1]):
            left, right = max(j * step - aside, 0), min((j + 1) * step - aside, width)
            if lighter[(y + up) // step, j]:
                for x in range(left, right):
                    line[x] = here[x] + below[x]
            else:
                for x in range(left, right):
                    line[x] = above[x] - here[x]


def peaks(strength, floor, share, radius):
    """See :func:`itten.kernels.reference.marks.peaks`; ``strength`` and ``floor`` float32."""
    out = np.empty(strength.shape, np.bool_)
    _peaks(0, len(strength), strength, np.float64(floor), np.float64(share), radius, out)
    return out


@kernel("i8 i8 f4[2] f8 f8 i8 b1[2]", shared=True, fast=False)
def _peaks(first, last, strength, floor, share, radius, out):
    height, width = strength.shape
    least, part = np.float32(floor), np.float32(share)
    down, most = np.empty(width + 2 * radius, np.float32), np.empty(width, np.float32)
    down[:] = -np.inf
    inner = down[radius : radius + width]
    for y in range(first, last):
        inner[:] = strength[y]
        for i in range(max(y - radius, 0), min(y + radius + 1, height)):
            row = strength[i]
            for x in range(width):
                inner[x] = row[x] if row[x] > inner[x] else inner[x]
        most[:] = down[:width]
        for shift in range(1, 2 * radius + 1):
            moved = down[shift : shift + width]
            for x in range(width):
                most[x] = moved[x] if moved[x] > most[x] else most[x]
        row, found = strength[y], out[y]
        for x in range(width):
            found[x] = (row[x] > least) & (row[x] >= part * most[x])
