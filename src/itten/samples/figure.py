"""A cat on its way home at night: hat, coat, cane and a curled tail, in dense engraved ink.

Every part is a closed curve. Its tone comes from a relief lit from the left, and is drawn the way an
engraver draws it: lines that follow the form and swell where it is dark, crossed where it is darker.
"""

from __future__ import annotations

import numpy as np

from itten.samples.figure_parts import HEIGHT, HILLS, LINES, PARTS, TAIL, WIDTH, Part
from itten.samples.pen import (
    Array,
    Ink,
    blank,
    curve,
    generator,
    grid,
    lay,
    noise,
    smoothstep,
    tapered,
    unsteady,
    waver,
)
from itten.samples.relief import inflate, light


def figure(seed: int = 13) -> Array:
    """Return the picture ``(1152, 832, 3)`` in [0, 1]."""
    rng = generator(seed)
    ink = Ink(HEIGHT, WIDTH, 2)
    hatch = np.zeros((HEIGHT, WIDTH))
    x, y = grid(HEIGHT, WIDTH)
    swing = noise(rng, (HEIGHT, WIDTH), 60, 2)
    _sky(rng, ink, hatch, x, y, swing)
    for hill in HILLS:
        _part(rng, ink, hatch, hill, x, y, swing)
    _ground(rng, ink)
    _tail(rng, ink, hatch)
    for part in PARTS:
        _part(rng, ink, hatch, part, x, y, swing)
    _whiskers(rng, ink)
    picture = blank(HEIGHT, WIDTH, "faf6ec")
    return lay(picture, np.maximum(hatch, ink.coverage()), "15131a")


def _part(rng: np.random.Generator, ink: Ink, hatch: Array, part: Part, x: Array, y: Array, swing: Array) -> None:
    outline = unsteady(rng, curve(part.shape, 2, closed=True), 1.0, 40)
    margin = 4
    left, top = np.maximum(outline.min(0).astype(int) - margin, 0)
    right, bottom = np.minimum(outline.max(0).astype(int) + margin, (WIDTH, HEIGHT))
    box = np.s_[top:bottom, left:right]
    cut = Ink(bottom - top, right - left, 2)
    cut.fill(outline - (left, top))
    mask = cut.coverage()
    ink.fill(outline, 0)
    hatch[box] *= 1 - mask
    if part.tone > 0:
        dark = 1 - light(inflate(mask, part.depth, (4, 9, 18)), 1.0)
        tone = part.tone + part.contrast * (dark - 0.45) + 0.05 * swing[box]
        lines = _engrave(x[box], y[box], tone, part.angle, part.bend, part.spacing, swing[box])
        cross = _engrave(x[box], y[box], tone * 1.3 - 0.72, part.angle + 64, -part.bend, part.spacing, swing[box])
        hatch[box] = np.maximum(hatch[box], np.maximum(lines, cross) * mask)
    pressure = part.line * (1 + 0.28 * waver(rng, len(outline), 16, closed=True))
    ink.stroke(outline, np.clip(pressure, 1.2, None))


def _engrave(x: Array, y: Array, tone: Array, angle: float, bend: float, spacing: float, swing: Array) -> Array:
    """Lines across ``angle`` degrees whose width is the tone's share of the spacing, smooth at their edges."""
    a = np.deg2rad(angle)
    along, across = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
    middle = 0.5 * (across.min() + across.max())
    reach = max(0.5 * float(np.ptp(across)), 1.0)
    phase = (along + bend * ((across - middle) / reach) ** 2 + 1.1 * swing) / spacing
    distance = np.abs(phase - np.floor(phase) - 0.5) * spacing
    thick = np.clip(tone, 0, 0.92) * spacing * 0.5
    return np.clip(thick - distance + 0.5, 0, 1) * smoothstep(0.06, 0.16, tone)


