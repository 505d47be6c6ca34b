"""What all kernels on the graph share: the stencil on the device, and the weight of an edge from two colours."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
import triton
import triton.language as tl

# Channels whose loop is written out; with more, compiling would take as long as there are channels.
UNROLLED = tl.constexpr(16)


def on_device(array: np.ndarray, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """``array`` as a tensor, kept for the next call with the same contents: a copy to the device would wait for all
    that runs there. Nobody may write to it."""
    plain = np.ascontiguousarray(array)
    return _kept(plain.tobytes(), plain.dtype.str, plain.shape, device, dtype)


@lru_cache(maxsize=64)
def _kept(data: bytes, kind: str, shape: tuple[int, ...], device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    values = torch.from_numpy(np.frombuffer(data, dtype=np.dtype(kind)).reshape(shape).copy())
    return values.to(device=device, dtype=dtype)


def edge_numbers(
    weights: np.ndarray, scale: float, device: torch.device, dtype: torch.dtype, cut: float = 0.0
) -> torch.Tensor:
    """``(m + 2,)``: the weights, then scale · log₂ e, then ``cut``."""
    numbers = np.append(np.asarray(weights, dtype=np.float64), [float(scale) * math.log2(math.e), cut])
    return on_device(numbers, device, dtype)


@triton.jit
def channel(image, at, plane, NUMBER: tl.constexpr, CHANNELS: tl.constexpr):
    """Channel ``NUMBER`` of the pixels ``at``; of pictures with fewer channels, the first."""
    return tl.load(image + (NUMBER if NUMBER < CHANNELS else 0) * plane + at)


@triton.jit
def edge_weight(image, red, green, blue, here, there, plane, base, scale, CHANNELS: tl.constexpr):
    """base · 2^(−scale · ‖I_here − I_there‖). The first three channels of ``here`` are in registers.

    No mask: both ends have to be addresses in the picture, which costs less than predicates and zeros for what fails.
    """
    d = red - tl.load(image + there)
    square = d * d
    if CHANNELS > 1:
        d = green - tl.load(image + plane + there)
        square += d * d
    if CHANNELS > 2:
        d = blue - tl.load(image + 2 * plane + there)
        square += d * d
    if CHANNELS <= UNROLLED:
        for c in tl.static_range(3, CHANNELS):
            d = tl.load(image + c * plane + here) - tl.load(image + c * plane + there)
            square += d * d
    else:
        for c in range(3, CHANNELS):
            d = tl.load(image + c * plane + here) - tl.load(image + c * plane + there)
            square += d * d
    return base * tl.exp2(-scale * tl.sqrt(square))
