"""The copy head: the pixels of matched segments, turned and moved, as points on the target."""

from __future__ import annotations

import torch
from torch import nn

from itten.config import HeadConfig
from itten.heads.coverage import Sheet
from itten.heads.device import constant
from itten.heads.pieces import Fine, read, spots
from itten.heads.placement import Placed, filled_up, placed_once
from itten.heads.points import Layer, Points
from itten.heads.segments import SegmentTable
from itten.heads.void import Turned

RIGHT, DOWN = 0.3, 0.4
SHADOW_FAR, SHADOW_NEAR = 0.9, 0.8


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
    fine: Fine | None = None,
    share: float = 1.0,
    traced: bool = False,
) -> tuple[Points, ...]:
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
    ``key`` are whole numbers that random turns are drawn from. With ``head.density`` copies of any match fill ``share``
    of the void instead: see :func:`~itten.heads.placement.filled_up`.

    With ``sheet``, what :meth:`~itten.heads.coverage.Coverage.sheet` makes of the source's segments, copies are soft:
    they have the fringes of their strokes, and are read between pixels. With ``fine`` all else is of the working size,
    neither table is padded, and ``(shadow, front, fine shadow, fine front)`` are returned, the last two the same copies
    of pixels at full size. ``traced``: points know how their copies lie and where soft ones were read.

    With padded tables points are padded. The host waits for the device only for the number of pixels of copies that may
    lie on one another, and of turned segments where each copy has an angle of its own.
    """
    head = head if head is not None else HeadConfig()
    if head.density is None:
        placed = placed_once(target, source, matches, void, head, key, backend, sheet, fine)
    else:
        placed = filled_up(target, source, matches, void, head, share, key, backend, sheet, fine)
    found = _points(
        placed, placed.made.copies, target, source, complexity, head, effect, backend, void, sheet, None, traced
    )
    if fine is None:
        return found
    # At full size a copy is made of the pixels that there are.
    pieces, labels = fine.pieces, fine.pieces.labels if fine.sheet is None else fine.sheet[0]
    copies = placed.made.at_full_size(placed.chosen, pieces, labels, backend)
    rest = complexity, head, effect, backend, fine.void, fine.sheet, fine, traced
    return *found, *_points(placed, copies, target, source, *rest)


def _points(
    placed: Placed,
    copies: Turned,
    target: SegmentTable,
    source: SegmentTable,
    complexity: torch.Tensor,
    head: HeadConfig,
    effect: float,
    backend: str,
    void: torch.Tensor,
    sheet: Sheet | None,
    fine: Fine | None,
    traced: bool,
) -> tuple[Points, Points]:
    """Shadow and front of the copies placed, at the working size, or with ``fine`` at the full one."""
    chosen, centre, home = placed.chosen, placed.centre, target.centroid[placed.segment]
    beside: torch.Tensor | None = None
    ratio, size, shape, centroid = 1.0, target.shape, source.shape, source.centroid
    if fine is not None:
        ratio, size, centroid = fine.working.ratio, fine.working.full, fine.pieces.middle
        shape = fine.pieces.labels.shape[0], fine.pieces.labels.shape[1]
        exact = fine.working.middle(centre)
        centre, home = fine.working.place(centre), fine.working.place(home)
        beside = exact - centre
        chosen = torch.arange(len(chosen), device=chosen.device)
    shift = constant(front_shift(head.strength * ratio, effect), centre, torch.int64)
    if head.place == "seed":
        centre = centre + shift
    padded = target.padded or source.padded
    if padded:
        # Copies that do not lie on one another are no more pixels than the target.
        apart = head.place == "void" and not head.overlap
        index, number = copies.placed(chosen, size[0] * size[1] if apart else None)
    else:
        index, number = copies.taken(chosen)
    offset, origin = copies.offset[index], copies.origin[index]
    if head.place == "seed":
        # The seed paints a copy in the source's raster order; where shadow pixels fall together, the last wins.
        order = torch.argsort(number * (shape[0] * shape[1]) + origin, stable=padded)
        offset, origin, number = offset[order], origin[order], number[order]
    colour, covered, spot, linear = None, None, None, None
    if sheet is not None:
        copy = placed.chosen.clamp(min=0)[number.clamp(max=max(len(chosen) - 1, 0))]
        # A middle of the working size lies between pixels of the full one.
        from_middle = offset if beside is None else offset - beside[number]
        colour, covered = read(sheet, centroid, placed.made, copy, from_middle, backend, fine)
        if traced:
            spot = spots(centroid, placed.made, copy, from_middle, fine)
    if traced:
        linear = placed.made.pose.linear(None if fine is None else placed.made.larger)[placed.chosen.clamp(min=0)]
    layer = Layer(origin, number, chosen, size, padded, colour, covered, spot, linear)
    middle = layer.of(centre)
    front = layer.points(middle + offset)
    if head.shadow == "drop":
        shadow = layer.points(middle + offset + shift)
        return shadow.where(shadow.over(void)), front
    if head.shadow == "project":
        at = target.centroid[placed.segment]
        at_centroid = complexity[at[:, 0], at[:, 1]].double()
        reach = source.diameter[placed.which.clamp(min=0)] * (SHADOW_FAR - SHADOW_NEAR * at_centroid) * effect
        return layer.points(layer.of(home) + project_shadow(offset, layer.of(reach * ratio))), front
    return Points.none(front.place.device), front


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
        fine: Fine | None = None,
        share: float = 1.0,
        traced: bool = False,
    ) -> tuple[Points, ...]:
        rest = self.head, effect, key, self.backend, sheet, fine, share, traced
        return copy_segments(target, source, matches, void, complexity, *rest)
