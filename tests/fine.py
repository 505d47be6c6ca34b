"""Pictures with fine features, drawn here, and what is left of these: a face in grey lines on white and black, pale
handwriting on grey, a photograph with highlights."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from scipy import ndimage

from tests.drawn import covered, grid

# A pixel that has changed by no more is as it was.
SEEN = 8 / 255


def arc(size: int, middle: tuple[float, float], radii: tuple[float, float], angles: tuple[float, float]) -> np.ndarray:
    """``(n, 2)`` points of an elliptic arc, in pixels; all that is given is a share of the size, angles in degrees."""
    angle = np.radians(np.linspace(*angles, 200))
    y, x = middle[0] + radii[0] * np.sin(angle), middle[1] + radii[1] * np.cos(angle)
    return np.stack([y, x], axis=1) * size


def along(points: np.ndarray, shape: tuple[int, int], breadth: float) -> np.ndarray:
    """Coverage of a stroke of that breadth through the points."""
    dense = np.concatenate([
        np.linspace(a, b, max(int(4 * np.hypot(*(b - a))), 1), endpoint=False)
        for a, b in itertools.pairwise(points)
    ])  # fmt: skip
    y, x = grid(*shape)
    away = np.full(shape, np.inf)
    for at in dense[:: max(len(dense) // 1500, 1)]:
        away = np.minimum(away, np.hypot(y - at[0], x - at[1]))
    return covered(away - breadth / 2)


def face(size: int = 256, hard: bool = False, grey: float = 0.55) -> tuple[torch.Tensor, torch.Tensor]:
    """``(picture, thin)``: hair and coat are black, the face is white, brows, eyes, nose, mouth and strands of hair are
    grey lines on either. ``thin`` ``(H, W)`` bool: where these cover more than half of a pixel."""
    y, x = grid(size, size)

    def ellipse(middle, radii):
        return covered((np.hypot((y / size - middle[0]) / radii[0], (x / size - middle[1]) / radii[1]) - 1)
                       * min(radii) * size)  # fmt: skip

    light = np.ones((size, size))
    for shape, value in ((ellipse((0.45, 0.5), (0.4, 0.33)), 0.0), (ellipse((0.55, 0.5), (0.3, 0.24)), 1.0),
                         (ellipse((1.02, 0.5), (0.2, 0.42)), 0.0)):  # fmt: skip
        light = light * (1 - shape) + value * shape
    lines = [arc(size, (0.475, side), (0.03, 0.06), (200, 340)) for side in (0.4, 0.6)]
    lines += [arc(size, (0.53, side), (0.018, 0.04), (0, 360)) for side in (0.4, 0.6)]
    lines += [arc(size, (0.62, 0.49), (0.05, 0.02), (-60, 90)), arc(size, (0.70, 0.5), (0.035, 0.08), (15, 165))]
    lines += [arc(size, (0.45, 0.5), (radius, radius), (200, 340)) for radius in (0.27, 0.3, 0.34)]
    thin = np.max([along(line, (size, size), max(size / 100, 1.8)) for line in lines], axis=0)
    if hard:
        light, thin = light.round(), thin.round()
    picture = light * (1 - thin) + grey * thin
    return torch.from_numpy(np.repeat(picture[None], 3, axis=0).astype(np.float32)), torch.from_numpy(thin > 0.5)


def handwriting(size: int = 256, hard: bool = False, pale: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    """Three pale lines of writing, lighter than their grey ground by ``pale``, and dark blots below them."""
    t = np.linspace(0, 1, 400)
    lines = []
    for number in range(3):
        wave = 0.03 * np.sin(2 * np.pi * (11 + number) * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 3.3 * t + number))
        lean = 0.02 * np.cos(2 * np.pi * (11 + number) * t)
        lines.append(np.stack([0.14 + 0.15 * number + wave, 0.08 + 0.84 * t + lean], axis=1) * size)
    thin = np.max([along(line, (size, size), max(size / 110, 1.8)) for line in lines], axis=0)
    y, x = grid(size, size)
    blots = np.max([
        covered(np.hypot((y - a * size) * 1.4, x - b * size) - r * size)
        for a, b, r in ((0.68, 0.2, 0.09), (0.82, 0.5, 0.12), (0.66, 0.75, 0.07), (0.9, 0.85, 0.06), (0.9, 0.12, 0.05))
    ], axis=0)  # fmt: skip
    if hard:
        thin, blots = thin.round(), blots.round()
    ground = np.array([0.6, 0.6, 0.62])[:, None, None]
    picture = ground + (np.array([0.1, 0.12, 0.2])[:, None, None] - ground) * blots
    picture = picture * (1 - thin) + (ground + pale) * thin
    return torch.from_numpy(picture.astype(np.float32)), torch.from_numpy((thin > 0.5) & (blots == 0))


def photograph(size: int = 256) -> tuple[torch.Tensor, torch.Tensor]:
    """Round bodies in slanting light, grain, and on them small highlights."""
    rng, (y, x) = np.random.default_rng(3), grid(size, size)
    light = 0.35 + 0.15 * np.sin(3 * x / size + 1) * np.cos(4 * y / size)
    thin = np.zeros((size, size))
    for _ in range(14):
        (cy, cx), radius, tone = rng.random(2) * size, (0.06 + 0.1 * rng.random()) * size, 0.25 + 0.4 * rng.random()
        away = np.hypot(y - cy, x - cx) / radius
        lit = tone * (0.6 + 0.5 * np.clip(1 - away**2, 0, 1) ** 0.5 - 0.3 * (x - cx) / radius)
        inside = covered((away - 1) * radius)
        light, thin = light * (1 - inside) + lit * inside, thin * (1 - inside)
        gleam = covered(np.hypot(y - cy + 0.4 * radius, (x - cx + 0.3 * radius) * 0.6) - max(0.012 * size, 1.3))
        light, thin = light * (1 - gleam) + 0.97 * gleam, np.maximum(thin, gleam)
    light = light + ndimage.gaussian_filter(rng.normal(0, 1, (size, size)), 2.0) * 0.08 * (1 - thin)
    tint = np.array([1.0, 0.95, 0.85])[:, None, None]
    picture = light * (tint * (1 - thin) + thin) + rng.normal(0, 0.01, (3, size, size))
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32)), torch.from_numpy(thin > 0.5)


PICTURES = {
    "face": face,
    "face, hard": lambda size=256: face(size, True),
    "writing": handwriting,
    "writing, hard": lambda size=256: handwriting(size, True),
    "highlights": photograph,
}


def left(before: torch.Tensor, after: torch.Tensor, thin: torch.Tensor) -> float:
    """Share of the ``thin`` ``(H, W)`` pixels that are as they were, or nearer to the colour of their mark: of the
    middle pixel nearby, whose own surroundings have most of the mark."""
    inside = ndimage.uniform_filter(thin.numpy().astype(float), 3)
    own = np.where(thin.numpy(), inside, -1.0)
    height, width = thin.shape
    best, colour = np.full(thin.shape, -1.0), before.numpy().copy()
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            moved = np.roll(own, (dy, dx), (0, 1))
            more = moved > best + 1e-9
            best = np.where(more, moved, best)
            colour = np.where(more, np.roll(before.numpy(), (dy, dx), (1, 2)), colour)
    changed = np.abs(after.numpy() - before.numpy()).max(axis=0)
    nearer = np.abs(after.numpy() - colour).max(axis=0) <= np.abs(before.numpy() - colour).max(axis=0) + SEEN
    kept = (changed <= SEEN) | nearer
    assert kept.shape == (height, width)
    return float(kept[thin.numpy()].mean())
