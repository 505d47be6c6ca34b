"""``itten panes`` and ``itten bands``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import itten

BOTH = pytest.mark.parametrize("command", ["panes", "bands"])


def same(path: str, image: torch.Tensor) -> bool:
    return bool((itten.read_image(path) - image).abs().max() <= 0.5001 / 255)


def test_what_python_makes_is_what_is_written(run: Callable) -> None:
    ran = run("panes", "a.png", "-n", 12, "-o", "out.png", "--lead", 2, "--lead-colour", "teal")
    assert (ran.code, ran.out, ran.err) == (0, "out.png\n", "")
    assert same("out.png", itten.panes("a.png", n=12, lead=2, lead_colour="teal").image)
    ran = run("panes", "a.png", "-o", "more", "--colour", "flat", "--set", "shades=3", "--set", "n=20")
    assert (ran.code, ran.out) == (0, "more.png\n")
    assert same("more.png", itten.panes("a.png", n=20, colour="flat", shades=3).image)
    ran = run("bands", "a.png", "-o", "map.webp", "--field", "1,-0.5", "--palette", "sea", "-n", 7)
    assert (ran.code, ran.out) == (0, "map.webp\n")
    assert same("map.webp", itten.bands("a.png", field=(1, -0.5), palette="sea", n=7).image)
    assert run("bands", "a.png", "-o", "two.png", "--field", "2", "--line-colour", "#102030").code == 0
    assert same("two.png", itten.bands("a.png", field=2, line_colour="#102030").image)


@BOTH
def test_names_of_files(run: Callable, command: str) -> None:
    assert re.fullmatch(rf"a_{command}_\d{{8}}-\d{{6}}-\d{{6}}\.png\n", run(command, "a.png").out)
    Path("taken.png").write_bytes(b"precious")
    ran = run(command, "a.png", "-o", "taken.png")
    assert ran.code == 0
    assert Path("taken.png").read_bytes() == b"precious"
    assert run(command, "a.png", "-o", "taken.png", "--overwrite").out == "taken.png\n"
    assert Path("taken.png").read_bytes() != b"precious"


@BOTH
def test_alpha_stays_and_the_ground_is_seen(run: Callable, command: str) -> None:
    assert run(command, "clear.png", "-o", "white.png").code == 0
    assert run(command, "clear.png", "-o", "black.png", "--ground", "black").code == 0
    before, white, black = (itten.read_picture(name) for name in ("clear.png", "white.png", "black.png"))
    assert white.alpha is not None
    assert torch.equal(white.alpha, before.alpha)
    assert not torch.equal(white.pixels, black.pixels)
    ran = run(command, "clear.png", "-o", "flat.jpg")
    assert ran.code == 0
    assert ".jpg holds no alpha channel" in ran.err


@BOTH
def test_mistakes_are_found_before_the_work(run: Callable, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise AssertionError("the picture was read")

    monkeypatch.setattr("itten.image.read.read_picture", none)
    for arguments, code, said in (
        (["a.png", "-o", "x.gif"], 2, "no known picture suffix"),
        (["a.png", "-n", "0"], 2, "'n'"),
        (["a.png", "--set", "leed=1"], 2, "unknown configuration key 'leed'"),
        (["a.png", "--set", "n"], 2, "--set wants key=value"),
        (["a.png", "--palette", "nocolour"], 2, "nocolour"),
        (["a.png", "--ground", "nocolour"], 2, "--ground"),
        (["gone.png"], 3, "does not exist"),
    ):
        ran = run(command, *arguments)
        assert (ran.code, said in ran.err) == (code, True), ran.err
    assert not list(Path().glob("a_*"))


@BOTH
def test_help_has_examples(run: Callable, command: str) -> None:
    ran = run(command, "-h")
    assert ran.code == 0
    assert re.search(rf"Examples:\s+itten {command} photo.jpg", ran.out)
    assert f"itten {command} photo.jpg" in run("--help").out
