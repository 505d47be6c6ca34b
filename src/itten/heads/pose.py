"""Poses: how large a copy is, whether it is mirrored, and by which angle it is turned."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from itten.config import HeadConfig
from itten.heads.segments import SegmentTable
from itten.heads.turn import copy_angles, handedness, orientation

# A copy that is to match its target's size is at most so many times larger or smaller.
MOST = 4.0


@dataclass(frozen=True)
class Pose:
    """Of C copies: ``cosine`` and ``sine`` ``(C,)`` float64 of the turn, counter-clockwise; ``flip`` ``(C,)`` float64,
    −1 where the copy is mirrored left to right before it is turned; ``scale`` ``(C,)`` float64, how many times larger
    it is."""

    cosine: torch.Tensor
    sine: torch.Tensor
    flip: torch.Tensor
    scale: torch.Tensor

    def inverse(self, factor: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Cosine and sine, divided by the scale and by ``factor`` ``(C,)``, and flip: the way back to the source."""
        scale = self.scale if factor is None else self.scale * factor
        return self.cosine / scale, self.sine / scale, self.flip

    def linear(self, factor: torch.Tensor | None = None) -> torch.Tensor:
        """``(C, 2, 2)``: the way (y, x) from the source to the copy, the inverse of :meth:`inverse`."""
        scale = self.scale if factor is None else self.scale * factor
        rows = [[self.cosine, -self.flip * self.sine], [self.sine, self.flip * self.cosine]]
        return scale[:, None, None] * torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)

    def of(self, which: torch.Tensor) -> Pose:
        """The poses of ``which`` ``(n,)`` copies."""
        return Pose(self.cosine[which], self.sine[which], self.flip[which], self.scale[which])


def same_for_all(head: HeadConfig) -> bool:
    """Whether all copies have one pose."""
    turned = head.turn == "quarter" or isinstance(head.turn, float)
    return turned and isinstance(head.mirror, bool) and isinstance(head.scale, float)


def copy_poses(
    head: HeadConfig,
    target: SegmentTable,
    source: SegmentTable,
    owner: torch.Tensor,
    which: torch.Tensor,
    void: torch.Tensor,
    key: tuple[int, ...],
    number: torch.Tensor | None = None,
) -> Pose:
    """The poses of copies; copy c is source segment ``which[c]`` for target segment ``owner[c]``.

    ``head.mirror`` ``match``: mirrored if source and target segment are of opposite handedness. ``head.scale``: a
    number; a range, from which scales are drawn evenly by their logarithm; ``match``: as large as the target segment,
    at most four times larger or smaller. ``key`` are whole numbers that random turns and scales are drawn from, in the
    order of the copies or of their ``number`` ``(C,)``, below C.
    """
    cosine, sine = copy_angles(head.turn, target, source, owner, which, void, key, number)
    flip = torch.full_like(cosine, -1.0 if head.mirror is True else 1.0)
    if head.mirror == "match":
        opposite = handedness(target)[owner] * handedness(source)[which] < 0
        flip = torch.where(opposite, -1.0, 1.0).double()
    if head.mirror and head.turn in ("align", "void"):
        # The turn was to bring the source's axis φ onto another; mirrored left to right it is π − φ.
        more = torch.where(flip < 0, 2.0 * orientation(source)[which] - math.pi, 0.0)
        c, s = torch.cos(more), torch.sin(more)
        cosine, sine = cosine * c - sine * s, sine * c + cosine * s
    if head.scale == "match":
        scale = (target.size[owner].double() / source.size[which].clamp(min=1)).sqrt().clamp(1 / MOST, MOST)
    elif isinstance(head.scale, tuple):
        low, high = (math.log(bound) for bound in head.scale)
        drawn = torch.from_numpy(np.random.default_rng((*key, 2)).uniform(low, high, len(which))).to(cosine.device)
        scale = (drawn if number is None else drawn[number]).exp()
    else:
        scale = torch.full_like(cosine, head.scale)
    return Pose(cosine, sine, flip, scale)


def whole(scale: torch.Tensor) -> torch.Tensor:
    """The nearest whole factor, or one divided by a whole number: pixels of hard pictures are repeated or left out."""
    up = torch.floor(scale + 0.5).clamp(min=1.0)
    return torch.where(scale >= 1.0, up, 1.0 / torch.floor(1.0 / scale + 0.5).clamp(min=1.0))
