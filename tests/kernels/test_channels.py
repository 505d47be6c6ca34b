"""Pictures with many channels: weights of every kernel against the reference, and spectra against exact ones."""

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import InputError
from itten.graph import edge_weights, laplacian_apply, make_stencil
from itten.graph.blocks import plan_within
from itten.kernels.numba import channels
from itten.kernels.torch import edges
from itten.spectra import solve
from itten.spectra.stitched.host.operator import CanvasOperator
from tests.pictures import drawing, noise

CONFIG = SpectrumConfig()
STENCIL = make_stencil(CONFIG.radii, CONFIG.weights)
COUNTS = [1, 2, 3, 5, 16, 17, 64, 257]


def features(height, width, count, seed=0):
    """Noise whose colours are about as far apart as those of a picture, whatever their number."""
    return noise(height, width, seed, count) * (3 / count) ** 0.5


@pytest.mark.parametrize("count", [*COUNTS, 4, 7, 8, 9])
@pytest.mark.parametrize("size", [(41, 37), (24, 151)])
@pytest.mark.parametrize("radii", [(1, 2, 3, 4, 5, 6), (1,), (2, 3)])
def test_weights_on_a_canvas_equal_the_reference(count, size, radii):
    """Sizes and stencils that are no multiples of what is done at once, rows that begin and end within a patch."""
    picture = features(*size, count)
    config = SpectrumConfig(radii=radii)
    stencil = make_stencil(config.radii, config.weights)
    plan = plan_within(*size, *config.blocks, stencil)
    operator = CanvasOperator(picture.numpy(), plan, stencil, 0.15, None)
    (_, _, w, w0), *_ = operator.strips()
    assert w0 == 0
    found = w[: plan.canvas_height * len(stencil) * plan.pitch].reshape(plan.canvas_height, len(stencil), plan.pitch)
    rows, columns = plan.inside
    expected = edge_weights(picture, stencil, 0.15, "reference").numpy()
    inside = found[rows, :, columns].transpose(1, 0, 2) * operator.unit
    np.testing.assert_allclose(inside, expected, rtol=2e-5, atol=1e-7)
    assert not inside[expected == 0].any()


@pytest.mark.parametrize("rows", [1, 5, 16, 33])
def test_rows_in_pieces_are_the_same_rows(rows):
    picture = features(40, 45, 37)
    plan = plan_within(40, 45, *CONFIG.blocks, STENCIL)
    operator = CanvasOperator(picture.numpy(), plan, STENCIL, 0.15, None)
    (_, _, whole, _), *_ = operator.strips()
    kernel = __import__("itten.kernels.numba.product", fromlist=["weight_rows"]).weight_rows.alone
    length = len(STENCIL) * plan.pitch
    last = plan.canvas_height - plan.margin
    for row0 in range(0, last, rows):
        row1 = min(row0 + rows, last)
        w = np.full((row1 - row0) * length + 64, np.nan, np.float32)
        shape = operator.channels, plan.pixels, plan.pitch
        kernel(
            row0, row1, row0, operator.canvas, *shape, plan.half_flat, operator.weights, operator.scale, operator.cut, w
        )
        assert np.array_equal(w[: (row1 - row0) * length], whole[row0 * length : row1 * length])


def test_many_channels_lose_no_more_than_few():
    """Colours far from 0 and close to each other: |a|² + |b|² − 2ab would have no digit left."""
    picture = 1000 + torch.round(features(32, 40, 1024) * 4096) / 4096
    expected = edge_weights(picture, STENCIL, 0.15, "reference").numpy()
    plan = plan_within(32, 40, *CONFIG.blocks, STENCIL)
    operator = CanvasOperator(picture.numpy(), plan, STENCIL, 0.15, None)
    (_, _, w, _), *_ = operator.strips()
    found = w[: plan.canvas_height * len(STENCIL) * plan.pitch].reshape(plan.canvas_height, len(STENCIL), plan.pitch)
    rows, columns = plan.inside
    np.testing.assert_allclose(found[rows, :, columns].transpose(1, 0, 2) * operator.unit, expected, rtol=1e-5, atol=0)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 2e-5), (torch.float64, 1e-12)])
def test_backends_equal_the_reference(count, backend, dtype, bound, monkeypatch):
    monkeypatch.setattr(edges, "HELD", 13 * 21 * 7)
    picture = features(13, 21, count).to(dtype)
    reference = edge_weights(picture, STENCIL, 0.15, "reference")
    torch.testing.assert_close(
        edge_weights(picture, STENCIL, 0.15, backend).double(), reference, rtol=bound, atol=bound
    )
    vectors = noise(13, 21, 1, 2).to(dtype) - 0.5
    product = laplacian_apply(picture, vectors, STENCIL, 0.15, backend)
    expected = laplacian_apply(picture, vectors, STENCIL, 0.15, "reference")
    torch.testing.assert_close(product.double(), expected, rtol=10 * bound, atol=10 * bound)


def test_tensors_hold_a_part_of_the_channels_at_a_time(monkeypatch):
    taken = []
    square = torch.Tensor.square

    def counted(tensor):
        taken.append(tensor.shape[-3])
        return square(tensor)

    monkeypatch.setattr(torch.Tensor, "square", counted)
    monkeypatch.setattr(edges, "HELD", 10 * 12 * 15)
    edge_weights(features(10, 12, 64), make_stencil((1,), (1.0,)), 0.15, "torch")
    assert max(taken) <= 17
    taken.clear()
    monkeypatch.setattr(edges, "HELD", 1)
    edge_weights(features(10, 12, 4), make_stencil((1,), (1.0,)), 0.15, "torch")
    assert set(taken) == {4}, "four channels are summed at once, whatever the picture's size"


@pytest.mark.parametrize("count", [16, 65])
def test_spectra_of_many_channels_are_the_exact_ones(count):
    """A drawing mixed into many channels by a matrix with orthonormal columns: all distances stay what they were."""
    picture = drawing(40, 44)
    turn = torch.linalg.qr(torch.from_numpy(np.random.default_rng(3).standard_normal((count, 3))))[0].float()
    mixed = torch.einsum("cd,dhw->chw", turn, picture)
    plain = itten.spectrum(picture, 6, tol=1e-6)
    found = itten.spectrum(mixed, 6, tol=1e-6)
    np.testing.assert_allclose(found.values.numpy(), plain.values.numpy(), rtol=1e-4, atol=1e-9)
    exact = itten.spectrum(mixed.double(), 6, "exact")
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), rtol=1e-4, atol=1e-9)


def test_what_is_not_finite_is_found_in_any_channel():
    for wrong in (torch.nan, torch.inf, -torch.inf):
        picture = features(9, 9, 40)
        picture[31, 4, 5] = wrong
        with pytest.raises(InputError, match=r"\(31, 4, 5\)"):
            itten.spectrum(picture, 3)


def test_one_colour_is_told_after_a_few_pixels_and_only_if_all_have_it():
    flat = torch.full((5, 30, 30), 0.25)
    assert itten.spectrum(flat, 3).status == "degenerate"
    flat[4, 29, 29] = 0.3
    assert flat[0].numel() > solve.FEW
    assert itten.spectrum(flat, 3).status == "converged"
    mask = torch.zeros(30, 30, dtype=torch.bool)
    mask[29, 29] = True
    assert itten.spectrum(flat, 3, exclude=mask).status == "degenerate"
    mask[29, 29] = False
    mask[0, 0] = True
    assert itten.spectrum(flat, 3, exclude=mask).status == "converged"


def test_few_channels_take_the_way_they_took():
    assert channels.MANY > 4
