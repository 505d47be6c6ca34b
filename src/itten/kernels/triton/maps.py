"""Heads that look at every pixel of a picture, several tensor operations in one launch. Sums run in float64.

The formulas are those of the heads' functions of the same names, which are the oracle. Where these compare or
round, multiply-adds are not fused, so that both do the same.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import triton
import triton.language as tl

from itten.kernels.triton.stencil import on_device

PIXELS = 512
# As in the head: how far a colour is fetched from, in pixels, and the least values of mask and fill threshold.
STEP = 1.2
LEAST_FILL = 0.2
LEAST_MASK = 0.05
# Where the taps begin in the table of numbers. Scalars of a kernel are float32, so float64 comes in tables.
_TAPS: tl.constexpr = tl.constexpr(7)


def complexity(field: torch.Tensor, window: int, block: int = PIXELS) -> torch.Tensor:
    """σ(z(|∇f| + std(f))) for ``(…, H, W)``: Sobel's gradient, deviation in a ``window``² box, z-score over (H, W).

    Two launches: every block keeps its sum and its squares about its own mean, then each adds up all blocks' in one
    order (Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979).
    """
    height, width = field.shape[-2:]
    flat = field.contiguous()
    out = torch.empty_like(flat)
    maps = flat.numel() // max(height * width, 1)
    if maps == 0:
        return out
    blocks = triton.cdiv(height * width, block)
    busy = torch.empty(flat.shape, dtype=torch.float64, device=field.device)
    sums = torch.empty((maps, 2, blocks), dtype=torch.float64, device=field.device)
    with torch.cuda.device_of(flat):
        _busy[(maps, blocks)](
            flat, busy, sums, height, width, blocks, WINDOW=window, BLOCK=block, enable_fp_fusion=False
        )
        _scored[(maps, blocks)](
            busy, sums, out, height * width, blocks, BLOCK=block, STEP=min(1024, triton.next_power_of_2(blocks))
        )
    return out


@triton.jit
def _at(image, y, x, height, width):
    """Float64, edges repeated."""
    row = tl.minimum(tl.maximum(y, 0), height - 1)
    column = tl.minimum(tl.maximum(x, 0), width - 1)
    return tl.load(image + row * width + column).to(tl.float64)


@triton.jit
def _slopes(image, y, x, height, width):
    """(∂y, ∂x) by Sobel's masks over 8."""
    a = _at(image, y - 1, x - 1, height, width)
    b = _at(image, y - 1, x, height, width)
    c = _at(image, y - 1, x + 1, height, width)
    d = _at(image, y, x - 1, height, width)
    e = _at(image, y, x + 1, height, width)
    f = _at(image, y + 1, x - 1, height, width)
    g = _at(image, y + 1, x, height, width)
    h = _at(image, y + 1, x + 1, height, width)
    dy = ((f - a) + 2.0 * (g - b) + (h - c)) / 8.0
    dx = ((c + 2.0 * e + h) - (a + 2.0 * d + f)) / 8.0
    return dy, dx


