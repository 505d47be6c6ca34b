"""What a file said beside its pixels, what is seen over a ground, and what painting does to alpha."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from itten.image import BLACK, WHITE, Picture, as_image, changed, read_picture, write_image, write_picture
from itten.image.formats import can

AVIF = pytest.param("avif", marks=pytest.mark.skipif(not can("AVIF"), reason="this Pillow has no AVIF"))


def tagged() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0112] = "a description", "who made it", 6
    exif[0x8769] = {0x9003: "2026:01:02 03:04:05", 0xA002: 30, 0xA003: 20, 0x829A: 0.01, 0xA005: 900}
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 5.0)}
    return exif


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp", AVIF])
def test_exif_is_kept_without_orientation(tmp_path: Path, suffix: str, depth: int) -> None:
    Image.new("RGB", (30, 20), (200, 100, 50)).save(tmp_path / "a.jpg", exif=tagged())
    first = read_picture(tmp_path / "a.jpg")
    picture = Picture(first.pixels, depth=depth, exif=first.exif)
    assert picture.pixels.shape == (3, 30, 20)
    path = write_picture(picture, tmp_path / f"b.{suffix}")
    assert write_picture(picture, tmp_path / f"c.{suffix}").read_bytes() == path.read_bytes()
    with Image.open(path) as file:
        exif = file.getexif()
        inner, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    assert (exif[0x010E], exif[0x013B], exif.get(0x0112, 1)) == ("a description", "who made it", 1)
    assert inner[0x9003] == "2026:01:02 03:04:05"
    assert (inner[0xA002], inner[0xA003]) == (20, 30), "the picture was turned by a quarter"
    assert float(inner[0x829A]) == 0.01
    assert 0xA005 not in inner
    assert place[1] == "N"
    assert tuple(float(part) for part in place[2]) == (47, 22, 5)
    again = read_picture(path)
    assert again.pixels.shape == (3, 30, 20)
    assert again.exif is not None


def test_the_thumbnail_is_left_out(tmp_path: Path) -> None:
    plain = tagged().tobytes()
    body, thumbnail = bytearray(plain[6:]), b"\xff\xd8thumbnail\xff\xd9"
    order = "little" if body[:2] == b"II" else "big"
    count = int.from_bytes(body[8:10], order)
    body[10 + 12 * count : 14 + 12 * count] = len(body).to_bytes(4, order)
    entries = [(513, 4, 1, len(body) + 30), (514, 4, 1, len(thumbnail))]
    body += len(entries).to_bytes(2, order)
    for tag, kind, number, value in entries:
        body += tag.to_bytes(2, order) + kind.to_bytes(2, order) + number.to_bytes(4, order) + value.to_bytes(4, order)
    body += bytes(4) + thumbnail
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=plain[:6] + bytes(body))
    assert b"thumbnail" in (tmp_path / "a.jpg").read_bytes()
    with Image.open(tmp_path / "a.jpg") as file:
        assert 513 in file.getexif().get_ifd(ExifTags.IFD.IFD1), "the test made no thumbnail"
    kept = read_picture(tmp_path / "a.jpg").exif
    assert kept is not None
    assert b"a description" in kept
    assert b"thumbnail" not in kept


def test_damaged_exif_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg")

    def damaged(picture: Image.Image) -> Image.Exif:
        raise SyntaxError("not a TIFF file")

    monkeypatch.setattr(Image.Image, "getexif", damaged)
    with caplog.at_level(logging.WARNING, "itten"):
        assert read_picture(tmp_path / "a.jpg").exif is None
    assert len(caplog.records) == 1
    assert "a.jpg' has EXIF that is damaged" in caplog.text


def test_a_jpeg_holds_64_kilobytes_of_exif(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    with caplog.at_level(logging.WARNING, "itten"):
        write_picture(Picture(torch.rand(3, 8, 8), exif=exif.tobytes()), tmp_path / "a.jpg")
    assert "JPEG holds no EXIF of" in caplog.text


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "bmp"])
def test_resolution_is_kept(tmp_path: Path, suffix: str, depth: int) -> None:
    path = write_picture(Picture(torch.rand(3, 8, 8), depth=depth, dpi=(300, 150)), tmp_path / f"a.{suffix}")
    found = read_picture(path).dpi
    assert found is not None
    assert np.allclose(found, (300, 150), atol=0.02)


@pytest.mark.parametrize("said", [(0, 0), (float("inf"), 72), "72", None, (72,)])
def test_nonsense_is_no_resolution(tmp_path: Path, said: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from itten.image.tags import resolution

    picture = Image.new("RGB", (4, 4))
    assert resolution(picture) is None
    picture.info["dpi"] = said
    assert resolution(picture) is None


def test_sixteen_bits_go_to_eight_where_the_format_holds_no_more(tmp_path: Path) -> None:
    image = torch.rand(3, 9, 9)
    for suffix in ("webp", "bmp"):
        back = read_picture(write_picture(Picture(image, depth=16), tmp_path / f"a.{suffix}"))
        assert back.depth == 8
        assert (back.pixels - image).abs().max() < 0.51 / 255
    assert (
        write_image(image, tmp_path / "b.png").stat().st_size
        < write_picture(Picture(image, depth=16), tmp_path / "c.png").stat().st_size
    )


def test_over_a_ground() -> None:
    pixels = torch.rand(3, 2, 2, generator=torch.Generator().manual_seed(1))
    alpha = torch.tensor([[0.0, 1.0], [0.5, 1.0]])
    seen = Picture(pixels, alpha).over((0.2, 0.4, 0.6))
    assert torch.equal(seen[:, alpha == 1], pixels[:, alpha == 1])
    assert torch.allclose(seen[:, 0, 0], torch.tensor([0.2, 0.4, 0.6]))
    assert torch.allclose(seen[:, 1, 0], (pixels[:, 1, 0] + torch.tensor([0.2, 0.4, 0.6])) / 2)
    assert Picture(pixels).over(BLACK) is pixels


def test_the_ground_that_contrasts() -> None:
    alpha = torch.zeros(8, 8)
    alpha[2:4] = 1
    for ink, hidden, ground in [(0.1, 1.0, WHITE), (0.9, 0.0, BLACK), (0.9, 1.0, BLACK), (0.1, 0.0, WHITE)]:
        assert Picture(torch.where(alpha > 0, ink, hidden).expand(3, 8, 8), alpha).contrast() == ground
    assert Picture(torch.ones(3, 8, 8)).contrast() == WHITE
    assert Picture(torch.ones(3, 8, 8), torch.zeros(8, 8)).contrast() == WHITE


def test_what_is_hidden() -> None:
    alpha = torch.tensor([[0.0, 1 / 65535], [1 / 255, 0.4]])
    assert Picture(torch.zeros(3, 2, 2), alpha).hidden.tolist() == [[True, True], [False, False]]
    assert Picture(torch.zeros(3, 2, 2), alpha + 0.1).hidden is None
    assert Picture(torch.zeros(3, 2, 2)).hidden is None


@pytest.mark.parametrize("ground", [WHITE, BLACK, (0.3, 0.6, 0.1)])
def test_painting_raises_alpha_and_shows_what_was_painted(ground: tuple[float, float, float]) -> None:
    draw = torch.Generator().manual_seed(4)
    before = Picture(
        torch.rand(3, 40, 40, generator=draw), torch.rand(40, 40, generator=draw).mul(1.6).sub(0.3).clamp(0, 1)
    )
    coverage = torch.rand(40, 40, generator=draw).mul(1.6).sub(0.3).clamp(0, 1)
    paint = torch.rand(3, 40, 40, generator=draw)
    seen = before.over(ground)
    result = coverage * paint + (1 - coverage) * seen
    after = before.painted(result, coverage, ground)
    assert before.alpha is not None
    assert after.alpha is not None
    bare = coverage < 0.5 / 255
    assert 0 < bare.sum() < 1600
    assert torch.equal(after.alpha[bare], before.alpha[bare])
    assert torch.equal(after.pixels[:, bare], before.pixels[:, bare])
    raised = coverage + (1 - coverage) * before.alpha
    assert ((after.alpha - raised)[~bare].abs() <= 0.5001 / 255).all()
    assert torch.equal(after.alpha[~bare], (after.alpha[~bare] * 255).round() / 255)
    # A colour that the rounded alpha cannot show is off by what was rounded; in a file no more is lost.
    assert (after.over(ground) - result).abs().max() <= 0.5001 / 255
    deep = replace(before, depth=16).painted(result, coverage, ground)
    assert deep.alpha is not None
    assert torch.allclose(deep.alpha, torch.where(coverage > 0, raised, before.alpha), atol=1e-5)
    assert torch.allclose(deep.over(ground), result, atol=1e-5)


def test_without_alpha_the_result_is_the_picture() -> None:
    before, result = torch.rand(3, 6, 6), torch.rand(3, 6, 6)
    after = Picture(before, depth=16).painted(result, changed(before, result))
    assert torch.equal(after.pixels, result)
    assert (after.alpha, after.depth) == (None, 16)


def test_changed_is_where_any_channel_differs() -> None:
    before = torch.rand(3, 4, 4)
    after = before.clone()
    after[2, 1, 3] += 0.5
    assert changed(before, after).nonzero().tolist() == [[1, 3]]
    assert changed(before, after).dtype == torch.float32


def test_files_and_pillow_pictures_with_alpha_are_seen_over_white(tmp_path: Path) -> None:
    picture = Picture(torch.zeros(3, 4, 4), torch.eye(4))
    path = write_picture(picture, tmp_path / "a.png")
    expected = (1 - torch.eye(4)).expand(3, 4, 4)
    for given in (path, str(path), Image.open(path), picture):
        assert torch.equal(as_image(given), expected)
