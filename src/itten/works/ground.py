"""``--ground``: the colour that pictures with alpha are seen over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from itten.errors import UsageError

if TYPE_CHECKING:
    import torch

    from itten.image import Colour, Picture


def ground_colour(text: str) -> Colour | None:
    """What ``--ground`` names, red, green and blue in [0, 1]; None for ``auto``.

    ``#rrggbb`` needs no import, since the option is checked before the work starts. Raises
    :class:`~itten.errors.UsageError` for what is no colour.
    """
    if text == "auto":
        return None
    code = {"white": "#ffffff", "black": "#000000"}.get(text, text)
    if re.fullmatch("#[0-9a-fA-F]{6}", code):
        values: tuple[int, ...] = tuple(bytes.fromhex(code[1:]))
    else:
        from PIL import ImageColor

        try:
            values = ImageColor.getrgb(text)
        except (ValueError, TypeError, OverflowError):
            values = ()
    if len(values) != 3:
        raise UsageError(f"--ground wants auto, the name of a colour such as white, or #rrggbb, got {text!r}")
    red, green, blue = values
    return red / 255, green / 255, blue / 255


def over_ground(picture: Picture, colour: Colour | None) -> tuple[Colour, torch.Tensor]:
    """The ground of this picture, which is its own for ``auto``, and the picture ``(3, H, W)`` as seen over it."""
    below = picture.contrast() if colour is None else colour
    return below, picture.over(below)
