"""The normalised Laplacian, L v = λ D v: closed forms, dense matrices, islands, masks, and what is claimed."""

import numpy as np
import pytest
import scipy.linalg
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import UsageError
from itten.graph import laplacian_apply, make_stencil
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.spectra import exact, solve
from itten.spectra.components import CUT, contrasts
from itten.spectra.dense import dense_pairs
from itten.spectra.normalised import edge_cut, masses
from tests.clusters import RADII
from tests.pictures import drawing, noise

STENCIL = make_stencil(*RADII)
FLAT = torch.full((3, 1, 1), 0.5).double()


def flat(height, width):
    return FLAT.expand(3, height, width).contiguous()


def normalised(image, k, **options):
    return itten.spectrum(image, k, "exact", laplacian="normalised", **options)


def truth(image, mask=None, threshold=0.15, stencil=STENCIL):
    """``L``, ``D`` and the pixels that are not masked, as the definition says it."""
    kept = np.arange(image[0].numel()) if mask is None else np.flatnonzero(~mask.numpy().ravel())
    whole = laplacian_matrix(image.double().numpy(), stencil.offsets, stencil.weights, 1 / threshold).toarray()
    edges = -whole[kept][:, kept]
    np.fill_diagonal(edges, 0)
    cut = 1e-7 * stencil.weights.max()
    edges[edges <= cut] = 0
    degree = edges.sum(axis=1)
    return np.diag(degree) - edges, np.where(degree > 0, degree, cut), kept


def compare(found, image, mask=None, threshold=0.15, within=1e-9):
    """Values are those of LAPACK's pencil, vectors orthonormal in D, residuals as they are claimed."""
    matrix, mass, kept = truth(image, mask, threshold)
    values = scipy.linalg.eigh(matrix, np.diag(mass), eigvals_only=True)
    rows = found.vectors.double().flatten(1).numpy()
    np.testing.assert_allclose(found.values.numpy(), values[: len(found)], rtol=0, atol=within)
    assert not np.delete(rows, kept, axis=1).any()
    rows = rows[:, kept]
    small = 1e-6 if found.vectors.dtype == torch.float32 else 1e-10
    np.testing.assert_allclose(rows * mass @ rows.T, np.eye(len(rows)), atol=small)
    rest = rows @ matrix - found.values.numpy()[:, None] * rows * mass
    np.testing.assert_allclose(
        found.residuals.numpy(), np.linalg.norm(rest / np.sqrt(mass), axis=1), rtol=0.01, atol=1e-12
    )
    assert (found.scale, found.laplacian, found.status) == (2.0, "normalised", "converged")
    assert bool((found.residuals <= max(1e-11, small) * found.scale).all())


@pytest.mark.parametrize("count", [2, 5, 40, pytest.param(1500, marks=pytest.mark.long)])
def test_a_row_of_pixels_is_a_path(count):
    """1 − cos(π j / (n − 1)), whose sum over j is n; the last one, 2, only bipartite graphs have."""
    k = min(count, 12)
    found = normalised(flat(1, count), k, radii=(1,))
    np.testing.assert_allclose(found.values.numpy(), 1 - np.cos(np.pi * np.arange(k) / (count - 1)), atol=1e-12)
    if count <= 12:
        assert float(found.values[-1]) == pytest.approx(2.0, abs=1e-12)


@pytest.mark.parametrize(("height", "width"), [(1, 3), (2, 2), (1, 7), (7, 1)])
def test_where_all_are_joined_alike_all_values_are_one(height, width):
    """n / (n − 1), n − 1 times."""
    n = height * width
    found = normalised(flat(height, width), n, radii=(max(height, width),), radius_weights=(0.7,))
    np.testing.assert_allclose(found.values.numpy(), [0] + [n / (n - 1)] * (n - 1), atol=1e-12)
    np.testing.assert_allclose(found.vectors[0].numpy(), 1 / np.sqrt(n * (n - 1) * 0.7), rtol=1e-12)


