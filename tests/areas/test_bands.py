"""Bands: a field as a map of heights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.areas import PALETTES, tints
from itten.areas.heights import heights, levels_of
from itten.config import BandsConfig
from itten.errors import ConfigError, InputError
from itten.image.oklab import from_oklab, to_oklab
from itten.kernels.numba import team
from tests.pictures import drawing

BARE = {"relief": 0.0, "tone": 0.0, "smooth": 0.0, "detail": 0}


def ramp(height: int = 40, width: int = 201, turn: bool = False) -> torch.Tensor:
    """Grey whose OKLab lightness rises evenly from left to right, or downwards."""
    light = torch.linspace(0.1, 0.9, width, dtype=torch.float64).expand(height, width)
    grey = from_oklab(torch.stack([light, torch.zeros_like(light), torch.zeros_like(light)])).clamp(0, 1)
    return grey.transpose(1, 2).contiguous() if turn else grey.contiguous()


def test_bands_have_equal_areas_or_are_equally_high() -> None:
    image = drawing(60, 80)
    equal = itten.bands(image, n=8)
    areas = np.bincount(equal.bands.numpy().ravel())
    assert len(equal) == 8 == len(areas)
    assert areas.max() - areas.min() <= 2
    high = itten.bands(image, n=8, steps="high")
    field = high.field.numpy()
    np.testing.assert_allclose(np.diff(high.levels.numpy()), (field.max() - field.min()) / 8)
    assert np.array_equal(high.bands.numpy(), (field[..., None] >= high.levels.numpy()).sum(axis=-1))


def test_levels_of_flat_fields_and_of_few_values() -> None:
    assert levels_of(np.ones((4, 4)), 9, "equal").size == 0
    found = levels_of(np.repeat([0.0, 1.0, 2.0], 5)[:, None], 9, "equal")
    assert np.searchsorted(found, [0.0, 1.0, 2.0], side="right").tolist() == [0, 1, 2]
    # A slope from one plain to another: no level lies in a plain, where rounding would draw it.
    field = np.clip(np.linspace(-2, 3, 501), 0, 1) * np.ones((20, 1))
    field += np.random.default_rng(0).normal(0, 1e-15, field.shape)
    for steps in ("equal", "high"):
        found = levels_of(field, 10, steps)
        assert 2 <= len(found) <= 9
        assert np.all((found > 0.001) & (found < 0.999))
    flat = itten.bands(torch.full((3, 20, 30), 0.5), n=5, tone=0.0)
    assert len(flat) == 1
    assert len(torch.unique(flat.image.flatten(1), dim=1).T) == 1


def test_without_lines_a_band_has_its_tint_and_borders_are_mixed() -> None:
    found = itten.bands(ramp(), n=4, steps="high", palette="sea", line=0, **BARE)
    wanted = tints("sea", 4)
    for band, middle in enumerate((25, 75, 125, 175)):
        np.testing.assert_allclose(found.image[:, 20, middle].numpy(), wanted[band], atol=1e-6)
    border = int(np.flatnonzero(np.diff(found.bands[20].numpy()))[0])
    mixed = found.image[:, 20, border - 2 : border + 4]
    assert len(torch.unique(mixed, dim=1).T) in (3, 4)


@pytest.mark.parametrize("width", [0.6, 1.0, 3.0])
def test_lines_are_as_wide_as_was_asked_and_every_index_line_twice(width: float) -> None:
    options = {"n": 8, "steps": "high", "palette": "#ffffff", "line_colour": "black", "index": 3, **BARE}
    image = itten.bands(ramp(), line=width, **options).image.double()
    # Lightness adds up in OKLab: that of black is 0, that of white 1.
    cover = (1 - to_oklab(image)[0])[20]
    lines = [float(cover[25 * number - 11 : 25 * number + 12].sum()) / 0.85 for number in range(1, 8)]
    wide = [width * (2 if number in (3, 6) else 1) for number in range(1, 8)]
    np.testing.assert_allclose(lines, wide, rtol=0.08, atol=0.05)


def test_crowded_lines_fade() -> None:
    options = {"steps": "high", "palette": "#ffffff", "line_colour": "black", "line": 2.0, "index": 0, **BARE}
    apart, close = (itten.bands(ramp(), n=n, **options).image for n in (5, 60))
    assert float(apart.min()) < 0.1 < 0.2 < float(close[:, :, 5:-5].min())


def test_hills_are_lit_from_the_upper_left() -> None:
    for turn in (False, True):
        rising = ramp(turn=turn)
        options = {**BARE, "palette": "#808080", "line": 0, "n": 6}
        plain, lit, dark = (
            itten.bands(one, **{**options, "relief": relief}).image[0, 30, 30]
            for one, relief in ((rising, 0.0), (rising, 1.0), (rising.flip(1, 2), 1.0))
        )
        assert dark < plain < lit


def test_the_field_is_a_vector_or_a_mixture() -> None:
    image = drawing(60, 80)
    found = itten.spectrum(image, 4, edge_threshold=0.15)
    maps = found.vectors.double().numpy() * np.sqrt(60 * 80)
    one = heights(image, BandsConfig(field=3, smooth=0.0))
    np.testing.assert_allclose(one, maps[3], atol=1e-5)
    two = heights(image, BandsConfig(field=(1.0, 0.0, -0.5), smooth=0.0))
    np.testing.assert_allclose(two, maps[1] - 0.5 * maps[3], atol=1e-5)
    assert heights(image, BandsConfig(field=2, smooth=20.0)).std() < heights(image, BandsConfig(field=2)).std()
    large = torch.nn.functional.interpolate(image[None], scale_factor=3, mode="bilinear")[0]
    assert heights(large, BandsConfig(field=2, detail=80)).shape == (180, 240)
    with pytest.raises(InputError, match="no vector 9"):
        itten.bands(torch.rand(3, 2, 4), field=9)


def test_the_tone_of_the_picture_shows_through() -> None:
    image = drawing(60, 80)
    options = {"field": 1, "relief": 0.0, "line": 0.0}
    without, with_ = (itten.bands(image, tone=tone, **options).image for tone in (0.0, 0.8))
    own = to_oklab(image)[0].flatten()

    def alike(one: torch.Tensor) -> float:
        return float(torch.corrcoef(torch.stack([to_oklab(one)[0].flatten(), own]))[0, 1])

    assert alike(with_) > 0.7 > alike(without)


def test_the_same_bytes_on_one_and_three_threads() -> None:
    results = []
    for threads in (1, 3):
        with team.limited(threads):
            results.append(itten.bands(drawing(), field=2).image)
    assert torch.equal(results[0], results[1])
    assert results[0].dtype == torch.float32


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 2), (16, 300)])
def test_pictures_of_any_shape(size: tuple[int, int]) -> None:
    image = torch.rand(3, *size, generator=torch.Generator().manual_seed(0))
    assert itten.bands(image).image.shape == (3, *size)


def test_palettes_go_from_first_to_last_and_named_ones_become_lighter() -> None:
    found = tints(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), 3)
    np.testing.assert_allclose(found[[0, 2]], [[0, 0, 0], [1, 1, 1]], atol=1e-6)
    assert float(to_oklab(torch.tensor(found[1:2].T))[0]) == pytest.approx(0.5, abs=1e-6)
    assert tints("ice", 1).shape == (1, 3)
    for name in PALETTES:
        light = to_oklab(torch.from_numpy(tints(name, 12).T.copy()))[0]
        assert float(light[-1] - light[0]) > 0.2, name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"field": 0}, "1…1000"),
        ({"field": (0.0, 0.0)}, "not all are 0"),
        ({"field": "tones"}, "field"),
        ({"n": 1}, "'n'"),
        ({"palette": "atlass"}, "did you mean 'atlas'"),
        ({"palette": ((2.0, 0.0, 0.0),)}, "0…1"),
        ({"line_colour": "tael"}, "did you mean 'teal'"),
        ({"line_width": 1}, "did you mean 'line"),
    ],
)
def test_wrong_settings_are_said(options: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        itten.bands(drawing(20, 20), **options)
