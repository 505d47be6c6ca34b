"""A picture with all that its file said: pixels, alpha, depth, profile, resolution, EXIF; and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

Colour = tuple[float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)

_SEEN = 0.5 / 255
"""Alpha up to this is rounded away on a screen of 8 bits."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What a picture file held, upright.

    ``pixels`` ``(3, H, W)`` float32 in [0, 1], straight colour, also where it is hidden; ``alpha`` ``(H, W)`` float32
    in [0, 1], or None. ``depth`` 8 or 16: bits a channel; v/255 and v/65535 come back exactly. ``profile``: the ICC
    profile of the pixels, None for sRGB. ``dpi``: pixels an inch, across and down. ``exif``: without orientation and
    thumbnail, and with the mark ``Exif`` in front. ``made``: how it was made, as ASCII text that is written into the
    file; what is read from a file has none. ``labels`` ``(H, W)`` int64: what the pixels show the numbers of; a PNG
    then has these for its values (:func:`itten.image.labels.labels_png`).
    """

    pixels: Tensor
    alpha: Tensor | None = None
    depth: Literal[8, 16] = 8
    profile: bytes | None = None
    dpi: tuple[float, float] | None = None
    exif: bytes | None = None
    made: str | None = None
    labels: Tensor | None = None

    def over(self, ground: Colour = WHITE) -> Tensor:
        """``(3, H, W)``: the picture as displayed over a ground of one colour, in [0, 1]; opaque pixels are exact."""
        if self.alpha is None:
            return self.pixels
        return self.alpha * self.pixels + (1 - self.alpha) * _plane(ground, self.pixels)

    def contrast(self) -> Colour:
        """White or black, whichever differs more from what is drawn; white for a picture without alpha."""
        if self.alpha is None:
            return WHITE
        light = (self.alpha * self.pixels.mean(dim=0)).sum(dtype=torch.float64)
        return WHITE if light <= 0.5 * self.alpha.sum(dtype=torch.float64) else BLACK

    @property
    def hidden(self) -> Tensor | None:
        """``(H, W)`` bool: the pixels that cannot be seen over any ground. None where all can be seen."""
        if self.alpha is None:
            return None
        unseen = self.alpha <= _SEEN
        return unseen if bool(unseen.any()) else None

    def painted(self, result: Tensor, coverage: Tensor, ground: Colour = WHITE) -> Picture:
        """This picture after something was painted on it.

        ``result`` ``(3, H, W)`` in [0, 1]: what is displayed now, where :meth:`over` of the same ``ground`` was
        displayed before. ``coverage`` ``(H, W)`` in [0, 1]: how much of each pixel the paint covers. Alpha becomes
        A = coverage + (1 − coverage) · alpha, rounded to ``depth`` bits, colour what has to lie there over the ground
        for ``result`` to be displayed, (result − (1 − A) · ground) / A, as far as there is such a colour. Where
        coverage is less than half of what ``depth`` bits can tell apart, colour and alpha stay, bit for bit.
        """
        most = 2**self.depth - 1
        bare = coverage < 0.5 / most
        if self.alpha is None:
            return replace(self, pixels=torch.where(bare, self.pixels, result))
        alpha = ((coverage + (1 - coverage) * self.alpha) * most).round() / most
        colour = (result - (1 - alpha) * _plane(ground, result)) / alpha.clamp(min=torch.finfo(alpha.dtype).tiny)
        return replace(
            self,
            pixels=torch.where(bare, self.pixels, colour.clamp(0, 1)),
            alpha=torch.where(bare, self.alpha, alpha.clamp(0, 1)),
        )


def changed(before: Tensor, after: Tensor, depth: int = 16) -> Tensor:
    """Coverage ``(H, W)`` float32 of paint that hides what is below: 1 where two pictures ``(3, H, W)`` differ by more
    than half of what ``depth`` bits can tell apart. Strokes that grow may do so by less than that."""
    return ((before - after).abs() > 0.5 / (2**depth - 1)).any(dim=0).to(torch.float32)


def _plane(colour: Colour, like: Tensor) -> Tensor:
    return like.new_tensor(colour).reshape(3, 1, 1)
