"""Animated WebP: each frame a still of its own, in the container that the format's description lays down."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
from PIL import Image

from itten.image.provenance import xmp
from itten.motion.reel import Frame, Reel, played

UNIT = 1000
"""Parts of a second that delays are whole numbers of."""

_ANIMATED, _SAYS = 0x02, 0x04
# Neither blended with what lies below nor cleared afterwards.
_REPLACES = 0x02


def webp(
    reel: Reel,
    numbers: Sequence[int],
    delays: Sequence[int],
    loop: int,
    quality: int | None,
    made: str | None = None,
) -> bytes:
    """The frames ``numbers`` of a reel as a file, without losses where ``quality`` is None; ``delays`` in milliseconds,
    ``loop`` how many times they are played, 0 for ever. ``made``: text that says how they were made."""
    assert reel.size is not None
    height, width = reel.size
    parts = [
        _chunk(
            b"VP8X",
            struct.pack("<I", _ANIMATED | (0 if made is None else _SAYS)) + _three(width - 1) + _three(height - 1),
        ),
        _chunk(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, loop)),
    ]
    for (frame, (top, left, bottom, right)), delay in zip(played(reel, numbers), delays, strict=True):
        top, left = top - top % 2, left - left % 2  # places are even
        tall, wide = bottom - top, right - left
        head = b"".join(_three(value) for value in (left // 2, top // 2, wide - 1, tall - 1, delay))
        still = _still(frame[top:bottom, left:right], quality)
        parts.append(_chunk(b"ANMF", head + bytes([_REPLACES]) + still))
    if made is not None:
        parts.append(_chunk(b"XMP ", xmp(made)))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _three(value: int) -> bytes:
    return struct.pack("<I", value)[:3]


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _still(pixels: Frame, quality: int | None) -> bytes:
    """The chunk with the pixels ``(h, w, 3)``, as Pillow writes it."""
    buffer = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if quality is None:
        picture.save(buffer, "WEBP", lossless=True, quality=60, method=2, exact=True)
    else:
        picture.save(buffer, "WEBP", quality=quality, method=4)
    data, at = buffer.getvalue(), 12
    while data[at : at + 4] not in (b"VP8L", b"VP8 "):
        at += 8 + sum(struct.unpack_from("<I", data, at + 4))
        at += at % 2
    length = 8 + struct.unpack_from("<I", data, at + 4)[0]
    return data[at : at + length + length % 2]
