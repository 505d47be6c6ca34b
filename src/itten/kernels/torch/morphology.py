"""Closing by squares, in tensors. What is returned is said in :mod:`itten.kernels.reference.morphology`."""

from __future__ import annotations

import torch
from torch.nn import functional


def closed(values: torch.Tensor, radius: int) -> torch.Tensor:
    """See :func:`itten.kernels.reference.morphology.closed`."""
    return -_largest(-_largest(values[None], radius), radius)[0]


def _largest(values: torch.Tensor, radius: int) -> torch.Tensor:
    """Rows first, then columns; in steps that a pool can take, whose padding is at most half its window."""
    side = 2 * radius + 1
    rows = functional.max_pool2d(values, (side, 1), 1, (radius, 0))
    return functional.max_pool2d(rows, (1, side), 1, (0, radius))
