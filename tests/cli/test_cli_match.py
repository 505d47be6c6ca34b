"""``itten match``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import itten
from itten.matching.shown import centres, matches


def test_what_python_finds_is_what_is_written(run: Callable) -> None:
    ran = run("match", "a.png", "b.png", "-n", 5, "-o", "m.png", "--npz", "m.npz", "--bound", 5)
    found = itten.match("a.png", "b.png", 5, bound=5)
    assert (ran.code, ran.out) == (0, "m.png\nm.npz\n")
    assert ran.err == f"itten: {len(found)} matches of 5 and 5 segments\n"
    shown = matches(itten.read_image("a.png"), itten.read_image("b.png"), found)
    assert (itten.read_image("m.png") - shown).abs().max() <= 0.5001 / 255
    kept = np.load("m.npz")
    for name, wanted in (
        ("pairs", found.pairs),
        ("distances", found.distances),
        ("matrix", found.matrix),
        ("labels_first", found.first.labels),
        ("labels_second", found.second.labels),
        ("centres_second", centres(found.second.labels, 5)),
    ):
        np.testing.assert_array_equal(kept[name], wanted)


def test_json_says_what_was_found(run: Callable) -> None:
    ran = run("match", "a.png", "a.png", "-n", 4, "--json", "--set", "shape=0")
    told = json.loads(ran.out)
    assert (told["files"], told["images"], told["n"]) == ([], ["a.png", "a.png"], [4, 4])
    assert sorted(one["first"] for one in told["pairs"]) == [0, 1, 2, 3]
    assert all(one["first"] == one["second"] and one["distance"] < 1e-9 for one in told["pairs"])
    assert told["centres"][0] == centres(itten.segment("a.png", 4), 4).tolist()
    assert not list(Path().glob("*matches*"))


@pytest.mark.parametrize("name", ["m.png", "m.webp"])
def test_pictures_are_made_again(run: Callable, name: str) -> None:
    options = "-n", 6, "--set", "assign=nearest", "--bound", 4, "--ground", "black"
    assert run("match", "clear.png", "b.png", "-o", name, *options).code == 0
    ran = run("replay", name, "-o", f"again{Path(name).suffix}")
    assert ran.code == 0
    assert "byte by byte" in ran.err
    assert Path(name).read_bytes() == Path(f"again{Path(name).suffix}").read_bytes()
    recipe = json.loads(run("replay", name, "--recipe").out)
    assert (recipe["verb"], [one["role"] for one in recipe["inputs"]]) == ("match", ["target", "source"])
    assert recipe["config"]["bound"] == 4


def test_names_follow_and_nothing_is_replaced(run: Callable) -> None:
    (written,) = run("match", "a.png", "b.png", "-n", 3).files()
    assert written.name.startswith("a_matches")
    before = Path("b.png").read_bytes()
    ran = run("match", "a.png", "b.png", "-n", 3, "-o", "b.png", "--overwrite")
    assert (ran.code, ran.err) == (
        2,
        "itten: 'b.png' would be replaced, which is read: give another name to write to\n",
    )
    assert Path("b.png").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("-o", "m.xyz"), "known picture suffix"),
        (("--npz", "m.npy"), "ends in .npz"),
        (("--json", "-o", "-"), "--json"),
        (("-n", "many"), "'auto'"),
        (("--set", "shapes=1"), "did you mean 'shape'"),
        (("--bound", 0), "'bound'"),
        (("--ground", "nothing"), "--ground"),
        (("-n", 0), "'n'"),
        (("missing.png",), ""),
    ],
)
def test_wrong_usage_is_one_sentence(run: Callable, arguments: tuple[object, ...], word: str) -> None:
    before = sorted(Path().iterdir())
    ran = run("match", "a.png", "b.png", *arguments)
    assert ran.code == 2
    assert word in ran.err
    assert not ran.out
    assert sorted(Path().iterdir()) == before
