"""``itten engrave`` through its options and files."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from tests.lines.conftest import photograph
from tests.paths import layers


@pytest.fixture
def picture(workdir):
    itten.write_image(photograph("coffee", 120), "photo.png")
    return "photo.png"


def read(name: str) -> torch.Tensor:
    return itten.read_image(name)


def test_a_picture_is_what_the_function_gives(run, picture):
    run("engrave", picture, "-o", "out.png", "--spacing", "5", "--inks", "#123a8c,#8a3324", "--scale", "2")
    expected = itten.engrave(read(picture), 5.0, inks="#123a8c,#8a3324", scale=2).image
    assert (read("out.png") - expected).abs().max() <= 0.51 / 255


def test_a_name_with_the_time_is_made_where_none_is_given(run, picture):
    result = run("engrave", picture)
    assert result.stdout.startswith("photo_engraved_")
    assert result.stdout.strip().endswith(".png")


def test_several_files_of_one_engraving(run, picture):
    result = run("engrave", picture, "-o", "a.png", "-o", "a.svg", "-o", "a.pdf")
    assert result.stdout.split() == ["a.png", "a.svg", "a.pdf"]
    assert len(layers(open("a.svg", "rb").read())) == 1
    assert open("a.pdf", "rb").read(5) == b"%PDF-"


def test_paper_has_its_size_in_pixels_and_in_millimetres(run, picture):
    run("engrave", picture, "-o", "a.png", "-o", "a.svg", "--size", "A6", "--dpi", "150", "--spacing", "2mm")
    with Image.open("a.png") as made:
        assert made.size == (874, 620)
        assert round(made.info["dpi"][0]) == 150
        pixels = np.asarray(made.convert("L"))
    assert (pixels[:55] == 255).all()
    assert pixels[80:-80, 80:-80].min() < 60
    assert ElementTree.parse("a.svg").getroot().get("width") == "148mm"


def test_a_pen_plot(run, picture):
    run("engrave", picture, "-o", "plot.svg", "--size", "A4", "--single-stroke", "--pen", "0.4mm", "--spacing", "1.6mm")
    (group,) = layers(open("plot.svg", "rb").read())
    (path,) = group
    assert path.get("fill") == "none"
    assert float(path.get("stroke-width")) == pytest.approx(0.4, abs=0.001)


def test_alpha_depth_and_masks(run, workdir):
    image = photograph("coffee", 100)
    alpha = torch.ones(image.shape[1:])
    alpha[:20] = 0
    itten.write_picture(itten.Picture(image, alpha=alpha, depth=16), "clear.png")
    mask = torch.zeros_like(image)
    mask[:, :, 50:] = 1
    itten.write_image(mask, "mask.png")
    run("engrave", "clear.png", "-o", "out.png", "--write-mask", "mask.png")
    made = itten.read_picture("out.png")
    assert made.depth == 16
    assert torch.equal(made.alpha, alpha)
    shown = itten.read_picture("clear.png").over((1.0, 1.0, 1.0))
    assert (made.pixels[:, 20:, :50] - shown[:, 20:, :50]).abs().max() < 1e-4
    assert (made.pixels[:, 20:, 50:] - shown[:, 20:, 50:]).abs().max() > 0.3
    result = run("engrave", "clear.png", "-o", "out.jpg")
    assert "alpha" in result.stderr


def test_settings_from_a_file_and_one_by_one(run, picture):
    with open("mine.toml", "w") as file:
        file.write("spacing = 9.0\nmixture = 3\n")
    run("engrave", picture, "-o", "a.png", "--config", "mine.toml", "--set", "cross=0.6", "--mixture", "4")
    expected = itten.engrave(read(picture), 9.0, mixture=4, cross=0.6).image
    assert (read("a.png") - expected).abs().max() <= 0.51 / 255


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "a.gif"), "suffix"),
        (("-o", "a.png", "-o", "a.png"), "twice"),
        (("--spacing", "3cm"), "length"),
        (("--spacing", "0.8mm"), "millimetres"),
        (("--scale", "2", "--size", "A4"), "exclude"),
        (("--single-stroke",), ".svg"),
        (("--pen", "1"), "--single-stroke"),
        (("-o", "a.svg", "--single-stroke", "--pen", "wide"), "--pen"),
        (("--inks", "blau"), "colour"),
        (("--size", "A9"), "paper"),
        (("--weights", "1,2"), "weights"),
        (("--set", "spaceing=3"), "spacing"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(run, picture, arguments, told):
    result = run("engrave", picture, *arguments, code=2)
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_what_does_not_fit_into_memory_is_refused_before_the_work(run, picture, monkeypatch):
    monkeypatch.setenv("ITTEN_MEMORY", "1GB")
    result = run("engrave", picture, "-o", "a.png", "--scale", "60", code=4)
    assert "engraving 120 × 80 pixels as 7200 × 4800 takes about" in result.stderr
