"""The lines of a phase as paths: plain loops. What a phase is, :mod:`itten.kernels.reference.phase` says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ALONG, BETWEEN, SIDES = 0, 1, 2


def trace(rows: NDArray[Any], kind: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Paths along which the phase has one value, as ``(n, 2)`` float64 (x, y) in pixels, pixel centres at whole
    numbers, one after the other, and ``(p + 1,)`` int64, where each begins; closed ones end where they begin.

    ``rows`` ``(4, H, W)`` as :func:`~itten.kernels.reference.stripes.phase_rows` gives them. ``kind`` 0: θ = 0, along
    the lines; 1: θ = π, in the middle between them; 2: θ = ±π/2, at both sides. Where the field changes its sign
    between two neighbours, a path crosses the edge of the grid that joins them, at the zero of the straight line
    between both values.
    """
    real, imaginary = rows[0].astype(np.float64), rows[1].astype(np.float64)
    height, width = real.shape
    crossings: dict[tuple[int, int, int], tuple[float, float]] = {}
    for y in range(height):
        for x in range(width):
            for down in (0, 1):
                i, j = y + down, x + 1 - down
                if i >= height or j >= width:
                    continue
                same = (rows[2:, y, x].astype(np.float64) * rows[2:, i, j]).sum() >= 0
                a, b = (real[y, x], real[i, j]) if kind == SIDES else (imaginary[y, x], imaginary[i, j])
                c, d = (imaginary[y, x], imaginary[i, j]) if kind == SIDES else (real[y, x], real[i, j])
                if not same:
                    b, d = (b, -d) if kind == SIDES else (-b, d)
                if (a < 0) == (b < 0):
                    continue
                at = a / (a - b)
                other = c + at * (d - c)
                if kind == SIDES or (other > 0) == (kind == ALONG):
                    crossings[down, y, x] = (x + at * (1 - down), y + at * down)
    links: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {one: [] for one in crossings}
    for y in range(height - 1):
        for x in range(width - 1):
            found = [one for one in ((0, y, x), (1, y, x + 1), (0, y + 1, x), (1, y, x)) if one in crossings]
            pairs = [(0, 1), (2, 3)] if len(found) == 4 else [(0, 1)] if len(found) > 1 else []
            for first, second in pairs:
                links[found[first]].append(found[second])
                links[found[second]].append(found[first])
    points: list[tuple[float, float]] = []
    begins, done = [0], set()
    order = sorted(crossings)
    for start in [one for one in order if len(links[one]) == 1] + [one for one in order if len(links[one]) == 2]:
        if start in done:
            continue
        path: list[tuple[int, int, int]] = [start]
        before, here = start, start
        done.add(start)
        while True:
            ahead = [one for one in links[here] if one != before and (one not in done or one == start)]
            if not ahead:
                break
            before, here = here, ahead[0]
            path.append(here)
            if here == start:
                break
            done.add(here)
        points += [crossings[one] for one in path]
        begins.append(len(points))
    return np.array(points, np.float64).reshape(-1, 2), np.array(begins, np.int64)
