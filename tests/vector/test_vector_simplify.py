"""Fewer points within a tolerance, rings that stay rings, and cuts at the border."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from itten.errors import UsageError
from itten.vector import area, clipped, clipped_shapes, outlines, simplified, simplified_shapes
from tests.paths import strewn, waves

POINTS = arrays(
    np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.integers(0, 400).map(lambda n: n / 10)
)


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(POINTS, max_size=5), tolerance=st.sampled_from([0.0, 0.1, 1.0, 7.0]))
def test_nothing_moves_by_more_than_the_tolerance(lines: list[np.ndarray], tolerance: float) -> None:
    found = simplified(lines, tolerance)
    assert len(found) == len(lines)
    for before, after in zip(lines, found, strict=True):
        assert len(after) <= len(before)
        np.testing.assert_array_equal(after[[0, -1]], before[[0, -1]])
        assert {tuple(point) for point in after} <= {tuple(point) for point in before}
        if len(after) > 1:
            assert shapely.distance(shapely.points(before), shapely.linestrings(after)).max() <= tolerance + 1e-9


def test_a_straight_line_has_two_points_and_a_bend_three() -> None:
    straight = np.stack([np.arange(9.0), np.arange(9.0) / 2], 1)
    bend = np.array([[0, 0], [1, 0.05], [4, 0], [4, 3], [4, 5.0]])
    found = simplified([straight, bend], 0.1)
    assert [len(line) for line in found] == [2, 3]
    assert simplified([], 1) == []


@pytest.mark.parametrize("tolerance", [0.1, 1.0, 5.0])
def test_rings_stay_rings(tolerance: float) -> None:
    shapes = outlines(waves())
    found = simplified_shapes(shapes, tolerance)
    assert [len(shape) for shape in found] == [len(shape) for shape in shapes]
    assert sum(len(ring) for shape in found for ring in shape) < 0.6 * sum(
        len(ring) for rings in shapes for ring in rings
    )
    for before, after in zip(shapes, found, strict=True):
        assert shapely.is_valid(shapely.Polygon(after[0], after[1:]))
        for old, new in zip(before, after, strict=True):
            assert (new[0] == new[-1]).all()
            assert area(new) > 0
            assert shapely.hausdorff_distance(shapely.LineString(old), shapely.LineString(new)) <= tolerance + 1e-9


def test_shared_borders_stay_shared() -> None:
    edge = np.stack([10 + np.sin(np.arange(41) / 5) + 0.02 * np.cos(7 * np.arange(41)), np.arange(41) / 2], 1)
    left = np.concatenate([edge, [[0, 20], [0, 0]]])
    right = np.concatenate([edge, [[20, 20], [20, 0]]])
    found = simplified_shapes([(left,), (right,)], 0.5, shared=True)
    one, other = (shapely.Polygon(shape[0]) for shape in found)
    assert len(found[0][0]) < 0.7 * len(left)
    assert shapely.area(shapely.intersection(one, other)) == pytest.approx(0, abs=1e-9)
    assert one.area + other.area == pytest.approx(400)


def test_clipping() -> None:
    lines = [
        np.array([[-5, 5], [5, 5], [5, 15], [7, 15], [7, 5.0]]),
        np.array([[1, 1], [2, 2.0]]),
        np.array([[20, 20.0]]),
    ]
    found = clipped(lines, 10, 10)
    assert [line.tolist() for line in found] == [[[0, 5], [5, 5], [5, 10]], [[7, 10], [7, 5]], [[1, 1], [2, 2]]]
    ring = np.array([[-2, 2], [4, 2], [4, 4], [-2, 4.0]])
    whole = ring + np.array([4, 0])
    far = ring + np.array([20, 0])
    cut = clipped_shapes([(ring,), (whole,), (far,)], 10, 10)
    assert [len(parts) for parts in cut] == [1, 1, 0]
    assert area(cut[0][0][0]) == pytest.approx(8)
    assert cut[1][0][0] is whole


def test_clipping_leaves_nothing_outside() -> None:
    lines = strewn(300, seed=2)
    found = np.concatenate(clipped(lines, 60, 40))
    assert found.min() >= 0
    assert (found <= (60, 40)).all()
    inside = sum(((line >= 0) & (line <= (60, 40))).all() for line in lines)
    assert len(clipped(lines, 60, 40)) > inside > 20


@pytest.mark.parametrize("tolerance", [-1, float("nan")])
def test_what_is_no_tolerance(tolerance: float) -> None:
    with pytest.raises(UsageError, match="tolerance"):
        simplified([np.zeros((3, 2))], tolerance)
    with pytest.raises(UsageError, match="tolerance"):
        simplified_shapes([(np.eye(3, 2),)], tolerance)
