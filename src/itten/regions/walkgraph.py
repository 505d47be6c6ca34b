"""The graph that a walker walks on: the picture's, with the seeds as its ends."""

from __future__ import annotations

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import plan_within
from itten.kernels.numba.edges import laplacian_apply
from itten.kernels.numba.walk import first_ones, walk_double, walk_step
from itten.needs import SELECTION_STORED
from itten.spectra.claims import without
from itten.spectra.stitched.host.islands import pieces
from itten.spectra.stitched.host.operator import CanvasOperator

# Rows of one step before the next one follows, where weights are kept and where they are made anew; of one that none
# follows.
TOGETHER, STREAMED, FAR = 16, 64, 64
# Parts of the heaviest weight. Pieces that only edges below FAINT join to the rest are too loose for an iteration in
# float64 (its rounding is a hundred thousandth of that); below LOOSE they are too loose for a coarse space in float32.
FAINT, LOOSE = 1e-11, 1e-3
# Up to so many pixels there is a sparse factor of the whole, and all is in float64.
DIRECT = 2048
# Pieces of a graph at most that a sparse factor is made of.
MOST_PIECES = 20000


class WalkGraph:
    """L of a picture on its canvas, in units in which the stencil's half sums to 32; vectors are ``(n, pixels)``.

    ``exact``: the picture, offsets, weights and 1 / threshold in float64, where products are made of them.
    ``free`` ``(pixels,)`` bool: the unknown pixels; all others are seeds, or count as 0. ``apart`` ``(rows, pitch)``
    int32: numbers of the pieces that no heavier edge than FAINT joins to a seed, −1 elsewhere; ``loose`` the same of
    all free pixels' pieces at the largest cut from LOOSE downwards that leaves few enough, None where there is one.
    """

    def __init__(
        self, features: np.ndarray, config: SpectrumConfig, exclude: np.ndarray | None, seeds: np.ndarray
    ) -> None:
        """``features`` ``(C, H, W)``, ``exclude`` ``(H, W)`` bool and ``seeds`` ``(H, W)`` bool, none excluded."""
        stencil = make_stencil(config.radii, config.weights)
        height, width = features.shape[1:]
        self.plan = plan = plan_within(height, width, *config.blocks, stencil)
        single = features.astype(np.float32, copy=False)
        self.operator = CanvasOperator(single, plan, stencil, config.edge_threshold, exclude, stored=SELECTION_STORED)
        self.exact: tuple | None = None
        if features.dtype == np.float64 or features[0].size <= DIRECT:
            hidden = None if exclude is None else torch.from_numpy(exclude)
            picture = without(torch.from_numpy(features).double(), hidden, config.edge_threshold).numpy()
            weights = stencil.weights / self.operator.unit
            self.exact = picture, stencil.offsets, weights, 1.0 / config.edge_threshold
        self.seeds = self.canvas(seeds)
        live = self.operator.live.ravel() > 0
        heaviest = float(self.operator.weights.max())
        self.free = live & ~self.seeds
        self.apart = np.full((plan.canvas_height, plan.pitch), -1, np.int32)
        self.loose: np.ndarray | None = None
        if self._firsts(live, LOOSE * heaviest) == 1:
            self._settle()
            return
        if self._firsts(live, FAINT * heaviest) != 1:
            self._find_apart(FAINT * heaviest)
        self._settle()
        self._find_loose(LOOSE * heaviest)

    def canvas(self, values: np.ndarray) -> np.ndarray:
        """``(…, H, W)`` as ``(…, pixels)``, 0 around it."""
        shape = self.plan.canvas_height, self.plan.pitch
        out = np.zeros((*values.shape[:-2], *shape), values.dtype)
        out[(..., *self.plan.inside)] = values
        return out.reshape(*values.shape[:-2], -1)

    def picture(self, values: np.ndarray) -> np.ndarray:
        """The inverse."""
        whole = values.reshape(*values.shape[:-1], self.plan.canvas_height, self.plan.pitch)
        return np.ascontiguousarray(whole[(..., *self.plan.inside)])

    def _settle(self) -> None:
        # From here on only free pixels live: what is made for a tile is 0 on seeds, whose edges count in degrees.
        self.operator.live[:] = self.free.reshape(self.operator.live.shape)

    def _find_apart(self, cut: float) -> None:
        labels, sizes = pieces(self.operator, cut)
        flat = labels.ravel()
        held = np.zeros(len(sizes) + 1, bool)
        held[flat[self.seeds]] = True
        held[-1] = True
        number = np.where(held, -1, np.cumsum(~held) - 1).astype(np.int32)
        self.apart = number[flat].reshape(labels.shape)
        self.free &= self.apart.ravel() < 0

    def _find_loose(self, cut: float) -> None:
        for _ in range(8):
            labels, sizes = pieces(self.operator, cut)
            if len(sizes) <= MOST_PIECES:
                self.loose = labels.ravel() if len(sizes) > 1 else None
                return
            cut *= 0.1

    def _firsts(self, live: np.ndarray, cut: float) -> int:
        plan, count = self.plan, 0
        for row0, row1, w, w0 in self.operator.strips():
            place = plan.pitch, plan.flat, plan.where, row0, row1, plan.margin, plan.margin + plan.width
            count += first_ones(w, w0, *place, np.float32(cut), live)
        return count

    def inner(self, x: np.ndarray) -> np.ndarray:
        """The rows of L ``x`` that belong to free pixels, 0 elsewhere, of float64 ``(n, pixels)``."""
        if self.exact is not None:
            picture, offsets, weights, scale = self.exact
            return self.canvas(laplacian_apply(picture, offsets, weights, scale, self.picture(x))) * self.free
        out = np.zeros_like(x)
        for row0, row1, w, w0 in self.operator.strips():
            walk_double(row0, row1, *self._graph(w, w0), self.operator.live.ravel(), x, out)
        return out

    def stepped(self, found: list[np.ndarray], r: np.ndarray, *steps: tuple[np.ndarray, float]) -> None:
        """What x ← gain · x + diagonal · (r − L x) makes of ``found[0]``, step by step, into ``found[1]`` and so on,
        for ``steps`` of a diagonal ``(pixels,)`` and a gain; all float32 ``(n, pixels)``.

        Rows of a later step follow those of the one before as soon as they can: weights are then still at hand.
        """
        plan = self.plan
        begin, end = plan.margin, plan.margin + plan.height
        rows = FAR if len(steps) == 1 else STREAMED if self.operator.streamed else TOGETHER
        done = [begin] * len(steps)
        while done[-1] < end:
            first = min(done[0] + rows, end)
            w, w0 = self.operator.weights_of(min(done) - plan.margin, first)
            ready = first
            for number, (diagonal, gain) in enumerate(steps):
                given = diagonal, np.float32(gain), found[number], r, found[number + 1]
                walk_step(done[number], ready, *self._graph(w, w0), *given)
                done[number] = max(ready, done[number])
                ready = end if ready == end else max(ready - plan.margin, begin)

    def _graph(self, w: np.ndarray, w0: int) -> tuple:
        plan = self.plan
        columns = plan.margin, plan.margin + plan.width
        return w, w0, len(self.operator.weights), plan.pitch, plan.flat, plan.where, *columns
