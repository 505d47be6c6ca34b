"""Gradients of the pairs of L v = λ D v against differences, autograd through a dense matrix, and each other."""

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import GradientError
from itten.graph import make_stencil
from itten.kernels.reference.edges import regions
from itten.spectra import exact, heat_kernel, wave_kernel
from itten.spectra.components import contrasts
from itten.spectra.gradients.edgechain import within_radii
from itten.spectra.gradients.mass import contrasts_of
from tests.pictures import drawing, noise
from tests.spectra.test_adjoint import OPTIONS, halves, heat, parameters, projector, smooth, steps, turned

__all__ = ["steps"]


def pairs(image, k, threshold=None, weights=None, **options):
    return itten.eigenpairs(
        image, k, edge_threshold=threshold, radius_weights=weights, laplacian="normalised", **options
    )


def agree(image, k, look, threshold=0.4, **more):
    inputs = (image.clone().requires_grad_(), *parameters(threshold))

    def run(image, threshold, weights):
        return look(*pairs(image, k, threshold, weights, **OPTIONS))

    return torch.autograd.gradcheck(run, inputs, **more)


def everything(values, vectors):
    flat = vectors.flatten(-2)
    return values, vectors, heat_kernel(values, flat), wave_kernel(values, flat)


@pytest.mark.parametrize("channels", [1, pytest.param(5, marks=pytest.mark.long)])
def test_values_vectors_and_kernels_of_distinct_pictures(channels):
    assert agree(noise(5, 6, channels, channels).double(), 5, everything)


@pytest.mark.parametrize("look", [heat, projector, smooth, lambda values, vectors: values.sum()])
def test_degenerate_pairs(look):
    image = turned()
    values = itten.spectrum(image, 5, "exact", laplacian="normalised", edge_threshold=0.4, **OPTIONS).values
    assert float(values.diff().min()) < 1e-12
    k = 4 if float(values[4] - values[3]) > 1e-3 else 3
    assert agree(image, k, look)


def test_a_loss_on_one_vector_of_a_pair_has_no_gradient():
    image = turned().requires_grad_()
    _, vectors = pairs(image, 4, 0.4, **OPTIONS)
    with pytest.raises(GradientError, match="belong to one eigenvalue"):
        (vectors[:, 0, 1] * torch.arange(4)).sum().backward()


@pytest.mark.parametrize("k", [1, 2, 4])
def test_null_vectors_follow_the_sums_of_d(k):
    """Of two halves, one of them with a dot that nothing joins."""
    image = halves()[:2].contiguous()
    image[0, 4, 0] = 5.0
    assert itten.spectrum(image, 5, "exact", laplacian="normalised", edge_threshold=0.05, **OPTIONS).components == 3
    assert agree(image, k, lambda values, vectors: (values, vectors), 0.05)


def test_the_constant_alone_has_a_gradient():
    image = noise(5, 6, 1).double().requires_grad_()
    _, vectors = pairs(image, 1, 0.4)
    vectors.sum().backward()
    assert float(image.grad.abs().max()) > 1e-3


