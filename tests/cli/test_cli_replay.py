"""``itten replay``: files say how they were made, and are made again from that."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import itten
from itten.image import read_provenance
from itten.works import recipe as recipes
from tests.pictures import drawing

SHADE = ["shade", "a.png", "b.png", "-p", 2, "--set", "seed=4"]


@pytest.mark.parametrize(
    "arguments",
    [
        [*SHADE, "-o", "out.png"],
        [*SHADE, "-o", "out.webp"],
        [*SHADE, "-o", "out.tif"],
        [*SHADE, "-o", "out.jpg"],
        ["shade", "clear.png", "-p", 1, "--ground", "auto", "-o", "out.png"],
        ["shade", "a.png", "-p", 1, "--write-mask", "mask.png", "--keep", "b.png", "--fit-masks", "-o", "out.png"],
        ["shade", "sample:notch", "-p", 1, "--look", "ink-growth", "--set", "detail=64", "-o", "out.png"],
        ["engrave", "a.png", "--scale", 1.5, "--cross", 0.5, "-o", "out.png"],
        ["engrave", "clear.png", "--size", "A6", "--dpi", 60, "-o", "out.tif"],
        ["panes", "a.png", "-n", 8, "-o", "out.png"],
        ["bands", "a.png", "-n", 5, "-o", "out.webp"],
        ["spectrum", "clear.png", "-k", 4, "-o", "out.png"],
        ["spectrum", "a.png", "-k", 3, "--method", "tiled", "-q", "fast", "-o", "out.tif"],
    ],
    ids=lambda value: " ".join(map(str, value[:4])) + f" {value[-1]}",
)
def test_the_same_bytes(run: Callable, arguments: list[object]) -> None:
    itten.write_image(drawing(60, 80), "mask.png")
    assert run(*arguments).code == 0
    name = arguments[-1]
    again = run("replay", name, "-o", f"again{Path(name).suffix}")
    assert (again.code, again.out) == (0, f"again{Path(name).suffix}\n"), again.err
    assert "byte by byte" in again.err
    assert Path(f"again{Path(name).suffix}").read_bytes() == Path(name).read_bytes()


def test_of_passes_and_copies_too(run: Callable) -> None:
    options = ["-o", "out.png", "--save-intermediates", "--layer", "copies.png"]
    for name in run(*SHADE, *options).files():
        assert run("replay", name).code == 0, name
    assert json.loads(read_provenance("copies_pass1.png"))["part"] == "copies after pass 1"


def test_inputs_are_found_by_what_is_in_them(run: Callable) -> None:
    run(*SHADE, "-o", "sub/out.png")
    Path("originals").mkdir()
    shutil.move("a.png", "originals/renamed.png")
    told = run("replay", "sub/out.png")
    assert (told.code, len(told.err.splitlines())) == (3, 1)
    assert "the target 'a.png' is missing" in told.err
    assert run("replay", "sub/out.png", "--inputs", "originals").code == 0


def test_a_changed_input_is_named(run: Callable) -> None:
    run(*SHADE, "-o", "out.png")
    with Image.open("b.png") as picture:
        changed = picture.copy()
    changed.putpixel((3, 3), (9, 200, 9))
    changed.save("b.png")
    told = run("replay", "out.png", "-o", "again.png")
    assert told.code == 3
    assert "the source 'b.png' is not what it was" in told.err
    assert Path("again.png").is_file()


def test_another_version_is_told_and_tried(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = recipes.versions()
    monkeypatch.setattr(recipes, "versions", lambda: {**real, "torch": "1.0"})
    run(*SHADE, "-o", "out.png")
    monkeypatch.setattr(recipes, "versions", lambda: real)
    told = run("replay", "out.png")
    assert told.code == 0
    assert f"torch 1.0 (here {real['torch']})" in told.err
    assert "byte by byte" in told.err


def test_what_comes_out_otherwise_is_told(run: Callable) -> None:
    run(*SHADE, "-o", "out.png")
    made = itten.read_picture("out.png")
    text = read_provenance("out.png").replace('"copies":2', '"copies":1')
    itten.write_picture(replace(made, made=text), "other.png")
    told = run("replay", "other.png")
    assert told.code == 3
    assert "what comes out is not other.png" in told.err


def test_pictures_that_do_not_say(run: Callable) -> None:
    run(*SHADE, "-o", "out.png", "--no-metadata")
    assert read_provenance("out.png") is None
    assert run("replay", "out.png").code == 3
    assert "does not say" in run("replay", "a.png").err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format": 2, "itten": "9"}',
        '{"verb": "shade", "inputs": [{"role": "target", "name": "a.png", "sha256": "x"}]}',
        '{"verb": "shade"}',
        '{"verb": "shade", "config": {"fild": 1}, "inputs": []}',
        '{"verb": "rm -rf"}',
        "[" * 100_000,
    ],
)
def test_recipes_that_are_none(run: Callable, text: str) -> None:
    itten.write_picture(replace(itten.read_picture("a.png"), made=text), "odd.png")
    told = run("replay", "odd.png")
    assert told.code in (2, 3)
    assert len(told.err.splitlines()) == 1


def test_the_recipe_alone(run: Callable) -> None:
    run(*SHADE, "-o", "out.png")
    found = json.loads(run("replay", "out.png", "--recipe").out)
    assert [(one["role"], one["name"]) for one in found["inputs"]] == [("target", "a.png"), ("source", "b.png")]
    assert found["config"]["seed"] == 4
    assert found["options"]["passes"] == 2
    assert "/" not in json.dumps(found["inputs"])


def test_a_sheet_of_modes_is_made_of_a_renamed_picture(run: Callable) -> None:
    run("spectrum", "a.png", "-k", 3, "-o", "modes.png")
    shutil.move("a.png", "renamed.png")
    assert run("replay", "modes.png").code == 0
    run("spectrum", "renamed.png", "-k", 3, "-o", "other.png", "--no-metadata")
    assert read_provenance("other.png") is None
    assert not itten.read_image("other.png").equal(itten.read_image("modes.png"))  # it has another title


def test_the_figure_that_is_found(run: Callable) -> None:
    words = ["ground", "a.png", "b.png", "-p", 1, "--save-figure", "figure.png"]
    for name in run(*words, "-o", "out.png").files():
        again = run("replay", name, "-o", "again.png", "--overwrite")
        assert again.code == 0, again.err
        assert Path("again.png").read_bytes() == name.read_bytes()
    assert json.loads(read_provenance("figure.png"))["part"] == "figure"
    run(*words, "-o", "out.png", "--overwrite", "--no-metadata")
    assert read_provenance("figure.png") is None
    text = read_provenance("again.png").replace('"figure":true', '"figure":false')
    itten.write_picture(replace(itten.read_picture("a.png"), made=text), "odd.png")
    told = run("replay", "odd.png")
    assert (told.code, "no figure was looked for" in told.err) == (3, True)


def test_what_was_moved_by_a_map(run: Callable) -> None:
    from tests.shader.test_layers import strokes

    itten.write_image(strokes(96).round(), "albedo.png")
    run("shade", "albedo.png", "clear.png", "-p", 1, "-o", "out.png", "--save-map", "moves.npz")
    deep = itten.Picture(itten.read_image("albedo.png") * 0.71, depth=16)
    itten.write_picture(deep, "height.tif")
    for name, options in (("new.tif", []), ("new.png", ["--normal", "opengl", "--no-shadows"])):
        assert run("apply", "moves.npz", "height.tif", "clear.png", "-o", name, *options).code == 0
        again = run("replay", name, "-o", f"again{Path(name).suffix}")
        assert again.code == 0, again.err
        assert Path(f"again{Path(name).suffix}").read_bytes() == Path(name).read_bytes()
    told = json.loads(read_provenance("new.png"))
    assert [(one["role"], one["name"]) for one in told["inputs"]] == [
        ("map", "moves.npz"),
        ("target", "height.tif"),
        ("source", "clear.png"),
    ]
    shutil.move("moves.npz", "renamed.npz")
    assert run("replay", "new.png").code == 0
    Path("renamed.npz").unlink()
    gone = run("replay", "new.png")
    assert (gone.code, "the map 'moves.npz' is missing" in gone.err) == (3, True)
    run("shade", "albedo.png", "-p", 1, "-o", "out.png", "--save-map", "moves.npz", "--overwrite")
    other = run("replay", "new.png")
    assert (other.code, "the map 'moves.npz' is not what it was" in other.err) == (3, True)
    assert "this map wants 1 pictures" in other.err


def test_sheets_of_looks(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from itten.works import sheets

    monkeypatch.setattr(sheets, "load", lambda name: drawing(48, 56))
    run("looks", "--sheet", "--only", "pencil", "--only", "ink-growth", "-o", "looks.png")
    assert run("replay", "looks.png").code == 0


def test_demo_sheets(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    from itten.works import sheets

    monkeypatch.setattr(sheets, "load", lambda name: drawing(48, 56))
    for name in run("demo", "-p", 1, "-o", "demo").files():
        assert run("replay", name).code == 0
