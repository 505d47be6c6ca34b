"""A waterfront at dusk: houses in three rows, lit windows, and what the river makes of them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from itten.samples.pen import Array, colour, generator, grid, noise, smoothstep

_HEIGHT, _WIDTH, _SHORE = 512, 768, 376
_GLASS = ("ffd479", "ffb84d", "ffe6ad", "f58f3c", "9fd0d6")


def windows(seed: int = 29) -> Array:
    """Return the picture ``(512, 768, 3)`` in [0, 1]."""
    rng = generator(seed)
    _, y = grid(_SHORE, _WIDTH)
    stops = (0, 110, 210, 290, 340, 376)
    tints = np.array([colour(code) for code in ("141b3c", "2c3566", "6b4a7c", "c8657a", "f2a07b", "f9cf9a")])
    drift = y + 10 * noise(rng, (_SHORE, _WIDTH), 160, 2)
    sky = np.stack([np.interp(drift, stops, tints[:, channel]) for channel in range(3)], axis=-1)
    bands = smoothstep(0.4, 1.6, _clouds(rng))
    sky = sky + 0.10 * (bands * smoothstep(60, 260, y))[..., None] * np.array([1.0, 0.7, 0.5])
    town = Image.fromarray((np.clip(sky, 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(town)
    for star in range(70):
        sx, sy = rng.uniform(0, _WIDTH), rng.uniform(0, 170) * rng.uniform(0.2, 1)
        draw.point((sx, sy), fill=(215, 220, 240) if star % 3 else (150, 160, 200))
    for low, high, wide, walls, lit, size in (
        (150, 290, (34, 62), ("5a4a72", "64507a", "54466c"), 0.16, (3, 4)),
        (96, 226, (48, 86), ("352f58", "3d3561", "2f2a50"), 0.34, (5, 7)),
        (56, 168, (62, 118), ("17162f", "1d1a38", "141329", "221c3c"), 0.48, (7, 11)),
    ):
        left = -int(rng.integers(5, 30))
        while left < _WIDTH:
            width = int(rng.integers(*wide))
            tall = int(rng.uniform(low, high) * (0.72 + 0.28 * np.sin(left / 130 + low)))
            _house(rng, draw, (left, _SHORE - max(tall, 40), left + width), walls, lit, size)
            left += width + int(rng.integers(0, 5))
    land = np.asarray(town, dtype=np.float64) / 255
    return np.concatenate([land, _river(rng, land)])


def _clouds(rng: np.random.Generator) -> Array:
    """Noise drawn out sideways, ``(shore, width)``."""
    narrow = noise(rng, (_SHORE, _WIDTH // 6), 26, 3).astype(np.float32)
    wide = Image.fromarray(narrow).resize((_WIDTH, _SHORE), Image.Resampling.BICUBIC)
    return np.asarray(wide, dtype=np.float64)


def _rgb(code: str, gain: float = 1.0) -> tuple[int, int, int]:
    r, g, b = (round(255 * min(1.0, value * gain)) for value in colour(code))
    return r, g, b


def _house(
    rng: np.random.Generator,
    draw: ImageDraw.ImageDraw,
    span: tuple[int, int, int],
    walls: tuple[str, ...],
    lit: float,
    size: tuple[int, int],
) -> None:
    left, top, right = span
    wall = walls[int(rng.integers(len(walls)))]
    roof = rng.random()
    if roof < 0.3:
        draw.polygon(
            [(left, top), ((left + right) // 2, top - (right - left) // 3), (right, top)],
            fill=_rgb(wall, 0.8),
        )
    elif roof < 0.5:
        draw.rectangle((left + 8, top - 9, left + 20, top), fill=_rgb(wall, 0.9))
    elif roof < 0.68:  # a water tank on legs
        middle = (left + right) // 2
        for leg in (-7, 0, 7):
            draw.line((middle + leg, top - 9, middle + leg, top), fill=_rgb(wall, 0.8))
        draw.rectangle((middle - 9, top - 24, middle + 9, top - 9), fill=_rgb(wall, 0.85))
        draw.polygon([(middle - 11, top - 24), (middle, top - 32), (middle + 11, top - 24)], fill=_rgb(wall, 0.75))
    elif roof < 0.82:
        mast = left + int((right - left) * 0.7)
        draw.line((mast, top - 36, mast, top), fill=_rgb(wall, 0.9))
        draw.line((mast - 5, top - 28, mast + 5, top - 28), fill=_rgb(wall, 0.9))
    draw.rectangle((left, top, right, _SHORE), fill=_rgb(wall))
    draw.line((left, top, right, top), fill=_rgb(wall, 1.5))
    draw.line((left, top, left, _SHORE), fill=_rgb(wall, 1.25))
    wide, tall = size
    step_x, step_y = wide + max(3, wide * 3 // 4), tall + max(4, tall * 3 // 4)
    columns = max(1, (right - left - 6) // step_x)
    inset = (right - left - columns * step_x + (step_x - wide)) // 2
    for row, y in enumerate(range(top + 7, _SHORE - tall - 3, step_y)):
        for column in range(columns):
            x = left + inset + column * step_x
            if rng.random() > lit * (0.75 + 0.25 * np.cos(row)):
                draw.rectangle((x, y, x + wide - 1, y + tall - 1), fill=_rgb(wall, 0.66))
                continue
            glass = _GLASS[int(rng.choice(len(_GLASS), p=(0.36, 0.26, 0.2, 0.12, 0.06)))]
            draw.rectangle((x, y, x + wide - 1, y + tall - 1), fill=_rgb(glass, rng.uniform(0.8, 1.0)))
            if wide > 5:
                _inside(rng, draw, x, y, wide, tall, glass)


def _inside(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, x: int, y: int, wide: int, tall: int, glass: str
) -> None:
    kind = rng.random()
    if kind < 0.35:  # a cross of bars
        draw.line((x + wide // 2, y, x + wide // 2, y + tall - 1), fill=_rgb(glass, 0.45))
        draw.line((x, y + tall // 3, x + wide - 1, y + tall // 3), fill=_rgb(glass, 0.45))
    elif kind < 0.55:  # a blind half down
        draw.rectangle((x, y, x + wide - 1, y + int(tall * rng.uniform(0.25, 0.6))), fill=_rgb(glass, 0.6))
    elif kind < 0.68:  # somebody
        draw.ellipse((x + 2, y + tall // 3, x + 4, y + tall // 3 + 2), fill=(40, 24, 32))
        draw.rectangle((x + 1, y + tall // 3 + 3, x + 5, y + tall - 1), fill=(40, 24, 32))


def _river(rng: np.random.Generator, land: Array) -> Array:
    """The town upside down, drawn out, pushed aside by ripples and darker downwards."""
    depth = _HEIGHT - _SHORE
    x, y = grid(depth, _WIDTH)
    ripple = noise(rng, (depth, _WIDTH // 6), 3.2, 2).repeat(6, 1)
    shift = ripple * (0.8 + y / depth * 5.5)
    rows = np.clip(_SHORE - 3 - y * 1.9 + 2.5 * shift, 0, _SHORE - 1).astype(int)
    columns = np.clip(x + shift, 0, _WIDTH - 1).astype(int)
    share = (0.80 - 0.38 * y / depth)[..., None]
    water = land[rows, columns] * share + colour("141a38") * (1 - share) * 0.75
    crest = smoothstep(1.5, 2.2, ripple) * 0.16
    quay = smoothstep(5, 4, y)[..., None]
    return np.clip((water + crest[..., None]) * (1 - quay) + colour("0d0c1c") * quay, 0, 1)
