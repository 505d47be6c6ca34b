"""``itten engrave`` through its options and files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from tests.engravings import photograph
from tests.paths import layers


@pytest.fixture
def picture(folder):
    itten.write_image(photograph("coffee", 120), "photo.png")
    return "photo.png"


def read(name: str) -> torch.Tensor:
    return itten.read_image(name)


def test_a_picture_is_what_the_function_gives(run, picture):
    assert (
        run("engrave", picture, "-o", "out.png", "--spacing", "5", "--inks", "#123a8c,#8a3324", "--scale", "2").code
        == 0
    )
    expected = itten.engrave(read(picture), 5.0, inks="#123a8c,#8a3324", scale=2).image
    assert (read("out.png") - expected).abs().max() <= 0.51 / 255


def test_a_name_with_the_time_is_made_where_none_is_given(run, picture):
    result = run("engrave", picture)
    assert result.out.startswith("photo_engraved_")
    assert result.out.strip().endswith(".png")


def test_several_files_of_one_engraving(run, picture):
    result = run("engrave", picture, "-o", "made.png", "-o", "made.svg", "-o", "made.pdf")
    assert result.out.split() == ["made.png", "made.svg", "made.pdf"]
    assert len(layers(Path("made.svg").read_bytes())) == 1
    assert Path("made.pdf").read_bytes().startswith(b"%PDF-")


def test_paper_has_its_size_in_pixels_and_in_millimetres(run, picture):
    assert (
        run(
            "engrave", picture, "-o", "made.png", "-o", "made.svg", "--size", "A6", "--dpi", "150", "--spacing", "2mm"
        ).code
        == 0
    )
    with Image.open("made.png") as made:
        assert made.size == (874, 620)
        assert round(made.info["dpi"][0]) == 150
        pixels = np.asarray(made.convert("L"))
    assert (pixels[:55] == 255).all()
    assert pixels[80:-80, 80:-80].min() < 60
    assert ElementTree.parse("made.svg").getroot().get("width") == "148mm"


def test_a_pen_plot(run, picture):
    assert (
        run(
            "engrave",
            picture,
            "-o",
            "plot.svg",
            "--size",
            "A4",
            "--single-stroke",
            "--pen",
            "0.4mm",
            "--spacing",
            "1.6mm",
        ).code
        == 0
    )
    (group,) = layers(Path("plot.svg").read_bytes())
    (path,) = group
    assert path.get("fill") == "none"
    assert float(path.get("stroke-width")) == pytest.approx(0.4, abs=0.001)


def test_alpha_depth_and_masks(run, folder):
    image = photograph("coffee", 100)
    alpha = torch.ones(image.shape[1:])
    alpha[:20] = 0
    itten.write_picture(itten.Picture(image, alpha=alpha, depth=16), "veiled.png")
    mask = torch.zeros_like(image)
    mask[:, :, 50:] = 1
    itten.write_image(mask, "mask.png")
    assert run("engrave", "veiled.png", "-o", "out.png", "--write-mask", "mask.png").code == 0
    made = itten.read_picture("out.png")
    assert made.depth == 16
    assert torch.equal(made.alpha, alpha)
    shown = itten.read_picture("veiled.png").over((1.0, 1.0, 1.0))
    assert (made.pixels[:, 20:, :50] - shown[:, 20:, :50]).abs().max() < 1e-4
    assert (made.pixels[:, 20:, 50:] - shown[:, 20:, 50:]).abs().max() > 0.3
    result = run("engrave", "veiled.png", "-o", "out.jpg")
    assert "alpha" in result.err


def test_settings_from_a_file_and_one_by_one(run, picture):
    Path("mine.toml").write_text("spacing = 9.0\nmixture = 3\n")
    assert (
        run("engrave", picture, "-o", "made.png", "--config", "mine.toml", "--set", "cross=0.6", "--mixture", "4").code
        == 0
    )
    expected = itten.engrave(read(picture), 9.0, mixture=4, cross=0.6).image
    assert (read("made.png") - expected).abs().max() <= 0.51 / 255


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "a.gif"), "suffix"),
        (("-o", "made.png", "-o", "made.png"), "twice"),
        (("--spacing", "3cm"), "length"),
        (("--spacing", "0.8mm"), "millimetres"),
        (("--scale", "2", "--size", "A4"), "exclude"),
        (("--scale", "0"), "64 times"),
        (("--scale", "65"), "64 times"),
        (("--size", "A4", "--dpi", "0"), "dpi"),
        (("--single-stroke",), ".svg"),
        (("--pen", "1"), "--single-stroke"),
        (("-o", "made.svg", "--single-stroke", "--pen", "wide"), "--pen"),
        (("--inks", "blau"), "colour"),
        (("--size", "A9"), "paper"),
        (("--weights", "1,2"), "weights"),
        (("--set", "spaceing=3"), "spacing"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(run, picture, arguments, told):
    result = run("engrave", picture, *arguments)
    assert result.code == 2, result.err
    assert told in result.err
    assert len(result.err.strip().splitlines()) == 1


def test_sides_that_a_format_does_not_hold_are_found_before_the_work(run, folder):
    itten.write_image(torch.zeros(3, 30, 400), "wide.png")
    result = run("engrave", "wide.png", "-o", "made.webp", "--scale", "50")
    assert result.code == 2
    assert "20000 × 1500" in result.err


def test_what_does_not_fit_into_memory_is_refused_before_the_work(run, picture, monkeypatch):
    monkeypatch.setenv("ITTEN_MEMORY", "1GB")
    result = run("engrave", picture, "-o", "made.png", "--scale", "60")
    assert result.code == 4, result.err
    assert "engraving 120 × 80 pixels as 7200 × 4800 takes about" in result.err
