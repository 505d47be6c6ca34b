"""Lines become one where their ends meet, and what stays short goes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itten.errors import UsageError
from itten.vector import joined, lengths, trimmed
from tests.paths import strewn


def line(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=float)


def test_ends_that_meet() -> None:
    lines = [line((2, 0), (1, 0), (0, 0)), line((9, 9), (8, 8)), line((2, 0), (3, 0)), line((4, 1), (3, 0))]
    found = joined(lines)
    assert [part.tolist() for part in found] == [[[0, 0], [1, 0], [2, 0], [3, 0], [4, 1]], [[9, 9], [8, 8]]]


def test_at_a_crossing_the_straightest_go_on() -> None:
    arms = [line((0, 0), (5, 0)), line((0, 0), (0, 5)), line((-5, 0.2), (0, 0)), line((0.2, -5), (0, 0))]
    found = joined(arms)
    assert len(found) == 2
    for part in found:
        assert np.ptp(part, axis=0).min() < 0.5


def test_a_ring_of_pieces_is_closed() -> None:
    square = [line((0, 0), (4, 0)), line((4, 4), (4, 0)), line((4, 4), (0, 4)), line((0, 0), (0, 4))]
    (found,) = joined(square)
    assert len(found) == 5
    assert (found[0] == found[-1]).all()
    assert lengths([found]).tolist() == [16]
    assert [part.tolist() for part in joined([found], gap=1)] == [found.tolist()]


def test_gaps_are_closed_the_smallest_first() -> None:
    lines = [line((0, 0), (10, 0)), line((10.5, 0), (20, 0)), line((10, 0.9), (10, 9))]
    assert len(joined(lines)) == 3
    found = joined(lines, gap=1)
    assert [part.tolist() for part in found] == [[[0, 0], [10, 0], [10.5, 0], [20, 0]], [[10, 0.9], [10, 9]]]
    assert len(joined(lines, gap=0.4)) == 3


def test_meeting_comes_before_gaps() -> None:
    lines = [line((0, 0), (10, 0)), line((10, 0), (10, 10)), line((10.4, 0), (20, 0))]
    found = joined(lines, gap=1)
    assert [len(part) for part in found] == [3, 2]


def test_a_short_line_is_not_closed_across_its_gap() -> None:
    hook = line((0, 0), (1, 0), (1, 0.5))
    assert joined([hook], gap=2)[0].tolist() == hook.tolist()
    wide = line((0, 0), (9, 0), (9, 9), (0, 1))
    (found,) = joined([wide], gap=2)
    assert (found[0] == found[-1]).all()


def test_dots_and_repeated_points() -> None:
    assert joined([]) == []
    found = joined([line((1, 1)), line((5, 5), (5, 5)), line((5, 5), (6, 6), (6, 6))])
    assert [part.tolist() for part in found] == [[[1, 1]], [[5, 5], [6, 6]]]


def test_a_crowd_of_ends_in_one_point() -> None:
    way = np.arange(40) * (2 * np.pi / 40)
    spokes = [line((0, 0), (np.cos(angle), np.sin(angle))) for angle in way]
    found = joined(spokes)
    assert len(found) == 20
    assert lengths(found).sum() == pytest.approx(40)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), gap=st.sampled_from([0.0, 1.0, 4.0]), count=st.integers(1, 60))
def test_nothing_is_lost(seed: int, gap: float, count: int) -> None:
    lines = strewn(count, seed, 30)
    found = joined(lines, gap)
    points = {tuple(point) for part in found for point in part}
    assert points == {tuple(point) for part in lines for point in part}
    added = lengths(found).sum() - lengths(lines).sum()
    assert -1e-9 <= added <= gap * (count - len(found) + count) + 1e-9
    assert [part.tobytes() for part in joined(lines, gap)] == [part.tobytes() for part in found]
    assert [part.tobytes() for part in joined(found, gap)] == [part.tobytes() for part in found]


def test_short_lines_are_attached_or_go() -> None:
    lines = [line((0, 0), (10, 0)), line((10.3, 0), (10.8, 0)), line((50, 50), (50.5, 50)), line((9, 9), (20, 9))]
    found = trimmed(lines, 1, gap=0.5)
    assert [part.tolist() for part in found] == [[[0, 0], [10, 0], [10.3, 0], [10.8, 0]], [[9, 9], [20, 9]]]
    assert [len(part) for part in trimmed(lines, 1)] == [2, 2]
    assert trimmed([], 1) == []


def test_lengths() -> None:
    assert lengths([line((0, 0), (3, 4), (3, 5)), line((7, 7)), line((1, 1), (1, 2))]).tolist() == [6, 0, 1]


def test_what_is_no_gap() -> None:
    with pytest.raises(UsageError, match="gap"):
        joined([line((0, 0), (1, 1))], gap=-1)
