"""Edge weights and products: every backend against the reference, and the reference against pixel pairs."""

import math

import numpy as np
import pytest
import torch

from itten.config import SpectrumConfig
from itten.graph import edge_weights, laplacian_apply, make_stencil
from itten.kernels.reference.lanczos import laplacian_matrix
from tests.pictures import noise

STENCIL = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
SIZES = [(1, 1), (1, 9), (9, 1), (3, 3), (7, 20), (23, 31)]


def test_reference_equals_the_formula_pair_by_pair():
    image = noise(8, 9, seed=3).double()
    edges = edge_weights(image, STENCIL, 0.15, "reference")
    for m, (dy, dx) in enumerate(STENCIL.offsets.tolist()):
        for y in range(8):
            for x in range(9):
                expected = 0.0
                if 0 <= y + dy < 8 and 0 <= x + dx < 9:
                    distance = math.dist(image[:, y, x].tolist(), image[:, y + dy, x + dx].tolist())
                    expected = STENCIL.weights[m] * math.exp(-distance / 0.15)
                assert float(edges[m, y, x]) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 3e-6), (torch.float64, 1e-13)])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_backends_equal_the_reference(size, backend, dtype, bound, channels):
    image = noise(*size, seed=sum(size), channels=channels).to(dtype)
    reference = edge_weights(image, STENCIL, 0.15, "reference")
    found = edge_weights(image, STENCIL, 0.15, backend)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), reference, rtol=bound, atol=bound)
    vectors = noise(*size, seed=1, channels=2).to(dtype) - 0.5
    product = laplacian_apply(image, vectors, STENCIL, 0.15, backend)
    expected = laplacian_apply(image, vectors, STENCIL, 0.15, "reference")
    torch.testing.assert_close(product.double(), expected, rtol=10 * bound, atol=10 * bound)


def test_far_apart_colours_do_not_overflow_or_go_negative():
    image = torch.zeros(3, 8, 8)
    image[:, ::2] = 1e4
    found = edge_weights(image, STENCIL, 0.15, "numba")
    assert bool(torch.isfinite(found).all())
    assert float(found.min()) >= 0.0
    assert float(found[0].max()) == pytest.approx(STENCIL.weights[0], rel=1e-6)


def test_product_equals_the_assembled_matrix_and_annihilates_the_constant():
    image = noise(13, 17, seed=5).double()
    matrix = laplacian_matrix(image.numpy(), STENCIL.offsets, STENCIL.weights, 1 / 0.15)
    assert abs(matrix - matrix.T).max() == 0
    vectors = noise(13, 17, seed=6, channels=4).double()
    product = laplacian_apply(image, vectors, STENCIL, 0.15)
    expected = (matrix @ vectors.flatten(1).numpy().T).T.reshape(4, 13, 17)
    np.testing.assert_allclose(product.numpy(), expected, atol=1e-12)
    constant = laplacian_apply(image, torch.ones(1, 13, 17, dtype=torch.float64), STENCIL, 0.15)
    assert float(constant.abs().max()) == 0.0
