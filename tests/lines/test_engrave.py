"""Engravings: their tone, how far apart their lines are, where these end, and what they are asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten import samples
from itten.errors import ConfigError, InputError, ResourceError, UsageError
from itten.kernels.numba.team import limited
from tests.engravings import dead_ends, photograph, spacings, tone_errors

PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "coins", "rocket")


def ramp(height: int = 240, width: int = 320) -> torch.Tensor:
    return torch.linspace(0, 1, width).expand(3, height, width).contiguous()


def pictures() -> dict[str, torch.Tensor]:
    """Two ramps, and crops of the samples and photographs."""
    corner = torch.outer(torch.linspace(0, 1, 240), torch.linspace(1, 0.3, 320)).expand(3, -1, -1)
    found = {"ramp": ramp(), "corner": corner}
    found |= {name: samples.load(name)[:, :400, :400] for name in samples.names()}
    return found | {name: photograph(name, 400) for name in PHOTOGRAPHS}


# Drawn, soft, hard, dithered, photographed; all are seen by `make test-long`.
SOME = ("ramp", "corner", "notch", "botanical", "windows", "portrait", "chelsea", "rocket")


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.long)])
def engraved(request):
    known = pictures()
    names = known if request.param == "all" else SOME
    return {name: itten.engrave(known[name].contiguous(), 6.0) for name in names}


def test_from_afar_an_engraving_has_the_tone_of_its_picture(engraved):
    """At most 0.05, and 0.03 in every tenth of the range: white covered by a twentieth, black by all but that."""
    for name, done in engraved.items():
        error, bias = tone_errors(done)
        assert error < 0.02, (name, error)
        assert bias < 0.03, (name, bias)


def test_the_tone_is_that_of_the_picture_between_lightest_and_darkest():
    done = itten.engrave(ramp(), 6.0, inks="black")
    luma = np.tensordot((0.2126, 0.7152, 0.0722), done.tone.numpy(), 1)
    expected = 1 - (0.05 + 0.9 * (1 - ramp()[0].numpy()))
    assert np.abs(luma - expected).max() < 1e-5


def test_lines_are_as_far_apart_as_they_should(engraved):
    """Within 35 % on 95 % of the area."""
    for name, done in engraved.items():
        found = spacings(done)
        assert (np.abs(found - 1) < 0.35).mean() > 0.98, name


def test_lines_fork_and_do_not_end(engraved):
    """Less than one dead end in 400 spacings² away from borders; of all pictures together two thirds of one."""
    some = ("ramp", "notch", "botanical", "windows", "chelsea", "rocket")
    counts = {name: dead_ends(engraved[name]) for name in some}
    for name, (ends, area) in counts.items():
        assert ends <= max(1, 1.3 * area), (name, ends, area)
    assert sum(ends for ends, _ in counts.values()) < 0.67 * sum(area for _, area in counts.values())


@pytest.mark.parametrize("spacing", [2.5, 4.0, 11.0, 25.0])
def test_any_spacing(spacing):
    done = itten.engrave(photograph("coffee", 300), spacing)
    assert (np.abs(spacings(done) - 1) < 0.35).mean() > 0.95
    assert tone_errors(done)[0] < 0.05


@pytest.mark.parametrize("along", ["levels", "gradient"])
def test_lines_run_along_the_level_sets_or_across_them(along):
    """Across the gradient of the mixture, or along it, where it is not flat."""
    done = itten.engrave(ramp(), 6.0, along=along, smooth=1.0)
    field, way = done.field.double().numpy(), done.families[0].phase.direction
    down, right = np.gradient(field)
    size = np.hypot(down, right)
    cosine = np.abs(way[0] * right + way[1] * down)[size > np.median(size)] / size[size > np.median(size)]
    assert (cosine > 0.95).mean() > 0.9 if along == "levels" else (cosine < 0.3).mean() > 0.9


def test_other_mixtures_other_lines_and_weights_say_which():
    image = photograph("coffee", 200)
    first, again, other = (itten.engrave(image, mixture=seed) for seed in (0, 0, 1))
    assert torch.equal(first.image, again.image)
    assert not torch.equal(first.image, other.image)
    alone = itten.engrave(image, vectors=3, weights=(0, 1, 0))
    found = itten.engrave(image, vectors=3, weights=(0, 2, 0))
    assert torch.equal(alone.image, found.image)
    assert not torch.equal(alone.image, itten.engrave(image, vectors=3, weights=(1, 0, 0)).image)


def test_the_same_bytes_on_any_number_of_threads():
    image = photograph("astronaut", 180)
    found = []
    for count in (1, 2):
        with limited(count):
            found.append(itten.engrave(image, 5.0, cross=0.5, scale=1.7, inks="cmyk").image)
    assert torch.equal(*found)


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.3])
def test_at_another_scale_lines_are_drawn_and_not_enlarged(scale):
    """As many lines, of the same tone, with edges as sharp as pixels are."""
    image = photograph("camera", 220)
    once, larger = itten.engrave(image, 8.0), itten.engrave(image, 8.0, scale=scale)
    assert larger.image.shape[1:] == tuple(round(scale * side) for side in image.shape[1:])
    small = torch.nn.functional.interpolate(larger.image[None], once.image.shape[1:], mode="area")[0]
    assert (small - once.image).square().mean().sqrt() < (0.22 if scale < 1 else 0.1)
    if scale > 2:
        inner = larger.image[0]
        between = ((inner > 0.2) & (inner < 0.9)).float().mean()
        assert between < 0.25


def test_what_a_mask_forbids_stays_as_it_is():
    image = photograph("chelsea", 200)
    mask = torch.zeros(image.shape[1:], dtype=torch.bool)
    mask[:, 60:] = True
    done = itten.engrave(image, 6.0, mask=mask)
    assert torch.equal(done.image[:, :, :60], image[:, :, :60])
    assert not torch.equal(done.image[:, :, 60:], image[:, :, 60:])
    assert done.families[0].coverage[:, :60].max() == 0


def test_inks_mix_to_the_picture_s_colours():
    """Four inks from afar: colours that they can mix are met, and a grey picture is grey."""
    image = photograph("coffee", 300)
    done = itten.engrave(image, 4.0, inks="cmyk", darkest=1.0)
    assert (done.tone - image).abs().mean() < 0.06
    error, _ = tone_errors(done)
    assert error < 0.05
    grey = itten.engrave(image.mean(0, keepdim=True).expand(3, -1, -1), 4.0, inks="cmyk").tone
    assert (grey.amax(0) - grey.amin(0)).max() < 0.12


def test_two_families_cross_where_it_is_dark_and_cover_as_much():
    image = ramp()
    done = itten.engrave(image, 6.0, cross=0.5)
    first, second = done.families
    light = image[0].numpy() > 0.6
    assert second.coverage[light].max() == 0
    assert second.coverage[~light].max() > 0.3
    together = 1 - (1 - first.coverage) * (1 - second.coverage)
    alone = itten.engrave(image, 6.0).families[0].coverage
    assert np.abs(together - alone).max() < 1e-5
    assert tone_errors(done)[0] < 0.03


def test_outlines_are_drawn_along_edges():
    image = torch.full((3, 120, 160), 0.9)
    image[:, 30:90, 40:120] = 0.5
    plain, drawn = (itten.engrave(image, 8.0, outline=width).families[0].coverage for width in (0.0, 2.0))
    more = np.argwhere(drawn > plain + 0.2)
    near = np.abs(more[:, None, :] - ((29.5, 39.5), (89.5, 119.5))).min((1, 2))
    assert len(more) > 2 * 0.9 * (60 + 80)
    assert near.max() < 3
    assert drawn[30:90, 38:42].max(1).min() > 0.95


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_picture_has_its_tone_and_even_lines(value):
    done = itten.engrave(torch.full((3, 90, 120), value), 6.0)
    assert torch.isfinite(done.image).all()
    assert tone_errors(done)[0] < 0.02
    assert (np.abs(spacings(done) - 1) < 0.35).mean() > 0.95


@pytest.mark.parametrize("size", [(12, 12), (12, 300), (97, 13)])
def test_small_and_narrow_pictures(size):
    image = torch.rand(3, *size, generator=torch.Generator().manual_seed(1))
    done = itten.engrave(image, 6.0)
    assert done.image.shape == image.shape
    assert done.image.min() >= 0
    assert done.image.max() <= 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"spacing": 0}, ConfigError),
        ({"spacing": "3cm"}, ConfigError),
        ({"spacing": "0.8mm"}, UsageError),
        ({"spacing": 60.0}, InputError),
        ({"weights": (1.0,)}, ConfigError),
        ({"lightest": 0.9, "darkest": 0.2}, ConfigError),
        ({"inks": ()}, ConfigError),
        ({"inks": "no-colour"}, ConfigError),
        ({"sapcing": 3}, ConfigError),
        ({"scale": 0}, UsageError),
        ({"mask": torch.ones(3, 3, dtype=torch.bool)}, InputError),
        ({"mask": torch.ones(60, 80)}, InputError),
    ],
)
def test_what_cannot_be_is_an_error(options, error):
    with pytest.raises(error):
        itten.engrave(torch.rand(3, 60, 80), **options)


def test_an_engraving_without_room_is_refused(monkeypatch):
    monkeypatch.setenv("ITTEN_MEMORY", "1GB")
    with pytest.raises(ResourceError, match="7200 × 4800"):
        itten.engrave(torch.zeros(3, 80, 120), scale=60)


def test_a_batch_of_one_is_a_picture_and_a_larger_one_is_not():
    image = ramp(60, 80)
    assert torch.equal(itten.engrave(image[None]).image, itten.engrave(image).image)
    with pytest.raises(InputError, match="one image"):
        itten.engrave(image.expand(2, -1, -1, -1))


def test_millimetres_on_paper():
    image = ramp(60, 80)
    assert itten.engrave(image, "1.5mm", pixel=0.25).spacing == 6
    assert torch.equal(itten.engrave(image, "1.5mm", pixel=0.25).image, itten.engrave(image, 6).image)
