"""The working size: what is decided on a small picture lies where it should in the large one."""

import numpy as np
import pytest
import torch

from itten.heads import Working
from itten.heads.working import low_passed

PAIRS = [((96, 128), 96), ((96, 128), 48), ((90, 61), 40), ((37, 200), 30), ((65, 64), 0)]


@pytest.mark.parametrize(("full", "detail"), PAIRS)
def test_sizes_keep_the_proportions(full, detail):
    working = Working.of(full, detail)
    assert min(working.size) == (detail or min(full))
    assert working.same == (detail in (0, min(full)))
    assert abs(working.size[0] / working.size[1] - full[0] / full[1]) < 0.02 * full[0] / full[1]


@pytest.mark.parametrize(("full", "detail"), PAIRS)
def test_means_are_over_areas(full, detail):
    working, rng = Working.of(full, detail), np.random.default_rng(0)
    values = rng.random((2, *full))
    expected = values
    for axis in (1, 2):
        size, old = working.size[axis - 1], full[axis - 1]
        # How much of every old pixel lies in a new one.
        edges, at = np.arange(size + 1) * old / size, np.arange(old)
        share = np.clip(np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at), 0, None) * size / old
        expected = np.moveaxis(np.tensordot(share, expected, (1, axis)), 0, axis)
    np.testing.assert_allclose(working.shrunk(torch.from_numpy(values)), expected, atol=1e-12)
    mask = torch.from_numpy(rng.random(full) < 0.02)
    assert torch.equal(working.some(mask), working.shrunk(mask.double()) > 0)


@pytest.mark.parametrize(("full", "detail"), PAIRS)
def test_a_plane_stays_a_plane(full, detail):
    working = Working.of(full, detail)
    y, x = np.mgrid[: full[0], : full[1]] + 0.5
    plane = torch.from_numpy(0.3 * y / full[0] + 0.5 * x / full[1])
    again = working.enlarged(working.shrunk(plane))
    # Between whole factors a plane of pixels has steps.
    np.testing.assert_allclose((again - plane)[3:-3, 3:-3], 0, atol=1e-3)


def test_labels_have_straight_borders():
    working = Working.of((300, 300), 60)
    y, x = np.mgrid[:60, :60]
    labels = torch.from_numpy((x + y > 60).astype(np.int64) * 7)
    found = working.labels(labels).numpy()
    v, u = np.mgrid[:300, :300] + 0.5
    # The border between the middles of pixels lies on x + y = 61.5 of the small one.
    wrong = (found > 0) != (u / 5 + v / 5 > 61.5)
    assert wrong.mean() < 0.004
    assert set(np.unique(found)) == {0, 7}
    assert torch.equal(Working.of((60, 60), 0).labels(labels), labels)


def test_places_are_the_middles():
    at = torch.tensor([[0, 0], [3, 7]])
    assert Working.of((300, 300), 100).place(at).tolist() == [[1, 1], [10, 22]]
    assert Working.of((50, 50), 100).place(at).tolist() == at.tolist()


def test_a_blur_keeps_what_is_flat_and_the_sum():
    flat = torch.full((3, 20, 31), 0.3)
    torch.testing.assert_close(low_passed(flat, 1.0), flat, atol=1e-6, rtol=0)
    point = torch.zeros((1, 21, 21))
    point[0, 10, 10] = 1.0
    found = low_passed(point, 1.0)
    assert abs(found.sum().item() - 1) < 1e-6
    assert torch.equal(found, found.flip(1))
    assert torch.equal(found, found.flip(2))
    assert found[0, 10, 11].item() / found[0, 10, 10].item() == pytest.approx(np.exp(-0.5), abs=1e-6)
