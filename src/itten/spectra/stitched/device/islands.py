"""Components of a picture's graph on any device, and the removal of their means without atomic additions.

What counts as an edge, the order of the components and the null vectors are those of
:mod:`itten.spectra.stitched.host.islands`. Most pictures are one component: then nothing waits for the device. The
labels of others are found for one picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from itten.spectra.components import CUT, contrasts
from itten.spectra.stitched.device.operator import DeviceOperator

# Numbers that are added at once in a sum over a component.
RUN = 64


@dataclass(frozen=True, eq=False)
class DeviceIslands:
    """The components of one picture: ``labels`` ``(R,)`` int64 on the canvas, m where nothing lives, the largest first;
    ``sizes`` ``(m,)`` on the host and ``counts`` the same on the device; ``tables``: rows of places whose sums give the
    next table's. Or, with empty ``labels``, any number of pictures of ``live`` pixels that are one component each.

    With masses M of one picture's pixels ``root`` ``(1, R, 1)`` is √M, and sizes are sums of M in place of pixels.
    """

    live: torch.Tensor
    sizes: np.ndarray
    labels: torch.Tensor
    counts: torch.Tensor
    tables: tuple[torch.Tensor, ...]
    root: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.sizes)

    def weighed_with(self, operator: DeviceOperator) -> DeviceIslands:
        """The same islands of one picture with the operator's masses, if it has any."""
        if operator.mass is None or operator.root is None:
            return self
        sizes = self.sums(operator.mass.double().view(1, -1, 1))[0, :, 0]
        return replace(self, sizes=sizes.cpu().numpy(), counts=sizes, root=operator.root.view(1, -1, 1))

    def vectors(self, count: int, operator: DeviceOperator) -> torch.Tensor:
        """``(B, count, H, W)`` float64: the first ``count`` null vectors, of unit length in the mass."""
        if len(self) == 1:
            live = operator.inside(self.live)[..., 0].double()
            return (live * (operator.length / math.sqrt(self.sizes[0])))[:, None]
        table = operator.length * np.concatenate([contrasts(self.sizes, count), np.zeros((count, 1))], axis=1)
        labels = operator.inside(self.labels[None, :, None])[..., 0]
        return torch.tensor(table, device=labels.device)[:, labels].transpose(0, 1)

    def sums(self, x: torch.Tensor) -> torch.Tensor:
        """``(B, m, lanes)`` float64: sums of matrices of vectors over every component, in a fixed order."""
        if len(self) == 1:
            return x.sum(dim=1, keepdim=True, dtype=torch.float64)
        part = x[0].double()
        for table in self.tables:
            part = torch.cat([part, torch.zeros_like(part[:1])])[table].sum(dim=1)
        return part[None]

    def centre(self, x: torch.Tensor, drop: float | None = None) -> torch.Tensor:
        """Remove every component's mean, weighed with √M, in place. With ``drop``, vectors of unit length that keep
        less than that part of it squared become zero. Returns ``(B, lanes)`` bool, the others."""
        counts = float(self.sizes[0]) if len(self) == 1 else self.counts[:, None]
        means = self.sums(x if self.root is None else x * self.root) / counts
        keep = torch.ones_like(means[:, 0], dtype=torch.bool)
        if drop is not None:
            keep = 1 - (means.square() * counts).sum(dim=1) > drop
        if len(self) == 1:
            x.addcmul_((self.live if self.root is None else self.root).to(x.dtype), means.to(x.dtype), value=-1)
        else:
            table = torch.cat([means[0], torch.zeros_like(means[0, :1])]).to(x.dtype)
            x[0] -= table[self.labels] if self.root is None else table[self.labels] * self.root[0]
        if drop is not None:
            x *= keep[:, None]
        return keep


def one_island(operator: DeviceOperator, pixels: int) -> DeviceIslands:
    """Pictures of ``pixels`` live pixels that are known, or hoped, to be one component each."""
    live = operator.live.view(operator.batch, -1, 1)
    return DeviceIslands(live, np.array([pixels]), live.new_zeros(0, dtype=torch.int64), live.new_zeros(0), ())


def device_islands(operator: DeviceOperator, masked: bool) -> DeviceIslands:
    """The components of the graph of the operator's one picture, weighed with its mass. Waits for the device."""
    return _islands(operator, masked).weighed_with(operator)


def _islands(operator: DeviceOperator, masked: bool) -> DeviceIslands:
    if not masked and bool(surely_connected(operator).all()):
        return one_island(operator, operator.plan.height * operator.plan.width)
    live = operator.live > 0
    roots = _roots(operator)
    _, number, counts = torch.unique(roots[live], sorted=True, return_inverse=True, return_counts=True)
    if len(counts) == 1:
        return one_island(operator, int(counts))
    # Roots are first pixels, so that a stable order by size leaves equal ones in raster order.
    order = torch.argsort(-counts, stable=True)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order), device=order.device)
    labels = torch.full_like(roots, len(order))
    labels[live] = rank[number]
    counts = counts[order]
    tables = _tables(labels, counts)
    return DeviceIslands(operator.live.view(1, -1, 1), counts.cpu().numpy(), labels, counts.double(), tables)


def surely_connected(operator: DeviceOperator) -> torch.Tensor:
    """``(B,)`` bool: two tests of which most pictures pass one: no two colours so far apart that an edge to the nearest
    neighbour is lost, or all direct neighbours joined. Pictures without masked pixels."""
    plan = operator.plan
    nearest = [int(np.flatnonzero((plan.half == offset).all(axis=1))[0]) for offset in ((0, 1), (1, 0))]
    cut = CUT * max(operator.weights)
    picture = operator.inside(operator.colours.view(-1, operator.on.rows, 1))[..., 0]
    picture = picture.unflatten(0, (-1, operator.batch)).flatten(2)
    farthest = (picture.amax(dim=2) - picture.amin(dim=2)).double().square().sum(dim=0).sqrt()
    light = min(operator.weights[o] for o in nearest)
    near = light * torch.exp(-operator.scale * farthest) > 2 * cut
    joined = torch.ones_like(near)
    for o in nearest:
        step = operator.steps[o]
        broken = (operator.live[:-step] > 0) & (operator.live[step:] > 0) & (operator.edge(o) <= cut)
        whole = torch.nn.functional.pad(broken, (0, step)).view(operator.batch, -1)
        joined = joined & ~whole.any(dim=1)
    return near | joined


def _roots(operator: DeviceOperator) -> torch.Tensor:
    """``(R,)`` int64: the first pixel of every pixel's component, by pointer jumping (as in
    :mod:`itten.kernels.torch.components`) over the edges that are heavier than the cut."""
    pixels = operator.colours.shape[1]
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
