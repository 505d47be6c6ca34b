"""The normalised Laplacian by the stitched method: dense pencils, islands, masks, tolerances, little memory, gates."""

import numpy as np
import pytest
import scipy.linalg
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import UsageError
from itten.spectra import solve
from itten.spectra.stitched.host import operator
from itten.spectra.stitched.host import solve as host
from tests.pictures import drawing, noise
from tests.spectra.test_normalised import truth

SINGLE = 2e-6


def stitched(image, k, **options):
    return itten.spectrum(image, k, "stitched", laplacian="normalised", **options)


def compare(found, image, mask=None, threshold=0.15, relative=5e-3, within=1e-7, cosine=0.999):
    """Values within ``relative`` or ``within``, vectors orthonormal in D, in the true space, residuals as claimed."""
    matrix, mass, kept = truth(image, mask, threshold)
    values, vectors = scipy.linalg.eigh(matrix, np.diag(mass), subset_by_index=[0, len(found) + 5])
    values = np.maximum(values, 0)
    k = len(found)
    off = np.abs(found.values.numpy() - values[:k])
    assert (off <= np.maximum(relative * values[:k], within)).all(), off
    rows = found.vectors.double().flatten(1).numpy()
    assert not np.delete(rows, kept, axis=1).any()
    rows = rows[:, kept]
    small = SINGLE if found.vectors.dtype == torch.float32 else 1e-10
    np.testing.assert_allclose(rows * mass @ rows.T, np.eye(k), atol=20 * small)
    rest = rows @ matrix - found.values.numpy()[:, None] * rows * mass
    told = np.linalg.norm(rest / np.sqrt(mass), axis=1)
    np.testing.assert_allclose(found.residuals.numpy(), told, rtol=0.02, atol=10 * small)
    # The distance to a true value is at most the residual.
    assert (np.abs(found.values.numpy()[:, None] - values).min(axis=1) <= told + 1e-9).all()
    cut = k + int(np.argmax(np.diff(values)[k - 1 :]))
    assert np.linalg.norm(rows * mass @ vectors[:, :cut], axis=1).min() >= cosine
    assert (found.scale, found.laplacian) == (2.0, "normalised")


@pytest.mark.parametrize(
    ("image", "threshold"),
    [(noise(40, 36), 0.15), (noise(40, 36), 0.06), (noise(34, 45, 3, 5), 0.15)]
    + [(drawing(50, 44), threshold) for threshold in (0.15, 0.05, 0.02)],
)
def test_pairs_are_those_of_the_pencil_to_the_accuracy(image, threshold):
    found = stitched(image, 7, edge_threshold=threshold)
    assert "dense" not in found.spent
    assert found.status == "converged"
    compare(found, image, None, threshold)


@pytest.mark.parametrize(("threshold", "tol"), [(0.15, 1e-9), (0.03, 1e-9), (0.03, None)])
def test_float64_and_a_tolerance(threshold, tol):
    image = drawing(50, 44).double()
    found = stitched(image, 7, edge_threshold=threshold, tol=tol)
    if tol is None:
        compare(found, image, None, threshold)
    else:
        compare(found, image, None, threshold, 0, 1e-9, 0.9999999)
        assert bool((found.residuals <= tol * found.scale).all())
    assert found.status == "converged"


def islands(height=42, width=40):
    """A white half with two black dots, a black half with a white one, all with soft noise: no edge reaches a dot."""
    image = 0.02 * noise(height, width, 5).double()
    image[:, :, 17:] += 0.97
    image[:, 5, 30] = image[:, 20, 35] = 0
    image[:, 30, 3] = 1
    return image


@pytest.mark.parametrize(("dtype", "tol"), [("float32", None), ("float64", None), ("float64", 1e-9)])
def test_islands_have_contrasts_of_volumes(dtype, tol):
    image = islands().to(getattr(torch, dtype))
    found = stitched(image, 9, edge_threshold=0.03, tol=tol)
    exact = itten.spectrum(image, 9, "exact", laplacian="normalised", edge_threshold=0.03)
    assert found.components == exact.components == 5
    torch.testing.assert_close(found.vectors[:5], exact.vectors[:5], rtol=1e-5, atol=1e-7)
    compare(found, image, None, 0.03)


