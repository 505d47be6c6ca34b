"""Points over an image: the last wins, or the mean counts; the same bits whatever the order of the threads."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from itten.kernels.triton.sums import fixed_point

POINTS = 256


def scatter_last(
    image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor, block: int = POINTS
) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.scatter.scatter_last`. Two launches: a maximum of numbers, then a gather.

    Points beyond the picture's last pixel paint nothing.
    """
    old, new, where = image.contiguous(), colours.to(image.dtype).contiguous(), place.contiguous()
    out = torch.empty_like(old)
    pixels = image[0].numel()
    winner = torch.full((pixels,), -1, dtype=torch.int64, device=image.device)
    with torch.cuda.device_of(old):
        if len(place):
            _stake[(triton.cdiv(len(place), block),)](where, winner, pixels, len(place), BLOCK=block)
        if pixels:
            _paint[(triton.cdiv(pixels, block),)](
                old, new, winner, out, pixels, len(place), CHANNELS=len(image), BLOCK=block
            )
    return out, winner


@triton.jit
def _stake(place, winner, pixels, points, BLOCK: tl.constexpr):
    number = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = number < points
    at = tl.load(place + number, mask=live, other=0)
    tl.atomic_max(winner + at, number.to(tl.int64), mask=live & (at < pixels))


@triton.jit
def _paint(image, colours, winner, out, pixels, points, CHANNELS: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < pixels
    number = tl.load(winner + at, mask=live, other=-1)
    won = number >= 0
    for c in tl.static_range(CHANNELS):
        old = tl.load(image + c * pixels + at, mask=live & (won == 0), other=0.0)
        new = tl.load(colours + c * points + number, mask=won, other=0.0)
        tl.store(out + c * pixels + at, tl.where(won, new, old), mask=live)


def scatter_mean(
    image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor, block: int = POINTS
) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.scatter.scatter_mean`. Two launches: sums of whole numbers, then means.

    Points beyond the picture's last pixel do not count.
    """
    old, new, where = image.contiguous(), colours.contiguous(), place.contiguous()
    out = torch.empty_like(old)
    pixels = image[0].numel()
    count = torch.zeros((pixels,), dtype=torch.int64, device=image.device)
    total = torch.zeros((len(image), pixels), dtype=torch.int64, device=image.device)
    with torch.cuda.device_of(old):
        if len(place):
            _collect[(triton.cdiv(len(place), block),)](
                where, new, total, count, pixels, len(place), CHANNELS=len(image), BLOCK=block
            )
        if pixels:
            _average[(triton.cdiv(pixels, block),)](old, total, count, out, pixels, CHANNELS=len(image), BLOCK=block)
    return out, count


@triton.jit
def _collect(place, colours, total, count, pixels, points, CHANNELS: tl.constexpr, BLOCK: tl.constexpr):
    number = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    at = tl.load(place + number, mask=number < points, other=pixels)
    live = at < pixels
    tl.atomic_add(count + at, tl.full([BLOCK], 1, tl.int64), mask=live)
    for c in tl.static_range(CHANNELS):
        value = tl.load(colours + c * points + number, mask=live, other=0.0).to(tl.float64)
        tl.atomic_add(total + c * pixels + at, fixed_point(value, 1099511627776.0), mask=live)


@triton.jit
def _average(image, total, count, out, pixels, CHANNELS: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < pixels
    n = tl.load(count + at, mask=live, other=0)
    divisor = tl.maximum(n, 1).to(tl.float64)
    for c in tl.static_range(CHANNELS):
        whole = tl.load(total + c * pixels + at, mask=live, other=0).to(tl.float64)
        old = tl.load(image + c * pixels + at, mask=live, other=0.0)
        mean = (whole * (1.0 / 1099511627776.0) / divisor).to(old.dtype)
        tl.store(out + c * pixels + at, tl.where(n > 0, mean, old), mask=live)
