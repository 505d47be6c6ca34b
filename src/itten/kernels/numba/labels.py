"""Connected components of equal classes, by union and find with path halving."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.components import _root
from itten.kernels.numba.jit import kernel


def label_components(classes):
    """As :func:`itten.kernels.reference.components.label_components`."""
    names, parent = np.zeros(classes.shape, np.int64), np.arange(classes.size, dtype=np.int32)
    _label(np.ascontiguousarray(classes, np.int64), parent, names.reshape(-1))
    return names


@kernel("i8[2] i4[1] i8[1]")
def _label(classes, parent, names):
    # A root is always the component's first pixel in raster order.
    height, width = classes.shape
    for y in range(height):
        for x in range(width):
            here = classes[y, x]
            if here == 0:
                continue
            at = y * width + x
            i = at
            if x > 0 and classes[y, x - 1] == here:
                i = _root(parent, at - 1)
                parent[at] = i
            if y > 0 and classes[y - 1, x] == here:
                j = _root(parent, at - width)
                if j < i:
                    parent[i] = j
                    parent[at] = j
                elif i < j:
                    parent[j] = i
    for y in range(height):
        for x in range(width):
            if classes[y, x] != 0:
                at = y * width + x
                names[at] = _root(parent, at) + 1
