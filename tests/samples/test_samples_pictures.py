"""Sample pictures: what every one of them promises, and what makes each the picture it is."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from scipy import ndimage

from itten import samples
from itten.errors import UsageError


def _digest(image: torch.Tensor) -> str:
    return hashlib.sha256(image.numpy().tobytes()).hexdigest()


def untouched(python: object, numpy: bytes, seeds: torch.Tensor) -> bool:
    """Whether the global random state is still what it was."""
    same = random.getstate() == python and np.random.get_state()[1].tobytes() == numpy  # noqa: NPY002
    return same and torch.equal(torch.get_rng_state(), seeds)


def test_the_six_that_were_asked_for_and_more() -> None:
    assert {"notch", "portrait", "hatched", "brush", "figure", "tonal"} <= set(samples.names())
    assert len(samples.names()) == len(set(samples.names())) >= 8


@pytest.mark.parametrize("name", samples.names())
def test_every_sample_is_an_image(name: str) -> None:
    image = samples.load(name)
    assert image.dtype == torch.float32
    assert image.shape[0] == 3
    assert image.is_contiguous()
    assert min(image.shape[1:]) >= 256
    assert max(image.shape[1:]) <= 1152
    assert 0 <= float(image.min()) < 0.2
    assert 0.8 < float(image.max()) <= 1
    levels = image * 255
    assert (levels - levels.round()).abs().max() < 1e-4
    assert f"{image.shape[1]} × {image.shape[2]}" in samples.describe(name)
    # something to see everywhere it matters: contours as the pipeline defines them, neither none nor all
    grey = image.mean(0)
    contour = ((grey - grey.mean()).abs() > grey.std()).float().mean()
    assert 0.02 < contour < 0.6


@pytest.mark.parametrize("name", samples.names())
def test_drawn_twice_the_same_and_in_time(name: str) -> None:
    first = _digest(samples.load(name))
    before = (random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state())  # noqa: NPY002
    samples._drawn.cache_clear()
    start = time.process_time()
    second = _digest(samples.load(name))
    assert time.process_time() - start < 4, "one to two seconds on an idle core"
    assert first == second
    assert untouched(*before)


def test_samples_differ() -> None:
    assert len({_digest(samples.load(name)) for name in samples.names()}) == len(samples.names())


def test_another_process_draws_the_same() -> None:
    code = (
        "import hashlib; from itten import samples; "
        "print(hashlib.sha256(samples.load('hatched').numpy().tobytes()).hexdigest())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == _digest(samples.load("hatched"))


def test_a_copy_is_given_away() -> None:
    image = samples.load("notch")
    image.zero_()
    assert samples.load("notch").max() > 0.9


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'portrait'"):
        samples.load("portrat")
    with pytest.raises(UsageError, match=r"called 'zzzz'; known are notch"):
        samples.describe("zzzz")
    with pytest.raises(UsageError):
        samples.load("__init__")


def test_textures_leave_the_global_random_state() -> None:
    before = (random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state())  # noqa: NPY002
    list(samples.texture_pairs(2, 32))
    assert untouched(*before)


def test_notch_is_one_closed_line() -> None:
    dark = (samples.load("notch").mean(0) < 0.5).numpy()
    pieces, count = ndimage.label(dark, np.ones((3, 3)))
    sizes = ndimage.sum_labels(dark, pieces, range(1, count + 1))
    outline = pieces == 1 + int(np.argmax(sizes))
    inside = ndimage.binary_fill_holes(outline) & ~outline
    assert inside.sum() > 10_000, "it encloses an area"
    # the notch: between the roots the paper reaches far up into the outline's bounding box
    rows, columns = np.nonzero(outline)
    middle = (columns.min() + columns.max()) // 2
    below = np.nonzero(outline[:, middle])[0].max()
    assert rows.max() - below > 0.25 * (rows.max() - rows.min())


def test_portrait_has_one_bit_and_middle_tones() -> None:
    image = samples.load("portrait")
    assert image.unique().tolist() == [0, 1]
    assert torch.equal(image[0], image[1])
    tones = ndimage.uniform_filter(image[0].numpy(), 16)
    assert ((tones > 0.3) & (tones < 0.7)).mean() > 0.15
    # light from the left: the face is lighter than the nape
    assert tones[200:260, 120:190].mean() > tones[200:260, 300:345].mean() + 0.2


def test_hatched_is_red_pink_and_paper() -> None:
    red, green, blue = samples.load("hatched")
    assert ((red > 0.7) & (green < 0.25) & (blue < 0.35)).float().mean() > 0.04
    assert ((red > 0.85) & (green > 0.5) & (green < 0.7) & (blue > 0.6)).float().mean() > 0.01
    assert ((red > 0.95) & (green > 0.95)).float().mean() > 0.4


def test_brush_goes_round_an_empty_middle_and_dries() -> None:
    dark = (samples.load("brush").mean(0) < 0.4).float()
    assert dark[240:330, 240:330].mean() == 0
    angles = torch.linspace(0, 2 * torch.pi, 181)
    for angle in angles:
        reach = torch.arange(110, 260)
        y = (284 + reach * torch.sin(angle)).long().clamp(0, 575)
        x = (292 + reach * torch.cos(angle)).long().clamp(0, 575)
        assert dark[y, x].sum() > 3, "ink in every direction"
    assert dark[90:160, 250:330].mean() > dark[440:510, 330:410].mean()


def test_tonal_is_smooth_and_colourful() -> None:
    image = samples.load("tonal")
    assert len((image * 255).round().to(torch.int64).flatten(1).unique(dim=1).T) > 10_000
    assert image.diff(dim=2).abs().mean() < 0.02
    assert (image.amax(0) - image.amin(0)).mean() > 0.12
