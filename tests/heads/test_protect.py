"""Which features are protected, and what growth makes of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.config.shader import SEED_PRESET
from itten.heads import protected, soft
from itten.heads.protect import photograph
from itten.shader import SpectralShader, shade_pass
from tests.drawn import capsule, covered, grid, hatching, painted
from tests.fine import PICTURES, face
from tests.pictures import noise

# Of a line, and of what lies on its two sides.
GREY_LINES = [(0.5, 1.0, 0.0), (0.3, 0.0, 0.9), (0.75, 0.95, 0.2)]


def kept(image: torch.Tensor) -> torch.Tensor:
    return protected(image).mask


# Each picture, and soft and hard ones.
LONG = ("writing", "face, hard")


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.long) if one in LONG else one for one in PICTURES]
)
def test_thin_marks_are_found_and_the_rest_is_not(name):
    image, thin = PICTURES[name](200)
    found = kept(image)
    assert float(found[thin].double().mean()) >= 0.99
    assert float(found[~thin].double().mean()) < 0.12


@pytest.mark.parametrize(("line", "left", "right"), GREY_LINES)
@pytest.mark.parametrize("hard", [False, True])
def test_a_line_that_parts_two_grounds_is_a_feature(line, left, right, hard):
    """A closing and an opening see nothing there: from one side to the other it only gets darker."""
    y, x = grid(120, 130)
    across = x - 60.3 - 6 * np.sin(y / 30)
    alpha, side = covered(np.abs(across) - 1.7), covered(-across)
    if hard:
        alpha, side = alpha.round(), side.round()
    values = (left * side + right * (1 - side)) * (1 - alpha) + line * alpha
    image = torch.from_numpy(np.repeat(values[None], 3, 0).astype(np.float32))
    inside = torch.from_numpy(np.abs(across) < 1.0)
    assert float(protected(image).mask[inside].double().mean()) >= 0.99
    plain = torch.from_numpy(np.repeat((left * side + right * (1 - side))[None], 3, 0).astype(np.float32))
    assert float(protected(plain).mask.double().mean()) < 0.05


def test_marks_are_features_and_gaps_are_none_on_either_ground():
    """Of hatching the lines are, dark or light; what lies between them is the ground's."""
    alpha = hatching(7.0, 30.0, 2.0, 140)
    inner = np.zeros_like(alpha, dtype=bool)
    inner[20:-20, 20:-20] = True
    for ink, paper in (((0.1, 0.1, 0.1), (1.0, 1.0, 1.0)), ((0.95, 0.9, 0.9), (0.1, 0.1, 0.15))):
        found = kept(painted(alpha, ink, paper)).numpy()
        assert found[inner & (alpha > 0.5)].mean() > 0.99
        assert found[inner & (alpha == 0)].mean() < 0.02


def test_a_mark_of_any_colour_is_found_even_if_it_is_as_light_as_its_ground():
    alpha, _ = capsule((90, 100), (44.2, 50.3), 25, 40.0, 1.8)
    red, grey = (0.8, 0.25, 0.25), (0.4145, 0.4145, 0.4145)
    found = kept(painted(alpha, red, grey)).numpy()
    assert found[alpha > 0.5].mean() > 0.99


def test_dither_and_specks_are_none():
    portrait = itten.samples.load("portrait")
    assert float(kept(portrait).double().mean()) < 0.01
    for share in (0.2, 0.35, 0.5):
        patch = torch.ones(3, 160, 170)
        patch[:, 20:90, 20:150] = (noise(70, 130, 2, 1)[0] > share).float()
        patch[:, 120:123, 20:150] = 0.0
        found = kept(patch)
        assert bool(found[120:123, 20:150].all())
        assert float(found[30:80, 30:140].double().mean()) < 0.1
    grain = torch.full((3, 120, 130), 0.9)
    specks = noise(120, 130, 4, 1)[0] < 0.01
    grain[:, specks] = 0.85
    assert not bool(protected(grain).mask.any())
    grain[:, 40:44, 20:60] = 0.85
    assert 150 <= int(protected(grain).mask.sum()) <= 200


def test_grain_is_none_and_pale_lines_on_it_are_found():
    alpha, _ = capsule((90, 100), (44.2, 50.3), 25, 60.0, 1.8)
    grain = 0.01 * torch.randn((3, 90, 100), generator=torch.Generator().manual_seed(3))
    image = painted(alpha, (0.5, 0.5, 0.5), (0.6, 0.6, 0.6)) + grain
    found = protected(image).mask.numpy()
    assert found[alpha > 0.9].mean() > 0.97
    assert found[alpha == 0].mean() < 0.005


