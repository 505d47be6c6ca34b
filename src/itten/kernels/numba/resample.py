"""Pieces read between pixels. What is returned is said in :mod:`itten.kernels.reference.resample`."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel


def sample_pieces(stack, labels, number, y, x):
    """See :func:`itten.kernels.reference.resample.sample_pieces`; ``stack`` float32."""
    out = np.zeros((len(stack), len(number)), np.float32)
    _sample(0, len(number), stack, labels, number, y, x, out)
    return out


@kernel(inner=True)
def _weights(t, out):
    """Catmull and Rom's four: of the pixels −1 … 2 for a place 0 ≤ t < 1 to the right of 0."""
    out[0] = ((-0.5 * t + 1.0) * t - 0.5) * t
    out[1] = (1.5 * t - 2.5) * t * t + 1.0
    out[2] = ((-1.5 * t + 2.0) * t + 0.5) * t
    out[3] = (0.5 * t - 0.5) * t * t


@kernel("i8 i8 f4[3] i8[2] i8[1] f8[1] f8[1] f4[2]", shared=True, fast=False)
def _sample(first, last, stack, labels, number, y, x, out):
    height, width = labels.shape
    channels = len(stack)
    down, along = np.empty(4), np.empty(4)
    total = np.empty(channels)
    for p in range(first, last):
        top, left = math.floor(y[p]), math.floor(x[p])
        _weights(y[p] - top, down)
        _weights(x[p] - left, along)
        total[:] = 0.0
        for i in range(4):
            row = top + i - 1
            if down[i] == 0.0 or row < 0 or row >= height:
                continue
            for j in range(4):
                column = left + j - 1
                if along[j] == 0.0 or column < 0 or column >= width or labels[row, column] != number[p]:
                    continue
                weight = down[i] * along[j]
                for c in range(channels):
                    total[c] += weight * stack[c, row, column]
        covered = total[channels - 1]
        if covered <= 0.0:
            continue
        scale = 1.0 / max(covered, 1.0)
        for c in range(channels):
            out[c, p] = total[c] * scale


def blend_points(image, place, colours, coverage):
    """See :func:`itten.kernels.reference.resample.blend_points`; all but ``place`` float32."""
    out = image.copy()
    _blend(place, colours, coverage, out.reshape(len(image), -1))
    return out


@kernel("i8[1] f4[2] f4[1] f4[2]", fast=False)
def _blend(place, colours, coverage, out):
    for i in range(len(place)):
        at = place[i]
        if at < out.shape[1]:
            for c in range(len(out)):
                out[c, at] += coverage[i] * (colours[c, i] - out[c, at])
