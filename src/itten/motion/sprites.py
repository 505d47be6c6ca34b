"""Copies cut out as small pictures, and drawn turned and moved on a frame: whole pixels where they are hard."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class Sprite:
    """A copy as it lies at its end: its corner ``left`` and ``top`` on the frame, and its pixels in RGBA, ``last`` as
    it ends and ``first`` as it sets out; both are one picture if its colours stay. ``hard``: its pixels stay whole."""

    left: int
    top: int
    first: Image.Image
    last: Image.Image
    hard: bool

    @staticmethod
    def cut(
        y: NDArray[np.int64],
        x: NDArray[np.int64],
        last: NDArray[np.uint8],
        first: NDArray[np.uint8] | None,
        cover: NDArray[np.uint8] | None,
    ) -> Sprite:
        """From the pixels of a copy, at ``y`` and ``x`` ``(P,)``: their colours ``(P, 3)`` at last and, if they change,
        at first, and how much of them is covered ``(P,)``, 0 to 255, if they are soft. There is one at least."""
        top, left = int(y.min()) - 1, int(x.min()) - 1
        size = int(y.max()) - top + 2, int(x.max()) - left + 2

        def picture(colours: NDArray[np.uint8]) -> Image.Image:
            pixels = np.zeros((*size, 4), np.uint8)
            pixels[y - top, x - left, :3] = colours
            pixels[y - top, x - left, 3] = 255 if cover is None else cover
            return Image.fromarray(pixels)

        end = picture(last)
        return Sprite(left, top, end if first is None else picture(first), end, cover is None)

    def draw(self, frame: Image.Image, middle: complex, end: complex, about: NDArray[np.float64], u: float) -> None:
        """On an RGB ``frame``, when it has come as far as ``u`` in [0, 1]: what lies around ``end`` is put, times
        ``about`` ``(2, 2)``, around ``middle``. Points are x + iy, corners of pixels at whole numbers."""
        picture = self.last if self.first is self.last else Image.blend(self.first, self.last, u)
        wide, tall = picture.size
        x, y = self.left - end.real, self.top - end.imag
        corners = np.array([[x, x + wide, x, x + wide], [y, y, y + tall, y + tall]])
        there = about @ corners + [[middle.real], [middle.imag]]
        left, top = (max(math.floor(value), 0) for value in there.min(axis=1))
        right, bottom = (min(math.ceil(v), side) for v, side in zip(there.max(axis=1), frame.size, strict=True))
        if right <= left or bottom <= top:
            return
        back = np.linalg.inv(about)
        # From a point of the box to one of the sprite.
        shift = back @ [left - middle.real, top - middle.imag] + [end.real - self.left, end.imag - self.top]
        numbers = (*back[0], shift[0], *back[1], shift[1])
        how = Image.Resampling.NEAREST if self.hard else Image.Resampling.BILINEAR
        moved = picture.transform((right - left, bottom - top), Image.Transform.AFFINE, numbers, how)
        frame.paste(moved, (left, top), moved)
