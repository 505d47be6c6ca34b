"""The preconditioner of a walk: what the spectrum has, one smoothing and the stitched space, for a few vectors."""

from __future__ import annotations

import numpy as np
import scipy.sparse

from itten.kernels.numba.walk import walk_expand, walk_restrict
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.regions.pieces import PieceGraph, factored
from itten.regions.walkgraph import WalkGraph
from itten.spectra.stitched.host.basis import least_mass, stitched_basis
from itten.spectra.stitched.host.operator import HIGH, LOW
from itten.spectra.stitched.host.small import LEAST_SIGMA, LEAST_TINY, SIGMA, TINY, SmallProblem

# Columns of a panel, and how many values count as low where edges are weak.
COLUMNS, VALUES = 8, 12


class TwoLevels:
    """z ≈ L⁻¹ r on the free pixels: Chebyshev's polynomial of degree 1 in D⁻¹L, then the stitched space, whose columns
    are those of tiles with the seeds taken out; then, where pieces hang by light edges, the graph of the pieces."""

    def __init__(self, graph: WalkGraph) -> None:
        self.graph = graph
        operator, plan = graph.operator, graph.plan
        mass = least_mass(operator, VALUES)
        self.panels, self.psi, _, every = stitched_basis(operator, COLUMNS, mass)
        a = np.zeros(self.panels.blocks * 64, np.float32)
        b = np.zeros_like(a)
        operator.galerkin(self.panels, self.psi, every, a, b)
        self.small = SmallProblem(self.panels, a, b, LEAST_SIGMA, LEAST_TINY)
        if not np.isfinite(self.small.factor).all():
            self.small.refactor(SIGMA, TINY)
        self.small.solved()
        # Chebyshev's three-term recurrence for D⁻¹L on [LOW, HIGH]: what it begins with, and its one step.
        inverse = np.where(graph.free, 1 / np.maximum(operator.degree, np.float32(1e-30)), np.float32(0))
        centre, half = (HIGH + LOW) / 2, (HIGH - LOW) / 2
        sigma = centre / half
        fresh = 1 / (2 * sigma - 1 / sigma)
        self.start = inverse * np.float32(1 / centre)
        self.first = inverse * np.float32(2 * fresh / half), 1 + fresh / sigma
        self._kept: list[np.ndarray] | None = None
        self.live = operator.live.ravel()
        self.rows = plan.margin, plan.margin + plan.height
        self.pieces = None if graph.loose is None else PieceGraph(graph, graph.loose)
        # Whether only float64 tells what holds a piece.
        self.light = self.pieces is not None and self.pieces.light

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """``(n, pixels)`` in the type of ``r``, until the next call; n is at most 16. Float32 has to be of about unit
        size."""
        if r.dtype == np.float32:
            return self._together(r, self._single(r))
        size = np.maximum(np.abs(r).max(axis=1, keepdims=True), 1e-300)
        z = self._single((r / size).astype(np.float32)).astype(np.float64)
        z *= size
        return self._together(r, z)

    def _together(self, r: np.ndarray, z: np.ndarray) -> np.ndarray:
        """``z``, and what the graph of the pieces makes of what it leaves."""
        if self.pieces is None:
            return z
        left = np.zeros_like(r)
        if r.dtype == np.float32:
            self.graph.stepped([z, left], r, (self.live, 0.0))
        else:
            left = r - self.graph.inner(z)
        z += self.pieces.spread(self.pieces.solve(self.pieces.sums(left)).astype(z.dtype))
        return z

    def _single(self, r: np.ndarray) -> np.ndarray:
        if self._kept is None or self._kept[0].shape != r.shape:
            self._kept = [np.zeros_like(r) for _ in range(3)]
        first, z, left = self._kept
        np.multiply(r, self.start, out=first)
        self.graph.stepped(self._kept, r, self.first, (self.live, 0.0))
        self._coarse(left, z)
        z *= self.live
        return z

    def _coarse(self, r: np.ndarray, z: np.ndarray) -> None:
        plan, panels = self.graph.plan, self.panels
        b, c = self.small.vector(), self.small.vector()
        tiles = plan.pitch, plan.margin, plan.tops, plan.lefts, plan.tile_height
        walk_restrict(0, len(panels), self.psi, panels.owner, r, *tiles, b)
        self.small.solve(b, c)
        walk_expand(*self.rows, self.psi, panels.first, c, *tiles, z)


class Direct:
    """z = L⁻¹ r on the free pixels, by a sparse factor: for pictures of few pixels."""

    light = True

    def __init__(self, graph: WalkGraph) -> None:
        self.graph = graph
        assert graph.exact is not None
        matrix = laplacian_matrix(*graph.exact)
        self.chosen = np.flatnonzero(graph.picture(graph.free[None])[0].ravel())
        inner = scipy.sparse.csc_array(matrix[self.chosen][:, self.chosen])
        self.factor = factored(inner) if len(self.chosen) else None

    def __call__(self, r: np.ndarray) -> np.ndarray:
        """``(n, pixels)`` float64."""
        height, width = self.graph.plan.height, self.graph.plan.width
        out = np.zeros((len(r), height * width))
        if self.factor is not None:
            rows = self.graph.picture(r).reshape(len(r), -1)[:, self.chosen]
            out[:, self.chosen] = self.factor.solve(np.ascontiguousarray(rows.T)).T
        return self.graph.canvas(out.reshape(len(r), height, width))
