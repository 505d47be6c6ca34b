"""The copy head: the pixels of matched segments, turned and moved, as points on the target."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from itten.config import HeadConfig
from itten.heads.coverage import Sheet
from itten.heads.device import constant, host_kernel
from itten.heads.points import Layer, Points
from itten.heads.segments import SegmentTable
from itten.heads.turn import copy_angles
from itten.heads.void import Turned, place_in_voids, turned
from itten.kernels import kernel
from itten.kernels.reference.ink import FRINGE

RIGHT, DOWN = 0.3, 0.4
SHADOW_FAR, SHADOW_NEAR = 0.9, 0.8
# Where the best match fits nowhere, so many others are tried.
SPARE = 3


def front_shift(strength: float, effect: float) -> tuple[int, int]:
    """Rows down and columns right that the seed's front copy moves by: 0.4 and 0.3 of strength · effect, rounded
    half up."""
    return int(DOWN * strength * effect + 0.5), int(RIGHT * strength * effect + 0.5)


def project_shadow(offset: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
    """Offsets ``(P, 2)`` pushed away from the centroid by ``distance`` ``(P,)`` pixels, rounded half up.

    The pixel on the centroid itself has no direction and stays.
    """
    exact = offset.double()
    length = exact.square().sum(dim=1).sqrt()
    factor = torch.where(length > 0, 1.0 + distance / length, 1.0)
    return torch.floor(exact * factor[:, None] + 0.5).long()


def offers_wanted(head: HeadConfig) -> int:
    """How many matches a target segment the copy head can use."""
    return head.copies + (SPARE if head.place == "void" else 0)


def copy_segments(
    target: SegmentTable,
    source: SegmentTable,
    matches: torch.Tensor,
    void: torch.Tensor,
    complexity: torch.Tensor,
    head: HeadConfig | None = None,
    effect: float = 1.0,
    key: tuple[int, ...] = (0,),
    backend: str = "auto",
    sheet: Sheet | None = None,
) -> tuple[Points, Points]:
    """``(shadow, front)``: the copies of the matched source segments, as ``head`` wants them turned and placed.

    ``matches`` ``(T, n)`` int64 source segments for every target segment, best first, −1 for none; the first
    ``head.copies`` of them are copied. ``void`` and ``complexity`` ``(H, W)``: where copies may go, and how busy the
    field is. Copies are placed one after the other: first matches of all target segments in their order, then second
    ones.

    ``place`` ``void``: see :func:`~itten.heads.void.place_in_voids`; where a copy fits nowhere, up to three more
    matches are tried, and what never fits is left out. ``seed``: centred on the target segment's centroid, then moved
    by 0.3 · strength · effect right and 0.4 · strength · effect down. Shadows: ``drop``, the front copy moved by that
    offset, on void pixels that no front covers; ``project``, at the target's centroid, every pixel pushed outward by
    diameter · (0.9 − 0.8 · c) · effect, c the complexity at that centroid. Points that leave the image are dropped.
    ``key`` are whole numbers that random turns are drawn from.

    With ``sheet``, what :meth:`~itten.heads.coverage.Coverage.sheet` makes of the source's segments, copies are soft:
    they have the fringes of their strokes, and are read between pixels.

    With padded tables points are padded. The host waits for the device only for the number of pixels of copies that may
    lie on one another, and of turned segments where each copy has an angle of its own.
    """
    head = head if head is not None else HeadConfig()
    rank, segment = _slots(len(target), min(head.copies, matches.shape[1]), matches.device)
    down, right = front_shift(head.strength, effect)
    shift = constant((down, right), matches, torch.int64)
    padded = target.padded or source.padded
    which, offers = matches[segment, rank], 1
    if head.place == "void":
        spare = matches[:, head.copies : offers_wanted(head)]
        which = torch.cat([which[:, None], spare[segment]], dim=1).flatten()
        offers = 1 + spare.shape[1]
    labels, fringe = (source.label_map(), 0) if sheet is None else (sheet[0], FRINGE)
    made = _turned(head, target, source, segment, offers, which, void, key, backend, labels, fringe)
    copies, number = made.copies, made.number
    if head.place == "void":
        start = target.centroid[segment]
        rules = offers, head.clearance, head.overlap, head.direction, backend
        chosen, centre = place_in_voids(void, copies, start, *rules, number)
        kept = chosen >= 0
        if number is None:
            segment, chosen, centre = segment[kept], chosen[kept], centre[kept]
            which = which[chosen]
        else:
            which = torch.where(kept, which[chosen], 0)
            chosen = torch.where(kept, number[chosen], -1)
    else:
        chosen = torch.arange(len(which), device=which.device) if number is None else number
        centre = target.centroid[segment] + shift
    if padded:
        # Copies that do not lie on one another are no more pixels than the target.
        apart = head.place == "void" and not head.overlap
        index, number = copies.placed(chosen, target.shape[0] * target.shape[1] if apart else None)
    else:
        index, number = copies.taken(chosen)
    offset, origin = copies.offset[index], copies.origin[index]
    if head.place == "seed":
        # The seed paints a copy in the source's raster order; where shadow pixels fall together, the last wins.
        order = torch.argsort(number * (source.shape[0] * source.shape[1]) + origin, stable=padded)
        offset, origin, number = offset[order], origin[order], number[order]
    colour, covered = (None, None) if sheet is None else _read(sheet, source, made, chosen, number, offset, backend)
    layer = Layer(origin, number, chosen, target.shape, padded, colour, covered)
    middle = layer.of(centre)
    front = layer.points(middle + offset)
    if head.shadow == "drop":
        shadow = layer.points(middle + offset + shift)
        shadow = shadow.where(shadow.over(void))
    elif head.shadow == "project":
        home = target.centroid[segment]
        at_centroid = complexity[home[:, 0], home[:, 1]].double()
        reach = source.diameter[which.clamp(min=0)] * (SHADOW_FAR - SHADOW_NEAR * at_centroid) * effect
        shadow = layer.points(layer.of(home) + project_shadow(offset, layer.of(reach)))
    else:
        shadow = Points.none(front.place.device)
    return shadow, front


def _slots(targets: int, copies: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Rank and target segment of every copy that is wanted: all first ones, then all second ones."""
    number = torch.arange(targets * copies, device=device)
    return number // max(targets, 1), number % max(targets, 1)


