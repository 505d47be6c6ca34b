"""The first cut: every pixel runs down the slope of the picture's edges, and what ends in one hollow is a fragment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from itten.kernels import choose, kernel

# Where the finest edges are level, wider ones decide, and then still wider: their deviations in pixels, and shares.
SCALES = ((2.0, 0.2), (5.0, 0.02), (12.0, 0.002))


class Borders(NamedTuple):
    """The common borders of neighbouring areas: ``pairs`` ``(e, 2)`` of their numbers, the lower first, in ascending
    order; ``length`` ``(e,)`` in pixels' sides; ``step`` ``(e, C)``, what features rise by from the first to the
    second, summed along it; ``rough`` ``(e,)`` the sizes of these steps, summed."""

    pairs: np.ndarray
    length: np.ndarray
    step: np.ndarray
    rough: np.ndarray


def edge_map(features: np.ndarray) -> np.ndarray:
    """How steep ``features`` ``(h, w, C)`` are, ``(h, w)``: by wider and wider means, so that nothing is level."""
    padded = np.pad(features, ((1, 1), (1, 1), (0, 0)), mode="edge")
    down, right = padded[2:, 1:-1] - padded[:-2, 1:-1], padded[1:-1, 2:] - padded[1:-1, :-2]
    steep = 0.5 * np.sqrt((np.square(down) + np.square(right)).sum(axis=-1))
    return steep + sum(share * ndimage.gaussian_filter(steep, sigma, mode="nearest") for sigma, share in SCALES)


def fragments(steep: np.ndarray) -> np.ndarray:
    """Numbers ``(h, w)`` int64, from 0, of the hollows of ``steep`` ``(h, w)`` in which the pixels' ways downhill end:
    a watershed without a queue. Of equal ways the first in raster order."""
    height, width = steep.shape
    padded = np.pad(steep, 1, constant_values=np.inf)
    number = np.arange(height * width).reshape(height, width)
    lowest: np.ndarray = steep.copy()
    target: np.ndarray = number.copy()
    for i in range(3):
        for j in range(3):
            beside = padded[i : i + height, j : j + width]
            better = beside < lowest
            lowest[better] = beside[better]
            target[better] = number[better] + (i - 1) * width + (j - 1)
    target = target.reshape(-1)
    while True:
        further = target[target]
        if np.array_equal(further, target):
            break
        target = further
    # Level ground is a hollow of as many pixels as it has.
    bottom = (target == number.ravel()).reshape(height, width)
    parts, _ = ndimage.label(bottom, structure=np.ones((3, 3)))
    # A watershed by eight neighbours may hang together by corners alone: the parts are made whole by four.
    return pieces(parts.ravel()[target].reshape(height, width))


def pieces(labels: np.ndarray) -> np.ndarray:
    """Numbers ``(h, w)`` int64, from 0 in raster order, of the connected pieces of equal ``labels``, by four
    neighbours."""
    names = kernel("label_components", choose("label_components"))(labels.astype(np.int64) + 1)
    root = names.ravel() - 1
    return (np.cumsum(root == np.arange(root.size)) - 1)[root].reshape(labels.shape)


def borders(labels: np.ndarray, features: np.ndarray) -> Borders:
    """The common borders of ``labels`` ``(h, w)``, with what ``features`` ``(h, w, C)`` do there. A step is measured
    between the second pixels on either side, where these are of the same areas."""
    parts = [_along(labels, features), _along(labels.T, features.transpose(1, 0, 2))]
    pairs, step = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    size = np.sqrt(np.square(step).sum(axis=1))
    return gathered(Borders(pairs, np.ones(len(pairs)), step, size))


def gathered(found: Borders) -> Borders:
    """``found`` with the entries of each pair summed and turned from its lower to its higher number; pairs of equal
    numbers are left out."""
    apart = found.pairs[:, 0] != found.pairs[:, 1]
    pairs, length, step, rough = (one[apart] for one in found)
    turned = pairs[:, 0] > pairs[:, 1]
    step = np.where(turned[:, None], -step, step)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    if len(low) == 0:
        return Borders(pairs, length, step, rough)
    first = np.flatnonzero(np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])])
    summed = (np.add.reduceat(one[order], first, axis=0) for one in (length, step, rough))
    return Borders(np.stack([low[first], high[first]], axis=1), *summed)


def _along(labels: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs ``(e, 2)`` of labels that meet in a row, and the features' steps ``(e, C)`` there."""
    y, x = np.nonzero(labels[:, 1:] != labels[:, :-1])
    one, two = labels[y, x], labels[y, x + 1]
    before, after = np.maximum(x - 1, 0), np.minimum(x + 2, labels.shape[1] - 1)
    before = np.where(labels[y, before] == one, before, x)
    after = np.where(labels[y, after] == two, after, x + 1)
    return np.stack([one, two], axis=1), features[y, after] - features[y, before]
