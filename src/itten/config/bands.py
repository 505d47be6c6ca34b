"""How a field of a picture is drawn as a map."""

from __future__ import annotations

from typing import Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from itten.config.base import Frozen
from itten.config.colour import Colour, check_colours, colour_of, colours_of

Tints = Literal["atlas", "sea", "desert", "dusk", "paper", "ice"]


class BandsConfig(Frozen):
    """How a field of a picture is drawn as a map of heights. Lengths are pixels, colours [0, 1].

    *Field.* ``field``: the ``tone`` of the picture; the number of an eigenvector, 1 the Fiedler vector; or the weights
    with which the vectors 1, 2, 3 … are mixed.
    ``detail``: a picture whose longer side has more pixels is shrunk to so many for its field; 0: never.
    ``edge_threshold``: the colour distance at which a weight of the graph has fallen to 1/e.
    ``smooth``: the deviation over which the field is evened, in thousandths of the longer side.
    ``n``: how many bands.
    ``steps``: bands have ``equal`` areas, or are equally ``high``.

    *Map.* ``palette``: the name of one, or colours between which those of the bands lie, from low to high.
    ``line``: how wide contour lines are, 0 for none; left out, 0.13 % of the longer side.
    ``line_colour``: their colour; left out, a dark one of each band's own.
    ``index``: every so many lines one is twice as wide; 0: none is.
    ``relief``: how strong the field is lit from the upper left as if it were hills.
    ``tone``: how much of the picture's light and shade shows through, of a map of tones what is finer than its lines.
    """

    field: Literal["tone"] | int | tuple[float, ...] = "tone"
    detail: int = Field(512, ge=0, le=4096)
    edge_threshold: float = Field(0.15, gt=0, le=10)
    smooth: float = Field(6.0, ge=0, le=100)
    n: int = Field(12, ge=2, le=256)
    steps: Literal["equal", "high"] = "equal"
    palette: Tints | tuple[Colour, ...] = "atlas"
    line: float | None = Field(None, ge=0, le=50)
    line_colour: Colour | None = None
    index: int = Field(5, ge=0, le=100)
    relief: float = Field(0.35, ge=0, le=2)
    tone: float = Field(0.4, ge=0, le=1)

    @field_validator("palette", mode="before")
    @classmethod
    def _colours(cls, value: Any) -> Any:
        return colours_of(value, get_args(Tints))

    @field_validator("line_colour", mode="before")
    @classmethod
    def _one_colour(cls, value: Any) -> Any:
        return colour_of(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if isinstance(self.field, int) and not 1 <= self.field <= 1000:
            raise ValueError(f"field must be tone, a number in 1…1000 or the weights of a mixture, got {self.field}")
        if isinstance(self.field, tuple) and not (0 < len(self.field) <= 64 and any(self.field)):
            raise ValueError("field: a mixture has 1 to 64 weights, and not all are 0")
        if isinstance(self.palette, tuple):
            check_colours(self.palette)
        if self.line_colour is not None and any(not 0 <= value <= 1 for value in self.line_colour):
            raise ValueError("line_colour must be '#rrggbb', a CSS name or three numbers in 0…1")
        return self

    @property
    def mixture(self) -> tuple[float, ...]:
        """The weights of the vectors 1, 2, 3 …; empty for ``tone``."""
        if isinstance(self.field, tuple):
            return self.field
        return () if self.field == "tone" else (0.0,) * (self.field - 1) + (1.0,)
