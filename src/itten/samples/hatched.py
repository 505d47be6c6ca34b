"""Squares hatched in red and pink by hand, and arrows that lead from one to the next."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array, Ink, blank, curve, generator, lay, tapered, unsteady

_HEIGHT, _WIDTH = 512, 640

# centre x, centre y, side, turn in degrees, angle of the hatching, spacing, colour, crossed
_SQUARES = (
    (128, 136, 158, -4, 45, 7.0, "red", False),
    (322, 124, 104, 6, -38, 6.0, "pink", True),
    (520, 152, 168, 3, 8, 6.5, "pink", False),
    (106, 378, 108, 8, 88, 5.0, "pink", False),
    (302, 350, 186, -3, -52, 8.5, "red", True),
    (520, 392, 128, -7, 40, 5.0, "red", False),
    (322, 124, 44, -9, 52, 4.2, "red", False),
    (520, 152, 74, -5, 96, 5.5, "red", False),
)
_ARROWS = (
    [(220, 118), (240, 100), (262, 110)],
    [(386, 120), (408, 104), (428, 124)],
    [(536, 246), (552, 280), (534, 318)],
    [(448, 402), (428, 420), (406, 396)],
    [(200, 392), (184, 414), (166, 394)],
    [(104, 314), (88, 270), (108, 224)],
)


def hatched(seed: int = 21) -> Array:
    """Return the picture ``(512, 640, 3)`` in [0, 1]."""
    rng = generator(seed)
    layers = {name: Ink(_HEIGHT, _WIDTH, 3) for name in ("red", "pink", "dark")}
    for cx, cy, side, turn, angle, spacing, tint, crossed in _SQUARES:
        _hatch(rng, layers[tint], (cx, cy), side, turn, angle, spacing)
        if crossed:
            other = "pink" if tint == "red" else "red"
            _hatch(rng, layers[other], (cx, cy), side * 0.97, turn, angle + 82, spacing * 1.9)
        _frame(rng, layers["red"], (cx, cy), side, turn)
    for knots in _ARROWS:
        _arrow(rng, layers["dark"], knots)
    picture = blank(_HEIGHT, _WIDTH, "fdfaf4")
    for name, code in (("pink", "f291aa"), ("red", "cf1f33"), ("dark", "3a1220")):
        picture = lay(picture, layers[name].coverage(), code)
    return picture


def _rotation(degrees: float) -> Array:
    a = np.deg2rad(degrees)
    return np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])


def _hatch(
    rng: np.random.Generator,
    ink: Ink,
    centre: tuple[float, float],
    side: float,
    turn: float,
    angle: float,
    spacing: float,
) -> None:
    """Parallel strokes across the square, each from edge to edge, some a little short or long."""
    direction = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    normal = np.array([-direction[1], direction[0]])
    reach = side / 2
    extent = reach * np.abs(normal).sum()
    for offset in np.arange(-extent + spacing * 0.6, extent, spacing):
        base = normal * (offset + rng.normal(0, 0.5))
        # clip the line base + t * direction against the square |x|, |y| <= reach
        with np.errstate(divide="ignore"):
            bounds = np.sort(np.stack([(-reach - base) / direction, (reach - base) / direction]), axis=0)
        low, high = bounds[0].max() + rng.normal(1.5, 1.8), bounds[1].min() - rng.normal(1.5, 1.8)
        if high - low < 6:
            continue
        t = np.linspace(low, high, max(4, int((high - low) / 4)))
        line = (base + t[:, None] * direction) @ _rotation(turn) + np.array(centre)
        ink.stroke(unsteady(rng, line, 0.55, 28), tapered(len(line), rng.uniform(2.2, 3.1), 0.45))


def _frame(rng: np.random.Generator, ink: Ink, centre: tuple[float, float], side: float, turn: float) -> None:
    """Four strokes that overshoot at the corners."""
    r = side / 2
    corners = np.array([(-r, -r), (r, -r), (r, r), (-r, r)])
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        over = (b - a) / side
        start, end = a - over * rng.uniform(0, 6), b + over * rng.uniform(0, 6)
        line = np.linspace(start, end, 30) @ _rotation(turn) + np.array(centre)
        ink.stroke(unsteady(rng, line, 0.8, 40), tapered(30, 4.2, 0.6))


def _arrow(rng: np.random.Generator, ink: Ink, knots: list[tuple[int, int]]) -> None:
    line = unsteady(rng, curve(knots, 2), 0.5, 24)
    ink.stroke(line, np.linspace(3.2, 4.4, len(line)))
    tip, back = line[-1], line[-1] - line[-6]
    back = back / np.hypot(*back)
    side = np.array([-back[1], back[0]])
    for sign in (-1, 1):
        barb = curve([tip + back * 1.5, tip - back * 7 + sign * side * 4.5, tip - back * 13 + sign * side * 10], 2)
        ink.stroke(barb, np.linspace(4.6, 2.6, len(barb)))
