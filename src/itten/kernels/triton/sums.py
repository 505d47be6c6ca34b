"""Sums over segments, by atomic additions of whole numbers: the same bits in any order."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

FIXED_POINT = float(1 << 30)
# Runs of pixels that are added up before they go to memory, where one segment has them all.
LANES = 32
RUNS = 8
_FAR = (1 << 63) - 1


def segment_sums(
    pixels: torch.Tensor, owner: torch.Tensor, field: torch.Tensor, count: int, lanes: int = LANES, runs: int = RUNS
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.sums.segment_sums`. Two launches: the sums, then the squares.

    Owners need no order; where those of neighbours in the list are equal it is faster.
    """
    whole = torch.zeros((count, 8), dtype=torch.int64, device=field.device)
    whole[:, 3:5] = _FAR
    flat, place, who = field.flatten(), pixels.contiguous(), owner.contiguous()
    width, total = field.shape[-1], len(pixels)
    grid = (triton.cdiv(total, lanes * runs),)
    with torch.cuda.device_of(flat):
        if total:
            _tally[grid](place, who, flat, whole, total, width, LANES=lanes, RUNS=runs)
        size = whole[:, 0]
        mean = whole[:, 7].double() / FIXED_POINT / size
        squares = torch.zeros(count, dtype=torch.int64, device=field.device)
        if total:
            _squares[grid](place, who, flat, mean, squares, total, LANES=lanes, RUNS=runs, enable_fp_fusion=False)
    deviation = (squares.double() / FIXED_POINT / size).sqrt()
    return size.clone(), whole[:, 1:3].clone(), whole[:, 3:7].clone(), mean, deviation


@triton.jit
def fixed_point(values, ONE: tl.constexpr):
    """values · ONE (a power of two), rounded to the nearest whole number, halves to the even one, as int64."""
    scaled = values * ONE
    # Next to 2⁵² float64 has whole numbers only: the addition rounds, the subtraction is exact.
    far = 4503599627370496.0
    up, down = (scaled + far) - far, (scaled - far) + far
    return tl.where(tl.abs(scaled) < far, tl.where(scaled < 0, down, up), scaled).to(tl.int64)


@triton.jit
def _mine(owner, total, LANES: tl.constexpr, RUNS: tl.constexpr):
    """Numbers of the program's pixels ``(RUNS, LANES)``, their owners, which exist, and each run's one owner or −1."""
    run = tl.program_id(0) * RUNS + tl.arange(0, RUNS)
    number = run[:, None] * LANES + tl.arange(0, LANES)[None, :]
    who = tl.load(owner + number, mask=number < total, other=-1).to(tl.int64)
    live = who >= 0
    highest = tl.max(who, 1)
    lowest = tl.min(tl.where(live, who, highest[:, None]), 1)
    return number, who, live, tl.where(lowest == highest, highest, -1)


@triton.jit
def _put(sums, column, values, who, live, alone, COLUMNS: tl.constexpr):
    together = alone >= 0
    tl.atomic_add(sums + alone * COLUMNS + column, tl.sum(tl.where(live, values, 0), 1), mask=together)
    tl.atomic_add(sums + who * COLUMNS + column, values, mask=live & (together[:, None] == 0))


@triton.jit
def _bound(sums, column, values, who, live, alone, far):
    together = alone >= 0
    lowest = tl.min(tl.where(live, values, far), 1)
    highest = tl.max(tl.where(live, values, -1), 1)
    apart = live & (together[:, None] == 0)
    tl.atomic_min(sums + alone * 8 + column, lowest, mask=together)
    tl.atomic_max(sums + alone * 8 + column + 2, highest, mask=together)
    tl.atomic_min(sums + who * 8 + column, values, mask=apart)
    tl.atomic_max(sums + who * 8 + column + 2, values, mask=apart)


@triton.jit
def _tally(pixels, owner, field, sums, total, width, LANES: tl.constexpr, RUNS: tl.constexpr):
    number, who, live, alone = _mine(owner, total, LANES, RUNS)
    place = tl.load(pixels + number, mask=live, other=0).to(tl.int64)
    y, x = place // width, place % width
    value = fixed_point(tl.load(field + place, mask=live, other=0.0).to(tl.float64), 1073741824.0)
    far = tl.max(tl.max(place, 1), 0) + 1
    _put(sums, 0, tl.where(live, 1, 0).to(tl.int64), who, live, alone, 8)
    _put(sums, 1, y, who, live, alone, 8)
    _put(sums, 2, x, who, live, alone, 8)
    _put(sums, 7, value, who, live, alone, 8)
    _bound(sums, 3, y, who, live, alone, far)
    _bound(sums, 4, x, who, live, alone, far)


@triton.jit
def _squares(pixels, owner, field, mean, sums, total, LANES: tl.constexpr, RUNS: tl.constexpr):
    number, who, live, alone = _mine(owner, total, LANES, RUNS)
    place = tl.load(pixels + number, mask=live, other=0).to(tl.int64)
    value = tl.load(field + place, mask=live, other=0.0).to(tl.float64)
    distance = value - tl.load(mean + who, mask=live, other=0.0)
    _put(sums, 0, fixed_point(distance * distance, 1073741824.0), who, live, alone, 1)
