"""Lines of one width that are broken where they would be too dark."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from itten.errors import UsageError

Points = NDArray[np.float64]

# Places at which a line asks how dark it is there, at least so many a dash, half a pixel apart at most. Lines beside
# one another begin their dashes at different places: the golden ratio keeps neighbours apart.
PLACES, STEP, GOLDEN = 64, 0.5, 0.6180339887498949


def broken(lines: list[Points], share: np.ndarray, dash: float, shortest: float) -> list[Points]:
    """``lines`` ``(n, 2)`` in pixels, cut into dashes of which ``share`` ``(H, W)``, in [0, 1], is drawn.

    A dash and the gap after it are ``dash`` pixels long, at least twice ``shortest`` and long enough that the shorter
    of both is; where that cannot be, the line is drawn, or is not. Lines are drawn whole where ``share`` is 1.
    """
    if shortest < 0 or dash <= 0:
        raise UsageError(f"dashes have a length above 0, got {dash:g} and {shortest:g}")
    dash = max(dash, 3 * shortest)
    least, step = min(0.45, shortest / dash), min(STEP, dash / PLACES)
    found: list[Points] = []
    for number, line in enumerate(lines):
        steps = np.hypot(*np.diff(line, axis=0).T)
        along = np.concatenate(([0.0], np.cumsum(steps)))
        if along[-1] <= 0:
            continue
        count = max(2, int(np.ceil(along[-1] / step)) + 1)
        place = np.linspace(0, along[-1], count)
        x, y = (np.interp(place, along, line[:, axis]) for axis in (0, 1))
        wanted = map_coordinates(share, (y - 0.5, x - 0.5), order=1, mode="nearest")
        wanted = np.where(wanted < 0.5 * least, 0, np.where(wanted > 1 - 0.5 * least, 1, wanted.clip(least, 1 - least)))
        drawn = (place / dash + GOLDEN * number) % 1.0 < wanted
        found += _runs(line, along, place, drawn)
    return found


def _runs(line: Points, along: np.ndarray, place: np.ndarray, drawn: np.ndarray) -> list[Points]:
    """The pieces of a line between the places where it begins to be drawn and where it ends, with its own corners."""
    if drawn.all():
        return [line]
    change = np.diff(np.concatenate(([False], drawn, [False])).astype(np.int8))
    begins, ends = np.flatnonzero(change > 0), np.flatnonzero(change < 0) - 1
    out = []
    half = 0.5 * (place[1] - place[0])  # a place stands for what is around it
    starts, stops = np.maximum(place[begins] - half, 0), np.minimum(place[ends] + half, place[-1])
    for first, last in zip(starts.tolist(), stops.tolist(), strict=True):
        inner = (along > first) & (along < last)
        tips = [[np.interp(at, along, line[:, axis]) for axis in (0, 1)] for at in (first, last)]
        out.append(np.concatenate(([tips[0]], line[inner], [tips[1]])))
    return out
