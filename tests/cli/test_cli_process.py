"""The command as a process of its own: exit codes, streams, no escape codes, the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import itten
from tests.pictures import drawing


def process(*arguments: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "itten", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.usefixtures("folder")
def test_one_thread_and_two_give_the_same_bytes() -> None:
    """And the second process, which is to be verbose, says whether a picture is hard or soft."""
    said = []
    for threads in ("1", "2"):
        environment = {"NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "NO_COLOR": "1"}
        verbose = ["-v"] if threads == "2" else []
        options = ["-p", "2", "--set", "edges=soft", "-o", f"out{threads}.png"]
        done = process(*verbose, "shade", "a.png", "b.png", *options, **environment)
        assert (done.returncode, done.stdout) == (0, f"out{threads}.png\n".encode())
        said.append(done.stderr.decode())
    assert Path("out1.png").read_bytes() == Path("out2.png").read_bytes()
    assert said[0] == ""
    assert "picture 1 of 1 has soft edges" in said[1]


@pytest.mark.usefixtures("folder")
def test_a_name_that_is_no_text() -> None:
    odd = b"odd\xff.png"
    try:
        os.link("a.png", odd)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    done = process("shade", odd, "-p", "1", "-o", b"out\xfe\xc3\xa4.png")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == "out\\udcfeä.png\n".encode()
    assert Path(os.fsdecode(b"out\xfe\xc3\xa4.png")).exists()


@pytest.mark.usefixtures("folder")
def test_errors_of_a_process() -> None:
    missing = process("shade", "gone.png")
    assert (missing.returncode, missing.stdout) == (3, b"")
    assert missing.stderr == b"itten: 'gone.png' does not exist\n"
    wrong = process("shade", "a.png", "--colour")
    assert wrong.returncode == 2
    assert b"--colour" in wrong.stderr
    assert b"\x1b" not in wrong.stderr
    assert b"Traceback" not in wrong.stderr


def test_the_installed_command() -> None:
    script = Path(sys.executable).with_name("itten")
    if not script.exists():
        pytest.skip("itten is not installed beside this interpreter")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"itten {itten.__version__}\n")


@pytest.mark.parametrize("edges", ["hard", "soft"])
def test_whether_a_picture_is_hard_or_soft_is_logged(caplog: pytest.LogCaptureFixture, edges: str) -> None:
    with caplog.at_level("INFO", "itten"):
        itten.shade(drawing(40, 44), None, {"edges": edges, "min_pixels": 5}, passes=1)
    assert f"picture 1 of 1 has {edges} edges" in caplog.text
