"""Edge weights and the Laplacian's product. Weights are made where they are used and never stored."""

from __future__ import annotations

import numpy as np
import torch
import triton
import triton.language as tl

from itten.kernels.triton.stencil import channel, edge_numbers, edge_weight, on_device

# Pixels a program; with four warps all of them lie side by side, so that no weight is made twice in a program.
PIXELS = 512
# Vectors that share a weight while it is in a register.
VECTORS = 8


def edge_weights(
    features: torch.Tensor, offsets: np.ndarray, weights: np.ndarray, scale: float, block: int = PIXELS
) -> torch.Tensor:
    """``(m, H, W)`` for features ``(C, H, W)``: w · exp(−scale · ‖I_i − I_j‖₂), 0 outside. One launch."""
    channels, height, width = features.shape
    image = features.contiguous()
    out = image.new_empty((len(weights), height, width))
    steps = on_device(offsets, image.device, torch.int32)
    numbers = edge_numbers(weights, scale, image.device, image.dtype)
    if out.numel():
        with torch.cuda.device_of(image):
            _weights[(triton.cdiv(height * width, block),)](
                image, steps, numbers, out, len(weights), height, width, CHANNELS=channels, BLOCK=block
            )
    return out


@triton.jit
def _weights(image, steps, numbers, out, m, height, width, CHANNELS: tl.constexpr, BLOCK: tl.constexpr):
    number = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    plane = height * width
    live = number < plane
    here = tl.minimum(number, plane - 1)
    y, x = here // width, here % width
    red = channel(image, here, plane, 0, CHANNELS)
    green = channel(image, here, plane, 1, CHANNELS)
    blue = channel(image, here, plane, 2, CHANNELS)
    scale = tl.load(numbers + m)
    slot = out + here
    for j in range(m):
        dy, dx = tl.load(steps + 2 * j), tl.load(steps + 2 * j + 1)
        inside = (y + dy < height) & (x + dx >= 0) & (x + dx < width)
        there = tl.where(inside, here + dy * width + dx, here)
        base = tl.load(numbers + j)
        weight = edge_weight(image, red, green, blue, here, there, plane, base, scale, CHANNELS)
        tl.store(slot, tl.where(inside, weight, 0.0), mask=live)
        slot += plane


def laplacian_apply(
    features: torch.Tensor,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    vectors: torch.Tensor,
    cut: float = 0.0,
    block: int = PIXELS,
) -> torch.Tensor:
    """(L v)_i = Σ_j A_ij (v_i − v_j) for ``vectors`` ``(k, H, W)``, of the features' type, without edges no heavier
    than ``cut``.

    Every pixel gathers along both halves of the stencil: no two programs write to one place, and each sum has one
    order. One launch for every ``VECTORS`` vectors.
    """
    channels, height, width = features.shape
    image, v = features.contiguous(), vectors.to(features.dtype).contiguous()
    out = torch.empty_like(v)
    steps = on_device(offsets, image.device, torch.int32)
    numbers = edge_numbers(weights, scale, image.device, image.dtype, cut)
    if out.numel():
        rows = min(VECTORS, triton.next_power_of_2(len(v)))
        grid = (triton.cdiv(height * width, block), triton.cdiv(len(v), rows))
        with torch.cuda.device_of(image):
            _apply[grid](
                image, steps, numbers, v, out, len(weights), len(v), height, width,
                CHANNELS=channels, ROWS=rows, BLOCK=block,
            )  # fmt: skip
    return out.to(vectors.dtype)


@triton.jit
def _apply(
    image, steps, numbers, vectors, out, m, k, height, width,
    CHANNELS: tl.constexpr, ROWS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    number = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    plane = height * width
    live = number < plane
    here = tl.minimum(number, plane - 1)
    y, x = here // width, here % width
    red = channel(image, here, plane, 0, CHANNELS)
    green = channel(image, here, plane, 1, CHANNELS)
    blue = channel(image, here, plane, 2, CHANNELS)
    scale, cut = tl.load(numbers + m), tl.load(numbers + m + 1)
    start = tl.minimum(row, k - 1).to(tl.int64)[:, None] * plane
    own = tl.load(vectors + start + here[None, :])
    total = tl.zeros_like(own)
    for j in range(2 * m):
        o = j % m
        sign = tl.where(j < m, 1, -1)
        dy, dx = sign * tl.load(steps + 2 * o), sign * tl.load(steps + 2 * o + 1)
        inside = (y + dy >= 0) & (y + dy < height) & (x + dx >= 0) & (x + dx < width)
        # Beyond the border a pixel is its own neighbour: nothing flows.
        there = tl.where(inside, here + dy * width + dx, here)
        base = tl.load(numbers + o)
        weight = edge_weight(image, red, green, blue, here, there, plane, base, scale, CHANNELS)
        weight = tl.where(weight > cut, weight, 0.0)
        total += weight[None, :] * (own - tl.load(vectors + start + there[None, :]))
    tl.store(out + start + here[None, :], total, mask=(row < k)[:, None] & live[None, :])
