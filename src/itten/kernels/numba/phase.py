"""Phases along a direction field. What is returned is said in :mod:`itten.kernels.reference.phase`."""

from __future__ import annotations

import math

import numpy as np

from itten.kernels.numba.jit import kernel


def phase_sweeps(z, turns, own, rest, held, count, gain):
    """See :func:`itten.kernels.reference.phase.phase_sweeps`; all float32."""
    height, width = z.shape[1:]
    ring = ((0, 0), (1, 1), (1, 1))
    here, spare = np.pad(z, ring), np.zeros((2, height + 2, width + 2), np.float32)
    edges = np.pad(turns, ((0, 0), *ring))
    for _ in range(count):
        _sweep(0, height, here, edges, own, rest, held.view(np.uint8), np.float32(gain), spare)
        here, spare = spare, here
    return np.ascontiguousarray(here[:, 1:-1, 1:-1])


@kernel("i8 i8 f4[3] f4[4] f4[2] f4[2] u1[2] f4 f4[3]", shared=True)
def _sweep(first, last, z, turns, own, rest, held, gain, out):
    """Rows of one sweep, with a ring of nothing around the picture; one neighbour after the other, a row at once."""
    width = own.shape[1]
    re, im = np.empty(width, np.float32), np.empty(width, np.float32)
    for y in range(first, last):
        re[:] = 0.0
        im[:] = 0.0
        for e in range(4):
            down, right = (0 if e == 0 else 1), (1 if e % 2 == 0 else (0 if e == 1 else -1))
            c, s, g = turns[0, e, y + 1, 1:], turns[1, e, y + 1, 1:], turns[2, e, y + 1, 1:]
            a, b = z[0, y + 1 + down, 1 + right :], z[1, y + 1 + down, 1 + right :]
            for x in range(width):
                re[x] += a[x] * c[x] + g[x] * b[x] * s[x]
                im[x] += g[x] * b[x] * c[x] - a[x] * s[x]
            c, s = turns[0, e, y + 1 - down, 1 - right :], turns[1, e, y + 1 - down, 1 - right :]
            g = turns[2, e, y + 1 - down, 1 - right :]
            a, b = z[0, y + 1 - down, 1 - right :], z[1, y + 1 - down, 1 - right :]
            for x in range(width):
                re[x] += a[x] * c[x] - b[x] * s[x]
                im[x] += g[x] * (a[x] * s[x] + b[x] * c[x])
        a, b, found_a, found_b = z[0, y + 1, 1:], z[1, y + 1, 1:], out[0, y + 1, 1:], out[1, y + 1, 1:]
        for x in range(width):
            p = own[y, x] * a[x] + rest[y, x] * re[x]
            q = own[y, x] * b[x] + rest[y, x] * im[x]
            scale = np.float32(1.0) + gain * (np.float32(1.0) - p * p - q * q)
            found_a[x] = a[x] if held[y, x] else p * scale
            found_b[x] = b[x] if held[y, x] else q * scale


def phase_along(order, parent, direction, frequency):
    """See :func:`itten.kernels.reference.phase.phase_along`."""
    theta, signed = np.zeros(direction.shape[1:]), direction.copy()
    _along(order, parent, float(frequency), signed.reshape(2, -1), direction.shape[2], theta.reshape(-1))
    return theta, signed


@kernel("i8[1] i8[1] f8 f4[2] i8 f8[1]", fast=False)
def _along(order, parent, frequency, signed, width, theta):
    for k in range(len(order)):
        i = order[k]
        j = parent[i]
        if j < 0:
            continue
        if signed[0, i] * signed[0, j] + signed[1, i] * signed[1, j] < 0:
            signed[0, i], signed[1, i] = -signed[0, i], -signed[1, i]
        right, down = i % width - j % width, i // width - j // width
        grows = (signed[0, i] + signed[0, j]) * right + (signed[1, i] + signed[1, j]) * down
        theta[i] = theta[j] + 0.5 * frequency * grows


@kernel(inner=True)
def _at(z, direction, frequency, y, x):
    """Real and imaginary part at (y, x), and the direction that they are told for."""
    height, width = z.shape[1:]
    top, left = min(max(math.floor(y), 0), height - 2), min(max(math.floor(x), 0), width - 2)
    down, along = min(max(y - top, 0.0), 1.0), min(max(x - left, 0.0), 1.0)
    row, column = top + (1 if down > 0.5 else 0), left + (1 if along > 0.5 else 0)
    ahead_x, ahead_y = direction[0, row, column], direction[1, row, column]
    re = im = 0.0
    for i in range(2):
        for j in range(2):
            row, column = top + i, left + j
            u, v = direction[0, row, column], direction[1, row, column]
            share = (down if i else 1.0 - down) * (along if j else 1.0 - along)
            angle = frequency * (u * (x - column) + v * (y - row))
            c, s = math.cos(angle), math.sin(angle)
            a, b = z[0, row, column], z[1, row, column]
            re += share * (a * c - b * s)
            turned = share * (a * s + b * c)
            im += turned if u * ahead_x + v * ahead_y >= 0 else -turned
    return re, im, ahead_x, ahead_y


