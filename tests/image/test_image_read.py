"""Reading: modes, orientation, alpha, animations, and what is refused."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from itten.errors import ImageFileError, ResourceError
from itten.image import MAX_PIXELS, as_image, quiet, read_image
from itten.image import read as reading


def _save(tmp_path: Path, picture: Image.Image, name: str, **options: object) -> Path:
    path = tmp_path / name
    picture.save(path, **options)
    return path


def _planar(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32) / np.float32(255)).permute(2, 0, 1)


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "a.bmp", "a.ppm"])
def test_rgb_comes_back_exactly(tmp_path: Path, rgb: np.ndarray, name: str) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    image = read_image(_save(tmp_path, Image.fromarray(rgb), name, **options))
    assert image.dtype == torch.float32
    assert image.is_contiguous()
    assert image.shape == (3, 24, 36)
    assert torch.equal(image, _planar(rgb))


def test_jpeg_is_close(tmp_path: Path, rgb: np.ndarray) -> None:
    image = read_image(_save(tmp_path, Image.fromarray(rgb), "a.jpg", quality=95, subsampling=0))
    assert (image - _planar(rgb)).abs().mean() < 0.02


def test_format_is_found_by_content_and_not_by_name(tmp_path: Path, rgb: np.ndarray) -> None:
    path = _save(tmp_path, Image.fromarray(rgb), "a.png").rename(tmp_path / "a.jpg")
    assert torch.equal(read_image(str(path)), _planar(rgb))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"])
def test_ramp_in_every_eight_bit_mode(mode: str) -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    grey = Image.fromarray(ramp)
    picture = grey.convert("1", dither=Image.Dither.NONE) if mode == "1" else grey.convert("RGB").convert(mode)
    if mode in ("P", "PA"):
        picture = grey.convert("P") if mode == "P" else grey.convert("LA").convert("PA")
    image = as_image(picture)
    assert image.shape == (3, 4, 256)
    expected = torch.from_numpy(ramp.astype(np.float32) / 255).expand(3, -1, -1)
    if mode == "1":
        expected = (expected > 0.5).float()
    assert (image - expected).abs().max() <= (0.03 if mode in ("YCbCr", "HSV") else 1e-6)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    orange = Image.new("RGB", (16, 16), (240, 130, 20))
    image = read_image(_save(tmp_path, orange.convert("CMYK"), "a.jpg", quality=95))
    assert torch.allclose(image.mean((1, 2)), torch.tensor([240, 130, 20]) / 255, atol=0.03)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_sixteen_bit_grey_keeps_its_levels(tmp_path: Path, name: str) -> None:
    ramp = (np.arange(4096, dtype=np.uint16) * 16).reshape(64, 64)
    image = read_image(_save(tmp_path, Image.fromarray(ramp), name))
    assert len(image[0].unique()) > 4000
    assert torch.equal(image[1], torch.from_numpy(ramp.astype(np.float32) / np.float32(65535)))
    assert torch.equal(image[0], image[2])


def test_sixteen_bit_grey_with_a_transparent_value(tmp_path: Path) -> None:
    ramp = (np.arange(64, dtype=np.uint16) * 1000).reshape(8, 8)
    path = _save(tmp_path, Image.fromarray(ramp), "a.png", transparency=5000)
    _, alpha = read_image(path, return_alpha=True)
    assert alpha is not None
    assert torch.equal(alpha == 0, torch.from_numpy(ramp.astype(np.int64)) == 5000)


def test_float_tiff_inside_and_outside_the_range(tmp_path: Path) -> None:
    good = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    assert torch.equal(read_image(_save(tmp_path, Image.fromarray(good), "a.tif"))[0], torch.from_numpy(good))
    with pytest.raises(ImageFileError, match=r"b\.tif.*outside \[0, 1\]"):
        read_image(_save(tmp_path, Image.fromarray(good * 2), "b.tif"))


def test_integers_beyond_sixteen_bits_are_refused(tmp_path: Path) -> None:
    path = _save(tmp_path, Image.fromarray(np.full((4, 4), 70000, np.int32)), "a.tif")
    with pytest.raises(ImageFileError, match="32-bit"):
        read_image(path)


def test_lab_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="LAB"):
        read_image(_save(tmp_path, Image.new("LAB", (4, 4)), "a.tif"))


def test_alpha_lies_beside_and_colour_is_untouched(tmp_path: Path, rgb: np.ndarray) -> None:
    veil = np.arange(24 * 36, dtype=np.uint32).reshape(24, 36).astype(np.uint8)
    path = _save(tmp_path, Image.fromarray(np.dstack([rgb, veil])), "a.png")
    image, alpha = read_image(path, return_alpha=True)
    assert torch.equal(image, _planar(rgb))
    assert alpha is not None
    assert alpha.dtype == torch.float32
    assert torch.equal(alpha, torch.from_numpy(veil.astype(np.float32) / np.float32(255)))
    assert torch.equal(read_image(path), image)


def test_alpha_is_none_without_one(tmp_path: Path, rgb: np.ndarray) -> None:
    assert read_image(_save(tmp_path, Image.fromarray(rgb), "a.png"), return_alpha=True)[1] is None


def test_palette_with_transparency_keeps_its_colours(tmp_path: Path) -> None:
    picture = Image.new("P", (4, 2))
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.putpixel((1, 0), 1)
    image, alpha = read_image(_save(tmp_path, picture, "a.png", transparency=bytes([0, 128])), return_alpha=True)
    assert torch.allclose(image[:, 0, 0] * 255, torch.tensor([10.0, 20, 30]))
    assert torch.allclose(image[:, 0, 1] * 255, torch.tensor([200.0, 100, 50]))
    assert alpha is not None
    assert alpha[0, 0] == 0
    assert abs(alpha[0, 1].item() - 128 / 255) < 1e-6


@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "webp"])
def test_all_eight_orientations_come_out_equal(tmp_path: Path, kind: str) -> None:
    y, x = np.mgrid[0:32, 0:48]
    upright = np.stack([x * 5, y * 7, (x > 24) * 200], axis=-1).astype(np.uint8)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the Transpose that the viewer's turn takes back
    options = {"quality": 100, "subsampling": 0} if kind == "jpg" else {}
    if kind == "webp":
        options = {"lossless": True}
    for orientation in range(1, 9):
        stored = Image.fromarray(upright)
        if orientation in undo:
            stored = stored.transpose(Image.Transpose(undo[orientation]))
        exif = Image.Exif()
        exif[0x0112] = orientation
        image = read_image(_save(tmp_path, stored, f"{orientation}.{kind}", exif=exif.tobytes(), **options))
        assert image.shape == (3, 32, 48), orientation
        assert (image - _planar(upright)).abs().mean() < (0.02 if kind == "jpg" else 1e-6), orientation


def test_alpha_turns_with_the_picture(tmp_path: Path, rgb: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.fromarray(np.dstack([rgb, rgb[..., 0]]))
    image, alpha = read_image(_save(tmp_path, stored, "a.png", exif=exif.tobytes()), return_alpha=True)
    assert image.shape == (3, 36, 24)
    assert alpha is not None
    assert torch.equal(alpha, image[0])


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tif"])
def test_first_frame_and_a_notice(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    path = _save(tmp_path, frames[0], name, save_all=True, append_images=frames[1:], duration=100)
    with caplog.at_level(logging.WARNING, "itten"):
        image = read_image(path)
    assert image[0].mean() > 0.95
    assert image[1:].mean() < 0.05
    assert "several frames" in caplog.text


def test_no_notice_for_a_still_picture(tmp_path: Path, rgb: np.ndarray, caplog: pytest.LogCaptureFixture) -> None:
    read_image(_save(tmp_path, Image.fromarray(rgb), "a.gif"))
    assert not caplog.text


def test_missing_folder_empty_and_text(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "words.png").write_text("not a picture at all")
    for name, words in {
        "nowhere.png": "does not exist",
        ".": "is a folder",
        "empty.png": "is empty",
        "words.png": "not a picture",
        "nul\0.png": "cannot be opened",
    }.items():
        with pytest.raises(ImageFileError, match=words):
            read_image(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("eps.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n"),
        ("svg.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        ("psd.jpg", b"8BPS\x00\x01" + b"\0" * 6 + b"\0\x03\0\0\0\x08\0\0\0\x08\0\x08\0\x03" + b"\0" * 40),
    ],
)
def test_other_formats_under_another_name_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ImageFileError, match=r"known format \(PNG, JPEG"):
        read_image(tmp_path / name)


def test_fifo_and_link_loop_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    with pytest.raises(ImageFileError, match="not a regular file"):
        read_image(tmp_path / "pipe.png")
    with pytest.raises(ImageFileError, match="circle"):
        read_image(tmp_path / "loop.png")


def test_odd_names_are_printed_escaped(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError) as caught:
        read_image(os.fspath(tmp_path / "a\n\udcff.png"))
    str(caught.value).encode("utf-8")
    assert "\n" not in str(caught.value)


def test_descriptors_are_closed(tmp_path: Path, rgb: np.ndarray) -> None:
    good = _save(tmp_path, Image.fromarray(rgb), "a.png")
    (tmp_path / "bad.png").write_bytes(good.read_bytes()[:200])
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for path in (good, tmp_path / "bad.png", tmp_path):
        for _ in range(3):
            with contextlib.suppress(ImageFileError):
                read_image(path)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before


def test_no_warning_leaks_and_filters_are_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _save(tmp_path, Image.new("L", (60, 60)), "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filters = list(warnings.filters)
        assert read_image(path).shape == (3, 60, 60)
        assert list(warnings.filters) == filters
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ImageFileError, match="too large"):
        read_image(path)


def test_out_of_memory_is_a_resource_error(tmp_path: Path, rgb: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _save(tmp_path, Image.fromarray(rgb), "a.png")

    def starved(picture: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr(reading, "planes", starved)
    with pytest.raises(ResourceError, match=r"a\.png"):
        read_image(path)


def test_limit_lies_below_pillows_own() -> None:
    assert Image.MAX_IMAGE_PIXELS is None or 2 * Image.MAX_IMAGE_PIXELS >= MAX_PIXELS


def test_damaged_exif_does_not_spoil_the_picture(tmp_path: Path, rgb: np.ndarray) -> None:
    for number, exif in enumerate(
        (b"Exif\0\0rubbish", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\x01")
    ):
        path = _save(tmp_path, Image.fromarray(rgb), f"{number}.jpg", exif=exif, quality=95)
        assert read_image(path).shape == (3, 24, 36)


def test_exif_that_raises_or_is_no_number_means_upright(
    tmp_path: Path, rgb: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _save(tmp_path, Image.fromarray(rgb), "a.png")

    def damaged(picture: Image.Image) -> Image.Exif:
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr(Image.Image, "getexif", damaged)
    assert torch.equal(read_image(path), _planar(rgb))
    monkeypatch.setattr(Image.Image, "getexif", lambda picture: {0x0112: b"6"})
    assert torch.equal(read_image(path), _planar(rgb))


def test_damaged_second_frame_does_not_spoil_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    frames = [Image.new("L", (40, 40), value) for value in (0, 100, 200)]
    path = _save(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])

    def damaged(picture: Image.Image) -> bool:
        raise EOFError

    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.is_animated", property(damaged))
    assert read_image(path).max() == 0
    assert "several frames" in caplog.text


def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(ImageFileError, match="Not a directory"):
        read_image(tmp_path / "a.png" / "b.png")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ImageFileError, match="Permission denied"):
        read_image(tmp_path / "a.png")
    with pytest.raises(ImageFileError, match="is a folder"):
        read_image(tmp_path)


def test_filters_are_restored_after_threads_that_overlap(tmp_path: Path) -> None:
    path = _save(tmp_path, Image.effect_noise((300, 300), 50).convert("RGB"), "a.png")
    filters = list(warnings.filters)
    with ThreadPoolExecutor(6) as pool:
        images = list(pool.map(read_image, [path] * 24))
    assert all(torch.equal(image, images[0]) for image in images)
    assert list(warnings.filters) == filters
    assert quiet._users == 0
