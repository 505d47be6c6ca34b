"""What is engraved: a picture, the lines that it is made of, and these as paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from itten.config import EngraveConfig, Page
from itten.lines.family import Family
from itten.lines.paths import paths
from itten.vector import Drawing, write_pdf, write_svg


@dataclass(frozen=True)
class Engraving:
    """A picture in lines.

    ``image`` ``(3, H, W)`` in [0, 1], at the size that was asked for. ``field`` ``(h, w)`` float32: the mixture whose
    level sets the first ink's lines run along, on the grid of the phase. ``tone`` ``(3, H, W)``: what the engraving
    comes to from afar, at the picture's size. ``families``: the lines themselves. ``spacing`` in pixels of the picture.
    """

    image: torch.Tensor
    field: torch.Tensor
    tone: torch.Tensor
    families: tuple[Family, ...]
    config: EngraveConfig
    spacing: float
    picture: torch.Tensor

    @property
    def dislocations(self) -> int:
        """In how many places there is a line more on one side than on the other, all families together."""
        return sum(len(family.phase.dislocations) for family in self.families)

    def drawing(self, **how: Any) -> Drawing:
        """The lines as paths; ``how`` is what :func:`itten.lines.paths.paths` takes. Wants the extra ``vector``."""
        return paths(self.families, self.picture, self.config, self.spacing, **how)

    def svg(self, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False, **how: Any) -> Path:
        """Write the lines as SVG, on a ``page`` if there is one, and return the path really written. ``how`` as
        :meth:`drawing` takes it; raises as :func:`itten.vector.write_drawing` does."""
        return write_svg(self.drawing(**how), path, page, overwrite)

    def pdf(self, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False, **how: Any) -> Path:
        """The same as PDF."""
        return write_pdf(self.drawing(**how), path, page, overwrite)
