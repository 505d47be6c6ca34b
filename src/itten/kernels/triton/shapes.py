"""What a set of pixels is by itself, in Triton. Columns and formulas as in ``reference.shapes``.

About fifty launches whatever the segments are, and the host waits for none. Sums run in a fixed order or over whole
numbers: the same bits every time. Row by row hulls and harmonics are here, the segment's Laplacian in ``parts``.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import triton
import triton.language as tl

from itten.kernels.reference.shapes import ANGULAR, COLUMNS, FINEST, HARMONICS, HULL, RADIAL, SECOND, SPREAD, STEP
from itten.kernels.triton.parts import LEVELS, ROUNDS, Outline, own_values
from itten.kernels.triton.stencil import on_device

# Pixels a program takes at once, and lines of a hull that are compared with as many others.
PIXELS = 256
LINES = 64
# With eight warps a program of the hull holds its table of slopes in registers.
WARPS = 8
# Cell sides are in a table this long; the last is beyond any picture.
SIDES = 256


def shape_numbers(
    pixels: torch.Tensor,
    size: torch.Tensor,
    width: int,
    block: int = PIXELS,
    lines: int = LINES,
    levels: int = LEVELS,
    rounds: int = ROUNDS,
) -> torch.Tensor:
    """``(S, COLUMNS)`` float64, see :func:`itten.kernels.reference.shapes.shape_numbers`.

    ``pixels`` may be longer than the segments together: what follows is not looked at. The row of a segment without
    pixels means nothing. Grids for the parts are tried on ``levels`` · ``rounds`` sides, 80: enough for a connected
    segment in a picture with sides up to 15,000; a set in several pieces that would need a coarser one is one part.
    """
    count, total = len(size), len(pixels)
    out = torch.zeros((count, COLUMNS), dtype=torch.float64, device=pixels.device)
    if not count or not total:
        return out
    place, ends = pixels.contiguous(), size.cumsum(0)
    owner = torch.searchsorted(ends, torch.arange(total, device=pixels.device), right=True, out_int32=True)
    box = torch.empty((count, 4), dtype=torch.int32, device=pixels.device)
    level = torch.full((count + 1,), -1, dtype=torch.int32, device=pixels.device)
    above = torch.empty(total, dtype=torch.int32, device=pixels.device)
    beside, weight = torch.empty_like(above, dtype=torch.uint8), torch.empty_like(above)
    numbers = on_device(_NUMBERS, pixels.device, torch.float64)
    grid = (triton.cdiv(total, block),)
    with torch.cuda.device_of(place):
        _waves[(count, ANGULAR)](
            place, size, ends, numbers, out, box, level, width, HARMONICS=HARMONICS, SECOND=SECOND, ANGULAR=ANGULAR,
            RADIAL=RADIAL, COLUMNS=COLUMNS, SIDES=SIDES, BLOCK=block,
        )  # fmt: skip
        _join[grid](
            place, size, ends, owner, above, beside, weight, total, count, width, width.bit_length() + 1, BLOCK=block
        )
        line = weight.cumsum(0)
        edges = torch.full((2, 2 * total), -(1 << 30), dtype=torch.int32, device=pixels.device)
        rows = torch.empty(2 * total, dtype=torch.int32, device=pixels.device)
        _lines[grid](place, ends, owner, weight, line, rows, edges, total, count, width, BLOCK=block)
        _hull[(count,)](
            size, ends, weight, line, rows, edges, out, 2 * total,
            COLUMNS=COLUMNS, HULL=HULL, LINES=lines, num_warps=WARPS,
        )  # fmt: skip
        outline = Outline(place, owner, size, ends, box, level, above, beside, numbers[-SIDES:], width)
        out[:, :HARMONICS] = own_values(outline, block, levels, rounds)
    return out


def _numbers() -> np.ndarray:
    """SPREAD, 1/12, √(n! / (n + m)!) row by row, and the cells' sides."""
    norms = [math.sqrt(math.factorial(n) / math.factorial(n + m)) for m in range(ANGULAR) for n in range(RADIAL)]
    sides = [FINEST]
    while len(sides) < SIDES:
        sides.append(sides[-1] * STEP)
    return np.array([SPREAD, 1.0 / 12.0, *norms, *sides])


