"""The ways of copies: known maps are found again, and lead from the one end to the other."""

from __future__ import annotations

import numpy as np
import pytest

from itten.motion.maps import Maps

GRID = (np.arange(12)[:, None] + 1j * np.arange(7)).ravel() + 3.5 + 9.5j
ONE = np.zeros(len(GRID), np.int64)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("factor", [1.0, 1j, -1.0, 2.0, 0.5 * np.exp(0.7j)])
def test_known_maps_are_found_exactly(factor: complex, mirrored: bool) -> None:
    shape = GRID[(GRID.real < 8) | (GRID.imag < 12)]  # an L, which has no mirror image of its own
    place = (shape.conj() if mirrored else shape) * factor + (40 + 30j)
    maps = Maps.fitted(shape, place, np.zeros(len(shape), np.int64), 1)
    assert bool(maps.mirrored[0]) is mirrored
    assert abs(maps.factor[0] - factor) < 1e-12
    assert maps.miss[0] < 1e-12
    assert abs(maps.end[0] - place.mean()) < 1e-12


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_way_leads_from_the_source_to_the_place(mirrored: bool) -> None:
    factor = 1.5 * np.exp(2.0j)
    place = (GRID.conj() if mirrored else GRID) * factor + (70 - 20j)
    maps = Maps(GRID.mean()[None], place.mean()[None], np.array([factor]), np.array([mirrored]), np.zeros(1))

    def at(u: float) -> np.ndarray:
        middle, about = maps.at(0, u)
        around = about @ np.stack([(place - place.mean()).real, (place - place.mean()).imag])
        return around[0] + 1j * around[1] + middle

    np.testing.assert_allclose(at(0.0), GRID, atol=1e-9)
    np.testing.assert_allclose(at(1.0), place, atol=1e-9)


def test_single_pixels_only_move_and_absent_copies_are_no_harm() -> None:
    maps = Maps.fitted(np.array([2 + 3j]), np.array([9 + 1j]), np.array([1]), 3)
    assert maps.factor.tolist() == [1, 1, 1]
    assert maps.end.tolist() == [0, 9 + 1j, 0]
    assert maps.far[1] == pytest.approx(abs(7 - 2j))


def test_noise_is_no_map() -> None:
    place = 50 * np.random.default_rng(0).random(len(GRID)) * (1 + 1j)
    assert Maps.fitted(GRID, place, ONE, 1).miss[0] > 5
