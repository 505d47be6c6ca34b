"""What a command loads before it knows that it has work to do: as good as nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import itten

HEAVY = ("torch", "numba", "scipy", "numpy", "PIL", "rich", "imagecodecs", "tifffile")
RUN = f"""
import sys
from itten.cli import main
sys.argv[0] = "itten"
try:
    main()
finally:
    loaded = [name for name in {(*HEAVY, "pydantic", "itten.config", "typer._adapters")} if name in sys.modules]
    print("loaded:", *loaded, file=sys.stderr)
"""


def loaded(*arguments: str, **environment: str) -> tuple[set[str], str]:
    """What is loaded when the command ends, and what it printed."""
    command = [sys.executable, "-c", RUN, *arguments]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    output, _, names = (done.stdout + done.stderr).rpartition("loaded:")
    return set(names.split()), output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--version"], itten.__version__),
        (["--help"], "Examples:"),
        (["shade", "--help"], "--look"),
        (["looks", "-h"], "--sheet"),
        (["paint"], "paint"),
        (["--bogus"], "--bogus"),
        (["shade", "--bogus"], "--bogus"),
        (["shade"], "target"),
        (["shade", "a.png", "-q", "ultra"], "ultra"),
        (["shade", "a.png", "-p", "many"], "--passes"),
        (["shade", "a.png", "-p", "0"], "got 0"),
        (["shade", "a.png", "-o", "x.pgn"], "known are png"),
        (["shade", "a.png", "--layers", "x.zip"], "ends in .ora"),
        (["shade", "a.png", "--look", "echo", "--set", "turn"], "--set wants key=value"),
        (["spectrum", "a.png", "--npz", "s.zip"], ".npz"),
        (["bench", "--pairs", "0"], "at least 1 pair"),
        (["demo", "-p", "0"], "got 0"),
        (["looks", "-o", "x.png"], "--sheet"),
        (["looks", "--copy", "echo", "-o", "x.png"], ".toml"),
    ],
)
def test_help_version_and_wrong_usage_load_nothing(arguments: list[str], words: str) -> None:
    found, output = loaded(*arguments)
    assert words in output
    assert not found & {*HEAVY, "itten.config"}
    # Newer releases of typer check a command's values with pydantic; nothing else may load it.
    assert "pydantic" not in found or "typer._adapters" in found


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_help_and_version_load_no_pydantic(arguments: list[str]) -> None:
    assert loaded(*arguments)[0] == set()


def test_completion_loads_nothing() -> None:
    found, output = loaded(_ITTEN_COMPLETE="complete_bash", COMP_WORDS="itten sha", COMP_CWORD="1")
    assert "shade" in output
    assert not found & {*HEAVY, "itten.config"}


@pytest.mark.parametrize("arguments", [["looks"], ["looks", "--json"], ["shade", "a.png", "--turn", "left"]])
def test_looks_and_configurations_need_no_torch(arguments: list[str]) -> None:
    found, _ = loaded(*arguments)
    assert "itten.config" in found
    assert not found & {"torch", "numba", "scipy", "numpy", "PIL"}
