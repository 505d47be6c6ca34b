"""Pieces of a graph that hang by light edges: the graph in which each is one node, and what a walker finds there.

An indicator of a piece with n pixels has the energy of the edges that leave it, and a tile's columns in float32 hold it
to rounding only. In the graph of pieces weights are sums of positive numbers: nothing cancels, however light they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
import scipy.sparse.linalg

from itten.kernels.numba.walk import crossings
from itten.regions.walkgraph import WalkGraph

# A thousand times what rounding to float32 leaves of a pixel's row, whose degree is about 64.
ROUNDING = 1e-2
# Rows whose edges are looked at together.
ROWS = 64


def leaving(graph: WalkGraph, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``(pieces, ends, weights)``: of every edge that leaves a piece of ``labels`` ``(pixels,)``, −1 for none, the
    piece, the other end's pixel and the weight."""
    plan, parts = graph.plan, []
    begin, end = plan.margin, plan.margin + plan.height
    for row0 in range(begin, end, ROWS):
        row1 = min(row0 + ROWS, end)
        w, w0 = graph.operator.weights_of(row0, row1)
        given = w, w0, plan.pitch, plan.half_flat, row0, row1, plan.margin, plan.margin + plan.width, labels
        nothing = np.zeros(0, np.int64)
        count = crossings(*given, nothing, nothing, np.zeros(0))
        part = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count)
        crossings(*given, *part)
        parts.append(_merged(*part, plan.pixels))
    own, ends, weights = (np.concatenate(one) for one in zip(*parts, strict=True))
    return own, ends, weights


def _merged(own: np.ndarray, ends: np.ndarray, weights: np.ndarray, pixels: int) -> tuple[np.ndarray, ...]:
    """With one entry for all edges between a piece and a pixel."""
    key, place = np.unique(own * pixels + ends, return_inverse=True)
    return key // pixels, key % pixels, np.bincount(place, weights, minlength=len(key))


def factored(matrix: scipy.sparse.csc_array) -> Any:
    """The factor of a symmetric positive ``matrix``, with its ``solve``."""
    options = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    return scipy.sparse.linalg.splu(matrix, **options)


class PieceGraph:
    """The Laplacian of the pieces ``labels`` ``(pixels,)`` int32, their edges to pixels of no piece on its diagonal."""

    def __init__(self, graph: WalkGraph, labels: np.ndarray) -> None:
        self.labels, self.count = labels, int(labels.max()) + 1
        own, ends, weights = leaving(graph, labels)
        other = labels[ends]
        inside = other >= 0
        size = self.count, self.count
        apart = scipy.sparse.coo_array((weights[inside], (own[inside], other[inside])), size)
        degree = np.bincount(own, weights, minlength=self.count)
        # Where single precision's rounding of the sum over a piece is as large as what leaves it, it tells nothing.
        sizes = np.bincount(labels + 1, minlength=self.count + 1)[1:]
        self.light = bool(((sizes > 1) & (degree < ROUNDING * np.sqrt(sizes))).any())
        # Pieces that nothing leaves have no equation.
        self.alone = degree == 0
        matrix = scipy.sparse.diags_array(np.where(self.alone, 1.0, degree)) - apart
        self.reached = self._reach(apart, own[~inside])
        self.outside = own[~inside], ends[~inside], weights[~inside]
        root = 1 / np.sqrt(np.where(self.alone | ~self.reached, 1.0, degree))
        self.root = np.where(self.reached, root, 0.0)
        scaled = scipy.sparse.diags_array(self.root) @ matrix @ scipy.sparse.diags_array(self.root)
        scaled = scaled + scipy.sparse.diags_array(np.where(self.reached, 0.0, 1.0))
        self.factor = factored(scipy.sparse.csc_array(scaled))

    def _reach(self, apart: scipy.sparse.coo_array, held: np.ndarray) -> np.ndarray:
        """``(count,)`` bool: pieces that edges join, over others, to a pixel of none."""
        _, number = scipy.sparse.csgraph.connected_components(apart, directed=False)
        good = np.zeros(int(number.max()) + 1, bool)
        good[number[held]] = True
        found: np.ndarray = good[number]
        return found

    def solve(self, sums: np.ndarray) -> np.ndarray:
        """``(n, count)``: values of the pieces for the sums ``(n, count)`` of the right sides in them."""
        found: np.ndarray = self.factor.solve(np.ascontiguousarray((sums * self.root).T)).T * self.root
        return found

    def sums(self, x: np.ndarray) -> np.ndarray:
        """``(n, count)``: sums of ``x`` ``(n, pixels)`` over the pieces."""
        place = self.labels + 1
        return np.stack([np.bincount(place, row, minlength=self.count + 1)[1:] for row in x])

    def spread(self, values: np.ndarray) -> np.ndarray:
        """``(n, pixels)``: every pixel with its piece's value, 0 in none."""
        table = np.concatenate([values, np.zeros((len(values), 1), values.dtype)], axis=1)
        return table[:, self.labels]

    def from_outside(self, x: np.ndarray) -> np.ndarray:
        """``(n, count)``: what the pixels of no piece, as in ``x``, add to the right side."""
        own, ends, weights = self.outside
        return np.stack([np.bincount(own, weights * row[ends], minlength=self.count) for row in x])
