"""Eigenpairs of small symmetric matrices in Triton, and in torch, against NumPy's."""

import numpy as np
import pytest
import torch

from itten.kernels import choose
from itten.kernels.reference.eigh import symmetric_eigh
from tests.kernels.triton_cases import DEVICE, cases, generators, run


def good(matrix, backend="triton"):
    """Holds what LAPACK promises: values, residuals, orthogonality, each to n ε."""
    expected, _ = symmetric_eigh(matrix)
    values, vectors = run("symmetric_eigh", matrix, backend=backend)
    n = matrix.shape[1]
    bound = 2e-15 * n * np.maximum(np.abs(matrix).sum(axis=2).max(axis=1), 1e-300)
    assert (np.abs(values - expected).max(axis=1) <= bound).all()
    assert (np.diff(values, axis=1) >= 0).all()
    left = matrix @ vectors - vectors * values[:, None]
    assert (np.abs(left).max(axis=(1, 2)) <= bound).all()
    assert np.abs(vectors.transpose(0, 2, 1) @ vectors - np.eye(n)).max() <= 2e-15 * n
    return values, vectors


def random_matrix(rng, case, n):
    """Full, graded, of low rank, with repeated values, banded, or of whole numbers, in turn."""
    q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    if case % 6 == 0:
        a = rng.standard_normal((n, n))
    elif case % 6 == 1:
        a = (q * np.logspace(-12, 3, n)) @ q.T
    elif case % 6 == 2:
        x = rng.standard_normal((n, 1 + n // 3))
        a = x @ x.T
    elif case % 6 == 3:
        a = (q * rng.integers(-1, 2, n)) @ q.T
    elif case % 6 == 4:
        a = np.triu(np.tril(rng.standard_normal((n, n)), 1 + case % 2))
    else:
        a = rng.integers(-1, 2, (n, n)).astype(float)
    return a + a.T


@cases(1, 2, 3, 4, 5, 6, 7, 9)
def test_random_matrices(numbers):
    for case, rng in generators(numbers):
        n = int(rng.integers(13, 21)) if case % 20 == 7 else int(rng.integers(1, 9))
        good(np.stack([random_matrix(rng, case + i, n) for i in range(1 + (case % 9 == 0))]))


@pytest.mark.long
@pytest.mark.parametrize("n", [33, 48, 64])
def test_large_matrices(n):
    good(random_matrix(np.random.default_rng(n), {33: 0, 48: 2, 64: 1}[n], n)[None])


DEGENERATE = {
    "zero": np.zeros((5, 5)),
    "identity": np.eye(6),
    "diagonal": np.diag([3.0, -1.0, 2.0, -1.0, 0.0]),
    "ones": np.ones((7, 7)),
    "cycle": np.roll(np.eye(8), 1, axis=0) + np.roll(np.eye(8), -1, axis=0),
    "exchange": np.fliplr(np.eye(6)),
    "tiny": np.fliplr(np.eye(4)) * 1e-290,
    "huge": np.ones((4, 4)) * 1e305,
    "graded": np.diag(10.0 ** -np.arange(15)) + 1e-9,
    "blocks": np.kron(np.diag([1.0, 0.0, 1.0]), np.array([[2.0, 1.0], [1.0, 2.0]])),
    "glued": np.diag([0.0, 1.0, 1e30, 1e30]) + np.diag([1.0, 0.0, 0.0], 1) + np.diag([1.0, 0.0, 0.0], -1),
    "wilkinson": np.diag(np.abs(np.arange(-10.0, 11.0))) + np.eye(21, k=1) + np.eye(21, k=-1),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name == "wilkinson" else ()) for name in DEGENERATE]
)
def test_degenerate_matrices(name):
    values, vectors = good(DEGENERATE[name][None])
    if name in ("zero", "identity", "diagonal"):
        np.testing.assert_array_equal(values[0], np.sort(np.diag(DEGENERATE[name])))
        assert set(np.unique(np.abs(vectors))) == {0.0, 1.0}
    if name == "glued":
        np.testing.assert_allclose(values[0, :2], np.linalg.eigvalsh(DEGENERATE[name][:2, :2]), rtol=1e-15)


def test_the_same_matrix_gives_the_same_bits():
    matrix = np.repeat(random_matrix(np.random.default_rng(5), 0, 9)[None], 3, axis=0)
    values, vectors = run("symmetric_eigh", matrix)
    np.testing.assert_array_equal(values, values[[2, 0, 1]])
    np.testing.assert_array_equal(vectors, vectors[[2, 0, 1]])


def test_nothing_comes_of_what_is_no_number():
    matrix = np.stack([np.full((4, 4), 1.0), np.eye(4)])
    matrix[0, 1, 2] = matrix[0, 2, 1] = np.nan
    values, vectors = run("symmetric_eigh", matrix)
    assert np.isnan(values[0]).all()
    assert np.isnan(vectors[0]).all()
    np.testing.assert_array_equal(values[1], 1.0)


def test_no_matrices_and_larger_ones():
    values, vectors = run("symmetric_eigh", np.zeros((0, 5, 5)))
    assert values.shape == (0, 5)
    assert vectors.shape == (0, 5, 5)
    good(random_matrix(np.random.default_rng(0), 0, 70)[None])


def test_the_library_does_the_same():
    for case, rng in generators(range(20)):
        good(random_matrix(rng, case, 1 + case)[None], backend="torch")
    assert choose("symmetric_eigh", "cpu") == "torch"
    assert choose("symmetric_eigh", torch.device(DEVICE).type, "triton") == "triton"
