"""Components of the graph and the null space of its Laplacian.

Colour weights never reach zero, so an edge counts here if it is heavier than 1e-7 of the heaviest that the stencil
could have: what is lighter is below the rounding of the products. A graph of m components has m null vectors,
and they are known without iteration: combinations of the components' indicators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from itten.kernels.numba.blocks import component_sums, remove_means
from itten.kernels.numba.components import all_joined, settle, unite_rows
from itten.spectra.components import CUT, contrasts, ranked
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.operator import NONE, CanvasOperator

PIECES = 32


@dataclass(frozen=True, eq=False)
class Islands:
    """``labels`` ``(canvas pixels,)`` int32: −1 where nothing lives, else the component's number, the largest first,
    equal ones by their first pixel in raster order; ``sizes`` ``(m,)`` their pixels, ``volumes`` ``(m,)`` their
    masses: the same, but with the normalised Laplacian sums of M."""

    labels: np.ndarray
    sizes: np.ndarray
    volumes: np.ndarray

    def __len__(self) -> int:
        return len(self.sizes)

    def weighed_with(self, mass: np.ndarray, operator: CanvasOperator) -> Islands:
        """The same islands with the masses ``(H, W)`` float64 of their pixels, D itself."""
        labels = self.labels.reshape(operator.plan.canvas_height, -1)[operator.plan.inside]
        return replace(self, volumes=sums(labels, mass * operator.length**2, len(self)))

    def vectors(self, count: int, operator: CanvasOperator) -> np.ndarray:
        """``(count, H, W)`` float64: the first ``count`` null vectors, of unit length in the mass."""
        plan = operator.plan
        labels = self.labels.reshape(plan.canvas_height, plan.pitch)[plan.inside]
        # Label −1 reads the last column.
        table = np.concatenate([contrasts(self.volumes, count), np.zeros((count, 1))], axis=1)
        return operator.length * table[:, labels]

    def centre(self, x: np.ndarray, operator: CanvasOperator, drop: float | None = None) -> np.ndarray:
        """Remove every component's mean from a block, weighed with √M: what is left is orthogonal to the null space.

        With ``drop``, vectors of unit length that keep less than that part of it squared become zero: what the null
        vectors themselves leave is rounding. Returns ``(16,)`` bool, the others.
        """
        plan = operator.plan
        rows, columns = plan.inside
        place = rows.start, rows.stop, columns.start, columns.stop
        parts = np.zeros((PIECES if len(self) <= 256 else 1, len(self), LANES))
        root = NONE if operator.root is None else operator.root
        component_sums(0, len(parts), x, self.labels, root, plan.pitch, *place, parts)
        means = parts.sum(axis=0) / self.volumes[:, None]
        keep = np.ones(LANES, bool)
        if drop is not None:
            keep = 1 - (means**2 * self.volumes[:, None]).sum(axis=0) > drop
        gone = means.astype(np.float32).ravel(), keep.astype(np.float32)
        remove_means(*place[:2], x, self.labels, root, *gone, plan.pitch, *place[2:])
        return keep


def find_islands(operator: CanvasOperator) -> Islands:
    """The components of the operator's graph."""
    plan = operator.plan
    if not operator.masked and _surely_connected(operator):
        labels = np.full((plan.canvas_height, plan.pitch), -1, np.int32)
        labels[plan.inside] = 0
        return _weighed(labels, np.array([plan.height * plan.width]), operator)
    return _weighed(*pieces(operator, CUT * float(operator.weights.max())), operator)


def pieces(operator: CanvasOperator, cut: float) -> tuple[np.ndarray, np.ndarray]:
    """``labels`` ``(canvas rows, pitch)`` int32 and ``sizes`` ``(m,)``, as in :class:`Islands`, of the pieces that
    edges heavier than ``cut`` join."""
    plan = operator.plan
    labels = np.full((plan.canvas_height, plan.pitch), -1, np.int32)
    parent = np.arange(plan.pixels, dtype=np.int32)
    columns = plan.inside[1]
    for row0, row1, w, w0 in operator.strips():
        unite_rows(w, w0, plan.pitch, plan.half_flat, row0, row1, columns.start, columns.stop, np.float32(cut), parent)
    settle(parent)
    live = operator.live[plan.inside] > 0
    numbers, sizes = ranked(parent.reshape(labels.shape)[plan.inside][live])
    inside = labels[plan.inside]
    inside[live] = numbers
    labels[plan.inside] = inside
    return labels, sizes


def _weighed(labels: np.ndarray, sizes: np.ndarray, operator: CanvasOperator) -> Islands:
    if operator.mass is None:
        return Islands(labels.ravel(), sizes, sizes)
    return Islands(labels.ravel(), sizes, sums(labels, operator.mass, len(sizes)))


def sums(labels: np.ndarray, mass: np.ndarray, count: int) -> np.ndarray:
    """``(count,)`` float64: sums of ``mass`` over the pixels of every one of the ``labels``, −1 for none."""
    return np.bincount(labels.ravel() + 1, mass.ravel(), minlength=count + 1)[1:]


def _surely_connected(operator: CanvasOperator) -> bool:
    """Whether all direct neighbours are joined, as in most pictures; where weights would have to be made for it, first
    whether no two colours are so far apart that they could not be."""
    plan = operator.plan
    nearest = [int(np.flatnonzero((plan.half == offset).all(axis=1))[0]) for offset in ((0, 1), (1, 0))]
    cut = CUT * float(operator.weights.max())
    if operator.streamed:
        light = float(min(operator.weights[nearest]))
        picture = operator.canvas[: operator.channels * plan.pixels].reshape(operator.channels, plan.canvas_height, -1)
        inside = picture[(slice(None), *plan.inside)]
        apart = (inside.max(axis=(1, 2)) - inside.min(axis=(1, 2))).astype(np.float64)
        if light * np.exp(-float(operator.scale) * float(np.sqrt((apart**2).sum()))) > 2 * cut:
            return True
    rows, columns = plan.inside
    m = len(operator.weights)
    return all(
        all_joined(w, w0, plan.pitch, *nearest, m, row0, row1, columns.start, columns.stop, rows.stop, np.float32(cut))
        for row0, row1, w, w0 in operator.strips()
    )
