"""Fragments and what becomes of them; votes; outlines."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import itten
from itten.areas.flow import gaussian
from itten.areas.fragments import borders, edge_map, fragments, pieces
from itten.areas.merge import merged
from itten.areas.outlines import outlines
from itten.kernels import kernel
from itten.kernels.numba import team
from tests.pictures import drawing

TILES = np.kron(np.arange(12).reshape(3, 4), np.ones((10, 10), np.int64))


def test_fragments_cover_the_picture_and_do_not_cross_edges() -> None:
    values = np.random.default_rng(0).random(12)
    features = values[TILES][..., None]
    found = fragments(edge_map(ndimage.gaussian_filter(features, (0.7, 0.7, 0))))
    assert np.array_equal(np.unique(found), np.arange(found.max() + 1))
    assert 12 <= found.max() + 1 < 120
    for name in range(found.max() + 1):
        inside = TILES[found == name]
        assert np.bincount(inside).max() >= 0.6 * len(inside)
        assert ndimage.label(found == name)[1] == 1


def test_fragments_of_a_picture_without_edges_are_not_its_pixels() -> None:
    assert fragments(edge_map(np.zeros((30, 40, 3)))).max() == 0


def test_pieces_are_numbered_in_raster_order() -> None:
    labels = np.array([[5, 5, 1], [1, 5, 1], [1, 1, 5]])
    assert pieces(labels).tolist() == [[0, 0, 1], [2, 0, 1], [2, 2, 3]]


def test_borders_know_length_and_the_step_across() -> None:
    features = np.stack([TILES, -TILES], axis=-1).astype(float)
    found = borders(TILES, features)
    assert found.pairs.tolist() == sorted(found.pairs.tolist())
    assert len(found.pairs) == 3 * 3 + 2 * 4
    assert np.all(found.length == 10)
    step = found.pairs[:, 1] - found.pairs[:, 0]
    np.testing.assert_allclose(found.step, 10 * np.stack([step, -step], axis=1))
    np.testing.assert_allclose(found.rough, 10 * np.sqrt(2) * step)
    back = borders(11 - TILES, features)
    np.testing.assert_allclose(back.step[:, 0], 10.0 * (back.pairs[:, 0] - back.pairs[:, 1]))


def test_the_faintest_borders_go_first_and_slopes_are_none() -> None:
    values = np.array([0, 0.01, 0.5, 0.52, 0, 0.01, 0.5, 0.52, 1.0, 1.01, 0.2, 0.21])
    found = merged(TILES, values[TILES][..., None], 4, 0)
    groups = np.array([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3])[TILES]
    assert len(np.unique(groups * 10 + found)) == 4 == found.max() + 1
    # A ramp of 0 to 1 across two tiles, and a step of a third between two others: the ramp is one area.
    ramp = np.linspace(0, 1, 20) * np.ones((10, 1))
    steps = np.where(np.arange(20) < 10, 0.4, 0.75) * np.ones((10, 1))
    picture = np.concatenate([ramp, steps + 2.0])
    labels = np.kron(np.arange(4).reshape(2, 2), np.ones((10, 10), np.int64))
    found = merged(labels, picture[..., None], 3, 0)
    assert found[0, 0] == found[0, -1]
    assert found[-1, 0] != found[-1, -1]


def test_small_areas_join_even_if_there_are_few() -> None:
    labels = TILES.copy()
    labels[0, 0] = 12
    found = merged(labels, np.where(labels == 12, 9.0, TILES)[..., None], 13, 2)
    assert found.max() + 1 == 12
    assert found[0, 0] == found[1, 1]


@pytest.mark.parametrize("sharp", [0.0, 30.0])
def test_votes_are_those_of_the_reference(sharp: float) -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 4, (12, 15)).astype(np.int32)
    guide = random.random((12, 15, 3)).astype(np.float32)
    where = np.arange(0, 180, 2)
    arguments = labels, guide, where, gaussian(1.3), sharp, 0.05
    first, second, margin = kernel("vote_labels", "reference")(*arguments)
    for threads in (1, 3):
        with team.limited(threads):
            found = kernel("vote_labels", "numba")(*arguments)
        assert np.array_equal(found[0], first)
        assert np.array_equal(found[1], second)
        np.testing.assert_allclose(found[2], margin, atol=1e-6)


def area(ring: np.ndarray) -> float:
    """Positive where a ring runs clockwise as seen, with y downwards."""
    x, y = ring.T
    return 0.5 * float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def test_outlines_cover_the_picture_and_share_their_points() -> None:
    found = itten.panes(drawing(70, 90), n=15)
    rings = found.outlines()
    sizes = np.bincount(found.labels.numpy().ravel())
    assert [name for name, _ in rings] == list(range(len(found)))
    assert sum(area(ring) for _, parts in rings for ring in parts) == pytest.approx(70 * 90)
    for name, parts in rings:
        assert area(parts[0]) > 0
        assert all(area(hole) < 0 for hole in parts[1:])
        assert sum(map(area, parts)) == pytest.approx(sizes[name], rel=0.2, abs=8)
    # Every side is there in both directions, but for those on the frame.
    whole = [ring for _, parts in rings for ring in parts]
    sides = [(tuple(one), tuple(two)) for ring in whole for one, two in zip(ring, np.roll(ring, -1, 0), strict=True)]
    known = set(sides)
    assert len(known) == len(sides)
    for one, two in sides:
        frame = any(one[i] == two[i] and one[i] in (0, (90, 70)[i]) for i in (0, 1))
        assert frame or (two, one) in known


def test_outlines_of_a_ring_and_of_pixels_that_meet_at_corners() -> None:
    labels = np.zeros((30, 30), np.int64)
    y, x = np.mgrid[:30, :30]
    labels[np.hypot(y - 15, x - 15) < 11] = 1
    labels[np.hypot(y - 15, x - 15) < 5] = 2
    parts = dict(outlines(labels, 1.5))
    assert [len(parts[name]) for name in range(3)] == [2, 2, 1]
    radius = np.hypot(*(parts[2][0] - 15.5).T)
    assert radius.std() < 0.12
    assert area(parts[1][0]) == pytest.approx(-area(parts[0][1]))
    checks = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1]])
    parts = dict(outlines(pieces(checks), 0.0))
    assert [area(ring) for ring in parts[0]] == [1.0]
    # The ring of seven pixels meets itself at a corner and does not hang together there: what is inside is outside.
    assert [area(ring) for ring in parts[1]] == [7.0]
