"""Cubics through points: near them, smooth where they are smooth, with corners where they turn."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from itten.config import Page
from itten.vector import Drawing, Layer, outlines, simplified_shapes, svg
from itten.vector.curves import curved
from tests.paths import strewn, waves


def flat(nodes: np.ndarray, parts: int = 24) -> np.ndarray:
    """Points on a path of cubics, ends among them."""
    t = (np.arange(parts) / parts)[:, None]
    pieces = []
    for at in range(0, len(nodes) - 1, 3):
        a, b, c, d = nodes[at : at + 4]
        pieces.append((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)
    return np.concatenate([*pieces, nodes[-1:]])


def fit(line: np.ndarray, tolerance: float, shut: bool = False, size: float = 1000.0) -> np.ndarray:
    return curved([line], tolerance, np.array([shut]), size, size)[0]


def test_a_circle_needs_few_and_is_smooth() -> None:
    way = np.linspace(0, 2 * np.pi, 181)[:-1]
    nodes = fit(np.stack([50 + 30 * np.cos(way), 50 + 30 * np.sin(way)], 1), 0.05, shut=True)
    assert len(nodes) <= 3 * 9 + 1
    assert (nodes[0] == nodes[-1]).all()
    assert np.abs(np.hypot(*(flat(nodes) - 50).T) - 30).max() < 0.05
    arrive, leave = nodes[3::3] - nodes[2::3], np.roll(nodes[1::3] - nodes[:-1:3], -1, 0)
    turn = np.arctan2(arrive[:, 0] * leave[:, 1] - arrive[:, 1] * leave[:, 0], (arrive * leave).sum(1))
    assert np.abs(turn).max() < 1e-6


def test_corners_stay() -> None:
    nodes = fit(np.array([[0, 0], [10, 0], [10, 10], [0, 10], [0, 0.0]]), 0.1, shut=True)
    assert nodes[::3].tolist() == [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    ring = shapely.LineString([[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]])
    assert shapely.distance(shapely.points(flat(nodes)), ring).max() < 1e-9


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), tolerance=st.sampled_from([0.02, 0.2, 1.0]), shut=st.booleans())
def test_points_and_curve_are_near_each_other(seed: int, tolerance: float, shut: bool) -> None:
    lines = [np.clip(line, 0, 40) for line in strewn(6, seed, 40)]
    closed = np.array([shut and len(line) > 2 for line in lines])
    for line, nodes, ring in zip(lines, curved(lines, tolerance, closed, 40, 40), closed.tolist(), strict=True):
        assert nodes.min() >= 0
        assert nodes.max() <= 40
        curve = shapely.LineString(flat(nodes)) if len(nodes) > 1 else shapely.Point(nodes[0])
        assert shapely.distance(shapely.points(line), curve).max() <= 1.05 * tolerance
        whole = shapely.LineString(np.concatenate([line, line[:1]]) if ring else line)
        assert shapely.distance(shapely.points(flat(nodes)), whole).max() <= 1.5 * tolerance


def test_dots_stay_dots() -> None:
    assert fit(np.array([[3, 4.0]]), 0.1).tolist() == [[3, 4]]
    assert len(fit(np.array([[3, 4], [5, 4.0]]), 0.1)) == 4


def test_smooth_borders_take_less_than_fine_straight_ones() -> None:
    shapes = outlines(waves(192, 256))
    fine = Layer("a", (0, 0, 0), simplified_shapes(shapes, 0.05))
    plain = svg(Drawing(256, 192, [fine]), Page(size="A3"), tolerance=0.05)
    smooth = svg(Drawing(256, 192, [Layer("a", (0, 0, 0), shapes)]), Page(size="A3"), tolerance=0.25, curves=True)
    assert len(smooth) < 0.8 * len(plain)
    assert smooth.count(b"c") > 30
