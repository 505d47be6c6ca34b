"""What a picture must not depend on: signs of eigenvectors, the path taken, the number of threads."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig, look_names
from itten.shader import read_source, shade_pass, stacked_sources
from itten.spectra.stitched import outcome
from itten.spectra.stitched.host import solve as host
from tests.pictures import drawing, noise, pattern

SMALL = {"min_pixels": 6}


LARGE, LITTLE = (96, 112), (28, 31)
SIGNS = [(None, LARGE), ("gold-leaf", LARGE), (None, LITTLE), ("riso", LITTLE), ("mosaic", LITTLE)]
LONG = [("riso", LARGE), ("mosaic", LARGE), ("gold-leaf", LITTLE)]


@pytest.mark.parametrize(("look", "size"), [*SIGNS, *(pytest.param(*one, marks=pytest.mark.long) for one in LONG)])
def test_signs_before_the_gauge_change_no_bit(monkeypatch, look, size):
    """Larger pictures are iterated, small ones solved as dense matrices; both are turned by the same rule."""
    config = ShaderConfig.from_config(look).changed(**SMALL)
    expected = itten.shade(drawing(*size), pattern(), config, passes=2)
    rng = np.random.default_rng(5)
    flips = []
    turn, fix = host.turn, outcome.fix_signs

    def flipped_turn(first, last, rows, tolerance):
        signs = rng.choice([-1.0, 1.0], len(rows)).astype(rows.dtype)
        flips.append(signs)
        rows *= signs[:, None]
        return turn(first, last, rows, tolerance)

    def flipped_fix(vectors):
        signs = torch.from_numpy(rng.choice([-1.0, 1.0], len(vectors))).to(vectors.dtype)
        flips.append(signs.numpy())
        return fix(vectors * signs[:, None, None])

    monkeypatch.setattr(host, "turn", flipped_turn)
    monkeypatch.setattr(outcome, "fix_signs", flipped_fix)
    found = itten.shade(drawing(*size), pattern(), config, passes=2)
    assert any((signs < 0).any() for signs in flips), "no sign was changed"
    for name in ("image", "passes", "field", "segments"):
        assert torch.equal(getattr(found, name), getattr(expected, name)), name


# Looks of kinds that differ most; the others are seen by `make test-long`.
SHORT = ("gold-leaf", "pixel", "riso", "scatter", "two-voices")
LOOKS = [one if one in SHORT else pytest.param(one, marks=pytest.mark.long) for one in look_names()]


@pytest.mark.parametrize("look", LOOKS)
def test_functions_and_modules_give_identical_bits_for_every_look(look):
    config = ShaderConfig.from_config(look).changed(**SMALL, max_segments=30)
    for source in (None, pattern()):
        by_function = itten.shade(drawing(), source, config, passes=2)
        by_module = itten.SpectralShader(config)(drawing(), source, passes=2)
        for name in ("image", "passes", "field", "segments"):
            assert torch.equal(getattr(by_function, name), getattr(by_module, name)), name
        assert not torch.equal(by_function.image, drawing()), "the look must do something"


def test_masks_keep_what_is_outside():
    target = drawing()
    write = torch.zeros((96, 112), dtype=torch.bool)
    write[:, :50] = True
    for source in (None, pattern()):
        result = itten.shade(target, source, {"min_pixels": 8, "copies": 3}, passes=3, write=write)
        assert torch.equal(result.image[:, ~write], target[:, ~write])
        assert not torch.equal(result.image[:, write], target[:, write])
    by_module = itten.SpectralShader.from_config({"min_pixels": 8})(target, pattern(), passes=2, write=write)
    assert torch.equal(by_module.image, itten.shade(target, pattern(), {"min_pixels": 8}, 2, write=write).image)


def test_read_masks_choose_what_is_copied():
    """Left half red, right half blue, dots in both: what is masked is never copied."""
    source = torch.full((3, 80, 120), 0.95)
    for y in range(8, 72, 16):
        for x in range(8, 112, 16):
            source[:, y : y + 8, x : x + 8] = torch.tensor([0.9, 0.0, 0.0] if x < 56 else [0.0, 0.0, 0.9])[
                :, None, None
            ]
    config = ShaderConfig(min_pixels=8, palette="keep", shadow="none", copies=2, thicken=False)
    left = torch.zeros((80, 120), dtype=torch.bool)
    left[:, :56] = True
    for mask, kept, gone in ((left, 0, 2), (~left, 2, 0)):
        for module in (itten.shade, lambda *a, config, **k: itten.SpectralShader(config)(*a, **k)):
            result = module(drawing(), source, config=config, passes=1, read=mask)
            new = result.image[:, (result.image != drawing()).any(0)]
            assert new.shape[1] > 50
            assert bool((new[kept] > new[gone] + 0.5).all())
    itself = itten.shade(source, None, config, passes=1, read=left)
    new = itself.image[:, (itself.image != source).any(0)]
    assert new.shape[1] > 50
    assert bool((new[0] > new[2] + 0.5).all())


def test_several_sources_offer_all_their_segments():
    red, blue = (torch.full((3, 60, h), 0.95) for h in (70, 90))
    red[:, 10:20, 10:40] = torch.tensor([0.9, 0.0, 0.0])[:, None, None]
    blue[:, 10:40, 20:29] = torch.tensor([0.0, 0.0, 0.9])[:, None, None]
    blue[:, 30:50, 60:70] = torch.tensor([0.0, 0.0, 0.9])[:, None, None]
    # Room enough for the bar, too.
    keys = {"size": 0, "clearance": 1, "turn": "quarter", "thicken": False, "percentile": 60}
    config = ShaderConfig(min_pixels=8, palette="keep", copies=3, **keys)
    result = itten.shade(drawing(), [red, blue], config, passes=1)
    new = result.image[:, (result.image != drawing()).any(0)]
    assert bool((new[0] > 0.5).any())
    assert bool((new[2] > 0.5).any())
    by_module = itten.SpectralShader(config)(drawing(), [red, blue], passes=1)
    assert torch.equal(by_module.image, result.image)
    masks = [torch.ones((60, 70), dtype=torch.bool), torch.zeros((60, 90), dtype=torch.bool)]
    only = itten.shade(drawing(), [red, blue], config, passes=1, read=masks)
    new = only.image[:, (only.image != drawing()).any(0)]
    assert bool((new[0] > new[2]).all())
    alone = itten.shade(drawing(), red, config, passes=1)
    assert torch.equal(itten.shade(drawing(), [red], config, passes=1).image, alone.image)


def test_stacked_sources_keep_every_segment_with_its_colours():
    config = ShaderConfig(min_pixels=8, heads=[{"field": 2}, {"field": 5}])
    parts = [read_source(image, config) for image in (pattern(), drawing(), noise(40, 33))]
    whole = stacked_sources(parts)
    for head in range(2):
        table = whole.segments[head]
        assert len(table) == len(whole.signatures[head]) == sum(len(part.segments[head]) for part in parts)
        begin = 0
        for part in parts:
            own = part.segments[head]
            mine = (table.owner >= begin) & (table.owner < begin + len(own))
            assert torch.equal(table.owner[mine] - begin, own.owner)
            assert torch.equal(whole.image.flatten(1)[:, table.pixels[mine]], part.image.flatten(1)[:, own.pixels])
            centre, box = table.centroid[begin : begin + len(own)], table.box[begin : begin + len(own)]
            assert torch.equal(box[:, 2:] - box[:, :2], own.box[:, 2:] - own.box[:, :2])
            assert torch.equal(centre - box[:, :2], own.centroid - own.box[:, :2])
            places = torch.stack([table.pixels[mine] // table.shape[1], table.pixels[mine] % table.shape[1]], 1)
            assert bool((places >= table.box[table.owner[mine], :2]).all())
            assert bool((places <= table.box[table.owner[mine], 2:]).all())
            begin += len(own)


def test_heads_paint_in_their_order_and_leave_each_other_room():
    heads = [{"field": 2, "palette": ["#ff0000"]}, {"field": 5, "palette": ["#0000ff"]}]
    config = ShaderConfig(min_pixels=8, size=0, thicken=False, heads=heads, edges="hard")
    both = itten.shade(drawing(), pattern(), config, passes=1)
    assert both.field.shape == (1, 2, 96, 112)
    assert both.segments.shape == (1, 2, 96, 112)
    first = itten.shade(drawing(), pattern(), config.changed(heads=heads[:1]), passes=1).image
    alone = itten.shade(drawing(), pattern(), config.changed(heads=[], field=2, palette=["#ff0000"]), passes=1)
    assert torch.equal(first, alone.image)
    assert alone.field.shape == (1, 96, 112)
    red = (first != drawing()).any(0)
    assert torch.equal(both.image[:, red], first[:, red]), "the second head painted over the first"
    blue = (both.image != first).any(0)
    assert int(blue.sum()) > 20
    assert bool((both.image[2, blue] == 1).all())


def test_a_head_without_segments_has_its_place_in_the_fronts():
    config = ShaderConfig(min_pixels=8, heads=[{"min_pixels": 100_000}, {}])
    (parameters,) = config.schedule(1)
    for result in (
        shade_pass(drawing(), config, parameters),
        itten.SpectralShader(config).forward_pass(drawing(), parameters),
    ):
        assert [len(front) > 0 for front in result.fronts] == [False, True]


def test_every_segmentation_runs_on_a_photograph():
    photograph = torch.nn.functional.interpolate(noise(12, 14)[None], (120, 140), mode="bicubic")[0].clamp(0, 1)
    pictures = []
    for segmentation in ("components", "nodal", "clusters"):
        for content in ("contours", "everything"):
            config = ShaderConfig(segmentation=segmentation, content=content, min_pixels=10, max_segments=80)
            result = itten.shade(photograph, None, config, passes=1)
            assert int(result.segments.max()) >= 1, (segmentation, content)
            pictures.append(result.segments)
    assert len({tuple(p.flatten().tolist()) for p in pictures}) == 6


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 3), (17, 5)])
@pytest.mark.parametrize("look", ["riso", "mosaic", "gold-leaf", "echo"])
def test_looks_take_every_size(size, look):
    for source in (None, noise(5, 4), [noise(9, 3), pattern()]):
        result = itten.shade(noise(*size), source, ShaderConfig.from_config(look).changed(min_pixels=1), passes=2)
        assert result.image.shape == (3, *size)
        assert bool(torch.isfinite(result.image).all())
        assert 0.0 <= float(result.image.min()) <= float(result.image.max()) <= 1.0
