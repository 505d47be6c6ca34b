"""A segment's own Laplacian on at most 64 parts: many grids tried side by side, and the host waits for none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import triton
import triton.language as tl

from itten.kernels.reference.shapes import PARTS, VALUES
from itten.kernels.torch.shapes import BEYOND
from itten.kernels.triton.components import _later, _root, _union
from itten.kernels.triton.eigh import symmetric_eigh

# Grids that are tried at once, and how many times; pointers held at once.
LEVELS = 16
ROUNDS = 5
POINTERS = 1 << 25
SEGMENTS = 32
# Warps that hold a matrix of PARTS × PARTS in registers.
WARPS = 16


@dataclass(frozen=True)
class Outline:
    """S segments of pixels: ``pixels``, ``owner``, ``above``, ``beside`` ``(P,)`` as the kernels of ``shapes`` write
    them; ``size``, ``ends`` ``(S,)``, ``box`` ``(S, 4)`` first row and column, rows and columns; ``level`` ``(S + 1,)``
    the finest grid to try, −1 for a segment without pixels; ``sides`` of the cells of all grids."""

    pixels: torch.Tensor
    owner: torch.Tensor
    size: torch.Tensor
    ends: torch.Tensor
    box: torch.Tensor
    level: torch.Tensor
    above: torch.Tensor
    beside: torch.Tensor
    sides: torch.Tensor
    width: int


def own_values(outline: Outline, block: int, levels: int = LEVELS, rounds: int = ROUNDS) -> torch.Tensor:
    """``(S, VALUES)`` float64, see :func:`itten.kernels.reference.shapes.own_values`."""
    size = outline.size
    part, parts = find_parts(outline, block, levels, rounds)
    matrix = _stiffness(outline, part, block)
    values = symmetric_eigh(matrix)[0][:, 1 : VALUES + 1].clamp(min=0.0)
    number = torch.arange(1, VALUES + 1, dtype=torch.float64, device=size.device)
    return torch.where(number < parts[:, None], values * size[:, None], 4.0 * math.pi * number)


def find_parts(
    outline: Outline, block: int, levels: int = LEVELS, rounds: int = ROUNDS
) -> tuple[torch.Tensor, torch.Tensor]:
    """The part of every pixel ``(P,)`` int32, numbered from 0 in each segment, and the number of parts ``(S,)`` int32.

    Parts are connected components of pixels of one segment in one cell; a round finds those of ``levels`` grids for
    every segment that has not got its grid yet.
    """
    count, total = len(outline.size), len(outline.pixels)
    device = outline.pixels.device
    # Whoever holds fewer pointers goes round more often.
    while levels > 1 and levels * total > POINTERS:
        levels, rounds = levels // 2, rounds * 2
    parent = torch.empty(levels * total, dtype=torch.int32, device=device)
    pieces = torch.zeros((rounds, count, levels), dtype=torch.int32, device=device)
    chosen = torch.full_like(outline.level, -1)
    parts = torch.ones(count, dtype=torch.int32, device=device)
    pixel = (outline.pixels, outline.owner, outline.above, outline.beside, outline.box, outline.sides)
    grid = (triton.cdiv(levels * total, block),)
    for found in pieces:
        numbers = levels * total, total, count, outline.width
        _runs[grid](*pixel, outline.level, parent, *numbers, BLOCK=block)
        _unite[grid](*pixel, outline.level, parent, *numbers, BLOCK=block)
        _count[grid](outline.owner, outline.level, parent, found, levels, *numbers[:3], BLOCK=block)
        _choose[(triton.cdiv(count, SEGMENTS),)](
            found, outline.sides, outline.box, outline.level, chosen, parts, count,
            PARTS=PARTS, LEVELS=levels, SEGMENTS=SEGMENTS,
        )  # fmt: skip
    grid = (triton.cdiv(total, block),)
    numbers = total, total, count, outline.width
    _runs[grid](*pixel, chosen, parent, *numbers, BLOCK=block)
    _unite[grid](*pixel, chosen, parent, *numbers, BLOCK=block)
    part = torch.empty(total, dtype=torch.int32, device=device)
    _roots[grid](outline.owner, chosen, parent, part, total, count, BLOCK=block)
    number = part.cumsum(0)
    _number[grid](outline.owner, outline.size, outline.ends, chosen, parent, number, part, total, count, BLOCK=block)
    return part, parts


def _stiffness(outline: Outline, part: torch.Tensor, block: int) -> torch.Tensor:
    """``(S, PARTS, PARTS)`` float64: M^(−1/2) K M^(−1/2), with rows beyond all eigenvalues for parts that are not."""
    count, total, device = len(outline.size), len(part), part.device
    tally = torch.zeros((count, PARTS, 3), dtype=torch.int64, device=device)
    crossing = torch.zeros((2, count, PARTS, PARTS), dtype=torch.int32, device=device)
    matrix = torch.empty((count, PARTS, PARTS), dtype=torch.float64, device=device)
    _cross[(triton.cdiv(total, block),)](
        outline.pixels, outline.owner, outline.above, outline.beside, outline.box, part, tally, crossing,
        total, count, outline.width, PARTS=PARTS, BLOCK=block,
    )  # fmt: skip
    _assemble[(count,)](tally, crossing, matrix, count, PARTS=PARTS, BEYOND=BEYOND, num_warps=WARPS)
    return matrix


@triton.jit
def _cell(place, extent, side):
    """Odd about the middle of 0 … extent − 1."""
    twice = 2 * place - (extent - 1)
    far = tl.floor(tl.abs(twice).to(tl.float64) / (2.0 * side) + 0.5).to(tl.int32)
    return tl.where(twice > 0, far, -far)


@triton.jit
def _joined(pixels, box, sides, above, beside, i, s, at, active, width):
    """Whether pixels lie in one cell with the one above and the one to the left, and the number of the one above."""
    p = tl.load(pixels + i, mask=active, other=0)
    side = tl.load(sides + at, mask=active, other=1.0)
    y = (p // width).to(tl.int32) - tl.load(box + 4 * s, mask=active, other=0)
    x = (p % width).to(tl.int32) - tl.load(box + 4 * s + 1, mask=active, other=0)
    tall = tl.load(box + 4 * s + 2, mask=active, other=1)
    wide = tl.load(box + 4 * s + 3, mask=active, other=1)
    up = tl.load(above + i, mask=active, other=-1)
    over = active & (up >= 0) & (_cell(y, tall, side) == _cell(y - 1, tall, side))
    near = active & (tl.load(beside + i, mask=active, other=0) != 0)
    return over, near & (_cell(x, wide, side) == _cell(x - 1, wide, side)), up


@triton.jit
def _runs(
    pixels, owner, above, beside, box, sides, level, parent, nodes, total, count, width, BLOCK: tl.constexpr,
):  # fmt: skip
    """Every node (a pixel on one grid) points to the start of its run within a cell and a block."""
    lane = tl.arange(0, BLOCK)
    f = tl.program_id(0) * BLOCK + lane
    i = f % total
    s = tl.load(owner + i, mask=f < nodes, other=count)
    base = tl.load(level + s)
    active = (f < nodes) & (base >= 0)
    if tl.max(active.to(tl.int32), 0) > 0:
        _, near, _ = _joined(pixels, box, sides, above, beside, i, s, base + f // total, active, width)
        first = tl.associative_scan(tl.where(near & (lane > 0), 0, lane), 0, _later)
        tl.store(parent + f, f - lane + first, mask=active)


@triton.jit
def _unite(
    pixels, owner, above, beside, box, sides, level, parent, nodes, total, count, width, BLOCK: tl.constexpr,
):  # fmt: skip
    lane = tl.arange(0, BLOCK)
    f = tl.program_id(0) * BLOCK + lane
    i = f % total
    s = tl.load(owner + i, mask=f < nodes, other=count)
    base = tl.load(level + s)
    active = (f < nodes) & (base >= 0)
    if tl.max(active.to(tl.int32), 0) > 0:
        over, near, up = _joined(pixels, box, sides, above, beside, i, s, base + f // total, active, width)
        _union(parent, f, f - 1, near & (lane == 0))
        # Of two runs that touch along several columns, the first column unites them.
        known = tl.load(above + i - 1, mask=near, other=-1) >= 0
        _union(parent, f, f - i + up, over & (known == 0))


@triton.jit
def _count(owner, level, parent, pieces, levels, nodes, total, count, BLOCK: tl.constexpr):
    f = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(owner + f % total, mask=f < nodes, other=count)
    active = (f < nodes) & (tl.load(level + s) >= 0)
    root = active & (tl.load(parent + f, mask=active, other=-1) == f)
    tl.atomic_add(pieces + s * levels + f // total, tl.full([BLOCK], 1, tl.int32), mask=root)


@triton.jit
def _choose(
    pieces, sides, box, level, chosen, parts, count,
    PARTS: tl.constexpr, LEVELS: tl.constexpr, SEGMENTS: tl.constexpr,
):  # fmt: skip
    """The first grid with few enough parts; one that has too many though a cell holds all: no grid, one part."""
    s = tl.program_id(0) * SEGMENTS + tl.arange(0, SEGMENTS)
    base = tl.load(level + s, mask=s < count, other=-1)
    active = base >= 0
    number = tl.arange(0, LEVELS)
    here = active[:, None]
    found = tl.load(pieces + s[:, None] * LEVELS + number[None, :], mask=here, other=0)
    side = tl.load(sides + base[:, None] + number[None, :], mask=here, other=0.0)
    tall = tl.load(box + 4 * s + 2, mask=active, other=0)
    wide = tl.load(box + 4 * s + 3, mask=active, other=0)
    ends = (found <= PARTS) | (side > tl.maximum(tall, wide)[:, None].to(tl.float64))
    first = tl.min(tl.where(ends, number[None, :], LEVELS), 1)
    many = tl.sum(tl.where(number[None, :] == first[:, None], found, 0), 1)
    done = active & (first < LEVELS)
    fits = done & (many <= PARTS)
    tl.store(chosen + s, base + first, mask=fits)
    tl.store(parts + s, many, mask=fits)
    tl.store(level + s, tl.where(done, -1, base + LEVELS), mask=active)


@triton.jit
def _roots(owner, chosen, parent, part, total, count, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(owner + i, mask=i < total, other=count)
    active = (i < total) & (tl.load(chosen + s) >= 0)
    root = active & (tl.load(parent + i, mask=active, other=-1) == i)
    tl.store(part + i, root.to(tl.int32), mask=i < total)


@triton.jit
def _number(owner, size, ends, chosen, parent, number, part, total, count, BLOCK: tl.constexpr):
    """Parts by the order of their first pixels; a segment's first pixel is its first part's."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(owner + i, mask=i < total, other=count)
    active = (i < total) & (tl.load(chosen + s) >= 0)
    root = _root(parent, i, active)
    first = tl.load(ends + s, mask=active, other=0) - tl.load(size + s, mask=active, other=0)
    rank = tl.load(number + root, mask=active, other=0) - tl.load(number + first, mask=active, other=0)
    tl.store(part + i, rank.to(tl.int32), mask=i < total)


