"""Maps of labels as pictures: colours that are told apart, and PNG files whose values are the labels."""

from __future__ import annotations

import io
import math
from functools import lru_cache

import numpy as np
import torch
from PIL import Image

from itten.errors import UsageError
from itten.image.oklab import from_oklab
from itten.image.provenance import said

# Up to so many labels are indices into a palette, more are numbers of 16 bits.
INDEXED, MOST = 256, 1 << 16
_GOLDEN = math.pi * (3 - math.sqrt(5))
_CHROMA, _LIGHTNESS = 0.14, (0.4, 0.75, 0.62, 0.5, 0.88)


@lru_cache(maxsize=8)
def distinct(count: int) -> np.ndarray:
    """``(count, 3)`` float64 in [0, 1]: a colour for every label, its hue a golden angle from the last one's and its
    lightness another, so that labels with near numbers are told apart."""
    number = np.arange(count)
    hue, light = _GOLDEN * number, np.array(_LIGHTNESS)[number % len(_LIGHTNESS)]
    lab = np.stack([light, _CHROMA * np.cos(hue), _CHROMA * np.sin(hue)])
    found: np.ndarray = from_oklab(torch.from_numpy(lab)).clamp(0, 1).numpy().T.copy()
    found.setflags(write=False)
    return found


def label_colour(number: int) -> tuple[int, int, int]:
    """The colour of a label, 8 bits a channel, where 0 is no label and black."""
    red, green, blue = (0, 0, 0) if number == 0 else (distinct(number)[-1] * 255).round().astype(int).tolist()
    return red, green, blue


def labels_png(labels: np.ndarray, made: str | None = None, none: bool = False) -> bytes:
    """``labels`` ``(H, W)``, whole numbers from 0 to 65,535, as a PNG whose values are the labels: indices into a
    palette of :func:`distinct` colours up to 256 of them, grey of 16 bits beyond. ``made``: how it was made, as text.
    ``none``: 0 is no label, and black. Raises :class:`~itten.errors.UsageError` for more labels than that."""
    most = int(labels.max(initial=0))
    if labels.min(initial=0) < 0 or most >= MOST:
        raise UsageError(f"a PNG holds labels from 0 to {MOST - 1:,}, these are {int(labels.min())} … {most}")
    if most < INDEXED:
        picture = Image.fromarray(np.ascontiguousarray(labels, np.uint8), "P")
        palette = (distinct(INDEXED) * 255).round().astype(np.uint8)
        palette = np.concatenate([np.zeros((1, 3), np.uint8), palette]) if none else palette
        picture.putpalette(palette[: most + 1].tobytes())
    else:
        picture = Image.fromarray(np.ascontiguousarray(labels, np.uint16))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **({} if made is None else said("PNG", made)))
    return buffer.getvalue()
