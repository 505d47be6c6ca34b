"""Connected components with SciPy, class by class, renumbered so that the order is defined here."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def label_components(classes: np.ndarray) -> np.ndarray:
    """``(H, W)`` int64: 0 where ``classes`` ``(H, W)`` (bool or int) is 0, else 1 + the raster index of the component's
    first pixel.

    4-connected, within a class. Naming a component by its first pixel makes the labels independent of the algorithm.
    """
    out = np.zeros(classes.shape, dtype=np.int64)
    for value in np.unique(classes[classes != 0]):
        labels, count = ndimage.label(classes == value)
        flat = labels.ravel()
        first = np.full(count + 1, flat.size, dtype=np.int64)
        np.minimum.at(first, flat, np.arange(flat.size))
        names = first + 1
        names[0] = 0
        out += names[flat].reshape(out.shape)
    return out
