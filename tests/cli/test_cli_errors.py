"""A mistake gives one sentence, the exit code that the documentation names, and no traceback."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import itten
from itten.cli import app, device, guard, streams
from itten.cli.progress import passes_bar
from tests.pictures import drawing


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("work was started although the call was wrong")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bogus"], "--bogus"),
        (["shade"], "target"),
        (["shade", "a.png", "--bogus"], "--bogus"),
        (["shade", "a.png", "-q", "ultra"], "ultra"),
        (["shade", "a.png", "-p", "many"], "Invalid value for '--passes' / '-p'"),
        (["shade", "a.png", "-p", "0"], "passes must be a whole number from 1 to 1000, got 0"),
        (["shade", "a.png", "-p", "1001"], "got 1001"),
        (["shade", "a.png", "-d", "0.5", "--envelope", "adsr"], "--decay and --envelope adsr exclude each other"),
        (["shade", "a.png", "-d", "1.5"], "'envelope.decay': Input should be less than or equal to 1"),
        (["shade", "a.png", "--seed", "-1"], "'seed'"),
        (["shade", "a.png", "--config", "wrong.toml"], "'spectrum.qualty': did you mean 'spectrum.quality'?"),
        (["shade", "a.png", "--config", "broken.json"], "cannot read the configuration 'broken.json'"),
        (["shade", "a.png", "--config", "missing.toml"], "'missing.toml': No such file or directory"),
        (["shade", "a.png", "--config", "ultra"], "neither a preset (fast, standard, quality, seed), nor"),
        (["shade", "a.png", "-o", "out.pgn"], "ends in no known picture suffix; known are png"),
        (["shade", "a.png", "-o", "b.png/out.png"], "'b.png' is a file, not a folder"),
        (["shade", "a.png", "--device", "gpu"], "unknown device 'gpu': try cpu, cuda or auto"),
        (["shade", "a.png", "--device", "meta"], "'meta' is not supported"),
        (["spectrum", "a.png", "-k", "0"], "k must be a whole number of at least 1, got 0"),
        (["spectrum", "a.png", "--method", "magic"], "unknown method 'magic': there are stitched"),
        (["spectrum", "a.png", "--npz", "s.zip"], "--npz wants a name that ends in .npz"),
        (["spectrum", "a.png", "--npz", "b.png/s.npz"], "'b.png' is a file"),
        (["spectrum", "a.png", "-o", "out.gif"], "known are png"),
        (["bench", "--pairs", "0"], "at least 1 pair"),
        (["bench", "--size", "8"], "at least 16"),
        (["bench", "--json", "b.png/t.json"], "'b.png' is a file"),
        (["demo", "--out", "b.png"], "'b.png' is a file, not a folder"),
        (["demo", "--passes", "0"], "passes must be"),
        (["paint"], "paint"),
    ],
)
def test_wrong_usage_is_2(run: Callable, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    Path("wrong.toml").write_text('[spectrum]\nqualty = "fast"\n')
    Path("broken.json").write_text("{")
    if "-o" in arguments:
        monkeypatch.setattr("itten.image.read_picture", refuse)
        monkeypatch.setattr("itten.image.as_image", refuse)
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert words in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shade", "gone.png"], "'gone.png' does not exist"),
        (["shade", "a.png", "gone.png"], "'gone.png' does not exist"),
        (["shade", "damaged.png"], "'damaged.png' is damaged"),
        (["shade", "words.png"], "'words.png' is not a picture"),
        (["shade", "."], "is a folder"),
        (["spectrum", "gone.png"], "'gone.png' does not exist"),
        (["spectrum", "tiny.png", "-k", "10"], "10 eigenvectors were asked for, a picture of 9 pixels has 9"),
        (
            ["spectrum", "a.png", "-k", "40", "--method", "tiled"],
            "39 vectors were asked for, 30 Lanczos steps give at most 30",
        ),
    ],
)
def test_bad_input_is_3(run: Callable, arguments: list[str], words: str) -> None:
    Path("damaged.png").write_bytes(Path("a.png").read_bytes()[:300])
    Path("words.png").write_text("not pixels")
    itten.write_image(drawing(3, 3), "tiny.png")
    before = sorted(Path().iterdir())
    ran = run(*arguments)
    assert (ran.code, ran.out) == (3, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert sorted(Path().iterdir()) == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
@pytest.mark.parametrize("command", [["shade", "a.png"], ["spectrum", "a.png"], ["bench"]])
def test_a_device_that_is_not_there_is_4(run: Callable, command: list[str]) -> None:
    ran = run(*command, "--device", "cuda")
    assert ran.code == 4
    assert ran.err == "itten: no CUDA device can be used here: try --device cpu\n"


def test_a_device_number_that_is_not_there_is_4(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    ran = run("shade", "a.png", "--device", "cuda:7")
    assert (ran.code, ran.err) == (4, "itten: there is no 'cuda:7' here, only 1 CUDA devices\n")
    assert str(device.pick_device("auto")) == "cuda"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 4, "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), 4, "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 4, "not enough memory"),
        (OSError(errno.ENOSPC, "No space left on device"), 4, "No space left on device"),
    ],
)
def test_what_happens_on_the_way(
    run: Callable, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("itten.image.read_picture", fail)
    ran = run("shade", "a.png")
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("error", [RuntimeError("a bug"), BrokenPipeError(errno.EPIPE, "pipe")])
def test_a_bug_is_not_hidden(error: BaseException) -> None:
    @guard.guarded
    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        fail()


def test_an_interrupt_before_a_command_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def fail() -> None:
        assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
        raise KeyboardInterrupt

    monkeypatch.setenv("OMP_WAIT_POLICY", "")  # so that it is put back afterwards
    monkeypatch.delenv("OMP_WAIT_POLICY")
    monkeypatch.setattr(app, "application", fail)
    with pytest.raises(SystemExit) as stopped:
        app.main()
    assert stopped.value.code == 130
    assert capsys.readouterr().err == "itten: interrupted\n"


def test_a_name_cannot_steer_the_terminal(run: Callable) -> None:
    odd = "e\x1b[31m\nd.png"
    itten.write_image(drawing(40, 40), odd)
    ran = run("shade", odd, "-p", 1, "-o", "x\x1b[2J.png")
    assert ran.code == 0
    assert ran.out == "x\\x1b[2J.png\n"
    assert Path("x\x1b[2J.png").exists()
    assert run("spectrum", odd, "-k", 2, "-o", "[/red].png").code == 0
    assert len(run("shade", "gone\n.png").err.splitlines()) == 1


def test_notices_are_lines_on_standard_error(run: Callable) -> None:
    run("info", "--json")
    assert streams.shown("ok ü [b]") == "ok ü [b]"
    assert streams.shown("a\nb\udcff") == "a\\nb\\udcff"
    handlers = logging.getLogger("itten").handlers
    run("info", "--json")
    assert logging.getLogger("itten").handlers == handlers


def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with passes_bar("painting [/b]\x1b.png", 2) as moved:
        for index in range(2):
            moved(index, 2, None)
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "painting [/b]\\x1b.png: writing" in seen.err
