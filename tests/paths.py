"""Fields and lines for the tests of drawings, and how their files are looked at by others."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import resvg_py
from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"
INKSCAPE = "{http://www.inkscape.org/namespaces/inkscape}"


def waves(height: int = 96, width: int = 128) -> np.ndarray:
    """``(H, W)`` in about [-1, 1]: swelling lines that run over the border and close around islands."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    phase = 0.55 * x + 6 * np.sin(y / 17) + 3 * np.cos((x + y) / 13)
    return np.cos(phase) + 0.7 * np.sin(x / 23) * np.cos(y / 19) - 0.1


def thresholded(field: np.ndarray, level: float = 0.0, finer: int = 12) -> np.ndarray:
    """How much of every pixel lies above ``level``, by samples between bilinear values: what outlines should cover."""
    height, width = field.shape
    padded = np.pad(field, 1, mode="edge")

    def places(count: int) -> tuple[np.ndarray, np.ndarray]:
        at = np.clip((np.arange(count * finer) + 0.5) / finer, 0.5, count - 0.5) + 0.5
        return at.astype(int), at % 1

    (top, down), (left, across) = places(height), places(width)
    rows = padded[top] * (1 - down)[:, None] + padded[top + 1] * down[:, None]
    values = rows[:, left] * (1 - across) + rows[:, left + 1] * across
    return (values > level).reshape(height, finer, width, finer).mean((1, 3))


def rendered(data: bytes, width: int, height: int) -> np.ndarray:
    """``(H, W, 3)`` in [0, 1]: an SVG file on white, by resvg."""
    png = resvg_py.svg_to_bytes(svg_string=data.decode(), width=width, height=height, background="white", dpi=96)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB")) / 255


def layers(data: bytes) -> list[ElementTree.Element]:
    """The groups of an SVG file that Inkscape takes for layers."""
    return [group for group in ElementTree.fromstring(data) if group.get(f"{INKSCAPE}groupmode") == "layer"]


def strewn(count: int, seed: int = 0, size: float = 100.0) -> list[np.ndarray]:
    """Short bent lines all over the place, a few of them closed."""
    random = np.random.default_rng(seed)
    lines = []
    for number in range(count):
        points = random.uniform(0, size, 2) + np.cumsum(random.normal(0, 0.7, (random.integers(2, 9), 2)), 0)
        lines.append(np.concatenate([points, points[:1]]) if number % 7 == 3 and len(points) > 3 else points)
    return lines


def key(points: np.ndarray) -> tuple:
    """The same for a line and for the line backwards; of closed lines for every beginning, too."""
    if len(points) > 3 and (points[0] == points[-1]).all():
        points = points[:-1]
        turned = [np.roll(way, -int(np.lexsort(way.T)[0]), 0) for way in (points, points[::-1])]
        return ("closed", *sorted(way.tobytes() for way in turned)[:1])
    return ("open", *sorted(way.tobytes() for way in (points.copy(), points[::-1].copy()))[:1])
