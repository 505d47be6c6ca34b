"""Profiles: what is converted, how exactly, and that a broken one stops nothing."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from itten.image import Picture, as_image, in_profile, read_picture, write_picture
from itten.image.formats import can
from itten.image.profile import ProfileError, colour_space, convert, grey_to_srgb, to_srgb
from tests import profiles

AVIF = pytest.param("avif", marks=pytest.mark.skipif(not can("AVIF"), reason="this Pillow has no AVIF"))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CURVES = {
    "power": profiles.parametric(0, 1.8),
    "kind 1": profiles.parametric(1, 2.2, 1 / 1.1, 0.1 / 1.1),
    "kind 2": profiles.parametric(2, 2.0, 0.9, 0.05, 0.04),
    "kind 3": profiles.parametric(3, *profiles.SRGB_CURVE),
    "kind 4": profiles.parametric(4, 2.4, 0.9, 0.1, 0.1, 0.05, 0.005, 0.001),
    "gamma": profiles.gamma(2.2),
    "table": profiles.table(np.linspace(0, 1, 256) ** 2.2 * 65535),
    "identity": profiles.table(np.zeros(0)),
}


def ramp(step: int = 15) -> np.ndarray:
    """``(H, W, 3)`` uint8: a coarse grid of all colours."""
    values = np.arange(0, 256, step, dtype=np.uint8)
    return np.stack(np.meshgrid(values, values, values, indexing="ij"), axis=-1).reshape(-1, len(values), 3)


def by_littlecms(pixels: np.ndarray, source: bytes, target: bytes = SRGB) -> np.ndarray:
    def opened(data: bytes) -> ImageCms.ImageCmsProfile:
        return ImageCms.ImageCmsProfile(io.BytesIO(data))

    done = ImageCms.profileToProfile(
        Image.fromarray(pixels), opened(source), opened(target), ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    return np.asarray(done)


def planar(pixels: np.ndarray) -> np.ndarray:
    return pixels.transpose(2, 0, 1).astype(np.float32) / np.float32(255)


@pytest.mark.parametrize("curve", CURVES)
def test_floating_point_agrees_with_littlecms(curve: str) -> None:
    """LittleCMS works on 8 bits, and may be one off itself."""
    profile = profiles.shaper(curve=CURVES[curve])
    ours, exact = convert(planar(ramp()), profile, None)
    theirs = by_littlecms(ramp(), profile)
    assert exact
    assert np.abs(ours - planar(theirs)).max() < (1.0 if curve == "kind 3" else 1.5) / 255
    assert np.abs(ours - planar(ramp())).max() > 0.05, "nothing was converted"


def test_there_and_back(tmp_path: Path) -> None:
    inside = planar(ramp()) * 0.5 + 0.25
    there, _ = convert(inside, None, profiles.shaper())
    back, _ = convert(there, profiles.shaper(), None)
    assert np.abs(back - inside).max() < 0.2 / 65535 * 10


def test_profiles_that_say_the_same_change_nothing() -> None:
    pixels = planar(ramp())
    for source, target in [(SRGB, None), (None, SRGB), (profiles.shaper(), profiles.shaper()), (None, None)]:
        assert convert(pixels, source, target)[0] is pixels


def test_tables_go_through_eight_bits_and_say_so(caplog: pytest.LogCaptureFixture) -> None:
    pixels = torch.from_numpy(planar(ramp()))
    with caplog.at_level(logging.WARNING, "itten"):
        done = in_profile(Picture(pixels, depth=16, profile=profiles.tabled()), None, name="scan.tif")
    assert caplog.text.count("scan.tif has a colour profile with tables") == 1
    assert done.profile is None
    red = in_profile(Picture(torch.tensor([1.0, 0, 0]).reshape(3, 1, 1), profile=profiles.tabled()), None).pixels
    assert red[2] > 0.9
    assert red[0] < 0.5


def test_what_cannot_be_converted_is_taken_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    picture = Picture(torch.rand(3, 4, 4), profile=b"rubbish" * 40)
    with caplog.at_level(logging.WARNING, "itten"):
        assert in_profile(picture, None, name="odd.png").pixels.equal(picture.pixels)
    assert "odd.png has a colour profile that cannot be converted" in caplog.text


@pytest.mark.parametrize("depth", [8, 16])
def test_grey_profiles_are_applied(tmp_path: Path, depth: int) -> None:
    levels = (
        np.arange(256, dtype=np.uint8).reshape(16, 16)
        if depth == 8
        else np.arange(65536, dtype=np.uint16).reshape(256, 256)
    )
    path = tmp_path / "a.png"
    Image.fromarray(levels).save(path, icc_profile=profiles.grey(profiles.gamma(1.0)))
    picture = read_picture(path)
    light = levels / (2**depth - 1)
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert picture.profile is None
    assert picture.depth == depth
    assert np.abs(picture.pixels.numpy() - expected).max() < 1e-5
    with pytest.raises(ProfileError, match="without a curve"):
        grey_to_srgb(picture.pixels.numpy(), profiles.grey(b"mBA \0\0\0\0"))


def test_cmyk_by_its_profile(tmp_path: Path) -> None:
    ink = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    plain, tagged = tmp_path / "plain.tif", tmp_path / "tagged.tif"
    ink.save(plain)
    ink.save(tagged, icc_profile=profiles.cmyk())
    by_rule, by_profile = read_picture(plain), read_picture(tagged)
    assert by_rule.pixels.mean((1, 2)).tolist() == [0, 1, 1]
    assert by_profile.profile is None
    theirs = np.asarray(to_srgb(ink, profiles.cmyk()))[0, 0] / 255
    assert np.allclose(by_profile.pixels[:, 0, 0], theirs, atol=1e-6)
    assert np.allclose(theirs, [0, 1, 1], atol=0.25)
    assert not np.allclose(theirs, [0, 1, 1], atol=0.001)
    assert torch.equal(as_image(Image.open(tagged)), by_profile.pixels)


def test_lab_by_its_profile(tmp_path: Path) -> None:
    lab = Image.merge("LAB", [Image.new("L", (8, 8), value) for value in (136, 208, 195)])  # red, L 53 a 80 b 67
    lab.save(tmp_path / "a.tif", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
    red, green, blue = read_picture(tmp_path / "a.tif").pixels.mean((1, 2)).tolist()
    assert red > 0.95
    assert max(green, blue) < 0.25


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_a_broken_profile_is_one_line_and_no_more(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    rubbish = [b"rubbish" * 40, b"\0" * 128, profiles.shaper()[:100], profiles.cmyk(), profiles.grey(profiles.gamma(2))]
    for profile in rubbish:
        caplog.clear()
        Image.fromarray(ramp(51)).save(tmp_path / name, icc_profile=profile, quality=100)
        with caplog.at_level(logging.WARNING, "itten"):
            picture = read_picture(tmp_path / name)
        assert picture.profile is None
        assert np.abs(picture.pixels.numpy() - planar(ramp(51))).mean() < 0.08
        assert len(caplog.records) == 1
        assert name in caplog.text
        assert "is left out" in caplog.text


def test_mutated_profiles_stop_nothing(tmp_path: Path) -> None:
    draw = np.random.Generator(np.random.PCG64(3))
    pixels = planar(ramp(85))
    for whole in (profiles.shaper(), profiles.shaper(curve=CURVES["table"]), profiles.tabled()):
        data = np.frombuffer(whole, np.uint8)
        for _ in range(60):
            hurt = data.copy()
            for _ in range(int(draw.integers(1, 5))):
                hurt[draw.integers(0, min(len(hurt), 400))] ^= 1 << int(draw.integers(0, 8))
            try:
                colour_space(hurt.tobytes())
                done, _ = convert(pixels, hurt.tobytes(), None)
            except ProfileError:
                continue
            assert np.isfinite(done).all()
            assert done.min() >= 0
            assert done.max() <= 1


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", AVIF])
@pytest.mark.parametrize("depth", [8, 16])
def test_the_profile_is_kept(tmp_path: Path, suffix: str, depth: int) -> None:
    picture = Picture(torch.rand(3, 8, 8), depth=depth, profile=profiles.shaper())
    assert read_picture(write_picture(picture, tmp_path / f"a.{suffix}")).profile == profiles.shaper()


def test_the_profile_is_left_out_where_it_cannot_be(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "itten"):
        write_picture(Picture(torch.rand(3, 8, 8), profile=profiles.shaper()), tmp_path / "a.bmp")
    assert "BMP holds no colour profile" in caplog.text
