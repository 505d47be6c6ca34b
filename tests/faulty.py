"""Programs that are run in processes of their own, never for longer than 20 seconds where something could hang."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def environment(cache: Path | None = None, **more: str) -> dict[str, str]:
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **more}
    if cache is not None:
        found.pop("NUMBA_CACHE_DIR", None)
        found["ITTEN_CACHE_DIR"] = str(cache)
    return found


def start(code: str, cache: Path | None = None, **more: str) -> subprocess.Popen[str]:
    """A process that runs ``code``; warnings come as lines."""
    return subprocess.Popen(
        [sys.executable, "-c", LINES + code],
        env=environment(cache, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str], seconds: float = 120) -> tuple[int, str, str]:
    """Its exit code, and what it said on both streams; it is killed when it takes longer, and the test fails."""
    try:
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"nothing came for {seconds} seconds, but:\n{''.join(map(str, process.communicate()))}")
    return process.returncode, out, said


def run(code: str, cache: Path | None = None, seconds: float = 120, **more: str) -> tuple[int, str, str]:
    return end(start(code, cache, **more), seconds)
