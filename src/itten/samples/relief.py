"""Low relief: a flat shape rounded into a height, and the light that falls on it."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array


def inflate(mask: Array, depth: float, radii: tuple[int, ...] = (4, 9, 18, 36)) -> Array:
    """Return a rounded height ``(H, W)`` over ``mask``, zero outside, at most ``depth``."""
    total = sum((blur(mask, radius) * mask for radius in radii), np.zeros_like(mask)) / len(radii)
    return depth * np.sqrt(np.clip((total - 0.45) / 0.55, 0, 1))


def light(relief: Array, gain: float = 1.0) -> Array:
    """Return Lambert's cosine ``(H, W)`` in [0, 1] for a lamp at the upper left, in front."""
    dy, dx = np.gradient(blur(relief, 2))
    lamp = (-0.72, -0.38, 0.58)
    cosine = (-dx * gain * lamp[0] - dy * gain * lamp[1] + lamp[2]) / np.sqrt(1 + gain**2 * (dx**2 + dy**2))
    return np.clip(cosine, 0, 1)


def blur(values: Array, radius: int) -> Array:
    """Blur with three box filters a direction, which is close to a Gaussian; borders are repeated."""
    size = 2 * radius + 1
    for axis in (0, 1):
        count = values.shape[axis]
        for _ in range(3):
            edges = [(radius + 1, radius) if at == axis else (0, 0) for at in (0, 1)]
            total = np.cumsum(np.pad(values, edges, mode="edge"), axis=axis)
            upper, lower = (slice(size, size + count), slice(0, count))
            if axis == 0:
                values = (total[upper] - total[lower]) / size
            else:
                values = (total[:, upper] - total[:, lower]) / size
    return values
