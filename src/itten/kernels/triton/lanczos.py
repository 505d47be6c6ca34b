"""The whole Lanczos run of a tile in one program; all tiles are one launch.

Triton names no shared memory. What a program's threads tell each other goes through scratch memory that the caches
hold: the tile's colours and the current vector with margins (21 kB a plane for 64 × 64 pixels) in the first level, the
basis (0.5 MB a tile, 61 MB for 121 tiles) in the second, nearly. A barrier stands between a store and another thread's
load. Weights are made again for every product: stored, they would be 111 MB and leave the second level for good.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import triton
import triton.language as tl

from itten.kernels.arguments import LanczosRun
from itten.kernels.torch.lanczos import gauge, ritz_pairs
from itten.kernels.triton.eigh import symmetric_eigh
from itten.kernels.triton.stencil import channel, edge_numbers, edge_weight, on_device

# Pixels that a program works on at once; with 16 warps four a thread.
PIXELS = 2048
WARPS = 16
# Basis vectors that are made orthogonal to at once: their second reading finds them in the first-level cache.
ROWS = 8
# Scratch held at once; more tiles than fit are done in batches.
BATCH_BYTES = 1 << 30


def lanczos_tiles(
    features: torch.Tensor, *arguments: Any, block: int = PIXELS, rows: int = ROWS
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ritz pairs above ``floor`` on the mean-free space of every tile: ``(T, k, n)`` and ``(T, k)`` float64.

    ``features`` ``(C, H, W)`` float32 or float64; sums over a tile run in that type within a thread and in float64
    over the threads. A tile whose space is exhausted goes on with zero vectors.
    ``arguments`` are those of :class:`~itten.kernels.arguments.LanczosRun`.
    """
    run = LanczosRun(*arguments)
    corners, offsets, k = run.corners, run.offsets, run.k
    height, width, n = run.height, run.width, run.height * run.width
    steps = min(run.steps, n - 1)
    vectors = features.new_zeros((len(corners), k, n))
    values = torch.zeros((len(corners), k), dtype=torch.float64, device=features.device)
    if steps < 1 or len(corners) == 0:
        return vectors, values
    image = features.contiguous()
    reach = int(np.abs(offsets).max(initial=0))
    plane = (height + 2 * reach) * (width + reach) + 2 * reach
    numbers = (steps + 2) * n + (len(image) + 1) * plane
    batch = max(1, BATCH_BYTES // (numbers * image.element_size()))
    for begin in range(0, len(corners), batch):
        part = corners[begin : begin + batch]
        basis, alpha, beta = _run(image, run._replace(corners=part, steps=steps), block, rows)
        found, theta = ritz_pairs(basis, alpha, beta, k, run.floor, symmetric_eigh)
        vectors[begin : begin + batch] = gauge(found, run.tolerance)
        values[begin : begin + batch] = theta
    return vectors, values


def _run(
    image: torch.Tensor, run: LanczosRun, block: int, rows: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Basis ``(T, steps, n)`` without the constant, ``alpha`` and ``beta`` ``(T, steps)`` float64."""
    corners, height, width, offsets, weights, scale, start, steps, *_ = run
    n, tiles, channels = height * width, len(corners), len(image)
    device, dtype = image.device, image.dtype
    # One margin to the right of each row serves the next row's left end too.
    reach = int(np.abs(offsets).max(initial=0))
    pitch = width + reach
    plane = (height + 2 * reach) * pitch + 2 * reach
    first = start - start.mean()
    first = on_device(np.append(first / np.linalg.norm(first), n**-0.5), device, dtype)
    shifts = on_device(offsets[:, 0] * pitch + offsets[:, 1], device, torch.int32)
    basis = image.new_empty((tiles, steps + 1, n))
    colours = image.new_empty((tiles, channels, plane))
    vector = image.new_empty((tiles, plane))
    work = image.new_empty((tiles, n))
    alpha = torch.empty((tiles, steps), dtype=torch.float64, device=device)
    beta = torch.zeros((tiles, steps + 1), dtype=torch.float64, device=device)
    with torch.cuda.device_of(image):
        _tile[(tiles,)](
            image, on_device(corners, device, torch.int32), shifts, edge_numbers(weights, scale, device, dtype), first,
            colours, vector, work, basis, alpha, beta,
            image.shape[1], image.shape[2], height, width, len(weights), steps, reach, plane,
            CHANNELS=channels, BLOCK=block, ROWS=rows, num_warps=WARPS,
        )  # fmt: skip
    return basis[:, 1:], alpha, beta[:, 1:]


@triton.jit
def _canvas(i, width, reach):
    """Where pixel ``i`` of the tile stands among the margins."""
    return (i // width + reach) * (width + reach) + i % width + reach


@triton.jit
def _flow(colours, vector, at, own, shifts, numbers, m, plane, CHANNELS: tl.constexpr, DEGREE: tl.constexpr):
    """(L v) at ``at``, whose own values are ``own``; with DEGREE the degrees. Beyond the tile colours are infinite."""
    red = channel(colours, at, plane, 0, CHANNELS)
    green = channel(colours, at, plane, 1, CHANNELS)
    blue = channel(colours, at, plane, 2, CHANNELS)
    scale = tl.load(numbers + m)
    total = tl.zeros_like(own)
    for o in range(m):
        shift, base = tl.load(shifts + o), tl.load(numbers + o)
        ahead = edge_weight(colours, red, green, blue, at, at + shift, plane, base, scale, CHANNELS)
        behind = edge_weight(colours, red, green, blue, at, at - shift, plane, base, scale, CHANNELS)
        if DEGREE:
            total += ahead + behind
        else:
            total += ahead * (own - tl.load(vector + at + shift))
            total += behind * (own - tl.load(vector + at - shift))
    return total


@triton.jit
def _tile(
    image, corners, shifts, numbers, first,
    colours, vector, work, basis, alpha, beta,
    image_height, image_width, height, width, m, steps, reach, plane,
    CHANNELS: tl.constexpr, BLOCK: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    t = tl.program_id(0).to(tl.int64)
    n = height * width
    pitch = width + reach
    lane = tl.arange(0, BLOCK)
    row = tl.arange(0, ROWS)
    corner = tl.load(corners + 2 * t) * image_width + tl.load(corners + 2 * t + 1)
    colours += t * CHANNELS * plane
    vector += t * plane
    work += t * n
    basis += t * (steps + 1) * n
    alpha += t * steps
    beta += t * (steps + 1)
    constant = tl.load(first + n)

    # The tile with its margins: infinitely far colours, so that weights across the border are exactly 0.
    for begin in range(0, plane, BLOCK):
        i = begin + lane
        y, x = i // pitch - reach, i % pitch - reach
        inside = (i < plane) & (y >= 0) & (y < height) & (x >= 0) & (x < width)
        for c in tl.static_range(CHANNELS):
            at = corner + y * image_width + x
            value = tl.load(image + c * image_height * image_width + at, mask=inside, other=float("inf"))
            tl.store(colours + c * plane + i, value, mask=i < plane)
        value = tl.load(first + y * width + x, mask=inside, other=0.0)
        tl.store(vector + i, value, mask=i < plane)
        tl.store(basis + y * width + x, tl.zeros_like(value) + constant, mask=inside)
        tl.store(basis + n + y * width + x, value, mask=inside)
    tl.debug_barrier()

    # An exhausted space: what is left of a vector is rounding.
    most = tl.zeros([BLOCK], basis.dtype.element_ty)
    for begin in range(0, n, BLOCK):
        i = begin + lane
        live = i < n
        at = _canvas(tl.minimum(i, n - 1), width, reach)
        degree = _flow(colours, vector, at, most, shifts, numbers, m, plane, CHANNELS, True)
        most = tl.maximum(most, tl.where(live, degree, 0.0))
    limit = tl.max(most, 0).to(tl.float64) * 1e-6

    for j in range(1, steps + 1):
        tl.debug_barrier()
        part = tl.zeros([BLOCK], basis.dtype.element_ty)
        for begin in range(0, n, BLOCK):
            i = begin + lane
            live = i < n
            at = _canvas(tl.minimum(i, n - 1), width, reach)
            own = tl.load(vector + at, mask=live, other=0.0)
            flow = _flow(colours, vector, at, own, shifts, numbers, m, plane, CHANNELS, False)
            tl.store(work + i, flow, mask=live)
            part += own * flow
        along = tl.sum(part.to(tl.float64), 0)
        tl.debug_barrier()

        # The three-term recurrence first: taken together with all the others, the rounding of its two large
        # coefficients would spoil the small ones.
        here, before = along.to(part.dtype), tl.load(beta + j - 1).to(part.dtype)
        for begin in range(0, n, BLOCK):
            i = begin + lane
            live = i < n
            y = tl.load(work + i, mask=live, other=0.0)
            y -= here * tl.load(basis + j * n + i, mask=live, other=0.0)
            y -= before * tl.load(basis + (j - 1) * n + i, mask=live, other=0.0)
            tl.store(work + i, y, mask=live)

        for group in range(0, j + 1, ROWS):
            tl.debug_barrier()
            q = group + row
            known = (q <= j)[:, None]
            dots = tl.zeros([ROWS, BLOCK], basis.dtype.element_ty)
            for begin in range(0, n, BLOCK):
                i = begin + lane
                live = i < n
                y = tl.load(work + i, mask=live, other=0.0)
                held = tl.load(basis + q[:, None] * n + i[None, :], mask=known & live[None, :], other=0.0)
                dots += held * y[None, :]
            h = tl.sum(dots.to(tl.float64), 1)
            along += tl.sum(tl.where(q == j, h, 0.0), 0)
            small = h.to(part.dtype)
            tl.debug_barrier()
            for begin in range(0, n, BLOCK):
                i = begin + lane
                live = i < n
                y = tl.load(work + i, mask=live, other=0.0)
                held = tl.load(basis + q[:, None] * n + i[None, :], mask=known & live[None, :], other=0.0)
                y -= tl.sum(held * small[:, None], 0)
                tl.store(work + i, y, mask=live)
        tl.debug_barrier()

        squares = tl.zeros([BLOCK], basis.dtype.element_ty)
        for begin in range(0, n, BLOCK):
            y = tl.load(work + begin + lane, mask=begin + lane < n, other=0.0)
            squares += y * y
        length = tl.sqrt(tl.sum(squares.to(tl.float64), 0))
        goes_on = length > limit
        tl.store(alpha + j - 1, along)
        tl.store(beta + j, tl.where(goes_on, length, 0.0))
        inverse = tl.where(goes_on, 1.0 / tl.where(goes_on, length, 1.0), 0.0).to(part.dtype)
        if j < steps:
            for begin in range(0, n, BLOCK):
                i = begin + lane
                live = i < n
                y = tl.load(work + i, mask=live, other=0.0) * inverse
                tl.store(basis + (j + 1) * n + i, y, mask=live)
                tl.store(vector + _canvas(i, width, reach), y, mask=live)
