"""Small pictures for the tests, drawn here so that the tests do not depend on the samples."""

from __future__ import annotations

import numpy as np
import torch


def noise(height: int, width: int, seed: int = 0, channels: int = 3) -> torch.Tensor:
    """Uniform noise ``(channels, H, W)`` float32."""
    return torch.from_numpy(np.random.default_rng(seed).random((channels, height, width), dtype=np.float32))


def drawing(height: int = 96, width: int = 112) -> torch.Tensor:
    """Ink on paper: a ring, a bar, hatching and a red patch, with soft paper noise."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    picture = np.full((3, height, width), 0.95)
    radius = np.hypot(y - 0.4 * height, x - 0.3 * width)
    ring = np.abs(radius - 0.2 * height) < 2.5
    bar = (np.abs(y - 0.8 * height) < 3) & (x > 0.1 * width) & (x < 0.9 * width)
    hatching = (
        (np.abs(x - 0.75 * width) < 0.15 * width) & (np.abs(y - 0.35 * height) < 0.2 * height) & ((x + y) % 6 < 2)
    )
    picture[:, ring | bar | hatching] = 0.08
    patch = (np.abs(x - 0.55 * width) < 7) & (np.abs(y - 0.6 * height) < 6)
    picture[:, patch] = np.array([0.8, 0.1, 0.15])[:, None]
    picture += np.random.default_rng(7).normal(0, 0.01, picture.shape)
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32))


def pattern(height: int = 80, width: int = 100) -> torch.Tensor:
    """Coloured bars and discs, as a source."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    picture = np.stack([0.5 + 0.5 * np.sin(x / 7), 0.4 + 0.2 * np.cos(y / 9), 0.7 - 0.4 * np.sin((x + y) / 11)])
    picture[:, ((x // 12 + y // 15) % 3 == 0) & (x % 12 < 7)] = np.array([0.05, 0.1, 0.3])[:, None]
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32))


# Settings under which a pass is one copy a segment, whole segments, by quarter turns, with a shadow and a tint.
PLAIN = {
    "size": 0.0,
    "min_pixels": 25,
    "max_segments": 40,
    "copies": 1,
    "clearance": 2.0,
    "turn": "quarter",
    "shadow": "drop",
    "palette": "distort",
    "envelope": {"dilation_radius": (3, 2, 2, 1)},
}
