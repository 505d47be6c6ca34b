"""Lines of a phase, drawn at any size: plain formulas in float64. What a phase is, :mod:`itten.kernels.reference.phase`
says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# What a pixel of another colour still counts.
LEAST = 1e-3


def between(values: Array, y: float, x: float) -> Array:
    """``values`` ``(C, H, W)`` at (y, x), bilinear, the outermost ones beyond the border."""
    height, width = values.shape[1:]
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    top, left = min(int(y), max(height - 2, 0)), min(int(x), max(width - 2, 0))
    low, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper = values[:, top, left] * (1 - x + left) + values[:, top, right] * (x - left)
    lower = values[:, low, left] * (1 - x + left) + values[:, low, right] * (x - left)
    return upper * (1 - y + top) + lower * (y - top)


def phase_rows(
    z: Array,
    direction: Array,
    frequency: float,
    guide: Array,
    picture: Array,
    softness: float,
    shape: tuple[int, int],
    first: int,
    last: int,
) -> Array:
    """The phase at the centres of the pixels in rows ``first … last`` of a drawing of ``shape`` (height, width) over
    the whole grid: ``(4, last - first, width)`` float32, real and imaginary part, unit length, and the direction (x, y)
    that they are told for.

    As :func:`~itten.kernels.reference.phase.phase_at`, where a pixel of the grid counts the less the more its colour in
    ``guide`` ``(C, H, W)`` differs from that of the ``picture`` ``(C, h, w)`` there, so that lines break where things
    end and not somewhere in between: 1 / (1 + (d² / softness²)²) + 0.001, divided by 1.001.
    """
    height, width = z.shape[1:]
    out = np.zeros((4, last - first, shape[1]), np.float32)
    for row in range(first, last):
        y = (row + 0.5) / shape[0] * height - 0.5
        for column in range(shape[1]):
            x = (column + 0.5) / shape[1] * width - 0.5
            at = (row + 0.5) / shape[0] * picture.shape[1] - 0.5, (column + 0.5) / shape[1] * picture.shape[2] - 0.5
            colour = between(picture.astype(np.float64), *at)
            top, left = min(max(math.floor(y), 0), height - 2), min(max(math.floor(x), 0), width - 2)
            down, along = min(max(y - top, 0.0), 1.0), min(max(x - left, 0.0), 1.0)
            share = np.outer((1 - down, down), (1 - along, along))
            apart = np.square(guide[:, top : top + 2, left : left + 2] - colour[:, None, None]).sum(0) / softness**2
            share = share * (1 / (1 + apart**2) + LEAST) / (1 + LEAST)
            nearest = np.unravel_index(share.argmax(), share.shape)
            ahead = direction[:, top + nearest[0], left + nearest[1]].astype(np.float64)
            total = 0j
            for i in range(2):
                for j in range(2):
                    own = direction[:, top + i, left + j].astype(np.float64)
                    angle = frequency * (own @ (x - left - j, y - top - i))
                    wave = complex(*z[:, top + i, left + j]) * np.exp(1j * angle)
                    total += share[i, j] * (wave if own @ ahead >= 0 else wave.conjugate())
            total /= abs(total) + 1e-12
            out[:, row - first, column] = total.real, total.imag, *ahead
    return out


def stripes(rows: Array, coverage: Array, shape: tuple[int, int], first: int, period: float) -> Array:
    """How much of every pixel is ink, ``(n, width)`` in [0, 1], for the ``rows`` that :func:`phase_rows` gave: lines
    along θ = 0, ``period`` pixels from one another, each as wide as ``coverage`` ``(h, w)``, the share of the paper
    that is to be covered there, asks for.

    A pixel is as wide as it is: the mean over it of what is ink, as if lines were straight and evenly spaced. So thin
    lines are as pale as they are thin, and neither drop out nor grow.
    """
    turns = np.arctan2(rows[1].astype(np.float64), rows[0]) / (2 * math.pi)
    half, out = 0.5 / period, np.zeros(turns.shape)
    wide = coverage[None].astype(np.float64)
    for i in range(turns.shape[0]):
        y = (first + i + 0.5) / shape[0] * coverage.shape[0] - 0.5
        for j in range(turns.shape[1]):
            x = (j + 0.5) / shape[1] * coverage.shape[1] - 0.5
            duty = float(between(wide, y, x)[0])
            out[i, j] = (inked(turns[i, j] + half, duty) - inked(turns[i, j] - half, duty)) / (2 * half)
    return out


def inked(turn: float, duty: float) -> float:
    """How much of 0 … ``turn``, in periods, is ink, where a share ``duty`` of each is, around whole numbers."""
    whole = math.floor(turn + 0.5)
    return whole * duty + min(max(turn - whole, -duty / 2), duty / 2)
