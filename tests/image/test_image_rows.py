"""A PNG has all its rows, or is damaged: none are made up. And no file makes Python reserve more than it has."""

from __future__ import annotations

import io
import os
import resource
import struct
import tracemalloc
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from itten.errors import ImageFileError
from itten.files import opened
from itten.image import read_image
from itten.image.rows import check_rows
from tests.faults.sound import SOUND, chunk, png, sound


def rows(width: int, height: int) -> bytes:
    return bytes(3 * width + 1) * height


@pytest.mark.parametrize("held", [0, 1, 15])
def test_rows_that_are_missing_are_not_made_up(tmp_path: Path, held: int) -> None:
    (tmp_path / "a.png").write_bytes(png(8, 16, rows=rows(8, held)))
    with pytest.raises(ImageFileError, match=r"a\.png' is damaged .*data end before its last row"):
        read_image(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(png(8, 16, rows=rows(8, 16)))
    assert read_image(tmp_path / "a.png").shape == (3, 16, 8)


def test_a_small_file_with_a_large_head_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(44, 2_949_156, rows=rows(44, 36)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageFileError, match="before its last row"):
        read_image(tmp_path / "a.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("kind", [kind for kind in SOUND if kind.startswith("png")])
def test_sound_ones_have_all(kind: str) -> None:
    file = io.BytesIO(sound(kind))
    file.seek(3)
    check_rows(file)
    assert file.tell() == 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 5), (7, 9), (33, 17)])
def test_of_every_mode_one_byte_less_is_missed(mode: str, size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, "PNG")
    check_rows(buffer)
    with pytest.raises(OSError, match="before its last row"):
        check_rows(io.BytesIO(shortened(buffer.getvalue())))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 5), (8, 8), (33, 17)])
def test_interlaced_ones_too(size: tuple[int, int]) -> None:
    width, height = size
    values = np.zeros((height, width, 3), np.uint8)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    count = sum(
        -(-(height - y) // down) * (1 + 3 * -(-(width - x) // across))
        for x, y, across, down in [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ]
        if width > x and height > y
    )
    parts = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(bytes(count)))]
    whole = b"".join([*parts, chunk(b"IEND", b"")])
    assert np.array_equal(imagecodecs.png_decode(whole), values)
    check_rows(io.BytesIO(whole))
    with pytest.raises(OSError, match="before its last row"):
        check_rows(io.BytesIO(shortened(whole)))


def shortened(data: bytes) -> bytes:
    """The same PNG, whose data are one byte less."""
    at = data.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">I", data, at)
    unpacked = zlib.decompress(data[at + 8 : at + 8 + length])
    return data[:at] + chunk(b"IDAT", zlib.compress(unpacked[:-1])) + data[at + 12 + length :]


def test_no_more_is_reserved_than_a_file_has(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100_000))
    tracemalloc.start()
    try:
        with opened(tmp_path / "a") as file:
            file.seek(1000)
            assert len(file.read(1 << 40)) == 99_000
            assert file.read(1 << 40) == b""
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    with opened(os.fspath(tmp_path / "a")) as file:
        assert (len(file.read(10)), len(file.read()), file.read(5)) == (10, 99_990, b"")