@pytest.mark.parametrize("seed", [1, 2])
def test_masks(seed):
    image = noise(44, 40, seed)
    mask = torch.from_numpy(np.random.default_rng(seed).random((44, 40)) < 0.2)
    mask[:, 18:25] = True
    found = stitched(image, 6, exclude=mask, edge_threshold=0.3)
    assert found.components == 2
    compare(found, image, mask, 0.3)


@pytest.mark.parametrize("factor", [1e-6, 1e9])
def test_values_do_not_change_with_the_unit_of_the_weights(factor):
    image = drawing(50, 44)
    plain = stitched(image, 8, edge_threshold=0.05)
    weights = tuple(factor * w for w in SpectrumConfig().weights)
    found = stitched(image, 8, edge_threshold=0.05, radius_weights=weights)
    np.testing.assert_allclose(found.values.numpy(), plain.values.numpy(), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.vectors[0].numpy() * factor**0.5, plain.vectors[0].numpy(), rtol=1e-5)


def test_little_memory_gives_the_same(monkeypatch):
    image = drawing(130, 84)
    plain = stitched(image, 7, edge_threshold=0.05)
    monkeypatch.setattr(host, "LEAN_BYTES", 0)
    monkeypatch.setattr(operator, "STORED", 0)
    found = stitched(image, 7, edge_threshold=0.05)
    assert found.status == "converged"
    np.testing.assert_allclose(found.values.numpy(), plain.values.numpy(), rtol=2e-3, atol=1e-9)
    overlap = (found.vectors * plain.vectors).flatten(1)
    mass = torch.from_numpy(truth_mass(image, 0.05)).float()
    assert bool(((overlap @ mass).abs() > 0.999).all())


def truth_mass(image, threshold):
    from itten.spectra.normalised import masses
    from tests.spectra.test_normalised import STENCIL

    return masses(image.double(), STENCIL, threshold).numpy().ravel()


def test_a_warm_start_is_of_the_same_laplacian_alone():
    image = drawing(60, 64)
    other = itten.spectrum(image, 6, edge_threshold=0.05)
    plain = stitched(image, 6, edge_threshold=0.05)
    changed = image.clone()
    changed[:, 50:55, 50:58] = 0.4
    cold = stitched(changed, 6, edge_threshold=0.05)
    warm = stitched(changed, 6, edge_threshold=0.05, warm=plain)
    mixed = stitched(changed, 6, edge_threshold=0.05, warm=other)
    assert warm.spent["fresh_tiles"] < cold.spent["fresh_tiles"] == mixed.spent["fresh_tiles"]
    np.testing.assert_allclose(warm.values.numpy(), cold.values.numpy(), rtol=2e-3, atol=1e-9)
    assert torch.equal(mixed.vectors, cold.vectors)


@pytest.mark.parametrize("k", [4, 7, 12])
def test_no_member_of_a_cluster_is_missing(k):
    """Four squares alike."""
    image = torch.full((3, 48, 48), 0.5)
    for y in (6, 39):
        for x in (6, 39):
            image[:, y : y + 3, x : x + 3] = 1.0
    compare(stitched(image, k, edge_threshold=0.1), image, None, 0.1)


def test_a_flat_picture_is_the_grid():
    image = torch.full((3, 40, 44), 0.3)
    found = stitched(image, 6)
    assert found.status == "degenerate"
    compare(found, image)


def test_gates_follow_it():
    image = drawing(60, 64)
    config = SpectrumConfig(laplacian="normalised", edge_threshold=0.05)
    found = stitched(image, 3, edge_threshold=0.05)
    torch.testing.assert_close(solve.field(image, config), solve.gate_fields(image, (1,), config)[0][0])
    assert float((solve.field(image, config) - found.field(1)).abs().max()) < 0.05
    combinatorial = solve.field(image, config.changed(laplacian="combinatorial"))
    assert float((solve.field(image, config) - combinatorial).abs().max()) > 0.05
    many = solve.all_gate_fields([image, image.flip(1)], (1, 2), config, [None, None])
    torch.testing.assert_close(many[0][0][0], solve.field(image, config))


def test_tiled_says_that_it_has_none():
    with pytest.raises(UsageError, match="normalised"):
        itten.spectrum(noise(40, 40), 3, "tiled", laplacian="normalised")
