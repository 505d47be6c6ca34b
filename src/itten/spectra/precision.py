"""The arithmetic of eigenvectors, whatever a caller has set for networks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch


@contextmanager
def eigen_arithmetic() -> Iterator[None]:
    """Products of float32 matrices are made in float32: no autocast to half precision, no shortened mantissas."""
    settings = torch.backends.cuda.matmul
    name = "fp32_precision" if hasattr(settings, "fp32_precision") else "allow_tf32"
    before, wanted = getattr(settings, name), "ieee" if name == "fp32_precision" else False
    with ExitStack() as stack:
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        if before != wanted:
            setattr(settings, name, wanted)
            stack.callback(setattr, settings, name, before)
        yield
