"""``itten shade --animate`` and ``itten animate``, run for real on small pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import itten
from itten.image import to_uint8
from tests.pictures import drawing

QUICK = ("--fps", 10, "--seconds", 0.3)


def frames_of(path: str | Path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        return [np.array(one.convert("RGB")) for one in ImageSequence.Iterator(picture)]


def pixels(path: str | Path) -> np.ndarray:
    return to_uint8(itten.read_image(path)).permute(1, 2, 0).numpy()


@pytest.fixture
def ink(run: Callable) -> str:
    """``ink.png``, the drawing in two colours."""
    itten.write_image((drawing(72, 88).mean(dim=0) > 0.5).float().expand(3, -1, -1), "ink.png")
    return "ink.png"


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_shade_writes_how_the_picture_grows(run: Callable, suffix: str) -> None:
    ran = run("shade", "a.png", "-p", 2, "-o", "out.png", "--animate", f"film.{suffix}", "--loop", 3, *QUICK)
    assert (ran.code, ran.out, ran.err) == (0, f"out.png\nfilm.{suffix}\n", "")
    found = frames_of(f"film.{suffix}")
    assert len(found) == 1 + 2 * 3
    assert found[0].shape == (72, 88, 3)
    with Image.open(f"film.{suffix}") as picture:
        assert picture.info["loop"] == (2 if suffix == "gif" else 3)  # a GIF says how often it is repeated
        length = 0.0
        for at in range(picture.n_frames):
            picture.seek(at)
            picture.load()
            length += picture.info["duration"]
    assert length == pytest.approx(1000 * (7 / 10 + 1.0), abs=20)
    if suffix != "gif":
        np.testing.assert_array_equal(found[0], pixels("a.png"))
        np.testing.assert_array_equal(found[-1], pixels("out.png"))
    run("shade", "a.png", "-p", 2, "-o", "still.png")
    assert Path("still.png").read_bytes() == Path("out.png").read_bytes()


def test_a_film_of_two_pictures(run: Callable) -> None:
    av = pytest.importorskip("av")
    assert run("shade", "a.png", "b.png", "-p", 1, "-o", "out.png", "--animate", "f.mp4", "--hold", 0, *QUICK).code == 0
    with av.open("f.mp4") as film:
        found = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert float(film.streams.video[0].average_rate) == 10
    assert len(found) == 1 + 3
    assert found[0].shape == (72, 88, 3)


def test_a_picture_of_two_colours_stays_one(run: Callable, ink: str) -> None:
    assert (
        run("shade", ink, "-p", 2, "-o", "out.png", "--animate", "f.gif", "--ping-pong", "--loop", 1, *QUICK).code == 0
    )
    found = frames_of("f.gif")
    assert len(found) == 7 + 6
    assert {tuple(c) for one in found for c in np.unique(one.reshape(-1, 3), axis=0)} == {(0, 0, 0), (255, 255, 255)}
    np.testing.assert_array_equal(found[0], found[-1])
    np.testing.assert_array_equal(found[0], pixels(ink))
    np.testing.assert_array_equal(found[6], pixels("out.png"))


def test_a_name_that_is_taken_and_names_of_several(run: Callable) -> None:
    Path("f.gif").write_bytes(b"mine")
    ran = run("shade", "a.png", "-p", 1, "-o", "out.png", "--animate", "f.gif", *QUICK)
    assert ran.code == 0
    assert "f.gif exists, so this went to f_" in ran.err
    assert Path("f.gif").read_bytes() == b"mine"
    ran = run("shade", "a.png", "b.png", "--self", "-p", 1, "-o", "{stem}_x.png", "--animate", "{stem}.gif", *QUICK)
    assert ran.out.splitlines() == ["a_x.png", "a.gif", "b_x.png", "b.gif"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--animate", "f.avi"], "ends in no known suffix of an animation"),
        (["--animate", "f"], "ends in no known suffix of an animation"),
        (["--animate", "f.gif", "--fps", 60], "GIF holds at most 50 frames a second"),
        (["--animate", "f.webp", "--fps", 0], "'fps'"),
        (["--animate", "f.webp", "--seconds", 700], "'seconds'"),
        (["--animate", "f.webp", "--loop", -1], "'loop'"),
        (["--fps", 10], "--fps is of animations: it wants --animate FILE"),
        (["--ping-pong"], "--ping-pong is of animations"),
        (["--animate", "out.png"], "would both be written to 'out.png'"),
        (["--animate", "l.png", "--layer", "l.png"], "would both be written to 'l.png'"),
        (["--animate", "out_pass1.png", "--save-intermediates"], "would both be written to 'out_pass1.png'"),
        (["--animate", "a.png", "--overwrite"], "which is read"),
        (["--animate", "a.png/f.gif"], "a.png"),
        (["--animate", "{what}.gif"], "is none of {stem} and {look}"),
        (["--animate", "f.gif", "--self"], ""),
        (["--animate", "f.gif", "-o", "-"], "standard output holds one picture"),
    ],
)
def test_mistakes_are_found_before_the_work(
    run: Callable, monkeypatch: pytest.MonkeyPatch, options: list, sentence: str
) -> None:
    monkeypatch.setattr("itten.cli.shade.shaded", lambda *_: pytest.fail("the work has begun"))
    if "--self" in options:
        options, sentence = [*options, "b.png", "-o", "x_{stem}.png"], "several pictures want --animate with {stem}"
    ran = run("shade", "a.png", "-p", 1, *(() if "-o" in options else ("-o", "out.png")), *options)
    assert ran.code in (2, 4)
    assert sentence in ran.err
    assert not list(Path().glob("f.*"))
