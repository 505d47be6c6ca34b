"""Lines whose ends meet become one, so that a pen is lifted less often; what stays too short goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from itten.errors import UsageError
from itten.vector.model import Points

_MEETS = 1e-9
"""Ends as near as this are one point."""

_NEIGHBOURS = 8
_AROUND = 4
"""A line this many gaps long may be closed by one."""


def joined(lines: Sequence[Points], gap: float = 0.0) -> list[Points]:
    """Lines joined at their ends: first where these meet, then where at most ``gap`` lies between.

    Where more than two ends meet, those go on that turn least; where gaps are to be closed, the smallest first. A line
    is closed with itself only where its ends meet or it is long against the gap. Nothing is moved: a gap becomes a
    straight piece. The result begins with the lines that came first, is the same every time, and holds no point twice
    in a row. Raises :class:`~itten.errors.UsageError` for a gap below zero.
    """
    if not gap >= 0:
        raise UsageError(f"a gap is zero or more, not {gap}")
    found = _plain(lines)
    for reach in (_MEETS, gap):
        if reach >= _MEETS:
            found = _joined(found, reach)
    return found


def trimmed(lines: Sequence[Points], shortest: float, gap: float = 0.0) -> list[Points]:
    """Lines without those shorter than ``shortest``. If there are any, all are :func:`joined` across ``gap`` first, so
    that what goes is what has nothing near."""
    size = lengths(lines)
    if gap > 0 and (size < shortest).any():
        lines = joined(lines, gap)
        size = lengths(lines)
    return [points for points, length in zip(lines, size.tolist(), strict=True) if length >= shortest]


def lengths(lines: Sequence[Points]) -> NDArray[np.float64]:
    """How long each line is, ``(n,)``."""
    if not len(lines):
        return np.zeros(0)
    flat = np.concatenate(lines)
    counts = np.array([len(points) for points in lines])
    owner = np.repeat(np.arange(len(lines)), counts)
    steps = np.hypot(*np.diff(flat, axis=0).T)
    inner = owner[1:] == owner[:-1]
    return np.bincount(owner[1:][inner], steps[inner], len(lines)).astype(np.float64)


def ends(lines: Sequence[Points]) -> Points:
    """``(2 n, 2)``: of every line its first and its last point."""
    return np.array([points[at] for points in lines for at in (0, -1)], dtype=np.float64).reshape(-1, 2)


def _joined(lines: list[Points], gap: float) -> list[Points]:
    partner = np.full(2 * len(lines), -1)
    if not lines:
        return lines
    tips = ends(lines)
    ways = _ways(lines)
    size = lengths(lines)
    # A line of one point is a dot with two ends in one place: it must not be closed with itself.
    alone = np.repeat(size <= (_MEETS if gap <= _MEETS else _AROUND * gap), 2)
    if gap > _MEETS:  # what is closed already stays so
        shut = ((np.hypot(*(tips[::2] - tips[1::2]).T) <= _MEETS) & (size > _MEETS)).repeat(2)
        partner[shut] = np.flatnonzero(shut) ^ 1
    while True:
        free = np.flatnonzero(partner < 0)
        if len(free) < 2:
            break
        near, far = _pairs(tips[free], gap)
        one, other = free[near], free[far]
        keep = (one ^ 1 != other) | ~alone[one]
        one, other = one[keep], other[keep]
        apart = np.hypot(*(tips[one] - tips[other]).T)
        turn = 1 + (ways[one] * ways[other]).sum(1)  # both point outward: 0 goes straight on, 2 goes back
        rank = np.lexsort((other, one, turn, apart if gap > _MEETS else np.zeros(len(one))))
        done = False
        left, right = one[rank].tolist(), other[rank].tolist()
        taken = partner.tolist()
        for a, b in zip(left, right, strict=True):
            if taken[a] < 0 and taken[b] < 0:
                taken[a], taken[b] = b, a
                done = True
        partner = np.array(taken)
        if not done:
            break
    return _chained(lines, partner.tolist())


def _pairs(points: Points, gap: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of points at most ``gap`` apart, each once; of a crowd only the nearest."""
    count = min(_NEIGHBOURS + 1, len(points))
    apart, found = cKDTree(points).query(points, k=count, distance_upper_bound=gap * (1 + 1e-12))
    start = np.broadcast_to(np.arange(len(points))[:, None], found.shape)
    real = np.isfinite(apart) & (found != start)
    low, high = np.minimum(start, found)[real], np.maximum(start, found)[real]
    key = np.unique(low * len(points) + high)
    return key // len(points), key % len(points)


def _ways(lines: Sequence[Points]) -> Points:
    """``(2 n, 2)``: the direction in which a line leaves each of its ends, of length one; zero for a dot."""
    counts = np.array([len(points) for points in lines])
    flat = np.concatenate(lines)
    last = np.cumsum(counts) - 1
    first = last + 1 - counts
    more = np.minimum(counts - 1, 1)
    way = np.stack([flat[first] - flat[first + more], flat[last] - flat[last - more]], 1).reshape(-1, 2)
    size = np.hypot(*way.T)[:, None]
    return way / np.where(size > 0, size, 1)


def _chained(lines: list[Points], partner: list[int]) -> list[Points]:
    """Follow partners from every free end, then around what is closed."""
    found: list[Points] = []
    seen = [False] * len(lines)
    for loops in (False, True):
        for first in range(len(lines)):
            if seen[first]:
                continue
            start = 2 * first
            if not loops:
                if partner[start] >= 0 and partner[start + 1] >= 0:
                    continue
                start += partner[start] >= 0
            parts = []
            end = start
            while True:
                at = end // 2
                seen[at] = True
                parts.append(lines[at] if end % 2 == 0 else lines[at][::-1])
                end = partner[end ^ 1]
                if end < 0 or seen[end // 2]:
                    break
            if end >= 0:
                parts.append(parts[0][:1])
            found.append(np.concatenate(parts) if len(parts) > 1 else parts[0])
    return _plain(found)


def _plain(lines: Sequence[Points]) -> list[Points]:
    """Without points that repeat the one before."""
    found = list(lines)
    if not found:
        return found
    flat = np.concatenate(found)
    starts = np.cumsum([0, *(len(points) for points in found)])
    repeated = np.append(False, np.abs(np.diff(flat, axis=0)).max(1) <= _MEETS)
    repeated[starts[:-1]] = False
    for at in np.unique(np.searchsorted(starts, np.flatnonzero(repeated), side="right") - 1).tolist():
        found[at] = found[at][~repeated[starts[at] : starts[at + 1]]]
    return found
