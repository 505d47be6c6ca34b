"""The null space of a graph of several components, and the order in which they are numbered."""

from __future__ import annotations

import numpy as np

# An edge counts if it is heavier than this part of the heaviest that the stencil could have: what is lighter is below
# the rounding of the products.
CUT = 1e-7


def contrasts(sizes: np.ndarray, count: int) -> np.ndarray:
    """``(count, m)`` float64: the first ``count`` null vectors, as a value a component of the given ``sizes``.

    Number 0 is the constant. Number i is constant on the components 0 … i − 1, another constant on component i, and 0
    on the later ones (Helmert's contrasts): orthonormal, each summing to zero over the picture.
    """
    n = sizes.astype(np.float64)
    out = np.zeros((count, len(n)))
    out[0] = 1 / np.sqrt(n.sum())
    before = np.cumsum(n)
    for i in range(1, count):
        total = before[i - 1] * n[i] * before[i]
        out[i, :i] = n[i] / np.sqrt(total)
        out[i, i] = -before[i - 1] / np.sqrt(total)
    return out


def ranked(names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Components numbered by size, the largest first, equal ones by their first place: ``(numbers, sizes)``."""
    _, first, number, sizes = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[number], sizes[order]
