"""A woven cloth: a broken twill in five colours of wool, thread by thread."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array, colour, generator, grid, noise, smoothstep

_SIZE, _PITCH = 448, 8.0
_WOOL = ("e9dcc0", "a8352c", "1f3550", "c8963a", "4d6b57")
_STRIPES = (0,) * 7 + (1,) * 9 + (3,) * 1 + (1,) * 2 + (2,) * 9 + (0,) * 2 + (2,) * 2 + (4,) * 6


def woven(seed: int = 31) -> Array:
    """Return the picture ``(448, 448, 3)`` in [0, 1]."""
    rng = generator(seed)
    x, y = grid(_SIZE, _SIZE)
    u = (x + 1.3 * noise(rng, (_SIZE, _SIZE), 40, 2)) / _PITCH
    v = (y + 1.3 * noise(rng, (_SIZE, _SIZE), 40, 2)) / _PITCH
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    zigzag = np.where((row // 12) % 2 == 0, column + row, column - row)
    warp_on_top = np.mod(zigzag, 4) < 2
    stripes = np.array(_STRIPES)
    thread = np.where(warp_on_top, stripes[column % len(stripes)], stripes[(row + 5) % len(stripes)])
    tints = np.array([colour(code) for code in _WOOL])

    across = np.where(warp_on_top, u - column, v - row) * 2 - 1
    # how far along its float a thread is: it dips under its neighbour at both ends
    phase = np.mod(np.where((row // 12) % 2 == 0, u + row, u - row), 4)
    along_weft = (phase - 2) / 2
    down = np.mod(np.where((row // 12) % 2 == 0, v + column, v - column), 4) / 2
    along = np.where(warp_on_top, np.clip(down, 0, 1), np.clip(along_weft, 0, 1)) * 2 - 1
    round_ = np.sqrt(np.clip(1 - 0.92 * across**2, 0, 1))
    dip = np.clip(1 - 0.55 * along**4, 0, 1)
    twist_at = np.where(warp_on_top, y + across * 4, x + across * 4)
    ply = 0.5 + 0.5 * np.cos(2 * np.pi * twist_at / 4.5 + across * 2)
    lit = (0.32 + 0.68 * round_ * dip) * (0.90 + 0.10 * ply) * (1 - 0.10 * across)
    fuzz = 1 + 0.05 * noise(rng, (_SIZE, _SIZE), 1.6, 2)
    shade = rng.normal(1, 0.045, 256)
    each = np.where(warp_on_top, shade[column % 128], shade[128 + row % 128])
    gap = smoothstep(1.0, 0.86, np.abs(across))
    picture = tints[thread] * (lit * fuzz * each * (0.35 + 0.65 * gap))[..., None]
    return np.clip(picture * 1.12, 0, 1)
