"""A circle drawn with one breath and a wide, drying brush, and a small red seal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from itten.samples.pen import Array, Ink, blank, generator, grid, lay, noise, smoothstep, unsteady, waver

_SIZE = 576


def brush(seed: int = 11) -> Array:
    """Return the picture ``(576, 576, 3)`` in [0, 1]."""
    rng = generator(seed)
    x, y = grid(_SIZE, _SIZE)
    dx, dy = x - 292, (y - 284) * 1.03
    radius = np.hypot(dx, dy)
    start = np.deg2rad(118)  # lower left; the brush runs clockwise
    turn = np.mod(np.arctan2(dy, dx) - start, 2 * np.pi) / (2 * np.pi)

    steps = 2048
    bend = 5.0 * waver(rng, steps, 7) + 1.2 * waver(rng, steps, 40)
    t = np.linspace(0, 1.06, steps)
    # the hand opens the circle as it goes, so that the end passes outside the beginning
    centre = 186 + bend + 17 * t**2
    half = 33 - 12 * t + 4 * waver(rng, steps, 9) + 7 * np.exp(-(((t - 0.02) / 0.05) ** 2))
    half *= np.sqrt(smoothstep(-0.001, 0.03, t)) * (1 - 0.75 * smoothstep(0.93, 1.06, t))
    bristles = noise(rng, (96, steps), 1.6, 2) * 0.75 + noise(rng, (96, steps), 24, 2) * 0.25
    # stretch along the stroke: bristles are lines, so average each row over a long window
    window = np.ones(90) / 90
    bristles = np.apply_along_axis(lambda row: np.convolve(row, window, mode="same"), 1, bristles)
    bristles /= bristles.std()
    grain = noise(rng, (_SIZE, _SIZE), 3.2, 2)

    ink = np.zeros((_SIZE, _SIZE))
    for lap in (turn, turn + 1):
        at = np.clip(lap / 1.06 * (steps - 1), 0, steps - 1).astype(int)
        across = (radius - centre[at]) / np.maximum(half[at], 0.5)
        row = np.clip((across * 0.5 + 0.5) * 95, 0, 95).astype(int)
        dry = smoothstep(0.30, 1.0, lap) * 1.75 - 1.9 + 0.5 * np.abs(across) * smoothstep(0.1, 0.7, lap)
        wet = smoothstep(-0.35, 0.35, bristles[row, at] * 0.9 + 0.28 * grain - dry)
        edge = smoothstep(1.01, 0.95, np.abs(across) + 0.012 * grain * smoothstep(0.0, 0.6, lap))
        ink = np.maximum(ink, edge * wet * ((lap <= 1.06) & (half[at] > 0.6)))
    for _ in range(46):  # drops that flew off where the brush came down
        angle = start + rng.normal(0.02, 0.22)
        far = 186 + rng.normal(0, 52)
        size = abs(rng.normal(0, 1.5)) + 0.5
        cx, cy = 292 + far * np.cos(angle), 284 + far * np.sin(angle) / 1.03
        ink = np.maximum(ink, smoothstep(size + 0.7, size - 0.7, np.hypot(x - cx, y - cy)))
    picture = blank(_SIZE, _SIZE, "f7f3e8") + 0.006 * noise(rng, (_SIZE, _SIZE), 2.2, 2)[..., None]
    picture = lay(picture, np.clip(ink, 0, 1), "131217")
    return np.clip(lay(picture, _seal(rng) * (0.9 + 0.1 * np.tanh(grain)), "b3261e"), 0, 1)


def _seal(rng: np.random.Generator) -> Array:
    """A seal cut in soapstone: three nested arcs and a stem in white on red."""
    ink = Ink(_SIZE, _SIZE, 3)
    left, top, side = 486, 484, 46
    square = np.array([(left, top), (left + side, top), (left + side, top + side), (left, top + side), (left, top)])
    corners = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(square)])
    ink.fill(unsteady(rng, corners.astype(np.float64), 0.8, 10))
    for r in (7, 13, 19):
        a = np.linspace(np.pi, 2 * np.pi, 24)
        ink.stroke(np.stack([left + 23 + r * np.cos(a), top + 26 + r * np.sin(a)], 1), 2.6, 0)
    ink.stroke([(left + 23, top + 24), (left + 23, top + 40)], 2.6, 0)
    ink.stroke([(left + 9, top + 39), (left + 37, top + 39)], 2.6, 0)
    return ink.coverage()
