"""Structured textures in pairs, for benchmarks: twelve kinds, many colours, one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from itten.errors import UsageError
from itten.samples.pen import Array, colour, grid, noise, smoothstep

_PALETTES = (
    ("f4efe2", "1b1b1f", "8c2f2a"), ("f6d9c4", "d1495b", "2e4057"), ("e9f1e4", "31572c", "90a955"),
    ("fdf0d5", "003049", "c1121f"), ("e8e4f3", "3d2c5e", "c77dba"), ("dceef2", "12566b", "f2a65a"),
    ("faf3dd", "5e503f", "c6ac8f"), ("f1f1ec", "22333b", "d88c2d"), ("ffe5ec", "a4133c", "590d22"),
    ("e3e9d0", "283618", "bc6c25"), ("dfe7fd", "23395d", "e07a5f"), ("f7ede2", "3a3238", "84a59d"),
)  # fmt: skip


def texture(kind: str, size: int = 512, seed: int = 0) -> Tensor:
    """Return a texture of ``kind`` (one of :data:`KINDS`) as ``(3, size, size)`` float32 in [0, 1].

    The seed decides scale, direction, irregularity and colours. Raises
    :class:`~itten.errors.UsageError` for an unknown kind, a size below 1 or a negative seed.
    """
    if kind not in _DRAW:
        raise UsageError(f"there is no texture called {kind!r}; known are {', '.join(_DRAW)}")
    if size < 1 or seed < 0:
        raise UsageError(f"a texture needs a size of at least 1 and a seed of at least 0, not {size} and {seed}")
    return _texture(kind, size, (seed, KINDS.index(kind)))


def texture_pairs(count: int = 20, size: int = 512, seed: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ``count`` pairs (target, source) of textures, each ``(3, size, size)`` float32 in [0, 1].

    The two are of different kinds. Pair number i depends on i, ``size`` and ``seed`` alone. Raises
    :class:`~itten.errors.UsageError` as :func:`texture` does, at the first pair.
    """
    if count < 0 or size < 1 or seed < 0:
        raise UsageError("texture pairs need a count and a seed of at least 0 and a size of at least 1")
    for index in range(count):
        first = index % len(KINDS)
        second = (first + 1 + (index * 5 + index // len(KINDS)) % (len(KINDS) - 1)) % len(KINDS)
        yield (
            _texture(KINDS[first], size, (seed, index, 1)),
            _texture(KINDS[second], size, (seed, index, 2)),
        )


def _texture(kind: str, size: int, entropy: tuple[int, ...]) -> Tensor:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    side = max(size, 2)  # a slope needs two pixels
    x, y = grid(side, side)
    ink, accent = _DRAW[kind](rng, x, y)
    tints = [colour(code) for code in _PALETTES[int(rng.integers(len(_PALETTES)))]]
    if rng.random() < 0.3:
        tints[0], tints[1] = tints[1], tints[0]
    picture = tints[0] * (1 - ink[..., None]) + tints[1] * ink[..., None]
    picture = picture * (1 - accent[..., None]) + tints[2] * accent[..., None]
    levels = np.floor(np.clip(picture, 0, 1) * 255 + 0.5).astype(np.float32) / np.float32(255)
    return torch.from_numpy(np.ascontiguousarray(levels.transpose(2, 0, 1)[:, :size, :size]))


_Layers = tuple[Array, Array]


def _turned(rng: np.random.Generator, x: Array, y: Array) -> tuple[Array, Array]:
    a = rng.uniform(0, np.pi)
    return x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)


def _line(distance: Array, width: float) -> Array:
    """Coverage of a line ``width`` pixels wide at a signed ``distance`` from its middle."""
    return np.clip(width / 2 - np.abs(distance) + 0.5, 0, 1)


def _hash(*keys: NDArray[np.int64]) -> Array:
    """A value in [0, 1) for each tuple of integers."""
    mixed = np.zeros(np.broadcast_shapes(*(key.shape for key in keys)), dtype=np.uint64)
    for key in keys:
        mixed = (mixed ^ key.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2**53


def _lines(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    u, v = _turned(rng, x, y)
    pitch = rng.uniform(9, 22)
    u = u + rng.uniform(0, 4) * noise(rng, x.shape, 60, 2) + rng.uniform(0, 3) * np.sin(v / rng.uniform(20, 60))
    number = np.floor(u / pitch).astype(np.int64)
    line = _line(u - (number + 0.5) * pitch, pitch * rng.uniform(0.25, 0.5))
    return line, line * (np.mod(number, int(rng.integers(3, 7))) == 0)


def _checks(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    u, v = _turned(rng, x, y)
    side = rng.uniform(18, 46)
    wave = np.sin(np.pi * u / side) * np.sin(np.pi * v / side)
    dark = np.clip(0.5 + wave * side / np.pi, 0, 1)
    spot = _hash(np.floor(u / side).astype(np.int64), np.floor(v / side).astype(np.int64)) < 0.12
    return dark, dark * spot


def _nearest(rng: np.random.Generator, x: Array, y: Array, pitch: float) -> tuple[Array, Array, Array]:
    """Distances to the nearest and second nearest of jittered points, and a random number of the nearest."""
    salt = np.array(int(rng.integers(1, 2**31)))
    column, row = np.floor(x / pitch).astype(np.int64), np.floor(y / pitch).astype(np.int64)
    first = np.full(x.shape, np.inf)
    second = np.full(x.shape, np.inf)
    name = np.zeros(x.shape)
    # one table of points and a gather a neighbour: cheaper than hashing every pixel nine times
    rows, columns = int(row.max()) + 3, int(column.max()) + 3
    j, i = np.mgrid[0:rows, 0:columns]
    px = (i - 1 + 0.08 + 0.84 * _hash(i, j, salt)) * pitch
    py = (j - 1 + 0.08 + 0.84 * _hash(i, j, salt + 1)) * pitch
    label = _hash(i, j, salt + 2)
    for dj in (-1, 0, 1):
        for di in (-1, 0, 1):
            at = (row + dj + 1, column + di + 1)
            distance = np.hypot(px[at] - x, py[at] - y)
            nearer = distance < first
            second = np.where(nearer, first, np.minimum(second, distance))
            name = np.where(nearer, label[at], name)
            first = np.minimum(first, distance)
    return first, second, name


def _cells(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    first, second, name = _nearest(rng, x, y, rng.uniform(26, 60))
    wall = np.clip(rng.uniform(3, 7) / 2 - (second - first) / 2 + 0.5, 0, 1)
    core = np.clip(3.5 - first, 0, 1)
    return np.maximum(wall, core), (name < 0.25) * (1 - wall)


def _dots(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    u, v = _turned(rng, x, y)
    pitch = rng.uniform(14, 30)
    v = v / np.sqrt(0.75)
    row = np.floor(v / pitch)
    u = u + 0.5 * pitch * np.mod(row, 2)
    column = np.floor(u / pitch)
    size = pitch * (0.12 + 0.30 * smoothstep(-1.5, 1.5, noise(rng, x.shape, 130, 2)))
    far = np.hypot(u - (column + 0.5) * pitch, (v - (row + 0.5) * pitch) * np.sqrt(0.75))
    disc = np.clip(size - far + 0.5, 0, 1)
    return disc, disc * (_hash(column.astype(np.int64), row.astype(np.int64)) < 0.2)


_BAYER = np.array([[0, 2], [3, 1]])
for _ in range(2):
    _BAYER = np.block([[4 * _BAYER, 4 * _BAYER + 2], [4 * _BAYER + 3, 4 * _BAYER + 1]])


def _dither(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    grain = int(rng.integers(1, 4))
    column, row = (x / grain).astype(int) % 8, (y / grain).astype(int) % 8
    tone = 0.5 + 0.25 * noise(rng, x.shape, rng.uniform(80, 180), 2)
    ink = (tone > (_BAYER[row, column] + 0.5) / 64).astype(np.float64)
    return ink, ink * (noise(rng, x.shape, 120, 1) > 0.9)


def _waves(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    u, v = _turned(rng, x, y)
    pitch, length, tall = rng.uniform(14, 30), rng.uniform(40, 120), rng.uniform(0.3, 0.9)
    number = np.floor(u / pitch)
    # the slope widens the distance, so divide it out to keep lines equally thick
    bend = u + tall * pitch * np.sin(2 * np.pi * v / length)
    slope = tall * pitch * 2 * np.pi / length * np.cos(2 * np.pi * v / length)
    number = np.floor(bend / pitch)
    distance = (bend - (number + 0.5) * pitch) / np.sqrt(1 + slope**2)
    return _line(distance, pitch * 0.38), _line(distance, pitch * 0.16) * np.mod(number, 2)


def _bands(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    field = noise(rng, x.shape, rng.uniform(70, 150), 4)
    scaled = field * rng.uniform(2.5, 5)
    steep = np.hypot(*np.gradient(scaled)) + 1e-6
    level = np.floor(scaled)
    edge = np.clip(1.3 - np.minimum(scaled - level, level + 1 - scaled) / steep, 0, 1)
    return np.maximum(edge, np.mod(level, 2)), (np.mod(level, 4) == 1) * (1 - edge)


def _rings(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    size = len(x)
    pitch = rng.uniform(8, 18)
    far = np.full(x.shape, np.inf)
    for _ in range(int(rng.integers(2, 5))):
        far = np.minimum(far, np.hypot(x - rng.uniform(0, size), y - rng.uniform(0, size)))
    far = far + 2.5 * noise(rng, x.shape, 70, 2)
    number = np.floor(far / pitch)
    ring = _line(far - (number + 0.5) * pitch, pitch * 0.45)
    return ring, ring * (np.mod(number, 5) == 2)


def _weave(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    u, v = _turned(rng, x, y)
    pitch = rng.uniform(12, 26)
    column, row = np.floor(u / pitch), np.floor(v / pitch)
    across, down = u / pitch - column - 0.5, v / pitch - row - 0.5
    over = np.mod(column + row, int(rng.integers(2, 5))) < 1
    side = np.where(over, np.abs(across), np.abs(down))
    gap = smoothstep(0.34, 0.46, side)
    ridge = 0.32 * smoothstep(0.05, 0.34, side)
    return np.maximum(gap, ridge), over * (1 - gap) * 0.8


def _bricks(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    tall = rng.uniform(16, 30)
    wide = tall * rng.uniform(1.8, 3)
    v = y + 0.8 * noise(rng, x.shape, 40, 2)
    row = np.floor(v / tall)
    u = x + wide * np.mod(row, 2) / 2 + 0.8 * noise(rng, x.shape, 40, 2)
    column = np.floor(u / wide)
    edge = np.minimum(
        np.minimum(u - column * wide, (column + 1) * wide - u),
        np.minimum(v - row * tall, (row + 1) * tall - v),
    )
    joint = np.clip(2.2 - edge, 0, 1)
    shade = _hash(column.astype(np.int64), row.astype(np.int64))
    return np.maximum(joint, 0.25 * (shade < 0.3)), (1 - joint) * (0.25 + 0.6 * shade)


def _maze(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    """Truchet's tiles: two quarter circles in each, turned at random."""
    pitch = rng.uniform(22, 44)
    column, row = np.floor(x / pitch).astype(np.int64), np.floor(y / pitch).astype(np.int64)
    u, v = x - column * pitch, y - row * pitch
    salt = np.array(int(rng.integers(1, 2**31)))
    u = np.where(_hash(column, row, salt) < 0.5, u, pitch - u)
    far = np.minimum(np.hypot(u, v), np.hypot(u - pitch, v - pitch)) - pitch / 2
    return _line(far, pitch * 0.36), _line(far, pitch * 0.12)


def _scales(rng: np.random.Generator, x: Array, y: Array) -> _Layers:
    pitch = rng.uniform(26, 48)
    best = np.full(x.shape, -np.inf)
    inside = np.zeros(x.shape)
    # each row of discs lies on the row above it: the lowest row that still covers a pixel wins
    for step in (0, 1, 2):
        row = np.floor(y / (pitch / 2)) + 1 - step
        shift = 0.5 * pitch * np.mod(row, 2)
        column = np.floor((x + shift) / pitch) + 0.5
        far = np.hypot(x + shift - column * pitch, y - (row - 1) * pitch / 2)
        covers = (far < pitch / 2) & (best == -np.inf)
        inside = np.where(covers, pitch / 2 - far, inside)
        best = np.where(covers, row, best)
    rim = np.clip(2.4 - inside, 0, 1)
    ribs = _line(np.abs(inside - pitch * 0.17), 1.6)
    return np.maximum(rim, ribs), smoothstep(0.24 * pitch, 0.44 * pitch, inside) * (1 - rim)


_DRAW: dict[str, Callable[[np.random.Generator, Array, Array], _Layers]] = {
    "lines": _lines,
    "checks": _checks,
    "cells": _cells,
    "dither": _dither,
    "waves": _waves,
    "bands": _bands,
    "rings": _rings,
    "weave": _weave,
    "dots": _dots,
    "bricks": _bricks,
    "maze": _maze,
    "scales": _scales,
}

KINDS = tuple(_DRAW)
"""The kinds of texture."""
