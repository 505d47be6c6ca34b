"""What heads do for a device: kernels of its own, constants that lie there, sizes that the host need not know."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
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


def host_kernel(operation: str, backend: str, *tensors: torch.Tensor) -> Callable[..., Any] | None:
    """The CPU's compiled kernel for ``operation``, which takes and returns tensors, else None.

    Only for float32, and never where a gradient is wanted or a graph is being compiled: that the heads' own formulas
    can do.
    """
    if torch.compiler.is_compiling() or backend not in ("auto", "numba") or tensors[0].device.type != "cpu":
        return None
    if any(tensor.is_floating_point() and tensor.dtype != torch.float32 for tensor in tensors):
        return None
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        return None
    if choose(operation, "cpu", backend) != "numba":
        return None
    run = kernel(operation, "numba")

    def launch(*arguments: Any) -> Any:
        given = (one.detach().contiguous().numpy() if isinstance(one, torch.Tensor) else one for one in arguments)
        found = run(*given)
        return tuple(map(torch.from_numpy, found)) if isinstance(found, tuple) else torch.from_numpy(found)

    return launch


def unseen(tensor: torch.Tensor, backend: str = "auto") -> bool:
    """Whether the host is not to learn how many segments there are and how large: where Triton's kernels work.

    Tables then have all the rows and pixels that they may have (see :class:`~itten.heads.segments.SegmentTable`), and
    the heads wait for the device only where their docstrings say so.
    """
    device = tensor.device.type
    if (backend == "auto" and device == "cpu") or backend not in ("auto", "triton"):
        return False
    return choose("label_components", device, backend) == "triton"


def constant(values: tuple[Any, ...], like: torch.Tensor, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """``values`` as a tensor where ``like`` lies, kept for the next time: a copy to the device would wait for all that
    runs there. Nobody may write to it."""
    return _kept(values, dtype, like.device)


@lru_cache(maxsize=256)
def _kept(values: tuple[Any, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype, device=device)
