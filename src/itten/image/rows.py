"""Whether a PNG holds all its rows. Pillow takes one whose data end early, and leaves what is missing black."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

_PIECE = 1 << 20
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Where the seven passes of an interlaced PNG begin and how far apart their pixels are: column, row, across, down.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def check_rows(file: BinaryIO) -> None:
    """Raise OSError for a PNG whose data are sound but fewer than its head says. The file is left where it was.

    Data are unpacked in small pieces that nobody keeps, so this costs no memory. What is damaged otherwise is for the
    decoder to say.
    """
    place = file.tell()
    try:
        file.seek(8)
        length, kind, width, height, bits, colour, _, _, interlaced = struct.unpack(">I4sIIBBBBB", file.read(21))
        if kind != b"IHDR" or length != 13 or colour not in _CHANNELS:
            return
        wanted = _bytes(width, height, bits * _CHANNELS[colour], bool(interlaced))
        unpacker, found = zlib.decompressobj(), 0
        for data in _pieces(file):
            while data and not unpacker.eof:
                found += len(unpacker.decompress(data, _PIECE))
                data = unpacker.unconsumed_tail
            if found >= wanted:
                return
            if unpacker.eof:
                raise OSError("its data end before its last row")
    except (struct.error, zlib.error):
        return
    finally:
        file.seek(place)


def _bytes(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Of all rows unpacked, the byte in front of each included."""
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    total = 0
    for column, row, across, down in passes:
        wide, tall = -(-(width - column) // across), -(-(height - row) // down)
        if wide > 0 and tall > 0:
            total += tall * (1 + (wide * bits + 7) // 8)
    return total


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """What the IDAT chunks hold, in the order of the file."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind != b"IDAT":
            file.seek(length + 4, os.SEEK_CUR)
            continue
        while length:
            data = file.read(min(length, _PIECE))
            if not data:
                return
            length -= len(data)
            yield data
        file.seek(4, os.SEEK_CUR)
