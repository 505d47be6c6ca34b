"""Sums over segments in torch on any device."""

from __future__ import annotations

import torch

FIXED_POINT = float(1 << 30)


def segment_sums(
    pixels: torch.Tensor, owner: torch.Tensor, field: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.sums.segment_sums`. Nobody's pixels go to a row that is dropped."""
    width = field.shape[-1]
    who = torch.where(owner < 0, count, owner)
    place = torch.stack([pixels // width, pixels % width], dim=1)
    index = who[:, None].expand(-1, 2)
    empty = place.new_zeros((count + 1, 2))
    size = empty.new_zeros(count + 1).index_add_(0, who, torch.ones_like(who))[:count]
    total = empty.index_add(0, who, place)[:count]
    low = (empty + field.numel()).scatter_reduce(0, index, place, "amin")[:count]
    high = (empty - 1).scatter_reduce(0, index, place, "amax")[:count]
    values = field.flatten()[pixels].double()
    mean = _sum(values, who, count) / size
    centre = torch.cat([mean, mean.new_zeros(1)])[who]
    deviation = (_sum((values - centre).square(), who, count) / size).sqrt()
    return size, total, torch.cat([low, high], 1), mean, deviation


def _sum(values: torch.Tensor, who: torch.Tensor, count: int) -> torch.Tensor:
    whole = (values * FIXED_POINT).round().long()
    return whole.new_zeros(count + 1).index_add_(0, who, whole)[:count].double() / FIXED_POINT
