"""A phase whose level lines run along a direction field, evenly spaced: plain formulas in float64.

A field of phases is ``z`` ``(2, H, W)``, real and imaginary part of e^(iθ); lines lie where θ is a multiple of 2π. A
``direction`` ``(2, H, W)``, (x, y) of unit length, points across the lines and is known up to its sign: where two
neighbours point opposite ways, one phase stands for the other's negative. Edges of the grid are ``(4, H, W)``: from a
pixel to the one on the right, below, below on the right, below on the left; 0 where there is none.

After Knöppel, Crane, Pinkall, Schröder, Stripe patterns on surfaces (2015), section 3, with phases instead of one
eigenvector; the cubic term keeps them from vanishing (Ginzburg and Landau).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

EDGES = ((0, 1), (1, 0), (1, 1), (1, -1))
# Distances from a dislocation, in spacings, at which its side with fewer lines is looked at.
NEAR = (0.4, 0.6, 0.8)
STEPS = 8


def phase_sweeps(z: Array, turns: Array, own: Array, rest: Array, held: Array, count: int, gain: float) -> Array:
    """``count`` sweeps of z ← p + gain · (1 − |p|²) p with p = own · z + rest · Σ of the neighbours' z, each carried
    along its edge.

    ``turns`` ``(3, 4, H, W)``: weight · cos ω, weight · sin ω, and ±1, of an edge along which the phase grows by ω in
    the first pixel's direction, which the second's has the sign of, or has not. ``own`` and ``rest`` ``(H, W)``. What
    is ``held`` ``(H, W)`` bool keeps its value.
    """
    field = z[0].astype(np.float64) + 1j * z[1]
    wave = turns[0].astype(np.float64) + 1j * turns[1]
    for _ in range(count):
        total = np.zeros_like(field)
        for e, (down, right) in enumerate(EDGES):
            here, there = _ends(field.shape, down, right)
            second = np.where(turns[2, e][here] < 0, field[there].conj(), field[there])
            total[here] += second * wave[e][here].conj()
            first = field[here] * wave[e][here]
            total[there] += np.where(turns[2, e][here] < 0, first.conj(), first)
        p = own * field + rest * total
        field = np.where(held, field, p * (1 + gain * (1 - np.abs(p) ** 2)))
    return np.stack((field.real, field.imag))


def _ends(shape: tuple[int, ...], down: int, right: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Slices of the first and the second ends of all edges of one kind."""
    height, width = shape
    first = slice(0, height - down), slice(max(0, -right), width - max(0, right))
    return first, (slice(down, height), slice(max(0, right), width + min(0, right)))


