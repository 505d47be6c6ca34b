"""Segments: connected sets of low-gate contour pixels, as one table of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from itten.heads.device import device_kernel, host_kernel, unseen
from itten.kernels import choose, kernel
from itten.kernels.registry import ARRAY_BACKENDS


@dataclass(frozen=True)
class SegmentTable:
    """S segments with P pixels in all, the largest first, equal sizes by their first pixel in raster order.

    ``pixels`` ``(P,)`` int64: raster indices, segment after segment, ascending within one; ``owner`` ``(P,)``
    the segment of each. ``size`` ``(S,)`` int64; ``centroid`` ``(S, 2)`` int64, (y, x) rounded to the nearest
    pixel, halves up; ``box`` ``(S, 4)`` int64: first row, first column, last row, last column; ``mean`` and
    ``deviation`` ``(S,)`` float64 of the field over the segment. ``shape`` the image's (H, W).

    A ``padded`` table has room for all the segments and pixels that there could be, so that nobody has to know how
    many there are. The last rows may be no segments: their size and all their numbers are 0. The last entries of
    ``pixels`` may be no pixels: they are H · W, their owner is S.
    """

    pixels: torch.Tensor
    owner: torch.Tensor
    size: torch.Tensor
    centroid: torch.Tensor
    box: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor
    shape: tuple[int, int]
    padded: bool = False

    def __len__(self) -> int:
        return len(self.size)

    @property
    def live(self) -> torch.Tensor:
        """``(S,)`` bool: which rows are segments."""
        return self.size > 0

    def trimmed(self) -> SegmentTable:
        """The table without its padding. The host waits for the device if there is any."""
        if not self.padded:
            return self
        rows, pixels = int(self.live.sum()), int(self.size.sum())
        columns = {name: getattr(self, name)[:rows] for name in ("size", "centroid", "box", "mean", "deviation")}
        return SegmentTable(self.pixels[:pixels], self.owner[:pixels], shape=self.shape, **columns)

    def totals(self, values: torch.Tensor) -> torch.Tensor:
        """``(…, S)`` int64: sums of ``(…, P)`` int64 over the segments, as differences of running sums."""
        running = torch.nn.functional.pad(values.cumsum(-1), (1, 0))
        end = self.size.cumsum(0)
        return running[..., end] - running[..., end - self.size]

    @property
    def aspect(self) -> torch.Tensor:
        """``(S,)`` float64: width over height of the bounding box."""
        extent = (self.box[:, 2:] - self.box[:, :2] + 1).double()
        return extent[:, 1] / extent[:, 0]

    @property
    def diameter(self) -> torch.Tensor:
        """``(S,)`` float64: diagonal of the bounding box, in pixels."""
        return (self.box[:, 2:] - self.box[:, :2] + 1).double().square().sum(dim=1).sqrt()

    def first(self, count: int) -> SegmentTable:
        """The table of the first ``count`` segments."""
        if self.padded:
            rows = min(count, len(self))
            gone = self.owner >= rows
            columns = {name: getattr(self, name)[:rows] for name in ("size", "centroid", "box", "mean", "deviation")}
            nowhere = self.shape[0] * self.shape[1]
            return SegmentTable(
                self.pixels.masked_fill(gone, nowhere),
                self.owner.clamp(max=rows),
                shape=self.shape,
                padded=True,
                **columns,
            )
        keep = int(self.size[:count].sum())
        return SegmentTable(
            self.pixels[:keep],
            self.owner[:keep],
            self.size[:count],
            self.centroid[:count],
            self.box[:count],
            self.mean[:count],
            self.deviation[:count],
            self.shape,
        )

    def moved(self, rows: int, shape: tuple[int, int]) -> SegmentTable:
        """The table on a larger canvas of ``shape``, the picture ``rows`` pixels from its top, at its left; without
        padding."""
        if self.padded:
            return self.trimmed().moved(rows, shape)
        width = self.shape[1]
        pixels = (self.pixels // width + rows) * shape[1] + self.pixels % width
        down = torch.tensor([rows, 0], device=self.pixels.device)
        return replace(self, pixels=pixels, centroid=self.centroid + down, box=self.box + down.repeat(2), shape=shape)

    @staticmethod
    def joined(tables: Sequence[SegmentTable]) -> SegmentTable:
        """The segments of several tables without padding on one canvas, in order."""
        before = 0
        owners = []
        for table in tables:
            owners.append(table.owner + before)
            before += len(table)
        columns: dict[str, Any] = {
            name: torch.cat([getattr(table, name) for table in tables])
            for name in ("pixels", "size", "centroid", "box", "mean", "deviation")
        }
        return SegmentTable(owner=torch.cat(owners), shape=tables[0].shape, **columns)

    def label_map(self) -> torch.Tensor:
        """``(H, W)`` int64: 0 outside all segments, else 1 + the segment's number."""
        count = self.shape[0] * self.shape[1]
        flat = torch.zeros(count + self.padded, dtype=torch.int64, device=self.pixels.device)
        flat[self.pixels] = self.owner + 1
        return flat[:count].reshape(self.shape)


