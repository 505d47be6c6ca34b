"""An engraving as paths: outlines of lines as wide as their tone asks for, or the strokes of pens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from itten.config import EngraveConfig
from itten.errors import UsageError
from itten.kernels import choose, kernel
from itten.lines.family import ROWS, Family, phase_between
from itten.lines.strokes import broken
from itten.vector import Drawing, Layer, joined, ordered, outlines, simplified, trimmed

Points = NDArray[np.float64]

# Samples a spacing in which lines are looked for; what is thinner than 1.1 samples would fall between them. Strokes of
# pens are straight enough for fewer.
FINE, COARSE, THINNEST = 18, 9, 1.1
# A pen without a width takes this share of the spacing; a dash with its gap is as many spacings long.
PEN, DASH = 0.25, 8.0
# Lines a spacing: on θ = 0, in the middle between, and on both sides of these, as it gets darker.
KINDS = ((0, 0.0, 1.0), (1, 1.0, 1.0), (2, 2.0, 2.0))


@dataclass(frozen=True)
class _Lines:
    picture: torch.Tensor
    config: EngraveConfig
    spacing: float

    def sampled(self, per_spacing: int) -> tuple[int, tuple[int, int]]:
        """Samples a pixel, and how many there are."""
        times = max(1, math.ceil(per_spacing / self.spacing))
        height, width = self.picture.shape[1:]
        return times, (times * height, times * width)

    def rows(self, family: Family, size: tuple[int, int]) -> Iterator[tuple[int, np.ndarray]]:
        for first in range(0, size[0], ROWS):
            yield first, phase_between(family.phase, self.picture, self.config, size, first, min(size[0], first + ROWS))


def paths(
    families: tuple[Family, ...],
    picture: torch.Tensor,
    config: EngraveConfig,
    spacing: float,
    *,
    single_stroke: bool = False,
    pen: float | None = None,
    shortest: float = 0.0,
) -> Drawing:
    """The engraving of ``picture`` ``(3, H, W)`` as a :class:`~itten.vector.Drawing`, a layer for each ink.

    Lines are areas as wide as their tone; or, ``single_stroke``, the strokes of a ``pen`` so many pixels wide (a
    quarter of the spacing), of which up to four a spacing are drawn and which are broken where that would be too dark.
    Strokes shorter than ``shortest`` pixels are not drawn, and gaps shorter than half of it not left.
    """
    if pen is not None and not 0 < pen < math.inf:
        raise UsageError(f"a pen has a width above 0, got {pen:g}")
    given, inks = _Lines(picture, config, spacing), config.inks
    wide = pen or PEN * spacing
    layers = []
    for number, ink in enumerate(inks):
        own = [family for family in families if family.ink == number]
        name = _hex(ink)
        if single_stroke:
            lines = [line for family in own for line in _strokes(given, family, wide, shortest)]
            lines = ordered(trimmed(joined(lines), shortest))
            layers.append(Layer(name, ink, strokes=lines, pen=wide))
        else:
            shapes = [shape for family in own for shape in _outlines(given, family)]
            layers.append(Layer(name, ink, shapes=shapes, multiply=len(inks) > 1))
    height, width = picture.shape[1:]
    return Drawing(width, height, layers, config.paper)


def _outlines(given: _Lines, family: Family) -> list[tuple[Points, ...]]:
    times, size = given.sampled(FINE)
    duty = _between(family.coverage, size)
    least = THINNEST / (times * given.spacing)
    # What is nearly bare, or nearly full, is so; other lines, and gaps, are no thinner than can be seen here.
    duty = np.where(duty < 0.25 * least, 0, np.where(duty > 1 - 0.25 * least, 1, duty.clip(least, 1 - least)))
    inside = np.empty(size, np.float32)
    for first, rows in given.rows(family, size):
        turn = np.abs(np.arctan2(rows[1], rows[0])) * np.float32(1 / (2 * np.pi))
        inside[first : first + rows.shape[1]] = 0.5 * duty[first : first + rows.shape[1]] - turn
    inside[duty >= 1] = 0.5
    inside[duty <= 0] = np.minimum(inside[duty <= 0], -1e-3)
    return [tuple(ring / times for ring in shape) for shape in outlines(inside)]


def _strokes(given: _Lines, family: Family, pen: float, shortest: float) -> list[Points]:
    times, size = given.sampled(COARSE)
    rows = np.concatenate([one for _, one in given.rows(family, size)], 1)
    # So many lines a spacing cover what is to be covered.
    wanted = family.coverage * np.float32(given.spacing / pen)
    found = []
    for kind, before, lines in KINDS:
        if wanted.max() <= before:
            continue
        points, begins = kernel("trace", choose("trace"))(rows, kind)
        paths = [(points[a:b] + 0.5) / times for a, b in pairwise(begins) if b - a > 1]
        share = ((wanted - np.float32(before)) / np.float32(lines)).clip(0, 1)
        found += broken(simplified(paths, 0.02), share, DASH * given.spacing, shortest)
    return found


def _between(cover: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Coverage at another size, linear between its pixels."""
    if cover.shape == size:
        return cover
    wide = torch.from_numpy(cover)[None, None]
    found = torch.nn.functional.interpolate(wide, size, mode="bilinear", align_corners=False)
    return found[0, 0].numpy()


def _hex(colour: tuple[float, ...]) -> str:
    return "".join(f"{round(255 * value):02x}" for value in colour)
