"""The compiler takes what the interpreter takes: every kernel becomes machine code for sm_90, on any machine."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from itten.kernels import triton as kernels

pytest.importorskip("triton")
FILES = list(Path(kernels.__file__).parent.glob("*.py"))


def launched():
    """The kernels that some function launches: those with a subscript before the call."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Subscript):
                yield node.func.value.id


@pytest.mark.parametrize("which", ["few", pytest.param("all", marks=pytest.mark.long)])
def test_kernels_compile_for_an_h100(which, tmp_path):
    environment = {**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernels.triton_compile", which],
        cwd=Path(__file__).parents[2], env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    compiled = set(done.stdout.split())
    assert compiled <= set(launched())
    assert compiled == set(launched()) if which == "all" else len(compiled) > 3
