"""Smooth cubics through points: least squares over runs of them, and runs that miss are cut in two.

All paths are fitted at once. First points that nobody misses go, so that those that stay say where a path turns; where
it turns sharply it keeps its corner, elsewhere its direction is that of the parabola through three points. A run begins
as a quarter turn. What a cubic misses by too much is cut at its worst point, down to single pieces, which are straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from itten.vector.model import Points
from itten.vector.simplify import simplified

_CORNER = np.deg2rad(50)
_QUARTER = np.deg2rad(90)
_THINNED = 0.4
"""Share of the tolerance that goes into leaving points out; the rest is the fit's."""

_INNER = 3
"""Samples on every piece, its beginning among them."""

_REFITS = 2

Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Course:
    """Vertices of all paths with the directions, of length one, in which these arrive and leave."""

    points: Points
    arrive: Points
    leave: Points


def curved(
    paths: Sequence[Points], tolerance: float, shut: NDArray[np.bool_], width: float, height: float
) -> list[Points]:
    """Every path as ends and handles of cubics, ``(3 k + 1, 2)``, within ``tolerance`` of its points.

    Those that ``shut`` ``(n,)`` names are closed: they end where they begin, smoothly unless there is a corner. Handles
    lie in ``[0, width] × [0, height]``, and so do the curves. A path of one point stays one.
    """
    lines = [_closed(points) if closed else points for points, closed in zip(paths, shut.tolist(), strict=True)]
    lines = simplified(lines, tolerance * _THINNED)
    course, cuts, starts = _course(lines, shut)
    first, last = cuts[:-1], cuts[1:]
    owner = np.searchsorted(starts, first, side="right")
    inside = owner == np.searchsorted(starts, last, side="right")  # else from the end of a path to the next one
    first, last = first[inside], last[inside]
    done_first, done = [], []
    while len(first):
        handles, worst, at = _fitted(course, first, last, (width, height))
        single = last - first == 1
        fine = worst <= tolerance * (1 - _THINNED)
        straight = single & ~fine
        ends = course.points[first[straight]], course.points[last[straight]]
        handles[straight] = np.stack([(2 * ends[0] + ends[1]) / 3, (ends[0] + 2 * ends[1]) / 3], 1)
        fine |= single
        done_first.append(first[fine])
        done.append(handles[fine])
        first, last, at = first[~fine], last[~fine], at[~fine]
        first, last = np.concatenate([first, at]), np.concatenate([at, last])
    return _gathered(course.points, starts, done_first, done)


def _gathered(points: Points, starts: Numbers, first: list[Numbers], handles: list[Points]) -> list[Points]:
    """End, two handles, end, … of every path."""
    begun = np.concatenate([*first, starts[1:] - 1])
    whole = np.concatenate([*handles, np.zeros((len(starts) - 1, 2, 2))])
    rank = np.argsort(begun, kind="stable")
    begun, whole = begun[rank], whole[rank]
    flat = np.concatenate([points[begun][:, None], whole], 1).reshape(-1, 2)
    ends = np.searchsorted(begun, starts)
    return [flat[3 * start : 3 * end - 2] for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]


def _course(lines: Sequence[Points], shut: NDArray[np.bool_]) -> tuple[_Course, Numbers, Numbers]:
    """Directions at all vertices, where runs begin and end, and where paths begin."""
    points = np.concatenate(lines)
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    piece = np.zeros((len(points) + 1, 2))  # the piece that ends at a vertex
    piece[1:-1] = np.diff(points, axis=0)
    piece[starts] = 0
    before, after = piece[:-1].copy(), piece[1:].copy()
    loops = np.flatnonzero(shut & (np.diff(starts) > 2))
    before[starts[loops]] = before[starts[loops + 1] - 1]
    after[starts[loops + 1] - 1] = after[starts[loops]]
    turn = np.abs(np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(1)))
    turn[(before == 0).all(1) | (after == 0).all(1)] = 0
    way = _unit(_weighed(before) + _weighed(after))
    corner = (turn > _CORNER)[:, None]
    course = _Course(points, np.where(corner, _unit(before), way), np.where(corner, _unit(after), way))
    quarter = np.floor(np.cumsum(turn) / _QUARTER)
    cut = corner[:, 0] | (np.diff(quarter, prepend=0) > 0)
    cut[starts[:-1]] = cut[starts[1:] - 1] = True
    return course, np.flatnonzero(cut), starts