def _tail(rng: np.random.Generator, ink: Ink, hatch: Array) -> None:
    """A ribbon with rungs that round it, and curls of fur that leave it on both sides."""
    spine = curve(TAIL, 2)
    count = len(spine)
    tangent = np.gradient(spine, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    half = 10 + 14 * np.sin(np.pi * np.linspace(0.12, 0.93, count)) ** 0.8
    left, right = spine + normal * half[:, None], spine - normal * half[:, None]
    whole = np.concatenate([left, right[::-1]])
    ink.fill(whole, 0)
    clear = Ink(HEIGHT, WIDTH, 1)
    clear.fill(whole)
    hatch *= 1 - clear.coverage()
    for at in range(4, count - 4, 3):
        reach = rng.uniform(0.35, 1.05) if (at // 3) % 2 else 1.0
        t = np.linspace(-1, -1 + 2 * reach, 9)[:, None]
        rung = spine[at] - normal[at] * half[at] * t + tangent[at] * 7 * (1 - t**2)
        band = 3.4 if (at // 34) % 2 else 1.5
        ink.stroke(rung, np.linspace(band, 0.9, 9))
    for edge, sign in ((left, 1.0), (right, -1.0)):
        ink.stroke(unsteady(rng, edge, 0.8, 20), 1.5)
        for at in range(6, count - 6, 5):
            size = rng.uniform(9, 19) * (0.45 + half[at] / 44)
            out, ahead = normal[at] * sign * size, tangent[at] * size
            lock = [edge[at] - ahead * 0.5 - out * 0.2]
            lock += [edge[at] + out * a + ahead * b for a, b in ((0.38, 0.0), (0.68, 0.5), (0.55, 1.0))]
            if at % 2:  # every other lock of fur curls up at its end
                lock += [edge[at] + out * a + ahead * b for a, b in ((0.25, 1.08), (0.16, 0.8), (0.34, 0.7))]
            path = curve(lock, 1.5)
            ink.stroke(path, np.linspace(3.2, 1.0, len(path)))


def _sky(rng: np.random.Generator, ink: Ink, hatch: Array, x: Array, y: Array, swing: Array) -> None:
    """A ruled night around a full moon, lighter towards the ground."""
    moon = np.hypot(x - 664, y - 190)
    night = 0.50 - 0.52 * smoothstep(60, 700, y + 0.10 * x + 22 * swing)
    night = (night - 0.30 * np.exp(-((moon - 84) / 70))) * smoothstep(82, 84, moon)
    hatch[:] = _engrave(x, y, night, 90, 0, 7.0, swing * 1.5)
    rim = np.linspace(0, 2 * np.pi, 200)
    circle = np.stack([664 + 84 * np.cos(rim), 190 + 84 * np.sin(rim)], axis=1)
    ink.stroke(unsteady(rng, circle, 0.8, 30), 2.4)
    for cx, cy, r in ((640, 170, 17), (690, 214, 24), (668, 246, 9), (704, 160, 10), (626, 220, 8)):
        arc = np.linspace(-0.6, 2.4, 30)
        for inner in np.arange(0.35, 1.01, 0.3):
            crater = np.stack([cx + r * inner * np.cos(arc), cy + r * inner * np.sin(arc) * 0.9], axis=1)
            ink.stroke(unsteady(rng, crater, 0.4, 14), tapered(30, 1.9, 0.3))


def _ground(rng: np.random.Generator, ink: Ink) -> None:
    """A cast shadow of flat strokes, and grass."""
    for _ in range(120):
        cx, cy = rng.normal(430, 190), 1102 + abs(rng.normal(0, 11))
        length = rng.uniform(30, 110)
        line = np.linspace((cx - length / 2, cy), (cx + length / 2, cy + rng.normal(0, 1.2)), 24)
        ink.stroke(unsteady(rng, line, 0.7, 40), tapered(24, rng.uniform(1.2, 2.6), 0.2))
    for _ in range(110):
        cx, cy = rng.uniform(20, 812), rng.uniform(1100, 1132)
        lean, tall = rng.normal(4, 10), rng.uniform(14, 44)
        blade = curve([(cx, cy), (cx + lean * 0.3, cy - tall * 0.6), (cx + lean, cy - tall)], 2)
        ink.stroke(blade, np.linspace(2.8, 0.8, len(blade)))


def _whiskers(rng: np.random.Generator, ink: Ink) -> None:
    for knots, start, end in LINES:
        line = unsteady(rng, curve(knots, 1.5), 0.3, 24)
        ink.stroke(line, np.linspace(start, end, len(line)))
