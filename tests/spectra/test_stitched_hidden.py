"""Values so small that float32 hides them in the small problem: pieces joined by edges of 1e-6 and less."""

import numpy as np
import pytest
import torch

import itten
from itten.graph import make_stencil
from itten.graph.blocks import plan_within
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.spectra.stitched.accuracy import ZERO_STEPS, least_steps
from itten.spectra.stitched.host import solve as host
from itten.spectra.stitched.host.basis import least_mass, stitched_basis
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.smalldouble import SIGMA, TINY, DoubleSmallProblem, _assembled
from tests.kernels.test_stitched_kernels import dense_basis

CONFIG = itten.SpectrumConfig()
STENCIL = make_stencil(CONFIG.radii, CONFIG.weights)


def quilt(side=15, count=6):
    """``count²`` squares, each with a soft texture of its own; colours of neighbours are far apart."""
    rng = np.random.default_rng(0)
    shade = (np.arange(count)[:, None] * 2 + np.arange(count)) % 5 * 0.22 + 0.05
    shade = shade + 0.01 * rng.random((count, count))
    grey = np.kron(shade, np.ones((side, side)))
    grey = np.clip(grey + 0.004 * rng.standard_normal(grey.shape), 0, 1)
    return torch.from_numpy(np.repeat(grey[None], 3, axis=0)).float()


def parts(image, threshold, laplacian="combinatorial"):
    plan = plan_within(*image.shape[1:], *CONFIG.blocks, STENCIL)
    operator = CanvasOperator(image.numpy(), plan, STENCIL, threshold, None, laplacian)
    panels, psi, *_ = stitched_basis(operator, 8, least_mass(operator, 20))
    return operator, panels, psi


@pytest.mark.parametrize("laplacian", ["combinatorial", "normalised"])
def test_matrices_and_solutions_are_those_of_the_dense_ones(laplacian):
    image = quilt(9, 5)
    operator, panels, psi = parts(image, 0.03, laplacian)
    phi = dense_basis(operator.plan, panels, psi)
    matrix = laplacian_matrix(image.double().numpy(), STENCIL.offsets, STENCIL.weights, 1 / 0.03).toarray()
    matrix *= 32 / STENCIL.weights.sum()
    if laplacian == "normalised":
        edges = np.diag(np.diag(matrix)) - matrix
        edges[edges <= operator.cut] = 0
        matrix = np.diag(edges.sum(axis=1)) - edges
    mass = np.ones(len(matrix)) if operator.mass is None else np.diag(matrix) / 64
    a, b = np.zeros(panels.blocks * 64), np.zeros(panels.blocks * 64)
    operator.galerkin(panels, psi, np.arange(len(operator.plan)), a, b)
    dense = phi.T @ matrix @ phi, (phi.T * mass) @ phi
    for found, expected in zip((a, b), dense, strict=True):
        # Weights have the digits of float32, sums those of float64.
        error = np.abs(_assembled(panels, found).toarray() - expected).max()
        assert error < 1e-6 * np.abs(expected).max()
    small = DoubleSmallProblem(operator, panels, psi)
    right, out = small.vector(), small.vector()
    n = 8 * len(panels)
    right[: 16 * n] = np.random.default_rng(1).standard_normal(16 * n)
    small.solve(right, out)
    system = _assembled(panels, a + SIGMA * b).toarray() + TINY * np.eye(n)
    left = system @ out.reshape(-1, 16)[:n].astype(np.float64) - right.reshape(-1, 16)[:n]
    scale = np.abs(system).max() * np.abs(out).max()
    assert np.abs(left).max() < 1e-6 * scale


def test_columns_that_fade_out_add_up_to_pieces_of_no_energy():
    """Entries of ΦᵀLΦ are of the magnitude of ‖L‖, the values of pieces 1e-7 of it: float64 tells them."""
    operator, panels, psi = parts(quilt(), 0.026)
    values, vectors = DoubleSmallProblem(operator, panels, psi).lowest(2, 9)
    a, b = np.zeros(panels.blocks * 64), np.zeros(panels.blocks * 64)
    operator.galerkin(panels, psi, np.arange(len(operator.plan)), a, b)
    c = np.concatenate([one.reshape(-1, 16)[: 8 * len(panels)] for one in vectors], axis=1).astype(np.float64)
    a, b = _assembled(panels, a), _assembled(panels, b)
    energies = np.sort(np.einsum("ij,ij->j", c, a @ c) / np.einsum("ij,ij->j", c, b @ c))
    assert energies[0] < 1e-8 * operator.norm
    np.testing.assert_allclose(np.sort(values)[:12], energies[:12], rtol=0.05, atol=1e-6)


@pytest.mark.parametrize("always", [False, True], ids=["float32", "float64"])
@pytest.mark.parametrize("threshold", [0.03, 0.025])
def test_pieces_that_hardly_hang_together_are_right(threshold, always, monkeypatch):
    if always:
        monkeypatch.setattr(host, "HIDDEN", 1.0)
    image, k = quilt(), 12
    exact = itten.spectrum(image.double(), k + 8, "exact", edge_threshold=threshold)
    found = itten.spectrum(image, k, edge_threshold=threshold)
    assert exact.values[k - 1] < 1e-7 * exact.scale
    assert found.components == exact.components
    assert float((found.values - exact.values[:k]).abs().max()) < 1e-9 * found.scale
    cut = k + int(exact.values.diff()[k - 1 :].argmax())
    rows, true = found.vectors.double().flatten(1), exact.vectors[:cut].flatten(1)
    assert float((rows @ true.T).norm(dim=1).min()) > 0.99


def test_float64_is_taken_where_values_are_hidden(monkeypatch):
    made = []
    monkeypatch.setattr(host, "DoubleSmallProblem", lambda *given: made.append(1) or DoubleSmallProblem(*given))
    itten.spectrum(quilt(), 12, edge_threshold=0.05)
    assert not made
    monkeypatch.setattr(host, "HIDDEN", 1e-3)
    itten.spectrum(quilt(), 12, edge_threshold=0.025)
    assert made
    made.clear()
    monkeypatch.setattr(host, "MOST", 10)
    itten.spectrum(quilt(), 12, edge_threshold=0.025)
    assert not made


def test_values_as_good_as_zero_take_more_steps():
    assert least_steps(np.array([3e-8, np.inf, 1e-9]), 2, 1, 0.005, 1.0) == ZERO_STEPS
    assert least_steps(np.array([3e-7, np.inf, 1e-9]), 2, 1, 0.005, 1.0) == 1
    assert least_steps(np.array([3e-8, 1e-9]), 2, 8, 0.005, 1.0) == 8
    assert least_steps(np.array([3e-8, 1e-9]), 2, 1, np.inf, 1.0) == 1


def test_many_steps_in_float32_make_nothing_up():
    """What of LX is small is small in the projections: values of 1e-10 of ‖L‖ stay what they are, and positive."""
    found = itten.spectrum(quilt(), 12, edge_threshold=0.025, refine=12)
    exact = itten.spectrum(quilt().double(), 12, "exact", edge_threshold=0.025)
    assert float((found.values - exact.values).abs().max()) < 1e-9 * found.scale
    assert float(found.residuals.max()) < 1e-6 * found.scale
