"""Areas above a level: where they end, which holes they have, and that they cover what the field says."""

from __future__ import annotations

import numpy as np
import pytest

from itten.errors import InputError, UsageError
from itten.vector import Drawing, Layer, area, outlines, simplified_shapes, svg
from tests.paths import rendered, thresholded, waves


def test_a_disc_with_a_hole() -> None:
    y, x = np.mgrid[:80, :90] + 0.5
    radius = np.hypot(x - 45, y - 38)
    (shape,) = outlines(10 - np.abs(radius - 20))
    assert [len(ring) > 50 for ring in shape] == [True, True]
    np.testing.assert_allclose([area(ring) for ring in shape], [np.pi * 900, np.pi * 100], rtol=5e-3)
    for ring, size in zip(shape, (30, 10), strict=True):
        assert (ring[0] == ring[-1]).all()
        assert np.abs(np.hypot(*(ring - (45, 38)).T) - size).max() < 0.06


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, bool])
def test_what_is_full_ends_at_the_border(dtype: type) -> None:
    (shape,) = outlines(np.ones((5, 7), dtype=dtype), level=0.5)
    assert len(shape) == 1
    assert area(shape[0]) == 35
    np.testing.assert_array_equal([shape[0].min(0), shape[0].max(0)], [[0, 0], [7, 5]])
    assert outlines(np.zeros((5, 7), dtype=dtype), level=0.5) == []


def test_on_the_level_is_not_above() -> None:
    field = np.zeros((9, 9))
    assert outlines(field) == []
    field[4, 4] = 1
    (shape,) = outlines(field)
    assert area(shape[0]) == pytest.approx(2)
    assert outlines(field, least=2.5) == []
    assert len(outlines(1 - field)[0]) == 1  # a hole without an area
    assert len(outlines(0.5 - field)[0]) == 2


@pytest.mark.parametrize(
    "field",
    [np.zeros(4), np.zeros((0, 4)), np.full((3, 3), np.nan), np.full((3, 3), np.inf), np.zeros((3, 3), complex)],
)
def test_what_is_no_field(field: np.ndarray) -> None:
    with pytest.raises(InputError, match="field"):
        outlines(field)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "contourpy", None)
    with pytest.raises(UsageError, match=r"contourpy.*pip install 'itten\[vector\]'"):
        outlines(np.zeros((3, 3)))


@pytest.mark.parametrize(("tolerance", "curves"), [(0.0, False), (0.05, False), (0.05, True)])
def test_rendered_outlines_are_the_thresholded_field(tolerance: float, curves: bool) -> None:
    field = waves()
    height, width = field.shape
    shapes = outlines(field)
    if tolerance and not curves:
        shapes = simplified_shapes(shapes, tolerance)
    drawing = Drawing(width, height, [Layer("black", (0, 0, 0), shapes)])
    data = svg(drawing, tolerance=max(tolerance, 0.02), curves=curves)
    ink = 1 - rendered(data, width, height)[..., 0]
    expected = thresholded(field)
    assert 0.3 < expected.mean() < 0.7
    assert np.sqrt(((ink - expected) ** 2).mean()) < 0.03
