"""What all kernels on the graph share: the stencil on the device, and the weight of an edge from two colours."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
import triton
import triton.language as tl


def stencil_tables(
    offsets: np.ndarray, weights: np.ndarray, scale: float, device: torch.device, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """``(m, 2)`` int32 offsets and ``(m + 1,)`` numbers on ``device``: the weights, then scale · log₂ e.

    Kept for the next call: a copy to the device would wait for all that runs there.
    """
    numbers = np.append(np.asarray(weights, dtype=np.float64), float(scale) * math.log2(math.e))
    return _tables(np.ascontiguousarray(offsets, dtype=np.int32).tobytes(), numbers.tobytes(), device, dtype)


@lru_cache(maxsize=32)
def _tables(
    offsets: bytes, numbers: bytes, device: torch.device, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    steps = torch.from_numpy(np.frombuffer(offsets, dtype=np.int32).reshape(-1, 2).copy())
    values = torch.from_numpy(np.frombuffer(numbers, dtype=np.float64).copy())
    return steps.to(device), values.to(device=device, dtype=dtype)


@triton.jit
def channel(image, at, plane, mask, outside, NUMBER: tl.constexpr, CHANNELS: tl.constexpr):
    """Channel ``NUMBER`` of the pixels ``at``; of pictures with fewer channels, the first."""
    return tl.load(image + (NUMBER if NUMBER < CHANNELS else 0) * plane + at, mask=mask, other=outside)


@triton.jit
def edge_weight(image, red, green, blue, here, there, plane, mask, base, scale, CHANNELS: tl.constexpr):
    """base · 2^(−scale · ‖I_here − I_there‖). The first three channels of ``here`` are in registers."""
    d = red - tl.load(image + there, mask=mask, other=0.0)
    square = d * d
    if CHANNELS > 1:
        d = green - tl.load(image + plane + there, mask=mask, other=0.0)
        square += d * d
    if CHANNELS > 2:
        d = blue - tl.load(image + 2 * plane + there, mask=mask, other=0.0)
        square += d * d
    for c in tl.static_range(3, CHANNELS):
        d = tl.load(image + c * plane + here, mask=mask, other=0.0)
        d -= tl.load(image + c * plane + there, mask=mask, other=0.0)
        square += d * d
    return base * tl.exp2(-scale * tl.sqrt(square))
