"""Heads that draw the whole picture anew: in which pass, how much, where, and what comes after them."""

from __future__ import annotations

import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.shader import SpectralShader
from tests.pictures import drawing

ENGRAVE = {"draw": "engrave", "engrave": {"spacing": 5.0}}


@pytest.fixture(scope="module")
def image() -> torch.Tensor:
    return drawing(90, 110)


@pytest.mark.parametrize("kind", ["engrave", "panes", "bands"])
def test_a_pass_is_what_the_function_makes_on_both_paths(image, kind):
    options = {"engrave": {"spacing": 5.0}, "panes": {"n": 12}, "bands": {"n": 5}}
    config = ShaderConfig(draw=kind, **options)
    expected = getattr(itten, kind)(image, **options[kind]).image
    assert torch.equal(itten.shade(image, None, config, 1).image, expected)
    assert torch.equal(SpectralShader(config)(image, passes=1).image, expected)


@pytest.mark.parametrize(("when", "changed"), [("first", [1, 0, 0]), ("last", [0, 0, 1]), ("every", [1, 1, 1])])
def test_it_is_drawn_in_the_passes_that_are_asked_for(image, when, changed):
    config = ShaderConfig(when=when, **ENGRAVE)
    done = itten.shade(image, None, config, 3, keep=True).passes
    before = torch.cat([image[None], done[:-1]])
    assert [int(not torch.equal(a, b)) for a, b in zip(before, done, strict=True)] == changed


def test_effect_and_envelope_say_how_much(image):
    whole = itten.engrave(image, 5.0).image
    config = ShaderConfig(effect=0.25, **ENGRAVE)
    found = itten.shade(image, None, config, 1).image
    assert (found - (image + 0.25 * (whole - image))).abs().max() < 1e-6


def test_a_mask_holds(image):
    mask = torch.zeros(image.shape[1:], dtype=torch.bool)
    mask[:40] = True
    done = itten.shade(image, None, ShaderConfig(**ENGRAVE), 1, write=mask).image
    assert torch.equal(done[:, 40:], image[:, 40:])
    assert not torch.equal(done[:, :40], image[:, :40])


def test_strokes_are_copied_into_an_engraving(image):
    """Copies lie where they would lie without it, over lines; and what is not covered is the engraving."""
    config = ShaderConfig(heads=[ENGRAVE, {"density": 0.6, "size": 0.3}], thicken=False)
    done = itten.shade(image, None, config, 1, layers=True)
    lines = itten.engrave(image, 5.0).image
    over = done.layers.fronts[0, 1, 3] > 0
    assert bool(over.any())
    assert torch.equal(done.image[:, ~over], lines[:, ~over])


def test_layers_lie_over_one_another_as_the_picture_says(image):
    config = ShaderConfig(heads=[ENGRAVE, {"density": 0.6, "size": 0.3}])
    done = itten.shade(image, None, config, 2, layers=True, keep=True)
    whole = image
    for layers in done.layers.passes():
        for _, layer in layers:
            whole = layer[3] * layer[:3] + (1 - layer[3]) * whole
    assert (whole - done.image).abs().max() < 1.01 / 255


def test_panes_behind_and_copies_before(image):
    config = ShaderConfig(heads=[{"draw": "panes", "panes": {"n": 8}}, {"density": 0.5, "size": 0.3}], thicken=False)
    done = itten.shade(image, None, config, 1).image
    assert not torch.equal(done, itten.panes(image, n=8).image)