@kernel(inner=True)
def _dislocation(z, direction, frequency, row, column, winding):
    height, width = z.shape[1:]
    least, y, x = np.inf, float(row), float(column)
    for i in range(9):
        for j in range(9):
            re, im, _, _ = _at(z, direction, frequency, row + i / 8, column + j / 8)
            if re * re + im * im < least:
                least, y, x = re * re + im * im, row + i / 8, column + j / 8
    _, _, across_x, across_y = _at(z, direction, frequency, y, x)
    total_re = total_im = 0.0
    spacing = 2.0 * math.pi / frequency
    for k in range(3):
        far = (0.4 + 0.2 * k) * spacing * winding
        there_y, there_x = y + across_x * far, x - across_y * far
        if 0 <= there_y <= height - 1 and 0 <= there_x <= width - 1:
            re, im, ahead_x, ahead_y = _at(z, direction, frequency, there_y, there_x)
            total_re += re
            total_im += im if ahead_x * across_x + ahead_y * across_y >= 0 else -im
    return y, x, math.atan2(total_im, total_re), across_x, across_y


def phase_forks(z, direction, frequency, cells, dark, inner, outer, limit):
    """See :func:`itten.kernels.reference.phase.phase_forks`."""
    field, held = z.copy(), np.zeros(z.shape[1:], np.uint8)
    arguments = cells, dark.view(np.uint8), float(inner), float(outer), float(limit)
    ends = _forks(z, direction, float(frequency), *arguments, field, held)
    return field, held.view(np.bool_), ends


@kernel("f4[3] f4[3] f8 i8[2] u1[2] f8 f8 f8 f4[3] u1[2]", fast=False)
def _forks(z, direction, frequency, cells, dark, inner, outer, limit, field, held):
    height, width = held.shape
    # The last one that was kept in a square of the grid; squares are so small that there is no second.
    side = max(1.0, 2.0 * inner / math.sqrt(2.0))
    squares = np.full((int(height / side) + 1, int(width / side) + 1, 2), -np.inf)
    reach, ends = math.ceil(outer), 0
    for k in range(len(cells)):
        row, column = cells[k, 0], cells[k, 1]
        y, x, angle, across_x, across_y = _dislocation(z, direction, frequency, row, column, cells[k, 2])
        if dark[row, column]:
            angle += -math.pi if angle > 0 else math.pi
        if abs(angle) > limit:
            ends += 1
        square_y, square_x, free = int(y / side), int(x / side), True
        for i in range(max(0, square_y - 2), min(squares.shape[0], square_y + 3)):
            for j in range(max(0, square_x - 2), min(squares.shape[1], square_x + 3)):
                apart_y, apart_x = squares[i, j, 0] - y, squares[i, j, 1] - x
                if apart_y * apart_y + apart_x * apart_x < 4.0 * inner * inner:
                    free = False
        if not free:
            continue
        squares[square_y, square_x, 0], squares[square_y, square_x, 1] = y, x
        if abs(angle) <= limit:
            angle = 0.0
        for i in range(max(0, row - reach), min(height, row + reach + 2)):
            for j in range(max(0, column - reach), min(width, column + reach + 2)):
                far = math.sqrt((i - y) ** 2 + (j - x) ** 2)
                if far >= outer:
                    continue
                share = min(1.0, (outer - far) / (outer - inner))
                if far < inner:
                    held[i, j] = 1
                same = across_x * direction[0, i, j] + across_y * direction[1, i, j] >= 0
                turn = -angle * share if same else angle * share
                c, s = math.cos(turn), math.sin(turn)
                a, b = field[0, i, j], field[1, i, j]
                field[0, i, j], field[1, i, j] = a * c - b * s, a * s + b * c
    return ends


def phase_windings(z, direction, frequency):
    """See :func:`itten.kernels.reference.phase.phase_windings`."""
    height, width = z.shape[1:]
    turns = np.zeros((height - 1, width - 1), np.int64)
    _windings(0, height - 1, z, direction, float(frequency), turns)
    row, column = np.nonzero(turns)
    return np.stack((row, column, turns[row, column]), 1)


@kernel("i8 i8 f4[3] f4[3] f8 i8[2]", shared=True, fast=False)
def _windings(first, last, z, direction, frequency, out):
    for row in range(first, last):
        for column in range(out.shape[1]):
            total, sign, y, x = 0.0, 1.0, row, column
            for corner in range(4):
                there_y, there_x = row + (1 if corner in (1, 2) else 0), column + (1 if corner in (0, 1) else 0)
                u, v = direction[0, y, x], direction[1, y, x]
                s, t = direction[0, there_y, there_x], direction[1, there_y, there_x]
                other = sign if u * s + v * t >= 0 else -sign
                right, down = there_x - x, there_y - y
                grows = 0.5 * frequency * ((sign * u + other * s) * right + (sign * v + other * t) * down)
                a, b = z[0, y, x], sign * z[1, y, x]
                c, d = z[0, there_y, there_x], other * z[1, there_y, there_x]
                apart = math.atan2(d * a - c * b, c * a + d * b) - grows
                total += grows + apart - 2.0 * math.pi * np.rint(apart / (2.0 * math.pi))
                sign, y, x = other, there_y, there_x
            if sign > 0:
                out[row, column] = int(np.rint(total / (2.0 * math.pi)))
