"""How a picture is cut into panes."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from itten.config.base import Frozen
from itten.config.colour import Colour, check_colours, colour_of, colours_of


class PanesConfig(Frozen):
    """How a picture is cut into panes, and how these are coloured. Lengths are pixels, colours [0, 1].

    *Cut.* ``n``: about so many panes; fewer, where the picture has no more that are large enough.
    ``detail``: a picture whose longer side has more pixels is shrunk to so many for its spectrum; 0: never.
    ``vectors``: how many eigenvectors above the constant one are looked at.
    ``edge_threshold``: the colour distance at which a weight of the graph has fallen to 1/e.
    ``spectral``: what the spectrum counts against colours; 0 cuts by colours alone.
    ``least``: panes below this share of the picture go to their neighbours.
    ``smooth``: how much of a picture's outlines is rounded, as the deviation in thousandths of the longer side over
    which borders are evened; 0 leaves them as they were found.

    *Colour.* ``colour``: each pane has its ``mean``; or one of a few ``flat`` colours; or is ``textured``, its mean and
    the picture's own detail.
    ``shades``: how many colours ``flat`` panes have, where there is no palette.
    ``grain``: how much of the picture's detail ``textured`` panes keep, 1 all of it.
    ``palette``: colours that panes have in place of their means: ``"#rrggbb"``, CSS names or RGB, in a list or, with
    commas between them, in a string.
    ``wear``: a pane takes the ``nearest`` of the palette, or by ``brightness``, the darkest panes the darkest colour.
    ``lead``: how wide the bars between panes are, 0 for none; left out, 0.35 % of the longer side.
    ``lead_colour``: their colour.
    """

    n: int = Field(60, ge=1, le=2000)
    detail: int = Field(384, ge=0, le=4096)
    vectors: int = Field(16, ge=1, le=64)
    edge_threshold: float = Field(0.08, gt=0, le=10)
    spectral: float = Field(1.0, ge=0, le=10)
    least: float = Field(0.0005, ge=0, le=0.5)
    smooth: float = Field(2.0, ge=0, le=10)
    colour: Literal["mean", "flat", "textured"] = "mean"
    shades: int = Field(8, ge=2, le=64)
    grain: float = Field(0.5, ge=0, le=2)
    palette: tuple[Colour, ...] | None = None
    wear: Literal["nearest", "brightness"] = "nearest"
    lead: float | None = Field(None, ge=0, le=100)
    lead_colour: Colour = (0.07, 0.065, 0.07)

    @field_validator("palette", mode="before")
    @classmethod
    def _colours(cls, value: Any) -> Any:
        return colours_of(value)

    @field_validator("lead_colour", mode="before")
    @classmethod
    def _one_colour(cls, value: Any) -> Any:
        return colour_of(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.palette is not None:
            check_colours(self.palette)
        if any(not 0 <= value <= 1 for value in self.lead_colour):
            raise ValueError("lead_colour must be '#rrggbb', a CSS name or three numbers in 0…1")
        return self
