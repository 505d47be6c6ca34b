"""AVIF and JPEG XL: there where the installed Pillow can, refused in one sentence where it cannot."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, features

from itten.errors import ImageFileError, UsageError
from itten.image import MAX_PIXELS, Picture, read_picture, write_image, write_picture
from itten.image.formats import FORMATS, can, jxl_size, kinds
from tests import profiles


def able(suffix: str) -> None:
    if suffix == "jxl":
        pytest.importorskip("pillow_jxl")
    elif not can("AVIF"):
        pytest.skip("this Pillow has no AVIF")


@pytest.fixture
def picture() -> Picture:
    draw = torch.Generator().manual_seed(8)
    return Picture(torch.rand(3, 20, 30, generator=draw), torch.rand(20, 30, generator=draw))


@pytest.mark.parametrize(("suffix", "tolerance"), [("avif", 25), ("jxl", 0.51)])
def test_written_and_read(tmp_path: Path, picture: Picture, suffix: str, tolerance: float) -> None:
    able(suffix)
    path = write_picture(picture, tmp_path / f"a.{suffix}")
    assert write_picture(picture, tmp_path / f"b.{suffix}").read_bytes() == path.read_bytes()
    back = read_picture(path.rename(tmp_path / "named.png"))
    assert back.alpha is not None
    assert picture.alpha is not None
    assert (back.pixels - picture.pixels).abs().max() < tolerance / 255
    assert (back.alpha - picture.alpha).abs().max() < tolerance / 255


def test_jpeg_xl_is_not_turned_twice_and_says_what_it_cannot_hold(
    tmp_path: Path, picture: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    able("jxl")
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "who made it"
    path = write_picture(Picture(picture.pixels, exif=exif.tobytes(), profile=profiles.shaper()), tmp_path / "a.jxl")
    assert "JXL holds no colour profile" in caplog.text
    back = read_picture(path)
    assert back.pixels.shape == (3, 20, 30)
    assert back.exif is not None
    assert b"who made it" in back.exif


@pytest.mark.parametrize("suffix", ["avif", "jxl"])
def test_hostile_files(tmp_path: Path, picture: Picture, suffix: str) -> None:
    able(suffix)
    whole = np.frombuffer(write_picture(picture, tmp_path / f"a.{suffix}").read_bytes(), np.uint8)
    draw, path, failed = np.random.Generator(np.random.PCG64(2)), tmp_path / "hurt", 0
    for number in range(120):
        hurt = whole[: int(draw.integers(1, len(whole)))].copy() if number % 4 == 0 else whole.copy()
        for _ in range(3):
            hurt[draw.integers(0, len(hurt))] ^= 1 << int(draw.integers(0, 8))
        path.write_bytes(hurt.tobytes())
        try:
            assert read_picture(path).pixels.max() <= 1
        except ImageFileError:
            failed += 1
    assert failed > 10


@pytest.mark.parametrize("size", [(50, 40), (8, 8), (1, 1), (301, 97), (1000, 3), (2000, 1000), (640, 480)])
@pytest.mark.parametrize("boxed", [False, True])
def test_the_size_in_a_head_of_jpeg_xl(size: tuple[int, int], boxed: bool) -> None:
    able("jxl")
    file = io.BytesIO()
    Image.new("RGB", size).save(file, "JXL", lossless=True, effort=1, use_container=boxed)
    file.seek(0)
    assert jxl_size(file) == size
    assert file.tell() == 0


def test_a_bomb_of_jpeg_xl_is_refused_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the picture was opened")

    monkeypatch.setattr(Image, "open", opened)
    bits, at = 0, 0
    for value, count in ((0, 1), (3, 2), (59_999, 30), (1, 3)):  # long form, 30 bits of height, as wide as high
        bits, at = bits | value << at, at + count
    (tmp_path / "bomb.jxl").write_bytes(b"\xff\x0a" + bits.to_bytes(12, "little"))
    with pytest.raises(ImageFileError, match=rf"bomb\.jxl.*60000 × 60000, over {MAX_PIXELS}"):
        read_picture(tmp_path / "bomb.jxl")
    for head in (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n", b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(40)):
        (tmp_path / "short.jxl").write_bytes(head)
        with pytest.raises(ImageFileError, match=r"short\.jxl.*no size"):
            read_picture(tmp_path / "short.jxl")


def test_where_pillow_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "get_supported_modules", list)
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    for suffix in ("avif", "jxl"):
        with pytest.raises(UsageError, match=rf"cannot write {suffix.upper()}: write .*a\.{suffix}' as png"):
            write_image(torch.rand(3, 8, 8), tmp_path / f"a.{suffix}")
    assert kinds(io.BytesIO(b"\0\0\0\x1cftypavif")) == kinds(io.BytesIO(b"\xff\x0a" + bytes(20))) == FORMATS
