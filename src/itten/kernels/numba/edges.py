"""Edge weights and the products that need them, for whole images and for one tile at a time."""

from __future__ import annotations

import math

import numba
import numpy as np
from numba.extending import overload

from itten.kernels.numba.jit import kernel


def decay(x: float) -> float:
    """exp(x) for x ≤ 0."""
    return math.exp(x)


@overload(decay, inline="always")
def _decay_overload(x):  # pragma: no cover - runs inside the compiler
    if x != numba.float32:
        return lambda x: math.exp(x)

    # 2^n · 2^f with |f| ≤ 1/2, the second factor by its Taylor series (relative error below 2e-7): libm's
    # exp is a scalar call, this is arithmetic that the compiler puts into vector lanes.
    def single(x):
        t = max(x, np.float32(-87.0)) * np.float32(1.4426950408889634)
        n = np.int32(t - np.float32(0.5))
        f = (t - np.float32(n)) * np.float32(0.6931471805599453)
        p = np.float32(1.0 / 5040.0)
        p = p * f + np.float32(1.0 / 720.0)
        p = p * f + np.float32(1.0 / 120.0)
        p = p * f + np.float32(1.0 / 24.0)
        p = p * f + np.float32(1.0 / 6.0)
        p = p * f + np.float32(0.5)
        p = p * f + np.float32(1.0)
        p = p * f + np.float32(1.0)
        return p * np.int32((n + np.int32(127)) << np.int32(23)).view(np.float32)

    return single


@kernel(inner=True)
def weight_run(features, y, x0, x1, dy, dx, base, scale, out, start):
    """Weights of the edges (y, x) – (y + dy, x + dx) for x0 ≤ x < x1 into ``out[start:]``."""
    channels = features.shape[0]
    zero = features.dtype.type(0)
    n = x1 - x0
    if channels == 3:
        a0 = features[0, y]
        a1 = features[1, y]
        a2 = features[2, y]
        b0 = features[0, y + dy]
        b1 = features[1, y + dy]
        b2 = features[2, y + dy]
        for i in range(n):
            d0 = a0[x0 + i] - b0[x0 + i + dx]
            d1 = a1[x0 + i] - b1[x0 + i + dx]
            d2 = a2[x0 + i] - b2[x0 + i + dx]
            out[start + i] = base * decay(-scale * np.sqrt(d0 * d0 + d1 * d1 + d2 * d2))
    elif channels > 4:
        # Planes lie far apart: a row of one after the other.
        row = out[start : start + n]
        for i in range(n):
            row[i] = zero
        for c in range(channels):
            here = features[c, y, x0:x1]
            there = features[c, y + dy, x0 + dx : x1 + dx]
            for i in range(n):
                d = here[i] - there[i]
                row[i] += d * d
        for i in range(n):
            row[i] = base * decay(-scale * np.sqrt(row[i]))
    else:
        for i in range(n):
            square = zero
            for c in range(channels):
                d = features[c, y, x0 + i] - features[c, y + dy, x0 + i + dx]
                square += d * d
            out[start + i] = base * decay(-scale * np.sqrt(square))


def edge_weights(features, offsets, weights, scale):
    """``(m, H, W)``: the weight of every pixel's edge along every offset, 0 where it leaves the image."""
    _, height, width = features.shape
    out = np.zeros((len(weights), height, width), features.dtype)
    _weights(0, height, features, offsets, weights, scale, out)
    return out


@kernel(shared=True)
def _weights(first, last, features, offsets, weights, scale, out):
    _, height, width = features.shape
    m = len(weights)
    for y in range(first, last):
        for j in range(m):
            dy = offsets[j, 0]
            dx = offsets[j, 1]
            if y + dy < height:
                x0 = max(0, -dx)
                x1 = min(width, width - dx)
                if x1 > x0:
                    weight_run(features, y, x0, x1, dy, dx, weights[j], scale, out[j, y], x0)


def laplacian_apply(features, offsets, weights, scale, vectors, cut=0.0):
    """L of the whole image times ``vectors`` ``(k, H, W)``, weights made on the fly, never stored; those no heavier
    than ``cut`` count as 0.

    Every row gathers from both ends of its edges, so that no two rows write to the same place.
    """
    out = np.zeros(vectors.shape, vectors.dtype)
    _apply(0, features.shape[1], features, offsets, weights, scale, vectors, features.dtype.type(cut), out)
    return out


@kernel("i8 i8 f8[3] i8[2]r f8[1]r f8 f8[3] f8 f8[3]", shared=True)
def _apply(first, last, features, offsets, weights, scale, vectors, cut, out):
    _, height, width = features.shape
    k = vectors.shape[0]
    m = len(weights)
    for y in range(first, last):
        run = np.empty(width, features.dtype)
        for j in range(2 * m):
            sign = 1 if j < m else -1
            dy = sign * offsets[j % m, 0]
            dx = sign * offsets[j % m, 1]
            x0 = max(0, -dx)
            x1 = min(width, width - dx)
            if 0 <= y + dy < height and x1 > x0:
                weight_run(features, y, x0, x1, dy, dx, weights[j % m], scale, run, 0)
                if cut > 0:
                    for i in range(x1 - x0):
                        run[i] = run[i] if run[i] > cut else features.dtype.type(0)
                for q in range(k):
                    here = vectors[q, y]
                    there = vectors[q, y + dy]
                    row = out[q, y]
                    for i in range(x1 - x0):
                        row[x0 + i] += run[i] * (here[x0 + i] - there[x0 + i + dx])
