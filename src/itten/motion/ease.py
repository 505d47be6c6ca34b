"""How motion starts and stops, who sets out when, and the fixed noise by which pixels take turns."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def smooth(t: Array | float) -> Array:
    """From 0 at 0 to 1 at 1, at rest at both ends: t² (3 − 2 t), held outside."""
    held = np.clip(np.asarray(t, dtype=np.float64), 0.0, 1.0)
    return held * held * (3.0 - 2.0 * held)


def settle(t: Array | float) -> Array:
    """From 0 at 0 to 1 at 1, quick at first and slowing down for long: t³ (6 t² − 15 t + 10) of the root of t."""
    held = np.clip(np.asarray(t, dtype=np.float64), 0.0, 1.0) ** 0.75
    return held * held * held * (held * (6.0 * held - 15.0) + 10.0)


def staggered(t: float, turn: Array, spread: float) -> Array:
    """How far each of several has come at ``t`` in [0, 1]: one whose ``turn`` is 0 sets out at once, one whose turn is
    1 after ``spread``; each takes 1 − ``spread``."""
    return np.clip((t - spread * turn) / max(1.0 - spread, 1e-9), 0.0, 1.0)


@lru_cache(maxsize=4)
def dots(height: int, width: int) -> NDArray[np.float32]:
    """Thresholds ``(H, W)`` in (0, 1), spread so evenly that any share of them is a fine even texture: interleaved
    gradient noise."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    noise = np.mod(52.9829189 * np.mod(0.06711056 * x + 0.00583715 * y, 1.0), 1.0)
    noise = np.clip(noise, 1e-4, 1.0 - 1e-4).astype(np.float32)
    noise.flags.writeable = False
    return noise


@lru_cache(maxsize=4)
def waves(height: int, width: int, length: float = 24.0) -> NDArray[np.float32]:
    """A slow, irregular field ``(H, W)`` in [0, 1] whose hills are about ``length`` pixels apart: by it strokes swell
    here before they swell there."""
    y, x = np.mgrid[:height, :width].astype(np.float64) * (2.0 * np.pi / length)
    total = np.sin(x + 1.7 * np.sin(0.61 * y)) + np.sin(0.83 * y - 1.3 * np.sin(0.47 * x)) + np.sin(0.7 * (x - y) + 2.0)
    field = (0.5 + total / 6.0).astype(np.float32)
    field.flags.writeable = False
    return field
