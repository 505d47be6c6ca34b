"""Under every look: nothing drawn is eaten, and hard pictures keep their colours."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import ShaderConfig, look_names
from itten.config.look import load_look
from tests.drawn import grid
from tests.fine import PICTURES, left

SMALL = {"min_pixels": 8, "max_segments": 40}
FACES = {name: make(144) for name, make in PICTURES.items()}
THIN = {**{name: FACES[name] for name in ("face", "writing, hard")}, "highlights": PICTURES["highlights"](112)}


# Those that draw the whole picture anew keep none of its marks.
HEADS = {look: ShaderConfig.from_config(look).all_heads for look in look_names()}
COPYING = [look for look, heads in HEADS.items() if all(head.draw == "copies" for head in heads)]


def painted(image: torch.Tensor, look: str, passes: int, **changes) -> torch.Tensor:
    config = ShaderConfig.from_config(look).changed(**SMALL, **changes)
    return itten.shade(image, None, config, passes=passes).image


@pytest.mark.parametrize(
    "look", [one if at % 2 else pytest.param(one, marks=pytest.mark.long) for at, one in enumerate(COPYING)]
)
def test_thin_marks_are_left(look):
    for name, (image, thin) in THIN.items():
        after = painted(image, look, 2)
        assert left(image, after, thin) >= 0.97, name
        assert not torch.equal(after, image), name


def test_what_is_not_protected_is_eaten():
    """The looks and the pictures that this began with; otherwise the test above could not fail."""
    for look, name in (("two-voices", "face, hard"), ("ink-growth", "face, hard"), ("scatter", "writing")):
        image, thin = FACES[name]
        assert left(image, painted(image, look, 3, protect="none"), thin) < 0.9
        assert left(image, painted(image, look, 3), thin) >= 0.97


def hard_pictures() -> dict[str, torch.Tensor]:
    """1 bit, 4 colours, a palette of 24, and dither, 72 × 80 each."""
    rng, (y, x) = np.random.default_rng(0), grid(72, 80)
    bit = ((np.hypot(y - 32, x - 28) < 16) | ((x + y) % 23 < 3)).astype(int)
    level = np.clip(np.sin(x / 13) + np.cos(y / 17) + 2, 0, 3).astype(int)
    cells = np.kron(rng.integers(0, 24, (9, 10)), np.ones((8, 8), dtype=int))
    four = np.array([[0.1, 0.1, 0.2], [0.8, 0.2, 0.1], [0.9, 0.8, 0.3], [0.97, 0.95, 0.9]])
    made = {"1 bit": np.array([[1.0] * 3, [0.0] * 3])[bit], "4 colours": four[level],
            "palette": rng.random((24, 3))[cells]}  # fmt: skip
    pictures = {name: torch.from_numpy(np.moveaxis(one, 2, 0).astype(np.float32)) for name, one in made.items()}
    return {**pictures, "dither": itten.samples.load("portrait")[:, 120:192, 100:180].contiguous()}


def colours(image: torch.Tensor) -> set[tuple[float, ...]]:
    return {tuple(one) for one in image.flatten(1).T.tolist()}


@pytest.mark.parametrize(
    "look", [pytest.param(one, marks=pytest.mark.long) if at % 2 else one for at, one in enumerate(COPYING)]
)
def test_a_hard_picture_that_keeps_its_colours_gets_no_other(look):
    heads = [{**head, "palette": "keep"} for head in load_look(look).shader.get("heads", ())]
    changed = 0
    for name, image in hard_pictures().items():
        after = painted(image, look, 2, palette="keep", heads=heads)
        assert colours(after) <= colours(image), name
        changed += not torch.equal(after, image)
    assert changed >= 2
