"""Sixteen bits a channel out of Pillow, which keeps eight.

Pillow decodes colour of 16 bits a channel completely and then keeps one byte of two, which one follows from the
byte order in the name of its raw mode. So a picture is decoded twice, with either byte order: one run gives the high
bytes, the other the low ones. Its decoders, checks and limits stay in charge, and no other decoder is needed.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

_PLANAR = 284
_OTHER = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}


def sixteen_bits(picture: Image.Image) -> tuple[NDArray[np.uint16], Image.Image, bool] | None:
    """``(H, W, C)`` uint16 of a file with 16 bits a channel: 2 channels grey and alpha, 3 RGB, 4 RGBA.

    With it come the picture as it was decoded (turned already, if it was a TIFF), and whether its colours are
    multiplied by its alpha. None for every other picture, grey of 16 bits among them, which Pillow decodes as it is.
    ``picture`` must not have been decoded yet, and is not by this. Raises whatever Pillow's decoders raise.
    """
    if not isinstance(picture, ImageFile.ImageFile) or picture.format not in ("PNG", "TIFF") or picture.fp is None:
        return None
    raw = {_raw_mode(tile) for tile in picture.tile}
    if (
        len(raw) != 1
        or not (name := raw.pop()).endswith((";16B", ";16L", ";16N"))
        or picture.mode not in ("RGB", "RGBA")
    ):
        return None
    if getattr(picture, "tag_v2", {}).get(_PLANAR) == 2:  # the decoder then chooses raw modes of its own
        return None
    if name == "LA;16B":  # two channels of 16 bits, read as four of 8
        bytes_, whole = _decoded(picture, "RGBA")
        return np.ascontiguousarray(bytes_).view(">u2").astype(np.uint16), whole, False
    straight = name.replace("a;", "A;")
    high, whole = _decoded(picture, straight)
    low, _ = _decoded(picture, straight[:-1] + _OTHER[straight[-1]])
    values: NDArray[np.uint16] = high.astype(np.uint16) << np.uint16(8)
    values |= low
    return values, whole, straight != name


def separate_planes(picture: Image.Image) -> bool:
    """Whether this is a TIFF of 16 bits in planes that are not compressed: Pillow takes them for planes of 8 bits."""
    tags = getattr(picture, "tag_v2", {})
    deep = any(bits > 8 for bits in tags.get(258, ()))
    raw = any(tile[0] == "raw" for tile in getattr(picture, "tile", ()))
    return tags.get(_PLANAR) == 2 and deep and raw and picture.mode in ("RGB", "RGBA")


def _decoded(picture: ImageFile.ImageFile, raw_mode: str) -> tuple[NDArray[np.uint8], Image.Image]:
    """Open the same file again and decode it with another raw mode."""
    file = picture.fp
    assert file is not None
    assert picture.format is not None
    place = file.tell()
    try:
        file.seek(0)
        again = Image.open(file, formats=(picture.format,))
        assert isinstance(again, ImageFile.ImageFile)
        again.tile = [tile._replace(args=_with_raw_mode(tile.args, raw_mode)) for tile in again.tile]
        again.load()
        return np.asarray(again), again
    finally:
        if not file.closed:
            file.seek(place)


def _raw_mode(tile: Any) -> str:
    args = tile[3]
    return str(args[0] if isinstance(args, tuple) and args else args)


def _with_raw_mode(args: Any, raw_mode: str) -> Any:
    return (raw_mode, *args[1:]) if isinstance(args, tuple) else raw_mode
