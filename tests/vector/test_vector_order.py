"""The order in which lines are drawn: all of them, once, and little way between."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itten.vector import lengths, ordered, travel
from tests.paths import key, strewn


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 60), size=st.sampled_from([0.0, 3.0, 100.0]))
def test_the_same_lines_with_no_longer_way(seed: int, count: int, size: float) -> None:
    lines = strewn(count, seed, size)
    found = ordered(lines)
    assert sorted(map(key, found)) == sorted(map(key, lines))
    assert travel(found)[0] == travel(lines)[0] or abs(travel(found)[0] - travel(lines)[0]) < 1e-6
    assert travel(found)[1] <= travel(lines)[1] + 1e-9
    assert [part.tobytes() for part in ordered(lines)] == [part.tobytes() for part in found]


def test_way_is_counted_between_the_lines() -> None:
    lines = [np.array([[0, 0], [3, 4.0]]), np.array([[3, 5], [3, 6.0]]), np.array([[0, 6.0]])]
    assert travel(lines) == (6, 4)
    assert travel([]) == (0, 0)
    assert travel(lines[:1]) == (5, 0)


def test_hatching_goes_to_and_fro() -> None:
    """Parallel lines, shuffled and all drawn the same way: the best way between them is from neighbour to neighbour."""
    places = np.random.default_rng(3).permutation(200)
    found = ordered([np.array([[0, place], [50, place]], dtype=float) for place in places.tolist()])
    assert [part[0, 1] for part in found] == list(range(200))
    assert travel(found)[1] == 199


def test_near_the_best_known_for_points_strewn_at_random() -> None:
    """The shortest path through n points in a square of side 1 is about 0.7124 √n long; links made greedily are 14 to
    20 per cent longer, and turning runs around halves that."""
    dots = list(np.random.default_rng(5).uniform(0, 1, (3000, 1, 2)))
    assert travel(ordered(dots))[1] < 1.12 * 0.7124 * np.sqrt(3000)


def test_closed_lines_begin_where_they_are_near() -> None:
    ring = np.array([[20, 0], [24, 0], [24, 4], [20, 4], [20, 0.0]])
    lines = [np.array([[0, 4], [19, 4.0]]), ring, np.array([[40, 4], [25, 4.0]])]
    found = ordered(lines)
    assert found[1][0].tolist() in ([20, 4], [24, 4])
    assert found[1][0].tolist() == found[1][-1].tolist()
    assert lengths(found).tolist() == [19, 16, 15]


def test_strewn_lines_need_far_less_way() -> None:
    lines = strewn(2000, seed=4)
    assert travel(ordered(lines))[1] < 0.027 * travel(lines)[1]
