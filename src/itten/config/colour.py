"""Colours in configurations: three numbers, digits or names."""

from __future__ import annotations

import difflib
import string
from collections.abc import Sequence
from typing import Any

Colour = tuple[float, float, float]


def colours_of(value: Any, names: Sequence[str] = ()) -> Any:
    """``value`` with each ``"#rrggbb"`` and CSS name in it as three numbers in [0, 1]; a string is one of ``names`` or
    colours with commas between them. What is neither string nor list stays what it is.

    Raises :class:`ValueError` for a string that names no colour."""
    if isinstance(value, str):
        value = value if value in names else value.split(",")
    if not isinstance(value, list | tuple):
        return value
    return [colour_of(one, names) if isinstance(one, str) else one for one in value]


def check_colours(palette: Sequence[Colour], what: str = "palette colours") -> None:
    """Raises :class:`ValueError` for no colours at all, and for numbers outside [0, 1]."""
    if not palette:
        raise ValueError("palette must name at least one colour")
    if any(not 0 <= value <= 1 for colour in palette for value in colour):
        raise ValueError(f"{what} must be '#rrggbb', CSS names or three numbers in 0…1")


def colour_of(text: str, names: Sequence[str] = ()) -> Colour:
    """``"#rrggbb"`` or a CSS name as three numbers in [0, 1]; an error may suggest one of ``names``.

    Raises :class:`ValueError` for what is neither."""
    digits = text.strip().removeprefix("#")
    if len(digits) != 6 or not all(letter in string.hexdigits for letter in digits):
        digits = _named(text.strip(), names)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _named(name: str, names: Sequence[str]) -> str:
    """The six digits of a CSS colour name, in any case of letters."""
    from PIL import ImageColor  # not at the top: few configurations name a colour

    if name.lower() in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(name)[:3]
        return f"{red:02x}{green:02x}{blue:02x}"
    near = difflib.get_close_matches(name.lower(), (*names, *ImageColor.colormap), n=1, cutoff=0.7)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"a colour is '#rrggbb', a CSS name such as 'teal', or three numbers in 0…1, got {name!r}{hint}")
