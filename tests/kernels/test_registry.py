import logging
import sys

import pytest

from itten.errors import BackendError
from itten.kernels import available, choose, kernel
from itten.kernels.registry import operations


def test_every_entry_can_be_imported():
    for operation in operations():
        for backend in available(operation):
            if backend == "triton":
                pytest.importorskip("triton")
            assert callable(kernel(operation, backend))


def test_the_choice_follows_the_device():
    assert choose("lanczos_tiles") == "numba"
    assert choose("lanczos_tiles", "mps") == "torch"
    assert choose("lanczos_tiles", "cpu", "reference") == "reference"


def test_explicit_requests_that_cannot_be_met_fail():
    with pytest.raises(BackendError, match="no backend 'cupy'"):
        choose("lanczos_tiles", "cpu", "cupy")
    with pytest.raises(BackendError, match="works on the CPU"):
        choose("lanczos_tiles", "cuda", "numba")


def test_a_missing_numba_falls_back_to_torch_and_says_so(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "itten.kernels.numba.lanczos", None)
    with caplog.at_level(logging.WARNING, "itten"):
        assert choose("lanczos_tiles") == "torch"
    assert "falls back" in caplog.text
