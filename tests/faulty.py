"""Programs that are run in processes of their own, never for longer than 20 seconds where something could hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Nothing that could hang takes longer.
HANG = 20.0
LINES = 'import logging; logging.basicConfig(format="%(message)s")\n'
# One kernel, whose sum is 256.
KERNEL = """
import numpy as np
from itten.kernels.numba.blocks import residual

def work():
    x, out = np.ones(256, np.float32), np.zeros(256, np.float32)
    residual.alone(0, 1, 3 * x, x, np.full(16, 2, np.float32), out)
    return float(out.sum())
"""

# In the parent: torch's threads and the kernels' own exist and have worked.
USED = """
import os, sys, threading, time
import torch, itten
from tests.pictures import drawing, pattern
torch.set_num_threads(3)
target, source = drawing(72, 88), pattern(64, 80)

def work():
    return itten.shade(target, source, passes=1).image, itten.spectrum(target, 4, refine=1).vectors

def equal(left, right):
    return all(one.equal(other) for one, other in zip(left, right, strict=True))

def forked(check):
    "The child's exit code: 0 where `check` holds there."
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if check() else 3
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

first = work()
large = torch.rand(1500, 1500)
total = (large * large).sum()
"""


def environment(cache: Path | None = None, **more: str) -> dict[str, str]:
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **more}
    if cache is not None:
        found.pop("NUMBA_CACHE_DIR", None)
        found["ITTEN_CACHE_DIR"] = str(cache)
    return found


def start(code: str | Path, cache: Path | None = None, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """A process that runs ``code`` or a file with it; warnings come as lines."""
    program = [str(code)] if isinstance(code, Path) else ["-c", LINES + code]
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        env=environment(cache, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def end(process: subprocess.Popen[str], seconds: float = 120) -> tuple[int, str, str]:
    """Its exit code, and what it said on both streams; where it or a child of its takes longer, both are killed and
    the test fails."""
    try:
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"no end within {seconds} seconds\n{''.join(map(str, process.communicate()))}")
    return process.returncode, out, said


def run(
    code: str | Path, cache: Path | None = None, seconds: float = 120, *arguments: str, **more: str
) -> tuple[int, str, str]:
    return end(start(code, cache, *arguments, **more), seconds)


def finish(code: str, seconds: float = HANG) -> str:
    """What the program printed; ``seconds`` are for what could hang, and as many for torch to be loaded."""
    found, out, said = run(code, None, seconds + HANG, ITTEN_NUM_THREADS="3")
    assert found == 0, said
    return out.strip()
