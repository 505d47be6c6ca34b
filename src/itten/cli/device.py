"""Where the work is done: the device that was asked for, and what works there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from itten.errors import ResourceError, UsageError

if TYPE_CHECKING:
    import torch

log = logging.getLogger("itten")


def pick_device(name: str) -> torch.device:
    """The torch device of that name; ``auto`` is the first GPU, or the CPU where there is none."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"unknown device {name!r}: try cpu, cuda or auto") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ResourceError("no CUDA device can be used here: try --device cpu")
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"device {name!r} is not supported: try cpu, cuda or auto")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ResourceError(f"there is no {name!r} here, only {torch.cuda.device_count()} CUDA devices")
    return device


def announce(device: torch.device, backend: str = "auto") -> None:
    """Log which backend each operation will use; ``--verbose`` shows it. A named backend that cannot work on the device
    is an error of the registry."""
    from itten.kernels import choose
    from itten.kernels.registry import operations

    if backend == "auto" and not log.isEnabledFor(logging.INFO):
        return  # to choose is to import
    chosen = ", ".join(f"{operation} {choose(operation, device.type, backend)}" for operation in operations())
    log.info("on %s: %s", device, chosen)
