"""L times a block of vectors that lie side by side on a canvas, and the steps of Chebyshev's iteration, in one launch.

Weights are made from the colours in registers, once for all 16 lanes of a program, and never stored. A program owns a
patch of pixels and 16 lanes and gathers along the whole stencil: nothing is added atomically, and every sum has one
order. Arguments are those of :mod:`itten.kernels.torch.stitched`, but for the stencil: ``steps`` and ``weights`` name
all 2m offsets, and the picture's place on the canvas has to be known. Several pictures of one size are a grid's axis.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl

LANES = 16
# Pixels of a program's patch: nearly square, since a patch reads itself and the stencil's reach around it.
HIGH, WIDE = 8, 16
PRODUCT, CHEBYSHEV, LEFT = 0, 1, 2


def laplacian_block(
    colours: torch.Tensor,
    steps: torch.Tensor,
    weights: torch.Tensor,
    scale: float,
    cut: float,
    pitch: int,
    margin: int,
    height: int,
    width: int,
    x: torch.Tensor,
    patch: tuple[int, int] = (HIGH, WIDE),
) -> torch.Tensor:
    """L ``x`` for ``x`` ``(B, R, lanes)``, lanes a multiple of 16; ``colours`` ``(C, B · R)``, all float32; ``steps``
    and ``weights`` ``(2m,)``. Edges no heavier than ``cut`` do not count; with 0 nothing is compared."""
    place = colours, steps, weights, scale, cut, pitch, margin, height, width
    return _run(PRODUCT, *place, colours, x, x, x, 0.0, 0.0, patch)


def smooth_block(
    colours: torch.Tensor,
    steps: torch.Tensor,
    weights: torch.Tensor,
    scale: float,
    cut: float,
    pitch: int,
    margin: int,
    height: int,
    width: int,
    inverse: torch.Tensor,
    z: torch.Tensor,
    r: torch.Tensor,
    old: torch.Tensor | None,
    a: float,
    b: float,
    patch: tuple[int, int] = (HIGH, WIDE),
) -> torch.Tensor:
    """z + a (z − old) + b · inverse · (r − L z) with ``inverse`` ``(B · R,)``; without ``old`` r − L z alone."""
    place = colours, steps, weights, scale, cut, pitch, margin, height, width
    if old is None:
        return _run(LEFT, *place, inverse, z, r, z, 0.0, 0.0, patch)
    return _run(CHEBYSHEV, *place, inverse, z, r, old, a, b, patch)


def degrees(
    colours: torch.Tensor,
    steps: torch.Tensor,
    weights: torch.Tensor,
    scale: float,
    cut: float,
    pitch: int,
    margin: int,
    height: int,
    width: int,
    batch: int,
    patch: tuple[int, int] = (HIGH, WIDE),
) -> torch.Tensor:
    """``(B · R,)``: the sums of every pixel's edge weights, 0 outside the pictures."""
    out = torch.zeros_like(colours[0])
    high, wide = patch
    with torch.cuda.device_of(out):
        _degrees[(triton.cdiv(width, wide), triton.cdiv(height, high), batch)](
            colours, steps, weights, out, scale * math.log2(math.e), cut,
            len(weights), colours.shape[1], colours.shape[1] // batch, pitch, margin, height, width,
            CHANNELS=len(colours), HIGH=high, WIDE=wide, CUTS=int(cut > 0), num_warps=4,
        )  # fmt: skip
    return out


