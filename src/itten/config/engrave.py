"""How a picture is engraved: which lines, how far apart, how wide, in which inks."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from itten.config.base import Frozen
from itten.config.colour import Colour, check_colours, colour_of, colours_of

# Process inks as they look on white paper.
PROCESS = ("#00a0dc", "#d6167c", "#ffe100", "#1a1a1a")
BLACK: Colour = (0.08, 0.08, 0.09)
WHITE: Colour = (1.0, 1.0, 1.0)
_LENGTH = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(px|mm)?\s*")


class EngraveConfig(Frozen):
    """How a picture is engraved. Colours are [0, 1], coverage is the share of the paper that ink covers.

    *Lines.* ``spacing``: how far apart they are, in pixels of the picture (``6``, ``"6px"``), or on paper
    (``"0.8mm"``), which wants a page or a resolution. They run along the level sets of a mixture of the ``vectors``
    lowest eigenvectors after the constant, or ``along`` its gradient, which crosses those. ``mixture`` is a seed that
    draws the mixture's weights; ``weights``, one for each vector, say it outright. ``edge_threshold`` is the
    spectrum's; ``smooth``: over how many spacings directions are averaged within a thing; ``border``: the colour
    distance (RGB) between neighbours at which one thing ends, and its lines with it. ``outline``: strong edges are
    drawn themselves, so many pixels wide.

    *Tone.* A picture's black is covered to ``darkest``, its white to ``lightest`` (left out: 0.05 with one ink, so that
    lines run through, else 0), with ``gamma`` in between: above 1 makes it lighter. ``stretch``: the darkest and
    the lightest hundredth of the picture become black and white. ``cross``: from this coverage on, a second family
    along the gradient takes part; 1: never. ``inks``: colours, printed over one another, each along another mixture,
    or ``"cmyk"``; one ink follows the picture's brightness, several its colours, as well as they can. ``paper``.
    """

    spacing: float | str = 6.0
    vectors: int = Field(7, ge=1, le=63)
    weights: tuple[float, ...] | None = None
    mixture: int = Field(0, ge=0, lt=2**63)
    along: Literal["levels", "gradient"] = "levels"
    edge_threshold: float = Field(0.1, gt=0, le=10)
    smooth: float = Field(8.0, ge=0, le=50)
    border: float = Field(0.2, gt=0, le=10)
    outline: float = Field(0.0, ge=0, le=100)
    lightest: float | None = Field(None, ge=0, le=1)
    darkest: float = Field(0.95, ge=0, le=1)
    gamma: float = Field(1.0, ge=0.1, le=10)
    stretch: bool = False
    cross: float = Field(1.0, ge=0, le=1)
    inks: tuple[Colour, ...] = (BLACK,)
    paper: Colour = WHITE

    @field_validator("inks", mode="before")
    @classmethod
    def _inks(cls, value: Any) -> Any:
        return colours_of(",".join(PROCESS) if value == "cmyk" else value, ("cmyk",))

    @field_validator("paper", mode="before")
    @classmethod
    def _paper(cls, value: Any) -> Any:
        return colour_of(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable(self) -> Self:
        size, unit = length(self.spacing)
        if unit == "px" and not 1.5 <= size <= 1000:
            raise ValueError(f"spacing must lie in 1.5…1000 pixels, got {size:g}")
        if unit == "mm" and not 0.05 <= size <= 100:
            raise ValueError(f"spacing must lie in 0.05…100 mm, got {size:g}")
        if self.weights is not None and (len(self.weights) != self.vectors or not any(self.weights)):
            raise ValueError(f"weights must be {self.vectors} numbers, one for each of vectors, and not all 0")
        if not 1 <= len(self.inks) <= 8:
            raise ValueError(f"inks must be one to eight colours, got {len(self.inks)}")
        check_colours((*self.inks, self.paper), "inks and paper")
        if self.least >= self.darkest:
            raise ValueError(f"lightest must be less than darkest, got {self.least:g} and {self.darkest:g}")
        return self

    @property
    def least(self) -> float:
        """``lightest`` with its default filled in."""
        return (0.05 if len(self.inks) == 1 else 0.0) if self.lightest is None else self.lightest


def length(value: float | str) -> tuple[float, str]:
    """``6``, ``"6px"`` or ``"0.8mm"`` as a number and its unit. Raises ``ValueError`` for anything else."""
    if isinstance(value, int | float):
        return float(value), "px"
    found = _LENGTH.fullmatch(value)
    if not found:
        raise ValueError(f"a length is a number, in pixels, or such as '6px' or '0.8mm', got {value!r}")
    return float(found[1]), found[2] or "px"