_NUMBERS = _numbers()


@triton.jit
def _waves(
    pixels, size, ends, numbers, out, box, level, width,
    HARMONICS: tl.constexpr, SECOND: tl.constexpr, ANGULAR: tl.constexpr, RADIAL: tl.constexpr,
    COLUMNS: tl.constexpr, SIDES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Harmonics of one angular order; with order 0 also moments, the box and the finest grid to try. RADIAL is 4."""
    s, m = tl.program_id(0), tl.program_id(1)
    n = tl.load(size + s)
    first = tl.load(ends + s) - n
    lane = tl.arange(0, BLOCK)
    far = n * 0 + width
    left, right = tl.zeros([BLOCK], tl.int64) + far, tl.zeros([BLOCK], tl.int64) - 1
    ys, xs = tl.zeros([BLOCK], tl.int64), tl.zeros([BLOCK], tl.int64)
    for at in range(0, n, BLOCK):
        live = at + lane < n
        p = tl.load(pixels + first + at + lane, mask=live, other=0)
        y, x = p // width, p % width
        ys += y
        xs += x
        left, right = tl.minimum(left, tl.where(live, x, far)), tl.maximum(right, tl.where(live, x, -1))
    sy, sx = tl.sum(ys, 0), tl.sum(xs, 0)
    area = tl.maximum(n, 1).to(tl.float64)
    vvs, uus = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    uvs = tl.zeros([BLOCK], tl.float64)
    for at in range(0, n, BLOCK):
        live = at + lane < n
        p = tl.load(pixels + first + at + lane, mask=live, other=0)
        v = tl.where(live, (n * (p // width) - sy).to(tl.float64) / area, 0.0)
        u = tl.where(live, (n * (p % width) - sx).to(tl.float64) / area, 0.0)
        vvs += v * v
        uus += u * u
        uvs += u * v
    square = tl.load(numbers + 1)
    uu, vv, uv = tl.sum(uus, 0) / area + square, tl.sum(vvs, 0) / area + square, tl.sum(uvs, 0) / area
    gyration = tl.sqrt(uu + vv)
    spread = tl.load(numbers)
    a0, b0 = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    a1, b1 = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    a2, b2 = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    a3, b3 = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    r1, r3, r4 = tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64), tl.zeros([BLOCK], tl.float64)
    order = m.to(tl.float64)
    for at in range(0, n, BLOCK):
        live = at + lane < n
        p = tl.load(pixels + first + at + lane, mask=live, other=0)
        v = tl.where(live, (n * (p // width) - sy).to(tl.float64) / area / gyration, 0.0)
        u = tl.where(live, (n * (p % width) - sx).to(tl.float64) / area / gyration, 0.0)
        r2 = u * u + v * v
        r = tl.sqrt(r2)
        r1 += r
        r3 += r * r2
        r4 += r2 * r2
        u, v = u * spread, v * spread
        rho = r2 * (spread * spread)
        re, im = tl.where(live, tl.exp(-0.5 * rho), 0.0), tl.zeros([BLOCK], tl.float64)
        for _ in range(m):
            re, im = re * u - im * v, re * v + im * u
        now1 = 1.0 + order - rho
        now2 = ((3.0 + order - rho) * now1 - (1.0 + order)) / 2.0
        now3 = ((5.0 + order - rho) * now2 - (2.0 + order) * now1) / 3.0
        a0 += re
        b0 += im
        a1 += now1 * re
        b1 += now1 * im
        a2 += now2 * re
        b2 += now2 * im
        a3 += now3 * re
        b3 += now3 * im
    real = out + s * COLUMNS + HARMONICS + m * RADIAL
    imaginary = real + ANGULAR * RADIAL
    norm = numbers + 2 + m * RADIAL
    tl.store(real, tl.load(norm) * (tl.sum(a0, 0) / area))
    tl.store(imaginary, tl.load(norm) * (tl.sum(b0, 0) / area))
    tl.store(real + 1, tl.load(norm + 1) * (tl.sum(a1, 0) / area))
    tl.store(imaginary + 1, tl.load(norm + 1) * (tl.sum(b1, 0) / area))
    tl.store(real + 2, tl.load(norm + 2) * (tl.sum(a2, 0) / area))
    tl.store(imaginary + 2, tl.load(norm + 2) * (tl.sum(b2, 0) / area))
    tl.store(real + 3, tl.load(norm + 3) * (tl.sum(a3, 0) / area))
    tl.store(imaginary + 3, tl.load(norm + 3) * (tl.sum(b3, 0) / area))
    if m == 0:
        moments = out + s * COLUMNS + SECOND
        tl.store(moments, uu)
        tl.store(moments + 1, vv)
        tl.store(moments + 2, uv)
        tl.store(moments + 3, n.to(tl.float64))
        tl.store(moments + 4, tl.sum(r1, 0) / area)
        tl.store(moments + 5, tl.sum(r3, 0) / area)
        tl.store(moments + 6, tl.sum(r4, 0) / area)
        held = n > 0
        top = tl.load(pixels + first, mask=held, other=0) // width
        bottom = tl.load(pixels + first + n - 1, mask=held, other=0) // width
        start = tl.min(left, 0)
        tl.store(box + 4 * s, top.to(tl.int32))
        tl.store(box + 4 * s + 1, start.to(tl.int32))
        tl.store(box + 4 * s + 2, (bottom - top + 1).to(tl.int32))
        tl.store(box + 4 * s + 3, (tl.max(right, 0) - start + 1).to(tl.int32))
        side = tl.load(numbers + 2 + ANGULAR * RADIAL + tl.arange(0, SIDES))
        finest = tl.sum((n.to(tl.float64) > 64.0 * (side * side)).to(tl.int32), 0)
        tl.store(level + s, finest, mask=held)


@triton.jit
def _join(
    pixels, size, ends, owner, above, beside, weight, total, count, width, steps, BLOCK: tl.constexpr,
):  # fmt: skip
    """For every pixel the number of the one above or −1, whether there is one to its left, and how many of the hull's
    lines begin with it: one with the first pixel of a row, one with the last where the next row is empty."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(owner + i, mask=i < total, other=count)
    live = s < count
    stop = tl.load(ends + s, mask=live, other=0)
    first = stop - tl.load(size + s, mask=live, other=0)
    p = tl.load(pixels + i, mask=live, other=0)
    wanted = p - width
    low, high = tl.maximum(first, i - width), i.to(tl.int64)
    for _ in range(steps):
        open = live & (low < high)
        middle = (low + high) // 2
        less = tl.load(pixels + middle, mask=open, other=0) < wanted
        low, high = tl.where(open & less, middle + 1, low), tl.where(open & (less == 0), middle, high)
    found = live & (low < i) & (tl.load(pixels + low, mask=live & (low < i), other=-1) == wanted)
    tl.store(above + i, tl.where(found, low, -1).to(tl.int32), mask=i < total)
    before = tl.load(pixels + i - 1, mask=live & (i > first), other=-width)
    after = tl.load(pixels + i + 1, mask=live & (i + 1 < stop), other=-width)
    y, x = p // width, p % width
    tl.store(beside + i, ((before == p - 1) & (x > 0)).to(tl.uint8), mask=i < total)
    begins = live & (before // width != y)
    gap = live & (after // width != y) & (after // width != y + 1)
    tl.store(weight + i, begins.to(tl.int32) + gap.to(tl.int32), mask=i < total)


@triton.jit
def _lines(pixels, ends, owner, weight, line, rows, edges, total, count, width, BLOCK: tl.constexpr):
    """``rows``: where the hull's lines are; ``edges``: minus the first column, and the column after the last, of the
    pixels that touch each. A row of pixels touches two lines."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(owner + i, mask=i < total, other=count)
    live = s < count
    stop = tl.load(ends + s, mask=live, other=0)
    p = tl.load(pixels + i, mask=live, other=0)
    before = tl.load(pixels + i - 1, mask=live & (i > 0), other=-width)
    after = tl.load(pixels + i + 1, mask=live & (i + 1 < stop), other=-width)
    other = tl.load(owner + i - 1, mask=live & (i > 0), other=-1) != s
    y, x = p // width, (p % width).to(tl.int32)
    first = live & (other | (before // width != y))
    last = live & (after // width != y)
    mine = tl.load(line + i, mask=live, other=0) - tl.load(weight + i, mask=live, other=0)
    number = tl.where(first, mine, mine - 1)
    tl.store(rows + number, y.to(tl.int32), mask=first)
    tl.store(rows + number + 1, (y + 1).to(tl.int32), mask=last)
    for below in tl.static_range(2):
        tl.atomic_max(edges + number + below, -x, mask=first)
        tl.atomic_max(edges + 2 * total + number + below, x + 1, mask=last)


@triton.jit
def _hull(
    size, ends, weight, line, rows, edges, out, pitch,
    COLUMNS: tl.constexpr, HULL: tl.constexpr, LINES: tl.constexpr,
):  # fmt: skip
    """Both envelopes by comparing slopes: a corner is where the least slope to a line above is greater than the
    greatest to one below. Slopes are quotients of whole numbers below 2²⁶: equal ones have equal bits."""
    s = tl.program_id(0)
    n = tl.load(size + s)
    stop = tl.load(ends + s)
    held = n > 0
    begin = tl.load(line + stop - n, mask=held, other=0) - tl.load(weight + stop - n, mask=held, other=0)
    end = tl.load(line + stop - 1, mask=held, other=0)
    lane = tl.arange(0, LINES)
    areas, around = tl.zeros([LINES], tl.float64), tl.zeros([LINES], tl.float64)
    caps = n * 0
    for half in tl.static_range(2):
        edge = edges + half * pitch
        for at in range(begin, end, LINES):
            i = at + lane
            yi, hi = tl.load(rows + i, mask=i < end, other=0), tl.load(edge + i, mask=i < end, other=0)
            least = tl.full([LINES], float("inf"), tl.float64)
            most = tl.full([LINES], float("-inf"), tl.float64)
            reach = tl.zeros([LINES], tl.int32)
            for to in range(begin, end, LINES):
                j = to + lane
                yj, hj = tl.load(rows + j, mask=j < end, other=0), tl.load(edge + j, mask=j < end, other=0)
                down = yj[None, :] - yi[:, None]
                way = tl.where(down == 0, 1, down).to(tl.float64)
                slope = (hj[None, :] - hi[:, None]).to(tl.float64) / way
                real = (j < end)[None, :]
                least = tl.minimum(least, tl.min(tl.where(real & (down < 0), slope, float("inf")), 1))
                ahead = tl.where(real & (down > 0), slope, float("-inf"))
                top = tl.max(ahead, 1)
                # Of lines on one edge of the hull the last is its end.
                furthest = tl.max(tl.where((ahead == top[:, None]) & real & (down > 0), down, 0), 1)
                reach = tl.where((top >= most) & (furthest > 0), furthest, reach)
                most = tl.maximum(most, top)
            corner = (i < end) & (reach > 0) & (least > most)
            run = reach.to(tl.float64)
            rise = tl.floor(tl.where(corner, most, 0.0) * run + 0.5)
            areas += tl.where(corner, (hi.to(tl.float64) + 0.5 * rise) * run, 0.0)
            around += tl.where(corner, tl.sqrt(rise * rise + run * run), 0.0)
        caps += tl.load(edge + begin, mask=held, other=0) + tl.load(edge + end - 1, mask=held, other=0)
    tl.store(out + s * COLUMNS + HULL, tl.sum(areas, 0))
    tl.store(out + s * COLUMNS + HULL + 1, tl.sum(around, 0) + caps.to(tl.float64))
