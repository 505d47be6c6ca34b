"""``itten looks``, and the options of ``itten shade`` that came with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import itten
from itten.config import ShaderConfig
from itten.errors import ConfigError
from itten.works import sheets
from tests.pictures import drawing, pattern


def same(picture: torch.Tensor, path: str) -> bool:
    return bool((picture * 255 + 0.5).floor().equal((itten.read_image(path) * 255).round()))


def test_there_are_at_least_ten_and_all_differ() -> None:
    names = itten.look_names()
    assert len(names) >= 10
    looks = [itten.load_look(name) for name in names]
    assert {look.text.suits for look in looks} >= {"drawings", "photographs"}
    configs = [ShaderConfig.from_config(name) for name in names]
    assert len({json.dumps(config.to_dict()) for config in configs}) == len(names)
    for look, config in zip(looks, configs, strict=True):
        assert ShaderConfig.from_config(config.to_dict()) == config
        assert look.text.title


def test_the_list_names_them_all(run: Callable) -> None:
    ran = run("looks")
    assert ran.code == 0
    assert ran.err == ""
    for name in itten.look_names():
        assert name in ran.out
    listed = json.loads(run("looks", "--json").out)
    assert [entry["name"] for entry in listed] == list(itten.look_names())
    assert listed[0]["shader"]


def test_a_sheet_of_two(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "load", lambda name: drawing() if name == "botanical" else pattern())
    ran = run("looks", "--sheet", "--only", "echo", "--only", "riso", "-o", "sheet.png")
    assert (ran.code, ran.out) == (0, "sheet.png\n")
    assert itten.read_image("sheet.png").shape[2] > 4 * 100


def test_shade_with_a_look_is_what_the_library_gives(run: Callable) -> None:
    look = itten.load_look("gold-leaf")
    assert run("shade", "a.png", "--look", "gold-leaf", "-o", "out.png").code == 0
    assert same(itten.shade("a.png", None, "gold-leaf", look.text.passes).image, "out.png")
    assert run("shade", "a.png", "b.png", "--look", "gold-leaf", "-p", 1, "--turn", "30", "-o", "two.png").code == 0
    config = ShaderConfig.from_config("gold-leaf").changed(turn=30.0)
    assert same(itten.shade("a.png", "b.png", config, 1).image, "two.png")


def test_a_look_of_ones_own(run: Callable) -> None:
    text = 'schema = 1\n[look]\ntitle = "mine"\npasses = 2\n[shader]\nmin_pixels = 9\nturn = "align"\n'
    Path("mine.toml").write_text(text, encoding="utf-8")
    assert run("shade", "a.png", "--look", "mine.toml", "-o", "out.png").code == 0
    expected = itten.shade("a.png", None, {"min_pixels": 9, "turn": "align"}, 2).image
    assert same(expected, "out.png")
    assert run("shade", "a.png", "--config", "mine.toml", "-p", 2, "-o", "config.png").code == 0
    assert same(expected, "config.png")


@pytest.mark.parametrize(
    ("options", "config"),
    [
        (["--place", "seed"], {"place": "seed"}),
        (["--turn", "align"], {"turn": "align"}),
        (["--turn", "-45"], {"turn": -45.0}),
        (["--palette", "keep"], {"palette": "keep"}),
        (["--palette", "#b3202a,#1f4e9c"], {"palette": ["#b3202a", "#1f4e9c"]}),
        (["--palette", "crimson,#1f4e9c"], {"palette": ["crimson", "#1f4e9c"]}),
        (["--palette", "teal"], {"palette": ["teal"]}),
        (["--no-thicken"], {"thicken": False}),
    ],
)
def test_options_of_copies(run: Callable, options: list[str], config: dict) -> None:
    assert run("shade", "a.png", "b.png", "-p", 1, "-o", "out.png", *options).code == 0
    assert same(itten.shade("a.png", "b.png", config, 1).image, "out.png")


def test_several_sources_and_masks(run: Callable) -> None:
    assert run("shade", "a.png", "b.png", "a.png", "-p", 1, "-o", "out.png").code == 0
    assert same(itten.shade("a.png", ["b.png", "a.png"], passes=1).image, "out.png")
    image = itten.read_image("a.png")
    mask = torch.zeros_like(image)
    mask[:, :, : image.shape[2] // 2] = 1.0
    itten.write_image(mask, "mask.png")
    assert run("shade", "a.png", "-p", 1, "--write-mask", "mask.png", "-o", "masked.png").code == 0
    assert same(itten.shade("a.png", passes=1, write=mask[0] > 0.5).image, "masked.png")
    assert run("shade", "a.png", "a.png", "-p", 1, "--read-mask", "mask.png", "-o", "read.png").code == 0
    assert same(itten.shade("a.png", "a.png", passes=1, read=mask[0] > 0.5).image, "read.png")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["shade", "a.png", "--look", "confeti"], 2, "did you mean 'confetti'"),
        (["shade", "a.png", "--look", "missing.toml"], 2, "cannot read the look 'missing.toml'"),
        (["shade", "a.png", "--look", "echo", "--config", "fst"], 2, "did you mean 'fast'"),
        (["shade", "a.png", "--turn", "left"], 2, "'turn'"),
        (["shade", "a.png", "--palette", "#12"], 2, "#rrggbb"),
        (["shade", "a.png", "--palette", "#b3202a,crimsn"], 2, "did you mean 'crimson'"),
        (["shade", "a.png", "b.png", "--read-mask", "b.png", "--read-mask", "b.png"], 2, "--read-mask"),
        (["shade", "a.png", "--write-mask", "b.png"], 3, "--write-mask: 'b.png' is 80 × 64 pixels, 'a.png' is 88 × 72"),
        (["looks", "--sheet", "--json"], 2, "exclude each other"),
        (["looks", "-o", "x.png"], 2, "--sheet"),
        (["looks", "--only", "nothing-like-it"], 2, "unknown look"),
    ],
)
def test_mistakes(run: Callable, arguments: list[str], code: int, words: str) -> None:
    ran = run(*arguments)
    assert ran.code == code
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema = 2\n[look]\ntitle = 'x'\n", "schema = 1 is wanted, got 2"),
        ("schema = 1\n[look]\ntitle = 'x'\n[colour]\n", "unknown table 'colour'"),
        ("schema = 1\n[shader]\nturn = 4\n", "look and shader must be tables"),
        ("schema = 1\n[look]\ntitle = 'x'\npases = 3\n", "did you mean 'passes'"),
        ("schema = 1\n[look]\ntitle = 'x'\n[shader]\nplaice = 'void'\n", "did you mean 'place'"),
    ],
)
def test_bad_looks_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        ShaderConfig.from_config(path)
