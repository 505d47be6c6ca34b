"""Complexity, thickening and distortion in Triton against the heads' own functions."""

import numpy as np
import pytest
import torch

from itten.config import PassParameters, Tint
from itten.heads.colour import distort
from itten.heads.complexity import complexity
from itten.heads.thicken import thicken
from itten.kernels.reference import fields
from tests.kernels.triton_cases import cases, generators, run, sides


@cases(0, 1, 2, 3, 5, 6, 7, 10, 9)
def test_complexity_equals_the_head(numbers):
    for case, rng in generators(numbers):
        height, width = sides(rng, case, 8)
        dtype, bound = ((np.float32, 1e-6), (np.float64, 1e-9))[case % 2]
        shape = (2, height, width) if case % 5 == 0 else (height, width)
        field = np.round(rng.random(shape), 1 + case % 3).astype(dtype)
        window = 7 if case % 40 == 10 else 5 if case % 40 == 30 else (3, 1)[case % 2]
        found = run("complexity", field, window, block=16 if case % 10 == 3 else 64)
        assert found.dtype == dtype
        expected = complexity(torch.from_numpy(field), window).numpy()
        # Where everything is equally busy, z-scores magnify rounding.
        if min(height, width) > 2:
            np.testing.assert_allclose(found, expected, atol=bound, err_msg=str(case))
    np.testing.assert_allclose(run("complexity", field, 3, block=32), fields.complexity(field, 3), atol=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_a_constant_field_is_half_busy_everywhere(value):
    assert (run("complexity", np.full((6, 7), value), 5, block=16) == 0.5).all()


@cases(0, 1, 2, 5, 6, 7, 9, 10, 11)
def test_thickening_equals_the_head_bit_by_bit(numbers):
    changed = 0
    for case, rng in generators(numbers):
        height, width = sides(rng, case, 8)
        dtype = (np.float32, np.float64)[case % 2]
        image = rng.random((3, height, width)).astype(dtype)
        gate, busy = (rng.random((height, width)).astype(dtype) for _ in range(2))
        contour = rng.random((height, width)) < (0.0, 0.2, 0.5, 1.0)[case % 4]
        effect, threshold = float(rng.uniform(0.2, 1.5)), float(rng.uniform(0.05, 0.6))
        radius = 3 if case % 20 == 1 else 1 + case % 2
        parameters = PassParameters(
            effect=effect, thicken_modulation=0.5, kernel_sigma_ratio=0.6, fill_threshold=threshold,
            dilation_radius=radius,
        )  # fmt: skip
        maps = [torch.from_numpy(one) for one in (image, gate, contour, busy)]
        expected = thicken(*maps, parameters, rotation=0.1 * (case % 7)).numpy()
        arguments = (image, gate, contour, busy, effect, 0.5, 0.6, threshold, radius, 0.1 * (case % 7))
        found = run("thicken", *arguments, block=16 if case % 10 == 3 else 64)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)
        changed += (found != image).any()
    assert changed > len(numbers) // 5


@cases(0, 1, 2, 4, 5, 7)
def test_distortion_equals_the_head(numbers):
    for case, rng in generators(numbers):
        dtype, bound = ((np.float32, 2e-7), (np.float64, 1e-13))[case % 2]
        colours = rng.random((3, *((0,), (7,), (4, 5))[case % 3])).astype(dtype)
        tint = Tint(
            rotation=float(rng.random()), contrast=float(rng.random()),
            scale=tuple(rng.uniform(0.5, 1.5, 3).tolist()), add=tuple(rng.uniform(-0.2, 0.2, 3).tolist()),
        )  # fmt: skip
        effect = float(rng.uniform(0.0, 1.3))
        found = run("distort", colours, tint.rotation, tint.contrast, tint.scale, tint.add, effect, block=16)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, distort(torch.from_numpy(colours), tint, effect).numpy(), atol=bound)
