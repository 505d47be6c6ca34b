"""Which colours copies wear: all that were asked for, about as much of each, with the copy's light and dark."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import HeadConfig, ShaderConfig
from itten.heads import Points, contour, copy_colours, to_oklab
from itten.shader import SpectralShader, shade_pass
from tests.pictures import drawing, noise
from tests.waits import no_waits

SIX = ["crimson", "#f3a712", "#2e86ab", "#5b8e3e", "rebeccapurple", "#fdf0d5"]
COLOURS = torch.tensor(HeadConfig(palette=SIX).palette).double().T
TARGET = drawing()
INK = contour(TARGET)
KINDS = ["cycle", "random", "brightness"]


def layer(sizes: list[int], room: int | None = None) -> Points:
    """Copies of so many pixels, one after the other; with ``room`` padded to so many pixels and copies."""
    owner = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    place = torch.arange(len(owner))
    if room is None:
        return Points(place, place, owner)
    lack = room - len(owner)
    none, nowhere = torch.zeros(lack, dtype=torch.int64), torch.full((lack,), 96 * 112)
    # Padding stands between copies, too.
    order = torch.arange(room).roll(lack // 2)
    parts = (torch.cat([place, nowhere]), torch.cat([place, none]), torch.cat([owner, torch.full((lack,), room)]))
    return Points(*(part[order] for part in parts), 96 * 112, room)


def coloured(pixels: torch.Tensor, points: Points, wear: str, **more) -> torch.Tensor:
    head = HeadConfig(palette=SIX, wear=wear)
    return copy_colours(pixels, points, TARGET, INK, head, **more)


def flat(sizes: list[int], lights: list[float]) -> torch.Tensor:
    return torch.cat([torch.full((3, size), light) for size, light in zip(sizes, lights, strict=True)], 1)


def numbers(colours: torch.Tensor) -> torch.Tensor:
    """Which of the six each pixel is, which must be exactly one of them but for float32's rounding."""
    distance = (colours.double()[:, :, None] - COLOURS[:, None]).abs().amax(0)
    assert float(distance.amin(1).max()) < 1e-6
    return distance.argmin(1)