def test_autograd_through_a_dense_matrix():
    """L and D written down as tensors, torch's eigh, and a loss that weighs all entries at random."""
    image = noise(4, 5, 3).double()
    stencil = make_stencil((1, 2, 3), (1.0, 0.5, 0.25))
    slope, turn = noise(1, 6, 1, 1)[0, 0].double(), noise(1, 120, 2, 1).view(6, 20).double()
    gradients = []
    for dense in (True, False):
        inputs = (image.clone().requires_grad_(), *parameters())
        if dense:
            at = torch.arange(20).view(4, 5)
            weights = within_radii(stencil, (1, 2, 3)) @ inputs[2]
            edges = torch.zeros(20, 20, dtype=torch.float64)
            for number, begin, end in regions(stencil.offsets, 4, 5):
                distance = (inputs[0][:, *begin] - inputs[0][:, *end]).square().sum(dim=0).sqrt()
                edges = edges.index_put(
                    (at[begin].flatten(), at[end].flatten()),
                    (weights[number] * torch.exp(-distance / inputs[1])).flatten(),
                )
            edges = edges + edges.T
            degree = edges.sum(dim=1)
            root = degree.sqrt()
            values, x = torch.linalg.eigh((torch.diag(degree) - edges) / root / root[:, None])
            values, vectors = values[:6], (x[:, :6] / root[:, None]).T
        else:
            values, vectors = pairs(inputs[0], 6, inputs[1], inputs[2], **OPTIONS)
            vectors = vectors.flatten(1)
        # The sign is the one thing that the two may differ in.
        ((values * slope).sum() + (vectors * vectors[:, 7:8] * turn).sum()).backward()
        gradients.append([one.grad for one in inputs])
    for found, expected in zip(gradients[1], gradients[0], strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


def test_values_have_no_slope_along_all_weights_at_once():
    image = noise(6, 7, 2).double()
    threshold, weights = parameters()
    values, vectors = pairs(image, 5, threshold, weights, **OPTIONS)
    (slope,) = torch.autograd.grad(values[3], weights, retain_graph=True)
    assert float(slope.abs().max()) > 1e-3
    assert abs(float(slope @ weights.detach())) < 1e-12
    # And vectors shrink with the root of the weights.
    (slope,) = torch.autograd.grad(vectors[3, 2, 2], weights)
    assert float(slope @ weights.detach()) == pytest.approx(-0.5 * float(vectors[3, 2, 2].detach()), rel=1e-9)


def test_they_are_those_of_spectrum():
    for image in (noise(9, 11, 3).double(), halves(), noise(9, 11, 3)):
        found = itten.spectrum(image, 6, "exact", laplacian="normalised", edge_threshold=0.05)
        values, vectors = pairs(image.requires_grad_(), 6, 0.05)
        torch.testing.assert_close(values.detach(), found.values, rtol=1e-8, atol=1e-12)
        torch.testing.assert_close(vectors.detach(), found.vectors, rtol=1e-5, atol=1e-6)


def gradients(image, k, dtype):
    image = image.to(dtype).requires_grad_()
    threshold, weights = parameters(0.15, SpectrumConfig().weights)
    values, vectors = pairs(image, k, threshold, weights)
    kernels = heat(values, vectors)
    slope = noise(1, kernels.numel(), 5, 1).view_as(kernels).to(kernels)
    ((kernels * slope).sum() + values.sum()).backward()
    return image.grad.double(), threshold.grad, weights.grad


@pytest.mark.parametrize("picture", [drawing(36, 30), torch.full((3, 36, 30), 0.5)])
def test_the_iteration_gives_what_the_dense_matrix_gives(picture, steps, monkeypatch):
    module = __import__("sys").modules["itten.spectra.gradients.solution"]
    monkeypatch.setattr(module, "DENSE", 1 << 20)
    dense = gradients(picture, 6, torch.float64)
    assert steps == []
    monkeypatch.setattr(module, "DENSE", 0)
    monkeypatch.setattr(module, "MOST", 0)
    monkeypatch.setattr(exact, "DENSE", 0)
    for dtype, tolerance in ((torch.float64, 1e-6), (torch.float32, 5e-3)):
        for found, wanted in zip(gradients(picture, 6, dtype), dense, strict=True):
            assert float((found - wanted).norm()) <= tolerance * float(wanted.norm()) + 1e-12
    assert len(steps) == 2
    assert max(steps) <= 30


def test_contrasts_with_a_derivative_are_the_contrasts():
    volumes = np.array([7.0, 4.5, 0.3, 1e-7])
    for count in (1, 2, 4):
        np.testing.assert_allclose(
            contrasts_of(torch.from_numpy(volumes), count), contrasts(volumes, count), rtol=1e-12
        )