def _run(
    mode: int,
    colours: torch.Tensor,
    steps: torch.Tensor,
    weights: torch.Tensor,
    scale: float,
    cut: float,
    pitch: int,
    margin: int,
    height: int,
    width: int,
    inverse: torch.Tensor,
    x: torch.Tensor,
    r: torch.Tensor,
    old: torch.Tensor,
    a: float,
    b: float,
    patch: tuple[int, int],
) -> torch.Tensor:
    x, r, old = x.contiguous(), r.contiguous(), old.contiguous()
    batch, rows, lanes = x.shape
    out = torch.zeros_like(x)
    high, wide = patch
    grid = (triton.cdiv(width, wide), triton.cdiv(height, high), batch * (lanes // LANES))
    with torch.cuda.device_of(x):
        _block[grid](
            colours, steps, weights, inverse, x, r, old, out, scale * math.log2(math.e), cut, a, b,
            len(weights), colours.shape[1], rows, pitch, margin, height, width, lanes,
            CHANNELS=len(colours), HIGH=high, WIDE=wide, LANES=LANES, MODE=mode, CUTS=int(cut > 0), num_warps=4,
        )  # fmt: skip
    return out


@triton.jit
def _patch(height, width, pitch, margin, first, HIGH: tl.constexpr, WIDE: tl.constexpr):
    """Where the program's pixels lie among all canvases, and which of them are in the picture. Pixels beyond it are
    its last ones once more: loads need no mask, and they are not stored."""
    number = tl.arange(0, HIGH * WIDE)
    row = tl.program_id(1) * HIGH + number // WIDE
    column = tl.program_id(0) * WIDE + number % WIDE
    here = first + (tl.minimum(row, height - 1) + margin) * pitch + tl.minimum(column, width - 1) + margin
    return here, (row < height) & (column < width)


@triton.jit
def _distance(colours, here, there, pixels, CHANNELS: tl.constexpr):
    square = tl.zeros_like(tl.load(colours + here))
    for c in tl.static_range(CHANNELS):
        d = tl.load(colours + c * pixels + here) - tl.load(colours + c * pixels + there)
        square += d * d
    return tl.sqrt(square)


@triton.jit
def _degrees(
    colours, steps, weights, out, scale, cut, count, pixels, rows, pitch, margin, height, width,
    CHANNELS: tl.constexpr, HIGH: tl.constexpr, WIDE: tl.constexpr, CUTS: tl.constexpr,
):  # fmt: skip
    here, live = _patch(height, width, pitch, margin, tl.program_id(2) * rows, HIGH, WIDE)
    total = tl.zeros_like(tl.load(colours + here))
    for o in range(count):
        distance = _distance(colours, here, here + tl.load(steps + o), pixels, CHANNELS)
        weight = tl.load(weights + o) * tl.exp2(-scale * distance)
        if CUTS:
            weight = tl.where(weight > cut, weight, 0.0)
        total += weight
    tl.store(out + here, total, mask=live)


@triton.jit
def _block(
    colours, steps, weights, inverse, x, r, old, out, scale, cut, a, b,
    count, pixels, rows, pitch, margin, height, width, lanes,
    CHANNELS: tl.constexpr, HIGH: tl.constexpr, WIDE: tl.constexpr, LANES: tl.constexpr, MODE: tl.constexpr,
    CUTS: tl.constexpr,
):  # fmt: skip
    blocks = lanes // LANES
    here, live = _patch(height, width, pitch, margin, tl.program_id(2) // blocks * rows, HIGH, WIDE)
    lane = tl.program_id(2) % blocks * LANES + tl.arange(0, LANES)
    at = here.to(tl.int64)[:, None] * lanes + lane[None, :]
    own = tl.load(x + at)
    total = tl.zeros_like(own)
    for o in range(count):
        step = tl.load(steps + o)
        weight = tl.load(weights + o) * tl.exp2(-scale * _distance(colours, here, here + step, pixels, CHANNELS))
        if CUTS:
            weight = tl.where(weight > cut, weight, 0.0)
        total += weight[:, None] * (own - tl.load(x + (at + step.to(tl.int64) * lanes)))
    if MODE > 0:
        total = tl.load(r + at) - total
    if MODE == 1:
        factor = b * tl.load(inverse + here)
        total = own + a * (own - tl.load(old + at)) + factor[:, None] * total
    tl.store(out + at, total, mask=live[:, None])
