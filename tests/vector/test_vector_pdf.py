"""PDF as PDFium shows it and as qpdf takes it apart."""

from __future__ import annotations

import io
import sys

import numpy as np
import pikepdf
import pypdfium2
import pytest

from itten.config import Page
from itten.errors import UsageError
from itten.vector import Drawing, Layer, outlines, pdf, svg
from tests.paths import rendered, strewn, waves

RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.3, 0.9)


def drawing(multiply: bool = False) -> Drawing:
    lines = [line for line in strewn(40, size=80) if (line > 2).all() and (line < 94).all()]
    shapes = Layer("swelling (ä)", RED, outlines(waves()), multiply=multiply)
    return Drawing(128, 96, [shapes, Layer("pen", BLUE, strokes=lines, pen=2, multiply=multiply)], paper=(1, 1, 0.8))


def shown(data: bytes, width: int) -> np.ndarray:
    """``(H, W, 3)`` in [0, 1]: the page by PDFium."""
    with pypdfium2.PdfDocument(data) as file:
        page = file[0]
        return page.render(scale=width / page.get_width()).to_numpy()[..., 2::-1] / 255


@pytest.mark.parametrize("multiply", [False, True])
@pytest.mark.parametrize("curves", [False, True])
def test_pdf_looks_like_svg(multiply: bool, curves: bool) -> None:
    page = Page(size="158.75x119.0625mm", margin=12)  # 600 x 450 pixels of CSS
    made = drawing(multiply)
    one = shown(pdf(made, page, curves=curves), 480)
    other = rendered(svg(made, page, curves=curves), 480, 360)
    assert one.shape == other.shape
    assert np.sqrt(((one - other) ** 2).mean()) < 0.03
    assert one.std() > 0.2


def test_a_layer_that_multiplies_does_not_darken_itself() -> None:
    lines = [np.array([[2, 5], [18, 5.0]]), np.array([[10, 1], [10, 9.0]])]
    image = shown(pdf(Drawing(20, 10, [Layer("a", BLUE, strokes=lines, pen=4, multiply=True)]), Page(dpi=10)), 200)
    np.testing.assert_allclose(image[50, 100], BLUE, atol=0.01)


def test_structure() -> None:
    data = pdf(drawing(True), Page(size="A4"), title="two")
    with pikepdf.open(io.BytesIO(data)) as file:
        assert file.check_pdf_syntax() == []
        assert len(file.pages) == 1
        np.testing.assert_allclose(
            [float(side) for side in file.pages[0].mediabox], [0, 0, 841.8898, 595.2756], atol=1e-3
        )
        assert [str(group.Name) for group in file.Root.OCProperties.OCGs] == ["1-swelling (ä)", "2-pen"]
        forms = file.pages[0].Resources.XObject
        for place, group in enumerate(file.Root.OCProperties.OCGs, 1):
            form = forms[f"/Layer{place}"]
            assert form.OC.objgen == group.objgen
            assert form.Group.S == "/Transparency"
        assert file.pages[0].Resources.ExtGState.Multiply.BM == "/Multiply"
        assert str(file.docinfo["/Title"]) == "two"
        assert not [name for name in file.docinfo if "Date" in str(name)]
    with pikepdf.open(io.BytesIO(pdf(drawing(), Page(size="A4")))) as file:
        assert "/ExtGState" not in file.pages[0].Resources
        assert "/Group" not in file.pages[0].Resources.XObject["/Layer1"]


def test_nothing_is_outside_the_margins() -> None:
    made = drawing()
    image = shown(pdf(Drawing(128, 96, made.layers), Page(size="210x140mm", margin=20)), 630)  # three pixels to a mm
    inked = np.argwhere(image.min(2) < 0.99) / 3
    np.testing.assert_allclose([inked.min(0), inked.max(0)], [[20, 38.33], [120, 171.67]], atol=0.5)


def test_the_same_bytes_each_time() -> None:
    assert pdf(drawing(), title="a") == pdf(drawing(), title="a")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UsageError, match=r"pypdf.*pip install 'itten\[vector\]'"):
        pdf(drawing())
