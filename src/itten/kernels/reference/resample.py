"""Pieces read between pixels and laid over a picture, plainly and in float64."""

from __future__ import annotations

import numpy as np


def catmull_rom(t: np.ndarray) -> np.ndarray:
    """The kernel of Catmull and Rom at distances ``t`` ("A class of local interpolating splines", 1974): exact at
    whole pixels, as Mitchell and Netravali's with B = 0 and C = ½."""
    a = np.abs(t)
    inner = 1.5 * a**3 - 2.5 * a**2 + 1.0
    outer = -0.5 * a**3 + 2.5 * a**2 - 4.0 * a + 2.0
    return np.where(a < 1, inner, np.where(a < 2, outer, 0.0))


def sample_pieces(
    stack: np.ndarray, labels: np.ndarray, number: np.ndarray, y: np.ndarray, x: np.ndarray
) -> np.ndarray:
    """``(C, P)``: the layers ``stack`` ``(C, H, W)`` at the places ``y``, ``x`` ``(P,)``, of the pixels alone whose
    ``labels`` ``(H, W)`` are ``number`` ``(P,)``; others count as 0.

    The layers are premultiplied, the last one is the coverage. Where it overshoots 1 all are divided by it; where it
    undershoots 0 all are 0: no halo, and no colour beyond the ink.
    """
    height, width = labels.shape
    rows, columns = np.arange(height), np.arange(width)
    out = np.zeros((len(stack), len(number)))
    for p in range(len(number)):
        weight = catmull_rom(rows - y[p])[:, None] * catmull_rom(columns - x[p])
        total = (stack * np.where(labels == number[p], weight, 0.0)).sum(axis=(1, 2))
        if total[-1] > 0:
            out[:, p] = total / max(total[-1], 1.0)
    return out


def blend_points(image: np.ndarray, place: np.ndarray, colours: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """``image`` ``(C, H, W)`` with ``colours`` ``(C, P)`` laid over it at raster indices ``place`` ``(P,)``, one after
    the other, each covering ``coverage`` ``(P,)`` of its pixel. Place H · W is nowhere."""
    out = image.astype(np.float64).reshape(len(image), -1)
    for i, at in enumerate(place):
        if at < out.shape[1]:
            out[:, at] += coverage[i] * (colours[:, i] - out[:, at])
    return out.reshape(image.shape)
