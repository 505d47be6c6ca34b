"""The drawing tools of the samples: a supersampled ink layer, curves, a hand that is not quite steady.

Points are ``(n, 2)`` arrays of ``(x, y)`` in pixels of the finished picture, as Pillow has them. Every
function takes its own generator; nothing reads or writes global random state.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

Array = NDArray[np.float64]
Points = ArrayLike


def generator(seed: int) -> np.random.Generator:
    """Return the generator that belongs to ``seed``, the same on every platform."""
    return np.random.Generator(np.random.PCG64(seed))


class Ink:
    """A layer of ink, drawn at ``scale`` times its size and reduced when it is read."""

    def __init__(self, height: int, width: int, scale: int = 3) -> None:
        self.scale = scale
        self._layer = Image.new("L", (width * scale, height * scale), 0)
        self._draw = ImageDraw.Draw(self._layer)

    def stroke(self, points: Points, width: float | Array, value: int = 255) -> None:
        """Draw a line through ``points``; ``width`` is one number, or one for each point."""
        path = np.asarray(points, dtype=np.float64) * self.scale
        thick = np.broadcast_to(np.asarray(width, dtype=np.float64) * self.scale, len(path))
        for (x0, y0), (x1, y1), size in zip(path[:-1], path[1:], thick[1:], strict=True):
            self._draw.line((x0, y0, x1, y1), fill=value, width=max(1, round(float(size))))
        for (x, y), size in zip(path, thick, strict=True):
            if size > 2:
                r = size / 2
                self._draw.ellipse((x - r, y - r, x + r, y + r), fill=value)

    def fill(self, points: Points, value: int = 255) -> None:
        """Fill the polygon ``points``; value 0 takes ink away."""
        path = np.asarray(points, dtype=np.float64) * self.scale
        self._draw.polygon([(float(x), float(y)) for x, y in path], fill=value)

    def dot(self, x: float, y: float, radius: float, value: int = 255) -> None:
        """Draw a disc."""
        s = self.scale
        self._draw.ellipse(((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s), fill=value)

    def coverage(self) -> Array:
        """Return the layer as ``(H, W)`` in [0, 1]."""
        return np.asarray(self._layer.reduce(self.scale), dtype=np.float64) / 255


def curve(points: Points, step: float = 2.0, closed: bool = False) -> Array:
    """Return a Catmull-Rom curve through ``points``, one point about every ``step`` pixels."""
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    pieces = []
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        count = max(2, round(float(np.hypot(*(c - b))) / step))
        t = np.linspace(0, 1, count, endpoint=False)[:, None]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    pieces.append(knots[-2:-1])
    return np.concatenate(pieces)


def waver(rng: np.random.Generator, count: int, knots: int, closed: bool = False) -> Array:
    """Return ``(count,)`` values of a smooth random curve with about unit spread."""
    values = rng.standard_normal(max(4, knots))
    if closed:
        values[-1] = values[0]
    at = np.linspace(0, len(values) - 1, count)
    low = np.clip(at.astype(int), 0, len(values) - 2)
    t = at - low
    t = t * t * (3 - 2 * t)
    return values[low] * (1 - t) + values[low + 1] * t


def unsteady(rng: np.random.Generator, points: Array, size: float, every: float = 30.0) -> Array:
    """Move ``points`` by up to about ``size`` pixels, smoothly, one swing every ``every`` pixels."""
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    closed = bool(np.allclose(points[0], points[-1]))
    knots = int(length / every) + 4
    shift = np.stack([waver(rng, len(points), knots, closed) for _ in range(2)], axis=1)
    return points + size * shift


def tapered(count: int, width: float, ends: float = 0.35, power: float = 0.6) -> Array:
    """Return ``(count,)`` widths of a stroke that starts and ends thin."""
    t = np.linspace(0, 1, count)
    return width * (ends + (1 - ends) * np.sin(np.pi * t) ** power)


def noise(rng: np.random.Generator, shape: tuple[int, ...], cell: float, octaves: int = 3) -> Array:
    """Return smooth noise of ``shape`` ``(H, W)``, zero mean and unit spread, its largest grain ``cell`` pixels."""
    height, width = shape
    total = np.zeros((height, width))
    for octave in range(octaves):
        size = max(1.0, cell / 2**octave)
        rows, columns = int(height / size) + 4, int(width / size) + 4
        lattice = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
        box = (1.0, 1.0, 1.0 + width / size, 1.0 + height / size)
        total += np.asarray(lattice.resize((width, height), Image.Resampling.BICUBIC, box)) * 0.55**octave
    return (total - total.mean()) / max(float(total.std()), 1e-12)


def smoothstep(low: float, high: float, x: Array) -> Array:
    """Return 0 below ``low``, 1 above ``high``, a smooth ramp between (either order)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def grid(height: int, width: int) -> tuple[Array, Array]:
    """Return the pixels' centres as ``(x, y)``, each ``(H, W)``."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64) + 0.5
    return x, y


def colour(code: str) -> Array:
    """Return ``(3,)`` in [0, 1] of a hexadecimal colour such as ``"c8202c"``."""
    return np.array([int(code[at : at + 2], 16) for at in (0, 2, 4)]) / 255


def blank(height: int, width: int, paper: str) -> Array:
    """Return ``(H, W, 3)`` of one colour."""
    return np.broadcast_to(colour(paper), (height, width, 3)).copy()


def lay(picture: Array, coverage: Array, ink: str | Array) -> Array:
    """Return ``picture`` ``(H, W, 3)`` with ``ink`` (a code, or ``(…, 3)``) laid on where ``coverage`` says."""
    tint = colour(ink) if isinstance(ink, str) else ink
    veil = coverage[..., None]
    return picture * (1 - veil) + tint * veil
