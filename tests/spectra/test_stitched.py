"""Stitched spectra against closed forms, dense matrices and the plain reference."""

import math

import numpy as np
import pytest
import torch
from skimage import data

import itten
from itten.config import SpectrumConfig
from itten.errors import BackendError, ConfigError, ConvergenceError, InputError, ResourceError, UsageError
from itten.graph import laplacian_apply, make_stencil
from itten.graph.blocks import plan_blocks
from itten.kernels.reference import stitched as reference
from itten.spectra.dense import dense_pairs
from itten.spectra.stitched import outcome
from itten.spectra.stitched.host import basis
from itten.spectra.stitched.host import solve as host
from itten.spectra.stitched.host.basis import TILE_SHIFT, least_mass
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.outcome import GUARDS
from tests.pictures import drawing, noise


@pytest.fixture
def iterated(monkeypatch):
    """No dense matrices: the iteration itself, on pictures that a test can afford to check."""
    monkeypatch.setattr(outcome, "DENSE", 0)
    monkeypatch.setattr(outcome, "FALLBACK", 0)


def alignment(found, true, space):
    """Smallest cosine between the rows of ``found`` and the span of the first ``space`` rows of ``true``."""
    q = np.linalg.qr(np.reshape(true, (len(true), -1))[:space].T.astype(np.float64))[0]
    rows = np.reshape(found, (len(found), -1)).astype(np.float64)
    return float((np.linalg.norm(rows @ q, axis=1) / np.linalg.norm(rows, axis=1)).min())


def grid_values(height, width):
    y, x = (4 * np.sin(np.pi * np.arange(n) / (2 * n)) ** 2 for n in (height, width))
    return np.sort((y[:, None] + x).ravel())


@pytest.mark.parametrize("size", [(1, 90), (200, 1), (1, 1500), (40, 50), (45, 45), (23, 15), (25, 63)])
def test_flat_pictures_have_the_grids_eigenvalues(size, iterated):
    k = 8
    found = itten.spectrum(torch.full((3, *size), 0.5), k, "stitched", radii=(1,), tol=1e-6)
    expected = grid_values(*size)[:k]
    np.testing.assert_allclose(found.values.numpy(), expected, atol=2e-6)
    assert found.status == "degenerate"
    assert float(found.residuals.max()) <= 1e-6 * found.scale
    assert float(found.values[0]) == 0.0


def test_degenerate_pairs_span_the_right_plane(iterated):
    n = 40
    found = itten.spectrum(torch.full((3, n, n), 0.5), 3, "stitched", radii=(1,), tol=1e-6).vectors.double()
    wave = torch.cos(math.pi * (torch.arange(n) + 0.5) / n).double()
    plane = torch.stack([wave.expand(n, n), wave[:, None].expand(n, n)]).flatten(1)
    plane /= plane.norm(dim=1, keepdim=True)
    pair = found[1:].flatten(1)
    torch.testing.assert_close(pair.T @ pair, plane.T @ plane, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 2), (3, 3), (23, 15), (24, 16), (23, 16), (31, 40), (1, 40), (70, 1), (36, 33)]
)
@pytest.mark.parametrize("kind", ["constant", "noise", "binary"])
def test_every_size_is_right(size, kind):
    image = {"constant": torch.full((3, *size), 0.5), "noise": noise(*size), "binary": noise(*size).round()}[kind]
    k = min(8, size[0] * size[1])
    found = itten.spectrum(image, k, "stitched", tol=1e-5)
    config = SpectrumConfig()
    stencil = make_stencil(config.radii, config.weights)
    values, _, _, bound, components = dense_pairs(image.numpy(), k, stencil, 0.15, None)
    np.testing.assert_allclose(found.values.numpy(), values, atol=1e-5 * max(bound, 1e-9))
    assert found.components == components
    assert bool(torch.isfinite(found.vectors).all())


