"""The null space of a graph of several components, and the order in which they are numbered."""

from __future__ import annotations

import numpy as np
import torch

from itten.graph import edge_weights
from itten.graph.stencil import Stencil

# An edge counts if it is heavier than this part of the heaviest that the stencil could have: what is lighter is below
# the rounding of the products.
CUT = 1e-7


def contrasts(sizes: np.ndarray, count: int) -> np.ndarray:
    """``(count, m)`` float64: the first ``count`` null vectors, as a value a component of the given ``sizes``, numbers
    of pixels or, for the normalised Laplacian, sums of D.

    Number 0 is the constant. Number i is constant on the components 0 … i − 1, another constant on component i, and 0
    on the later ones (Helmert's contrasts): orthonormal, each summing to zero over the picture, both with D as weights
    if sizes are sums of D.
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


def components_of(features: torch.Tensor, stencil: Stencil, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """``(numbers (H, W) int32, sizes (m,))`` of the components of a picture ``(C, H, W)``, the largest first.

    Offset by offset, the shortest first, until all is joined: most pictures are after the first two. The host waits for
    the picture.
    """
    from itten.kernels.numba.components import settle, unite_rows

    height, width = features.shape[1:]
    picture = features.detach().cpu()
    cut = np.float32(CUT * float(stencil.weights.max()))
    parent = np.arange(height * width, dtype=np.int32)
    for number in np.argsort((stencil.offsets**2).sum(axis=1), kind="stable").tolist():
        one = Stencil(stencil.offsets[number : number + 1], stencil.weights[number : number + 1], stencil.reach)
        weights = edge_weights(picture, one, threshold, "torch").numpy().astype(np.float32, copy=False)
        dy, dx = one.offsets[0].tolist()
        step = np.array([dy * width + dx])
        unite_rows(weights.ravel(), 0, width, step, 0, height, 0, width, cut, parent)
        settle(parent)
        if not parent.any():
            break
    numbers, sizes = ranked(parent)
    return numbers.reshape(height, width), sizes