def phase_along(order: Array, parent: Array, direction: Array, frequency: float) -> tuple[Array, Array]:
    """Phases integrated along a tree: ``order`` ``(H · W,)`` lists the pixels, each after its ``parent``, the first
    without one. Returns θ ``(H, W)`` and the directions, each with the sign of its parent's."""
    height, width = direction.shape[1:]
    theta, signed = np.zeros(height * width), direction.reshape(2, -1).astype(np.float64)
    for i in order:
        j = parent[i]
        if j >= 0:
            if signed[:, i] @ signed[:, j] < 0:
                signed[:, i] *= -1
            step = np.array((i % width - j % width, i // width - j // width))
            theta[i] = theta[j] + 0.5 * frequency * (signed[:, i] + signed[:, j]) @ step
    return theta.reshape(height, width), signed.reshape(2, height, width)


def phase_at(z: Array, direction: Array, frequency: float, y: float, x: float) -> tuple[complex, Array]:
    """The field between pixels, at (y, x): the four around it, each carried there along its own direction, mixed.
    Returns the complex value and the direction that it is told for."""
    height, width = z.shape[1:]
    top, left = min(max(math.floor(y), 0), height - 2), min(max(math.floor(x), 0), width - 2)
    down, along = min(max(y - top, 0.0), 1.0), min(max(x - left, 0.0), 1.0)
    ahead = direction[:, top + (down > 0.5), left + (along > 0.5)]
    total = 0j
    for i in range(2):
        for j in range(2):
            row, column = top + i, left + j
            own = direction[:, row, column]
            share = (down if i else 1 - down) * (along if j else 1 - along)
            wave = complex(*z[:, row, column]) * np.exp(1j * frequency * (own @ (x - column, y - row)))
            total += share * (wave if own @ ahead >= 0 else wave.conjugate())
    return total, ahead


def dislocation(
    z: Array, direction: Array, frequency: float, row: int, column: int, winding: int, spacing: float
) -> tuple[tuple[float, float], float, Array]:
    """Where in the cell below and on the right of pixel (row, column) the field vanishes, (y, x), and the phase on the
    side with fewer lines there: near 0 a line forks, near π one ends."""
    at = [(row + i / STEPS, column + j / STEPS) for i in range(STEPS + 1) for j in range(STEPS + 1)]
    size = [abs(phase_at(z, direction, frequency, *one)[0]) for one in at]
    y, x = at[int(np.argmin(size))]
    across = phase_at(z, direction, frequency, y, x)[1]
    total = 0j
    for far in NEAR:
        there = y + winding * across[0] * far * spacing, x - winding * across[1] * far * spacing
        if 0 <= there[0] <= z.shape[1] - 1 and 0 <= there[1] <= z.shape[2] - 1:
            value, ahead = phase_at(z, direction, frequency, *there)
            total += value if ahead @ across >= 0 else value.conjugate()
    return (y, x), math.atan2(total.imag, total.real), across


def phase_forks(
    z: Array,
    direction: Array,
    frequency: float,
    cells: Array,
    dark: Array,
    inner: float,
    outer: float,
    limit: float,
) -> tuple[Array, Array, int]:
    """The field turned around dislocations so that a line forks there: a black one, or where it is ``dark`` ``(H, W)``
    bool, a white one.

    ``cells`` ``(n, 3)`` int64: row, column and winding, as :func:`phase_windings` finds them. Within ``inner`` pixels
    all phases are turned by the same angle, and are held; out to ``outer`` by less and less. A dislocation whose line
    forks within ``limit`` already is held as it is; one that is nearer than 2 · ``inner`` to one that was held is left.
    Returns the field, what is held ``(H, W)`` bool, and how many did not fork.
    """
    height, width = z.shape[1:]
    field, held, ends = z[0] + 1j * z[1], np.zeros((height, width), bool), 0
    kept: list[tuple[float, float]] = []
    grid_y, grid_x = np.mgrid[:height, :width]
    for row, column, winding in cells:
        (y, x), angle, across = dislocation(z, direction, frequency, row, column, winding, 2 * math.pi / frequency)
        if dark[row, column]:
            angle += -math.pi if angle > 0 else math.pi
        ends += abs(angle) > limit
        if any((y - one[0]) ** 2 + (x - one[1]) ** 2 < 4 * inner * inner for one in kept):
            continue
        kept.append((y, x))
        angle = 0.0 if abs(angle) <= limit else angle
        far = np.hypot(grid_y - y, grid_x - x)
        share = np.clip((outer - far) / (outer - inner), 0, 1)
        same = np.where(np.tensordot(across, direction, 1) >= 0, 1.0, -1.0)
        field = field * np.exp(-1j * angle * share * same)
        held |= far < inner
    return np.stack((field.real, field.imag)), held, ends


def phase_windings(z: Array, direction: Array, frequency: float) -> Array:
    """The cells in which phases turn by a multiple of 2π: ``(n, 3)`` int64, row and column of the upper left pixel, and
    the multiple, counted from x to y. Cells around which the direction turns by half a turn are none."""
    height, width = z.shape[1:]
    found = []
    for row in range(height - 1):
        for column in range(width - 1):
            total, sign, at = 0.0, 1.0, (row, column)
            for there in ((row, column + 1), (row + 1, column + 1), (row + 1, column), (row, column)):
                first, second = direction[:, at[0], at[1]], direction[:, there[0], there[1]]
                other = sign if first @ second >= 0 else -sign
                step = np.array((there[1] - at[1], there[0] - at[0]))
                grows = 0.5 * frequency * (sign * first + other * second) @ step
                begin, end = complex(*z[:, at[0], at[1]]), complex(*z[:, there[0], there[1]])
                begin, end = (begin if sign > 0 else begin.conjugate()), (end if other > 0 else end.conjugate())
                rest = end * begin.conjugate() * np.exp(-1j * grows)
                total, sign, at = total + grows + math.atan2(rest.imag, rest.real), other, there
            turns = round(total / (2 * math.pi))
            if sign > 0 and turns:
                found.append((row, column, turns))
    return np.array(found, np.int64).reshape(-1, 3)