@pytest.mark.parametrize("case", range(60))
def test_random_pictures_agree_with_the_dense_matrix(case, monkeypatch):
    monkeypatch.setattr(outcome, "DENSE", 0)  # but not the fallback: some graphs nearly fall apart
    rng = np.random.default_rng(1000 + case)
    height, width = (int(v) for v in rng.integers(12, 35, 2))
    radii = tuple(sorted(rng.choice(np.arange(1, 16), rng.integers(1, 6), replace=False).tolist()))
    weights = tuple(rng.choice([1, 0.5, 0.2], len(radii)).tolist())
    threshold = float(rng.choice([0.1, 0.3, 2.0]))
    image = rng.random((int(rng.integers(1, 5)), height, width), dtype=np.float32)
    if case % 3 == 1:
        image = image.round()
    if case % 3 == 2:
        image = np.kron(image[:, :8, :8], np.ones((6, 6), np.float32))[:, :height, :width]
    k = int(rng.integers(1, 1 + min(12, image[0].size // 20)))
    options = {"radii": radii, "radius_weights": weights, "edge_threshold": threshold}
    found = itten.spectrum(torch.from_numpy(np.ascontiguousarray(image)), k, "stitched", tol=5e-6, **options)
    more = min(2 * k + 8, image[0].size)
    values, vectors, _, bound, components = dense_pairs(image, more, make_stencil(radii, weights), threshold, None)
    np.testing.assert_allclose(found.values.numpy(), values[:k], atol=1e-5 * bound)
    assert found.components == components
    assert float(found.residuals.max()) <= 5e-6 * found.scale
    assert found.scale >= values.max()
    product = found.vectors.flatten(1).double().numpy()
    np.testing.assert_allclose(product @ product.T, np.eye(k), atol=2e-5)
    gap = values[k:] - values[k - 1]
    if len(gap) and gap[-1] > 1e-3 * bound:
        space = k + int(np.flatnonzero(gap > 1e-3 * bound)[0])
        assert alignment(product, vectors, space) > 0.999


@pytest.mark.parametrize("k", [1, 2, 16, 40, pytest.param(64, marks=pytest.mark.long)])
def test_any_number_of_vectors(k):
    image = drawing(60, 75)
    found = itten.spectrum(image, k, "stitched", tol=1e-5)
    exact = itten.spectrum(image.double(), k, "exact")
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), atol=1e-6 * exact.scale)
    assert len(found) == k
    rows = found.vectors.flatten(1).double()
    torch.testing.assert_close(rows @ rows.T, torch.eye(k).double(), atol=2e-5, rtol=0)


def test_defaults_are_close_to_the_truth_and_refinement_brings_them_closer():
    image = drawing()
    exact = itten.spectrum(image.double(), 12, "exact")
    errors = []
    for steps in (0, 1, 2, 3):
        found = itten.spectrum(image, 8, "stitched", refine=steps)
        errors.append(float((found.values[1:] / exact.values[1:8] - 1).abs().max()))
        if steps:
            assert alignment(found.vectors.numpy(), exact.vectors.numpy(), 12) > 0.999
        assert bool((found.values.diff() >= 0).all())
    assert errors[1] < 5e-3
    # Two steps reach the rounding of float32 on this picture: a third can change only that.
    assert errors[0] > errors[1] > max(errors[2:])
    assert max(errors[2:]) < 5e-6


def test_residuals_and_signs_are_what_they_say():
    image = drawing()
    found = itten.spectrum(image, 6, "stitched")
    stencil = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
    vectors = found.vectors.double()
    product = laplacian_apply(image.double(), vectors, stencil)
    true = (product - found.values[:, None, None] * vectors).flatten(1).norm(dim=1)
    torch.testing.assert_close(true, found.residuals, rtol=2e-2, atol=2e-6 * found.scale)
    torch.testing.assert_close(itten.spectra.result.fix_signs(found.vectors), found.vectors)
    assert found.method == "stitched"
    assert "true eigenvalue" in found.advice


def test_the_reference_agrees(monkeypatch):
    monkeypatch.setattr(host, "DEPTH", 12)
    monkeypatch.setattr(basis, "MOST_PANELS", 1)
    image = drawing(70, 60)
    config = SpectrumConfig(method="stitched")
    stencil = make_stencil(config.radii, config.weights)
    unit = stencil.weights.sum() / 32
    plan = plan_blocks(70, 60, *config.blocks, stencil)
    start = np.random.default_rng(0).standard_normal(plan.tile_height * 128).reshape(plan.tile_height, 16, 8)
    near = stencil.offsets[plan.near], stencil.weights[plan.near] / unit
    parts = plan.tops, plan.lefts, plan.rows, plan.columns, *near
    operator = CanvasOperator(image.numpy(), plan, stencil, 0.1, None)
    degrees = operator.degree.reshape(plan.canvas_height, plan.pitch)[plan.inside]
    mass = degrees.astype(np.float64) + least_mass(operator, 8 + GUARDS)
    phi = reference.basis_matrix(image.numpy(), mass, *parts, 1 / 0.1, start, TILE_SHIFT * plan.near_share)
    for steps, close in ((0, 5e-2), (1, 1e-2), (2, 1e-3)):
        arguments = phi, stencil.offsets, stencil.weights / unit, 1 / 0.1, steps
        values, vectors = reference.stitched_pairs(image.double().numpy(), 8, *arguments)
        found = itten.spectrum(image, 8, "stitched", refine=steps, edge_threshold=0.1)
        np.testing.assert_allclose(found.values.numpy(), values * unit, rtol=close, atol=1e-6)
        assert alignment(found.vectors.numpy(), vectors.T, 8) > 1 - close


def test_a_tolerance_is_reached_or_the_error_has_the_partial_result(iterated):
    image = noise(80, 90)
    found = itten.spectrum(image, 8, "stitched", tol=1e-6)
    assert float(found.residuals.max()) <= 1e-6 * found.scale
    assert (found.status, found.spent["steps"] >= 1) == ("converged", True)
    with pytest.raises(ConvergenceError, match="exact") as caught:
        itten.spectrum(image, 8, "stitched", tol=1e-18)
    partial = caught.value.partial
    assert isinstance(partial, itten.Spectrum)
    assert float(partial.residuals.max()) < 1e-6 * partial.scale


def test_where_the_iteration_gets_stuck_small_pictures_are_solved_densely(monkeypatch):
    monkeypatch.setattr(outcome, "MOST_STEPS", 1)
    monkeypatch.setattr(itten.spectra.stitched.host.double, "MOST_STEPS", 0)
    found = itten.spectrum(noise(36, 36), 8, "stitched", tol=1e-7)
    assert found.status == "converged"
    assert "dense" in found.spent
    assert "got stuck" in found.advice


def test_float64_pictures_get_float64_vectors():
    image = drawing(60, 70).double()
    found = itten.spectrum(image, 6, "stitched", tol=1e-9)
    exact = itten.spectrum(image, 6, "exact")
    assert found.vectors.dtype == torch.float64
    assert float(found.residuals.max()) <= 1e-9 * found.scale
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), atol=1e-11 * found.scale)
    assert itten.spectrum(image, 4, "stitched").vectors.dtype == torch.float64


