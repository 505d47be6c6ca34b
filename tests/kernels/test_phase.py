"""Phases and their stripes: compiled kernels against the references, and both against what is known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from itten.kernels import kernel
from itten.kernels.numba.team import limited
from itten.kernels.reference.phase import EDGES

SHAPES = [(2, 2), (2, 9), (7, 3), (19, 26)]
FREQUENCY = 2 * math.pi / 2.6


def field(shape: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A phase and directions without any order: ``(2, H, W)`` float32 each."""
    rng = np.random.default_rng(seed)
    angle, way = rng.uniform(-np.pi, np.pi, (2, *shape))
    return tuple(np.stack((np.cos(one), np.sin(one))).astype(np.float32) for one in (angle, way))


def dislocated(
    shape: tuple[int, int], shift: float, winding: int = 1, far: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """Straight lines along x with one dislocation in the middle, on whose side with fewer lines the phase is
    ``shift``."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    y0, x0 = shape[0] // 2 + far, shape[1] // 2 + 0.4
    theta = FREQUENCY * (y - y0) + winding * np.arctan2(y - y0, x - x0) + shift + np.pi * winding
    direction = np.zeros((2, *shape), np.float32)
    direction[1] = 1
    return np.stack((np.cos(theta), np.sin(theta))).astype(np.float32), direction


def edges_of(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Random weights and turns of edges, none across the border."""
    rng = np.random.default_rng(seed)
    out = np.zeros((3, 4, *shape), np.float32)
    for e, (down, right) in enumerate(EDGES):
        for y in range(shape[0] - down):
            for x in range(max(0, -right), shape[1] - max(0, right)):
                weight, angle = rng.uniform(0, 0.2), rng.uniform(-np.pi, np.pi)
                out[:, e, y, x] = weight * np.cos(angle), weight * np.sin(angle), rng.choice([-1, 1])
    return out


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [0, 1, 5])
def test_sweeps_are_those_of_the_reference(shape, count):
    z, _ = field(shape, 1)
    turns = edges_of(shape, 2)
    own = np.random.default_rng(3).uniform(0.2, 0.6, shape).astype(np.float32)
    held = np.random.default_rng(4).random(shape) > 0.8
    arguments = z, turns, own, own[::-1].copy(), held, count, 0.1
    fast, plain = (kernel("phase_sweeps", one)(*arguments) for one in ("numba", "reference"))
    assert np.abs(fast - plain).max() < 1e-5
    assert np.array_equal(fast[:, held], z[:, held])


def test_a_wave_that_fits_its_edges_stays_as_it_is():
    shape = 9, 12
    y, x = np.mgrid[:9, :12]
    theta = 0.9 * x + 0.5 * y
    z = np.stack((np.cos(theta), np.sin(theta))).astype(np.float32)
    turns, total = np.zeros((3, 4, *shape), np.float32), np.zeros(shape, np.float32)
    for e, (down, right) in enumerate(EDGES):
        left, stop = max(0, -right), 12 - max(0, right)
        first, second = (slice(0, 9 - down), slice(left, stop)), (slice(down, 9), slice(left + right, stop + right))
        turns[:, e][(slice(None), *first)] = np.array(
            (np.cos(0.9 * right + 0.5 * down), np.sin(0.9 * right + 0.5 * down), 1)
        )[:, None, None]
        total[first] += 1
        total[second] += 1
    half = np.full(shape, 0.5, np.float32)
    found = kernel("phase_sweeps", "numba")(z, turns, half, half / total, np.zeros(shape, bool), 20, 0.1)
    assert np.abs(found - z).max() < 1e-4


@pytest.mark.parametrize("shape", SHAPES)
def test_phases_along_a_tree_are_those_of_the_reference(shape):
    _, direction = field(shape, 5)
    rng = np.random.default_rng(6)
    order = rng.permutation(shape[0] * shape[1])
    parent = np.full(len(order), -1)
    for at in range(1, len(order)):
        parent[order[at]] = order[rng.integers(at)]
    fast, plain = (kernel("phase_along", one)(order, parent, direction, FREQUENCY) for one in ("numba", "reference"))
    assert np.abs(fast[0] - plain[0]).max() < 1e-4
    assert np.array_equal(fast[1], plain[1].astype(np.float32))


@pytest.mark.parametrize("shape", [*SHAPES, (24, 19)])
@pytest.mark.parametrize("seed", range(2))
def test_windings_are_those_of_the_reference(shape, seed):
    z, direction = field(shape, seed)
    fast, plain = (kernel("phase_windings", one)(z, direction, FREQUENCY) for one in ("numba", "reference"))
    assert np.array_equal(fast, plain)
    assert shape != (24, 19) or len(fast) > 40


@pytest.mark.parametrize("winding", [-1, 1])
def test_one_dislocation_is_one_winding(winding):
    z, direction = dislocated((20, 24), 0.4, winding)
    assert kernel("phase_windings", "numba")(z, direction, FREQUENCY).tolist() == [[10, 12, winding]]


@pytest.mark.parametrize("seed", range(2))
def test_forks_are_those_of_the_reference(seed):
    z, direction = field((13, 11), seed)
    dark = np.random.default_rng(9).random((13, 11)) > 0.5
    cells = kernel("phase_windings", "numba")(z, direction, FREQUENCY)
    arguments = z, direction, FREQUENCY, cells, dark, 1.4, 4.0, 1.0
    fast, plain = (kernel("phase_forks", one)(*arguments) for one in ("numba", "reference"))
    assert np.array_equal(fast[1], plain[1])
    assert fast[2] == plain[2]
    # A place where |z| is as small in two places of a cell may be taken for either: not here.
    assert np.abs(fast[0] - plain[0]).max() < 1e-3


