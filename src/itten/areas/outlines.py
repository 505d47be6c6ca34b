"""The outlines of areas as smooth polygons; what two areas share is the same points for both."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

# Right, down, left, up: the ways along pixels' sides, as steps (y, x) between their corners.
STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])


def outlines(labels: np.ndarray, sigma: float) -> list[tuple[int, list[np.ndarray]]]:
    """For each of ``labels`` ``(H, W)``, numbers from 0, its rings: arrays ``(N, 2)`` float64 of x and y in pixels,
    (0, 0) the picture's upper left corner, closed without repeating the first point. Outer rings run clockwise as seen,
    holes the other way round.

    The sides of pixels between two labels, evened along themselves with a deviation of ``sigma`` pixels. Points where
    more than two areas meet, counting what is outside, and the picture's corners stay where they are."""
    height, width = labels.shape
    sides = _sides(labels)
    points = _evened(sides, height, width, sigma)
    after, starts = _after(sides, labels)
    rings: list[list[np.ndarray]] = [[] for _ in range(int(labels.max()) + 1)]
    seen = np.zeros(len(after), bool)
    following, corner = after.tolist(), starts
    for first in range(len(following)):
        if seen[first]:
            continue
        ring, here = [], first
        while not seen[here]:
            seen[here] = True
            ring.append(here)
            here = following[here]
        name = int(sides.label[first])
        rings[name].append(points[corner[ring]])
    return list(enumerate(rings))


def borders(rings: Iterable[np.ndarray], width: int, height: int) -> list[np.ndarray]:
    """What ``rings`` ``(N, 2)`` of areas are made of, as lines ``(n, 2)``, each once, where two share it, and not along
    the border of the picture."""
    lines: list[np.ndarray] = []
    seen: set[tuple[float, float, float, float]] = set()
    for ring in rings:
        closed = np.concatenate((ring, ring[:1]))
        first, second = closed[:-1], closed[1:]
        along = ((first == second) & ((first == 0) | (first == (width, height)))).any(1)
        run: list[np.ndarray] = []
        for a, b, outside in zip(first, second, along.tolist(), strict=True):
            key = (*min(tuple(a), tuple(b)), *max(tuple(a), tuple(b)))
            if outside or key in seen:
                if run:
                    lines.append(np.array(run))
                run = []
                continue
            seen.add(key)
            if not run:
                run.append(a)
            run.append(b)
        if run:
            lines.append(np.array(run))
    return lines


class _Sides:
    """The directed sides of pixels at borders, each with its own label to the right: ``start`` ``(n,)`` flat numbers of
    corners, ``way`` ``(n,)`` of :data:`STEPS`, ``label`` ``(n,)``; ``number`` where each (corner, way) is, or −1."""

    def __init__(self, start: np.ndarray, way: np.ndarray, label: np.ndarray, corners: int) -> None:
        self.start, self.way, self.label = start, way, label
        self.number = np.full((corners, 4), -1)
        self.number[start, way] = np.arange(len(start))


def _sides(labels: np.ndarray) -> _Sides:
    height, width = labels.shape
    framed = np.pad(labels, 1, constant_values=-1)
    starts, ways, names = [], [], []
    # Clockwise around a pixel: its upper side to the right, its right one down, its lower one left, its left one up.
    for way, (y, x, dy, dx) in enumerate(((-1, 0, 0, 0), (0, 1, 0, 1), (1, 0, 1, 1), (0, -1, 1, 0))):
        beside = framed[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        i, j = np.nonzero(labels != beside)
        starts.append((i + dy) * (width + 1) + j + dx)
        ways.append(np.full(len(i), way))
        names.append(labels[i, j])
    start, way_of, name = (np.concatenate(part) for part in (starts, ways, names))
    return _Sides(start, way_of, name, (height + 1) * (width + 1))


def _after(sides: _Sides, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The side that follows each on its ring, and the corner that each starts at."""
    step = STEPS @ (labels.shape[1] + 1, 1)
    end = sides.start + step[sides.way]
    after = np.full(len(end), -1)
    # Areas hang together by pixels' sides: at a corner where one meets itself the ring turns to its own pixel first.
    for turn in (1, 0, 3):
        number = sides.number[end, (sides.way + turn) % 4]
        fits = (after < 0) & (number >= 0)
        fits[fits] = sides.label[number[fits]] == sides.label[fits]
        after[fits] = number[fits]
    return after, sides.start


def _evened(sides: _Sides, height: int, width: int, sigma: float) -> np.ndarray:
    """Where every corner ``((H + 1) · (W + 1), 2)`` of pixels lies after ``sigma`` pixels of evening, x and y."""
    y, x = np.divmod(np.arange((height + 1) * (width + 1)), width + 1)
    points = np.stack([x, y], axis=1).astype(np.float64)
    there = sides.number >= 0
    step = STEPS @ (width + 1, 1)
    # A side is there in both directions but at the frame, where one is outside.
    link = there.copy()
    for way in range(4):
        at = np.flatnonzero(there[:, way])
        link[at + step[way], (way + 2) % 4] = True
    corners = [0, width, height * (width + 1), height * (width + 1) + width]
    link[corners] = False
    free = np.flatnonzero(link.sum(axis=1) == 2)
    ways = np.argsort(~link[free], axis=1, kind="stable")[:, :2]
    one, two = free + step[ways[:, 0]], free + step[ways[:, 1]]
    for _ in range(int(2 * sigma**2 + 0.5)):
        points[free] = 0.5 * points[free] + 0.25 * (points[one] + points[two])
    return points
