"""In which order, and from which end, lines are drawn, so that the pen travels little between them.

Links between ends are made shortest first, wherever both ends are free and no ring would close; the tour that results
is then improved by turning runs of it around. Both look at the nearest ends alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from itten.vector.join import ends, lengths
from itten.vector.model import Points

_LINKED = 4
_NEIGHBOURS = 8
_SWEEPS = 12
_SMALL = 1e-9
_ALIKE = 1.05


def ordered(lines: Sequence[Points]) -> list[Points]:
    """The same lines in an order, and each in a direction, that leave little way between them; the same every time.

    Closed lines begin where they lie nearest to the lines before and after. The tour begins at whichever of its ends is
    nearer to the origin, the upper left corner.
    """
    if not len(lines):
        return []
    tips = ends(lines)
    tour = _improved(_linked(tips), tips)
    given = 2 * np.arange(len(lines))
    if _between(tour, tips) > _between(given, tips):
        tour = _improved(given, tips)
    if np.hypot(*tips[tour[-1] ^ 1]) < np.hypot(*tips[tour[0]]):
        tour = tour[::-1] ^ 1
    found = [lines[at // 2] if at % 2 == 0 else lines[at // 2][::-1] for at in tour.tolist()]
    return _started(found)


def travel(lines: Sequence[Points]) -> tuple[float, float]:
    """How far the pen goes down on the paper and, between the lines, above it."""
    if not len(lines):
        return 0.0, 0.0
    tips = ends(lines)
    return float(lengths(lines).sum()), _between(2 * np.arange(len(lines)), tips)


def _between(tour: NDArray[np.intp], tips: Points) -> float:
    return float(_apart(tips, tour[:-1] ^ 1, tour[1:]).sum())


def _linked(tips: Points) -> NDArray[np.intp]:
    """A tour as the ends at which its lines are entered: end 2 i is the first point of line i, 2 i + 1 its last."""
    count = len(tips) // 2
    partner = [-1] * (2 * count)
    root = list(range(count))

    def top(at: int) -> int:
        while root[at] != at:
            root[at] = root[root[at]]
            at = root[at]
        return at

    links = 0
    width = _LINKED
    while links < count - 1:
        free = np.array([end for end, other in enumerate(partner) if other < 0])
        apart, found = cKDTree(tips[free]).query(tips[free], k=min(width + 1, len(free)))
        one = np.repeat(free, found.shape[1])
        other = free[found].reshape(-1)
        keep = one != other
        one, other, apart = one[keep], other[keep], apart.reshape(-1)[keep]
        # Of links about as long the upper ones come first: what grows from everywhere meets out of step.
        alike = np.floor(np.log(np.maximum(apart, _SMALL)) / np.log(_ALIKE))
        low, high = np.minimum(one, other), np.maximum(one, other)
        rank = np.lexsort((high, low, apart, *(tips[one] + tips[other]).T, alike))
        low, high = low[rank], high[rank]
        new = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1]))  # most are found from both ends
        before = links
        for a, b in zip(low[new].tolist(), high[new].tolist(), strict=True):
            if partner[a] < 0 and partner[b] < 0 and (left := top(a // 2)) != (right := top(b // 2)):
                partner[a], partner[b] = b, a
                root[left] = right
                links += 1
        if links == before:
            width *= 4  # the nearest ends were all of the same run
    return _followed(partner)


def _followed(partner: list[int]) -> NDArray[np.intp]:
    end = partner.index(-1)
    tour = []
    while end >= 0:
        tour.append(end)
        end = partner[end ^ 1]
    return np.array(tour)


def _improved(tour: NDArray[np.intp], tips: Points) -> NDArray[np.intp]:
    """Turn runs around while that shortens the way: two links go, two others come.

    With a link from end ``a`` to end ``b`` and one from ``c`` to ``d`` farther on, the run from ``b`` to ``c`` is
    turned: the links are then from ``a`` to ``c`` and from ``b`` to ``d``.
    """
    count = len(tour)
    if count < 3:
        return tour
    near = cKDTree(tips).query(tips, k=min(_NEIGHBOURS + 1, len(tips)))
    place = np.empty(count, dtype=np.intp)
    for _ in range(_SWEEPS):
        place[tour // 2] = np.arange(count)
        gain, first, last = _turns(tour, tips, near, place)
        rank = np.lexsort((last, first, -gain))[: 2 * count]
        edges = np.stack([tour[first[rank]] ^ 1, tour[first[rank] + 1], tour[last[rank]] ^ 1, tour[last[rank] + 1]], 1)
        done = 0
        for a, b, c, d in edges.tolist():
            i, j = int(place[a // 2]), int(place[c // 2])
            if i > j:  # everything in between was turned around
                a, b, c, d = d, c, b, a
                i, j = int(place[a // 2]), int(place[c // 2])
            if j >= count - 1 or i >= j or tour[i] ^ 1 != a or tour[i + 1] != b or tour[j] ^ 1 != c or tour[j + 1] != d:
                continue
            run = tour[i + 1 : j + 1][::-1] ^ 1
            tour[i + 1 : j + 1] = run
            place[run // 2] = np.arange(i + 1, j + 1)
            done += 1
        if not done + _turned_ends(tour, tips):
            break
    return tour


def _turned_ends(tour: NDArray[np.intp], tips: Points) -> bool:
    """Turn the beginning around where that shortens the way most, then the end."""
    leave, enter = tour[:-1] ^ 1, tour[1:]
    gain = _apart(tips, leave, enter) - _apart(tips, tour[:1], enter)
    at = int(gain.argmax())
    if first := bool(gain[at] > _SMALL):
        tour[: at + 1] = tour[: at + 1][::-1] ^ 1
        leave = tour[:-1] ^ 1
    gain = _apart(tips, leave, enter) - _apart(tips, leave, tour[-1:] ^ 1)
    at = int(gain.argmax())
    if last := bool(gain[at] > _SMALL):
        tour[at + 1 :] = tour[at + 1 :][::-1] ^ 1
    return first or last


def _turns(
    tour: NDArray[np.intp],
    tips: Points,
    near: tuple[NDArray[np.float64], NDArray[np.intp]],
    place: NDArray[np.intp],
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Every pair of links that are worth to be exchanged, as gain and places of the lines that they leave."""
    count = len(tour)
    leave, enter = tour[:-1] ^ 1, tour[1:]
    link = _apart(tips, leave, enter)
    firsts, lasts = [], []
    # a to c: both are left by a link. b to d: both are entered by one.
    for own, entered in ((leave, False), (enter, True)):
        # One of the new links is shorter than one of the old ones that it begins with.
        mine, which = np.nonzero(near[0][own] < link[:, None])
        other = near[1][own[mine], which]
        at = place[other // 2]
        is_entry = tour[at] == other
        mate = at - is_entry if entered else at
        fits = (is_entry == entered) & (mate >= 0) & (mate < count - 1)
        firsts.append(np.minimum(mine, mate)[fits])
        lasts.append(np.maximum(mine, mate)[fits])
    first, last = np.concatenate(firsts), np.concatenate(lasts)
    after = _apart(tips, leave[first], leave[last]) + _apart(tips, enter[first], enter[last])
    gain = link[first] + link[last] - after
    good = (gain > _SMALL) & (first < last)
    return gain[good], first[good], last[good]


def _apart(tips: Points, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.hypot(*(tips[one] - tips[other]).T)


def _started(lines: list[Points]) -> list[Points]:
    """Closed lines from the point that is nearest to what comes before and after."""
    found = list(lines)
    for at, points in enumerate(lines):
        if len(points) < 4 or np.abs(points[0] - points[-1]).max() > _SMALL:
            continue
        apart = np.zeros(len(points) - 1)
        if at:
            apart += np.hypot(*(points[:-1] - found[at - 1][-1]).T)
        if at + 1 < len(lines):
            apart += np.hypot(*(points[:-1] - lines[at + 1][0]).T)
        start = int(apart.argmin())
        if start:
            found[at] = np.concatenate([points[start:-1], points[: start + 1]])
    return found
