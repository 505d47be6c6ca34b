"""A plant from a herbarium sheet: ink over a loose wash of colour."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array, Ink, blank, curve, generator, lay, noise, tapered, unsteady

_HEIGHT, _WIDTH = 704, 512
_STEM = [(246, 676), (238, 590), (252, 500), (246, 410), (262, 330), (258, 250), (270, 176)]


def botanical(seed: int = 17) -> Array:
    """Return the picture ``(704, 512, 3)`` in [0, 1]."""
    rng = generator(seed)
    ink, wash, bloom = (Ink(_HEIGHT, _WIDTH, 3) for _ in range(3))
    stem = unsteady(rng, curve(_STEM, 2), 0.8, 50)
    for sign in (-1, 1):
        ink.stroke(stem + np.array([sign * 3.2, 0]), 1.8)
    wash.stroke(stem, 7.0)
    for place, side, length, lift in (
        (0.10, 1, 150, 26), (0.17, -1, 172, 30), (0.31, 1, 168, 36), (0.39, -1, 160, 38),
        (0.54, 1, 138, 44), (0.61, -1, 126, 46), (0.75, 1, 92, 50), (0.80, -1, 84, 54),
    ):  # fmt: skip
        at = stem[int(place * (len(stem) - 1))]
        _leaf(rng, ink, wash, at, side, length, lift)
    _flower(rng, ink, bloom, stem[-1], 98)
    for root in range(9):
        lean = (root - 4) * 14 + rng.normal(0, 4)
        path = curve([(246, 668), (246 + lean * 0.4, 682), (246 + lean, 692 + rng.normal(0, 4))], 1.5)
        ink.stroke(unsteady(rng, path, 0.8, 14), np.linspace(3.0, 0.8, len(path)))
    mottle = noise(rng, (_HEIGHT, _WIDTH), 60)
    picture = blank(_HEIGHT, _WIDTH, "f8f4e6")
    veil = np.roll(wash.coverage(), (3, -4), (0, 1))  # the colour sits beside the line, as in old prints
    picture = lay(picture, veil * np.clip(0.62 + 0.13 * mottle, 0, 1), "8fae7c")
    petals = np.roll(bloom.coverage(), (-3, 4), (0, 1))
    picture = lay(picture, petals * np.clip(0.72 + 0.14 * mottle, 0, 1), "dd8a6a")
    return lay(picture, ink.coverage(), "23241f")


def _leaf(rng: np.random.Generator, ink: Ink, wash: Ink, base: Array, side: int, length: float, lift: float) -> None:
    """A toothed leaf: midrib, veins to every tooth, the lower half hatched."""
    angle = np.deg2rad(lift + rng.normal(0, 4))
    ahead = np.array([side * np.cos(angle), -np.sin(angle)])
    sag = np.array([0.0, 1.0]) * length * rng.uniform(0.12, 0.24)
    rib = curve(
        [
            base,
            base + ahead * length * 0.34 - sag * 0.22,
            base + ahead * length * 0.7,
            base + ahead * length + sag,
        ],
        1.5,
    )
    count = len(rib)
    tangent = np.gradient(rib, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    t = np.linspace(0, 1, count)
    body = np.clip((t - 0.13) / 0.87, 0, 1)
    width = length * 0.25 * np.sin(np.pi * body**0.72) ** 0.9
    teeth = 1 + 0.11 * (1 - np.mod(body * 13, 1)) * (width > 3)
    edges = [rib + normal * (sign * width * teeth)[:, None] for sign in (-1, 1)]
    shape = np.concatenate([edges[0], edges[1][::-1]])
    ink.fill(shape, 0)
    wash.fill(shape)
    for edge in edges:
        ink.stroke(edge[int(0.12 * count) :], 1.7)
    ink.stroke(rib, np.linspace(3.6, 1.2, count))
    for tooth in range(1, 13):
        start, end = (
            int((0.13 + 0.87 * (tooth - 0.9) / 13) * count),
            int((0.13 + 0.87 * (tooth + 0.12) / 13) * count),
        )
        if end >= count:
            break
        for edge in edges:
            vein = curve([rib[start], rib[start] * 0.45 + edge[end] * 0.55 + tangent[start] * 2, edge[end]], 2)
            ink.stroke(vein, np.linspace(1.6, 0.9, len(vein)))
    lower = edges[1] if side > 0 else edges[0]
    for at in range(int(0.16 * count), count - 6, 3):
        reach = rng.uniform(0.35, 0.8)
        end = min(count - 1, at + int(0.05 * count))
        ink.stroke([tuple(rib[at]), tuple(rib[at] * (1 - reach) + lower[end] * reach)], 0.9)


def _flower(rng: np.random.Generator, ink: Ink, bloom: Ink, centre: Array, size: float) -> None:
    """A corolla in two rows of petals around a stippled heart."""
    for row, (count, reach) in enumerate(((13, 1.0), (11, 0.74))):
        for number in range(count):
            angle = 2 * np.pi * (number + 0.5 * row) / count + rng.normal(0, 0.05)
            ahead = np.array([np.cos(angle), np.sin(angle) * 0.86])
            aside = np.array([-ahead[1], ahead[0]])
            far = size * reach * rng.uniform(0.92, 1.08)
            knots = [
                centre + ahead * far * a + aside * far * b
                for a, b in (
                    (0.12, 0.04),
                    (0.5, 0.17),
                    (0.86, 0.15),
                    (1.0, 0.03),
                    (0.97, -0.05),
                    (0.84, -0.16),
                    (0.5, -0.16),
                )
            ]
            petal = curve(knots, 1.5, closed=True)
            ink.fill(petal, 0)
            bloom.fill(petal)
            ink.stroke(petal, 1.8)
            for offset in (-0.07, -0.02, 0.04, 0.09):
                start, end = centre + ahead * far * 0.25, centre + ahead * far * rng.uniform(0.55, 0.85)
                line = curve(
                    [
                        start + aside * far * offset * 0.4,
                        (start + end) / 2 + aside * far * offset,
                        end + aside * far * offset,
                    ],
                    2,
                )
                ink.stroke(line, tapered(len(line), 1.3, 0.3))
    heart = np.linspace(0, 2 * np.pi, 50)
    ring = np.stack([centre[0] + 22 * np.cos(heart), centre[1] + 19 * np.sin(heart)], axis=1)
    ink.fill(ring, 0)
    ink.stroke(ring, 1.8)
    for number in range(160):  # a sunflower's spiral
        far, turn = 20 * np.sqrt(number / 160), number * 2.39996
        ink.dot(centre[0] + far * np.cos(turn), centre[1] + 0.88 * far * np.sin(turn), 0.6 + 0.05 * far)
