"""Connected components on the CPU: SciPy's labels, renumbered so that the order is defined here."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def label_components(mask: np.ndarray) -> np.ndarray:
    """``(H, W)`` int64: 0 outside ``mask``, else 1 + the raster index of the component's first pixel.

    4-connected. Naming a component by its first pixel makes the labels independent of the algorithm.
    """
    labels, count = ndimage.label(mask)
    flat = labels.ravel()
    first = np.full(count + 1, flat.size, dtype=np.int64)
    np.minimum.at(first, flat, np.arange(flat.size))
    names = first + 1
    names[0] = 0
    return names[flat].reshape(mask.shape)
