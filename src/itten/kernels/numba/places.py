"""Placing copies, compiled. What is returned is said in :mod:`itten.kernels.reference.voids`."""

from __future__ import annotations

import numpy as np

from itten.kernels.arguments import Copies
from itten.kernels.numba.jit import kernel
from itten.kernels.numba.voids import squared_distance

# After so many places looked at, distances are computed anew if copies have been placed: about as much work.
WORK = 2_000_000


def place_segments(free, room, *arguments):
    """Rows are searched from the start outwards, and in a row places that cannot fit are jumped over.

    ``room`` is not used: what is left free decides, and where that has shrunk the distances are computed again."""
    begin, offset, start, offers, clearance, overlap, direction, _, square = Copies(*arguments)
    chosen, place = np.full(len(start), -1, np.int64), np.zeros((len(start), 2), np.int64)
    rules = offers, float(clearance), overlap, *direction, square
    free, at = free.copy(), np.zeros(1, np.int64)
    while at[0] < len(start):
        _place(free, squared_distance(free), begin, offset, start, *rules, chosen, place, at)
    return chosen, place


@kernel("b1[2] i8[2] i8[1] i8[2] i8[2] i8 f8 b1 f8 f8 f8 i8 i8[1] i8[2] i8[1]", fast=False)
def _place(
    free, room, begin, offset, start, offers, clearance, overlap, down, right, cosine, square, chosen, place, at
):  # fmt: skip
    """Targets from ``at[0]`` on, as far as the distances ``room`` are worth."""
    height, width = free.shape
    # For every pixel how many are free, or taken, from there on in its row: rightwards and leftwards.
    open_right, open_left = np.empty((height, width), np.int32), np.empty((height, width), np.int32)
    shut_right, shut_left = np.empty((height, width), np.int32), np.empty((height, width), np.int32)
    longest = np.empty(height, np.int32)
    for y in range(height):
        _runs(free, open_right, open_left, shut_right, shut_left, longest, y)
    widest = np.int64(0)
    for y in range(height):
        for x in range(width):
            widest = max(widest, room[y, x])
    reach, looked, placed = int(clearance), np.int64(0), False
    for t in range(at[0], len(start)):
        if placed and looked > WORK:
            at[0] = t
            return
        for copy in range(t * offers, (t + 1) * offers):
            points = offset[begin[copy] : begin[copy + 1]]
            if len(points) == 0 or len(points) > free.size:
                continue
            y0, y1, x0, x1 = points[0, 0], points[0, 0], points[0, 1], points[0, 1]
            for i in range(len(points)):
                y0, y1 = min(y0, points[i, 0]), max(y1, points[i, 0])
                x0, x1 = min(x0, points[i, 1]), max(x1, points[i, 1])
            core, depth = _core(points, y0, y1, x0, x1)
            if depth * depth > widest:
                continue
            bars = _bars(points)
            y, x, visits = _nearest(
                room, open_right, open_left, shut_right, shut_left, longest, bars, points[core], depth, start[t],
                y0, y1, x0, x1, down, right, cosine, square,
            )  # fmt: skip
            looked += visits
            if y < 0:
                continue
            chosen[t], place[t, 0], place[t, 1] = copy, y, x
            placed = True
            if not overlap:
                for i in range(len(points)):
                    for dy in range(-reach, reach + 1):
                        for dx in range(-reach, reach + 1):
                            v, u = y + points[i, 0] + dy, x + points[i, 1] + dx
                            near = dy * dy + dx * dx <= clearance * clearance
                            if near and 0 <= v < height and 0 <= u < width:
                                free[v, u] = False
                for v in range(max(y + y0 - reach, 0), min(y + y1 + reach + 1, height)):
                    _runs(free, open_right, open_left, shut_right, shut_left, longest, v)
            break
    at[0] = len(start)


@kernel(inner=True)
def _runs(free, open_right, open_left, shut_right, shut_left, longest, y):
    width = free.shape[1]
    # Beyond the border everything counts as taken, further than any copy can move.
    is_open, is_shut, most = 0, 2 * width, 0
    for x in range(width - 1, -1, -1):
        is_open, is_shut = (is_open + 1, 0) if free[y, x] else (0, is_shut + 1)
        open_right[y, x], shut_right[y, x] = is_open, is_shut
        most = max(most, is_open)
    longest[y] = most
    is_open, is_shut = 0, 2 * width
    for x in range(width):
        is_open, is_shut = (is_open + 1, 0) if free[y, x] else (0, is_shut + 1)
        open_left[y, x], shut_left[y, x] = is_open, is_shut


@kernel(inner=True)
def _core(points, y0, y1, x0, x1):
    """A pixel deep inside the copy, by city blocks in two sweeps, and its distance to the nearest pixel outside."""
    tall, wide = y1 - y0 + 3, x1 - x0 + 3
    blocks = np.zeros((tall, wide), np.int32)
    for i in range(len(points)):
        blocks[points[i, 0] - y0 + 1, points[i, 1] - x0 + 1] = 1
    for y in range(1, tall):
        for x in range(1, wide):
            if blocks[y, x]:
                blocks[y, x] = min(blocks[y - 1, x], blocks[y, x - 1]) + 1
    best, core = 0, 0
    for y in range(tall - 2, 0, -1):
        for x in range(wide - 2, 0, -1):
            if blocks[y, x]:
                blocks[y, x] = min(blocks[y, x], blocks[y + 1, x] + 1, blocks[y, x + 1] + 1)
    for i in range(len(points)):
        d = blocks[points[i, 0] - y0 + 1, points[i, 1] - x0 + 1]
        if d > best:
            best, core = d, i
    cy, cx = points[core, 0] - y0 + 1, points[core, 1] - x0 + 1
    nearest = best * best
    for y in range(max(cy - best, 0), min(cy + best + 1, tall)):
        for x in range(max(cx - best, 0), min(cx + best + 1, wide)):
            if blocks[y, x] == 0:
                nearest = min(nearest, (y - cy) * (y - cy) + (x - cx) * (x - cx))
    return core, np.sqrt(float(nearest))


