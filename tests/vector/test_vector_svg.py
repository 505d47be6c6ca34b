"""SVG as others read it: XML, svgpathtools, vpype and resvg."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import svgpathtools
from hypothesis import given, settings
from hypothesis import strategies as st

from itten.config import Page
from itten.errors import InputError, UsageError
from itten.vector import Drawing, Layer, fitted, outlines, svg
from itten.vector.text import number
from tests.paths import INKSCAPE, SVG, layers, rendered, strewn, waves

RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.3, 0.9)


def both(**how: object) -> Drawing:
    field = waves()
    inside = [line for line in strewn(60, size=80) if (line > 0).all() and (line < 95).all()]
    shapes = Layer("swelling & <lines>", RED, outlines(field), **how)
    return Drawing(128, 96, [shapes, Layer("pen", BLUE, strokes=inside, pen=0.7, **how)])


def points_of(path: svgpathtools.Path) -> np.ndarray:
    return np.array([path[0].start, *(segment.end for segment in path)])


def test_layers_have_numbers_names_and_inks() -> None:
    data = svg(both(multiply=True), Page(size="A5"), title="two & more")
    root = ElementTree.fromstring(data)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("210mm", "148mm", "0 0 210 148")
    assert root.findtext(f"{SVG}title") == "two & more"
    found = layers(data)
    assert [group.get(f"{INKSCAPE}label") for group in found] == ["1-swelling & <lines>", "2-pen"]
    assert [group.get("style") for group in found] == ["mix-blend-mode:multiply"] * 2
    (fills,), (lines,) = found
    assert (fills.get("fill"), fills.get("fill-rule"), fills.get("stroke")) == ("#e61a1a", "evenodd", None)
    assert (lines.get("fill"), lines.get("stroke"), lines.get("stroke-linecap")) == ("none", "#1a4de6", "round")
    assert float(lines.get("stroke-width")) == pytest.approx(0.7 * fitted(Page(size="A5"), 128, 96).scale, abs=1e-4)
    assert root.find(f".//{SVG}rect") is None
    assert "style" not in layers(svg(both()))[0].attrib


def test_every_point_is_read_back_where_it_was() -> None:
    """Differences add up to the rounded points: the last point of a long path is as exact as its first."""
    drawing = both()
    page = Page(size="A4", margin=15)
    fit = fitted(page, 128, 96)
    paths, _ = svgpathtools.svgstr2paths(svg(drawing, page, tolerance=0.05).decode())
    assert len(paths) == sum(len(layer.shapes) + len(layer.strokes) for layer in drawing.layers)
    half = 0.5 * 10 ** -fit.decimals(0.05) + 1e-9
    rings = [ring for layer in drawing.layers for shape in layer.shapes for ring in shape]
    found = [points_of(part) for path in paths for part in path.continuous_subpaths()]
    wanted = [fit.millimetres(points) for points in [*rings, *drawing.layers[1].strokes]]
    assert len(found) == len(wanted)
    assert max(map(len, wanted)) > 300
    for ours, theirs in zip(wanted, found, strict=True):
        inside = np.stack([theirs.real, theirs.imag], 1)
        assert inside.min() >= 15 - 1e-9
        assert (inside.max(0) <= (fit.width - 15 + 1e-9, fit.height - 15 + 1e-9)).all()
        rounded = np.rint(ours * 10 ** fit.decimals(0.05)) / 10 ** fit.decimals(0.05)
        distance = np.abs(inside[:, None] - rounded).max(2).min(0)  # points that became equal were left out
        assert distance.max() < 1e-9
        assert np.abs(inside[-1] - ours[-1]).max() <= half


@settings(max_examples=100, deadline=None)
@given(value=st.integers(-(10**7), 10**7), decimals=st.integers(0, 6))
def test_numbers_are_short_and_exact(value: int, decimals: int) -> None:
    text = number(value, decimals)
    assert round(float(text) * 10**decimals) == value
    assert re.fullmatch(r"-?(0|[1-9]\d*)?(\.\d*[1-9])?", text)
    assert not re.match(r"-?0\.", text)


@pytest.mark.parametrize("curves", [False, True])
def test_vpype_reads_the_layers(tmp_path: Path, curves: bool) -> None:
    vpype = pytest.importorskip("vpype", reason="vpype needs Python below 3.14")
    drawing = both()
    (tmp_path / "a.svg").write_bytes(svg(drawing, Page(size="A4"), curves=curves))
    document = vpype.read_multilayer_svg(str(tmp_path / "a.svg"), quantization=0.1)
    assert sorted(document.layers) == [1, 2]
    assert document.page_size == pytest.approx((297 * 96 / 25.4, 210 * 96 / 25.4))
    assert len(document.layers[2]) == len(drawing.layers[1].strokes)
    assert len(document.layers[1]) == sum(map(len, drawing.layers[0].shapes))
    assert document.layers[2].property("vp_name") == "2-pen"
    width, height = document.page_size
    left, top, right, bottom = document.bounds()
    edge = 10 * 96 / 25.4 - 0.01
    assert edge <= left < right <= width - edge
    assert edge <= top < bottom <= height - edge


def test_strokes_are_drawn_where_they_are() -> None:
    line = np.array([[10, 20], [50, 20], [50, 30.0]])
    image = rendered(svg(Drawing(64, 40, [Layer("pen", (0, 0, 0), strokes=[line], pen=4)])), 64, 40)[..., 0]
    assert image[18:22, 12:48].max() < 0.02
    assert image[:17].min() > 0.98
    assert image[24:29, 48:52].max() < 0.02
    assert (1 - image).sum() == pytest.approx(4 * 50 + np.pi * 4, rel=0.03)


def test_inks_are_printed_over_one_another_or_cover() -> None:
    square = np.array([[0, 0], [8, 0], [8, 8], [0, 8.0]])
    for multiply, colour in ((True, (0.09, 0.03, 0.09)), (False, BLUE)):
        parts = [
            Layer("a", RED, [(square,)], multiply=multiply),
            Layer("b", BLUE, [(square + np.array([4, 0]),)], multiply=multiply),
        ]
        image = rendered(svg(Drawing(12, 8, parts)), 12, 8)
        np.testing.assert_allclose(image[4, [1, 6, 10]], [RED, colour, BLUE], atol=0.01)


def test_holes_inks_of_shapes_and_paper() -> None:
    outer = np.array([[1, 1], [11, 1], [11, 11], [1, 11.0]])
    hole = np.array([[4, 4], [8, 4], [8, 8], [4, 8.0]])
    layer = Layer("panes", (0, 0, 0), [(outer, hole), (hole[::-1] / 2 + 4,)], inks=[RED, BLUE])
    image = rendered(svg(Drawing(12, 12, [layer], paper=(1, 1, 0.8))), 12, 12)
    np.testing.assert_allclose(image[[2, 4, 7, 0], [2, 4, 7, 0]], [RED, (1, 1, 0.8), BLUE, (1, 1, 0.8)], atol=0.01)
    for paper in (None, (1, 1, 1)):
        assert b"<rect" not in svg(Drawing(12, 12, [layer], paper=paper))


def test_what_leaves_the_picture_is_cut_and_what_is_too_small_left_out() -> None:
    ring = np.array([[-4, 2], [4, 2], [4, 6], [-4, 6.0]])
    tiny = np.array([[3, 3], [3.001, 3], [3, 3.001]])
    layer = Layer("a", (0, 0, 0), [(ring,), (tiny,)], [np.array([[5, -3], [5, 3], [5, 3.001], [9, 13.0]]), tiny[:1]])
    data = svg(Drawing(10, 10, [layer]), Page(size="100x100mm", margin=0))
    found = re.findall(r' d="([^"]*)"', data.decode())
    assert found[1:] == ["M50 0l0 30 28 70", "M30 30l0 0"]
    square = points_of(svgpathtools.parse_path(found[0]))
    assert set(square.tolist()) == {20j, 40 + 20j, 40 + 60j, 60j}
    assert svg(Drawing(10, 10, [layer])) == svg(Drawing(10, 10, [layer]))
    for path in svgpathtools.svgstr2paths(data.decode())[0]:
        left, right, top, bottom = path.bbox() if path.length() else (30, 30, 30, 30)
        assert 0 <= min(left, top) <= max(right, bottom) <= 100


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layer("", RED), "name"),
        (lambda: Layer("a\0", RED), "name"),
        (lambda: Layer("a", (0, 0, 2)), "colour"),
        (lambda: Layer("a", "red"), "colour"),
        (lambda: Layer("a", RED, pen=0), "pen"),
        (lambda: Layer("a", RED, [(np.zeros((2, 2)),)]), "shape"),
        (lambda: Layer("a", RED, strokes=[np.zeros((2, 3))]), "stroke"),
        (lambda: Layer("a", RED, strokes=[np.full((2, 2), np.nan)]), "finite"),
        (lambda: Layer("a", RED, inks=[BLUE]), "1 inks for 0"),
        (lambda: Drawing(0, 5, []), "no area"),
        (lambda: Drawing(5, 5, [], paper=(1, 1)), "paper"),
    ],
)
def test_what_is_no_drawing(make: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("tolerance", [0, -1, float("nan")])
def test_what_is_no_tolerance(tolerance: float) -> None:
    with pytest.raises(UsageError, match="tolerance"):
        svg(both(), tolerance=tolerance)


def test_an_empty_drawing_is_a_file() -> None:
    data = svg(Drawing(10, 5, [Layer("nothing", RED)]))
    assert len(layers(data)) == 1
    assert rendered(data, 10, 5).min() == 1
