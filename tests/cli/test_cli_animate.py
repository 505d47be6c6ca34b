"""``itten shade --animate`` and ``itten animate``, run for real on small pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import itten
from itten.image import read_provenance, to_uint8
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


def test_copies_of_another_picture_move_as_the_library_moves_them(run: Callable) -> None:
    run("shade", "a.png", "b.png", "-p", 1, "-o", "out.png", "--animate", "f.png", *QUICK)
    told = itten.animate("a.png", "b.png", None, 1, path="l.png", fps=10, seconds=0.3)
    for one, other in zip(frames_of("f.png"), frames_of(told.path), strict=True):
        np.testing.assert_array_equal(one, other)


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


def painted(monkeypatch: pytest.MonkeyPatch) -> list[itten.ShaderConfig]:
    """The configurations of all runs that follow."""
    from itten.works.shading import Shading

    seen: list[itten.ShaderConfig] = []
    run = Shading.run

    def noted(self: Shading, *rest: object, **more: object) -> None:
        seen.append(self.config)
        run(self, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Shading, "run", noted)
    return seen


def test_a_number_goes_over_and_whole_ones_step(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = painted(monkeypatch)
    words = "--over", "field", "--from", 2, "--to", 4, "--frames", 7, "-p", 1, "--fps", 10, "--hold", 0
    ran = run("animate", "a.png", *words, "-o", "f.webp")
    assert (ran.code, ran.out, ran.err) == (0, "f.webp\n", "")
    assert [one.field for one in seen] == [2, 3, 4]
    found = frames_of("f.webp")
    assert len(found) == 7
    for at, field in ((0, 2), (-1, 4)):
        run("shade", "a.png", "-p", 1, "--field", field, "-o", "still.png", "--overwrite")
        np.testing.assert_array_equal(found[at], pixels("still.png"))
    told = itten.vary("a.png", None, None, 1, path="l.webp", over="field", start=2, end=4, frames=7, fps=10, hold=0)
    assert (told.frames, told.seconds) == (7, pytest.approx(0.7))
    for one, other in zip(frames_of(told.path), found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_frames_and_seconds_say_the_rate_and_a_number_of_one_head(run: Callable) -> None:
    words = "--over", "heads.2.strength", "--from", 5, "--to", 20, "--frames", 2, "--seconds", 1, "--hold", 0
    assert run("animate", "clear.png", "b.png", *words, "--look", "two-voices", "-p", 1, "-o", "f.gif").code == 0
    with Image.open("f.gif") as picture:
        assert (picture.n_frames, picture.info["duration"]) == (2, 500)


def test_from_look_to_look_a_hard_picture_dissolves(run: Callable, ink: str) -> None:
    looks = "--from-look", "ink-growth", "--to-look", "scatter"
    ran = run("animate", ink, *looks, "--frames", 4, "-p", 1, "-o", "f.png", "--set", "palette=keep")
    assert ran.code == 0, ran.err
    found = frames_of("f.png")
    assert len(found) == 4
    for at, look in ((0, "ink-growth"), (-1, "scatter")):
        run("shade", ink, "--look", look, "--set", "palette=keep", "-p", 1, "-o", "still.png", "--overwrite")
        np.testing.assert_array_equal(found[at], pixels("still.png"))
    colours = {tuple(c) for one in (found[0], found[-1]) for c in np.unique(one.reshape(-1, 3), axis=0)}
    assert {tuple(c) for one in found for c in np.unique(one.reshape(-1, 3), axis=0)} == colours


def bright(height: int, width: int, right: bool) -> np.ndarray:
    """A mask whose left or right half is bright."""
    mask = np.zeros((height, width), bool)
    mask[:, width // 2 :] = True
    return mask if right else ~mask


def saved(mask: np.ndarray, name: str) -> str:
    Image.fromarray(mask.astype(np.uint8) * 255).save(name)
    return name


OVER = ("--over", "percentile", "--from", 20, "--to", 70)


def test_masks_of_animate_are_those_of_shade(run: Callable) -> None:
    masks = (
        "--read-mask",
        saved(bright(64, 80, True), "read.png"),
        "--write-mask",
        saved(bright(72, 88, True), "w.png"),
    )
    kept = np.tril(np.ones((72, 88), bool))
    words = "a.png", "b.png", "-p", 1, *masks, "--keep", saved(kept, "keep.png")
    ran = run("animate", *words, *OVER, "--frames", 2, "-o", "f.png")
    assert (ran.code, ran.err) == (0, "")
    found = frames_of("f.png")
    for at, value in ((0, 20), (-1, 70)):
        run("shade", *words, "--set", f"percentile={value}", "-o", "still.png", "--overwrite")
        np.testing.assert_array_equal(found[at], pixels("still.png"))
    allowed = bright(72, 88, True) & ~kept
    for one in found:
        changed = (one != pixels("a.png")).any(axis=2)
        assert changed.any()
        assert not changed[~allowed].any()
    goes = {"over": "percentile", "start": 20, "end": 70, "frames": 2}
    masks = {"read": bright(64, 80, True), "write": allowed}
    told = itten.vary("a.png", "b.png", None, 1, path="l.png", **goes, **masks)
    for one, other in zip(frames_of(told.path), found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_masks_of_another_size_are_fitted_where_asked_for(run: Callable) -> None:
    words = "animate", "a.png", "-p", 1, *OVER, "--frames", 2, "--keep", saved(bright(36, 44, False), "half.png")
    ran = run(*words, "-o", "f.png")
    assert (ran.code, "--fit-masks" in ran.err) == (3, True)
    assert run(*words, "-o", "f.png", "--fit-masks").code == 0
    for one in frames_of("f.png"):
        np.testing.assert_array_equal(one[:, :44], pixels("a.png")[:, :44])
    ran = run(*words, "--read-mask", "a.png", "--read-mask", "b.png", "-o", "g.png")
    assert (ran.code, "1 pictures to copy from want as many --read-mask" in ran.err) == (2, True)
    ran = run(*words[:-1], "none.png", "-o", "g.png")
    assert (ran.code, "'none.png' does not exist" in ran.err) == (3, True)


def test_nothing_that_is_read_is_replaced(run: Callable) -> None:
    saved(bright(72, 88, True), "m.png")
    for option in ("--write-mask", "--keep"):
        ran = run("animate", "a.png", "-p", 1, *OVER, "--frames", 2, option, "m.png", "-o", "m.png", "--overwrite")
        assert (ran.code, "which is read" in ran.err) == (2, True)


def test_between_two_configurations() -> None:
    from itten.motion.course import moments_between

    one = itten.ShaderConfig(percentile=20, copies=1, place="void", complexity_window=7, seed=1)
    other = itten.ShaderConfig(percentile=60, copies=5, place="seed", complexity_window=9, seed=9)
    found = moments_between(one, other, 5)
    assert [m.config.percentile for m in found] == [20, 30, 40, 50, 60]
    assert [m.config.copies for m in found] == [1, 2, 3, 4, 5]
    assert [m.come for m in found] == [0, 0, 0.5, 0, 0]
    assert [m.config.place for m in found] == ["void", "void", "void", "seed", "seed"]
    assert found[2].other is not None
    assert (found[2].other.place, found[2].other.percentile, found[2].other.seed) == ("seed", 40, 9)
    assert (found[0].config, found[-1].config) == (one, other)
    assert {m.config.complexity_window for m in found} <= {7, 9}  # which has to be odd


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "mp4"])
def test_animations_say_how_they_were_made(run: Callable, suffix: str) -> None:
    if suffix == "mp4":
        pytest.importorskip("av")
    words = "shade", "a.png", "-p", 1, "--field", 3, "-o", "out.png"
    run(*words, "--animate", f"f.{suffix}", "--loop", 2, *QUICK)
    told = json.loads(run("replay", f"f.{suffix}", "--recipe").out)
    still = json.loads(run("replay", "out.png", "--recipe").out)
    moves = told["options"].pop("animation")
    assert (moves["fps"], moves["seconds"], moves["loop"], moves["ping_pong"]) == (10, 0.3, 2, False)
    assert (told["versions"].pop("av", None) is not None) == (suffix == "mp4")
    assert told == {**still, "part": "animation"}
    run(*words, "--animate", f"n.{suffix}", "--loop", 2, "--no-metadata", *QUICK)
    assert read_provenance(f"n.{suffix}") is None
    assert len(Path(f"n.{suffix}").read_bytes()) < len(Path(f"f.{suffix}").read_bytes())
    run("animate", "a.png", "--over", "field", "--from", 2, "--to", 3, "--frames", 2, "-p", 1, "-o", f"v.{suffix}")
    told = json.loads(run("replay", f"v.{suffix}", "--recipe").out)
    assert (told["verb"], told["part"]) == ("animate", "animation")
    assert told["options"]["change"] == {"over": "field", "start": 2, "end": 3, "frames": 2, "to": None}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "give either --over KEY --from A --to B, or --from-look A --to-look B"),
        (["--over", "field", "--from", 1, "--to", 2, "--from-look", "pencil"], "give either --over"),
        (["--over", "field", "--from", 1], "wants both --from and --to"),
        (["--from-look", "pencil"], "go together"),
        (["--from-look", "pencil", "--to-look", "confeti"], "confetti"),
        (["--from-look", "pencil", "--to-look", "crust", "--look", "echo"], "exclude each other"),
        (["--over", "strenth", "--from", 1, "--to", 2], "did you mean 'strength'?"),
        (["--over", "envelope.decai", "--from", 0, "--to", 1], "did you mean 'envelope.decay'?"),
        (["--over", "percentile", "--from", 10, "--to", 120], "'percentile'"),
        (["--over", "field", "--from", 1.5, "--to", 4], "'field'"),
        (["--over", "place", "--from", 0, "--to", 1], "'place'"),
        (["--over", "thicken", "--from", 0, "--to", 1], "is no number"),
        (["--over", "field", "--from", 1, "--to", 4, "--frames", 1], "2 to 10000 frames"),
        (["--over", "field", "--from", 1, "--to", 4, "-o", "f.bmp"], "no known suffix of an animation"),
        (["--over", "field", "--from", 1, "--to", 4, "-o", "a.png", "--overwrite"], "which is read"),
    ],
)
def test_mistakes_of_animate(run: Callable, monkeypatch: pytest.MonkeyPatch, options: list, sentence: str) -> None:
    monkeypatch.setattr("itten.cli.animate._film", lambda *_: pytest.fail("the work has begun"))
    ran = run("animate", "a.png", "-p", 1, *(() if "-o" in options else ("-o", "f.gif")), *options)
    assert ran.code == 2, ran.err
    assert sentence in ran.err
