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
    along, most = np.empty_like(strength), np.empty_like(strength)
    place, index = np.empty(strength.shape, np.int64), np.empty(strength.shape, np.int64)
    _along(0, len(strength), strength, radius, along, place)
    _down(0, len(strength), along, place, radius, most, index)
    return most, index


@kernel("i8 i8 f4[2] i8 f4[2] i8[2]", shared=True, fast=False)
def _along(first, last, strength, radius, most, index):
    width = strength.shape[1]
    for y in range(first, last):
        row, best, place = strength[y], most[y], index[y]
        for x in range(width):
            best[x], place[x] = row[x], y * width + x
        for step in range(1, min(radius, width - 1) + 1):
            for x in range(width - step):
                more = row[x + step] > best[x]
                best[x] = row[x + step] if more else best[x]
                place[x] = y * width + x + step if more else place[x]
            for x in range(step, width):
                more = row[x - step] > best[x]
                best[x] = row[x - step] if more else best[x]
                place[x] = y * width + x - step if more else place[x]


@kernel("i8 i8 f4[2] i8[2] i8 f4[2] i8[2]", shared=True, fast=False)
def _down(first, last, along, place, radius, most, index):
    height, width = along.shape
    for y in range(first, last):
        best, own = most[y], index[y]
        best[:] = along[y]
        own[:] = place[y]
        for step in range(1, radius + 1):
            for i in (y + step, y - step):
                if 0 <= i < height:
                    other, there = along[i], place[i]
                    for x in range(width):
                        more = other[x] > best[x]
                        best[x] = other[x] if more else best[x]
                        own[x] = there[x] if more else own[x]


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
    most, index = strongest(strength, CORE)
    alpha, ink, layer = np.zeros_like(strength), image.copy(), np.zeros_like(image)
    edge = grown(~content, 1)
    _cover(0, height, image, paper, near, edge, most, index, (LEAST, 1 - LEAST, FAINT * FAINT), alpha, ink, layer)
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
    "i8 i8 f4[3] f4[3] u1[2] b1[2] f4[2] i8[2] (f8,f8,f8) f4[2] f4[3] f4[3]", shared=True, fast=False
)  # fmt: skip
def _cover(first, last, image, paper, near, edge, most, index, numbers, alpha, ink, layer):
    width = alpha.shape[1]
    none, whole = np.float32(0.0), np.float32(1.0)
    least, full, faint = np.float32(numbers[0]), np.float32(numbers[1]), np.float32(numbers[2])
    for y in range(first, last):
        for x in range(width):
            if not near[y, x]:
                continue
            i, j = index[y, x] // width, index[y, x] % width
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