def low_gate(gate: torch.Tensor, contour: torch.Tensor, min_pixels: int, backend: str = "auto") -> torch.Tensor:
    """``(H, W)`` bool, ``contour`` being the content in question: contour ∧ g < 1/2; where that is fewer than 3 ·
    min_pixels pixels, contour ∧ g below the (lower) median of g on contours."""
    mask = contour & (gate < 0.5)
    if unseen(gate, backend):
        values = torch.where(contour, gate, torch.inf).flatten().sort().values
        median = values[((contour.sum() + 1) // 2 - 1).clamp(min=0)[None]]
        return torch.where(mask.sum() < 3 * min_pixels, contour & (gate < median), mask)
    if int(mask.sum()) < 3 * min_pixels and bool(contour.any()):
        values = gate[contour]
        mask = contour & (gate < values.kthvalue((len(values) + 1) // 2).values)
    return mask


def find_segments(
    mask: torch.Tensor,
    field: torch.Tensor,
    min_pixels: int = 25,
    max_segments: int = 40,
    backend: str = "auto",
    classes: torch.Tensor | None = None,
    padded: bool = False,
) -> SegmentTable:
    """The largest ``max_segments`` 4-connected components of ``mask`` ``(H, W)`` with ``min_pixels`` or more.

    With ``classes`` ``(H, W)`` int64, as :func:`~itten.heads.partition.partition` makes them, pixels are connected only
    within their class. A ``padded`` table has as many rows as there could be segments, at most ``max_segments``.
    """
    labels = find_labels(mask if classes is None else torch.where(mask, classes, 0), backend)
    return tabulate(labels, field, min_pixels, max_segments, backend, padded)


def find_labels(classes: torch.Tensor, backend: str = "auto") -> torch.Tensor:
    """``(H, W)`` int64: 1 + the first raster index of the 4-connected component of one class, 0 where ``classes``
    ``(H, W)``, bool or int64, is 0."""
    chosen = choose("label_components", classes.device.type, backend)
    run = kernel("label_components", chosen)
    return torch.from_numpy(run(classes.numpy())) if chosen in ARRAY_BACKENDS else run(classes)


def tabulate(
    labels: torch.Tensor,
    field: torch.Tensor,
    min_pixels: int,
    max_segments: int,
    backend: str = "auto",
    padded: bool = False,
) -> SegmentTable:
    """The table of a label map ``(H, W)`` (0 outside, else 1 + the component's first raster index)."""
    if padded:
        return _with_room(labels, field, max(min_pixels, 1), max_segments, backend)
    height, width = labels.shape
    flat = labels.flatten()
    # Components are named by their first pixel: ascending names are the order of first pixels.
    sizes = torch.bincount(flat, minlength=height * width + 1)
    sizes[0] = 0
    names = (sizes >= max(min_pixels, 1)).nonzero().squeeze(1)
    names = names[torch.argsort(sizes[names], descending=True, stable=True)[:max_segments]]
    count = len(names)
    pixels, owner = (host_kernel("segment_pixels", backend, labels) or _pixels)(labels, names, sizes[names])
    sums = device_kernel("segment_sums", backend, field) or host_kernel("segment_sums", backend, field)
    sums = sums or kernel("segment_sums", "torch")
    size, total, box, mean, deviation = sums(pixels, owner, field, count)
    centroid = torch.div(2 * total + size[:, None], 2 * size[:, None], rounding_mode="floor")
    return SegmentTable(pixels, owner, size, centroid, box, mean, deviation, (height, width))


def _pixels(labels: torch.Tensor, names: torch.Tensor, size: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.sums.segment_pixels`."""
    flat = labels.flatten()
    rank = flat.new_full((len(flat) + 1,), -1)
    rank[names] = torch.arange(len(names), device=labels.device)
    pixels = (rank[flat] >= 0).nonzero().squeeze(1)
    owner = rank[flat[pixels]]
    order = torch.argsort(owner, stable=True)
    return pixels[order], owner[order]


def _with_room(
    labels: torch.Tensor, field: torch.Tensor, min_pixels: int, max_segments: int, backend: str
) -> SegmentTable:
    """A padded table. Sizes and first pixels are sorted as one number each."""
    height, width = labels.shape
    count = height * width
    rows = min(max_segments, count // min_pixels)
    flat, device = labels.flatten(), labels.device
    # What is in no component counts nothing, each pixel in a place of its own: additions to one place would queue.
    spread = torch.where(flat > 0, flat, torch.arange(1, count + 1, device=device))
    sizes = flat.new_zeros(count + 1).index_add_(0, spread, (flat > 0).long())
    number = torch.arange(count, -1, -1, device=device)
    best = torch.where(sizes >= min_pixels, sizes * (count + 1) + number, -1).topk(rows).values
    name = torch.where(best >= 0, count - best % (count + 1), count + 1)
    rank = torch.full((count + 2,), rows, dtype=torch.int32, device=device)
    rank.scatter_(0, name, torch.arange(rows, dtype=torch.int32, device=device))
    owner, pixels = rank[flat].sort(stable=True)
    nobody = owner == rows
    sums = device_kernel("segment_sums", backend, field) or kernel("segment_sums", "torch")
    owner = owner.long()
    found = sums(pixels.masked_fill(nobody, 0), owner.masked_fill(nobody, -1), field, rows)
    live = best >= 0
    size, total, box, mean, deviation = (torch.where(live.reshape(-1, *[1] * (one.dim() - 1)), one, 0) for one in found)
    each = size.clamp(min=1)[:, None]
    centroid = torch.div(2 * total + size[:, None], 2 * each, rounding_mode="floor")
    places = pixels.masked_fill(nobody, count)
    if not rows:
        places, owner = places[:0], owner[:0]
    return SegmentTable(places, owner, size, centroid, box, mean, deviation, (height, width), rows > 0)


class Segments(nn.Module):
    """:func:`find_segments` with its limits kept."""

    def __init__(self, min_pixels: int = 25, max_segments: int = 40, backend: str = "auto") -> None:
        super().__init__()
        self.min_pixels = min_pixels
        self.max_segments = max_segments
        self.backend = backend

    def forward(
        self,
        mask: torch.Tensor,
        field: torch.Tensor,
        classes: torch.Tensor | None = None,
        padded: bool = False,
    ) -> SegmentTable:
        return find_segments(mask, field, self.min_pixels, self.max_segments, self.backend, classes, padded)
