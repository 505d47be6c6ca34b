"""Hostile files, made here: bombs, truncations, flipped bits. Either a picture or ImageFileError."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from itten.errors import ImageFileError
from itten.image import read_image

KINDS = {
    "PNG": {},
    "JPEG": {"quality": 90},
    "WEBP": {"quality": 80},
    "TIFF": {"compression": "tiff_lzw"},
    "GIF": {},
}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *extra: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * (3 * 8 + 1) * 8)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + b"".join(extra) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    )


def test_forged_picture_is_sound_without_a_bomb(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(_png(8, 8))
    assert read_image(tmp_path / "a.png").shape == (3, 8, 8)


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (12_000, 12_000), (2**31 - 1, 1)])
def test_pixel_bomb_is_refused_from_the_header(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "bomb.png").write_bytes(_png(width, height))
    start = time.perf_counter()
    with pytest.raises(ImageFileError, match=r"bomb\.png.*too large"):
        read_image(tmp_path / "bomb.png")
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "chunk",
    [
        _chunk(b"zTXt", b"comment\0\0" + zlib.compress(b"x" * 80_000_000, 9)),
        _chunk(b"iCCP", b"profile\0\0" + zlib.compress(b"x" * 80_000_000, 9)),
        _chunk(b"iTXt", b"comment\0\1\0\0\0" + zlib.compress(b"x" * 80_000_000, 9)),
    ],
    ids=["zTXt", "iCCP", "iTXt"],
)
def test_text_and_profile_bombs_are_refused(tmp_path: Path, chunk: bytes) -> None:
    (tmp_path / "bomb.png").write_bytes(_png(8, 8, chunk))
    with pytest.raises(ImageFileError, match=r"bomb\.png"):
        read_image(tmp_path / "bomb.png")


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_files(tmp_path: Path, rgb: np.ndarray, kind: str, encoded: Callable[..., bytes]) -> None:
    data = encoded(Image.fromarray(rgb), kind, **KINDS[kind])
    path = tmp_path / "cut"
    failed = 0
    for percent in range(0, 100, 5):
        path.write_bytes(data[: len(data) * percent // 100])
        try:
            assert read_image(path).shape == (3, 24, 36)
        except ImageFileError as error:
            failed += "cut" in str(error)
    assert failed >= 18


@pytest.mark.parametrize("kind", KINDS)
def test_flipped_bits(tmp_path: Path, rgb: np.ndarray, kind: str, encoded: Callable[..., bytes]) -> None:
    data = np.frombuffer(encoded(Image.fromarray(rgb), kind, **KINDS[kind]), np.uint8)
    draw = np.random.Generator(np.random.PCG64(17))
    path = tmp_path / "flipped"
    failed = 0
    said: list[str] = []
    for _ in range(200):
        hurt = data.copy()
        # Half of the damage goes to the head of the file, where the structure is.
        reach = len(data) if draw.random() < 0.5 else min(len(data), 64)
        for _ in range(int(draw.integers(1, 6))):
            hurt[draw.integers(0, reach)] ^= 1 << int(draw.integers(0, 8))
        path.write_bytes(hurt.tobytes())
        start = time.perf_counter()
        try:
            image = read_image(path)
        except ImageFileError as error:
            failed += 1
            said.append(str(error))
        else:
            assert bool(((image >= 0) & (image <= 1)).all())
        assert time.perf_counter() - start < 10
    assert failed > 10
    assert all("flipped" in text and "\n" not in text for text in said)
