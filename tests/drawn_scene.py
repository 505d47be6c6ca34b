"""A drawing of many strokes, rendered at any size from the strokes themselves."""

from __future__ import annotations

import numpy as np
import torch

from itten.shader import PassResult


def strokes(size: int, seed: int, count: int = 46, bold: float = 1.0) -> torch.Tensor:
    """``(3, size, size)``: rings, discs and bent strokes in dark colours on white, anti-aliased."""
    rng = np.random.default_rng(seed)
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    image = np.ones((3, size, size))
    for _ in range(count):
        kind, (cy, cx) = rng.integers(4), rng.uniform(0.08, 0.92, 2)
        radius, half, turn = rng.uniform(0.015, 0.07), bold * rng.uniform(0.002, 0.007), rng.uniform(0, np.pi)
        length, bend, ink = rng.uniform(0.03, 0.12), rng.uniform(-4, 4), rng.uniform(0, 0.45, 3)
        away, c, s = np.hypot(y - cy, x - cx), np.cos(turn), np.sin(turn)
        along, across = (x - cx) * c + (y - cy) * s, (y - cy) * c - (x - cx) * s
        if kind == 0:
            distance = np.abs(away - radius) - half
        elif kind == 1:
            distance = away - 0.6 * radius
        else:
            bent = across - bend * along * along
            distance = np.hypot(np.maximum(np.abs(along) - length, 0), bent) - half * (kind - 1)
        alpha = np.clip(0.5 - distance * size, 0, 1)
        image = image * (1 - alpha) + alpha * ink[:, None, None]
    return torch.from_numpy(image.astype(np.float32))


def rooms(size: int, seed: int, count: int = 30) -> torch.Tensor:
    """The same with rectangles and rings drawn around empty ground: holes that are enclosed."""
    rng = np.random.default_rng(100 + seed)
    image = strokes(size, seed, count).numpy().astype(np.float64)
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    for _ in range(5):
        cy, cx, tall, wide = *rng.uniform(0.2, 0.8, 2), *rng.uniform(0.06, 0.16, 2)
        if rng.random() < 0.5:
            distance = np.abs(np.hypot(y - cy, x - cx) - wide) - 0.004
        else:
            distance = np.abs(np.maximum(np.abs(y - cy) - tall, np.abs(x - cx) - wide)) - 0.004
        alpha = np.clip(0.5 - distance * size, 0, 1)
        image = image * (1 - alpha) + 0.1 * alpha
    return torch.from_numpy(image.astype(np.float32))


def copies(result: PassResult) -> np.ndarray:
    """``(n, 4)``: for every copy the middle of where it is and of where it is from, in shares of the side."""
    side, found = result.image.shape[-1], []
    for front in result.fronts:
        for number in range(int(front.owner.max()) + 1 if len(front) else 0):
            own = front.owner == number
            own = own & (front.coverage > 0.5) if front.coverage is not None else own
            if own.any():
                both = front.place[own].double(), front.origin[own].double()
                found.append([part.mean().item() / side for m in both for part in ((m / side).floor(), m % side)])
    return np.array(found).reshape(-1, 4)
