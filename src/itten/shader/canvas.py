"""What a pass works on: a picture with what is drawn in it, and what has been painted so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from itten.config import HeadConfig
from itten.heads import Coverage, Opacity, SegmentTable, Working
from itten.heads.protect import Protection
from itten.shader.layers import Record


@dataclass(frozen=True)
class Drawn:
    """What is drawn in a picture: ``ink`` ``(H, W)`` bool, and in a soft one its coverage, and that of those ``lines``
    that lie on what is drawn, too, such as a wash."""

    ink: torch.Tensor
    cover: Coverage | None = None
    lines: Coverage | None = None

    @property
    def taken(self) -> torch.Tensor:
        """``(H, W)`` bool: where nothing else may go."""
        return self.ink if self.cover is None else self.ink | (self.cover.alpha > 0)

    def sure(self, image: torch.Tensor, opacity: Opacity, head: HeadConfig, backend: str) -> Drawn:
        """With what the ``opacity`` of the picture ``(3, H, W)`` tells a ``head`` that copies from it."""
        if self.cover is None:
            return self
        return replace(self, cover=self.cover.sure(image, opacity, head.content == "everything", backend))


@dataclass(frozen=True)
class View:
    """What one head sees in a picture at its working size: ``gate`` and ``busy`` ``(h, w)``, and the segments, twice as
    many as it paints."""

    gate: torch.Tensor
    busy: torch.Tensor
    segments: SegmentTable


@dataclass
class Canvas:
    """A picture ``image`` ``(3, H, W)`` of a ``working`` size; for every head what is ``drawn`` in it; ``painted``
    ``(3, H, W)``, the picture as far as it has been painted, and ``taken`` ``(H, W)`` bool, where it has been; and the
    features that are to be ``kept``. Where there is a ``record``, what is painted is written down there."""

    image: torch.Tensor
    working: Working
    drawn: list[Drawn]
    painted: torch.Tensor
    taken: torch.Tensor
    kept: Protection | None = None
    record: Record | None = None

    def grown(self, allowed: torch.Tensor | None) -> None:
        """Takes what differs from the picture for painted, and what is not ``allowed`` ``(H, W)`` for taken."""
        red, green, blue = self.painted != self.image
        self.taken = red | green | blue
        if allowed is not None:
            self.taken = self.taken | ~allowed
