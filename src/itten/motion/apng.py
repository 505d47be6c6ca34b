"""Animated PNG: without losses, delays of milliseconds, and only the box of what changes of each frame."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from itten.image.provenance import KEY
from itten.motion.palette import Palette
from itten.motion.reel import Reel, played

UNIT = 1000
"""Parts of a second that delays are whole numbers of."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 6


def apng(reel: Reel, numbers: Sequence[int], delays: Sequence[int], loop: int, made: str | None = None) -> bytes:
    """The frames ``numbers`` of a reel as a file; ``delays`` in milliseconds, ``loop`` how many times they are played,
    0 for ever. Up to 256 colours are a table, more are written themselves. ``made``: ASCII that says how."""
    assert reel.size is not None
    height, width = reel.size
    palette = Palette(reel) if reel.colours is not None else None
    kind = 2 if palette is None else 3
    parts = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))]
    parts.append(_chunk(b"acTL", struct.pack(">II", len(numbers), loop)))
    if made is not None:
        parts.append(_chunk(b"tEXt", KEY.encode() + b"\0" + made.encode()))
    if palette is not None:
        parts.append(_chunk(b"PLTE", palette.colours.tobytes()))
    sequence = 0
    for (frame, (top, left, bottom, right)), delay in zip(played(reel, numbers), delays, strict=True):
        crop = frame[top:bottom, left:right]
        head = struct.pack(">IIIIIHHBB", sequence, right - left, bottom - top, left, top, delay, UNIT, 0, 0)
        parts.append(_chunk(b"fcTL", head))
        data = _compressed(crop if palette is None else palette.indices(crop))
        sequence += 1
        if sequence == 1:
            parts.append(_chunk(b"IDAT", data))
        else:
            parts.append(_chunk(b"fdAT", struct.pack(">I", sequence) + data))
            sequence += 1
    return b"".join([*parts, _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))


def _compressed(pixels: NDArray[np.uint8]) -> bytes:
    """Rows ``(h, w)`` or ``(h, w, 3)``, filtered and deflated, as Pillow writes them."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=_LEVEL)
    data, at, found = buffer.getvalue(), len(_SIGNATURE), []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            found.append(data[at + 8 : at + 8 + length])
        at += length + 12
    return b"".join(found)
