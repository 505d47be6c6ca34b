import numpy as np
import pytest
import torch

from itten.heads import Complexity, Contour, SpectralGate, complexity, contour, spectral_gate
from itten.heads.gate import percentile
from itten.heads.moments import mean_and_deviation, sobel, z_score
from itten.kernels.reference import fields
from tests.pictures import drawing, noise

SIZES = [(1, 1), (1, 9), (9, 1), (2, 3), (31, 45)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("percent", [0.0, 17.3, 40.0, 100.0])
def test_percentile_equals_numpy(size, percent):
    values = noise(*size)[0]
    assert float(percentile(values, percent)) == pytest.approx(
        np.percentile(values.double().numpy(), percent), rel=1e-9
    )


@pytest.mark.parametrize("size", SIZES)
def test_gate_and_complexity_equal_the_reference(size):
    field = (noise(*size, seed=4)[0] - 0.5) * 3
    exact = field.double().numpy()
    np.testing.assert_allclose(spectral_gate(field, 10.0, 40.0), fields.gate(exact, 10.0, 40.0), atol=1e-6)
    np.testing.assert_allclose(complexity(field, 7), fields.complexity(exact, 7), atol=1e-6)


def test_gate_is_half_at_the_percentile_and_rises_with_the_field():
    field = torch.linspace(-1, 1, 101).reshape(1, 101)
    gate = spectral_gate(field, 10.0, 40.0)
    assert float(gate[0, 40]) == pytest.approx(0.5, abs=1e-6)
    assert bool((gate.diff() > 0).all())
    assert float(gate[0, 50]) == pytest.approx(1 / (1 + np.exp(-10 * 0.2)), abs=1e-6)


def test_contour_is_more_than_one_deviation_from_the_mean():
    image = drawing()
    np.testing.assert_array_equal(contour(image), fields.contour(image.numpy()))
    assert not bool(contour(torch.full((3, 5, 5), 0.3)).any())
    dot = torch.ones(3, 5, 5)
    dot[:, 2, 3] = 0
    assert contour(dot).nonzero().tolist() == [[2, 3]]
    assert contour(1 - dot).nonzero().tolist() == [[2, 3]]  # light on dark, too


def test_batches_equal_single_maps():
    fields_ = torch.stack([noise(20, 30)[0], noise(20, 30, 1)[0]]) - 0.5
    images = torch.stack([drawing(), noise(96, 112)])
    for function, batch in ((spectral_gate, fields_), (complexity, fields_), (contour, images)):
        assert torch.equal(function(batch), torch.stack([function(one) for one in batch]))


def test_modules_delegate():
    field = noise(20, 30)[0] - 0.5
    assert torch.equal(SpectralGate(4.0, 60.0)(field), spectral_gate(field, 4.0, 60.0))
    assert torch.equal(Complexity(5)(field), complexity(field, 5))
    assert torch.equal(Contour()(drawing()), contour(drawing()))


def test_a_constant_field_is_neither_high_nor_complex():
    flat = torch.full((6, 7), 0.25)
    assert bool((spectral_gate(flat) == 0.5).all())
    assert bool((complexity(flat) == 0.5).all())


def test_complexity_is_high_at_an_edge():
    field = torch.zeros(40, 40)
    field[:, 20:] = 1.0
    busy = complexity(field)
    assert float(busy[20, 19]) > 0.9
    assert float(busy[20, 5]) < 0.5


def test_sobel_of_a_ramp_is_its_slope():
    y, x = torch.meshgrid(torch.arange(9.0), torch.arange(11.0), indexing="ij")
    dy, dx = sobel(2.0 * y - 3.0 * x)
    assert bool((dy[1:-1, 1:-1] == 2.0).all())
    assert bool((dx[1:-1, 1:-1] == -3.0).all())


def test_z_score_has_mean_zero_and_deviation_one():
    mean, deviation = mean_and_deviation(z_score(noise(40, 33)[0] * 7 + 2))
    assert float(mean) == pytest.approx(0.0, abs=1e-12)
    assert float(deviation) == pytest.approx(1.0)
    assert bool((z_score(torch.ones(3, 3)) == 0).all())