@triton.jit
def _busy(field, busy, sums, height, width, blocks, WINDOW: tl.constexpr, BLOCK: tl.constexpr):
    start = tl.program_id(0).to(tl.int64) * height * width
    number = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    live = number < height * width
    at = tl.minimum(number, height * width - 1)
    y, x = at // width, at % width
    image = field + start
    dy, dx = _slopes(image, y, x, height, width)
    total, square = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    for across in range(WINDOW):
        column, column_square = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
        for down in range(WINDOW):
            value = _at(image, y + down - WINDOW // 2, x + across - WINDOW // 2, height, width)
            column += value
            column_square += value * value
        total += column
        square += column_square
    mean = total / (WINDOW * WINDOW)
    deviation = tl.sqrt(tl.maximum(square / (WINDOW * WINDOW) - mean * mean, 0.0))
    value = tl.sqrt(dy * dy + dx * dx) + deviation
    tl.store(busy + start + number, value, mask=live)
    here = tl.sum(tl.where(live, value, 0.0), 0)
    distance = tl.where(live, value - here / tl.sum(live.to(tl.float64), 0), 0.0)
    slot = sums + tl.program_id(0) * 2 * blocks + tl.program_id(1)
    tl.store(slot, here)
    tl.store(slot + blocks, tl.sum(distance * distance, 0))


@triton.jit
def _scored(busy, sums, out, pixels, blocks, BLOCK: tl.constexpr, STEP: tl.constexpr):
    start = tl.program_id(0).to(tl.int64) * pixels
    mine = sums + tl.program_id(0) * 2 * blocks
    parts = tl.zeros([STEP], tl.float64)
    for begin in range(0, blocks, STEP):
        b = begin + tl.arange(0, STEP)
        parts += tl.load(mine + b, mask=b < blocks, other=0.0)
    mean = tl.sum(parts, 0) / pixels
    parts = tl.zeros([STEP], tl.float64)
    for begin in range(0, blocks, STEP):
        b = begin + tl.arange(0, STEP)
        count = tl.minimum(pixels - b * BLOCK, BLOCK).to(tl.float64)
        apart = tl.load(mine + b, mask=b < blocks, other=0.0) / count - mean
        within = tl.load(mine + blocks + b, mask=b < blocks, other=0.0)
        parts += tl.where(b < blocks, within + count * apart * apart, 0.0)
    deviation = tl.sqrt(tl.sum(parts, 0) / pixels)
    number = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    live = number < pixels
    value = tl.load(busy + start + number, mask=live, other=0.0)
    z = tl.where(deviation > 0.0, (value - mean) / tl.where(deviation > 0.0, deviation, 1.0), 0.0)
    tl.store(out + start + number, 1.0 / (1.0 + tl.exp(-z)), mask=live)


def thicken(
    image: torch.Tensor,
    gate: torch.Tensor,
    contour: torch.Tensor,
    complexity: torch.Tensor,
    effect: float,
    modulation: float,
    sigma_ratio: float,
    fill_threshold: float,
    radius: int,
    rotation: float,
    block: int = PIXELS,
) -> torch.Tensor:
    """See :func:`itten.kernels.reference.fields.thicken`; ``image`` ``(C, H, W)``. Three launches: mask and spread down
    the columns, spread along the rows, fill and gather."""
    height, width = gate.shape
    picture = image.contiguous()
    out = torch.empty_like(picture)
    if out.numel() == 0:
        return out
    taps = [math.exp(-0.5 * (i / (radius * sigma_ratio)) ** 2) for i in range(-radius, radius + 1)]
    turn = [math.sin(rotation), math.cos(rotation)]
    numbers = [effect, modulation, max(fill_threshold, LEAST_FILL), *turn, STEP, LEAST_MASK, *taps]
    table = on_device(np.array(numbers), image.device, torch.float64)
    down = torch.empty((height, width), dtype=torch.float64, device=image.device)
    spread = torch.empty_like(down)
    marks = contour.contiguous().to(torch.uint8)
    grid = (triton.cdiv(height * width, block),)
    with torch.cuda.device_of(picture):
        _down[grid](
            gate.contiguous(), marks, complexity.contiguous(), table, down, height, width, radius,
            BLOCK=block, enable_fp_fusion=False,
        )  # fmt: skip
        _along[grid](down, table, spread, height, width, radius, BLOCK=block, enable_fp_fusion=False)
        _fill[grid](
            picture, marks, spread, table, out, height, width,
            CHANNELS=len(picture), BLOCK=block, enable_fp_fusion=False,
        )  # fmt: skip
    return out


@triton.jit
def _down(gate, contour, complexity, table, down, height, width, radius, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < height * width
    y = at // width
    modulation, least = tl.load(table + 1), tl.load(table + 6)
    total = tl.zeros([BLOCK], tl.float64)
    for tap in range(2 * radius + 1):
        row = y + tap - radius
        inside = live & (row >= 0) & (row < height)
        there = at + (tap - radius) * width
        high = tl.load(gate + there, mask=inside, other=0.0) > 0.5
        marked = inside & high & (tl.load(contour + there, mask=inside, other=0) != 0)
        busy = tl.load(complexity + there, mask=marked, other=0.0).to(tl.float64)
        amount = tl.maximum(1.0 - modulation * busy, least)
        total += tl.load(table + _TAPS + tap) * tl.where(marked, amount, 0.0)
    tl.store(down + at, total, mask=live)


@triton.jit
def _along(down, table, spread, height, width, radius, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < height * width
    x = at % width
    total = tl.zeros([BLOCK], tl.float64)
    for tap in range(2 * radius + 1):
        column = x + tap - radius
        inside = live & (column >= 0) & (column < width)
        total += tl.load(table + _TAPS + tap) * tl.load(down + at + tap - radius, mask=inside, other=0.0)
    tl.store(spread + at, tl.load(table) * total, mask=live)


@triton.jit
def _fill(image, contour, spread, table, out, height, width, CHANNELS: tl.constexpr, BLOCK: tl.constexpr):
    number = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    plane = height * width
    live = number < plane
    at = tl.minimum(number, plane - 1)
    y, x = at // width, at % width
    fill = (tl.load(contour + at) == 0) & (tl.load(spread + at) > tl.load(table + 2))
    dy, dx = _slopes(spread, y, x, height, width)
    length = tl.sqrt(dy * dy + dx * dx)
    step = tl.where(length > 0.0, tl.load(table + 5) / tl.where(length > 0.0, length, 1.0), 0.0)
    sine, cosine = tl.load(table + 3), tl.load(table + 4)
    v = tl.floor(y.to(tl.float64) + step * (sine * dx + cosine * dy) + 0.5).to(tl.int32)
    u = tl.floor(x.to(tl.float64) + step * (cosine * dx - sine * dy) + 0.5).to(tl.int32)
    v = tl.minimum(tl.maximum(v, 0), height - 1)
    u = tl.minimum(tl.maximum(u, 0), width - 1)
    there = tl.where(fill, v * width + u, at)
    for c in tl.static_range(CHANNELS):
        tl.store(out + c * plane + number, tl.load(image + c * plane + there), mask=live)


def distort(
    colours: torch.Tensor,
    rotation: float,
    contrast: float,
    scale: tuple[float, float, float],
    add: tuple[float, float, float],
    effect: float,
    block: int = PIXELS,
) -> torch.Tensor:
    """See :func:`itten.kernels.reference.segments.distort`, for ``(3, …)`` colours at once. One launch."""
    flat = colours.contiguous()
    out = torch.empty_like(flat)
    points = flat[0].numel()
    if points == 0:
        return out
    turn = min(rotation * effect, 1.0)
    numbers = [turn, 0.4 * contrast, 2.0 * math.pi * turn]
    for channel in range(3):
        numbers += [2.0 * math.pi * channel / 3.0, 1.0 + (scale[channel] - 1.0) * effect, add[channel] * effect]
    table = on_device(np.array([*numbers, 0.299, 0.587, 0.114]), colours.device, torch.float64)
    with torch.cuda.device_of(flat):
        _distort[(triton.cdiv(points, block),)](flat, table, out, points, BLOCK=block)
    return out


@triton.jit
def _distort(colours, table, out, points, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < points
    luma = tl.zeros([BLOCK], tl.float64)
    for c in tl.static_range(3):
        luma += tl.load(table + 12 + c) * tl.load(colours + c * points + at, mask=live, other=0.0).to(tl.float64)
    turn, contrast, rate = tl.load(table), tl.load(table + 1), tl.load(table + 2)
    for c in tl.static_range(3):
        own = tl.load(colours + c * points + at, mask=live, other=0.0).to(tl.float64)
        wave = 0.5 + contrast * tl.sin(rate * luma + tl.load(table + 3 + 3 * c))
        mixed = (1.0 - turn) * own + turn * wave
        value = mixed * tl.load(table + 4 + 3 * c) + tl.load(table + 5 + 3 * c)
        tl.store(out + c * points + at, tl.minimum(tl.maximum(value, 0.0), 1.0), mask=live)
