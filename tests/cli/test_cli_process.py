"""The command as a process of its own: exit codes, streams, no escape codes, the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import itten


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
    for threads in ("1", "2"):
        environment = {"NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "NO_COLOR": "1"}
        done = process("shade", "a.png", "b.png", "-p", "2", "-o", f"out{threads}.png", **environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"out{threads}.png\n".encode(), b"")
    assert Path("out1.png").read_bytes() == Path("out2.png").read_bytes()


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


@pytest.mark.usefixtures("folder")
def test_verbose_says_whether_a_picture_is_hard_or_soft() -> None:
    for edges, number in (("hard", "1"), ("soft", "2")):
        done = process("-v", "shade", "a.png", "-p", "1", "--set", f"edges={edges}", "-o", f"out{number}.png")
        assert f"picture 1 of 1 has {edges} edges" in done.stderr.decode()
    assert b"edges" not in process("shade", "a.png", "-p", "1", "-o", "quiet.png").stderr
