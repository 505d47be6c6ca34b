"""Engravings as paths: what readers make of them, and what a plotter would."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import svgpathtools
import torch

import itten
from itten import samples
from itten.config import Page
from itten.errors import UsageError
from itten.lines.strokes import broken
from itten.vector import lengths, svg, travel
from tests.engravings import photograph
from tests.paths import layers, rendered

vpype = pytest.importorskip("vpype")


@pytest.fixture(scope="module")
def photo() -> torch.Tensor:
    return photograph("coffee", 240)


def apart(first: np.ndarray, second: torch.Tensor) -> float:
    return float(np.sqrt(np.square(first - second.permute(1, 2, 0).numpy()).mean()))


@pytest.mark.parametrize("options", [{}, {"inks": "#123a8c,#8a3324", "paper": "#f3ecd9"}, {"cross": 0.5}])
def test_an_svg_shows_what_the_picture_shows(photo, options):
    done = itten.engrave(photo, 6.0, scale=2, **options)
    data = svg(done.drawing(), Page())
    assert len(layers(data)) == len(done.config.inks)
    assert apart(rendered(data, *reversed(done.image.shape[1:])), done.image) < 0.06


def test_a_pdf_shows_what_the_picture_shows(photo, tmp_path):
    done = itten.engrave(photo, 6.0, scale=2, inks="cmyk")
    written = done.pdf(tmp_path / "plates.pdf")
    page = pypdfium2.PdfDocument(written)[0]
    seen = page.render(scale=done.image.shape[2] / page.get_width()).to_numpy()[..., 2::-1] / 255
    assert apart(seen[: done.image.shape[1], : done.image.shape[2]], done.image) < 0.06


def test_paths_lie_on_their_page(photo, tmp_path):
    done = itten.engrave(photo, 6.0)
    written = done.svg(tmp_path / "one.svg", Page(size="A6", margin=7))
    paths, _, attributes = svgpathtools.svg2paths2(str(written))
    left, right, top, bottom = (sum((one.bbox() for one in paths), ())[side::4] for side in range(4))
    assert len(paths) > 3
    assert attributes["width"] == "148mm"
    assert min(left) >= 7 - 0.01
    assert max(right) <= 148 - 7 + 0.01
    assert min(top) >= 7 - 0.01
    assert max(bottom) <= 105 - 7 + 0.01


@pytest.mark.parametrize(
    "name", ["tonal", *(pytest.param(one, marks=pytest.mark.long) for one in ("coffee", "figure"))]
)
def test_a_plotter_travels_little_and_draws_no_dust(name, tmp_path):
    """A3, a pen of 0.35 mm, lines 1.4 mm apart: the pen is up for at most a quarter of the way that it is down; no
    stroke is shorter than a millimetre; vpype reads one layer."""
    image = photograph(name, 300) if name == "coffee" else samples.load(name)[:, :300, :300].contiguous()
    pixel = 277 / image.shape[1]
    done = itten.engrave(image, "1.4mm", pixel=pixel)
    drawing = done.drawing(single_stroke=True, pen=0.35 / pixel, shortest=1 / pixel)
    strokes = drawing.layers[0].strokes
    down, up = travel(strokes)
    assert up < 0.25 * down
    assert lengths(strokes).min() >= 0.999 / pixel
    assert 50 < len(strokes) < 60_000
    Path(tmp_path / "plot.svg").write_bytes(svg(drawing, Page(size="A3")))
    read = vpype.read_multilayer_svg(str(tmp_path / "plot.svg"), 0.1)
    assert list(read.layers) == [1]
    assert len(read.layers[1]) == len(strokes)


def test_strokes_of_a_pen_have_the_picture_s_tone():
    """From afar, as far as the pen can: four lines a spacing, each a quarter of it wide."""
    image = torch.linspace(0, 1, 240).expand(3, 160, 240).contiguous()
    done = itten.engrave(image, 8.0, inks="black", lightest=0.0)
    data = svg(done.drawing(single_stroke=True, pen=2.0, shortest=2.0), Page())
    seen = rendered(data, 480, 320).mean(2)
    for left in range(30, 220, 30):
        column = seen[40:-40, 2 * left - 20 : 2 * left + 20].mean()
        assert abs(column - float(done.tone[0, 80, left])) < 0.07, left


def test_dashes_are_as_dense_as_they_should():
    line = np.array([[5.0, 10.0], [95.0, 10.0]])
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        lines = [line + np.array((0, 2 * row)) for row in range(30)]
        found = broken(lines, np.full((80, 100), share, np.float32), 12.0, 2.0)
        drawn = sum(np.hypot(*np.diff(one, axis=0).T).sum() for one in found)
        assert abs(drawn / (30 * 90) - share) < 0.03
        assert share < 1 or len(found) == 30
        assert all((one[:, 1] == one[0, 1]).all() for one in found)


def test_lines_thinner_than_samples_do_not_fall_apart():
    """White is covered by a hundredth: hairlines, each one path over the whole picture."""
    image = torch.ones(3, 60, 90)
    done = itten.engrave(image, 6.0, lightest=0.03)
    shapes = done.drawing().layers[0].shapes
    assert 5 < len(shapes) < 30
    assert max(np.ptp(ring[0][:, 0]) + np.ptp(ring[0][:, 1]) for ring in shapes) > 80


def test_paths_are_the_same_bytes_again(photo):
    once, again = (svg(itten.engrave(photo, 6.0).drawing(), Page()) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("pen", [0, -1.0, float("nan"), float("inf")])
def test_a_pen_without_a_width_is_an_error(photo, pen):
    with pytest.raises(UsageError, match="pen"):
        itten.engrave(photo, 8.0).drawing(single_stroke=True, pen=pen)


def test_bytes_in_memory_are_a_pdf(photo):
    from itten.vector import pdf

    data = pdf(itten.engrave(photo, 8.0).drawing(), Page())
    assert len(pypdfium2.PdfDocument(io.BytesIO(data))) == 1
