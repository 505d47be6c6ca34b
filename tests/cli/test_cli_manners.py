"""Pipes, several targets, JSON, quiet and loud, and configurations."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import itten
from itten.config import ShaderConfig, look_names, to_toml


def piped(*arguments: object, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    import os

    command = [sys.executable, "-m", "itten", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, env={**os.environ, **environment}, check=False)


def test_from_standard_input_to_standard_output(run: Callable) -> None:
    done = piped("shade", "-", "b.png", "-p", 1, "-o", "-", "--look", "ink-growth", data=Path("a.png").read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert run("shade", "a.png", "b.png", "-p", 1, "-o", "out.png", "--look", "ink-growth").code == 0
    with Image.open(io.BytesIO(done.stdout)) as found, Image.open("out.png") as wanted:
        assert found.tobytes() == wanted.tobytes()
    assert sorted(path.name for path in Path().iterdir()) == ["a.png", "b.png", "clear.png", "out.png"]


@pytest.mark.usefixtures("folder")
def test_a_broken_picture_and_a_closed_reader() -> None:
    done = piped("shade", "-", "-o", "out.png", data=b"no picture")
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert b"standard input" in done.stderr
    shell = f"{sys.executable} -m itten shade a.png -p 1 -o - | head -c 10 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, check=False)
    assert (done.returncode in (0, 141), done.stderr) == (True, b"")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["shade", "a.png", "b.png", "--self", "-o", "-"], "one picture"),
        (["shade", "a.png", "-o", "-", "--json"], "--json"),
        (["shade", "a.png", "-o", "-", "--save-intermediates"], "one picture"),
        (["shade", "-", "-"], "twice"),
        (["shade", "a.png", "b.png", "--self", "-o", "one.png"], "{stem}"),
        (["shade", "a.png", "--self", "--from", "b.png"], "exclude"),
        (["shade", "a.png", "-o", "{stem}_{lok}.png"], "{lok}"),
        (["shade", "a.png", "b.png", "--self", "--layer", "l.png"], "one target"),
        (["panes", "a.png", "b.png", "-o", "x.svg"], "{stem}"),
        (["-q", "-v", "shade", "a.png"], "exclude"),
    ],
)
def test_what_cannot_be(run: Callable, arguments: list[str], word: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert word in ran.err
    assert sorted(path.name for path in Path().iterdir()) == ["a.png", "b.png", "clear.png"]


def test_several_targets(run: Callable) -> None:
    ran = run(
        "shade", "a.png", "clear.png", "--from", "b.png", "-p", 1, "--look", "pencil", "-o", "out/{stem}_{look}.png"
    )
    assert (ran.code, ran.files()) == (0, [Path("out/a_pencil.png"), Path("out/clear_pencil.png")])
    alone = run("shade", "a.png", "b.png", "-p", 1, "--look", "pencil", "-o", "one.png")
    assert alone.code == 0
    assert Path("one.png").read_bytes() == Path("out/a_pencil.png").read_bytes()
    assert run("shade", "a.png", "b.png", "--self", "-p", 1, "-o", "own").files() == [
        Path("own/a_itten.png"),
        Path("own/b_itten.png"),
    ]
    assert run("panes", "a.png", "b.png", "-n", 6, "-o", "{stem}.svg").files() == [Path("a.svg"), Path("b.svg")]
    assert run("engrave", "a.png", "b.png", "-o", "lines").files() == [
        Path("lines/a_engraved.png"),
        Path("lines/b_engraved.png"),
    ]


@pytest.mark.parametrize("verb", ["shade", "engrave", "panes", "bands"])
def test_json(run: Callable, verb: str) -> None:
    ran = run(verb, "a.png", "-o", "out.png", "--json")
    found = json.loads(ran.out)
    assert found["files"] == ["out.png"]
    assert found["works"][0]["verb"] == verb
    assert found["works"][0]["inputs"][0]["name"] == "a.png"


def test_quiet_and_loud_before_and_after_the_command(run: Callable) -> None:
    Path("out.png").write_bytes(b"precious")
    for words in (["-q", "shade", "a.png"], ["shade", "a.png", "--quiet"]):
        assert run(*words, "-p", 1, "-o", "out.png").err == ""
    assert "exists" in run("shade", "a.png", "-p", 1, "-o", "out.png").err
    for words in (["-v", "shade", "a.png"], ["shade", "a.png", "-v"]):
        assert "memory" in run(*words, "-p", 1, "-o", "loud.png", "--overwrite").err
    assert run("-q", "shade", "none.png").err.startswith("itten: ")


@pytest.mark.usefixtures("folder")
def test_no_control_characters_where_nobody_watches() -> None:
    done = piped("shade", "a.png", "-p", 2, "-o", "out.png", TERM="xterm-256color")
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\r" not in done.stderr


@pytest.mark.parametrize("name", look_names())
def test_configurations_go_to_text_and_back(name: str) -> None:
    config = ShaderConfig.from_config(name)
    assert ShaderConfig.from_config(tomllib.loads(to_toml(config.to_dict()))) == config
    assert ShaderConfig.from_config(json.loads(json.dumps(config.to_dict()))) == config


def test_config_show_diff_check_schema(run: Callable) -> None:
    assert run("config", "show", "confetti", "-o", "c.toml").files() == [Path("c.toml")]
    assert run("config", "show", "confetti", "-o", "c.json").files() == [Path("c.json")]
    for name in ("c.toml", "c.json"):
        assert ShaderConfig.from_config(name) == ShaderConfig.from_config("confetti")
        assert run("config", "diff", "confetti", name).out == ""
    assert run("config", "show", "--changed", "--set", "copies=7").out == "copies = 7\n"
    assert run("config", "diff", "fast").out == '-- spectrum.quality = "fast"\n++ spectrum.quality = "standard"\n'
    Path("bad.toml").write_text("copis = 3\n")
    ran = run("config", "check", "c.toml", "bad.toml")
    assert (ran.code, ran.out.splitlines()[0]) == (2, "c.toml: good")
    assert "copies" in ran.out.splitlines()[1]
    schema = json.loads(run("config", "schema").out)
    assert set(schema["properties"]) == set(ShaderConfig.model_fields)
    assert run("config", "show", "-o", "x.png").code == 2


def test_samples_by_name(run: Callable) -> None:
    run("bands", "sample:notch", "-n", 4, "-o", "out.png")
    assert itten.read_image("out.png").shape == itten.samples.load("notch").shape
    assert "notch" in run("bands", "sample:notsch").err
