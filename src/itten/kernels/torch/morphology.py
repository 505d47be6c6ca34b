"""Closing and growing by squares, in tensors. What is returned is said in :mod:`itten.kernels.reference.morphology`."""

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


def grown(mask: torch.Tensor, radius: int) -> torch.Tensor:
    """See :func:`itten.kernels.reference.morphology.grown`."""
    for dim in (0, 1):
        reach = 0
        while reach < radius:  # farther moves would leave a gap where what has grown ends at the border
            step = min(reach + 1, radius - reach)
            wide, size = mask.clone(), mask.shape[dim]
            if step < size:
                wide.narrow(dim, step, size - step).logical_or_(mask.narrow(dim, 0, size - step))
                wide.narrow(dim, 0, size - step).logical_or_(mask.narrow(dim, step, size - step))
            mask, reach = wide, reach + step
    return mask