@pytest.mark.parametrize("image", [noise(9, 11), noise(12, 7, 3, 5), drawing(34, 36)], ids=["noise", "five", "drawing"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pairs_are_those_of_the_pencil(image, dtype):
    """1,224 pixels take Lanczos and the count, fewer LAPACK."""
    compare(normalised(image.to(dtype), 7), image.to(dtype))


def islands():
    """A white half with two black dots, a black half with a white one: the dots are joined to nothing."""
    image = torch.zeros(3, 14, 20).double()
    image[:, :, 9:] = 1
    image[:, 2, 16] = image[:, 11, 18] = 0
    image[:, 7, 1] = 1
    return image


@pytest.mark.parametrize("scale", [1, 3], ids=["dense", "sparse"])
def test_islands_have_contrasts_of_volumes_and_single_pixels_are_islands(scale, monkeypatch):
    image = islands()
    if scale > 1:
        monkeypatch.setattr(exact, "DENSE", 0)
    found = normalised(image, 9, edge_threshold=0.05)
    assert found.components == 5
    compare(found, image, threshold=0.05)
    matrix, mass, _ = truth(image, threshold=0.05)
    assert (np.diag(matrix) == 0).sum() == 3
    rows = found.vectors.flatten(1).numpy()
    np.testing.assert_allclose(rows[0], 1 / np.sqrt(mass.sum()), rtol=1e-10)
    np.testing.assert_allclose(rows[1:] @ mass, 0, atol=1e-9)
    # The second: constant on each of the two halves, nothing on the single pixels.
    left, right = mass[image[0].numpy().ravel() == 0].sum(), mass[image[0].numpy().ravel() == 1].sum()
    assert sorted(set(np.round(np.abs(rows[1]), 12)))[:1] == [0]
    ratio = np.abs(rows[1]).max() / np.abs(rows[1][rows[1] != 0]).min()
    assert ratio == pytest.approx(max(left, right) / min(left, right), rel=1e-6)


def test_a_pixel_whose_edges_are_all_too_light_is_an_island_of_value_0():
    """Its edges weigh 2e-8 at most. With them as its degree its indicator would have the value 1, not 0."""
    image = flat(9, 9)[:2]
    image[0, 4, 4] += 0.1 * 18.7
    found = normalised(image, 3, edge_threshold=0.1)
    assert found.components == 2
    compare(found, image, threshold=0.1)
    assert float(found.residuals[1]) < 1e-12
    assert float(found.vectors[1].abs().argmax()) == 40


def test_all_pixels_alone():
    image = torch.arange(6).double().view(1, 2, 3) * 9
    found = normalised(image, 6)
    assert found.components == 6
    assert found.values.tolist() == [0] * 6
    compare(found, image)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("size", [(14, 16), (40, 36)])
def test_masks(seed, size):
    image = noise(*size, seed).double()
    mask = torch.from_numpy(np.random.default_rng(seed).random(size) < 0.2)
    mask[:, 8:14] = True
    found = normalised(image, 6, exclude=mask)
    assert found.components == 2
    compare(found, image, mask)


@pytest.mark.parametrize("factor", [1e-6, 37.0, 1e9])
def test_values_do_not_change_with_the_unit_of_the_weights(factor):
    for image, threshold in ((noise(10, 12, 4).double(), 0.15), (islands(), 0.05), (drawing(34, 36).double(), 0.15)):
        plain = normalised(image, 8, edge_threshold=threshold)
        weights = tuple(factor * w for w in SpectrumConfig().weights)
        found = normalised(image, 8, edge_threshold=threshold, radius_weights=weights)
        np.testing.assert_allclose(found.values.numpy(), plain.values.numpy(), rtol=0, atol=1e-12)
        assert found.components == plain.components
        np.testing.assert_allclose(found.vectors[0].numpy() * factor**0.5, plain.vectors[0].numpy(), rtol=1e-10)


def test_no_member_of_a_cluster_is_missing():
    """Four squares alike: counted by the inertia of D^(−1/2) L D^(−1/2)."""
    image = torch.full((3, 40, 40), 0.5).double()
    for y in (4, 33):
        for x in (4, 33):
            image[:, y : y + 3, x : x + 3] = 1.0
    values = dense_pairs(image.numpy(), 12, STENCIL, 0.3, None, "normalised")[0]
    for k in (4, 7, 8, 12):
        found = normalised(image, k, edge_threshold=0.3)
        np.testing.assert_allclose(found.values.numpy(), values[:k], rtol=0, atol=1e-10)


def test_a_search_that_found_too_few_is_seen(monkeypatch, caplog):
    monkeypatch.setattr(exact.Search, "missing", lambda self, strips: 1)
    found = normalised(noise(34, 36).double(), 5)
    assert "going on with a dense matrix" in caplog.text
    compare(found, noise(34, 36).double())


def test_contrasts_of_volumes_are_orthonormal_in_them():
    volumes = np.array([4.5, 0.3, 7.0, 1e-7])
    table = contrasts(volumes, 4)
    np.testing.assert_allclose(table * volumes @ table.T, np.eye(4), atol=1e-12)


@pytest.mark.parametrize("backend", ["numba", "torch", "reference"])
def test_masses_and_products_leave_light_edges_out(backend):
    image = 0.3 * noise(9, 12, 3, 2).double()
    image[0, 4, 1] += 30
    image[1, 2, 9] += 2.4
    matrix, mass, _ = truth(image)
    assert (np.diag(matrix) == 0).sum() == 1
    assert 0 < mass[33] < 1e-3
    assert mass.min() == 1e-7 * STENCIL.weights.max()
    found = masses(image, STENCIL, 0.15, backend)
    np.testing.assert_allclose(found.numpy().ravel(), mass, rtol=1e-11)
    cut = edge_cut(STENCIL, "normalised")
    assert cut == CUT * STENCIL.weights.max()
    product = laplacian_apply(image, noise(9, 12, 5, 2).double(), STENCIL, 0.15, backend, cut)
    expected = noise(9, 12, 5, 2).double().flatten(1).numpy() @ matrix
    np.testing.assert_allclose(product.flatten(1).numpy(), expected, rtol=0, atol=1e-13)
    cut = 0.5
    product = laplacian_apply(image, noise(9, 12, 5, 2).double(), STENCIL, 0.15, backend, cut)
    assert float((product.flatten(1) - torch.from_numpy(expected)).abs().max()) > 0.1


def test_what_has_no_normalised_laplacian_says_so():
    image = noise(12, 12)
    with pytest.raises(UsageError, match="normalised"):
        itten.spectrum(image, 3, "tiled", laplacian="normalised")
    config = SpectrumConfig(method="tiled", laplacian="normalised")
    with pytest.raises(UsageError, match="normalised"):
        solve.field(image, config)
    with pytest.raises(UsageError, match="normalised"):
        solve.gate_fields(image, (1, 2), config)
    with pytest.raises(UsageError, match="normalised"):
        solve.all_gate_fields([image, image], (1, 2), config, [None, None])
    with pytest.raises(UsageError, match="laplacian"):
        SpectrumConfig(laplacian="random walk")
    field = itten.fiedler(image, "exact", laplacian="normalised")
    torch.testing.assert_close(field, normalised(image, 2).field(1))


def test_the_combinatorial_one_is_what_it_was():
    assert SpectrumConfig().laplacian == "combinatorial"
    for method in ("exact", "stitched", "tiled"):
        assert itten.spectrum(noise(12, 12), 3, method).laplacian == "combinatorial"