@pytest.mark.parametrize("winding", [-1, 1])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("shift", [-2.5, -1.2, 0.3, 1.9, 3.1])
def test_a_line_forks_at_a_dislocation(shift, dark, winding):
    """Afterwards the phase on the side with fewer lines is near 0, or half a turn from it where it is dark."""
    z, direction = dislocated((40, 40), shift, winding)
    mask = np.full((40, 40), dark)
    cells = kernel("phase_windings", "numba")(z, direction, FREQUENCY)
    forked, held, _ = kernel("phase_forks", "numba")(z, direction, FREQUENCY, cells, mask, 2.6, 7.8, 0.3)
    after = kernel("phase_windings", "numba")(forked, direction, FREQUENCY)
    assert np.array_equal(after, cells)
    assert held.any()
    assert kernel("phase_forks", "numba")(forked, direction, FREQUENCY, after, mask, 2.6, 7.8, 0.45)[2] == 0
    far = np.hypot(*(np.mgrid[:40, :40] - 20)) > 9
    assert np.abs(forked - z)[:, far].max() < 1e-6


@pytest.mark.parametrize(("shape", "size"), [((2, 2), (5, 7)), ((9, 7), (14, 23)), ((12, 15), (6, 9))])
def test_rows_of_a_phase_are_those_of_the_reference(shape, size):
    z, direction = field(shape, 11)
    rng = np.random.default_rng(12)
    guide, picture = (rng.random((3, *one)).astype(np.float32) for one in (shape, (8, 11)))
    arguments = z, direction, FREQUENCY, guide, picture, 0.4, size
    whole = kernel("phase_rows", "reference")(*arguments, 0, size[0])
    fast = kernel("phase_rows", "numba")(*arguments, 1, size[0] - 1)
    assert fast.shape == (4, size[0] - 2, size[1])
    assert np.abs(fast - whole[:, 1:-1]).max() < 2e-3


def test_between_the_pixels_of_a_wave_there_is_the_same_wave():
    y, x = np.mgrid[:10, :13]
    way = np.array((0.6, 0.8))
    theta = FREQUENCY * (way[0] * x + way[1] * y)
    z = np.stack((np.cos(theta), np.sin(theta))).astype(np.float32)
    direction = np.broadcast_to(way[:, None, None].astype(np.float32), z.shape).copy()
    direction[:, ::2, 1::3] *= -1  # signs are nobody's
    z[1, ::2, 1::3] *= -1
    flat = np.zeros((3, 10, 13), np.float32)
    rows = kernel("phase_rows", "numba")(z, direction, FREQUENCY, flat, flat, 0.3, (50, 65), 0, 50)
    y, x = ((np.arange(n) + 0.5) / 5 - 0.5 for n in (50, 65))
    expected = FREQUENCY * (way[0] * x[None, :] + way[1] * y[:, None])
    inside = (slice(3, -3), slice(3, -3))
    sign = np.sign((rows[2:] * way[:, None, None]).sum(0))
    apart = np.angle(np.exp(1j * expected) * (rows[0] - 1j * sign * rows[1]))
    assert np.abs(apart[inside]).max() < 1e-4


def test_lines_break_where_colours_do_and_not_in_between():
    """Two halves of opposite phase: every pixel has that of the half whose colour it has."""
    shape = 6, 8
    z = np.zeros((2, *shape), np.float32)
    z[0, :, :4], z[0, :, 4:] = 1, -1
    direction = np.zeros((2, *shape), np.float32)
    direction[0] = 1
    guide = np.zeros((3, *shape), np.float32)
    guide[:, :, 4:] = 1
    picture = np.zeros((3, 60, 80), np.float32)
    picture[:, :, 43:] = 1  # a border that the grid does not know to the pixel
    rows = kernel("phase_rows", "numba")(z, direction, 1e-6, guide, picture, 0.3, (60, 80), 0, 60)
    assert (rows[0, :, :43] > 0.99).all()
    assert (rows[0, :, 43:] < -0.99).all()


@pytest.mark.parametrize("period", [1.5, 3.0, 8.0])
def test_stripes_are_those_of_the_reference(period):
    rng = np.random.default_rng(13)
    rows = np.concatenate(field((7, 12), 14)).astype(np.float32)
    cover = rng.random((5, 9)).astype(np.float32)
    fast, plain = (kernel("stripes", one)(rows, cover, (20, 12), 4, period) for one in ("numba", "reference"))
    assert np.abs(fast - plain).max() < 1e-4


@pytest.mark.parametrize("duty", [0.0, 0.03, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("period", [2.3, 5.3, 20.7])
def test_stripes_cover_as_much_as_they_should(duty, period):
    """The mean over whole periods, also of lines thinner than a pixel, and of gaps; nothing below 0 or above 1."""
    turn = np.arange(8000) / period + 0.123
    rows = np.stack((np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)))[:, None].astype(np.float32)
    cover = np.full((1, 1), duty, np.float32)
    out = kernel("stripes", "numba")(rows, cover, (1, len(turn)), 0, period)
    assert abs(out.mean() - duty) < 1e-3
    assert out.min() >= -1e-5
    assert out.max() <= 1 + 1e-5
    assert duty in (0, 1) or out.max() - out.min() > 0.9 * min(1, period * min(duty, 1 - duty))


def test_threads_change_nothing():
    z, direction = field((60, 50), 15)
    guide = np.random.default_rng(16).random((3, 60, 50)).astype(np.float32)
    found = []
    for count in (1, 2, 3):
        with limited(count):
            found.append(kernel("phase_rows", "numba")(z, direction, FREQUENCY, guide, guide, 0.4, (90, 70), 0, 90))
    assert all(np.array_equal(found[0], one) for one in found[1:])
