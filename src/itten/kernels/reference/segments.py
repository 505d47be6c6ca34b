"""Segments, match, copies, colour and composite: one segment and one pixel after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from itten.kernels.reference.fields import LUMA

# As in heads/read: roots of squared distances that differ by less are equal; columns that deviate less have no spread.
TIE = 1e-5
FLAT = 1e-5


@dataclass
class Segment:
    """One segment: its pixels ``(n, 2)`` (y, x) in raster order, and what is known of it."""

    pixels: np.ndarray
    centroid: np.ndarray
    signature: np.ndarray
    diameter: float


def low_gate(gate: np.ndarray, contour: np.ndarray, min_pixels: int) -> np.ndarray:
    mask = contour & (gate < 0.5)
    if mask.sum() < 3 * min_pixels and contour.any():
        values = np.sort(gate[contour])
        mask = contour & (gate < values[(len(values) + 1) // 2 - 1])
    return mask


def find_segments(mask: np.ndarray, field: np.ndarray, min_pixels: int, max_segments: int) -> list[Segment]:
    labels, _ = ndimage.label(mask)
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        pixels = np.argwhere(labels[box] == number) + np.array([box[0].start, box[1].start])
        if len(pixels) >= min_pixels:
            found.append(pixels)
    found.sort(key=lambda pixels: (-len(pixels), tuple(pixels[0])))
    return [_describe(pixels, field) for pixels in found[:max_segments]]


def _describe(pixels: np.ndarray, field: np.ndarray) -> Segment:
    values = field[pixels[:, 0], pixels[:, 1]]
    height, width = np.ptp(pixels, axis=0) + 1
    signature = np.array([values.mean(), values.std(), math.log(len(pixels)), width / height])
    total = pixels.sum(axis=0)
    centroid = (2 * total + len(pixels)) // (2 * len(pixels))
    return Segment(pixels, centroid, signature, math.hypot(height, width))


def match(targets: list[Segment], sources: list[Segment]) -> list[int]:
    queries, keys = _standardise(targets), _standardise(sources)
    roots = [np.sqrt(((keys - query) ** 2).sum(axis=1)) for query in queries]
    return [int(np.argmax(root <= root.min() + TIE)) for root in roots]


def _standardise(segments: list[Segment]) -> np.ndarray:
    values = np.stack([segment.signature for segment in segments])
    deviation = values.std(axis=0)
    return np.where(deviation > FLAT, (values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0), 0.0)


def copies(
    targets: list[Segment],
    sources: list[Segment],
    matches: list[int],
    complexity: np.ndarray,
    strength: float,
    effect: float,
) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int, int]]]:
    """Shadow and front points as (y, x) on the target and (y, x) in the source, in painting order."""
    down, right = math.floor(0.4 * strength * effect + 0.5), math.floor(0.3 * strength * effect + 0.5)
    shadow, front = [], []
    for target, number in zip(targets, matches, strict=True):
        source = sources[number]
        cy, cx = target.centroid.tolist()
        distance = source.diameter * (0.9 - 0.8 * float(complexity[cy, cx])) * effect
        for y, x in source.pixels.tolist():
            dy, dx = -(x - int(source.centroid[1])), y - int(source.centroid[0])
            front.append((cy + dy + down, cx + dx + right, y, x))
            length = math.sqrt(dy * dy + dx * dx)
            factor = 1.0 + distance / length if length > 0 else 1.0
            shadow.append((cy + math.floor(dy * factor + 0.5), cx + math.floor(dx * factor + 0.5), y, x))
    return shadow, front


def distort(
    colour: np.ndarray, rotation: float, contrast: float, scale: np.ndarray, add: np.ndarray, effect: float
) -> np.ndarray:
    """``(3,)`` to ``(3,)``."""
    rotation = min(rotation * effect, 1.0)
    phases = np.array([0.0, 2.0 * math.pi / 3.0, 4.0 * math.pi / 3.0])
    wave = 0.5 + 0.4 * contrast * np.sin(2.0 * math.pi * rotation * (LUMA @ colour) + phases)
    mixed = (1.0 - rotation) * colour + rotation * wave
    return np.clip(mixed * (1.0 + (scale - 1.0) * effect) + add * effect, 0.0, 1.0)


def composite(
    image: np.ndarray, points: list[tuple[int, int, int, int]], colours: list[np.ndarray], mode: str
) -> np.ndarray:
    """``(3, H, W)`` with one layer of points: the last wins, or (``zbuffer``) their mean."""
    out = image.copy()
    height, width = image.shape[1:]
    count = np.zeros((height, width), dtype=np.int64)
    for (y, x, _, _), colour in zip(points, colours, strict=True):
        if not (0 <= y < height and 0 <= x < width):
            continue
        if mode == "zbuffer" and count[y, x]:
            out[:, y, x] += colour
        else:
            out[:, y, x] = colour
        count[y, x] += 1
    return out / np.maximum(count, 1) if mode == "zbuffer" else out
