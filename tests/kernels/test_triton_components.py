"""Labels in Triton equal the reference exactly."""

import numpy as np

from itten.kernels.reference.components import label_components as reference
from tests.kernels.test_components import spiral
from tests.kernels.triton_cases import cases, generators, mask, run, sides


@cases(0, 1, 2, 3, 5, 8, 9, 11)
def test_labels_equal_the_reference(numbers):
    for case, rng in generators(numbers):
        shape = sides(rng, case, 7)
        image = mask(rng, case, shape)
        if case % 2:
            image = np.where(image, rng.integers(1, 4, shape), 0)
        found = run("label_components", image, block=4 if case % 20 == 1 else 16)
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, reference(image))


def test_long_detours_end_at_the_first_pixel():
    winding = spiral(11)
    np.testing.assert_array_equal(run("label_components", winding, block=8), reference(winding))
    comb = np.ones((9, 13), bool)
    comb[:-1, 1::2] = False
    np.testing.assert_array_equal(run("label_components", comb, block=8), reference(comb))
    assert run("label_components", np.zeros((0, 3), bool)).shape == (0, 3)
