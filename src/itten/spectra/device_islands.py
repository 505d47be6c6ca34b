"""Components of a picture's graph on any device, and the removal of their means without atomic additions.

What counts as an edge, the order of the components and the null vectors are those of :mod:`itten.spectra.islands`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from itten.spectra.device_operator import DeviceOperator
from itten.spectra.islands import CUT, contrasts

# Numbers that are added at once in a sum over a component.
RUN = 64


@dataclass(frozen=True, eq=False)
class DeviceIslands:
    """``labels`` ``(P,)`` int64 on the canvas, m where nothing lives, the largest component first; ``sizes`` ``(m,)``
    on the host and ``counts`` the same on the device; ``tables``: rows of places whose sums give the next table's."""

    labels: torch.Tensor
    sizes: np.ndarray
    counts: torch.Tensor
    tables: tuple[torch.Tensor, ...]

    def __len__(self) -> int:
        return len(self.sizes)

    def vectors(self, count: int, operator: DeviceOperator) -> torch.Tensor:
        """``(count, H, W)`` float64: the first ``count`` null vectors."""
        table = np.concatenate([contrasts(self.sizes, count), np.zeros((count, 1))], axis=1)
        labels = operator.inside(self.labels[:, None]).squeeze(2)
        return torch.tensor(table, device=labels.device)[:, labels]

    def sums(self, x: torch.Tensor) -> torch.Tensor:
        """``(m, lanes)`` float64: sums of a matrix of vectors over every component, in a fixed order."""
        if len(self) == 1:
            return x.sum(dim=0, keepdim=True, dtype=torch.float64)
        part = x[: len(self.labels)].double()
        for table in self.tables:
            part = torch.cat([part, torch.zeros_like(part[:1])])[table].sum(dim=1)
        return part

    def centre(self, x: torch.Tensor, drop: float | None = None) -> torch.Tensor:
        """Remove every component's mean, in place. With ``drop``, vectors of unit length that keep less than that part
        of it squared become zero. Returns ``(lanes,)`` bool, the others."""
        means = self.sums(x) / self.counts[:, None]
        keep = torch.ones(x.shape[1], dtype=torch.bool, device=x.device)
        if drop is not None:
            keep = 1 - (means.square() * self.counts[:, None]).sum(dim=0) > drop
        table = torch.cat([means, torch.zeros_like(means[:1])]).to(x.dtype)
        view = x[: len(self.labels)]
        view -= table[self.labels]
        if drop is not None:
            view *= keep
        return keep


def device_islands(operator: DeviceOperator, masked: bool) -> DeviceIslands:
    """The components of the operator's graph."""
    live = operator.live > 0
    if not masked and _surely_connected(operator):
        whole = operator.plan.height * operator.plan.width
        sizes = np.array([whole])
        return DeviceIslands((~live).long(), sizes, torch.tensor(sizes, device=live.device).double(), ())
    roots = _roots(operator)
    _, number, counts = torch.unique(roots[live], sorted=True, return_inverse=True, return_counts=True)
    # Roots are first pixels, so that a stable order by size leaves equal ones in raster order.
    order = torch.argsort(-counts, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order), device=order.device)
    labels = torch.full_like(roots, len(order))
    labels[live] = rank[number]
    counts = counts[order]
    tables = _tables(labels, counts) if len(counts) > 1 else ()
    return DeviceIslands(labels, counts.cpu().numpy(), counts.double(), tables)


def _roots(operator: DeviceOperator) -> torch.Tensor:
    """``(P,)`` int64: the first pixel of every pixel's component, by pointer jumping (as in
    :mod:`itten.kernels.torch.components`) over the edges that are heavier than the cut."""
    pixels = operator.plan.pixels
    cut = CUT * max(operator.weights)
    joined = [operator.edge(o) > cut for o in range(len(operator.steps))]
    parent = torch.arange(pixels, device=operator.colours.device)
    while True:
        smallest = parent.clone()
        for step, edge in zip(operator.steps, joined, strict=True):
            low, high = smallest[: pixels - step], smallest[step:]
            least = torch.where(edge, torch.minimum(parent[: pixels - step], parent[step:]), pixels)
            torch.minimum(low, least, out=low)
            torch.minimum(high, least, out=high)
        hooked = parent.scatter_reduce(0, parent, smallest, "amin")
        hooked = torch.minimum(hooked, smallest)
        for _ in range(max(1, math.ceil(math.log2(pixels)))):
            jumped = hooked[hooked]
            if torch.equal(jumped, hooked):
                break
            hooked = jumped
        if torch.equal(hooked, parent):
            return parent
        parent = hooked


def _tables(labels: torch.Tensor, counts: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Rows of up to RUN places of one label, −1 (a zero) where there are fewer; as many levels as leave a row a label.

    ``labels`` ``(P,)`` from 0, those of ``len(counts)`` and above are left out.
    """
    tables = []
    order = torch.argsort(labels, stable=True)[: int(counts.sum())]
    while True:
        rows = (counts + RUN - 1) // RUN
        begin = torch.cumsum(rows, 0) - rows
        before = torch.cumsum(counts, 0) - counts
        label = torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts)
        within = torch.arange(len(label), device=counts.device) - before[label]
        table = torch.full((int(rows.sum()) * RUN,), -1, device=counts.device)
        table[begin[label] * RUN + within] = order
        tables.append(table.view(-1, RUN))
        if int(rows.max()) == 1:
            return tuple(tables)
        counts = rows
        order = torch.arange(int(rows.sum()), device=counts.device)


def _surely_connected(operator: DeviceOperator) -> bool:
    """Two tests that most pictures pass: no two colours so far apart, or all direct neighbours joined."""
    plan = operator.plan
    nearest = [int(np.flatnonzero((plan.half == offset).all(axis=1))[0]) for offset in ((0, 1), (1, 0))]
    cut = CUT * max(operator.weights)
    picture = operator.inside(operator.colours.T).flatten(0, 1)
    farthest = (picture.amax(dim=0) - picture.amin(dim=0)).double().norm()
    light = min(operator.weights[o] for o in nearest)
    near = light * torch.exp(-operator.scale * farthest) > 2 * cut
    joined = torch.ones((), dtype=torch.bool, device=near.device)
    for o in nearest:
        step = operator.steps[o]
        edge = operator.edge(o)
        both = (operator.live[: plan.pixels - step] > 0) & (operator.live[step:] > 0)
        joined = joined & (~both | (edge > cut)).all()
    return bool(near | joined)
