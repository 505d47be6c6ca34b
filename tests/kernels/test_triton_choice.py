"""When the registry takes Triton's kernels."""

import logging
import subprocess
import sys

import pytest

from itten.errors import BackendError
from itten.kernels import available, choose
from itten.kernels.registry import _TABLE, operations

pytest.importorskip("triton")


def test_a_cuda_device_gets_triton_where_there_is_a_kernel():
    for operation in operations():
        assert choose(operation, "cuda") == ("triton" if "triton" in available(operation) else "torch")


def test_the_cpu_never_gets_triton_by_itself(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    for operation in operations():
        assert choose(operation) == ("numba" if "numba" in available(operation) else "torch")
        assert choose(operation, "mps") == "torch"


def test_by_name_it_needs_the_interpreter_on_the_cpu(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert choose("label_components", "cpu", "triton") == "triton"
    for off in ("0", ""):
        monkeypatch.setenv("TRITON_INTERPRET", off)
        with pytest.raises(BackendError, match="works on CUDA devices, the picture is on cpu"):
            choose("label_components", "cpu", "triton")
    monkeypatch.delenv("TRITON_INTERPRET")
    with pytest.raises(BackendError, match="the picture is on mps"):
        choose("label_components", "mps", "triton")


def test_what_a_backend_lacks_is_left_to_torch(monkeypatch):
    monkeypatch.delitem(_TABLE["thicken"], "triton")
    assert choose("thicken", "cuda", "triton") == "torch"
    assert choose("thicken", "cuda") == "torch"
    assert "numba" not in available("scatter_mean")
    assert choose("scatter_mean", "cpu", "numba") == "torch"


def test_without_triton_a_cuda_device_gets_torch_and_hears_of_it(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "itten.kernels.triton.components", None)
    with caplog.at_level(logging.WARNING, "itten"):
        assert choose("label_components", "cuda") == "torch"
    assert "falls back from triton to torch" in caplog.text
    with pytest.raises(BackendError, match="cannot be used here"):
        choose("label_components", "cuda", "triton")


def test_the_package_does_not_load_triton():
    code = "import sys, itten, itten.kernels; print('triton' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
