"""The paper that a drawing is printed or plotted on."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from itten.config.base import Frozen

INCH = 25.4
"""Millimetres."""

SIZES: dict[str, tuple[float, float]] = {
    "a0": (841, 1189),
    "a1": (594, 841),
    "a2": (420, 594),
    "a3": (297, 420),
    "a4": (210, 297),
    "a5": (148, 210),
    "a6": (105, 148),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
}
"""Width and height in millimetres, upright."""

MARGIN = 10.0
"""Millimetres around a drawing on paper of a known size, if nothing else is said."""

_UNITS = {"mm": 1.0, "cm": 10.0, "in": INCH}
_LARGEST = 5000.0  # PDF ends at 200 inches a side
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)\s*(mm|cm|in)")

Orientation = Literal["auto", "portrait", "landscape"]


class Page(Frozen):
    """The paper that a drawing is fitted to, and centred on.

    ``size`` is A0 to A6, letter, legal, a width and a height as ``300x400mm`` (or cm, in), or None: then the paper is
    as large as the drawing at ``dpi`` pixels to the inch, with the margins around it. ``orientation`` ``auto`` turns
    named paper as the drawing lies and leaves other paper as it is given. ``margin`` is in millimetres; left out it is
    10 on paper with a size and 0 on paper without.
    """

    size: str | None = None
    orientation: Orientation = "auto"
    margin: float | None = Field(None, ge=0, le=1000)
    dpi: float = Field(96.0, ge=1, le=10_000)

    @field_validator("size", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        name = value.strip().lower()
        if name in ("", "none"):
            return None
        if name in SIZES:
            return name
        found = _SIZE.fullmatch(name)
        if found is None:
            raise ValueError(f"{value!r} is no size of paper: there are {', '.join(SIZES)}, none, or 300x400mm")
        sides = [float(found[side]) * _UNITS[found[3]] for side in (1, 2)]
        if not 1 <= min(sides) <= max(sides) <= _LARGEST:
            raise ValueError(f"{value!r}: sides of paper have 1 to {_LARGEST:g} millimetres")
        return f"{found[1]}x{found[2]}{found[3]}"

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.size is not None and 2 * self.edge >= min(self._given):
            raise ValueError(f"margins of {self.edge:g} mm leave nothing of {self.size}")
        return self

    @property
    def edge(self) -> float:
        """The margin in millimetres, the usual one if none was asked for."""
        if self.margin is not None:
            return self.margin
        return 0.0 if self.size is None else MARGIN

    @property
    def _given(self) -> tuple[float, float]:
        assert self.size is not None
        if self.size in SIZES:
            return SIZES[self.size]
        found = _SIZE.fullmatch(self.size)
        assert found is not None
        unit = _UNITS[found[3]]
        return float(found[1]) * unit, float(found[2]) * unit

    def millimetres(self, width: float, height: float) -> tuple[float, float]:
        """Width and height of the paper for a drawing of ``width`` × ``height`` pixels."""
        if self.size is None:
            pixel = INCH / self.dpi
            return width * pixel + 2 * self.edge, height * pixel + 2 * self.edge
        small, large = sorted(self._given)
        if self.orientation == "portrait":
            return small, large
        if self.orientation == "landscape" or (self.size in SIZES and width > height):
            return large, small
        return self._given
