"""The lines of a phase as paths. What is returned is said in :mod:`itten.kernels.reference.trace`."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel


def trace(rows, kind):
    """See :func:`itten.kernels.reference.trace.trace`; ``rows`` float32."""
    height, width = rows.shape[1:]
    place = np.full((2, height, width), -1.0)
    _crossings(0, height, rows, kind, place)
    number = np.flatnonzero(place.reshape(-1) >= 0)
    known = np.full(place.size, -1, np.int32)
    known[number] = np.arange(len(number), dtype=np.int32)
    links = np.full((len(number), 2), -1, np.int64)
    _linked(known.reshape(place.shape), links)
    path, begins = np.empty(2 * len(number) + 1, np.int64), np.empty(len(number) + 1, np.int64)
    total, count = _walked(links, path, begins)
    down, y, x = np.unravel_index(number[path[:total]], place.shape)
    at = place.reshape(-1)[number[path[:total]]]
    return np.stack((x + at * (1 - down), y + at * down), 1), begins[: count + 1].copy()


@kernel("i8 i8 f4[3] i8 f8[3]", shared=True, fast=False)
def _crossings(first, last, rows, kind, place):
    """Where on its edge to the right, and down, a path crosses it, from 0 to 1; −1 where none does."""
    height, width = rows.shape[1:]
    for y in range(first, last):
        for x in range(width):
            for down in range(2):
                i, j = y + down, x + 1 - down
                if i >= height or j >= width:
                    continue
                same = np.float64(rows[2, y, x]) * rows[2, i, j] + np.float64(rows[3, y, x]) * rows[3, i, j] >= 0
                a, b = np.float64(rows[1, y, x]), np.float64(rows[1, i, j])
                c, d = np.float64(rows[0, y, x]), np.float64(rows[0, i, j])
                if kind == 2:
                    a, b, c, d = c, d, a, b
                elif not same:
                    b = -b
                if (a < 0) == (b < 0):
                    continue
                at = a / (a - b)
                if kind == 2 or (c + at * (d - c) > 0) == (kind == 0):
                    place[down, y, x] = at


@kernel("i4[3] i8[2]", fast=False)
def _linked(known, links):
    height, width = known.shape[1:]
    found = np.empty(4, np.int64)
    for y in range(height - 1):
        for x in range(width - 1):
            count = 0
            for k in range(4):
                if k == 0:
                    one = known[0, y, x]
                elif k == 1:
                    one = known[1, y, x + 1]
                elif k == 2:
                    one = known[0, y + 1, x]
                else:
                    one = known[1, y, x]
                if one >= 0:
                    found[count] = one
                    count += 1
            for k in range(2 if count == 4 else (1 if count > 1 else 0)):
                first, second = found[2 * k], found[2 * k + 1]
                links[first, 0 if links[first, 0] < 0 else 1] = second
                links[second, 0 if links[second, 0] < 0 else 1] = first


@kernel("i8[2] i8[1] i8[1]", fast=False)
def _walked(links, path, begins):
    """Open paths first, each from its end with the lower number, then closed ones."""
    done = np.zeros(len(links), np.uint8)
    total, count = 0, 0
    begins[0] = 0
    for closed in range(2):
        for start in range(len(links)):
            if done[start] or links[start, 0] < 0 or (links[start, 1] >= 0) != (closed == 1):
                continue
            here, before = start, -1
            done[here] = 1
            path[total] = here
            total += 1
            while True:
                ahead = -1
                for k in range(2):
                    one = links[here, k]
                    if ahead < 0 and one >= 0 and one != before and (not done[one] or one == start):
                        ahead = one
                if ahead < 0:
                    break
                before, here = here, ahead
                path[total] = here
                total += 1
                if here == start:
                    break
                done[here] = 1
            count += 1
            begins[count] = total
    return total, count
