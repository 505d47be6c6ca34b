"""Paths of a phase: compiled against the reference, and both against lines that are known."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from itten.kernels import kernel


def rows_of(theta: np.ndarray, flips: np.ndarray | None = None) -> np.ndarray:
    """The phase ``theta`` ``(H, W)`` as kernels tell it, where ``flips`` told for the opposite direction."""
    sign = np.ones(theta.shape) if flips is None else np.where(flips, -1.0, 1.0)
    return np.stack((np.cos(theta), sign * np.sin(theta), sign, 0 * sign)).astype(np.float32)


def paths(points: np.ndarray, begins: np.ndarray) -> list[np.ndarray]:
    return [points[first:last] for first, last in pairwise(begins)]


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("shape", [(1, 5), (2, 2), (13, 17)])
@pytest.mark.parametrize("seed", range(3))
def test_paths_are_those_of_the_reference(shape, kind, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(4, *shape)).astype(np.float32)
    fast, plain = (kernel("trace", one)(rows, kind) for one in ("numba", "reference"))
    assert np.array_equal(fast[1], plain[1])
    assert np.allclose(fast[0], plain[0], atol=1e-12)


@pytest.mark.parametrize(("kind", "shifts"), [(0, [0.0]), (1, [0.5]), (2, [0.25, 0.75])])
@pytest.mark.parametrize("flipped", [False, True])
def test_straight_lines_are_found_whole_and_in_place(kind, shifts, flipped):
    y = np.mgrid[:30, :41][0].astype(float)
    period = 6.3
    flips = np.random.default_rng(0).random((30, 41)) > 0.5 if flipped else None
    found = paths(*kernel("trace", "numba")(rows_of(2 * np.pi * (y - 2.2) / period, flips), kind))
    expected = sorted(place for shift in shifts for place in np.arange(-10, 10) * period + 2.2 + shift * period)
    expected = [place for place in expected if 0 <= place <= 29]
    assert len(found) == len(expected)
    for one, place in zip(sorted(found, key=lambda path: path[:, 1].mean()), expected, strict=True):
        assert np.abs(one[:, 1] - place).max() < 0.1
        assert abs(np.ptp(one[:, 0]) - 40) < 1e-9


def test_rings_are_closed():
    y, x = np.mgrid[:50, :50] - 24.5
    found = paths(*kernel("trace", "numba")(rows_of(2 * np.pi * np.hypot(y, x) / 8 - 1), 0))
    radius = [np.hypot(*(path - 24.5).T) for path in found]
    closed = [np.array_equal(path[0], path[-1]) for path in found]
    inner = [at for at, one in enumerate(radius) if one.max() < 24]
    assert len(inner) == 3
    assert all(closed[at] for at in inner)
    for at in inner:
        turn = radius[at].mean() / 8 - 1 / (2 * math.pi)
        assert abs(turn - round(turn)) < 0.01


def test_no_crossing_is_lost_or_taken_twice():
    rng = np.random.default_rng(5)
    theta = rng.uniform(-3, 3, (40, 30))
    points, begins = kernel("trace", "numba")(rows_of(theta), 2)
    found = paths(points, begins)
    single = np.concatenate([path[:-1] if np.array_equal(path[0], path[-1]) else path for path in found])
    assert len(np.unique(single, axis=0)) == len(single)
    real = np.cos(theta).astype(np.float32) < 0
    crossings = (real[1:] != real[:-1]).sum() + (real[:, 1:] != real[:, :-1]).sum()
    assert len(single) <= crossings
    assert len(single) > 0.95 * crossings