@pytest.mark.long
@pytest.mark.parametrize("sample", ["botanical", "windows"])
def test_six_colours_asked_for_appear_as_six(sample):
    whole = itten.samples.load(sample)
    top, left = ((side - 400) // 2 for side in whole.shape[1:])
    image = whole[:, top : top + 400, left : left + 400].contiguous()
    lab = to_oklab(COLOURS.float())
    seen = None
    for wear in KINDS:
        config = ShaderConfig.from_config("confetti").changed(palette=SIX, wear=wear, shadow="none")
        current, known = image, seen
        for parameters in config.schedule(2):
            result = shade_pass(current, config, parameters, seen=known)
            # What the picture looks like before the first pass is the same however colours are worn.
            seen = seen or (result.field, result.spectrum)
            (front,) = result.fronts
            assert len(front.owner.unique()) > 20
            painted = to_oklab(result.image.flatten(1)[:, front.place])
            nearest = (painted[:, :, None] - lab[:, None]).square().sum(0).argmin(1)
            share = torch.bincount(nearest, minlength=6) / len(nearest)
            assert float(share.min()) >= 0.08, (wear, share)
            current, known = result.image, None


@pytest.mark.parametrize("wear", KINDS)
def test_a_flat_copy_is_exactly_one_colour(wear):
    sizes = [9, 30, 11, 12, 13, 14, 15, 8, 7, 3, 25, 26]
    pixels = flat(sizes, torch.linspace(0.05, 0.9, 12).tolist())
    found = numbers(coloured(pixels, layer(sizes), wear)).split(sizes)
    assert all(len(one.unique()) == 1 for one in found)
    assert len({int(one[0]) for one in found}) == 6


def test_cycle_goes_to_and_fro_by_size_and_on_from_pass_to_pass():
    sizes = [20, 60, 50, 40, 30, 10, 5, 6, 7, 8, 9, 4, 3]
    pixels = flat(sizes, [0.2] * 13)
    first = [int(one[0]) for one in numbers(coloured(pixels, layer(sizes), "cycle")).split(sizes)]
    assert first == [4, 0, 1, 2, 3, 5, 1, 2, 3, 4, 5, 0, 0]
    later = [int(one[0]) for one in numbers(coloured(pixels, layer(sizes), "cycle", key=(7, 3, 2))).split(sizes)]
    assert later == [(number + 2) % 6 for number in first]


def test_brightness_gives_the_darkest_copy_the_darkest_colour():
    sizes = [30] * 12
    lights = np.random.default_rng(3).permutation(np.linspace(0.1, 0.9, 12)).tolist()
    found = [int(one[0]) for one in numbers(coloured(flat(sizes, lights), layer(sizes), "brightness")).split(sizes)]
    by_lightness = to_oklab(COLOURS)[0].argsort().tolist()
    order = np.argsort(lights)
    assert [found[at] for at in order] == [number for number in by_lightness for _ in range(2)]


def test_random_is_drawn_from_the_seed_the_head_and_the_pass():
    sizes = [20] * 60
    pixels = flat(sizes, [0.3] * 60)

    def drawn(*key):
        return numbers(coloured(pixels, layer(sizes), "random", key=key))

    assert torch.equal(drawn(0, 0, 0), drawn(0, 0, 0))
    for key in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert not torch.equal(drawn(*key), drawn(0, 0, 0))
    assert torch.bincount(drawn(5, 0, 0)).tolist() == [200] * 6


def test_light_and_dark_within_a_copy_stay_and_are_damped():
    pixels = torch.linspace(0.3, 0.7, 101).repeat(3, 1)
    lab = to_oklab(coloured(pixels, layer([101]), "cycle"))
    assert bool((lab[0].diff() > 0).all())
    before = to_oklab(pixels)[0]
    spread = float((lab[0, 60] - lab[0, 40]) / (before[60] - before[40]))
    assert spread == pytest.approx(0.2, abs=0.02)
    middle = to_oklab(COLOURS)[:, 0]
    torch.testing.assert_close(lab[:, 50], middle, atol=1e-6, rtol=0)
    torch.testing.assert_close(lab[1:, 40:60], middle[1:, None].expand(2, 20), atol=1e-6, rtol=0)


@pytest.mark.parametrize("wear", KINDS)
def test_shadows_wear_what_their_fronts_wear(wear):
    sizes = [30, 29, 28, 27, 26, 25, 24, 23]
    pixels, front = flat(sizes, torch.linspace(0.1, 0.8, 8).tolist()), layer(sizes)
    fronts = coloured(pixels, front, wear, key=(0, 0, 1))
    left = front.where(torch.arange(len(front)) % 5 == 0)
    shadow = coloured(pixels, left, wear, key=(0, 0, 1), shadow=True, front=front)
    torch.testing.assert_close(shadow, 0.55 * fronts[:, ::5])
    # Fronts that lost all their pixels: the last ones', then everyone's.
    for gone in (front.where(front.owner < 5), front.where(front.owner > 99)):
        assert bool(torch.isfinite(coloured(pixels, front, wear, shadow=True, front=gone)).all())


@pytest.mark.parametrize("wear", KINDS)
def test_padding_changes_nothing_and_nothing_is_waited_for(wear):
    sizes = [30, 9, 28, 27, 0, 25, 24, 23, 31, 12]
    pixels = noise(1, sum(sizes), 5)[:, 0]
    plain, padded = layer(sizes), layer(sizes, 300)
    expected = coloured(pixels, plain, wear, key=(4, 1, 1))
    coloured(pixels, padded, wear, key=(4, 1, 1))
    with no_waits() as watch:
        found = coloured(pixels, padded, wear, key=(4, 1, 1))
    assert watch.uploads <= (wear == "random")
    live = padded.place < 96 * 112
    assert torch.equal(found[:, live], expected)


def test_no_copies_are_no_colours():
    assert coloured(noise(1, 9)[:, 0], Points.none(torch.device("cpu")), "cycle").shape == (3, 0)


@pytest.mark.parametrize("wear", KINDS)
def test_functions_and_modules_give_the_same_bits(wear):
    config = ShaderConfig(palette=SIX, wear=wear, min_pixels=6, copies=2, segmentation="nodal")
    by_function = itten.shade(drawing(), None, config, passes=2)
    assert torch.equal(by_function.image, SpectralShader(config)(drawing(), passes=2).image)
    again = itten.shade(drawing(), None, config.changed(seed=3), passes=2)
    assert torch.equal(again.image, by_function.image) == (wear != "random")
