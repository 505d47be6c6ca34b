"""Lines of a phase, drawn at any size. What is returned is said in :mod:`itten.kernels.reference.stripes`."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel


def phase_rows(z, direction, frequency, guide, picture, softness, shape, first, last):
    """See :func:`itten.kernels.reference.stripes.phase_rows`; all float32."""
    out = np.empty((4, last - first, shape[1]), np.float32)
    soft = np.float32(1.0 / (softness * softness))
    wave = np.float32(frequency)
    _phase_rows(0, last - first, z, direction, wave, guide, picture, soft, shape[0], first, out)
    return out


@kernel(inner=True)
def _between(size, at):
    """The two samples around ``at``, and the second's share."""
    inside = min(max(at, 0.0), size - 1.0)
    first = min(int(inside), max(size - 2, 0))
    return first, min(first + 1, size - 1), np.float32(inside - first)


@kernel("i8 i8 f4[3] f4[3] f4 f4[3] f4[3] f4 i8 i8 f4[3]", shared=True)
def _phase_rows(first, last, z, direction, frequency, guide, picture, soft, tall, begin, out):
    height, width = z.shape[1:]
    colours, one = len(guide), np.float32(1.0)
    share = np.empty(4, np.float32)
    for i in range(first, last):
        y = (begin + i + 0.5) / tall * height - 0.5
        top = min(max(math.floor(y), 0), height - 2)
        down = np.float32(min(max(y - top, 0.0), 1.0))
        above, below, lower = _between(picture.shape[1], (begin + i + 0.5) / tall * picture.shape[1] - 0.5)
        for j in range(out.shape[2]):
            x = (j + 0.5) / out.shape[2] * width - 0.5
            left = min(max(math.floor(x), 0), width - 2)
            along = np.float32(min(max(x - left, 0.0), 1.0))
            before, after, right = _between(picture.shape[2], (j + 0.5) / out.shape[2] * picture.shape[2] - 0.5)
            share[:] = 0.0
            for c in range(colours):
                upper = picture[c, above, before] * (one - right) + picture[c, above, after] * right
                under = picture[c, below, before] * (one - right) + picture[c, below, after] * right
                colour = upper * (one - lower) + under * lower
                for k in range(4):
                    apart = guide[c, top + k // 2, left + k % 2] - colour
                    share[k] += apart * apart
            nearest = 0
            for k in range(4):
                apart = share[k] * soft
                near = (down if k // 2 else one - down) * (along if k % 2 else one - along)
                share[k] = near * (one / (one + apart * apart) + np.float32(1e-3)) / np.float32(1.001)
                if share[k] > share[nearest]:
                    nearest = k
            ahead_x = direction[0, top + nearest // 2, left + nearest % 2]
            ahead_y = direction[1, top + nearest // 2, left + nearest % 2]
            re = im = np.float32(0.0)
            for k in range(4):
                row, column = top + k // 2, left + k % 2
                u, v = direction[0, row, column], direction[1, row, column]
                angle = frequency * np.float32(u * (x - column) + v * (y - row))
                c, s = math.cos(angle), math.sin(angle)
                a, b = z[0, row, column], z[1, row, column]
                re += share[k] * (a * c - b * s)
                turned = share[k] * (a * s + b * c)
                im += turned if u * ahead_x + v * ahead_y >= 0 else -turned
            size = math.sqrt(re * re + im * im) + np.float32(1e-12)
            out[0, i, j], out[1, i, j], out[2, i, j], out[3, i, j] = re / size, im / size, ahead_x, ahead_y


def stripes(rows, coverage, shape, first, period):
    """See :func:`itten.kernels.reference.stripes.stripes`; ``rows`` and ``coverage`` float32."""
    out = np.empty(rows.shape[1:], np.float32)
    _stripes(0, len(out), rows, coverage, shape[0], first, np.float32(0.5 / period), out)
    return out


@kernel(inner=True)
def _inked(turn, duty):
    whole = math.floor(turn + np.float32(0.5))
    return whole * duty + min(max(turn - whole, np.float32(-0.5) * duty), np.float32(0.5) * duty)


@kernel("i8 i8 f4[3] f4[2] i8 i8 f4 f4[2]", shared=True)
def _stripes(first, last, rows, coverage, tall, begin, half, out):
    one, turn = np.float32(1.0), np.float32(0.5 / math.pi)
    for i in range(first, last):
        above, below, lower = _between(coverage.shape[0], (begin + i + 0.5) / tall * coverage.shape[0] - 0.5)
        for j in range(out.shape[1]):
            before, after, right = _between(coverage.shape[1], (j + 0.5) / out.shape[1] * coverage.shape[1] - 0.5)
            upper = coverage[above, before] * (one - right) + coverage[above, after] * right
            under = coverage[below, before] * (one - right) + coverage[below, after] * right
            duty = upper * (one - lower) + under * lower
            at = math.atan2(rows[1, i, j], rows[0, i, j]) * turn
            out[i, j] = (_inked(at + half, duty) - _inked(at - half, duty)) / (np.float32(2.0) * half)
