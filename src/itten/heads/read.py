"""The read head: for each target segment (query) the source segment (key) with the nearest signature."""

from __future__ import annotations

import torch
from torch import nn

from itten.heads.segments import SegmentTable


def signatures(table: SegmentTable) -> torch.Tensor:
    """``(S, 4)`` float64: mean and deviation of the field, log of the size, aspect ratio."""
    return torch.stack([table.mean, table.deviation, table.size.double().log(), table.aspect], dim=1)


def standardise(values: torch.Tensor) -> torch.Tensor:
    """Columns of ``(S, d)`` at mean 0 and deviation 1; a column without spread is 0."""
    centred = values - values.mean(dim=0)
    deviation = centred.square().mean(dim=0).sqrt()
    return torch.where(deviation > 1e-12, centred / deviation, 0.0)


def match(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """``(T,)`` int64: the key ``(S, d)`` nearest to each query ``(T, d)`` by L2, both standardised within
    their own image. Ties go to the lower number."""
    difference = standardise(queries)[:, None] - standardise(keys)[None]
    distance = difference.square().sum(dim=2)
    nearest = distance <= distance.amin(dim=1, keepdim=True)
    number = torch.arange(len(keys), device=keys.device)
    return torch.where(nearest, number, len(keys)).amin(dim=1)


class ReadHead(nn.Module):
    """:func:`match` on the :func:`signatures` of two tables."""

    def forward(self, target: SegmentTable, source: SegmentTable) -> torch.Tensor:
        return match(signatures(target), signatures(source))