@triton.jit
def _cross(
    pixels, owner, above, beside, box, part, tally, crossing, total, count, width,
    PARTS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Pixels of every part and the sums of their places; pairs of neighbours from part to part, by axis."""
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    s = tl.load(owner + i, mask=i < total, other=count)
    live = s < count
    p = tl.load(pixels + i, mask=live, other=0)
    mine = tl.load(part + i, mask=live, other=0)
    y = p // width - tl.load(box + 4 * s, mask=live, other=0)
    x = p % width - tl.load(box + 4 * s + 1, mask=live, other=0)
    slot = tally + (s * PARTS + mine) * 3
    tl.atomic_add(slot, tl.full([BLOCK], 1, tl.int64), mask=live)
    tl.atomic_add(slot + 1, y, mask=live)
    tl.atomic_add(slot + 2, x, mask=live)
    up = tl.load(above + i, mask=live, other=-1)
    left = tl.where(live & (tl.load(beside + i, mask=live, other=0) != 0), i - 1, -1)
    one = tl.full([BLOCK], 1, tl.int32)
    start = s.to(tl.int64) * PARTS * PARTS
    other = tl.load(part + up, mask=up >= 0, other=0)
    tl.atomic_add(crossing + start + mine * PARTS + other, one, mask=(up >= 0) & (mine != other))
    other = tl.load(part + left, mask=left >= 0, other=0)
    sideways = start + (start * 0 + count) * PARTS * PARTS
    tl.atomic_add(crossing + sideways + mine * PARTS + other, one, mask=(left >= 0) & (mine != other))


@triton.jit
def _assemble(tally, crossing, matrix, count, PARTS: tl.constexpr, BEYOND: tl.constexpr):
    s = tl.program_id(0)
    p = tl.arange(0, PARTS)
    slot = tally + (s * PARTS + p) * 3
    mass = tl.load(slot)
    size = tl.maximum(mass, 1).to(tl.float64)
    cy, cx = tl.load(slot + 1).to(tl.float64) / size, tl.load(slot + 2).to(tl.float64) / size
    dy, dx = tl.abs(cy[None, :] - cy[:, None]), tl.abs(cx[None, :] - cx[:, None])
    start = s.to(tl.int64) * PARTS * PARTS
    there, back = p[:, None] * PARTS + p[None, :], p[None, :] * PARTS + p[:, None]
    down = crossing + start
    right = down + (start * 0 + count) * PARTS * PARTS
    rows = (tl.load(down + there) + tl.load(down + back)).to(tl.float64)
    columns = (tl.load(right + there) + tl.load(right + back)).to(tl.float64)
    flow = (rows * dy + columns * dx) / tl.where(rows + columns > 0, dy * dy + dx * dx, 1.0)
    own = tl.sum(flow, 1)
    diagonal = p[:, None] == p[None, :]
    values = tl.where(diagonal, own[:, None], -flow) / tl.sqrt(size[:, None] * size[None, :])
    values = tl.where(diagonal & (mass == 0)[:, None], BEYOND, values)
    tl.store(matrix + start + there, values)
