"""The comment of a film, found in the boxes of its container (ISO/IEC 14496-12, 4.2): no codec is needed for that."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

# The way to the comment that iTunes' metadata have; the box "meta" begins with a version.
_WAY = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")
_SKIPPED = {b"meta": 4, b"data": 8}
# A file can be nothing but empty boxes, as many as it likes.
_MOST_BOXES = 1 << 12


def is_film(file: BinaryIO) -> bool:
    """Whether a file begins as the films of itten do; it is left at its start."""
    head = file.read(12)
    file.seek(0)
    return head[4:] == b"ftypisom"


def comment_in(file: BinaryIO, most: int) -> bytes | None:
    """The comment, if there is one and it has no more than about ``most`` bytes."""
    begin, end = 0, file.seek(0, os.SEEK_END)
    for kind in _WAY:
        found = _box(file, kind, begin, end)
        if found is None:
            return None
        begin, end = found[0] + _SKIPPED.get(kind, 0), found[1]
    if end - begin > most + 64:
        return None
    file.seek(begin)
    return file.read(max(end - begin, 0))


def _box(file: BinaryIO, kind: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """From where to where the contents of the first box of a ``kind`` lie, between ``begin`` and ``end``."""
    for _ in range(_MOST_BOXES):
        file.seek(begin)
        start = file.read(16)
        if len(start) < 8:
            return None
        (length, name), head = struct.unpack_from(">I4s", start), 8
        if length == 1 and len(start) == 16:  # the length follows, in 64 bits
            (length,), head = struct.unpack_from(">Q", start, 8), 16
        elif length == 0:  # to the end
            length = end - begin
        if length < head or length > end - begin:
            return None
        if name == kind:
            return begin + head, begin + length
        begin += length
    return None
