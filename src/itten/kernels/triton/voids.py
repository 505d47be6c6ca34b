"""Turning and distance in Triton. What each returns is said in :mod:`itten.kernels.reference.voids`."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from itten.kernels.triton.places import place_segments

__all__ = ["place_segments", "squared_distance", "turn_segments"]

PIXELS = 256
# Programs that share the box of a copy.
PARTS = 8


def turn_segments(
    labels: torch.Tensor,
    box: torch.Tensor,
    centroid: torch.Tensor,
    which: torch.Tensor,
    cosine: torch.Tensor,
    sine: torch.Tensor,
    flip: torch.Tensor,
    room: int | None = None,
    block: int = PIXELS,
    parts: int = PARTS,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Copies are counted in ``parts`` parts each, then filled; in between the host waits for their size.

    Not so with ``room`` for so many pixels, which are returned; those behind the last copy's are 0. Copies of segment
    −1 are empty.
    """
    copies = len(which)
    counts = torch.zeros((copies, parts), dtype=torch.int64, device=labels.device)
    angles = cosine.double(), sine.double(), flip.double()
    tables = [one.contiguous() for one in (labels, box, centroid, which, *angles)]
    width = labels.shape[1]
    with torch.cuda.device_of(counts):
        if copies:
            _turn[(copies, parts)](
                *tables, counts, counts, counts, width, PARTS=parts, BLOCK=block, FILL=False, enable_fp_fusion=False
            )
        ends = counts.flatten().cumsum(0)
        begin = torch.cat([ends.new_zeros(1), ends[parts - 1 :: parts]])
        total = int(begin[-1]) if room is None else room
        make = ends.new_empty if room is None else ends.new_zeros
        offset, origin = make((total, 2)), make(total)
        if total and copies:
            starts = ends - counts.flatten()
            _turn[(copies, parts)](
                *tables, starts, offset, origin, width, PARTS=parts, BLOCK=block, FILL=True, enable_fp_fusion=False
            )
    return begin, offset, origin


@triton.jit
def _extent(top, left, bottom, right, c, s, f):
    """Rows and columns that the turned box reaches, relative to the centroid."""
    squared = c * c + s * s
    c, s, left, right = c / squared, s / squared, f * left, f * right
    y0 = tl.minimum(c * top, c * bottom) + tl.minimum(-s * left, -s * right)
    y1 = tl.maximum(c * top, c * bottom) + tl.maximum(-s * left, -s * right)
    x0 = tl.minimum(s * top, s * bottom) + tl.minimum(c * left, c * right)
    x1 = tl.maximum(s * top, s * bottom) + tl.maximum(c * left, c * right)
    first_row, first_column = tl.floor(y0).to(tl.int64) - 1, tl.floor(x0).to(tl.int64) - 1
    tall, wide = tl.ceil(y1).to(tl.int64) + 2 - first_row, tl.ceil(x1).to(tl.int64) + 2 - first_column
    return first_row, first_column, tall, wide


@triton.jit
def _turn(
    labels, box, centroid, which, cosine, sine, flip, counts, offset, origin, width,
    PARTS: tl.constexpr, BLOCK: tl.constexpr, FILL: tl.constexpr,
):  # fmt: skip
    copy, part = tl.program_id(0), tl.program_id(1)
    asked = tl.load(which + copy)
    number = tl.maximum(asked, 0)
    c, s, f = tl.load(cosine + copy), tl.load(sine + copy), tl.load(flip + copy)
    cy, cx = tl.load(centroid + 2 * number), tl.load(centroid + 2 * number + 1)
    top, left = tl.load(box + 4 * number), tl.load(box + 4 * number + 1)
    bottom, right = tl.load(box + 4 * number + 2), tl.load(box + 4 * number + 3)
    low_y, low_x = (top - cy).to(tl.float64) - 0.5, (left - cx).to(tl.float64) - 0.5
    high_y, high_x = (bottom - cy).to(tl.float64) + 0.5, (right - cx).to(tl.float64) + 0.5
    first_row, first_column, tall, wide = _extent(low_y, low_x, high_y, high_x, c, s, f)
    area = tl.where(asked < 0, 0, tall * wide)
    share = (area + PARTS * BLOCK - 1) // (PARTS * BLOCK) * BLOCK
    lane = tl.arange(0, BLOCK)
    at = tl.load(counts + copy * PARTS + part)
    for begin in range(part * share, tl.minimum((part + 1) * share, area), BLOCK):
        rank = begin + lane
        dy, dx = first_row + rank // wide, first_column + rank % wide
        down, across = dy.to(tl.float64), dx.to(tl.float64)
        y = cy + tl.floor(c * down + s * across + 0.5).to(tl.int64)
        x = cx + tl.floor(f * (c * across - s * down) + 0.5).to(tl.int64)
        inside = (rank < area) & (y >= top) & (y <= bottom) & (x >= left) & (x <= right)
        found = inside & (tl.load(labels + y * width + x, mask=inside, other=0) == number + 1)
        one = found.to(tl.int64)
        if FILL:
            slot = at + tl.cumsum(one, 0) - one
            tl.store(offset + 2 * slot, dy, mask=found)
            tl.store(offset + 2 * slot + 1, dx, mask=found)
            tl.store(origin + slot, y * width + x, mask=found)
        at += tl.sum(one, 0)
    if not FILL:
        tl.store(counts + copy * PARTS + part, at)


def squared_distance(mask: torch.Tensor, block: int = PIXELS) -> torch.Tensor:
    """Columns, then rows, each pixel looking outwards until nothing further out can be nearer. Two launches.

    A block ends with its furthest pixel: the time grows with the largest distance, not with the picture's side.
    """
    height, width = mask.shape
    image = mask.contiguous().to(torch.uint8)
    squares = torch.empty((height, width), dtype=torch.int32, device=mask.device)
    out = torch.empty((height, width), dtype=torch.int64, device=mask.device)
    if out.numel():
        grid = (triton.cdiv(height * width, block),)
        with torch.cuda.device_of(image):
            _columns[grid](image, squares, height, width, BLOCK=block)
            _rows[grid](squares, out, height, width, BLOCK=block)
    return out


@triton.jit
def _columns(mask, squares, height, width, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < height * width
    y = at // width
    held = tl.load(mask + at, mask=live, other=0) != 0
    square = tl.where(held, 1 << 30, 0)
    step = 1
    open = live & held & ((y > 0) | (y + 1 < height))
    while tl.max(open.to(tl.int32), 0) > 0:
        above = tl.load(mask + at - step * width, mask=open & (y >= step), other=1)
        below = tl.load(mask + at + step * width, mask=open & (y + step < height), other=1)
        hit = open & ((above == 0) | (below == 0))
        square = tl.where(hit, step * step, square)
        step += 1
        open = open & (hit == 0) & ((y >= step) | (y + step < height))
    tl.store(squares + at, square, mask=live)


@triton.jit
def _rows(squares, out, height, width, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = at < height * width
    x = at % width
    far = 1 << 30
    best = tl.load(squares + at, mask=live, other=0)
    step = 1
    open = live & (best > 1)
    while tl.max(open.to(tl.int32), 0) > 0:
        left = tl.load(squares + at - step, mask=open & (x >= step), other=far)
        right = tl.load(squares + at + step, mask=open & (x + step < width), other=far)
        best = tl.minimum(best, tl.minimum(left, right) + step * step)
        step += 1
        open = live & (step * step < best) & ((x >= step) | (x + step < width))
    tl.store(out + at, best.to(tl.int64), mask=live)
