"""The copy head: the pixels of matched segments, turned and moved, as points on the target."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from itten.heads.segments import SegmentTable

RIGHT, DOWN = 0.3, 0.4
SHADOW_FAR, SHADOW_NEAR = 0.9, 0.8


@dataclass(frozen=True)
class Points:
    """Pixels that land on the target, in the order in which they are painted.

    ``place`` ``(P,)`` int64: raster index on the target; ``origin`` ``(P,)`` int64: raster index in the source.
    """

    place: torch.Tensor
    origin: torch.Tensor

    def __len__(self) -> int:
        return len(self.place)


def transplant(target: SegmentTable, source: SegmentTable, matches: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """All pixels of the matched source segments, one target segment after the other.

    Returns ``origin`` ``(P,)`` raster indices in the source, ``offset`` ``(P, 2)`` int64 from the source
    segment's centroid, and ``owner`` ``(P,)`` the target segment's number.
    """
    device = matches.device
    sizes = source.size[matches]
    owner = torch.repeat_interleave(torch.arange(len(matches), device=device), sizes)
    begin = torch.cumsum(source.size, 0) - source.size
    before = torch.cumsum(sizes, 0) - sizes
    rank = torch.arange(len(owner), device=device) - before[owner]
    origin = source.pixels[begin[matches][owner] + rank]
    width = source.shape[1]
    place = torch.stack([origin // width, origin % width], dim=1)
    return origin, place - source.centroid[matches][owner], owner


def quarter_turn(offset: torch.Tensor) -> torch.Tensor:
    """Offsets ``(P, 2)`` (y, x) turned by 90° counter-clockwise as one sees it: (y, x) → (−x, y)."""
    return torch.stack([-offset[:, 1], offset[:, 0]], dim=1)


def front_shift(strength: float, effect: float) -> tuple[int, int]:
    """Rows down and columns right that the front copy moves by: 0.4 and 0.3 of strength · effect, rounded
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
    complexity: torch.Tensor,
    strength: float = 15.0,
    effect: float = 1.0,
) -> tuple[Points, Points]:
    """``(shadow, front)``: the two copies of every matched segment, centred on the target segment's centroid.

    Both are turned by 90°. The front copy is moved by 0.3 · strength · effect right and 0.4 · strength ·
    effect down; the shadow is pushed outward by diameter · (0.9 − 0.8 · c) · effect, c the ``complexity``
    ``(H, W)`` at the target's centroid. Points that leave the image are dropped.
    """
    origin, offset, owner = transplant(target, source, matches)
    turned = quarter_turn(offset)
    centre = target.centroid[owner]
    at_centroid = complexity[target.centroid[:, 0], target.centroid[:, 1]].double()
    reach = source.diameter[matches] * (SHADOW_FAR - SHADOW_NEAR * at_centroid) * effect
    shift = torch.tensor(front_shift(strength, effect), device=matches.device)
    shadow = _points(centre + project_shadow(turned, reach[owner]), origin, target.shape)
    front = _points(centre + turned + shift, origin, target.shape)
    return shadow, front


def _points(place: torch.Tensor, origin: torch.Tensor, shape: tuple[int, int]) -> Points:
    height, width = shape
    y, x = place.unbind(dim=1)
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    return Points((y * width + x)[inside], origin[inside])


class CopyHead(nn.Module):
    """:func:`copy_segments` with its strength kept."""

    def __init__(self, strength: float = 15.0) -> None:
        super().__init__()
        self.strength = strength

    def forward(
        self,
        target: SegmentTable,
        source: SegmentTable,
        matches: torch.Tensor,
        complexity: torch.Tensor,
        effect: float = 1.0,
    ) -> tuple[Points, Points]:
        return copy_segments(target, source, matches, complexity, self.strength, effect)
