"""A working folder with two pictures, and the command run inside this process."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.testing

import itten
from itten.cli.app import application
from tests.pictures import drawing, pattern

# Commands are built of their declarations once, as in a process of their own, and keep nothing of a run.
typer.testing._get_command = functools.cache(typer.testing._get_command)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with ``a.png``, ``b.png`` and ``clear.png``, which has an alpha channel."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    itten.write_image(drawing(72, 88), "a.png")
    itten.write_image(pattern(64, 80), "b.png")
    itten.write_image(drawing(72, 88), "clear.png", alpha=drawing(72, 88)[0])
    return tmp_path


class Ran:
    """What a run left behind: exit code, both streams, and no traceback."""

    def __init__(self, *arguments: object) -> None:
        result = typer.testing.CliRunner().invoke(application(), [str(argument) for argument in arguments])
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        assert "\x1b" not in result.output

    def files(self) -> list[Path]:
        """The names on standard output."""
        return [Path(line) for line in self.out.splitlines()]


@pytest.fixture
def run(folder: Path) -> Callable[..., Ran]:
    return Ran
