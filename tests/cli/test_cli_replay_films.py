"""``itten replay`` of animations: the same bytes in every format, and a sentence where that cannot be."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import itten
from itten.image import read_provenance
from itten.works import recipe as recipes
from tests.pictures import drawing

GROWS = ("shade", "a.png", "b.png", "-p", 2, "--set", "seed=4", "-o", "out.png", "--fps", 10, "--seconds", 0.3)
CHANGES = ("animate", "a.png", "--over", "percentile", "--from", 10, "--to", 60, "--frames", 3, "-p", 1, "--fps", 10)
GROWN, CHANGED = (*GROWS, "--animate"), (*CHANGES, "-o")
# Each suffix and each kind of film; every suffix of both is seen by `make test-long`.
FILMS = {(kind, suffix) for kind in ("grows", "changes") for suffix in ("gif", "png", "webp", "mp4")}
SHORT = {("grows", "gif"), ("changes", "png"), ("grows", "webp"), ("changes", "mp4")}


def again(run: Callable, name: str) -> None:
    """It is made again, byte by byte."""
    new = f"again{Path(name).suffix}"
    ran = run("replay", name, "-o", new)
    assert (ran.code, ran.out) == (0, f"{new}\n"), ran.err
    assert "byte by byte" in ran.err
    assert Path(new).read_bytes() == Path(name).read_bytes()


@pytest.mark.parametrize(
    ("kind", "suffix"), [one if one in SHORT else pytest.param(*one, marks=pytest.mark.long) for one in sorted(FILMS)]
)
def test_films_have_the_same_bytes(run: Callable, kind: str, suffix: str) -> None:
    if suffix == "mp4":
        pytest.importorskip("av")
    assert run(*(GROWN if kind == "grows" else CHANGED), f"f.{suffix}").code == 0
    again(run, f"f.{suffix}")


@pytest.mark.parametrize(
    "words",
    [
        "shade clear.png b.png -p 1 --ground auto --hold 0 --animate",
        "shade a.png -p 2 --look two-voices --ping-pong --loop 2 --fps 7 --animate",
        "shade a.png -p 1 --write-mask mask.png --spare-figure --fit-masks --animate",
        "animate clear.png --ground #204060 --over field --from 2 --to 4 --frames 4 -o",
        "animate a.png b.png --read-mask mask.png --keep b.png --fit-masks -p 1 --look two-voices"
        " --over heads.2.strength --from 5 --to 20 --frames 2 -o",
        "animate a.png --over envelope.decay --from 0.2 --to 0.9 --frames 3 -p 2 -o",
        "animate a.png --from-look ink-growth --to-look scatter --frames 3 -p 1 --size 40 --set seed=3 -o",
        "animate sample:notch --over seed --from 1 --to 2 --frames 2 -p 1 --size 80 -o",
    ],
)
def test_of_all_settings_and_masks(run: Callable, words: str) -> None:
    itten.write_image(drawing(60, 80), "mask.png")
    rest = ("-o", "out.png", "--seconds", 0.2) if words.startswith("shade") else ()
    assert run(*words.split(), "f.webp", *rest).code == 0
    again(run, "f.webp")


def test_a_changed_or_missing_input_is_named(run: Callable) -> None:
    run(*GROWS, "--animate", "f.gif")
    run(*CHANGES, "-o", "v.gif")
    with Image.open("a.png") as picture:
        changed = picture.copy()
    changed.putpixel((40, 30), (9, 200, 9))
    changed.save("a.png")
    for name in ("f.gif", "v.gif"):
        told = run("replay", name, "-o", "again.gif", "--overwrite")
        assert told.code == 3
        assert "the target 'a.png' is not what it was" in told.err
        assert f"what comes out is not {name}" in told.err
        # What comes out says how it was made, and is made again from that.
        assert read_provenance("again.gif") != read_provenance(name)
        assert run("replay", "again.gif").code == 0
    Path("a.png").unlink()
    told = run("replay", "f.gif")
    assert (told.code, len(told.err.splitlines())) == (3, 1)
    assert "the target 'a.png' is missing" in told.err


def test_other_versions_are_told_and_tried(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = recipes.versions()
    monkeypatch.setattr(recipes, "versions", lambda: {**real, "torch": "1.0"})
    run(*GROWS, "--animate", "f.webp")
    monkeypatch.setattr(recipes, "versions", lambda: real)
    told = run("replay", "f.webp")
    assert told.code == 0
    assert f"torch 1.0 (here {real['torch']})" in told.err


def test_films_depend_on_what_encodes_them(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    av = pytest.importorskip("av")
    with monkeypatch.context() as then:
        then.setattr(recipes, "_installed", lambda package: "0.1")
        run(*CHANGES, "-o", "v.mp4")
    told = run("replay", "v.mp4")
    assert told.code == 0
    assert f"av 0.1 (here {av.__version__})" in told.err
    assert "byte by byte" in told.err


def test_a_film_where_none_can_be_written(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    run(*CHANGES, "-o", "v.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    assert json.loads(run("replay", "v.mp4", "--recipe").out)["verb"] == "animate"
    told = run("replay", "v.mp4")
    assert (told.code, "itten[video]" in told.err) == (2, True)


@functools.cache
def changing(run: Callable) -> str:
    """What a film says of how it was made; for all tests of that."""
    run(*CHANGES, "-o", "v.png")
    return read_provenance("v.png")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told["options"].pop("animation"), "does not say how it moves"),
        (lambda told: told["options"].pop("change"), "does not say how it moves"),
        (lambda told: told["options"]["change"].pop("end"), "does not say what changes"),
        (lambda told: told["options"]["change"].update(frames=10**9), "2 to 10000 frames"),
        (lambda told: told["options"]["change"].update(over="strenth"), "did you mean 'strength'?"),
        (lambda told: told["options"]["animation"].update(fps=1e9), "'fps'"),
        (lambda told: told.update(verb="panes"), ""),
        (lambda told: told.update(part="result"), "f.png"),
    ],
)
def test_recipes_that_are_none(run: Callable, change: Callable, sentence: str) -> None:
    told = json.loads(changing(run))
    change(told)
    itten.write_picture(replace(itten.read_picture("a.png"), made=json.dumps(told)), "f.png")
    ran = run("replay", "f.png")
    assert ran.code in (2, 3), ran.err
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == 1


def test_more_frames_than_a_picture_may_have(run: Callable) -> None:
    words = ("animate", "a.png", "--over", "field", "--from", 3, "--to", 4, "--frames", 1100, "-p", 1, "--size", 16)
    assert run(*words, "-o", "f.gif").code == 0
    again(run, "f.gif")
