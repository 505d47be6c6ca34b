"""What stands out in a picture, in tensors. What is returned is said in :mod:`itten.kernels.reference.marks`."""

from __future__ import annotations

import torch
from torch.nn import functional

from itten.kernels.reference.marks import BINS, BLOCKS, FIXED_POINT, LIGHT, NONE, PAPER, squares
from itten.kernels.torch.ink import strongest
from itten.kernels.torch.morphology import closed


def median_curvature(values: torch.Tensor) -> torch.Tensor:
    """See :func:`itten.kernels.reference.marks.median_curvature`."""
    if min(values.shape) < 3:
        return values.new_zeros(())
    along = values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2]
    return (along[2:] - 2 * along[1:-1] + along[:-2]).abs().flatten().median()


def paper_value(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.marks.paper_value`."""
    level = (values * BINS).long().clamp(max=BINS - 1)
    flat = level.flatten()
    count = functional.pad(flat.new_zeros(BINS).index_add_(0, flat, torch.ones_like(flat)), (1, 1))
    count = count[:-2] + count[1:-1] + count[2:]
    own = (level - count.argmax()).abs() <= 1
    total = torch.where(own, (values.double() * FIXED_POINT).round().long(), 0).sum()
    paper = total.double() / FIXED_POINT / own.sum().clamp(min=1)
    return paper.to(values.dtype), count.max() >= PAPER * values.numel()


def standing(values: torch.Tensor, reach: int) -> torch.Tensor:
    """See :func:`itten.kernels.reference.marks.standing`."""
    dark, light = closed(values, reach) - values, values + closed(-values, reach)
    height, width = values.shape
    step, top, left = squares(height, width, 2 * reach)
    both = functional.pad(torch.stack([dark, light, torch.ones_like(dark)]).double(), (left, left, top, top))
    sums = functional.avg_pool2d(both, step, step)
    coarse = sums[:2] / sums[2]
    whole, share = functional.avg_pool2d(coarse, 2 * BLOCKS + 1, 1, BLOCKS, count_include_pad=False)
    lighter = (share < LIGHT * whole) & (share > NONE * whole)
    lighter = lighter.repeat_interleave(step, 0)[top : top + height]
    lighter = lighter.repeat_interleave(step, 1)[:, left : left + width]
    return torch.where(lighter, light, dark)


def peaks(strength: torch.Tensor, floor: torch.Tensor, share: float, radius: int) -> torch.Tensor:
    """See :func:`itten.kernels.reference.marks.peaks`."""
    return (strength > floor) & (strength >= share * strongest(strength, radius)[0])
