"""Colours in configurations: ``"#rrggbb"``, CSS names, or red, green and blue in [0, 1]."""

from __future__ import annotations

import difflib
import string
from typing import Any

PALETTES = ("auto", "keep", "blend", "match", "distort")

Colour = tuple[float, float, float]


def colours(value: Any) -> Any:
    """Names and ``"#rrggbb"``, in a list or with commas between them, as numbers; what is neither stays as it is."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        return value
    return [_colour(one) if isinstance(one, str) else one for one in value]


def _colour(text: str) -> Colour:
    """``"#rrggbb"`` or a CSS name as three numbers in [0, 1]."""
    digits = text.strip().removeprefix("#")
    if len(digits) != 6 or not all(letter in string.hexdigits for letter in digits):
        digits = _named(text.strip())
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _named(name: str) -> str:
    """The six digits of a CSS colour name, in any case of letters."""
    from PIL import ImageColor  # not at the top: few configurations name a colour

    if name.lower() in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(name)[:3]
        return f"{red:02x}{green:02x}{blue:02x}"
    near = difflib.get_close_matches(name.lower(), (*PALETTES, *ImageColor.colormap), n=1, cutoff=0.7)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"a colour is '#rrggbb', a CSS name such as 'teal', or three numbers in 0…1, got {name!r}{hint}")
