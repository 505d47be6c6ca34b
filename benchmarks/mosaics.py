"""Twenty mosaics drawn by code, each with the labels of its tiles: what a segmentation ought to find is known.

``python -m benchmarks.panes`` measures on them. All are 192 × 256 pixels, and the same every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

HEIGHT, WIDTH = 192, 256
Y, X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)


@dataclass(frozen=True)
class Mosaic:
    """``image`` ``(3, H, W)`` float32 in [0, 1]; ``labels`` ``(H, W)`` int64, connected tiles numbered from 0."""

    name: str
    image: np.ndarray
    labels: np.ndarray

    @property
    def tiles(self) -> int:
        """How many tiles there are."""
        return int(self.labels.max()) + 1


def connected(classes: np.ndarray, least: int = 30) -> np.ndarray:
    """Connected parts of equal classes, numbered from 0; parts of fewer than ``least`` pixels go to the nearest."""
    labels = np.full(classes.shape, -1)
    count = 0
    for value in np.unique(classes):
        parts, found = ndimage.label(classes == value)
        sizes = np.bincount(parts.ravel())
        for part in range(1, found + 1):
            if sizes[part] >= least:
                labels[parts == part] = count
                count += 1
    nearest = ndimage.distance_transform_edt(labels < 0, return_distances=False, return_indices=True)
    return labels[tuple(nearest)]


def voronoi(random: np.random.Generator, count: int, warp: float = 0.0, gather: float = 0.0) -> np.ndarray:
    """Cells of ``count`` points; ``warp`` pixels bend their borders, ``gather`` draws points to the middle."""
    points = random.random((count, 2)) * (HEIGHT, WIDTH)
    points = points + gather * (np.array([HEIGHT, WIDTH]) / 2 - points) * random.random((count, 1))
    y, x = Y, X
    if warp:
        y = Y + warp * smooth_noise(random, 14)
        x = X + warp * smooth_noise(random, 14)
    distance = (y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2
    return connected(distance.argmin(axis=-1))


def smooth_noise(random: np.random.Generator, sigma: float) -> np.ndarray:
    """Noise of that scale in pixels and unit deviation."""
    found = ndimage.gaussian_filter(random.normal(size=(HEIGHT, WIDTH)), sigma, mode="reflect")
    return (found - found.mean()) / found.std()


def discs(random: np.random.Generator, count: int) -> np.ndarray:
    """Discs and ellipses that cover one another."""
    classes = np.zeros((HEIGHT, WIDTH), int)
    for number in range(1, count + 1):
        cy, cx, turn = random.random() * HEIGHT, random.random() * WIDTH, random.random() * np.pi
        long, short = random.uniform(16, 44), random.uniform(12, 28)
        u, v = np.cos(turn) * (X - cx) + np.sin(turn) * (Y - cy), np.cos(turn) * (Y - cy) - np.sin(turn) * (X - cx)
        classes[(u / long) ** 2 + (v / short) ** 2 < 1] = number
    return connected(classes)


def rings(count: int = 6, sectors: int = 7) -> np.ndarray:
    """Rings about a point, cut into sectors."""
    y, x = Y - 0.45 * HEIGHT, X - 0.4 * WIDTH
    ring = np.minimum(np.hypot(y, x) / 24, count).astype(int)
    sector = ((np.arctan2(y, x) / (2 * np.pi) + 0.5) * sectors + 0.5 * ring).astype(int) % sectors
    return connected(np.where(ring == 0, 0, 1 + ring * sectors + sector))


def waves(bands: int = 6, columns: int = 5) -> np.ndarray:
    """A grid whose lines are waves."""
    y = (Y + 9 * np.sin(X / 17)) * bands / HEIGHT
    x = (X + 11 * np.sin(Y / 21)) * columns / WIDTH
    return connected(np.clip(y.astype(int), 0, bands - 1) * columns + np.clip(x.astype(int), 0, columns - 1))


def colours(random: np.random.Generator, labels: np.ndarray, low: float, high: float, apart: float) -> np.ndarray:
    """A colour for every tile, ``(n, 3)`` within ``low`` … ``high``; neighbours differ by ``apart`` at least where two
    hundred draws can do it."""
    count = int(labels.max()) + 1
    beside = [set() for _ in range(count)]
    for one, two in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        for a, b in np.unique(np.stack([one[one != two], two[one != two]], axis=1), axis=0):
            beside[a].add(int(b))
            beside[b].add(int(a))
    found = np.full((count, 3), np.nan)
    for tile in range(count):
        known = found[sorted(beside[tile])]
        known = known[~np.isnan(known[:, 0])]
        draws = random.uniform(low, high, (200, 3))
        least = np.linalg.norm(draws[:, None] - known, axis=-1).min(axis=1) if len(known) else np.full(200, np.inf)
        good = np.flatnonzero(least >= apart)
        found[tile] = draws[good[0] if len(good) else least.argmax()]
    return found


def flat(random: np.random.Generator, labels: np.ndarray, low=0.05, high=0.95, apart=0.3) -> np.ndarray:
    """Tiles of one colour, ``(H, W, 3)``."""
    return colours(random, labels, low, high, apart)[labels]


def sloped(random: np.random.Generator, picture: np.ndarray, labels: np.ndarray, amount: float) -> np.ndarray:
    """In every tile a ramp of its own direction."""
    turn = random.random(int(labels.max()) + 1) * 2 * np.pi
    slope = amount * (np.cos(turn)[labels] * (X - WIDTH / 2) + np.sin(turn)[labels] * (Y - HEIGHT / 2)) / 30
    middle = ndimage.mean(slope, labels, np.arange(len(turn)))
    return picture + (slope - middle[labels])[..., None]


def textured(random: np.random.Generator, picture: np.ndarray, labels: np.ndarray, amount: float) -> np.ndarray:
    """In every tile stripes, checks, dots or grain."""
    for tile in range(int(labels.max()) + 1):
        kind, turn, pitch = tile % 4, random.random() * np.pi, random.uniform(3.5, 6.5)
        along, across = np.cos(turn) * X + np.sin(turn) * Y, np.cos(turn) * Y - np.sin(turn) * X
        if kind == 0:
            wave = np.sign(np.sin(2 * np.pi * along / pitch))
        elif kind == 1:
            wave = np.sign(np.sin(2 * np.pi * along / pitch) * np.sin(2 * np.pi * across / pitch))
        elif kind == 2:
            wave = 2.0 * (np.cos(2 * np.pi * along / pitch) + np.cos(2 * np.pi * across / pitch) > 0.8) - 1
        else:
            wave = smooth_noise(random, 0.7)
        inside = labels == tile
        picture[inside] += amount * (wave - wave[inside].mean())[inside, None]
    return picture


def grainy(random: np.random.Generator, picture: np.ndarray, sigma: float) -> np.ndarray:
    return picture + random.normal(0, sigma, picture.shape)


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(picture, (sigma, sigma, 0))


def _draw(name: str, number: int) -> Mosaic:
    random = np.random.default_rng(1000 + number)
    labels, picture = _RECIPES[name](random)
    image = np.floor(np.clip(picture, 0, 1) * 255 + 0.5).astype(np.float32) / np.float32(255)
    return Mosaic(name, np.ascontiguousarray(image.transpose(2, 0, 1)), labels)


def _made(
    shape: Callable[[np.random.Generator], np.ndarray],
    *steps: Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray],
    **look: float,
) -> Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]:
    def draw(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        labels = shape(random)
        picture = flat(random, labels, **look)
        for step in steps:
            picture = step(random, picture, labels)
        return labels, picture

    return draw


def _slope(amount: float) -> Callable:
    return lambda random, picture, labels: sloped(random, picture, labels, amount)


def _texture(amount: float) -> Callable:
    return lambda random, picture, labels: textured(random, picture, labels, amount)


def _grain(sigma: float) -> Callable:
    return lambda random, picture, labels: grainy(random, picture, sigma)


def _blur(sigma: float) -> Callable:
    return lambda random, picture, labels: blurred(picture, sigma)


def _cells(count: int, warp: float = 0.0, gather: float = 0.0) -> Callable:
    return lambda random: voronoi(random, count, warp, gather)


_RECIPES: dict[str, Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]] = {
    "cells": _made(_cells(30)),
    "many cells": _made(_cells(60), _blur(0.6)),
    "bent cells": _made(_cells(40, 8.0), _blur(0.6)),
    "gathered cells": _made(_cells(45, 3.0, 0.8), _blur(0.6)),
    "pale cells": _made(_cells(30), _grain(0.008), low=0.45, high=0.6, apart=0.06),
    "dark curves": _made(_cells(30, 8.0), _grain(0.008), low=0.08, high=0.2, apart=0.06),
    "grain": _made(_cells(30), _grain(0.06)),
    "heavy grain": _made(_cells(25, 5.0), _grain(0.12)),
    "discs": _made(lambda random: discs(random, 24), _blur(0.6)),
    "grainy discs": _made(lambda random: discs(random, 24), _grain(0.06)),
    "slopes": _made(_cells(30), _slope(0.08), low=0.25, high=0.75),
    "bent slopes": _made(_cells(30, 8.0), _slope(0.08), _grain(0.02), low=0.25, high=0.75),
    "texture": _made(_cells(25), _texture(0.08), low=0.2, high=0.8),
    "bent texture": _made(_cells(25, 7.0), _texture(0.1), _blur(0.6), low=0.2, high=0.8),
    "strong texture": _made(_cells(20, 4.0), _texture(0.16), low=0.2, high=0.8, apart=0.4),
    "pale grain": _made(_cells(25), _grain(0.04), low=0.4, high=0.65, apart=0.12),
    "soft": _made(_cells(30, 5.0), _blur(1.6), _grain(0.02)),
    "rings": _made(lambda random: rings(), _blur(0.6)),
    "waves": _made(lambda random: waves(), _slope(0.05), _grain(0.03), low=0.25, high=0.75),
    "all at once": _made(
        _cells(30, 6.0), _slope(0.05), _texture(0.05), _blur(0.6), _grain(0.03), low=0.2, high=0.8
    ),
}
NAMES = tuple(_RECIPES)


def load(name: str) -> Mosaic:
    """One of the twenty, by its name."""
    return _draw(name, NAMES.index(name))
