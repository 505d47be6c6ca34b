"""Placing copies in Triton: two launches a target, and the host waits for none of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import triton
import triton.language as tl

from itten.kernels.arguments import Copies
from itten.kernels.triton.stencil import on_device

# Places that a program tries at once, rows and columns; pixels of the copy that it looks at between two exits.
PLACES = (4, 32)
LOOK = 8
# Programs that mark a copy, and its pixels that each takes at once.
MARKERS = 8
MARKED = 128
# More than any rank: no place.
_NEVER = 1 << 62


def place_segments(
    free: torch.Tensor, room: torch.Tensor, *arguments: Any, places: tuple[int, int] = PLACES
) -> tuple[torch.Tensor, torch.Tensor]:
    """What is returned is said in :func:`itten.kernels.reference.voids.place_segments`; ``room`` is not used.

    For a target all places of all its offers are tried side by side, in tiles that go outwards from the start. A place
    that fits enters its rank (a whole number that sorts as distance, nearer row, upwards, leftwards do) by an atomic
    minimum; tiles and offers that can no longer win end at once. A second launch decodes the first offer's rank and
    takes the ground. The atomic minimum makes the result independent of the order of the programs.
    """
    begin, offset, start, offers, clearance, overlap, direction, which, square = Copies(*arguments)
    height, width = free.shape
    device = free.device
    ground = free.to(torch.uint8, copy=True).contiguous()
    chosen = torch.full((len(start),), -1, dtype=torch.int64, device=device)
    place = torch.zeros((len(start), 2), dtype=torch.int64, device=device)
    best = torch.full((len(start), offers), _NEVER, dtype=torch.int64, device=device)
    if best.numel() == 0 or ground.numel() == 0 or len(offset) == 0:
        return chosen, place
    first, last = begin[:-1], begin[1:]
    if which is not None:
        known, held = which.clamp(min=0), which >= 0
        first, last = torch.where(held, first[known], 0), torch.where(held, last[known], 0)
    begin, offset, start = torch.stack([first, last], 1), offset.contiguous(), start.contiguous()
    ahead = on_device(np.array(direction, dtype=np.float64), device, torch.float64)
    disc = on_device(_disc(float(clearance)), device, torch.int64)
    rows, columns = triton.cdiv(height, places[0]), triton.cdiv(width, places[1])
    choices = triton.next_power_of_2(offers)
    with torch.cuda.device_of(ground):
        for target in range(len(start)):
            _search[(rows * columns, offers)](
                ground, begin, offset, start, best, ahead, target, offers, height, width, rows, columns, square,
                ANYWHERE=direction[2] <= -1.0, CHOICES=choices, TALL=places[0], WIDE=places[1], LOOK=LOOK,
                enable_fp_fusion=False,
            )  # fmt: skip
            _settle[(MARKERS,)](
                ground, begin, offset, start, best, disc, chosen, place, target, offers, height, width,
                0 if overlap else len(disc), CHOICES=choices, PROGRAMS=MARKERS, BLOCK=MARKED,
            )  # fmt: skip
    return chosen, place


def _disc(radius: float) -> np.ndarray:
    reach = int(radius)
    y, x = np.indices((2 * reach + 1, 2 * reach + 1)) - reach
    return np.argwhere(y**2 + x**2 <= radius**2) - reach


@triton.jit
def _outwards(number, origin, count):
    """0 … count − 1 to origin, origin + 1, origin − 1, origin + 2 …, around the end."""
    step = tl.where(number % 2 == 1, (number + 1) // 2, -(number // 2))
    return (origin + step + count) % count


@triton.jit
def _search(
    ground, begin, offset, start, best, ahead, target, offers, height, width, rows, columns, most,
    ANYWHERE: tl.constexpr, CHOICES: tl.constexpr, TALL: tl.constexpr, WIDE: tl.constexpr, LOOK: tl.constexpr,
):  # fmt: skip
    tile, offer = tl.program_id(0), tl.program_id(1)
    never: tl.constexpr = 1 << 62
    choice = tl.arange(0, CHOICES)
    earlier = tl.load(best + target * offers + choice, mask=choice < offer, other=never)
    mine = best + target * offers + offer
    # What the others have found may be old: then more is tried than needed.
    limit = tl.where(tl.min(earlier, 0) < never, 0, tl.load(mine))
    copy = target * offers + offer
    first, last = tl.load(begin + 2 * copy).to(tl.int32), tl.load(begin + 2 * copy + 1).to(tl.int32)
    cy, cx = tl.load(start + 2 * target).to(tl.int32), tl.load(start + 2 * target + 1).to(tl.int32)
    lane = tl.arange(0, TALL * WIDE)
    y = _outwards(tile // columns, cy // TALL, rows) * TALL + lane // WIDE
    x = _outwards(tile % columns, cx // WIDE, columns) * WIDE + lane % WIDE
    dy, dx = (y - cy).to(tl.int64), (x - cx).to(tl.int64)
    square = dy * dy + dx * dx
    rank = ((square * (height + 1) + tl.abs(dy)) * 2 + (dy > 0).to(tl.int64)) * 2 + (dx > 0).to(tl.int64)
    open = (y < height) & (x < width) & (rank < limit) & (square <= most) & (y * 0 + last > first)
    if not ANYWHERE:
        along = dy.to(tl.float64) * tl.load(ahead) + dx.to(tl.float64) * tl.load(ahead + 1)
        open = open & ((square == 0) | (along >= tl.load(ahead + 2) * tl.sqrt(square.to(tl.float64))))
    # Pixels far apart are looked at together: where a copy does not fit, that is found out early.
    stride = (last - first + LOOK - 1) // LOOK
    apart = tl.arange(0, LOOK) * stride
    k = stride * 0
    while tl.max((open & (y * 0 + k < stride)).to(tl.int32), 0) > 0:
        number = first + k + apart
        real = number < last
        v = y[None, :] + tl.load(offset + 2 * number, mask=real, other=0).to(tl.int32)[:, None]
        u = x[None, :] + tl.load(offset + 2 * number + 1, mask=real, other=0).to(tl.int32)[:, None]
        asked = real[:, None] & open[None, :]
        inside = (v >= 0) & (v < height) & (u >= 0) & (u < width)
        taken = tl.load(ground + v * width + u, mask=asked & inside, other=0) == 0
        blocked = tl.max((asked & taken).to(tl.int32), 0)
        open = open & (blocked == 0)
        k += 1
    lowest = tl.min(tl.where(open, rank, never), 0)
    tl.atomic_min(mine, lowest, mask=lowest < never)


@triton.jit
def _settle(
    ground, begin, offset, start, best, disc, chosen, place, target, offers, height, width, discs,
    CHOICES: tl.constexpr, PROGRAMS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0)
    never: tl.constexpr = 1 << 62
    choice = tl.arange(0, CHOICES)
    ranks = tl.load(best + target * offers + choice, mask=choice < offers, other=never)
    won = tl.min(tl.where(ranks < never, choice, CHOICES), 0)
    found = won < CHOICES
    copy = target * offers + won
    rank = tl.load(best + copy, mask=found, other=0)
    right, down, rank = rank % 2, rank // 2 % 2, rank // 4
    dy, square = rank % (height + 1), rank // (height + 1)
    dx = tl.floor(tl.sqrt((square - dy * dy).to(tl.float64)) + 0.5).to(tl.int64)
    y = tl.load(start + 2 * target) + tl.where(down > 0, dy, -dy)
    x = tl.load(start + 2 * target + 1) + tl.where(right > 0, dx, -dx)
    tl.store(chosen + target, copy.to(tl.int64), mask=found & (program == 0))
    tl.store(place + 2 * target, y, mask=found & (program == 0))
    tl.store(place + 2 * target + 1, x, mask=found & (program == 0))
    first = tl.load(begin + 2 * copy, mask=found, other=0)
    last = tl.load(begin + 2 * copy + 1, mask=found, other=0)
    for at in range(first + program * BLOCK, last, PROGRAMS * BLOCK):
        number = at + tl.arange(0, BLOCK)
        live = number < last
        v0 = y + tl.load(offset + 2 * number, mask=live, other=0)
        u0 = x + tl.load(offset + 2 * number + 1, mask=live, other=0)
        for d in range(discs):
            v, u = v0 + tl.load(disc + 2 * d), u0 + tl.load(disc + 2 * d + 1)
            inside = live & (v >= 0) & (v < height) & (u >= 0) & (u < width)
            tl.store(ground + v * width + u, tl.zeros([BLOCK], tl.uint8), mask=inside)
