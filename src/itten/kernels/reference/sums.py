"""Sums over segments, one pixel after the other."""

from __future__ import annotations

import numpy as np

FIXED_POINT = float(1 << 30)


def segment_pixels(labels: np.ndarray, names: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Raster indices ``(P,)`` int64 of the components ``names`` ``(S,)`` in ``labels`` ``(H, W)``, one component after
    the other, ascending within one; and for each pixel the position of its component in ``names``. ``size`` ``(S,)``:
    how many pixels each has."""
    found = [np.flatnonzero(labels == name) for name in names]
    owner = [np.full(count, number) for number, count in enumerate(size)]
    nothing = np.zeros(0, np.int64)
    return np.concatenate([nothing, *found]), np.concatenate([nothing, *owner])


def segment_sums(
    pixels: np.ndarray, owner: np.ndarray, field: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What a segment table needs of ``count`` segments S, each of at least one pixel.

    ``pixels`` ``(P,)`` int64: raster indices; ``owner`` ``(P,)`` int64: 0 … S − 1, or negative for a pixel that belongs
    to none; ``field`` ``(H, W)`` float32 or float64. Returns ``size`` ``(S,)`` int64; ``total`` ``(S, 2)`` int64: sums
    of y and of x; ``box`` ``(S, 4)`` int64: first row, first column, last row, last column; ``mean`` and ``deviation``
    ``(S,)`` float64 of the field, from sums of whole numbers: values and squared distances times 2³⁰, rounded.
    """
    size, total = np.zeros(count, np.int64), np.zeros((count, 2), np.int64)
    box = np.tile(np.array([field.size, field.size, -1, -1]), (count, 1))
    first, second = [0] * count, [0] * count
    at = [(n, *divmod(i, field.shape[1])) for n, i in zip(owner.tolist(), pixels.tolist(), strict=True) if n >= 0]
    for n, y, x in at:
        size[n] += 1
        total[n] += y, x
        box[n] = min(box[n, 0], y), min(box[n, 1], x), max(box[n, 2], y), max(box[n, 3], x)
        first[n] += round(float(field[y, x]) * FIXED_POINT)
    mean = np.array(first, dtype=np.float64) / FIXED_POINT / size
    for n, y, x in at:
        distance = float(field[y, x]) - float(mean[n])
        second[n] += round(distance * distance * FIXED_POINT)
    return size, total, box, mean, np.sqrt(np.array(second, dtype=np.float64) / FIXED_POINT / size)
