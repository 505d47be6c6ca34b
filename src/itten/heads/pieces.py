"""Pieces: the pixels of segments, at the size that the picture has, posed and read for copies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn import functional

from itten.config import HeadConfig
from itten.heads.coverage import Sheet
from itten.heads.device import constant, host_kernel
from itten.heads.pose import Pose, copy_poses, same_for_all, whole
from itten.heads.segments import SegmentTable
from itten.heads.void import Turned, turned
from itten.heads.working import Working
from itten.kernels import kernel
from itten.kernels.reference.ink import FRINGE

# Where the best match fits nowhere, so many others are tried.
SPARE = 3
# Copies that are smaller than what they are of are the mean of at most so many readings a pixel, each way.
READINGS = 8


def offers_wanted(head: HeadConfig) -> int:
    """How many matches a target segment the copy head can use."""
    if head.density is not None:
        return 2 * head.max_segments
    return head.copies + (SPARE if head.place == "void" else 0)


@dataclass(frozen=True)
class Pieces:
    """The S segments of a source at its full size: ``labels`` ``(H, W)`` int64, 1 + a segment's number, ``box`` and
    ``centroid`` as in a :class:`~itten.heads.SegmentTable`, ``middle`` ``(S, 2)`` float64 the same centroid between
    pixels, and ``ratio`` ``(S,)`` float64, how many pixels of the source are one of the working size's."""

    labels: torch.Tensor
    box: torch.Tensor
    centroid: torch.Tensor
    middle: torch.Tensor
    ratio: torch.Tensor

    @staticmethod
    def of(table: SegmentTable, working: Working, content: torch.Tensor, allowed: torch.Tensor | None) -> Pieces:
        """The segments of a ``table`` without padding, in the picture's ``content`` ``(H, W)`` bool, and where it is
        ``allowed``."""
        small = table.label_map()
        if working.same:
            labels = small
        else:
            # Where content is more than that of the working size, as at its edges, it goes to what it touches.
            beside = ~working.most(content) & (small == 0)
            around = functional.max_pool2d(small[None, None].double(), 3, 1, 1)[0, 0].long()
            labels = working.labels(torch.where(beside, around, small))
            labels = torch.where(content if allowed is None else content & allowed, labels, 0)
        # Boxes bound what is asked for: labels reach a working pixel beyond their segments, and fringes beyond that.
        edge = math.ceil(working.ratio) + FRINGE
        least = working.place(table.box[:, :2]) - edge
        most = working.place(table.box[:, 2:]) + edge
        last = torch.tensor([side - 1 for side in working.full], device=labels.device)
        box = torch.cat([least.clamp(min=0), torch.minimum(most, last)], dim=1)
        ratio = torch.full((len(table),), working.ratio, dtype=torch.float64, device=labels.device)
        return Pieces(labels, box, working.place(table.centroid), working.middle(table.centroid), ratio)

    @staticmethod
    def stacked(parts: Sequence[Pieces], width: int) -> Pieces:
        """Of pictures one under the other on a canvas of ``width`` pixels."""
        rows, boxes, centroids, middles, before, top = [], [], [], [], 0, 0
        for one in parts:
            named = torch.where(one.labels > 0, one.labels + before, 0)
            rows.append(functional.pad(named, (0, width - named.shape[1])))
            down = torch.tensor([top, 0], device=named.device)
            boxes.append(one.box + down.repeat(2))
            centroids.append(one.centroid + down)
            middles.append(one.middle + down)
            before, top = before + len(one.box), top + named.shape[0]
        ratio = torch.cat([one.ratio for one in parts])
        return Pieces(torch.cat(rows), torch.cat(boxes), torch.cat(centroids), torch.cat(middles), ratio)


@dataclass(frozen=True)
class Fine:
    """What copies are painted with at full size: the source's ``pieces``; the target's ``working`` size, and its
    ``void`` ``(H, W)`` bool; and the ``sheet`` that soft copies are read from."""

    pieces: Pieces
    working: Working
    void: torch.Tensor
    sheet: Sheet | None = None


@dataclass(frozen=True)
class Made:
    """Copies, posed; with padded tables the ``number`` in them of every copy that is wanted, −1 for none; and for each
    of them its ``pose`` and its ``segment``, and how many times ``larger`` it is at full size. ``least``: the smallest
    of their scales, as far as it is known without them."""

    copies: Turned
    number: torch.Tensor | None
    pose: Pose
    segment: torch.Tensor
    larger: torch.Tensor | None = None
    least: float | None = None

    def at_full_size(self, chosen: torch.Tensor, pieces: Pieces, labels: torch.Tensor, backend: str) -> Turned:
        """The copies ``chosen`` ``(n,)`` of them, with the pixels that ``labels`` ``(H, W)`` have at full size."""
        larger = None if self.larger is None else self.larger[chosen]
        cosine, sine, flip = self.pose.of(chosen).inverse(larger)
        which = self.segment[chosen]
        return turned(labels, pieces.box, pieces.centroid, which, cosine, sine, backend, flip=flip)


