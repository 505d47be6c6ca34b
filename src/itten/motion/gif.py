"""GIF: one table of colours for all frames, delays of whole hundredths, and only what changes of each frame."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from itten.image.provenance import remark
from itten.motion.palette import Palette
from itten.motion.reel import Reel

UNIT = 100
"""Parts of a second that delays are whole numbers of."""
FASTEST = 50.0
"""Frames a second: viewers show frames of less than two hundredths slowly."""

_CLEAR_HEAD = 10  # of an image block: its mark, place, size and flags


def gif(
    reel: Reel, numbers: Sequence[int], delays: Sequence[int], loop: int, made: str | None = None
) -> tuple[bytes, bool]:
    """The frames ``numbers`` of a reel as a file, and whether they are exactly what they were; ``delays`` in hundredths
    of a second, ``loop`` how many times they are played, 0 for ever. ``made``: ASCII that says how."""
    assert reel.size is not None
    height, width = reel.size
    palette = Palette(reel)
    room = len(palette.colours)
    bits = max((room if room == 256 else room + 1) - 1, 1).bit_length()
    table = np.zeros((1 << bits, 3), np.uint8)
    table[:room] = palette.colours
    parts = [b"GIF89a", struct.pack("<HHBBB", width, height, 0xF0 | (bits - 1), 0, 0), table.tobytes()]
    if loop != 1:  # what is played once says nothing
        parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", max(loop - 1, 0)) + b"\x00")
    if made is not None:
        parts.append(_comment(remark(made).encode()))
    before: NDArray[np.uint8] | None = None
    for number, delay in zip(numbers, delays, strict=True):
        shown = palette.indices(reel[number])
        left, top, crop, clear = 0, 0, shown, False
        if before is not None:
            stays = shown == before
            rows, columns = np.flatnonzero(~stays.all(axis=1)), np.flatnonzero(~stays.all(axis=0))
            top, bottom, left, right = 0, 1, 0, 1
            if len(rows):
                top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            crop, clear = shown[top:bottom, left:right], room < 256
            if clear:
                crop = np.where(stays[top:bottom, left:right], room, crop).astype(np.uint8)
        parts.append(struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 4 | clear, delay, room if clear else 0, 0))
        parts.append(struct.pack("<BHHHHB", 0x2C, left, top, crop.shape[1], crop.shape[0], 0) + _compressed(crop))
        before = shown
    return b"".join([*parts, b"\x3b"]), palette.exact


def _comment(text: bytes) -> bytes:
    """A comment extension: blocks of up to 255 bytes, each after its length."""
    blocks = (text[at : at + 255] for at in range(0, len(text), 255))
    return b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\x00"


def _compressed(indices: NDArray[np.uint8]) -> bytes:
    """Size of codes and blocks of LZW, as Pillow writes them."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(indices)).save(buffer, "GIF", optimize=False, interlace=0)
    data = buffer.getvalue()
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    return data[at + _CLEAR_HEAD : -1]
