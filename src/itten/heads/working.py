"""Working size: what a picture is made of is decided on a small one, and painted on the picture itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch


@dataclass(frozen=True)
class Working:
    """A picture's size ``full`` (H, W), and the ``size`` (h, w) at which its composition is decided: the same, or
    smaller in both directions by the same factor, but for rounding."""

    full: tuple[int, int]
    size: tuple[int, int]

    @staticmethod
    def of(full: Sequence[int], detail: int) -> Working:
        """With a shorter side of ``detail`` pixels, or as it is, if that has no more or ``detail`` is 0."""
        height, width = full
        short = min(height, width)
        if not 0 < detail < short:
            return Working((height, width), (height, width))
        rows, columns = (max(int(side * detail / short + 0.5), 1) for side in (height, width))
        return Working((height, width), (rows, columns))

    @property
    def same(self) -> bool:
        """Whether it is the picture's own size."""
        return self.full == self.size

    @property
    def ratio(self) -> float:
        """How many of the picture's pixels are one of the working size's, along a side."""
        return math.sqrt(self.full[0] * self.full[1] / (self.size[0] * self.size[1]))

    def shrunk(self, values: torch.Tensor) -> torch.Tensor:
        """Means ``(…, h, w)`` of ``values`` ``(…, H, W)`` over the area of each working pixel."""
        if self.same:
            return values
        return _means(_means(values, -2, self.size[0]), -1, self.size[1])

    def some(self, mask: torch.Tensor) -> torch.Tensor:
        """``(h, w)`` bool: whether ``mask`` ``(H, W)`` is True anywhere in a working pixel."""
        return mask if self.same else self.shrunk(mask.float()) > 0

    def most(self, mask: torch.Tensor) -> torch.Tensor:
        """``(h, w)`` bool: whether ``mask`` ``(H, W)`` is True in at least half of a working pixel."""
        return mask if self.same else self.shrunk(mask.float()) >= 0.5

    def enlarged(self, values: torch.Tensor) -> torch.Tensor:
        """``values`` ``(…, h, w)`` at every pixel of the picture, ``(…, H, W)``, linear between the working pixels'
        middles."""
        if self.same:
            return values
        for dim in (-2, -1):
            low, share = _between(self.size[dim], self.full[dim], values.device)
            above = values.index_select(dim, (low + 1).clamp(max=self.size[dim] - 1))
            share = share[:, None] if dim == -2 else share
            below = values.index_select(dim, low)
            values = below + share.to(values.dtype) * (above - below)
        return values

    def repeated(self, values: torch.Tensor) -> torch.Tensor:
        """``values`` ``(h, w)`` of any type, each at all pixels ``(H, W)`` whose middle lies in the working pixel."""
        return values if self.same else values[_nearest(self, 0, values)][:, _nearest(self, 1, values)]

    def labels(self, labels: torch.Tensor) -> torch.Tensor:
        """Labels ``(h, w)`` int64 for every pixel ``(H, W)``: of those of the four working pixels around the one that
        has most of the weight between them, so that borders are straight and not made of squares."""
        if self.same:
            return labels
        (y, v), (x, u) = (_between(self.size[dim], self.full[dim], labels.device) for dim in (0, 1))
        below, right = (y + 1).clamp(max=self.size[0] - 1), (x + 1).clamp(max=self.size[1] - 1)
        found = self.repeated(labels)
        corners = [labels[i][:, j] for i in (y, below) for j in (x, right)]
        mixed = torch.stack([corners[0] != other for other in corners[1:]]).any(dim=0).nonzero()
        down, along = v[mixed[:, 0]], u[mixed[:, 1]]
        weights = [(1 - down) * (1 - along), (1 - down) * along, down * (1 - along), down * along]
        names = [corner[mixed[:, 0], mixed[:, 1]] for corner in corners]
        best, heaviest = names[0], torch.full_like(down, -1.0)
        for name in names:
            total = sum(
                (torch.where(name == other, weight, 0.0) for other, weight in zip(names, weights, strict=True)),
                torch.zeros_like(down),
            )
            more = total > heaviest
            best, heaviest = torch.where(more, name, best), torch.where(more, total, heaviest)
        found[mixed[:, 0], mixed[:, 1]] = best
        return found

    def place(self, at: torch.Tensor) -> torch.Tensor:
        """Places ``(n, 2)`` int64 (y, x) of working pixels as those of the picture's pixels in their middles."""
        return at if self.same else torch.floor(self.middle(at) + 0.5).long()

    def middle(self, at: torch.Tensor) -> torch.Tensor:
        """The middles ``(n, 2)`` float64 of working pixels ``(n, 2)`` int64, in pixels of the picture."""
        if self.same:
            return at.double()
        up = torch.tensor([full / size for full, size in zip(self.full, self.size, strict=True)], dtype=torch.float64)
        return (at.double() + 0.5) * up.to(at.device) - 0.5


def low_passed(values: torch.Tensor, sigma: float) -> torch.Tensor:
    """``values`` ``(…, H, W)`` blurred by a Gaussian of ``sigma`` pixels, cut off at three times that, the border
    repeated. One shift after the other: the same with any number of threads."""
    reach = math.ceil(3 * sigma)
    taps = [math.exp(-0.5 * (shift / sigma) ** 2) for shift in range(reach + 1)]
    whole = taps[0] + 2 * sum(taps[1:])
    for dim in (-2, -1):
        side = values.shape[dim]
        index = torch.arange(-reach, side + reach, device=values.device).clamp(0, side - 1)
        padded, out = values.index_select(dim, index), values * (taps[0] / whole)
        for shift in range(1, reach + 1):
            both = padded.narrow(dim, reach - shift, side) + padded.narrow(dim, reach + shift, side)
            out = out + both * (taps[shift] / whole)
        values = out
    return values


def _means(values: torch.Tensor, dim: int, size: int) -> torch.Tensor:
    """Means along a dimension over ``size`` equal stretches of it, pixels counting by what of them lies within. One
    after the other: the same on every device, with any number of threads."""
    old = values.shape[dim]
    borders = [i * old / size for i in range(size + 1)]
    taps = max(math.ceil(high - 1e-9) - math.floor(low + 1e-9) for low, high in pairwise(borders))
    out = torch.zeros_like(values.narrow(dim, 0, size))
    for tap in range(taps):
        index = [min(math.floor(low + 1e-9) + tap, old - 1) for low in borders[:-1]]
        inner = [
            max(0.0, min(high, math.floor(low + 1e-9) + tap + 1) - max(low, math.floor(low + 1e-9) + tap))
            for low, high in pairwise(borders)
        ]
        weight = torch.tensor(inner, dtype=values.dtype, device=values.device) * (size / old)
        weight = weight[:, None] if dim == -2 else weight
        out = out + weight * values.index_select(dim, torch.tensor(index, device=values.device))
    return out


def _between(size: int, full: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """For each of ``full`` pixels the working pixel whose middle is the last before its own, and its share of the way
    to the next one's, float64."""
    at = ((torch.arange(full, dtype=torch.float64, device=device) + 0.5) * (size / full) - 0.5).clamp(0.0, size - 1.0)
    low = at.floor()
    return low.long(), at - low


def _nearest(working: Working, dim: int, values: torch.Tensor) -> torch.Tensor:
    size, full = working.size[dim], working.full[dim]
    at = (torch.arange(full, dtype=torch.float64, device=values.device) + 0.5) * (size / full)
    return at.long().clamp(max=size - 1)
