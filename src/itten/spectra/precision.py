"""The arithmetic of eigenvectors, whatever a caller has set for networks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def eigen_arithmetic() -> Iterator[None]:
    """Products of float32 matrices are made in float32: no autocast to half precision, no shortened mantissas. BLAS has
    one thread.

    Autocast is a thread's own; the rest is the process's, so that a product in another thread is meanwhile made in
    full, and by one thread, too.
    """
    with ExitStack() as stack:
        stack.enter_context(_one_thread)
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        for settings, name, wanted in _mantissas():
            before = getattr(settings, name)
            if before != wanted:
                setattr(settings, name, wanted)
                stack.callback(setattr, settings, name, before)
        yield


@contextmanager
def one_thread_of_torch() -> Iterator[None]:
    """Torch's own products and LAPACK, which MKL makes and :func:`eigen_arithmetic` does not reach, with one thread:
    from some hundred rows on their number shows in the last bits. A caller's thread gets back what it had; another one
    that leaves at the same time may give this one more again."""
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _OneThread:
    """BLAS with one thread while anybody is inside: its threads spin between products of small matrices, and with some
    of its kernels their number shows in the last bits."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside, self.loaded = 0, 0
        self.controller: Any = None
        self.limit: Any = None

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside > 1:
                return
            # SciPy brings a library of its own when it is first needed.
            loaded = 1 + ("scipy.linalg" in sys.modules)
            if self.loaded != loaded:
                from threadpoolctl import ThreadpoolController

                self.controller, self.loaded = ThreadpoolController(), loaded
            self.limit = self.controller.limit(limits=1, user_api="blas")
            self.limit.__enter__()

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.limit.__exit__(None, None, None)


_one_thread = _OneThread()
if hasattr(os, "register_at_fork"):  # in a child nobody is inside
    os.register_at_fork(after_in_child=_one_thread.__init__)  # type: ignore[misc]


def _mantissas() -> list[tuple[Any, str, Any]]:
    """Settings with what they have to be: one a library, by its newer name where there is one."""
    cuda = torch.backends.cuda.matmul
    if not hasattr(cuda, "fp32_precision"):
        return [(cuda, "allow_tf32", False)]
    found = [(cuda, "fp32_precision", "ieee")]
    onednn = getattr(torch.backends.mkldnn, "matmul", None)
    return found + [(onednn, "fp32_precision", "ieee")] * hasattr(onednn, "fp32_precision")
