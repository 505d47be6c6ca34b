"""Lanczos on tiles in Triton against the textbook reference."""

import numpy as np
import pytest
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels import kernel
from itten.kernels.reference import lanczos as reference
from tests.kernels.triton_cases import DEVICE, NEAR, WIDER, cases, generators, picture, run
from tests.waits import no_waits

FULL = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)


def both(image, corners, height, width, stencil, start, steps, k, **small):
    dtype = image.dtype.type
    plan = (stencil.offsets, stencil.weights.astype(dtype), dtype(1 / 0.15))
    arguments = (image, corners, height, width, *plan, start, steps, k, 1e-6, 1e-3)
    return run("lanczos_tiles", *arguments, keep=(1, 4, 5, 7), **small), reference.lanczos_tiles(*arguments)


@cases(0, 1, 2, 3, 5, 9)
def test_ritz_pairs_equal_the_reference(numbers):
    for case, rng in generators(numbers):
        height, width = (int(n) for n in rng.integers(1, 6, 2))
        size = height + int(rng.integers(0, 3)), width + int(rng.integers(0, 3))
        channels = 1 + case % 4
        dtype, bound = ((np.float32, 1e-5), (np.float64, 1e-10))[case % 2]
        image = rng.random((channels, *size)).astype(dtype)
        corners = rng.integers(0, [size[0] - height + 1, size[1] - width + 1], (1 + (case % 8 == 0), 2))
        start = rng.standard_normal(height * width)
        stencil = (NEAR, WIDER)[case % 6 == 0]
        steps, k = 4 if case % 16 == 0 else int(rng.integers(1, 4)), int(rng.integers(1, 4))
        small = {"block": (8, 32)[case % 10 > 0], "rows": (2, 4)[case % 4 > 0]}
        (vectors, values), (expected, theta) = both(
            image, corners, height, width, stencil, start, steps, min(k, steps), **small
        )
        assert vectors.dtype == dtype
        assert values.dtype == np.float64
        np.testing.assert_allclose(values, theta, rtol=bound, atol=bound, err_msg=str(case))
        np.testing.assert_allclose(vectors, expected, atol=10 * bound, err_msg=str(case))


@pytest.mark.long
def test_a_larger_tile_with_the_whole_stencil():
    rng = np.random.default_rng(3)
    image = picture(rng, 0, (3, 14, 17))
    corners = np.array([[1, 2], [0, 0]])
    (vectors, values), (expected, theta) = both(
        image, corners, 13, 15, FULL, rng.standard_normal(195), 6, 2, block=256, rows=8
    )
    np.testing.assert_allclose(values, theta, rtol=1e-5)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 2), (1, 5), *(pytest.param(shape, marks=pytest.mark.long) for shape in ((3, 3), (2, 4)))]
)
def test_exhausted_spaces_give_what_exists_and_zeros(shape):
    rng = np.random.default_rng(1)
    n = shape[0] * shape[1]
    image = rng.random((3, *shape))
    (vectors, values), _ = both(image, np.zeros((1, 2), int), *shape, FULL, rng.standard_normal(n), 30, 10, block=16)
    exists = min(10, n - 1)
    matrix = reference.laplacian_matrix(image, FULL.offsets, FULL.weights, 1 / 0.15).toarray()
    np.testing.assert_allclose(values[0, :exists], np.linalg.eigvalsh(matrix)[1 : exists + 1], rtol=1e-8)
    assert (values[0, exists:] == 0).all()
    assert (vectors[0, exists:] == 0).all()
    np.testing.assert_allclose(np.linalg.norm(vectors[0, :exists], axis=1), 1.0, atol=1e-9)


@pytest.mark.long
def test_many_steps_converge_without_ghosts():
    rng = np.random.default_rng(6)
    image = rng.random((3, 6, 8))
    (vectors, values), (expected, theta) = both(
        image, np.zeros((1, 2), int), 6, 8, NEAR, rng.standard_normal(48), 44, 4, block=64, rows=16
    )
    np.testing.assert_allclose(values, theta, rtol=1e-9)
    np.testing.assert_allclose(vectors, expected, atol=1e-8)


def test_a_constant_tile_ends_early():
    """The Krylov space holds one vector of each eigenspace; rounding must not add another."""
    start = np.random.default_rng(2).standard_normal(16)
    image = np.full((3, 4, 4), 0.5)
    (vectors, values), (_, theta) = both(image, np.zeros((1, 2), int), 4, 4, NEAR, start, 15, 3, block=16)
    np.testing.assert_allclose(values, theta, rtol=1e-8)
    matrix = reference.laplacian_matrix(image, NEAR.offsets, NEAR.weights, 1 / 0.15).toarray()
    assert values[0, 0] == pytest.approx(np.linalg.eigvalsh(matrix)[1], rel=1e-8)
    np.testing.assert_allclose(matrix @ vectors[0, 0], values[0, 0] * vectors[0, 0], atol=1e-7)


def test_batches_change_nothing(monkeypatch):
    from itten.kernels.triton import lanczos

    rng = np.random.default_rng(0)
    image = rng.random((3, 6, 9))
    arguments = (image, np.array([[0, 0], [1, 4], [0, 2]]), 5, 5, NEAR, rng.standard_normal(25), 6, 2)
    whole, _ = both(*arguments, block=32)
    monkeypatch.setattr(lanczos, "BATCH_BYTES", 1)
    single, _ = both(*arguments, block=32)
    np.testing.assert_array_equal(whole[0], single[0])
    np.testing.assert_array_equal(whole[1], single[1])


def test_the_host_does_not_wait():
    rng = np.random.default_rng(4)
    image = torch.from_numpy(rng.random((3, 5, 6))).to(DEVICE)
    plan = NEAR.offsets, NEAR.weights, 1 / 0.15
    corners, start = np.array([[0, 1], [1, 0]]), rng.standard_normal(20)
    with no_waits() as watch:
        kernel("lanczos_tiles", "triton")(image, corners, 4, 5, *plan, start, 5, 2, 1e-6, 1e-3, block=32)
    assert watch.launches < 100
