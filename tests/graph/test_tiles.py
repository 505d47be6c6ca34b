import numpy as np
import pytest

from itten.graph import plan_tiles


@pytest.mark.parametrize(
    ("height", "width", "tile", "overlap"),
    [(512, 512, 64, 16), (300, 401, 64, 16), (65, 64, 64, 16), (1, 200, 64, 16), (5, 3, 64, 16), (97, 203, 48, 24),
     (100, 100, 32, 0), (128, 96, 96, 8)],
)  # fmt: skip
def test_shares_sum_to_one_and_tiles_cover(height, width, tile, overlap):
    plan = plan_tiles(height, width, tile, overlap)
    total = np.zeros((height, width))
    for index, (top, left) in enumerate(plan.corners.tolist()):
        i, j = divmod(index, len(plan.lefts))
        share = plan.rows[i][:, None] * plan.columns[j]
        assert (share > 0).all()
        total[top : top + plan.tile_height, left : left + plan.tile_width] += share
    np.testing.assert_allclose(total, 1.0, atol=1e-12)


def test_the_seeds_plan_has_121_tiles_and_the_last_is_flush():
    plan = plan_tiles(512, 512, 64, 16)
    assert len(plan) == 121
    assert plan.tops.tolist() == [*range(0, 433, 48), 448]


def test_taper_is_linear_in_an_ordinary_overlap():
    plan = plan_tiles(112, 64, 64, 16)
    np.testing.assert_allclose(plan.rows[1][:16], np.arange(1, 17) / 17, atol=1e-12)
    np.testing.assert_allclose(plan.rows[0][48:], np.arange(16, 0, -1) / 17, atol=1e-12)
    assert (plan.rows[0][:48] == 1).all()


def test_a_side_shorter_than_a_tile_is_one_tile():
    plan = plan_tiles(10, 200, 64, 16)
    assert (plan.tile_height, len(plan.tops)) == (10, 1)