@dataclass(frozen=True)
class _Made:
    """Copies, turned; with padded tables the ``number`` in them of every copy that is wanted, −1 for none; and for
    each of them its turn and its segment."""

    copies: Turned
    number: torch.Tensor | None
    cosine: torch.Tensor
    sine: torch.Tensor
    segment: torch.Tensor


def _read(
    sheet: Sheet,
    source: SegmentTable,
    made: _Made,
    chosen: torch.Tensor,
    number: torch.Tensor,
    offset: torch.Tensor,
    backend: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Colour ``(3, P)`` and coverage ``(P,)`` of the pixels of copies, ``offset`` ``(P, 2)`` from their middles."""
    labels, stack = sheet
    copy = chosen.clamp(min=0)[number.clamp(max=max(len(chosen) - 1, 0))]
    cosine, sine, segment = made.cosine[copy], made.sine[copy], made.segment[copy].clamp(min=0)
    dy, dx = offset.double().unbind(dim=1)
    middle = source.centroid[segment].double()
    y, x = middle[:, 0] + cosine * dy + sine * dx, middle[:, 1] + cosine * dx - sine * dy
    run = host_kernel("sample_pieces", backend, stack) or kernel("sample_pieces", "torch")
    found = run(stack, labels, segment + 1, y, x)
    covered = found[3]
    # What the model of ink over paper leaves over may lie outside [0, 1]: with its coverage it gives the picture.
    return torch.where(covered > 0, found[:3] / covered.clamp(min=1e-6), 0.0), covered


def _turned(
    head: HeadConfig,
    target: SegmentTable,
    source: SegmentTable,
    segment: torch.Tensor,
    offers: int,
    which: torch.Tensor,
    void: torch.Tensor,
    key: tuple[int, ...],
    backend: str,
    labels: torch.Tensor,
    fringe: int,
) -> _Made:
    """The copies of ``which`` ``(n,)``, their segments having the pixels of ``labels`` ``(H, W)``, which lie up to
    ``fringe`` pixels outside their boxes."""
    own = torch.arange(len(which), device=which.device)
    box = source.box
    if fringe:
        most = constant((source.shape[0] - 1, source.shape[1] - 1), box, torch.int64)
        box = torch.cat([(box[:, :2] - fringe).clamp(min=0), torch.minimum(box[:, 2:] + fringe, most)], dim=1)
    padded = target.padded or source.padded
    if padded and head.turn not in ("align", "void", "random"):
        # All are turned by one angle: every segment once, each pixel to two at most (three do not fit into a turned
        # square), and to one by right angles.
        each = torch.arange(len(source), device=which.device)
        cosine, sine = copy_angles(head.turn, target, source, each, each, void, key)
        right = head.turn == "quarter" or float(head.turn) % 90.0 == 0.0
        pixels = len(source.pixels) if not fringe else int((labels > 0).sum())
        room = pixels * (1 if right else 2)
        each = torch.where(source.live, each, -1)
        found = turned(labels, box, source.centroid, each, cosine, sine, backend, room)
        return _Made(found, which, cosine, sine, each)
    owner, known, drawn = torch.repeat_interleave(segment, offers), which, None
    if padded:
        known = which.clamp(min=0)
        # Random angles are drawn for the copies that there are, in their order.
        offered = 1 + (source.live.sum().clamp(max=offers_wanted(head)) - head.copies).clamp(min=0)
        slot = own // offers // len(target) * target.live.sum() + owner
        drawn = (slot * (offered if offers > 1 else 1) + own % offers).clamp(max=len(which) - 1)
    cosine, sine = copy_angles(head.turn, target, source, owner, known, void, key, drawn)
    found = turned(labels, box, source.centroid, which, cosine, sine, backend)
    return _Made(found, torch.where(which >= 0, own, -1) if padded else None, cosine, sine, which)


class CopyHead(nn.Module):
    """:func:`copy_segments` with its head's configuration kept."""

    def __init__(self, head: HeadConfig | None = None, backend: str = "auto") -> None:
        super().__init__()
        self.head = head if head is not None else HeadConfig()
        self.backend = backend

    def forward(
        self,
        target: SegmentTable,
        source: SegmentTable,
        matches: torch.Tensor,
        void: torch.Tensor,
        complexity: torch.Tensor,
        effect: float = 1.0,
        key: tuple[int, ...] = (0,),
        sheet: Sheet | None = None,
    ) -> tuple[Points, Points]:
        return copy_segments(target, source, matches, void, complexity, self.head, effect, key, self.backend, sheet)
