"""The tiled Lanczos against an independent one: SciPy sparse matrix, textbook recurrence, float64."""

import math

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels import kernel

CONFIG = SpectrumConfig()
STENCIL = make_stencil(CONFIG.radii, CONFIG.weights)


def independent_laplacian(image: np.ndarray) -> sp.csr_matrix:
    """Assembled pixel by pixel from the definition, without the package's stencil."""
    _, height, width = image.shape
    rows, columns, entries = [], [], []
    for dy in range(-6, 7):
        for dx in range(-6, 7):
            weight = sum(
                w for r, w in zip(range(1, 7), (1.0, 0.6, 0.4, 0.3, 0.2, 0.1), strict=True) if math.hypot(dy, dx) <= r
            )
            if weight == 0 or (dy, dx) == (0, 0):
                continue
            for y in range(max(0, -dy), min(height, height - dy)):
                x = np.arange(max(0, -dx), min(width, width - dx))
                if len(x) == 0:
                    continue
                distance = np.linalg.norm(image[:, y, x] - image[:, y + dy, x + dx], axis=0)
                rows.append(y * width + x)
                columns.append((y + dy) * width + x + dx)
                entries.append(weight * np.exp(-distance / 0.15))
    n = height * width
    adjacency = sp.csr_matrix((np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))), (n, n))
    return sp.csr_matrix(sp.diags(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency)


def textbook(matrix: sp.csr_matrix, start: np.ndarray, steps: int) -> tuple[float, np.ndarray]:
    """Lowest Ritz pair above 1e-6 by three-term Lanczos with modified Gram–Schmidt against all vectors."""
    q = start - start.mean()
    basis = [q / np.linalg.norm(q)]
    alphas, betas = [], []
    for _ in range(steps):
        r = matrix @ basis[-1]
        alphas.append(basis[-1] @ r)
        for _ in range(2):
            r = r - r.mean()
            for vector in basis:
                r = r - (vector @ r) * vector
        betas.append(np.linalg.norm(r))
        basis.append(r / betas[-1])
    theta, s = np.linalg.eigh(np.diag(alphas) + np.diag(betas[:-1], 1) + np.diag(betas[:-1], -1))
    index = int(np.argmax(theta > 1e-6))
    vector = np.stack(basis[:-1], axis=1) @ s[:, index]
    return theta[index], vector / np.linalg.norm(vector)


def run(image, height, width, start, steps, k=1, backend="numba", dtype=np.float32):
    arguments = (
        np.zeros((1, 2), dtype=np.int64), height, width, STENCIL.offsets, STENCIL.weights.astype(dtype),
        dtype(1 / 0.15), start, steps, k, 1e-6, 1e-3,
    )  # fmt: skip
    array = np.ascontiguousarray(image.astype(dtype))
    if backend == "torch":
        vectors, values = kernel("lanczos_tiles", backend)(torch.from_numpy(array), *arguments)
        return vectors[0].numpy(), values[0].numpy()
    vectors, values = kernel("lanczos_tiles", backend)(array, *arguments)
    return vectors[0], values[0]


def picture(kind: int, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(kind)
    y, x = np.mgrid[:height, :width]
    if kind % 4 == 0:
        return rng.random((3, height, width))
    if kind % 4 == 1:
        stripes = ((x + kind * y) // 5 % 2).astype(float)
        return np.clip(np.stack([stripes] * 3) * 0.8 + rng.normal(0, 0.02, (3, height, width)) + 0.1, 0, 1)
    if kind % 4 == 2:
        return np.clip(
            np.stack([x / width, y / height, (x + y) / (height + width)]) + rng.normal(0, 0.01, (3, height, width)),
            0,
            1,
        )
    return np.stack([(rng.random((height, width)) < 0.5).astype(float)] * 3)


TILES = [(kind, h, w) for kind, (h, w) in enumerate(
    [(64, 64), (64, 64), (64, 64), (64, 64), (33, 47), (47, 33), (21, 64), (64, 19), (15, 15), (31, 29),
     (48, 48), (48, 48), (50, 37), (37, 50), (13, 60), (60, 11), (25, 25), (27, 41), (39, 23), (55, 55)]
)]  # fmt: skip


@pytest.mark.parametrize(("kind", "height", "width"), TILES)
def test_twenty_tiles_agree_with_the_independent_implementation(kind, height, width):
    image = picture(kind, height, width).astype(np.float32).astype(np.float64)
    start = np.random.Generator(np.random.PCG64(kind)).standard_normal(height * width)
    theta, expected = textbook(independent_laplacian(image), start, 30)
    for backend, dtype, bound in (("numba", np.float32, 1e-4), ("torch", np.float32, 1e-4),
                                  ("numba", np.float64, 1e-9), ("reference", np.float64, 1e-9)):  # fmt: skip
        vectors, values = run(image, height, width, start, 30, 1, backend, dtype)
        found = vectors[0] * np.sign(vectors[0] @ expected)
        assert np.linalg.norm(found - expected) <= bound, backend
        assert values[0] == pytest.approx(theta, rel=bound)


@pytest.mark.parametrize("backend", ["numba", "torch", "reference"])
def test_more_steps_converge_to_dense_eigh(backend):
    height, width, k = 19, 17, 3
    image = picture(2, height, width)
    values, vectors = np.linalg.eigh(independent_laplacian(image).toarray())
    start = np.random.default_rng(0).standard_normal(height * width)
    found, theta = run(image, height, width, start, 160, k, backend, np.float64)
    np.testing.assert_allclose(theta, values[1 : k + 1], rtol=1e-8)
    overlap = np.abs(np.sum(found * vectors[:, 1 : k + 1].T, axis=1))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-8)


@pytest.mark.parametrize("backend", ["numba", "torch", "reference"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 7), (3, 3), (2, 5)])
def test_exhausted_spaces_give_what_exists_and_zeros(backend, shape):
    height, width = shape
    n = height * width
    start = np.random.default_rng(1).standard_normal(n)
    found, theta = run(picture(0, height, width), height, width, start, 30, 10, backend, np.float64)
    exists = min(10, n - 1)
    expected = np.linalg.eigvalsh(independent_laplacian(picture(0, height, width)).toarray()) if n > 1 else np.zeros(1)
    np.testing.assert_allclose(theta[:exists], expected[1 : exists + 1], rtol=1e-7)
    assert (theta[exists:] == 0).all()
    assert (found[exists:] == 0).all()
    np.testing.assert_allclose(np.linalg.norm(found[:exists], axis=1), 1.0, atol=1e-9)


def test_a_constant_tile_ends_early_with_its_lowest_mode():
    """In exact arithmetic the Krylov space holds one vector of each eigenspace; rounding must not add zeros."""
    image = np.full((3, 12, 12), 0.5)
    matrix = independent_laplacian(image).toarray()
    start = np.random.default_rng(2).standard_normal(144)
    for backend in ("numba", "torch", "reference"):
        vectors, values = run(image, 12, 12, start, 140, 1, backend, np.float64)
        assert values[0] == pytest.approx(np.linalg.eigvalsh(matrix)[1], rel=1e-8)
        np.testing.assert_allclose(matrix @ vectors[0], values[0] * vectors[0], atol=1e-7)


def test_batches_of_tiles_do_not_change_the_torch_result(monkeypatch):
    from itten.kernels.torch import lanczos

    image = torch.from_numpy(picture(1, 20, 40))
    corners = np.array([[0, 0], [0, 20], [0, 11]])
    start = np.random.default_rng(0).standard_normal(400)
    arguments = (corners, 20, 20, STENCIL.offsets, STENCIL.weights, 1 / 0.15, start, 20, 2, 1e-6, 1e-3)
    whole = lanczos.lanczos_tiles(image, *arguments)
    monkeypatch.setattr(lanczos, "BATCH_BYTES", 1)
    single = lanczos.lanczos_tiles(image, *arguments)
    torch.testing.assert_close(whole[0], single[0], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(whole[1], single[1], rtol=1e-9, atol=1e-9)