@kernel(inner=True)
def _bars(points):
    """The copy as horizontal bars ``(n, 3)``: row, first column, length; the longest first, which block most often."""
    bars = np.empty((len(points), 3), np.int64)
    count = 0
    for i in range(len(points)):
        y, x = points[i, 0], points[i, 1]
        if count > 0 and bars[count - 1, 0] == y and bars[count - 1, 1] + bars[count - 1, 2] == x:
            bars[count - 1, 2] += 1
        else:
            bars[count, 0], bars[count, 1], bars[count, 2] = y, x, 1
            count += 1
    # Counted by length, then put in their places.
    longest = 0
    for i in range(count):
        longest = max(longest, bars[i, 2])
    place = np.zeros(longest + 2, np.int64)
    for i in range(count):
        place[longest - bars[i, 2] + 1] += 1
    for i in range(longest + 1):
        place[i + 1] += place[i]
    out = np.empty((count, 3), np.int64)
    for i in range(count):
        at = place[longest - bars[i, 2]]
        place[longest - bars[i, 2]] += 1
        out[at, 0], out[at, 1], out[at, 2] = bars[i, 0], bars[i, 1], bars[i, 2]
    return out


@kernel(inner=True, fast=False)
def _nearest(
    room, open_right, open_left, shut_right, shut_left, longest, bars, core, depth, start,
    y0, y1, x0, x1, down, right, cosine, square,
):  # fmt: skip
    height, width = room.shape
    # The longest bar of every row of the copy.
    needed, visits = np.zeros(y1 - y0 + 1, np.int64), np.int64(0)
    for i in range(len(bars)):
        needed[bars[i, 0] - y0] = max(needed[bars[i, 0] - y0], bars[i, 2])
    first, last = -x0, width - 1 - x1
    top, bottom = -y0, height - 1 - y1
    cy, cx = start[0], start[1]
    best, found_y, found_x = square + 1, np.int64(-1), np.int64(-1)
    if first > last or top > bottom:
        return found_y, found_x, visits
    furthest = max(abs(cy - top), abs(bottom - cy))
    for distance in range(furthest + 1):
        if distance * distance >= best:
            break
        for side in range(2):
            dy = -distance if side == 0 else distance
            y = cy + dy
            if (side == 1 and distance == 0) or y < top or y > bottom:
                continue
            visits += 1
            fits = True
            for row in range(len(needed)):
                fits = fits and longest[y + y0 + row] >= needed[row]
            if not fits:
                continue
            # Leftwards before rightwards: of two places equally far, the left one is taken.
            x = min(cx, last)
            while x >= first:
                dx = x - cx
                if dy * dy + dx * dx >= best:
                    break
                visits += 1
                skip = np.int64(1)
                if _ahead(dy, dx, down, right, cosine):
                    skip = _shallow(room, core, depth, y, x)
                    if skip == 0:
                        skip = _blocked_left(open_left, shut_left, bars, y, x)
                    if skip == 0:
                        best, found_y, found_x = dy * dy + dx * dx, y, x
                        break
                x -= skip
            x = max(cx + 1, first)
            while x <= last:
                dx = x - cx
                if dy * dy + dx * dx >= best:
                    break
                visits += 1
                skip = np.int64(1)
                if _ahead(dy, dx, down, right, cosine):
                    skip = _shallow(room, core, depth, y, x)
                    if skip == 0:
                        skip = _blocked_right(open_right, shut_right, bars, y, x)
                    if skip == 0:
                        best, found_y, found_x = dy * dy + dx * dx, y, x
                        break
                x += skip
    return found_y, found_x, visits


@kernel(inner=True)
def _shallow(room, core, depth, y, x):
    """How far to go on at least because the copy's deepest pixel is too close to what is taken; 0 if it is not."""
    inner = np.sqrt(float(room[y + core[0], x + core[1]]))
    return np.int64(max(1.0, np.ceil(depth - inner))) if inner < depth else np.int64(0)


@kernel(inner=True)
def _blocked_right(opened, shut, bars, y, x):
    """0 where the copy fits, else how many pixels to go on to the right at least: past what blocks a bar."""
    for i in range(len(bars)):
        v, u = y + bars[i, 0], x + bars[i, 1]
        clear = opened[v, u]
        if clear < bars[i, 2]:
            return np.int64(clear + shut[v, u + clear])
    return np.int64(0)


@kernel(inner=True)
def _blocked_left(opened, shut, bars, y, x):
    """The same to the left."""
    for i in range(len(bars)):
        v, u = y + bars[i, 0], x + bars[i, 1] + bars[i, 2] - 1
        clear = opened[v, u]
        if clear < bars[i, 2]:
            return np.int64(clear + shut[v, u - clear])
    return np.int64(0)


@kernel(inline=True)
def _ahead(dy, dx, down, right, cosine):
    if cosine <= -1.0 or (dy == 0 and dx == 0):
        return True
    return dy * down + dx * right >= cosine * np.sqrt(float(dy * dy + dx * dx))
