"""Standard output that is closed, full or read by nobody: files are written all the same, data that is nowhere else is
missed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from itten.cli import streams
from itten.cli.progress import passes_bar
from itten.config import look_text

NOWHERE = "written nowhere else"


class Broken:
    """A stream whose reader has gone, or that is full."""

    def __init__(self, code: int) -> None:
        self.code = code

    def write(self, text: str) -> int:
        raise OSError(self.code, os.strerror(self.code))

    def flush(self) -> None:
        raise OSError(self.code, os.strerror(self.code))

    def fileno(self) -> int:
        raise OSError


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash, ``itten`` being the command; its exit code is that of the last command that failed."""
    line = f"set -o pipefail; itten() {{ '{sys.executable}' -m itten \"$@\"; }}; {line}"
    command, null = ["bash", "-c", line], subprocess.DEVNULL
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, stdin=null)


def test_files_are_written_whoever_reads(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = streams.typer.echo

    def echo(text: str, err: bool = False) -> None:
        if not err:
            raise OSError(32, os.strerror(32))
        real(text, err=True)

    monkeypatch.setattr(streams.typer, "echo", echo)
    ran = run("spectrum", "a.png", "-k", 3, "-o", "m.png")
    assert ran.code == 0
    assert Path("m.png").exists()
    assert len(ran.err.splitlines()) == 1
    assert "converged" in ran.err


def test_without_any_stream_the_file_holds_nothing_but_its_data(tmp_path: Path) -> None:
    """Closed streams leave their numbers to the next files that are opened."""
    ends = "| :", "<&- >&- 2>&-", ">&-"
    lines = [f"itten looks --copy echo -o {at}.toml {end} || exit" for at, end in enumerate(ends)]
    done = shell("; ".join(lines), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.read_text() for path in tmp_path.iterdir()} == {look_text("echo")}
    assert len(list(tmp_path.iterdir())) == 3


def test_progress_without_any_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with passes_bar("shading", 2) as moved:
        assert moved is None


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("itten looks --json >&-", 4, NOWHERE),
        ("itten looks --json >/dev/full", 4, NOWHERE),
        ("itten looks --json | true", 141, ""),
        ("itten shade --help | true", 141, ""),
        ("itten --version >/dev/full", 4, NOWHERE),
        ("itten looks 2>&-", 0, ""),
        ("itten shade gone.png 2>&-", 3, ""),
        ("itten shade gone.png 2>&1 >&- | true", 3, ""),
    ],
)
def test_data_for_standard_output_alone(folder: Path, line: str, code: int, words: str) -> None:
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    done = shell(line.replace("| true", "| :"), folder)
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == bool(words)


@pytest.mark.parametrize(("code", "expected"), [(32, 141), (28, 4)])
def test_json_is_missed_after_the_files_are_written(
    run: Callable, monkeypatch: pytest.MonkeyPatch, code: int, expected: int
) -> None:
    def fail(*_: object, **more: object) -> None:
        if not more.get("err"):
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(streams.typer, "echo", fail)
    ran = run("spectrum", "a.png", "-k", 2, "--json", "-o", "m.png", "--npz", "s.npz")
    assert ran.code == expected
    assert Path("m.png").exists()
    assert Path("s.npz").exists()


def test_names_are_a_service(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(streams.typer, "echo", fail)
    assert run("looks", "--copy", "echo").code == 0
    assert Path("echo.toml").exists()


def test_a_closed_stream_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(streams.ResourceError, match=NOWHERE):
        streams.put("data")
    streams.say("a name")
    monkeypatch.setattr(sys, "stderr", Broken(32))
    streams.complain("to nobody")
    streams.say("to nobody either", err=True)


@pytest.mark.parametrize(("code", "error"), [(32, streams.ReaderGone), (28, streams.ResourceError)])
def test_a_stream_that_takes_nothing(monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(code))
    with pytest.raises(error):
        streams.put("data")
    streams.say("a name")
