"""Ink over paper. What is returned is said in :mod:`itten.kernels.reference.ink`.

Only pixels near content are looked at closely. Every number is rounded where the tensor formulas round it, so that both
find the same pixels covered.
"""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.morphology import grown
from itten.kernels.numba.paper import fill
from itten.kernels.reference.ink import AROUND, CORE, FAINT, FRINGE, LEAST


def strongest(strength, radius):
    """See :func:`itten.kernels.reference.ink.strongest`; ``strength`` float32."""
    most, offset = _strongest(strength, radius)
    return most, offset + np.arange(strength.size).reshape(strength.shape)


def _strongest(strength, radius):
    """The same with raster offsets, 32 bits as the values have: vector code wants both of one size."""
    along, most = np.empty_like(strength), np.empty_like(strength)
    place, offset = np.empty(strength.shape, np.int32), np.empty(strength.shape, np.int32)
    _along(0, len(strength), strength, radius, along, place)
    _down(0, len(strength), along, place, radius, most, offset)
    return most, offset


@kernel("i8 i8 f4[2] i8 f4[2] i4[2]", shared=True, fast=False)
def _along(first, last, strength, radius, most, offset):
    width = strength.shape[1]
    for y in range(first, last):
        row, best, place = strength[y], most[y], offset[y]
        best[:] = row
        place[:] = 0
        for step in range(1, min(radius, width - 1) + 1):
            ahead, back = np.int32(step), np.int32(-step)
            for x in range(width - step):
                other = row[x + step]
                place[x] = ahead if other > best[x] else place[x]
                best[x] = other if other > best[x] else best[x]
            for x in range(step, width):
                other = row[x - step]
                place[x] = back if other > best[x] else place[x]
                best[x] = other if other > best[x] else best[x]


@kernel("i8 i8 f4[2] i4[2] i8 f4[2] i4[2]", shared=True, fast=False)
def _down(first, last, along, place, radius, most, offset):
    height, width = along.shape
    for y in range(first, last):
        best, own = most[y], offset[y]
        best[:] = along[y]
        own[:] = place[y]
        for step in range(1, radius + 1):
            for i in (y + step, y - step):
                if 0 <= i < height:
                    row, there, far = along[i], place[i], np.int32((i - y) * width)
                    for x in range(width):
                        own[x] = there[x] + far if row[x] > best[x] else own[x]
                        best[x] = row[x] if row[x] > best[x] else best[x]


def filled(values, weight):
    """See :func:`itten.kernels.reference.ink.filled`; all float32."""
    return fill(values, weight, np.ones(weight.shape, np.uint8))


def bare_paper(content):
    """See :func:`itten.kernels.reference.ink.bare_paper`."""
    bare = ~grown(content, FRINGE)
    for closer in (~grown(content, 1), ~content):
        bare |= closer & ~grown(bare, AROUND)
    return bare


def ink_over_paper(image, content):
    """See :func:`itten.kernels.reference.ink.ink_over_paper`; ``image`` float32."""
    height = len(content)
    near = grown(content, FRINGE).view(np.uint8)
    paper = fill(image, bare_paper(content).astype(np.float32), near)
    strength = np.zeros(content.shape, np.float32)
    _strength(0, height, image, paper, content, strength)
    most, offset = _strongest(strength, CORE)
    alpha, ink, layer = np.zeros_like(strength), image.copy(), np.zeros_like(image)
    edge = grown(~content, 1)
    _cover(0, height, image, paper, near, edge, most, offset, (LEAST, 1 - LEAST, FAINT * FAINT), alpha, ink, layer)
    return alpha, ink, layer


@kernel("i8 i8 f4[3] f4[3] b1[2] f4[2]", shared=True, fast=False)
def _strength(first, last, image, paper, content, out):
    for y in range(first, last):
        for x in range(content.shape[1]):
            if content[y, x]:
                red, green = image[0, y, x] - paper[0, y, x], image[1, y, x] - paper[1, y, x]
                blue = image[2, y, x] - paper[2, y, x]
                out[y, x] = (red * red + green * green) + blue * blue


@kernel(
    "i8 i8 f4[3] f4[3] u1[2] b1[2] f4[2] i4[2] (f8,f8,f8) f4[2] f4[3] f4[3]", shared=True, fast=False
)  # fmt: skip
def _cover(first, last, image, paper, near, edge, most, offset, numbers, alpha, ink, layer):
    width = alpha.shape[1]
    none, whole = np.float32(0.0), np.float32(1.0)
    least, full, faint = np.float32(numbers[0]), np.float32(numbers[1]), np.float32(numbers[2])
    for y in range(first, last):
        for x in range(width):
            if not near[y, x]:
                continue
            at = y * width + x + offset[y, x]
            i, j = at // width, at % width
            above, below = none, none
            for c in range(3):
                ink[c, y, x] = image[c, i, j]
                away = ink[c, y, x] - paper[c, y, x] if most[y, x] > faint else none
                above += (image[c, y, x] - paper[c, y, x]) * away
                below += away * away
            share = above / max(below, faint)
            if share < least:
                share = none
            elif share > full:
                share = whole
            if not edge[y, x]:
                share = whole
            alpha[y, x] = share
            if share > none:
                for c in range(3):
                    layer[c, y, x] = image[c, y, x] - (whole - share) * paper[c, y, x]


def with_fringes(labels, fringe):
    """See :func:`itten.kernels.reference.ink.with_fringes`."""
    for _ in range(FRINGE):
        out = labels.copy()
        _fringe(0, len(labels), labels, fringe, out)
        labels = out
    return labels


@kernel("i8 i8 i8[2] b1[2] i8[2]", shared=True, fast=False)
def _fringe(first, last, labels, fringe, out):
    height, width = labels.shape
    for y in range(first, last):
        for x in range(width):
            if fringe[y, x] and labels[y, x] == 0:
                for i in range(max(y - 1, 0), min(y + 2, height)):
                    for j in range(max(x - 1, 0), min(x + 2, width)):
                        out[y, x] = max(out[y, x], labels[i, j])
