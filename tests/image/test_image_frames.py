"""Animations: the first frame and a notice, and an end to how many there may be, found without decoding them."""

from __future__ import annotations

import io
import logging
import struct
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from itten.errors import ImageFileError
from itten.image import frames, read_header, read_image
from itten.image.frames import MOST_FRAMES, too_many
from tests.faults.hostile import many_frames
from tests.faults.sound import SOUND, sound

FORMS = ["GIF", "PNG", "TIFF"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [3, MOST_FRAMES])
def test_the_first_frame_and_a_notice(tmp_path: Path, form: str, count: int, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(many_frames(form, count))
    with caplog.at_level(logging.WARNING, "itten"):
        assert read_image(path).shape[0] == 3
    assert "several frames; the first one is used" in caplog.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [MOST_FRAMES + 1, 10_000])
def test_more_are_refused_from_the_structure(tmp_path: Path, form: str, count: int) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(many_frames(form, count))
    start = time.process_time()
    for read in (read_image, read_header):
        with pytest.raises(ImageFileError, match=r"a\.gif' has more than 1000 frames"):
            read(path)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("kind", SOUND)
def test_a_few_are_not_many(kind: str) -> None:
    file = io.BytesIO(sound(kind))
    with Image.open(file) as picture:
        file.seek(5)
        assert not too_many(picture, file)
        assert file.tell() == 5


@pytest.mark.parametrize(("large", "order"), [(False, "<"), (False, ">"), (True, "<")])
def test_pages_in_either_order(large: bool, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST_FRAMES", 5)
    for count, many in ((5, False), (6, True)):
        file = io.BytesIO()
        with tifffile.TiffWriter(file, bigtiff=large, byteorder=order) as writer:
            for _ in range(count):
                writer.write(np.zeros((1, 1), np.uint8), metadata=None, contiguous=False)
        file.seek(0)
        with Image.open(file) as picture:
            assert too_many(picture, file) == many


def test_pages_in_a_circle_are_as_many_as_there_are() -> None:
    data = bytearray(many_frames("TIFF", 2))
    data[-4:] = struct.pack("<I", 12)
    file = io.BytesIO(data)
    with Image.open(file) as picture:
        assert not too_many(picture, file)


def test_a_file_of_nothing_but_small_blocks_ends() -> None:
    whole = sound("gif")
    file = io.BytesIO(whole[:-1] + b"\x21\xfe" + b"\x01x" * 3_000_000 + many_frames("GIF", 5000)[30:])
    with Image.open(file) as picture:
        start = time.process_time()
        assert not too_many(picture, file)
        assert time.process_time() - start < 5


@pytest.mark.parametrize("kind", ["gif, animated", "tiff"])
def test_a_file_that_ends_in_the_middle_is_for_the_decoder(kind: str) -> None:
    for length in range(20, len(sound(kind)), 97):
        file = io.BytesIO(sound(kind))
        with Image.open(file) as picture:
            assert not too_many(picture, io.BytesIO(sound(kind)[:length]))