def test_feature_channels_of_any_number():
    features = torch.cat([noise(50, 60), noise(50, 60, seed=5)]) * 3 - 1
    found = itten.spectrum(features, 5, "stitched", edge_threshold=2.0, tol=1e-6)
    exact = itten.spectrum(features.double(), 5, "exact", edge_threshold=2.0)
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), atol=1e-6 * exact.scale)


@pytest.mark.parametrize(
    "option",
    [
        {"tile": 16, "overlap": 8},
        {"basis": 3, "refine": 12},
        *(pytest.param(one, marks=pytest.mark.long) for one in ({"tile": 40}, {"basis": 5})),
    ],
)
def test_options(option):
    image = drawing()
    exact = itten.spectrum(image, 6, "exact")
    found = itten.spectrum(image, 6, "stitched", **{"refine": 4, **option})
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), rtol=1e-2)


def test_exact_equals_dense(monkeypatch):
    image = drawing(40, 41).double()
    sparse = itten.spectrum(image, 9, "exact")
    monkeypatch.setattr(itten.spectra.exact, "DENSE", 10_000)
    dense = itten.spectrum(image, 9, "exact")
    np.testing.assert_allclose(sparse.values.numpy(), dense.values.numpy(), atol=1e-11 * dense.scale)
    assert alignment(sparse.vectors.numpy(), dense.vectors.numpy(), 9) > 1 - 1e-9
    assert (sparse.method, sparse.status) == ("exact", "converged")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", radii=(16,), radius_weights=(1,)), InputError, "up to 15"),
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", backend="reference"), BackendError, "not with backend"),
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", tol=0), ConfigError, "tol"),
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", basis=9), ConfigError, "basis"),
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", tile=24, overlap=13), ConfigError, "half"),
        (lambda: itten.spectrum(torch.zeros(3, 1001, 1001), 3, "exact"), ResourceError, "1,000,000"),
        (
            lambda: itten.spectrum(noise(9, 9), 3, "tiled", exclude=torch.zeros(9, 9, dtype=torch.bool)),
            UsageError,
            "excludes",
        ),
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", exclude=torch.zeros(9, 8).bool()), InputError, "bool"),
        (lambda: itten.spectrum(noise(9, 9), 3, "stitched", exclude=torch.ones(9, 9).bool()), InputError, "every"),
        (lambda: itten.spectrum(torch.full((2, 9, 9), torch.nan), 3, "stitched"), InputError, "finite"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def photograph():
    """A part of a photograph, with texture, highlights and specks."""
    return itten.image.as_image(data.coffee()[90:200, 150:270])


@pytest.mark.parametrize("threshold", [0.1, 0.05, 0.03, 0.02])
def test_values_are_right_at_every_contrast_and_errors_are_honest(threshold, iterated):
    image = photograph()
    exact = itten.spectrum(image.double(), 18, "exact", edge_threshold=threshold)
    found = itten.spectrum(image, 12, edge_threshold=threshold)
    true = exact.values[1:12]
    wrong = (found.values[1:] - true).abs()
    large = true > 1e-7 * found.scale
    assert float((wrong / true)[large].max()) < 0.005
    assert float(wrong.max()) < 1e-9 * found.scale + 0.005 * float(true.max())
    cut = 12 + int(exact.values.diff()[11:].argmax())
    assert alignment(found.vectors.numpy(), exact.vectors.numpy(), cut) > 0.999
    assert found.status == "converged"
    assert found.errors is not None
    assert float(found.errors[0]) == 0
    told, missed = found.errors[1:], (wrong / true)[large]
    # What rounding to float32 leaves may be on either side.
    assert int((told[large] < missed - 2e-6).sum()) <= 1
    assert float((told[large] / missed.clamp(min=1e-6)).median()) < 20


def test_an_accuracy_is_refined_to_and_told():
    image = photograph()
    options = {"edge_threshold": 0.05}
    steps, errors = [], []
    true = itten.spectrum(image.double(), 12, "exact", **options).values[1:]
    for accuracy in (0.3, 0.005, 2e-5):
        found = itten.spectrum(image, 12, accuracy=accuracy, **options)
        steps.append(found.spent["steps"])
        errors.append(float(((found.values[1:] - true) / true).abs().max()))
        assert errors[-1] < accuracy
        assert float(found.errors.max()) <= accuracy
    assert steps[0] <= steps[1] < steps[2]
    assert itten.spectrum(image, 12, refine=2, **options).spent["steps"] == 2
    assert itten.spectrum(image, 12, accuracy=0.5, refine=3, **options).spent["steps"] == 3


def test_an_accuracy_that_is_missed_is_told(monkeypatch, caplog):
    monkeypatch.setattr(host, "MOST_STEPS", 1)
    found = itten.spectrum(photograph(), 12, accuracy=1e-5, edge_threshold=0.02)
    assert found.status == "approximate"
    assert "is estimated to be off by" in found.advice
    assert "is estimated to be off by" in caplog.text


def test_an_accuracy_and_a_tolerance_are_refused_together():
    with pytest.raises(ConfigError, match="give one of them"):
        itten.spectrum(photograph(), 4, accuracy=1e-3, tol=1e-6)


@pytest.mark.parametrize("threshold", [0.06, 0.03])
def test_masked_pictures_are_right_at_weak_edges(threshold, iterated):
    image, mask = photograph(), torch.zeros(110, 120, dtype=torch.bool)
    mask[20:50, 30:80] = True
    mask[::7, ::9] = True  # lone pixels in every tile
    exact = itten.spectrum(image.double(), 10, "exact", edge_threshold=threshold, exclude=mask)
    found = itten.spectrum(image, 10, edge_threshold=threshold, exclude=mask)
    assert not found.vectors[:, mask].any()
    off = (found.values - exact.values).abs()
    assert bool((off <= 0.005 * exact.values + 1e-9 * found.scale).all())
    assert found.components == exact.components
