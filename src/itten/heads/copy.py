"""The copy head: the pixels of matched segments, turned and moved, as points on the target."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from itten.config import HeadConfig
from itten.heads.segments import SegmentTable
from itten.heads.turn import copy_angles
from itten.heads.void import Turned, place_in_voids, turned

RIGHT, DOWN = 0.3, 0.4
SHADOW_FAR, SHADOW_NEAR = 0.9, 0.8
# Where the best match fits nowhere, so many others are tried.
SPARE = 3


@dataclass(frozen=True)
class Points:
    """Pixels that land on the target, in the order in which they are painted.

    ``place`` ``(P,)`` int64: raster index on the target; ``origin`` ``(P,)`` int64: raster index in the source;
    ``owner`` ``(P,)`` int64: the number of the copy, ascending.
    """

    place: torch.Tensor
    origin: torch.Tensor
    owner: torch.Tensor

    def __len__(self) -> int:
        return len(self.place)

    @staticmethod
    def none(device: torch.device) -> Points:
        """No pixels at all."""
        nothing = torch.zeros(0, dtype=torch.int64, device=device)
        return Points(nothing, nothing, nothing)

    def where(self, keep: torch.Tensor) -> Points:
        """Those with ``keep`` ``(P,)`` bool."""
        return Points(self.place[keep], self.origin[keep], self.owner[keep])


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
) -> tuple[Points, Points]:
    """``(shadow, front)``: the copies of the matched source segments, as ``head`` wants them turned and placed.

    ``matches`` ``(T, n)`` int64 source segments for every target segment, best first; the first ``head.copies`` of them
    are copied. ``void`` and ``complexity`` ``(H, W)``: where copies may go, and how busy the field is. Copies are
    placed one after the other: first matches of all target segments in their order, then second ones.

    ``place`` ``void``: see :func:`~itten.heads.void.place_in_voids`; where a copy fits nowhere, up to three more
    matches are tried, and what never fits is left out. ``seed``: centred on the target segment's centroid, then moved
    by 0.3 · strength · effect right and 0.4 · strength · effect down. Shadows: ``drop``, the front copy moved by that
    offset, on void pixels that no front covers; ``project``, at the target's centroid, every pixel pushed outward by
    diameter · (0.9 − 0.8 · c) · effect, c the complexity at that centroid. Points that leave the image are dropped.
    ``key`` are whole numbers that random turns are drawn from. """
    head = head if head is not None else HeadConfig()
    rank, segment = _slots(len(target), min(head.copies, matches.shape[1]), matches.device)
    down, right = front_shift(head.strength, effect)
    shift = torch.tensor([down, right], device=matches.device)
    if head.place == "void":
        spare = matches[:, head.copies : offers_wanted(head)]
        choices = torch.cat([matches[segment, rank][:, None], spare[segment]], dim=1)
        offers = choices.shape[1]
        owner, which = torch.repeat_interleave(segment, offers), choices.flatten()
        copies = _turned(head, target, source, owner, which, void, key, backend)
        start = target.centroid[segment]
        chosen, at = place_in_voids(void, copies, start, offers, head.clearance, head.overlap, head.direction, backend)
        kept = chosen >= 0
        segment, chosen, centre = segment[kept], chosen[kept], at[kept]
        which = which[chosen]
    else:
        which = matches[segment, rank]
        copies = _turned(head, target, source, segment, which, void, key, backend)
        chosen = torch.arange(len(which), device=which.device)
        centre = target.centroid[segment] + shift
    index, number = copies.taken(chosen)
    offset, origin = copies.offset[index], copies.origin[index]
    if head.place == "seed":
        # The seed paints a copy in the source's raster order; where shadow pixels fall together, the last wins.
        order = torch.argsort(number * (source.shape[0] * source.shape[1]) + origin)
        offset, origin, number = offset[order], origin[order], number[order]
    front = _points(centre[number] + offset, origin, number, target.shape)
    if head.shadow == "drop":
        shadow = _points(centre[number] + offset + shift, origin, number, target.shape)
        shadow = shadow.where(void.flatten()[shadow.place])
    elif head.shadow == "project":
        home = target.centroid[segment]
        at_centroid = complexity[home[:, 0], home[:, 1]].double()
        reach = source.diameter[which] * (SHADOW_FAR - SHADOW_NEAR * at_centroid) * effect
        shadow = _points(home[number] + project_shadow(offset, reach[number]), origin, number, target.shape)
    else:
        shadow = Points.none(front.place.device)
    return shadow, front


def _slots(targets: int, copies: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Rank and target segment of every copy that is wanted: all first ones, then all second ones."""
    number = torch.arange(targets * copies, device=device)
    return number // max(targets, 1), number % max(targets, 1)


def _turned(
    head: HeadConfig,
    target: SegmentTable,
    source: SegmentTable,
    owner: torch.Tensor,
    which: torch.Tensor,
    void: torch.Tensor,
    key: tuple[int, ...],
    backend: str,
) -> Turned:
    cosine, sine = copy_angles(head.turn, target, source, owner, which, void, key)
    return turned(source.label_map(), source.box, source.centroid, which, cosine, sine, backend)


def _points(place: torch.Tensor, origin: torch.Tensor, owner: torch.Tensor, shape: tuple[int, int]) -> Points:
    height, width = shape
    y, x = place.unbind(dim=1)
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    return Points((y * width + x)[inside], origin[inside], owner[inside])


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
    ) -> tuple[Points, Points]:
        return copy_segments(target, source, matches, void, complexity, self.head, effect, key, self.backend)
