"""Points as the text of path data: whole steps of a power of ten, written as short as readers take it.

Rounding comes first and differences after it, so that relative numbers add up to the rounded points exactly. All
paths of a layer are written in one go; a number is turned into text once for all the places where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from itten.vector.model import Points

_NOTHING, _SPACE, _MOVE, _LINE, _CURVE = range(5)
_BEFORE = ("", " ", "M", "l", "c")

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Steps:
    """Points of many paths in whole steps: ``points`` ``(N, 2)``, and ``starts`` ``(n + 1,)`` where each path begins.

    Of ``curves`` the points are ends and, between any two of them, the two handles of a cubic.
    """

    points: Whole
    starts: NDArray[np.intp]
    curves: bool = False


def steps(paths: Sequence[Points], decimals: int, closed: NDArray[np.bool_], curves: bool = False) -> Steps:
    """Paths ``(N, 2)`` rounded to ``decimals`` digits. Points that then repeat the one before are left out, and so is
    the last point of those that ``closed`` ``(n,)`` names if it is the first; a path may be left with a single point.
    Curves keep all."""
    points = np.rint(np.concatenate(paths) * 10.0**decimals).astype(np.int64)
    counts = np.array([len(path) for path in paths])
    starts = np.concatenate([[0], np.cumsum(counts)])
    if curves:
        return Steps(points, starts, True)
    keep = np.ones(len(points), dtype=bool)
    keep[1:] = (points[1:] != points[:-1]).any(1)
    keep[starts[:-1]] = True
    # Of a run of equal points at the end the last one may be gone already: its first one is then the one to go.
    last = np.maximum.accumulate(np.where(keep, np.arange(len(points)), 0))[starts[1:] - 1]
    shut = closed & (points[last] == points[starts[:-1]]).all(1) & (last > starts[:-1])
    keep[last[shut]] = False
    owner = np.repeat(np.arange(len(paths)), counts)
    return Steps(points[keep], np.concatenate([[0], np.cumsum(np.bincount(owner[keep], minlength=len(paths)))]))


def relative(made: Steps, decimals: int) -> list[str]:
    """Every path as SVG's path data: one absolute place, then differences. A single point is a line of length 0."""
    points, starts = made.points, made.starts
    base = np.arange(-1, len(points) - 1)
    inside = np.arange(len(points)) - np.repeat(starts[:-1], np.diff(starts))
    if made.curves:
        base = np.arange(len(points)) - np.where(inside > 0, (inside - 1) % 3 + 1, 0)
    first = inside == 0
    base[first] = 0
    values = (points - points[base]).astype(np.int64)
    values[first] = points[first]
    before = np.full(values.shape, _SPACE)
    before[first, 0] = _MOVE
    before[inside == 1, 0] = _CURVE if made.curves else _LINE
    words = _words(values.reshape(-1), before.reshape(-1), decimals)
    ends = (2 * starts).tolist()
    parts = ["".join(words[start:end]) for start, end in pairwise(ends)]
    return [part + "l0 0" if "l" not in part and "c" not in part else part for part in parts]


def absolute(made: Steps) -> list[str]:
    """Every path as operators of PDF, in whole steps, not closed. A single point becomes a line of length 0."""
    x, y = (column.tolist() for column in made.points.T)
    starts = made.starts.tolist()
    found = []
    for start, end in pairwise(starts):
        words = [f"{x[start]} {y[start]} m"]
        if made.curves:
            words += [
                f"{x[at]} {y[at]} {x[at + 1]} {y[at + 1]} {x[at + 2]} {y[at + 2]} c" for at in range(start + 1, end, 3)
            ]
        else:
            words += [f"{a} {b} l" for a, b in zip(x[start + 1 : end], y[start + 1 : end], strict=True)]
        if len(words) == 1:
            words.append(words[0][:-1] + "l")
        found.append("\n".join(words))
    return found


def number(value: int, decimals: int) -> str:
    """A whole number of steps as a decimal, without what can be left out: -120 with 2 digits is ``-1.2``."""
    if not decimals:
        return str(value)
    whole, part = divmod(abs(value), 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0")
    text = (str(whole) if whole or not digits else "") + ("." + digits if digits else "")
    return "-" + text if value < 0 else text


def _words(values: Whole, before: NDArray[np.intp], decimals: int) -> list[str]:
    """The numbers with what stands before each; a space only where two would run together."""
    different, which = np.unique(values, return_inverse=True)
    texts = [number(value, decimals) for value in different.tolist()]
    minus = different < 0
    dot = np.array([text.startswith(".") for text in texts])
    broken = np.array(["." in text for text in texts])
    apart = minus[which]
    apart[1:] |= dot[which[1:]] & broken[which[:-1]]
    before = np.where(apart & (before == _SPACE), _NOTHING, before)
    table = np.array([sign + text for sign in _BEFORE for text in texts], dtype=object)
    return list(table[before * len(different) + which])
