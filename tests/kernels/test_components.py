import numpy as np
import pytest
import torch
from scipy import ndimage

from itten.kernels import kernel
from itten.kernels.reference.components import label_components as reference


def spiral(size: int) -> np.ndarray:
    mask = np.zeros((size, size), dtype=bool)
    top, left, bottom, right = 0, 0, size - 1, size - 1
    while top <= bottom and left <= right:
        mask[top, left : right + 1] = True
        mask[top : bottom + 1, right] = True
        mask[bottom, left : right + 1] = True
        mask[top + 2 : bottom + 1, left] = True
        top, left, bottom, right = top + 2, left + 2, bottom - 2, right - 2
        if top <= bottom:
            mask[top, left - 1] = True
    return mask


@pytest.mark.parametrize("density", [0.0, 0.3, 0.5, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (31, 47)])
def test_backends_equal_scipy(density, size):
    for seed in range(5):
        mask = np.random.default_rng(seed).random(size) < density
        classes = np.where(mask, np.random.default_rng(seed).integers(1, 4, size), 0)
        for image in (mask, classes):
            expected = reference(image)
            found = kernel("label_components", "torch")(torch.from_numpy(image)).numpy()
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(kernel("label_components", "numba")(image), expected)


def test_a_spiral_is_one_component_named_by_its_first_pixel():
    mask = spiral(41)
    assert ndimage.label(mask)[1] == 1
    for found in (
        kernel("label_components", "torch")(torch.from_numpy(mask)).numpy(),
        kernel("label_components", "numba")(mask),
    ):
        assert set(np.unique(found).tolist()) == {0, 1}
        np.testing.assert_array_equal(found > 0, mask)


def test_diagonal_neighbours_are_not_connected():
    mask = np.eye(4, dtype=bool)
    for labels in (reference(mask), kernel("label_components", "torch")(torch.from_numpy(mask)).numpy()):
        assert np.diag(labels).tolist() == [1, 6, 11, 16]
