"""Residuals and status of a spectrum are those of the vectors that are returned."""

import numpy as np
import pytest
import torch

import itten
from itten.errors import ConvergenceError
from itten.graph import make_stencil
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.spectra import claims
from itten.spectra.stitched import outcome
from itten.spectra.stitched.host import double
from tests.clusters import RADII
from tests.pictures import drawing, noise

STENCIL = make_stencil(*RADII)


def picture(seed: int) -> torch.Tensor:
    """Noise, patches, steps of grey or a drawing, of some size."""
    rng = np.random.default_rng(seed)
    height, width = (int(v) for v in rng.integers(20, 75, 2))
    if seed % 4 == 1:
        patches = np.kron(rng.random((3, 10, 10)), np.ones((1, 8, 8)))[:, :height, :width]
        return torch.from_numpy(np.ascontiguousarray(patches.astype(np.float32)))
    if seed % 4 == 2:
        return noise(height, width, seed).mul(4).round() / 4
    return drawing(height, width) if seed % 4 else noise(height, width, seed)


def true_residuals(image, found, threshold=0.15) -> np.ndarray:
    """From the matrix, which no solver of these uses: ‖L v − λ v‖ of the vectors as they are."""
    matrix = laplacian_matrix(image.double().numpy(), STENCIL.offsets, STENCIL.weights, 1 / threshold)
    vectors = found.vectors.double().flatten(1).numpy().T
    return np.linalg.norm(matrix @ vectors - vectors * found.values.numpy(), axis=0)


WAYS = [
    {"method": "exact"},
    {"method": "exact", "tol": 1e-10},
    {"method": "tiled"},
    {"method": "stitched"},
    {"method": "stitched", "refine": 4},
    {"method": "stitched", "tol": 1e-5},
    {"method": "stitched", "tol": 1e-7},
    {"method": "stitched", "tol": 2e-8},
    {"method": "stitched", "tol": 1e-10},
    pytest.param({"method": "stitched", "backend": "torch", "refine": 4}, marks=pytest.mark.long),
    {"method": "stitched", "backend": "torch", "tol": 1e-7},
    pytest.param({"method": "stitched", "backend": "torch", "tol": 1e-10}, marks=pytest.mark.long),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way.values())))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_what_is_claimed_is_what_is_returned(way, dtype, monkeypatch):
    """On 020f63c a float32 result claimed 2e-16 of the norm for what was 1e-8."""
    for seed in range(2):
        monkeypatch.setattr(outcome, "DENSE", 1024 if seed == 1 else 0)
        image = picture(seed).to(dtype)
        found = itten.spectrum(image, 6, **way)
        true = true_residuals(image, found)
        np.testing.assert_allclose(found.residuals.numpy(), true, rtol=0.01, atol=1e-12 * found.scale)
        worst, goal = true.max() / found.scale, way.get("tol", claims.CONVERGED)
        assert found.vectors.dtype == dtype
        if way == {"method": "stitched"} and found.errors is not None:
            assert (found.status == "converged") == bool((found.errors <= 0.005).all())
        else:
            assert (found.status == "converged") == (worst <= goal)
        if way["method"] != "tiled":
            np.testing.assert_allclose(found.vectors.double().flatten(1).norm(dim=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    "way", [{"method": "exact"}, {"method": "stitched"}, {"method": "stitched", "backend": "torch"}]
)
@pytest.mark.parametrize("size", [(30, 30), (50, 60)])
def test_a_tolerance_below_what_float32_holds_is_not_converged(way, size, caplog):
    image = drawing(*size)
    found = itten.spectrum(image, 5, tol=1e-11, **way)
    assert found.status == "approximate"
    assert 1e-9 < claims.worst(found) < 1e-7
    assert "rounded to float32" in found.advice
    assert "a float64 picture" in found.advice
    assert f"{claims.worst(found):.1e}" in caplog.text
    assert itten.spectrum(image.double(), 5, tol=1e-11, **way).status == "converged"
    below = itten.spectrum(image.double(), 5, **{**way, "method": "exact"}, tol=1e-18)
    assert (below.status, "vectors in float64" in below.advice) == ("approximate", True)


def test_null_vectors_of_islands_that_nearly_hang_together_have_their_residuals():
    """Edges of 6e-8 of the heaviest do not count, and yet they are there."""
    image = torch.full((3, 40, 50), 0.2).double()
    image[:, :, 25:] += 0.15 * 16.6 / 3**0.5 * 0.5
    for way in ({"method": "exact"}, {"method": "stitched", "tol": 1e-7}, {"method": "tiled"}):
        found = itten.spectrum(image, 4, edge_threshold=0.075, **way)
        true = true_residuals(image, found, 0.075)
        assert found.components == 2
        assert true[1] > 1e-10 * found.scale
        np.testing.assert_allclose(found.residuals.numpy(), true, rtol=0.01, atol=1e-12 * found.scale)
    strict = itten.spectrum(image, 4, edge_threshold=0.075, tol=1e-13)
    assert (strict.status, "join islands" in strict.advice) == ("approximate", True)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_one_iteration_ends_in_float64_in_a_dense_matrix_or_in_an_error(monkeypatch, caplog, backend):
    """The ladder, rung by rung; each says so in the log or in the result."""
    small, large = noise(50, 60), noise(70, 75)
    monkeypatch.setattr(outcome, "MOST_STEPS", 1)
    monkeypatch.setattr(double, "MOST_STEPS", 60)
    found = itten.spectrum(large, 6, tol=1e-5, backend=backend)
    assert found.status == "converged"
    assert "float64 took over after 1 steps" in found.advice
    monkeypatch.setattr(double, "MOST_STEPS", 1)
    caplog.clear()
    found = itten.spectrum(small, 6, tol=1e-6, backend=backend)
    assert (found.status, "got stuck" in found.advice, "dense" in found.spent) == ("converged", True, True)
    assert "going on with a dense matrix" in caplog.text
    with pytest.raises(ConvergenceError, match="stopped at") as caught:
        itten.spectrum(large, 6, tol=1e-6, backend=backend)
    partial = caught.value.partial
    assert (partial.status, len(partial)) == ("approximate", 6)
    np.testing.assert_allclose(
        partial.residuals.numpy(), true_residuals(large, partial), rtol=0.01, atol=1e-12 * partial.scale
    )
