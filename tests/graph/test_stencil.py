import numpy as np
import pytest

from itten.config import RADIUS_WEIGHTS
from itten.graph import make_stencil

STANDARD = make_stencil(tuple(RADIUS_WEIGHTS), tuple(RADIUS_WEIGHTS.values()))


def test_standard_stencil_has_56_merged_offsets():
    assert len(STANDARD) == 56
    assert STANDARD.reach == 6
    assert len({tuple(o) for o in STANDARD.offsets.tolist()}) == 56


def test_half_and_its_negative_cover_the_disc():
    half = {tuple(o) for o in STANDARD.offsets.tolist()}
    disc = {(y, x) for y in range(-6, 7) for x in range(-6, 7) if 0 < y * y + x * x <= 36}
    assert half | {(-y, -x) for y, x in half} == disc
    assert not half & {(-y, -x) for y, x in half}


@pytest.mark.parametrize(
    ("offset", "weight"), [((0, 1), 2.6), ((1, 1), 1.6), ((0, 2), 1.6), ((2, 2), 1.0), ((3, 4), 0.3), ((6, 0), 0.1)]
)
def test_weights_add_up_over_the_radii_that_reach(offset, weight):
    index = STANDARD.offsets.tolist().index(list(offset))
    assert STANDARD.weights[index] == pytest.approx(weight)


def test_radius_one_is_the_grid_graph():
    grid = make_stencil((1,), (1.0,))
    assert grid.offsets.tolist() == [[0, 1], [1, 0]]
    assert grid.weights.tolist() == [1.0, 1.0]


def test_plans_are_read_only():
    with pytest.raises(ValueError):
        STANDARD.weights[0] = 1.0
    assert STANDARD.weights.dtype == np.float64
