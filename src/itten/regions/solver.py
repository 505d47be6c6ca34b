"""One picture with its seeds, ready to be solved: for probabilities, and for what their derivatives need."""

from __future__ import annotations

import time

import numpy as np

from itten.config import SpectrumConfig
from itten.regions.pieces import PieceGraph
from itten.regions.walkcycle import Direct, TwoLevels
from itten.regions.walker import Walked, walk
from itten.regions.walkgraph import DIRECT, WalkGraph

# Labels that are solved side by side, and of which residuals are made at once.
TOGETHER, FEW = 16, 2


class Solver:
    """``reached`` ``(H, W)`` bool: the pixels that a seed reaches; ``error``: how far probabilities are estimated to be
    off at most, and ``steps``, both after :meth:`probabilities`."""

    def __init__(
        self,
        features: np.ndarray,
        seeds: np.ndarray,
        values: tuple[int, ...],
        config: SpectrumConfig,
        exclude: np.ndarray | None,
        tol: float,
    ) -> None:
        """``features`` ``(C, H, W)`` float32 or float64, ``seeds`` ``(H, W)`` with the labels ``values``."""
        begin = time.perf_counter()
        self.features, self.seeds, self.values, self.config, self.tol = features, seeds, values, config, tol
        self.exclude = exclude
        self.graph = graph = WalkGraph(features, config, exclude, seeds > 0)
        self.cycle = Direct(graph) if features[0].size <= DIRECT else TwoLevels(graph)
        self.double = graph.exact is not None or self.cycle.light
        self.apart = PieceGraph(graph, graph.apart.ravel()) if (graph.apart >= 0).any() else None
        reached = graph.free | graph.seeds
        if self.apart is not None:
            reached = reached | np.append(self.apart.reached, False)[graph.apart.ravel()]
        self.reached = graph.picture(reached[None])[0]
        self.error, self.steps = 0.0, 0
        self._given: list[float] = []
        self.spent = {"setup": time.perf_counter() - begin}

    def probabilities(self) -> np.ndarray:
        """``(labels, H, W)`` float64, each in [0, 1], together 1 where a seed reaches."""
        begin, self._given = time.perf_counter(), []
        graph, found = self.graph, np.zeros((len(self.values), *self.reached.shape))
        found[-1] = self.reached
        for first in range(0, len(self.values) - 1, TOGETHER):
            part = slice(first, min(first + TOGETHER, len(self.values) - 1))
            x = np.stack([graph.canvas((self.seeds == value).astype(np.float64)) for value in self.values[part]])
            right = -graph.inner(x)
            self._given += [float(np.sqrt(row @ row)) for row in right]
            x += self.walked(right)
            if self.apart is not None:
                x += self.apart.spread(self.apart.solve(self.apart.from_outside(x)))
            np.clip(graph.picture(x), 0, 1, out=found[part])
            found[-1] -= found[part].sum(axis=0)
        np.maximum(found[-1], 0, out=found[-1])
        found /= np.where(self.reached, found.sum(axis=0), 1.0)
        self.spent["walk"] = time.perf_counter() - begin
        return found

    def walked(self, right: np.ndarray, unit: bool = True) -> np.ndarray:
        """L_uu⁻¹ ``right`` of float64 ``(n, pixels)``, 0 beside the free pixels; not of ``unit`` size: any."""
        size = np.ones((len(right), 1)) if unit else np.maximum(np.abs(right).max(axis=1, keepdims=True), 1e-300)
        given = right if unit else right / size
        done: Walked = walk(self.graph, self.cycle, given if self.double else given.astype(np.float32), self.tol)
        self.error, self.steps = max(self.error, float(done.off.max())), self.steps + done.steps
        return done.x.astype(np.float64) * size

    def residuals(self, found: np.ndarray) -> np.ndarray:
        """``(labels,)``: ‖L_uu x_u + L_us x_s‖ over ‖L_us x_s‖ of probabilities ``(labels, H, W)`` of any type; over
        the largest of these norms where a label's seeds have no unknown neighbour."""
        lengths: list[float] = []
        for first in range(0, len(found) + 1, FEW):
            part = [one.astype(np.float64) for one in found[first : first + FEW]]
            if first + FEW > len(found):
                part.append((self.seeds == self.values[-1]).astype(np.float64))
            rows = self.graph.inner(self.graph.canvas(np.stack(part)))
            lengths += [float(np.sqrt(row @ row)) for row in rows]
        given = np.array([*self._given, lengths.pop()])
        scale = np.where(given > 0, given, max(float(given.max()), 1e-300))
        told: np.ndarray = np.array(lengths) / scale
        return told
