"""Paper: its size, its margins, and where a drawing lies on it."""

from __future__ import annotations

import numpy as np
import pytest

from itten.config import Page
from itten.errors import ConfigError
from itten.vector import fitted


@pytest.mark.parametrize(
    ("size", "picture", "sides"),
    [
        ("A4", (100, 200), (210, 297)),
        ("a4", (200, 100), (297, 210)),
        ("letter", (100, 200), (215.9, 279.4)),
        ("300x200mm", (100, 200), (300, 200)),
        ("30 x 20.5 cm", (100, 200), (300, 205)),
        ("12x10in", (1, 1), (304.8, 254)),
    ],
)
def test_sizes(size: str, picture: tuple[int, int], sides: tuple[float, float]) -> None:
    assert Page(size=size).millimetres(*picture) == pytest.approx(sides)


def test_orientation_turns_any_paper() -> None:
    for size in ("a4", "297x210mm"):
        assert Page(size=size, orientation="portrait").millimetres(2, 1) == (210, 297)
        assert Page(size=size, orientation="landscape").millimetres(1, 2) == (297, 210)


@pytest.mark.parametrize("size", [None, "none", ""])
def test_without_a_size_paper_follows_from_the_resolution(size: str | None) -> None:
    assert Page(size=size).millimetres(960, 480) == pytest.approx((254, 127))
    fit = fitted(Page(size=size, dpi=300, margin=5), 600, 300)
    assert (fit.width, fit.height, fit.left, fit.top) == pytest.approx((60.8, 35.4, 5, 5))
    assert fitted(Page(size=size, dpi=300), 600, 301).pixels(300) == (600, 301)


def test_a_drawing_is_fitted_and_centred() -> None:
    fit = fitted(Page(size="A4", margin=20), 100, 100)
    assert fit.scale == pytest.approx(1.7)
    corners = fit.millimetres(np.array([[0.0, 0.0], [100, 100]]))
    np.testing.assert_allclose(corners, [[20, 63.5], [190, 233.5]])
    np.testing.assert_allclose(fit.affine @ [100, 100, 1], corners[1])
    assert Page(size="A4").edge == 10
    assert fit.pixels(254) == (2100, 2970)


def test_digits_follow_from_the_tolerance() -> None:
    fit = fitted(Page(size="A3", margin=0), 2970, 4200)  # a tenth of a millimetre a pixel
    for tolerance, digits in ((10, 0), (1, 1), (0.1, 2), (0.09, 3)):
        assert fit.decimals(tolerance) == digits
        assert 0.5 * 10**-digits <= 0.5 * tolerance * fit.scale * (1 + 1e-9)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": "A7"}, "no size of paper"),
        ({"size": "10x0.1mm"}, "1 to 5000"),
        ({"size": "10x9000mm"}, "1 to 5000"),
        ({"size": "A6", "margin": 53}, "leave nothing"),
        ({"margin": -1}, "margin"),
        ({"dpi": 0}, "dpi"),
        ({"orientation": "square"}, "orientation"),
        ({"sizes": "A4"}, "did you mean 'size'"),
    ],
)
def test_what_cannot_be_is_said(values: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Page(**values)


def test_a_page_survives_the_trip_through_a_dict() -> None:
    page = Page(size=" A3 ", margin=7)
    assert Page(**page.to_dict()) == page
    assert page.size == "a3"
