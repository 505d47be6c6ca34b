"""Weights and products in Triton against the reference."""

import numpy as np
import pytest
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels.reference import edges as reference
from tests.kernels.triton_cases import NEAR, WIDER, cases, generators, picture, run, sides

FULL = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)


def close(found, expected, bound):
    scale = float(np.abs(expected).max(initial=1e-30))
    np.testing.assert_allclose(found, expected, rtol=bound, atol=bound * scale)


@cases(0, 1, 2, 3, 5, 6, 7, 10)
def test_weights_and_products_equal_the_reference(numbers):
    for case, rng in generators(numbers):
        height, width = sides(rng, case, 7)
        stencil = FULL if case % 50 == 10 else WIDER if case % 4 == 1 else NEAR
        dtype, bound = ((np.float32, 1e-5), (np.float64, 1e-12))[case % 3 == 0]
        image = picture(rng, case, (1 + case % 5, height, width), dtype)
        plan = (stencil.offsets, stencil.weights.astype(dtype), dtype(1 / 0.15))
        block = 16 if case % 10 == 3 else 64
        found = run("edge_weights", image, *plan, keep=(1, 2), block=block)
        assert found.dtype == dtype
        close(found, reference.edge_weights(image, *plan), bound)
        vectors = rng.standard_normal((1 + case % 3, height, width)).astype(dtype)
        found = run("laplacian_apply", image, *plan, vectors, keep=(1, 2), block=block)
        assert found.dtype == dtype
        expected = reference.laplacian_apply(image, *plan, vectors)
        close(found, expected, 4 * bound)


def test_more_vectors_than_share_a_program():
    rng = np.random.default_rng(5)
    image, vectors = rng.random((3, 5, 7)), rng.standard_normal((11, 5, 7))
    plan = (WIDER.offsets, WIDER.weights, 1 / 0.15)
    found = run("laplacian_apply", image, *plan, vectors, keep=(1, 2), block=64)
    close(found, reference.laplacian_apply(image, *plan, vectors), 1e-12)


@pytest.mark.parametrize("shape", [(0, 5), (4, 0)])
def test_nothing_in_nothing_out(shape):
    from itten.kernels import kernel

    empty = torch.zeros((3, *shape))
    assert kernel("edge_weights", "triton")(empty, NEAR.offsets, NEAR.weights, 1.0).shape == (2, *shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges_that_are_cut_are_left_out(dtype):
    rng = np.random.default_rng(6)
    image, vectors = rng.random((3, 6, 7)).astype(dtype), rng.standard_normal((2, 6, 7)).astype(dtype)
    plan = (WIDER.offsets, WIDER.weights.astype(dtype), dtype(1 / 0.15))
    expected = reference.laplacian_apply(image, *plan, vectors, 0.05)
    assert np.abs(expected - reference.laplacian_apply(image, *plan, vectors)).max() > 0.01
    close(run("laplacian_apply", image, *plan, vectors, 0.05, keep=(1, 2), block=64), expected, 1e-5)


@pytest.mark.parametrize("channels", [16, 17, 40])
def test_many_channels(channels):
    rng = np.random.default_rng(7)
    image, vectors = rng.random((channels, 6, 7)) / channels**0.5, rng.standard_normal((2, 6, 7))
    plan = (WIDER.offsets, WIDER.weights, 1 / 0.15)
    close(run("edge_weights", image, *plan, keep=(1, 2), block=64), reference.edge_weights(image, *plan), 1e-12)
    expected = reference.laplacian_apply(image, *plan, vectors)
    close(run("laplacian_apply", image, *plan, vectors, keep=(1, 2), block=64), expected, 1e-12)
