"""A still life in colour: jug, pear, oranges and a plum on a table, late light from the left."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array, Points, colour, curve, generator, grid, noise, smoothstep

_HEIGHT, _WIDTH = 480, 640
_LAMP = np.array([-0.62, -0.50, 0.60])
_TABLE = 300.0


def tonal(seed: int = 5) -> Array:
    """Return the picture ``(480, 640, 3)`` in [0, 1]."""
    rng = generator(seed)
    x, y = grid(_HEIGHT, _WIDTH)
    picture = _room(rng, x, y)
    # back to front; each: outline over height, base, colours of shade and light, gloss
    jug = [
        (96, 28),
        (104, 31),
        (118, 25),
        (146, 24),
        (176, 44),
        (214, 68),
        (262, 74),
        (304, 62),
        (336, 44),
        (342, 40),
    ]
    pear = [
        (196, 4),
        (204, 13),
        (222, 21),
        (248, 26),
        (276, 42),
        (308, 56),
        (338, 54),
        (360, 36),
        (370, 14),
        (372, 2),
    ]
    picture = _shadow(picture, x, y, (228, 340), 66)
    picture = _handle(picture, x, y)
    picture = _solid(picture, x, y, 228, jug, ("0d2340", "4f8fb5"), 0.8, noise(rng, (_HEIGHT, _WIDTH), 24), 7.0)
    picture = _mouth(picture, x, y)
    picture = _shadow(picture, x, y, (352, 366), 56)
    picture = _solid(picture, x, y, 352, pear, ("4a4a10", "d9c448"), 0.35, noise(rng, (_HEIGHT, _WIDTH), 10))
    picture = _stem(picture, x, y)
    for cx, cy, r, tints, gloss in (
        (474, 344, 50, ("6b1f06", "f39a2b"), 0.3),
        (168, 384, 34, ("1a0d22", "6d4379"), 0.55),
        (556, 386, 46, ("6b1f06", "f08c24"), 0.3),
        (420, 404, 32, ("3d0a10", "c8323a"), 0.6),
    ):
        picture = _shadow(picture, x, y, (cx, cy + r * 0.93), r)
        ball = [(cy + r * np.sin(a), r * np.cos(a)) for a in np.linspace(-np.pi / 2, np.pi / 2, 33)]
        picture = _solid(picture, x, y, cx, ball, tints, gloss, noise(rng, (_HEIGHT, _WIDTH), 4))
    picture = picture * (1 + 0.012 * noise(rng, (_HEIGHT, _WIDTH), 3, 2)[..., None])
    vignette = 1 - 0.28 * smoothstep(250, 520, np.hypot(x - 290, (y - 250) * 1.2))
    return np.clip(picture * vignette[..., None], 0, 1)


def _mix(low: Array, high: Array, share: Array) -> Array:
    return low * (1 - share[..., None]) + high * share[..., None]


def _room(rng: np.random.Generator, x: Array, y: Array) -> Array:
    glow = np.exp(-(((x - 170) / 330) ** 2) - ((y - 90) / 260) ** 2)
    wall = _mix(colour("2b3234"), colour("b9a988"), np.clip(glow + 0.02 * noise(rng, x.shape, 110, 2), 0, 1))
    beam = smoothstep(-26, 26, 430 - x - 0.75 * y) * smoothstep(-26, 26, x + 0.75 * y - 190)
    wall = wall * (1 + 0.20 * beam[..., None])
    depth = np.clip((y - _TABLE) / (_HEIGHT - _TABLE), 0, 1)
    grain = noise(rng, (64, 64), 6, 2)[np.clip((depth**0.6 * 63).astype(int), 0, 63), (x / 11).astype(int) % 64]
    wood = _mix(colour("8a5a34"), colour("57331d"), np.clip(x / 640 * 0.8 + 0.25 * depth + 0.05 * grain, 0, 1))
    wood = wood * (1 + 0.25 * np.exp(-(((x - 120) / 260) ** 2))[..., None])
    table = smoothstep(_TABLE - 1.2, _TABLE + 1.2, y + 0.6 * np.sin(x / 90))
    picture = _mix(wall, wood, table)
    edge = np.exp(-(((y - _TABLE - 2) / 5) ** 2))
    return picture * (1 - 0.18 * edge[..., None])


def _shadow(picture: Array, x: Array, y: Array, foot: tuple[float, float], size: float) -> Array:
    """A soft shadow to the lower right, and the dark line where the thing stands."""
    along = (x - foot[0]) - size * 0.75
    fall = np.exp(-((along / (size * 1.35)) ** 2) * 1.1 - ((y - foot[1] - along * 0.10) / (size * 0.24)) ** 2)
    touch = np.exp(-(((x - foot[0]) / (size * 0.72)) ** 2) - ((y - foot[1]) / (size * 0.13)) ** 2)
    dark = np.clip(0.78 * fall + 0.55 * touch, 0, 0.92) * smoothstep(_TABLE - 2, _TABLE + 10, y)
    return picture * (1 - dark[..., None] * np.array([0.86, 0.90, 0.92]))


def _solid(
    picture: Array,
    x: Array,
    y: Array,
    axis: float,
    outline: Points,
    tints: tuple[str, str],
    gloss: float,
    texture: Array,
    tilt: float = 0.0,
) -> Array:
    """A solid of revolution about a vertical axis; its normal follows from the outline's slope."""
    knots = curve(outline, 1.5)
    height = np.linspace(knots[0, 0], knots[-1, 0], 400)
    radius = np.interp(height, knots[:, 0], knots[:, 1])
    window = np.hanning(23) / np.hanning(23).sum()
    smooth = np.convolve(np.pad(radius, 11, mode="reflect", reflect_type="odd"), window, mode="valid")
    slope = np.gradient(smooth, height)
    # seen a little from above: what is nearer stands lower in the picture
    near = np.clip((x - axis) / np.maximum(np.interp(y, height, smooth), 1e-3), -1, 1)
    y = y - tilt * np.sqrt(1 - near**2)
    r = np.interp(y, height, smooth, left=0.0, right=0.0)
    across = (x - axis) / np.maximum(r, 1e-3)
    lean = np.interp(y, height, np.clip(slope, -8, 8))
    inside = smoothstep(0.9, -0.5, (np.abs(x - axis) - r) / np.sqrt(1 + lean**2)) * (r > 0.3)
    nx = np.clip(across, -1, 1)
    nz = np.sqrt(np.clip(1 - nx**2, 0, 1))
    ny = -lean
    length = np.sqrt(1 + ny**2)
    # picture coordinates: y points down, so a radius that grows downwards faces up
    dot = (nx * _LAMP[0] + ny * _LAMP[1] * 1.0 + nz * _LAMP[2]) / length
    lit = smoothstep(-0.25, 1.0, dot + 0.03 * texture)
    bounce = np.clip(nx * 0.7 - ny * 0.4, 0, 1) / length * 0.22
    half = np.array([_LAMP[0], _LAMP[1], _LAMP[2] + 1.0])
    half /= np.linalg.norm(half)
    shine = np.clip((nx * half[0] + ny * half[1] + nz * half[2]) / length, 0, 1) ** 46 * gloss
    shade, light = colour(tints[0]), colour(tints[1])
    body = _mix(shade, light, lit) + bounce[..., None] * np.array([0.55, 0.33, 0.18])
    body = body + shine[..., None] * np.array([1.0, 0.96, 0.86])
    return _mix(picture, body, inside)


def _mouth(picture: Array, x: Array, y: Array) -> Array:
    rim = np.hypot((x - 228) / 28, (y - 97) / 6.5)
    picture = _mix(picture, colour("6fa3c0") * np.ones_like(picture), smoothstep(1.06, 0.99, rim))
    inner = colour("0a1a2e") + (x - 200)[..., None] / 56 * 0.12
    return _mix(picture, inner, smoothstep(0.90, 0.80, rim))


def _handle(picture: Array, x: Array, y: Array) -> Array:
    ring = np.abs(np.hypot((x - 278) / 38, (y - 176) / 54) - 1) * 42
    body = _mix(colour("0f2a48"), colour("4a86aa"), smoothstep(7, -4, ring) * smoothstep(330, 250, x))
    return _mix(picture, body, smoothstep(8.5, 6.5, ring) * (x > 240))


def _stem(picture: Array, x: Array, y: Array) -> Array:
    bend = x - 352 - 0.006 * (200 - y) ** 2
    stem = smoothstep(3.2, 1.8, np.abs(bend)) * smoothstep(166, 169, y) * smoothstep(205, 199, y)
    return _mix(picture, colour("3b2413") * np.ones_like(picture), stem)
