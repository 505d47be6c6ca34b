"""A page of a letter in a language that does not exist, written with a pointed pen."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array, Ink, blank, curve, generator, lay, noise, unsteady

_HEIGHT, _WIDTH = 576, 448

# strokes of the letters, in units of the x-height: x to the right, y up from the base line
# fmt: off
_LETTERS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0, 0.1), (0.35, 0.9), (0.6, 1.0), (0.35, 0.9), (0.22, 0.4),
     (0.45, 0.02), (0.8, 0.35), (0.85, 1.0), (0.8, 0.3), (1.1, 0.05)),
    ((0, 0.1), (0.4, 1.2), (0.62, 2.3), (0.42, 2.5), (0.34, 1.6), (0.4, 0.3), (0.6, 0.0), (0.9, 0.2)),
    ((0, 0.1), (0.3, 0.5), (0.7, 0.7), (0.55, 1.0), (0.28, 0.7), (0.34, 0.15), (0.65, 0.0), (1.0, 0.25)),
    ((0, 0.1), (0.3, 1.0), (0.35, 0.05), (0.6, 0.9), (0.8, 0.9), (0.85, 0.1), (1.15, 0.2)),
    ((0, 0.1), (0.3, 1.0), (0.33, 0.0), (0.58, 0.9), (0.74, 0.9),
     (0.76, 0.0), (1.0, 0.9), (1.18, 0.9), (1.22, 0.1), (1.5, 0.2)),
    ((0, 0.1), (0.45, 0.95), (0.3, 0.2), (0.6, 0.05), (0.85, 0.95),
     (0.8, -0.6), (0.5, -1.3), (0.3, -1.0), (0.7, -0.3), (1.2, 0.15)),
    ((0, 0.1), (0.36, 1.0), (0.3, 0.2), (0.5, 0.0), (0.75, 0.3)),
    ((0, 0.1), (0.5, 1.5), (0.7, 2.4), (0.5, 2.4), (0.42, 1.0),
     (0.3, -1.0), (0.4, -1.3), (0.6, -0.4), (0.5, 0.1), (0.9, 0.2)),
    ((0, 0.1), (0.3, 0.8), (0.45, 1.05), (0.55, 0.75), (0.8, 0.8), (0.72, 0.1), (1.0, 0.15)),
    ((0, 0.1), (0.25, 0.95), (0.3, 0.15), (0.55, 0.05), (0.8, 0.9), (0.72, 0.8), (1.0, 0.85)),
)
# fmt: on


def script(seed: int = 37) -> Array:
    """Return the picture ``(576, 448, 3)`` in [0, 1]."""
    rng = generator(seed)
    ink = Ink(_HEIGHT, _WIDTH, 3)
    lines = 13
    for number in range(lines):
        base = 92 + number * 33.0
        left = 58 + (34 if number in (0, 6) else 0) + rng.normal(0, 3)
        right = 346 if number not in (5, lines - 1) else 230
        while left < right:
            left = _word(rng, ink, left, base + rng.normal(0, 0.8) - (left - 58) * 0.012, int(rng.integers(2, 7)))
            left += rng.uniform(9, 14)
    flourish = curve(
        [(250, 528), (300, 506), (350, 520), (320, 540), (270, 532), (310, 512), (396, 516), (372, 536)], 1.5
    )
    _write(ink, unsteady(rng, flourish, 0.8, 30), 4.2)
    picture = blank(_HEIGHT, _WIDTH, "f5eedb") + 0.010 * noise(rng, (_HEIGHT, _WIDTH), 120)[..., None]
    strength = np.clip(0.90 + 0.07 * noise(rng, (_HEIGHT, _WIDTH), 26), 0, 1)
    return np.clip(lay(picture, ink.coverage() * strength, "27213a"), 0, 1)


def _word(rng: np.random.Generator, ink: Ink, left: float, base: float, letters: int) -> float:
    """Write a word in one line and return where it ends."""
    size = 9.5
    knots: list[tuple[float, float]] = []
    at = left
    for place in range(letters):
        shape = np.array(_LETTERS[int(rng.integers(len(_LETTERS)))])
        grown = size * (1.45 if place == 0 and rng.random() < 0.12 else 1.0)
        for dx, dy in shape[: -1 if place < letters - 1 else None]:
            # written with a slant: what is higher stands further right
            knots.append((at + grown * (dx * 0.86 + 0.42 * dy), base - grown * dy))
        at += grown * float(shape[-1, 0]) * 0.86
    path = unsteady(rng, curve(knots, 0.9), 0.35, 12)
    _write(ink, path, 3.1)
    return at


def _write(ink: Ink, path: Array, weight: float) -> None:
    """A pointed pen: strokes towards the writer are broad, strokes away from him thin."""
    step = np.gradient(path, axis=0)
    down = step[:, 1] / np.maximum(np.hypot(*step.T), 1e-9)
    width = 0.85 + (weight - 0.85) * np.clip(down, 0, 1) ** 1.4
    soft = np.convolve(np.pad(width, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    ink.stroke(path, soft)
