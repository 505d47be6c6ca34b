"""Points over an image, one after the other."""

from __future__ import annotations

import numpy as np

FIXED_POINT = float(1 << 40)


def scatter_last(image: np.ndarray, place: np.ndarray, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``image`` ``(C, H, W)`` with ``colours`` ``(C, P)`` at the raster indices ``place`` ``(P,)`` int64: where several
    land on a pixel, the last in the order of ``place`` wins. And ``(H · W,)`` int64: who won, −1 where nobody landed.
    """
    out = image.copy()
    winner = np.full(image[0].size, -1, dtype=np.int64)
    for number, at in enumerate(place.tolist()):
        winner[at] = number
        out.reshape(len(image), -1)[:, at] = colours[:, number]
    return out, winner


def scatter_mean(image: np.ndarray, place: np.ndarray, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same, where several land on a pixel it gets the mean of their colours, each in [−4096, 4096] and rounded to
    whole multiples of 2⁻⁴⁰. And ``(H · W,)`` int64: how many landed on a pixel."""
    out = image.copy()
    flat = out.reshape(len(image), -1)
    count = np.zeros(image[0].size, dtype=np.int64)
    total = np.zeros(flat.shape, dtype=np.int64)
    for number, at in enumerate(place.tolist()):
        count[at] += 1
        for c in range(len(image)):
            total[c, at] += round(float(colours[c, number]) * FIXED_POINT)
    hit = count > 0
    flat[:, hit] = total[:, hit].astype(np.float64) / FIXED_POINT / count[hit]
    return out, count
