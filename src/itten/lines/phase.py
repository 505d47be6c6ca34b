"""Lines an even distance apart: a phase that grows by one turn a spacing across the lines.

Phases are first integrated along the tree of the strongest edges, then brought to agree with their neighbours. Where
directions diverge the phase has dislocations, on one side of which there is a line more: there, a line is made to fork.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from itten.kernels import choose, kernel
from itten.lines.guide import Guide, ends

# Sweeps until phases agree, and how much of a phase its neighbours make then; how strongly it is kept from vanishing.
SWEEPS, MIX, GAIN = 250, 0.85, 0.1
# Dislocations are turned so many times, with so many sweeps after each: spacings that are turned as one, and to which
# less and less; from which angle on. Then each is turned alone, without a sweep, until its line forks evenly.
ROUNDS, AFTER, INNER, OUTER, LIMIT = 3, 6, 0.6, 2.0, 0.5 * np.pi
LAST, LAST_INNER, LAST_OUTER, LAST_LIMIT = 2, 0.5, 1.5, 0.3


@dataclass(frozen=True)
class Phase:
    """One family of lines, on the grid of its ``guide``: they lie where the angle of ``z`` ``(2, h, w)`` float32, real
    and imaginary part, is 0. ``direction`` ``(2, h, w)`` across them, ``frequency`` radians a pixel of the grid.
    ``dislocations`` ``(n, 3)``: row, column and winding of the cells where there is a line more on one side."""

    guide: Guide
    z: np.ndarray
    direction: np.ndarray
    frequency: float
    dislocations: np.ndarray


def phase(guide: Guide, direction: np.ndarray, spacing: float, dark: np.ndarray) -> Phase:
    """Lines ``spacing`` pixels of the picture apart, across ``direction`` ``(2, h, w)``. Where it is ``dark``
    ``(h, w)`` bool, the white ones between them are those that fork."""
    frequency = 2 * np.pi / (spacing / guide.step)
    theta, direction = kernel("phase_along", choose("phase_along"))(*_tree(guide, direction), direction, frequency)
    z = np.stack((np.cos(theta), np.sin(theta))).astype(np.float32)
    turns, total = _turns(guide, direction, frequency)
    sweeps = kernel("phase_sweeps", choose("phase_sweeps"))
    windings = kernel("phase_windings", choose("phase_windings"))
    forks = kernel("phase_forks", choose("phase_forks"))

    def swept(z: np.ndarray, held: np.ndarray, count: int, mix: float) -> np.ndarray:
        own, rest = np.full(total.shape, 1 - mix, np.float32), (mix / np.maximum(total, 1e-12)).astype(np.float32)
        return _unit(sweeps(z, turns, own, rest, held, count, GAIN))

    z = swept(z, np.zeros(dark.shape, bool), SWEEPS, MIX)
    cells, pixels = windings(z, direction, frequency), spacing / guide.step
    for _ in range(ROUNDS):
        turned, held, _ = forks(z, direction, frequency, cells, dark, INNER * pixels, OUTER * pixels, LIMIT)
        z = swept(turned, held, AFTER, 0.5)
        cells = windings(z, direction, frequency)
    for _ in range(LAST):
        reach = LAST_INNER * pixels, LAST_OUTER * pixels
        z = _unit(forks(z, direction, frequency, cells, dark, *reach, LAST_LIMIT)[0])
        cells = windings(z, direction, frequency)
    return Phase(guide, z, direction, frequency, cells)


def _unit(z: np.ndarray) -> np.ndarray:
    return (z / np.maximum(np.hypot(z[0], z[1]), np.float32(1e-12))).astype(np.float32)


def _tree(guide: Guide, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The grid's pixels in an order in which each comes after its parent in the tree of the strongest edges between
    pixels whose directions agree, and the parents; −1 for the first, the one in the middle."""
    shape = direction.shape[1:]
    number = np.arange(shape[0] * shape[1]).reshape(shape)
    rows, columns, costs = [], [], []
    for e, (first, second) in enumerate(ends(shape)):
        alike = np.abs((direction[(slice(None), *first)] * direction[(slice(None), *second)]).sum(0))
        rows.append(number[first].ravel())
        columns.append(number[second].ravel())
        costs.append((2 - guide.weights[e][first] * alike.astype(np.float64) ** 4).ravel())
    edge = (np.concatenate(costs), (np.concatenate(rows), np.concatenate(columns)))
    tree = minimum_spanning_tree(csr_array(edge, shape=(number.size, number.size)))
    order, parent = breadth_first_order(tree, number[shape[0] // 2, shape[1] // 2], directed=False)
    parent = parent.astype(np.int64)
    parent[order[0]] = -1
    return order.astype(np.int64), parent


def _turns(guide: Guide, direction: np.ndarray, frequency: float) -> tuple[np.ndarray, np.ndarray]:
    """What :func:`~itten.kernels.reference.phase.phase_sweeps` wants of every edge, and the weights' sum at a pixel."""
    turns, total = np.zeros((3, *guide.weights.shape), np.float32), np.zeros(direction.shape[1:], np.float32)
    for e, (first, second) in enumerate(ends(direction.shape[1:])):
        here, there = direction[(slice(None), *first)], direction[(slice(None), *second)]
        sign = np.where((here * there).sum(0) >= 0, np.float32(1), np.float32(-1))
        step = (second[1].start - first[1].start, second[0].start - first[0].start)
        grows = 0.5 * frequency * ((here[0] + sign * there[0]) * step[0] + (here[1] + sign * there[1]) * step[1])
        weight = guide.weights[e][first]
        turns[0, e][first], turns[1, e][first], turns[2, e][first] = (
            weight * np.cos(grows),
            weight * np.sin(grows),
            sign,
        )
        total[first] += weight
        total[second] += weight
    return turns, total
