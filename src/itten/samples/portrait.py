"""A head in profile, lit from the left, dithered to one bit.

The head is modelled as a low relief: a height over the picture's plane, made of a rounded silhouette and
a few smooth bumps. Lambert's law lights it, and error diffusion turns the tones into black and white.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from itten.samples.pen import Array, Ink, Points, curve, generator, grid, noise, smoothstep, unsteady
from itten.samples.relief import inflate, light

_HEIGHT, _WIDTH = 512, 416

# fmt: off
_FACE = [
    (182, 96), (150, 112), (131, 140), (122, 172), (121, 194), (117, 208), (103, 232), (91, 250),
    (93, 260), (108, 264), (112, 270), (108, 279), (102, 288), (108, 297), (105, 306), (110, 316),
    (116, 324), (112, 338), (117, 356), (136, 368), (166, 366), (196, 356), (214, 352), (214, 386),
    (206, 420), (260, 424), (300, 400), (308, 330), (312, 220), (290, 130), (240, 96),
]
_HAIR = [
    (146, 122), (150, 92), (180, 62), (226, 46), (278, 54), (322, 84), (346, 130), (350, 186),
    (340, 236), (318, 280), (300, 318), (282, 326), (262, 300), (246, 286), (232, 250), (222, 226),
    (212, 196), (196, 170), (172, 152), (152, 142),
]
_BUN = [(318, 196), (346, 176), (380, 190), (394, 226), (384, 262), (352, 278), (322, 260), (312, 228)]
_BODY = [
    (196, 404), (170, 432), (118, 450), (72, 478), (48, 520), (416, 540), (416, 470), (376, 440),
    (330, 420), (308, 376),
]
# fmt: on


def portrait(seed: int = 7) -> Array:
    """Return the picture ``(512, 416, 3)``, every value 0 or 1."""
    rng = generator(seed)
    tones = np.clip(_tones(rng), 0, 1)
    picture = Image.fromarray((tones * 255).astype(np.uint8)).convert("1", dither=Image.Dither.FLOYDSTEINBERG)
    bits = np.asarray(picture, dtype=np.float64)
    return np.repeat(bits[..., None], 3, axis=2)


def _tones(rng: np.random.Generator) -> Array:
    x, y = grid(_HEIGHT, _WIDTH)
    # dark behind the lit face, light behind the dark hair
    tone = 0.16 + 0.62 * smoothstep(40, 400, x + 0.25 * y) + 0.03 * noise(rng, (_HEIGHT, _WIDTH), 90)
    body, face, hair, bun = (_mask(shape) for shape in (_BODY, _FACE, _HAIR, _BUN))

    cloth = 0.30 + 0.55 * light(inflate(body, 60), 0.9) + 0.10 * np.sin((x * 0.5 + y * 0.9) / 9 + x / 60)
    tone = _over(tone, cloth * smoothstep(330, 90, x) + 0.06, body)
    tone = _over(tone, _skin(face, x, y), face)
    shine, depth = _strands(rng)
    for shape in (bun, hair):
        lit = light(inflate(shape, 52), 1.0)
        tresses = 0.05 + 0.20 * lit + shine * (0.16 + 1.05 * lit**1.5) - 0.12 * depth
        tone = _over(tone, np.clip(tresses, 0.02, 1), shape)
    return tone * (1 - 0.85 * _features())


# the strand along the crown, the one past the temple, the one up from the nape; all end at the bun
_SWEEP = np.array(
    [
        [(140, 126), (176, 58), (248, 40), (318, 72), (352, 140), (336, 214)],
        [(206, 190), (244, 176), (276, 180), (304, 196), (318, 212), (326, 226)],
        [(250, 300), (272, 326), (298, 308), (314, 280), (322, 256), (330, 240)],
    ],
    dtype=np.float64,
)


def _strands(rng: np.random.Generator) -> tuple[Array, Array]:
    """Combed hair as two layers of strokes, light and dark, each ``(H, W)`` in [0, 1]."""
    shine, depth = Ink(_HEIGHT, _WIDTH, 2), Ink(_HEIGHT, _WIDTH, 2)
    for number in range(300):
        share = rng.uniform(0, 2)
        low = min(int(share), 1)
        knots = _SWEEP[low] * (1 - share + low) + _SWEEP[low + 1] * (share - low)
        path = unsteady(rng, curve(knots + rng.normal(0, 1.5, knots.shape), 3), 1.2, 40)
        start = int(rng.uniform(0, 0.55) * len(path))
        part = path[start : start + int(rng.uniform(0.3, 0.9) * len(path))]
        if number % 3:
            shine.stroke(part, rng.uniform(0.7, 1.9), int(rng.uniform(70, 255)))
        else:
            depth.stroke(part, rng.uniform(0.8, 2.4), int(rng.uniform(120, 255)))
    for _ in range(60):
        turns = np.linspace(0, rng.uniform(2, 5), 40) + rng.uniform(0, 2 * np.pi)
        far = rng.uniform(6, 40) + 2 * turns
        path = np.stack([354 + far * 0.92 * np.cos(turns), 227 + far * 1.1 * np.sin(turns)], axis=1)
        shine.stroke(path, rng.uniform(0.8, 1.8), int(rng.uniform(60, 230)))
    return shine.coverage(), depth.coverage()


def _skin(face: Array, x: Array, y: Array) -> Array:
    relief = inflate(face, 74)
    for cx, cy, sx, sy, height in (
        (168, 214, 24, 13, -13.0),  # socket
        (158, 216, 10, 8, 8.0),  # eyeball
        (150, 192, 30, 8, 7.0),  # brow
        (176, 258, 30, 26, 11.0),  # cheek
        (126, 256, 12, 10, 8.0),  # wing of the nose
        (122, 296, 16, 9, 5.0),  # lips
        (134, 346, 20, 14, 7.0),  # chin
        (196, 336, 56, 22, 5.0),  # jaw
        (230, 386, 34, 30, -16.0),  # hollow of the neck
    ):
        relief = relief + height * np.exp(-(((x - cx) / sx) ** 2) - ((y - cy) / sy) ** 2)
    lit = light(relief, 1.15)
    under = smoothstep(350, 392, y + 0.18 * (x - 150)) * smoothstep(150, 190, x)
    # what the collar throws back from below keeps the chin's underside from going black
    bounce = 0.24 * np.exp(-(((x - 168) / 46) ** 2) - ((y - 356) / 17) ** 2)
    return (0.10 + 0.95 * lit + bounce) * (1 - 0.42 * under)


def _features() -> Array:
    """Eye, brow, nostril, mouth and ear as ink, ``(H, W)`` in [0, 1]."""
    ink = Ink(_HEIGHT, _WIDTH, 4)
    for knots, start, end in (
        ([(132, 191), (148, 183), (170, 184), (188, 192)], 3.5, 1.5),  # eyebrow
        ([(137, 206), (146, 204), (160, 208), (178, 218)], 3.4, 1.8),  # upper lid
        ([(142, 224), (154, 225), (170, 220)], 1.4, 0.8),  # lower lid
        ([(140, 197), (154, 194), (174, 203)], 1.0, 0.6),  # crease
        ([(137, 206), (131, 203), (127, 199)], 1.8, 0.8),  # lashes
        ([(112, 260), (119, 256), (125, 260)], 3.0, 1.4),  # nostril
        ([(126, 246), (133, 254), (130, 264)], 1.5, 0.8),  # wing
        ([(104, 296), (116, 295), (130, 300)], 2.6, 1.0),  # mouth
        ([(108, 312), (118, 314)], 1.8, 0.8),
    ):
        line = curve(knots, 1)
        ink.stroke(line, np.linspace(start, end, len(line)))
    angle = np.linspace(0, 2 * np.pi, 40)
    ink.fill(np.stack([145 + 4.5 * np.cos(angle), 214.5 + 8 * np.sin(angle)], axis=1))  # iris, seen from the side
    ink.dot(143.5, 211, 1.6, 0)
    return ink.coverage()


def _mask(shape: Points) -> Array:
    ink = Ink(_HEIGHT, _WIDTH, 3)
    ink.fill(curve(shape, 2, closed=True))
    return ink.coverage()


def _over(tone: Array, upper: Array, mask: Array) -> Array:
    return tone * (1 - mask) + upper * mask
