"""Kernels of a device's own for what a head otherwise says in torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from itten.kernels import choose, kernel


def device_kernel(operation: str, backend: str, *tensors: torch.Tensor) -> Callable[..., Any] | None:
    """Triton's kernel for ``operation`` where ``backend`` and the tensors' device call for it, else None.

    Never where a gradient is wanted: the kernels have none. On the CPU, left to itself, the answer is None without a
    look at the registry, so that heads compile as one graph.
    """
    device = tensors[0].device.type
    if (backend == "auto" and device == "cpu") or backend not in ("auto", "triton"):
        return None
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        return None
    return kernel(operation, "triton") if choose(operation, device, backend) == "triton" else None
