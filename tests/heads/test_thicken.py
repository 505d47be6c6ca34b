import numpy as np
import pytest
import torch

from itten.config import PassParameters
from itten.heads import Thicken, contour, thicken
from itten.heads.thicken import spread
from itten.kernels.reference import fields
from tests.pictures import drawing, noise

ATTACK = PassParameters(
    effect=1.0, thicken_modulation=0.2, kernel_sigma_ratio=0.8, fill_threshold=0.05, dilation_radius=3
)


def dot(size: int = 15) -> torch.Tensor:
    image = torch.ones(3, size, size)
    image[:, size // 2, size // 2] = torch.tensor([0.1, 0.2, 0.3])
    return image


def grow(image, gate=1.0, busy=0.5, parameters=ATTACK, **options):
    shape = image.shape[-2:]
    ink = (image != 1.0).any(dim=-3)
    return thicken(image, torch.full(shape, gate), ink, torch.full(shape, busy), parameters, **options)


def test_spread_of_a_dot_is_a_gaussian_of_peak_one():
    mask = torch.zeros(15, 15)
    mask[7, 7] = 1.0
    found = spread(mask, 3, 0.8)
    y, x = np.mgrid[-7:8, -7:8]
    expected = np.where((abs(y) <= 3) & (abs(x) <= 3), np.exp(-(y**2 + x**2) / (2 * 2.4**2)), 0.0)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_dot_grows_by_a_ring_of_its_own_colour():
    grown = grow(dot())
    ink = (grown != 1.0).any(dim=0)
    assert int(ink.sum()) > 5
    assert bool(ink[6:9, 6:9][1].all())
    assert torch.equal(grown.flatten(1).unique(dim=1), dot().flatten(1).unique(dim=1))


def test_low_gate_does_not_grow():
    assert torch.equal(grow(dot(), gate=0.4), dot())


def test_fill_threshold_and_floor_hold_growth_back():
    strict = ATTACK.changed(fill_threshold=10.0)
    assert torch.equal(grow(dot(), parameters=strict), dot())
    faint = ATTACK.changed(effect=0.0)
    assert torch.equal(grow(dot(), parameters=faint), dot())


def test_modulation_by_complexity_makes_it_thinner():
    image = drawing()
    shape = image.shape[-2:]
    parameters = ATTACK.changed(thicken_modulation=0.7, dilation_radius=2, kernel_sigma_ratio=0.5)
    ink = contour(image)
    sizes = [
        int((thicken(image, torch.ones(shape), ink, torch.full(shape, busy), parameters) != image).any(0).sum())
        for busy in (0.0, 1.0)
    ]
    assert sizes[0] > sizes[1]


def test_contours_themselves_are_never_changed():
    image = drawing()
    ink = contour(image)
    grown = thicken(image, torch.ones(ink.shape), ink, torch.full(ink.shape, 0.5), ATTACK)
    assert torch.equal(grown[:, ink], image[:, ink])
    assert not torch.equal(grown, image)


@pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 1), (3, 3), (40, 57)])
def test_equals_the_reference(size):
    image = noise(*size, seed=2)
    gate, busy = noise(*size, seed=3)[0], noise(*size, seed=4)[0]
    ink = contour(image)
    found = thicken(image, gate, ink, busy, ATTACK, 0.03)
    expected = fields.thicken(
        image.double().numpy(), gate.numpy(), ink.numpy(), busy.double().numpy(), 1.0, 0.2, 0.8, 0.05, 3, 0.03
    )
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_batches_and_module():
    images = torch.stack([drawing(), noise(96, 112)])
    gate, busy = noise(96, 112, 8, 2), noise(96, 112, 9, 2)
    ink = contour(images)
    together = Thicken(0.1)(images, gate, ink, busy, ATTACK)
    alone = [thicken(images[i], gate[i], ink[i], busy[i], ATTACK, 0.1) for i in range(2)]
    assert torch.equal(together, torch.stack(alone))
