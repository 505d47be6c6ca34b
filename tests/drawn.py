"""Pictures with analytic edges: coverage is clamp(½ − d, 0, 1), d the signed distance from the stroke."""

from __future__ import annotations

import numpy as np
import torch

INK, PAPER = (0.1, 0.12, 0.2), (1.0, 1.0, 1.0)
CENTRE = (127.3, 128.6)


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height, :width]
    return y.astype(np.float64), x.astype(np.float64)


def covered(distance: np.ndarray) -> np.ndarray:
    return np.clip(0.5 - distance, 0.0, 1.0)


def painted(alpha: np.ndarray, ink=INK, paper=PAPER) -> torch.Tensor:
    """``(3, H, W)`` float32."""
    image = np.array(ink)[:, None, None] * alpha + np.array(paper)[:, None, None] * (1.0 - alpha)
    return torch.from_numpy(image.astype(np.float32))


def rings(size=256, radii=(40, 70, 100), breadth=3.0, centre=CENTRE) -> np.ndarray:
    y, x = grid(size, size)
    away = np.hypot(y - centre[0], x - centre[1])
    return np.max([covered(np.abs(away - radius) - breadth / 2) for radius in radii], axis=0)


def hatching(pitch: float, degrees: float, breadth=2.0, size=96) -> np.ndarray:
    """Parallel lines; one of them runs 0.37 pixels beside the middle of the picture."""
    y, x = grid(size, size)
    across = (x - size / 2) * np.cos(np.radians(degrees)) + (y - size / 2) * np.sin(np.radians(degrees)) + 0.37
    return covered(np.abs((across + pitch / 2) % pitch - pitch / 2) - breadth / 2)


def capsule(shape, middle, degrees: float, length=40.0, radius=7.3) -> tuple[np.ndarray, np.ndarray]:
    """``(alpha, distance)`` of a stroke with round ends, turned counter-clockwise."""
    y, x = grid(*shape)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    along = (x - middle[1]) * c - (y - middle[0]) * s
    across = (x - middle[1]) * s + (y - middle[0]) * c
    distance = np.hypot(np.maximum(np.abs(along) - length / 2, 0.0), across) - radius
    return covered(distance), distance