def _fitted(
    course: _Course, first: Numbers, last: Numbers, within: tuple[float, float]
) -> tuple[Points, NDArray[np.float64], Numbers]:
    """For every run the two handles ``(n, 2, 2)``, how far it misses its samples, and the vertex where it does most."""
    counts = (last - first) * _INNER
    run = np.repeat(np.arange(len(first)), counts)
    begin = np.concatenate([[0], np.cumsum(counts)])
    inner = np.arange(len(run)) - begin[run]
    vertex, part = first[run] + inner // _INNER, inner % _INNER
    start = course.points[vertex]
    step = course.points[vertex + 1] - start
    sample = start + step * (part / _INNER)[:, None]
    size = np.hypot(*step.T) / _INNER
    along = np.cumsum(size) - size
    along -= along[begin[run]]
    whole = np.bincount(run, size, len(first)).astype(np.float64)
    u = along / np.maximum(whole[run], 1e-30)
    ends = course.points[first], course.points[last]
    ways = course.leave[first], -course.arrive[last]
    for _ in range(_REFITS):
        handles = np.clip(_handles(ends, ways, sample, u, run, whole), 0, within)
        nodes = np.stack([ends[0], handles[:, 0], handles[:, 1], ends[1]], 1)[run]
        off = _at(nodes, u) - sample
        slope = _at(3 * np.diff(nodes, axis=1), u)
        bend = _at(6 * np.diff(nodes, 2, axis=1), u)
        under = (slope**2).sum(1) + (off * bend).sum(1)
        u = np.clip(u - np.where(under > 1e-12, (off * slope).sum(1) / np.where(under > 1e-12, under, 1), 0), 0, 1)
    miss = np.hypot(*(_at(nodes, u) - sample).T)
    worst = np.maximum.reduceat(miss, begin[:-1])
    # The vertex to cut at: inside the run, where it misses most, and of equals the first.
    open_ = np.where((part == 0) & (vertex > first[run]), miss, -1.0)
    rank = np.lexsort((-np.arange(len(run)), open_, run))
    return handles, worst, vertex[rank[begin[1:] - 1]]


def _handles(
    ends: tuple[Points, Points],
    ways: tuple[Points, Points],
    sample: Points,
    u: NDArray[np.float64],
    run: Numbers,
    whole: NDArray[np.float64],
) -> Points:
    """Least squares of the two handles' lengths, their directions given; a third of the way where that has no sense."""
    b1, b2 = 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u)
    near = (1 - u) ** 3 + b1
    rest = sample - near[:, None] * ends[0][run] - (1 - near)[:, None] * ends[1][run]
    one, two = ways[0][run] * b1[:, None], ways[1][run] * b2[:, None]

    def total(left: Points, right: Points) -> NDArray[np.float64]:
        return np.bincount(run, (left * right).sum(1), len(whole)).astype(np.float64)

    a, b, c = total(one, one), total(one, two), total(two, two)
    x, y = total(one, rest), total(two, rest)
    under = a * c - b * b
    good = under > 1e-9 * np.maximum(a * c, 1e-30)
    safe = np.where(good, under, 1)
    left, right = (c * x - b * y) / safe, (a * y - b * x) / safe
    good &= (left > 0) & (right > 0) & (left < whole) & (right < whole)
    left, right = np.where(good, left, whole / 3), np.where(good, right, whole / 3)
    return np.stack([ends[0] + ways[0] * left[:, None], ends[1] + ways[1] * right[:, None]], 1)


def _at(nodes: Points, u: NDArray[np.float64]) -> Points:
    """Bézier curves of ``nodes`` ``(N, d + 1, 2)`` at ``u`` ``(N,)``, by de Casteljau."""
    t = u[:, None, None]
    while nodes.shape[1] > 1:
        nodes = nodes[:, :-1] * (1 - t) + nodes[:, 1:] * t
    return nodes[:, 0]


def _weighed(step: Points) -> Points:
    return step / np.maximum((step**2).sum(1), 1e-30)[:, None]


def _unit(step: Points) -> Points:
    return step / np.maximum(np.hypot(*step.T), 1e-30)[:, None]


def _closed(points: Points) -> Points:
    return points if (points[0] == points[-1]).all() else np.concatenate([points, points[:1]])
