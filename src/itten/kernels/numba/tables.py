"""Segments and points in one sweep each. What is returned is said in :mod:`itten.kernels.reference.sums` and
:mod:`itten.kernels.reference.scatter`."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel

FIXED_POINT = float(1 << 30)


def segment_pixels(labels, names, size):
    """See :func:`itten.kernels.reference.sums.segment_pixels`."""
    flat = labels.reshape(-1)
    rank = np.full(flat.size + 1, -1, np.int32)
    rank[names] = np.arange(len(names), dtype=np.int32)
    end = np.cumsum(size)
    pixels = np.empty(int(end[-1]) if len(end) else 0, np.int64)
    _sort_pixels(flat, rank, end - size, pixels)
    return pixels, np.repeat(np.arange(len(names)), size)


@kernel(fast=False)
def _sort_pixels(flat, rank, place, pixels):
    for at in range(len(flat)):
        if flat[at] > 0:
            mine = rank[flat[at]]
            if mine >= 0:
                pixels[place[mine]] = at
                place[mine] += 1


def segment_sums(pixels, owner, field, count):
    """See :func:`itten.kernels.reference.sums.segment_sums`; ``field`` float32."""
    size, total = np.zeros(count, np.int64), np.zeros((count, 2), np.int64)
    box = np.tile(np.array([field.size, field.size, -1, -1]), (count, 1))
    mean, deviation = np.zeros(count), np.zeros(count)
    _sums(pixels, owner, field, size, total, box, mean, deviation)
    return size, total, box, mean, deviation


@kernel(fast=False)
def _sums(pixels, owner, field, size, total, box, mean, deviation):
    width = field.shape[1]
    whole = np.zeros(len(size), np.int64)
    for i in range(len(pixels)):
        n = owner[i]
        if n < 0:
            continue
        y, x = pixels[i] // width, pixels[i] % width
        size[n] += 1
        total[n, 0] += y
        total[n, 1] += x
        box[n, 0], box[n, 1] = min(box[n, 0], y), min(box[n, 1], x)
        box[n, 2], box[n, 3] = max(box[n, 2], y), max(box[n, 3], x)
        whole[n] += np.int64(np.rint(np.float64(field[y, x]) * FIXED_POINT))
    for n in range(len(size)):
        mean[n] = np.float64(whole[n]) / FIXED_POINT / size[n]
        whole[n] = 0
    for i in range(len(pixels)):
        n = owner[i]
        if n >= 0:
            y, x = pixels[i] // width, pixels[i] % width
            apart = np.float64(field[y, x]) - mean[n]
            whole[n] += np.int64(np.rint(apart * apart * FIXED_POINT))
    for n in range(len(size)):
        deviation[n] = math.sqrt(np.float64(whole[n]) / FIXED_POINT / size[n])


def scatter_last(image, place, colours):
    """See :func:`itten.kernels.reference.scatter.scatter_last`; ``image`` and ``colours`` float32. Place H · W is
    nowhere."""
    out = image.copy()
    winner = np.full(image[0].size, -1, np.int64)
    _paint(place, colours, out.reshape(len(image), -1), winner)
    return out, winner


@kernel(fast=False)
def _paint(place, colours, out, winner):
    for i in range(len(place)):
        at = place[i]
        if at < len(winner):
            winner[at] = i
            for c in range(len(out)):
                out[c, at] = colours[c, i]
