"""All copies of a run, apart from the picture that they were painted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itten.image import Picture
    from itten.shader.layers import Named


class Copies:
    """All copies so far on transparent ground, on a sheet like ``picture``."""

    def __init__(self, picture: Picture) -> None:
        self._picture = replace(picture, exif=None)
        self._whole = picture.pixels.new_zeros((4, *picture.pixels.shape[1:]))

    def add(self, layers: Sequence[Named]) -> None:
        """Those of the next pass."""
        from itten.shader.layers import with_copies

        self._whole = with_copies(self._whole, [(kind, layer.cpu()) for kind, layer in layers])

    def picture(self) -> Picture:
        """As a picture with alpha."""
        return replace(self._picture, pixels=self._whole[:3], alpha=self._whole[3])
