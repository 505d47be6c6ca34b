"""Frames of a run: where they begin and end, what colours they have, that copies travel and strokes swell."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

import itten
from itten.config import AnimationConfig
from itten.errors import UsageError
from itten.heads import Working
from itten.image import to_uint8
from itten.motion.between import Between
from itten.motion.flights import Flight
from itten.motion.swell import Swelling
from itten.shader import PassResult
from itten.shader.kept import Kept
from tests.pictures import drawing, pattern

FAST = {"fps": 10, "seconds": 0.4}


def frame(image: torch.Tensor) -> np.ndarray:
    return to_uint8(image).permute(1, 2, 0).numpy()


def ink(height: int = 96, width: int = 112) -> torch.Tensor:
    """The drawing in two colours."""
    return (drawing(height, width).mean(dim=0) > 0.5).float().expand(3, -1, -1).contiguous()


def first_pass(image: torch.Tensor, source: torch.Tensor | None = None, **config: object) -> PassResult:
    kept: list[PassResult] = []
    itten.shade(image, source, config, 1, lambda index, passes, result: kept.append(result), layers=True)
    return kept[0]


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_a_growing_picture_of_two_colours(tmp_path: Path, kind: str) -> None:
    image, config = ink(), {"thicken": True}
    told = itten.animate(image, None, config, 2, path=tmp_path / f"a.{kind}", hold=0, **FAST)
    with Image.open(told.path) as picture:
        found = [np.array(one.convert("RGB")) for one in ImageSequence.Iterator(picture)]
    assert len(found) == told.frames == 1 + 2 * 4
    assert {tuple(c) for one in found for c in np.unique(one.reshape(-1, 3), axis=0)} == {(0, 0, 0), (255, 255, 255)}
    passes = itten.shade(image, None, config, 2, keep=True).passes
    np.testing.assert_array_equal(found[0], frame(image))
    np.testing.assert_array_equal(found[4], frame(passes[0]))
    np.testing.assert_array_equal(found[8], frame(passes[1]))
    assert len({one.tobytes() for one in found}) == 9


@pytest.mark.parametrize("config", [{}, {"shadow": "drop", "mirror": True}, {"shadow": "project", "overlap": True}])
@pytest.mark.parametrize("several", [False, True])
def test_soft_pictures_begin_and_end_exactly(config: dict, several: bool) -> None:
    image, source = drawing(), [pattern(), pattern(60, 72)] if several else None
    every = list(itten.growth(image, source, config, 2, **FAST))
    assert len(every) == 9
    passes = itten.shade(image, source, config, 2, keep=True).passes
    for at, wanted in ((0, image), (4, passes[0]), (8, passes[1])):
        np.testing.assert_array_equal(every[at], frame(wanted))


@pytest.mark.parametrize("source", [None, pattern()])
@pytest.mark.parametrize("picture", [ink, drawing])
def test_what_has_landed_is_what_the_pass_made(picture: object, source: torch.Tensor | None) -> None:
    """Just before its end nothing is left to jump."""
    image = picture()  # type: ignore[operator]
    result = first_pass(image, source, thicken=True)
    between = Between(image, result, picture is ink, None if source is None else [tuple(source.shape[-2:])])
    apart = between.frame(1.0).astype(int) - between.frame(1.0 - 1e-6)
    assert (apart != 0).any(axis=2).mean() < 0.01


def test_copies_travel_from_their_segments() -> None:
    """A copy is where its map has it: its middle nears its place, and it starts on what it is of."""
    image = ink()
    between = Between(image, first_pass(image, thicken=False, turn=90.0), hard=True)
    flight = between.steps[0]
    assert isinstance(flight, Flight)
    assert flight.maps.miss.max() < 1.0
    np.testing.assert_allclose(flight.maps.factor[[s is not None for s in flight.sprites]], -1j, atol=0.05)
    assert sorted(flight.turn)[0] == 0.0
    assert sorted(flight.turn)[-1] == 1.0
    dark = [int((between.frame(t) == 0).all(axis=2).sum()) for t in (0.0, 0.5, 1.0)]
    assert dark[0] < dark[1] < dark[2]
    number = int(np.argmax(flight.maps.far))
    assert flight.come(0.3)[number] == 0.0
    assert flight.come(1.0).min() == 1.0
    start = flight.maps.start[number]
    assert (
        int(frame(image)[int(start.imag) - 6 : int(start.imag) + 6, int(start.real) - 6 : int(start.real) + 6].min())
        == 0
    )


def test_strokes_swell_ring_by_ring() -> None:
    before = np.ones((3, 24, 24), np.float32)
    before[:, 10:13] = 0.0
    layer = np.zeros((4, 24, 24), np.float32)
    layer[3, 7:16] = 1.0
    layer[3, 10:13] = 0.0
    swelling = Swelling(before, layer, hard=True)
    assert swelling.rings == 3
    assert [int(swelling.ring[y, 5]) for y in (9, 8, 7, 13, 14, 15)] == [1, 2, 3, 1, 2, 3]
    added = [int((swelling.share(s) * layer[3]).sum()) for s in np.linspace(0, 1, 9)]
    assert added[0] == 0
    assert added == sorted(added)
    assert added[-1] == int(layer[3].sum())
    middle = swelling.share(0.5)
    assert middle[9].sum() > middle[7].sum()


def test_what_is_drawn_anew_dissolves_without_new_colours() -> None:
    image = ink(64, 72)
    result = first_pass(image, draw="panes", panes={"n": 6})
    between = Between(image, result, hard=True)
    ends = {tuple(c) for t in (0.0, 1.0) for c in np.unique(between.frame(t).reshape(-1, 3), axis=0)}
    inside = {tuple(c) for c in np.unique(between.frame(0.5).reshape(-1, 3), axis=0)}
    assert inside <= ends
    changed = (between.frame(0.0) != between.frame(1.0)).any(axis=2)
    come = (between.frame(0.5) == between.frame(1.0)).all(axis=2)[changed].mean()
    assert 0.4 < come < 0.6


def test_nothing_is_painted_where_that_is_not_allowed_in_the_end() -> None:
    image, mask = drawing(), torch.zeros((96, 112), dtype=torch.bool)
    mask[:, 56:] = True
    every = list(itten.growth(image, passes=1, write=mask, **FAST))
    np.testing.assert_array_equal(every[-1][:, :56], every[0][:, :56])


def test_a_callback_beside_others_and_a_run_without_layers() -> None:
    image, frames = drawing(), []
    growing = itten.Growth(image, frames.append, AnimationConfig(**FAST))
    shader = itten.SpectralShader()
    shader(image, passes=1, progress=growing, **growing.needs)
    assert len(frames) == 5
    with pytest.raises(UsageError, match="layers=True"):
        itten.shade(image, passes=1, progress=itten.Growth(image, frames.append))


def test_what_a_run_keeps_holds_no_points() -> None:
    """They are handed over with the result, and not kept for all passes."""
    image = drawing()
    result = first_pass(image)
    assert result.record is not None
    assert result.record.laid
    mine = Kept(image, Working.of((96, 112), 0), every=True)
    mine.add(result, last=True)
    assert mine.records[0].laid == []
    assert result.record.laid


def test_large_pictures_are_shown_smaller() -> None:
    every = list(itten.growth(ink(), passes=1, size=56, fps=5, seconds=0.4))
    assert {one.shape for one in every} == {(48, 56, 3)}
    assert {tuple(c) for one in every for c in np.unique(one.reshape(-1, 3), axis=0)} == {(0, 0, 0), (255, 255, 255)}


def test_the_same_run_gives_the_same_frames_and_touches_no_random_state() -> None:
    torch.manual_seed(5)
    random.seed(5)
    before = torch.get_rng_state(), random.getstate()
    one, other = (list(itten.growth(drawing(), passes=1, **FAST)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert before[0].equal(torch.get_rng_state())
    assert before[1] == random.getstate()
