"""Composite: points over an image, with a defined winner or a mean where several land on one pixel."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from itten.errors import UsageError
from itten.heads.device import device_kernel, host_kernel
from itten.kernels import kernel

# Z-buffer sums are taken over integers (colour times 2⁴⁰): the same total in any order, on any device.
FIXED_POINT = float(1 << 40)
MODES = ("overwrite", "zbuffer")


def overwrite(image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """``image`` ``(3, H, W)`` with ``colours`` ``(3, P)`` at raster indices ``place`` ``(P,)``; where several land
    on a pixel, the last in the order of ``place`` wins. Place H · W is nowhere."""
    if len(place) == 0:
        return image.clone()
    flat = image.flatten(1)
    order = torch.arange(len(place), device=place.device)
    nobody = torch.full((flat.shape[1] + 1,), -1, dtype=torch.int64, device=place.device)
    winner = nobody.scatter_reduce(0, place, order, "amax")[:-1]
    return torch.where(winner >= 0, colours[:, winner.clamp(min=0)], flat).reshape(image.shape)


def zbuffer(image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """The same, where several land on a pixel it gets the mean of their colours."""
    flat = image.flatten(1)
    count = torch.zeros(flat.shape[1] + 1, dtype=torch.int64, device=place.device)
    count = count.index_add(0, place, torch.ones_like(place))
    mean = _FixedPointMean.apply(colours, place, count)[:, :-1].to(image.dtype)
    return torch.where(count[:-1] > 0, mean, flat).reshape(image.shape)


class _FixedPointMean(torch.autograd.Function):
    """Means ``(3, H · W + 1)`` float64 of ``colours`` ``(3, P)``, summed as integers; the gradient is the exact
    mean's."""

    @staticmethod
    def forward(ctx: Any, colours: torch.Tensor, place: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(place, count)
        ctx.dtype = colours.dtype
        whole = (colours.double() * FIXED_POINT).round().long()
        size = colours.shape[0], len(count)
        total = torch.zeros(size, dtype=torch.int64, device=place.device).index_add(1, place, whole)
        return total.double() / FIXED_POINT / count.clamp(min=1)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        place, count = ctx.saved_tensors
        return (gradients[0][:, place] / count[place]).to(ctx.dtype), None, None


def zbuffer_soft(
    image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor, coverage: torch.Tensor
) -> torch.Tensor:
    """The same for points that cover ``coverage`` ``(P,)`` of their pixels: Σ αF / Σ α, over the image by min(Σ α, 1).
    Sums run over integers."""
    flat = image.flatten(1)

    def summed(values: torch.Tensor) -> torch.Tensor:
        whole = values.double().mul(FIXED_POINT).round().long()
        total = torch.zeros(flat.shape[1] + 1, dtype=torch.int64, device=place.device)
        return total.index_add(0, place, whole)[:-1].double()

    # One channel after the other: this is where a pass with many copies takes most memory.
    weight = summed(coverage)
    mean = torch.stack([(summed(one * coverage) / weight.clamp(min=1)).to(image.dtype) for one in colours])
    share = (weight / FIXED_POINT).clamp(max=1.0).to(image.dtype)
    return (flat + share * (mean - flat)).clamp(0.0, 1.0).reshape(image.shape)


def composite(
    image: torch.Tensor,
    place: torch.Tensor,
    colours: torch.Tensor,
    mode: str = "overwrite",
    backend: str = "auto",
    coverage: torch.Tensor | None = None,
) -> torch.Tensor:
    """One layer of points over the image, by ``overwrite`` or ``zbuffer``. Layers are put on one by one.

    With ``coverage`` ``(P,)`` points cover that much of their pixels: ``overwrite`` lays them over one another in their
    order, ``zbuffer`` takes the mean of those on a pixel by coverage, which together cover at most all of it.
    """
    if mode not in MODES:
        raise UsageError(f"unknown composite '{mode}': there are {', '.join(MODES)}")
    if coverage is not None:
        if mode == "zbuffer":
            return zbuffer_soft(image, place, colours, coverage)
        blend = host_kernel("blend_points", backend, image, colours, coverage) or kernel("blend_points", "torch")
        return blend(image, place, colours, coverage).clamp(0.0, 1.0)
    own = device_kernel("scatter_last" if mode == "overwrite" else "scatter_mean", backend, image, colours)
    if mode == "overwrite" and own is None and image.dim() == 3:
        own = host_kernel("scatter_last", backend, image, colours)
    if own is not None and len(place):
        return own(image, place, colours)[0]
    return (overwrite if mode == "overwrite" else zbuffer)(image, place, colours)


class Composite(nn.Module):
    """:func:`composite` with its mode kept."""

    def __init__(self, mode: str = "overwrite", backend: str = "auto") -> None:
        super().__init__()
        if mode not in MODES:
            raise UsageError(f"unknown composite '{mode}': there are {', '.join(MODES)}")
        self.mode = mode
        self.backend = backend

    def forward(
        self, image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor, coverage: torch.Tensor | None = None
    ) -> torch.Tensor:
        return composite(image, place, colours, self.mode, self.backend, coverage)
