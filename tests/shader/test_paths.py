"""Three paths to the same picture: functions, modules, and the float64 reference."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.shader.reference import reference_field, reference_pass
from tests.pictures import drawing, noise, pattern

CONFIG = ShaderConfig.from_config("seed").changed(min_pixels=8)
LEVEL = 1 / 255


def cases():
    return {
        "self": (drawing(120, 150), None),
        "cross": (drawing(120, 150), pattern(90, 130)),
        "noise": (noise(70, 75), None),
        "dither": (
            (noise(96, 100, 5) < torch.linspace(0.1, 0.9, 100)).float()[:1].expand(3, -1, -1).contiguous(),
            None,
        ),
        "zbuffer": (drawing(120, 150), pattern(90, 130)),
    }


# To a picture that attends to itself the noise and the dither do, too.
SOME = [pytest.param(name, marks=pytest.mark.long) if name == "self" else name for name in cases()]


def config_of(name: str) -> ShaderConfig:
    return CONFIG.changed(composite="zbuffer") if name == "zbuffer" else CONFIG


@pytest.mark.parametrize("name", cases())
def test_functions_and_modules_give_identical_bits_over_four_passes(name):
    target, source = cases()[name]
    config = config_of(name)
    by_function = itten.shade(target, source, config, keep=True)
    by_module = itten.SpectralShader.from_config(config)(target, source, keep=True)
    for attribute in ("image", "passes", "field", "segments"):
        assert torch.equal(getattr(by_function, attribute), getattr(by_module, attribute)), attribute
    assert int(by_function.segments[0].max()) >= 2, "the case must exercise the copy head"
    assert not torch.equal(by_function.passes[0], by_function.passes[3])


def flips_within_rounding(reference: np.ndarray, fast: np.ndarray, config: ShaderConfig) -> int:
    """How many pixels lie on different sides of the gate; every one must be within rounding of the threshold."""
    low, other = np.percentile(reference, config.percentile), np.percentile(fast, config.percentile)
    flipped = (reference > low) != (fast > other)
    assert (np.abs(reference - low)[flipped] <= 2 * np.abs(reference - fast).max()).all()
    return int(flipped.sum())


@pytest.mark.parametrize("name", SOME)
def test_reference_path_pass_by_pass(name):
    """From the same input: mean difference at most 1e-4, and every larger one is explained.

    With the fast path's own field the reference must give the fast path's picture, to within 1/255 at
    every pixel. With its own field, decisions may differ only where the gate sits on its threshold: those
    pixels are listed, and their distance from the threshold must be rounding.
    """
    target, source = cases()[name]
    config = config_of(name)
    schedule = [heads[0] for heads in config.schedule(4)]
    result = itten.shade(target, source, config, keep=True)
    content = None if source is None else source.numpy()
    fast_source_field = None if source is None else itten.fiedler(source, method="tiled").numpy()
    source_field = None if source is None else reference_field(content, config)
    current = target
    for index, parameters in enumerate(schedule):
        fast = result.passes[index].double().numpy()
        field = result.field[index].double().numpy()
        plain = reference_pass(current.numpy(), config, parameters, content, None, source_field)
        assert np.sqrt(np.mean((plain.field - field) ** 2)) <= 1e-4

        same_field = reference_pass(current.numpy(), config, parameters, content, field, fast_source_field)
        assert np.abs(same_field.image - fast).max() <= LEVEL

        if np.abs(plain.image - fast).max() > LEVEL:
            fields = [(plain.field, field)]
            if source is not None:
                fields.append((source_field, fast_source_field))
            assert sum(flips_within_rounding(a, b, config) for a, b in fields) > 0, "a difference without a cause"
        assert np.abs(plain.image - fast).mean() <= 1e-4
        current = result.passes[index]


def test_the_module_path_takes_batches_and_one_source_for_all():
    targets = torch.stack([drawing(), noise(96, 112)])
    module = itten.SpectralShader(CONFIG)
    together = module(targets, pattern(), passes=2, keep=True)
    assert together.image.shape == targets.shape
    assert together.passes.shape == (2, 2, 3, 96, 112)
    assert together.field.shape == together.segments.shape == (2, 2, 96, 112)
    for number, target in enumerate(targets):
        alone = module(target, pattern(), passes=2, keep=True)
        assert torch.equal(alone.image, together.image[number])
        assert torch.equal(alone.segments, together.segments[:, number])
    several = module(targets, torch.stack([pattern(), pattern().flip(1)]), passes=1)
    assert torch.equal(several.image[0], module(targets[0], pattern(), passes=1).image)
    assert torch.equal(several.image[1], module(targets[1], pattern().flip(1), passes=1).image)


def test_a_part_can_be_replaced():
    class Nothing(torch.nn.Module):
        def forward(self, image, gate, ink, busy, parameters):
            return image

    module = itten.SpectralShader(CONFIG)
    module.heads[0].thicken = Nothing()
    assert not torch.equal(module(drawing(), passes=1).image, itten.shade(drawing(), config=CONFIG, passes=1).image)


def test_configuration_round_trip_and_empty_state():
    module = itten.SpectralShader.from_config({"strength": 4.0, "spectrum": {"quality": "fast"}})
    again = itten.SpectralShader.from_config(module.to_config())
    assert again.config == module.config
    assert len(module.state_dict()) == 0


def test_double_precision_stays_double():
    result = itten.shade(drawing(60, 60).double(), pattern(), CONFIG, passes=1)
    assert result.image.dtype == result.field.dtype == torch.float64
