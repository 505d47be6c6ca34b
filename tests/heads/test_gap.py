"""The gate's zero in a gap: where it lies, and that rounding moves no pixel of the content across it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.heads import SpectralGate, contour, spectral_gate
from itten.heads.gate import gap_zero, percentile
from itten.kernels.reference import fields
from itten.spectra import gate_fields
from tests.pictures import noise
from tests.waits import no_waits


def scene(seed: int, height: int = 60, width: int = 70) -> tuple[torch.Tensor, torch.Tensor]:
    """A smooth field at unit RMS, and content on a sixth of it."""
    rough = noise(6, 7, seed, 1)
    field = torch.nn.functional.interpolate(rough[None], (height, width), mode="bicubic")[0, 0]
    field = field - field.mean() + 0.01 * noise(height, width, seed + 1)[0]
    return field / field.square().mean().sqrt(), noise(height, width, seed + 2)[0] < 1 / 6


@pytest.mark.parametrize("percent", [0.0, 1.0, 40.0, 73.3, 100.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_zero_is_the_references(seed, percent):
    field, content = scene(seed)
    for some in (content, torch.ones_like(content), content & (field > 1.5)):
        expected = fields.gap_zero(field.double().numpy(), some.numpy(), percent)
        assert float(gap_zero(field, some, percent)) == pytest.approx(expected, abs=1e-12)
        assert torch.equal(gap_zero(field, some, percent, "torch"), gap_zero(field, some, percent))
        reference = fields.gate(field.double().numpy(), 10.0, percent, some.numpy())
        np.testing.assert_allclose(spectral_gate(field, 10.0, percent, some), reference, atol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_rounding_moves_no_pixel_of_the_content_across(seed):
    field, content = scene(seed)
    low = spectral_gate(field, content=content) < 0.5
    for size in (1e-7, 1e-6):
        other = field + size * (2.0 * noise(*field.shape, seed + 9)[0] - 1.0)
        assert torch.equal((spectral_gate(other, content=content) < 0.5)[content], low[content])


def test_at_the_percentile_itself_rounding_would_move_pixels():
    """What the gap is for: content at the percentile crosses it there, and not where the gap is."""
    field = torch.linspace(-1.7, 1.7, 10_001).reshape(1, -1)
    content = torch.zeros_like(field, dtype=torch.bool)
    content[0, 3700:4301] = True
    content[0, 4020:4030] = False
    moved = [field + 6e-4 * (noise(1, 10_001, seed)[0] - 0.5) for seed in range(20)]
    for given, crossed in ((None, True), (content, False)):
        first, *others = [(spectral_gate(one, content=given) < 0.5)[content] for one in (field, *moved)]
        assert any(not torch.equal(first, other) for other in others) == crossed


def test_ties_take_the_gap_nearest_to_the_percentile_then_the_lower():
    field = torch.arange(0.0, 101.0).reshape(1, -1)
    content = torch.zeros_like(field, dtype=torch.bool)

    def zero(*values: float) -> float:
        some = content.clone()
        some[0, list(values)] = True
        return float(gap_zero(field, some, 40.0))

    assert zero(39, 41) == 40.0
    assert zero(40) == 39.0  # 38 to 40 and 40 to 42 are as wide and as near: the lower
    assert zero(38, 39, 40, 41) == pytest.approx(39.5)  # 39 to 40 and 40 to 41 are the nearest of four
    assert zero(39) == 40.5
    assert zero(41) == 39.5
    assert zero(5, 90) == 40.0  # nothing there: the percentile
    wide = field + torch.where(field > 40.0, 4e-6, 0.0)
    some = content.clone()
    some[0, 40] = True
    assert float(gap_zero(wide, some, 40.0)) == 39.0  # wider by rounding is not wider


def test_the_zero_stays_within_two_percentiles_and_without_content_it_is_the_percentile():
    for seed in range(6):
        field, content = scene(seed)
        zero = gap_zero(field, content, 40.0)
        assert bool((percentile(field, 38.0) <= zero) & (zero <= percentile(field, 42.0)))
        assert torch.equal(gap_zero(field, content & False, 40.0), percentile(field, 40.0))
    flat = torch.full((6, 7), 0.25)
    assert bool((spectral_gate(flat, content=flat > 0) == 0.5).all())


def test_batches_and_the_module_are_the_function_and_nothing_is_waited_for():
    parts = [scene(seed) for seed in range(3)]
    both, content = (torch.stack(one) for one in zip(*parts, strict=True))
    alone = torch.stack([spectral_gate(field, 7.0, 30.0, some) for field, some in parts])
    assert torch.equal(spectral_gate(both, 7.0, 30.0, content), alone)
    with no_waits() as watch:
        found = SpectralGate(7.0, 30.0, "triton")(both, content)
    assert watch.uploads == 0
    assert torch.equal(found, alone)


def test_a_gradient_reaches_the_field():
    field, content = scene(2)
    field = field.double().requires_grad_()
    spectral_gate(field, content=content).sum().backward()
    assert field.grad is not None
    assert bool(torch.isfinite(field.grad).all())


@pytest.mark.parametrize("sample", [pytest.param("notch", marks=pytest.mark.long), "botanical"])
def test_mirrored_and_turned_pictures_have_the_same_sides(sample):
    """With vectors that have converged. At the default's one step, mirrored fields differ by more than any gap."""
    image = itten.samples.load(sample)
    top, left = image.shape[1] // 2 - 110, image.shape[2] // 2 - 110
    image = image[:, top : top + 220, left : left + 220].contiguous()
    config = ShaderConfig(spectrum={"tol": 1e-6})

    def low(picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        field, _ = gate_fields(picture, config.gate_vectors, config.spectrum)
        ink = contour(picture)
        return (spectral_gate(field[0], config.sharpness, config.percentile, ink) < 0.5) & ink, ink

    sides, ink = low(image)
    assert 0 < int(sides.sum()) < int(ink.sum())
    for there, back in (
        (lambda x: x.flip(-1), lambda x: x.flip(-1)),
        (lambda x: x.flip(-2), lambda x: x.flip(-2)),
        (lambda x: x.rot90(1, (-2, -1)), lambda x: x.rot90(-1, (-2, -1))),
    ):
        found, other = low(there(image).contiguous())
        assert torch.equal(back(other), ink)
        assert torch.equal(back(found), sides)


def test_the_threshold_is_a_choice_and_the_seed_keeps_the_percentile():
    assert ShaderConfig().threshold == "gap"
    for name in ("seed", "scatter"):
        assert ShaderConfig.from_config(name).threshold == "percentile"
    image = itten.samples.load("botanical")[:, 100:300, 80:280].contiguous()
    found = [itten.shade(image, None, {"threshold": one}, passes=1).segments for one in ("gap", "percentile")]
    assert not torch.equal(*found)
