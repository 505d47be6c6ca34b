"""How many frames a file has, from its structure: no frame is decoded, and none is looked for beyond a limit."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from PIL import Image

MOST_FRAMES = 1000
"""Most frames of a file that is read. Only the first is used, and what has more is no picture."""

_IMAGE, _EXTENSION = 0x2C, 0x21
# A GIF can be nothing but blocks of one byte, as many as it likes.
_MOST_BLOCKS = 1 << 20


def too_many(picture: Image.Image, file: BinaryIO) -> bool:
    """Whether the file of ``picture`` has more than :data:`MOST_FRAMES` frames. Both are left as they were."""
    count = {"GIF": _gif, "TIFF": _tiff}.get(str(picture.format))
    if count is None:  # of the others Pillow knows it from their heads
        said = getattr(picture, "n_frames", 1)
        return isinstance(said, int) and said > MOST_FRAMES
    place = file.tell()
    try:
        return count(file) > MOST_FRAMES
    except (struct.error, IndexError, OverflowError):  # it ends in the middle
        return False
    finally:
        file.seek(place)


def _gif(file: BinaryIO) -> int:
    """Blocks are passed over by their lengths, up to the one that ends the file."""
    file.seek(10)
    file.seek(2 + _table(_byte(file)), os.SEEK_CUR)
    found = blocks = 0
    while found <= MOST_FRAMES and blocks < _MOST_BLOCKS:
        kind = _byte(file)
        if kind == _EXTENSION:
            file.seek(1, os.SEEK_CUR)
        elif kind == _IMAGE:
            found += 1
            file.seek(8, os.SEEK_CUR)
            file.seek(_table(_byte(file)) + 1, os.SEEK_CUR)
        else:
            break
        while (length := _byte(file)) and blocks < _MOST_BLOCKS:
            file.seek(length, os.SEEK_CUR)
            blocks += 1
    return found


def _byte(file: BinaryIO) -> int:
    return file.read(1)[0]


def _table(flags: int) -> int:
    """The length of the table of colours that flags tell of."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _tiff(file: BinaryIO) -> int:
    """Directories, each of which says where the next one is."""
    file.seek(0)
    order = "<" if file.read(2) == b"II" else ">"
    (version,) = struct.unpack(order + "H", file.read(2))
    large = version == 43
    place, count, entry = ("Q", "Q", 20) if large else ("I", "H", 12)
    if large:
        file.seek(8)
    seen: set[int] = set()
    (at,) = _numbers(file, order + place)
    while at and at not in seen and len(seen) <= MOST_FRAMES:
        seen.add(at)
        file.seek(at)
        (length,) = _numbers(file, order + count)
        file.seek(length * entry, os.SEEK_CUR)
        (at,) = _numbers(file, order + place)
    return len(seen)


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