def make(
    head: HeadConfig,
    target: SegmentTable,
    source: SegmentTable,
    segment: torch.Tensor,
    offers: int,
    which: torch.Tensor,
    void: torch.Tensor,
    key: tuple[int, ...],
    backend: str,
    sheet: Sheet | None,
    fine: Fine | None,
) -> Made:
    """The copies of ``which`` ``(n,)``, at the working size, ``offers`` for every target ``segment``.

    Soft ones, of a ``sheet``, have the fringes of their strokes; hard ones are larger or smaller by whole factors."""
    labels, fringe = (source.label_map(), 0) if sheet is None else (sheet[0], FRINGE)
    box = source.box
    if fringe:
        most = constant((source.shape[0] - 1, source.shape[1] - 1), box, torch.int64)
        box = torch.cat([(box[:, :2] - fringe).clamp(min=0), torch.minimum(box[:, 2:] + fringe, most)], dim=1)

    def posed(pose: Pose, segments: torch.Tensor) -> tuple[Pose, torch.Tensor | None]:
        """The pose, and how many times larger the copy is at full size."""
        larger = None if fine is None else fine.working.ratio / fine.pieces.ratio[segments]
        if sheet is None and larger is None:
            pose = replace(pose, scale=whole(pose.scale))
        elif sheet is None and larger is not None:
            pose = replace(pose, scale=whole(pose.scale * larger) / larger)
        return pose, larger

    padded = target.padded or source.padded
    least = head.scale if isinstance(head.scale, float) and fine is None else None
    size = head.scale if same_for_all(head) else None
    if padded and isinstance(size, float):
        # Every segment once, each pixel to no more than fit into a turned square of that size.
        each = torch.arange(len(source), device=which.device)
        pose, larger = posed(copy_poses(head, target, source, each, each, void, key), each)
        right = head.turn == "quarter" or float(head.turn) % 90.0 == 0.0
        pixels = len(source.pixels) if not fringe else int((labels > 0).sum())
        size = max(math.floor(size + 0.5), 1.0) if sheet is None else size
        room = pixels * (math.ceil(size) ** 2 if right else 2 if size == 1.0 else math.floor((size + 1) ** 2))
        each = torch.where(source.live, each, -1)
        cosine, sine, flip = pose.inverse()
        found = turned(labels, box, source.centroid, each, cosine, sine, backend, room, flip)
        return Made(found, which, pose, each, larger, least)
    own = torch.arange(len(which), device=which.device)
    owner, known, drawn = torch.repeat_interleave(segment, offers), which, None
    if padded:
        known = which.clamp(min=0)
        # What is random is drawn for the copies that there are, in their order.
        offered = 1 + (source.live.sum().clamp(max=offers_wanted(head)) - head.copies).clamp(min=0)
        slot = own // offers // len(target) * target.live.sum() + owner
        drawn = (slot * (offered if offers > 1 else 1) + own % offers).clamp(max=len(which) - 1)
    pose, larger = posed(copy_poses(head, target, source, owner, known, void, key, drawn), known)
    cosine, sine, flip = pose.inverse()
    found = turned(labels, box, source.centroid, which, cosine, sine, backend, flip=flip)
    return Made(found, torch.where(which >= 0, own, -1) if padded else None, pose, which, larger, least)


def read(
    sheet: Sheet,
    centroid: torch.Tensor,
    made: Made,
    copy: torch.Tensor,
    offset: torch.Tensor,
    backend: str,
    fine: Fine | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Colour ``(3, P)`` and coverage ``(P,)`` of the pixels of copies ``copy`` ``(P,)`` of those made, ``offset``
    ``(P, 2)`` from their middles, which may lie between pixels; ``centroid`` ``(S, 2)`` those of the segments on the
    ``sheet``. With ``fine`` they are of the full size."""
    labels, stack = sheet
    larger = made.larger if fine is not None else None
    to_source = _way_back(centroid, made, copy, larger)
    segment = made.segment[copy].clamp(min=0)
    run = host_kernel("sample_pieces", backend, stack) or kernel("sample_pieces", "torch")
    least = made.least
    if least is None:
        scale = made.pose.scale if larger is None else made.pose.scale * larger
        least = float(scale.min()) if len(scale) else 1.0
    times = min(max(math.ceil(1.0 / least - 1e-6), 1), READINGS)
    found = torch.zeros((len(stack), len(copy)), dtype=stack.dtype, device=stack.device)
    for i in range(times * times):
        dy = offset[:, 0].double() + ((i // times + 0.5) / times - 0.5)
        dx = offset[:, 1].double() + ((i % times + 0.5) / times - 0.5)
        y, x = to_source(dy, dx)
        found = found + run(stack, labels, segment + 1, y, x)
    found = found / (times * times)
    covered = found[3]
    # What the model of ink over paper leaves over may lie outside [0, 1]: with its coverage it gives the picture.
    return torch.where(covered > 0, found[:3] / covered.clamp(min=1e-6), 0.0), covered


def spots(
    centroid: torch.Tensor, made: Made, copy: torch.Tensor, offset: torch.Tensor, fine: Fine | None
) -> torch.Tensor:
    """``(P, 2)`` float64: where in the source the middle of each pixel of :func:`read` lies."""
    to_source = _way_back(centroid, made, copy, made.larger if fine is not None else None)
    return torch.stack(to_source(offset[:, 0].double(), offset[:, 1].double()), dim=1)


def _way_back(
    centroid: torch.Tensor, made: Made, copy: torch.Tensor, larger: torch.Tensor | None
) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """From an offset from a copy's middle, down and right, to row and column in the source."""
    cosine, sine, flip = (one[copy] for one in made.pose.inverse(larger))
    middle = centroid[made.segment[copy].clamp(min=0)].double()

    def to_source(dy: torch.Tensor, dx: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return middle[:, 0] + cosine * dy + sine * dx, middle[:, 1] + flip * (cosine * dx - sine * dy)

    return to_source