def test_a_picture_is_a_drawing_or_a_photograph():
    for name in ("notch", "portrait", "tonal", "windows", "script"):
        image = itten.samples.load(name)
        assert photograph(image, soft(image)) == (name in ("tonal", "windows")), name
    for name, make in PICTURES.items():
        image = make(160)[0]
        assert photograph(image, soft(image)) == (name == "highlights"), name
    two = torch.cat([torch.zeros(3, 50, 40), torch.ones(3, 50, 40)], dim=2)
    assert not photograph(two, True)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 40), (3, 3), (5, 7), (41, 64), (97, 83)])
def test_backends_agree_at_every_size(size):
    for image in (noise(*size), (noise(*size) * 3).round() / 3, torch.full((3, *size), 0.3)):
        found, other = protected(image), protected(image, "torch")
        assert found.mask.shape == size
        assert torch.equal(found.mask, other.mask)
        assert torch.equal(found.colour, other.colour)
    assert not bool(found.mask.any())


def test_features_may_get_thicker_in_their_own_colour_only():
    image, thin = face(160)
    found = protected(image)
    core = thin & (image[0] < 0.6)
    core[:72] = False  # above are the strands of hair
    assert int(core.sum()) > 100
    assert torch.equal(found.spared(image, torch.zeros_like(image))[:, core], image[:, core])
    fringe = found.mask & (image[0] > 0.6) & (image[0] < 0.95)
    assert int(fringe.sum()) > 20
    darker = torch.where(fringe, 0.9 * image, image)
    assert float((found.spared(image, darker) == darker)[:, fringe].double().mean()) > 0.9
    lighter = (image + 0.05).clamp(max=1.0)
    assert torch.equal(found.spared(image, lighter)[:, core], image[:, core])
    assert torch.equal(found.spared(image, lighter)[:, ~found.mask], lighter[:, ~found.mask])


def test_the_ground_does_not_grow():
    """Grey blots too broad for a feature, in a hard picture half white and half black: only the black grows on them."""
    image = torch.ones(3, 120, 160)
    image[:, :, :64] = 0.0
    image[:, 30:60, 100:140] = image[:, 70:100, 100:140] = 0.5
    image[:, 20:50, 50:80] = 0.5
    for protect, grows in (("auto", False), ("none", True)):
        config = ShaderConfig(edges="hard", protect=protect, percentile=0.0, threshold="percentile", min_pixels=10_000)
        result = shade_pass(image, config, config.schedule(1)[0]).image
        grey = image[0] == 0.5
        # At its corners the black takes some of the white along.
        assert (int((result[0, grey] == 1.0).sum()) > 100) == grows
        assert int((result[0, grey] == 1.0).sum()) > 100 or int((result[0, grey] == 1.0).sum()) < 5
        assert int((result[0, grey] == 0.0).sum()) > 40


def test_photographs_are_thickened_only_on_demand():
    image = PICTURES["highlights"](120)[0]
    drawn = face(120)[0]
    for picture, auto in ((image, False), (drawn, True)):
        changed = []
        for thicken in ("auto", True, False):
            config = ShaderConfig(thicken=thicken, percentile=10.0, min_pixels=10_000, protect="none")
            changed.append(not torch.equal(itten.shade(picture, None, config, passes=1).image, picture))
        assert changed == [auto, True, False]


def test_what_was_drawn_at_first_is_protected_in_every_pass_and_head():
    image, thin = face(128, hard=True)
    heads = [{"field": 2, "protect": "none"}, {"field": 3}]
    spared = ShaderConfig(place="seed", shadow="none", min_pixels=8, palette=["#ff0000"])
    after = itten.shade(image, None, spared, passes=3).image
    assert not torch.equal(after, image)
    assert torch.equal(after[:, thin], image[:, thin])
    both = itten.shade(image, None, spared.changed(heads=heads), passes=2).image
    assert not torch.equal(both[:, thin], image[:, thin])
    shader = SpectralShader(spared)
    assert torch.equal(shader(image, passes=3).image, after)


def test_the_seed_protects_nothing():
    assert SEED_PRESET["protect"] == "none"
    assert SEED_PRESET["thicken"] is True
    assert ShaderConfig().protect == "auto"
    assert ShaderConfig().thicken == "auto"
