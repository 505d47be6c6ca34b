"""The arithmetic of eigenvectors, whatever a caller has set for networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def eigen_arithmetic() -> Iterator[None]:
    """Products of float32 matrices are made in float32: no autocast to half precision, no shortened mantissas.

    Autocast is a thread's own; the mantissas are the process's, so that a product in another thread is meanwhile made
    in full, too.
    """
    with ExitStack() as stack:
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        for settings, name, wanted in _mantissas():
            before = getattr(settings, name)
            if before != wanted:
                setattr(settings, name, wanted)
                stack.callback(setattr, settings, name, before)
        yield


def _mantissas() -> list[tuple[Any, str, Any]]:
    """Settings with what they have to be: one a library, by its newer name where there is one."""
    cuda = torch.backends.cuda.matmul
    if not hasattr(cuda, "fp32_precision"):
        return [(cuda, "allow_tf32", False)]
    found = [(cuda, "fp32_precision", "ieee")]
    onednn = getattr(torch.backends.mkldnn, "matmul", None)
    return found + [(onednn, "fp32_precision", "ieee")] * hasattr(onednn, "fp32_precision")
