"""A layer as it goes into a file of any format: cut at the picture's border, in millimetres, rounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from itten.errors import UsageError
from itten.vector.curves import curved
from itten.vector.fit import Fit
from itten.vector.model import Colour, Layer, Points, Shape
from itten.vector.simplify import clipped, clipped_shapes
from itten.vector.text import Steps, steps

TOLERANCE = 0.1
"""Pixels of the picture that nobody misses."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A layer in steps of 10⁻ᵈ millimetres, d being ``decimals``.

    ``rings`` are all borders and holes; ``shapes`` says of every shape which of them it has, and in which ink. ``shut``
    says which ``strokes`` are closed; their last point, which is their first, is left out unless they are curves.
    """

    decimals: int
    rings: Steps | None
    shapes: list[tuple[list[int], Colour]]
    strokes: Steps | None
    shut: list[bool]


def prepared(layer: Layer, width: float, height: float, fit: Fit, tolerance: float, curves: bool) -> Prepared:
    """A layer of a drawing of ``width`` × ``height`` pixels. Shapes without an area at this precision are left out.
    Raises :class:`~itten.errors.UsageError` for a tolerance that is not above zero."""
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise UsageError(f"a tolerance is more than zero pixels, not {tolerance}")
    decimals = fit.decimals(tolerance) + curves  # rounded handles would show as corners

    def made(paths: Sequence[Points], shut: NDArray[np.bool_]) -> Steps:
        smooth = curved(paths, tolerance, shut, width, height) if curves else paths
        return steps([fit.millimetres(points) for points in smooth], decimals, shut, curves)

    strokes, shut = _strokes(_within(layer.strokes, width, height), made)
    rings, shapes = _shapes(_owned(layer, width, height), made)
    return Prepared(decimals, rings, shapes, strokes, shut)


def _strokes(lines: Sequence[Points], made: Callable[..., Steps]) -> tuple[Steps | None, list[bool]]:
    if not lines:
        return None, []
    shut = np.array([len(line) > 3 and bool((line[0] == line[-1]).all()) for line in lines])
    return made(lines, shut), shut.tolist()


def _shapes(
    shapes: Sequence[tuple[Shape, Colour]], made: Callable[..., Steps]
) -> tuple[Steps | None, list[tuple[list[int], Colour]]]:
    flat = [ring for rings, _ in shapes for ring in rings]
    if not flat:
        return None, []
    rings = made(flat, np.ones(len(flat), dtype=bool))
    begin = rings.starts[:-1]
    size = np.maximum.reduceat(rings.points, begin) - np.minimum.reduceat(rings.points, begin)
    full = ((np.diff(rings.starts) > 2) & (size > 0).all(1)).tolist()
    kept = []
    at = 0
    for shape, ink in shapes:
        numbers = [number for number in range(at, at + len(shape)) if full[number]]
        if full[at]:
            kept.append((numbers, ink))
        at += len(shape)
    return rings, kept


def _within(lines: Sequence[Points], width: float, height: float) -> Sequence[Points]:
    return clipped(lines, width, height) if _leaves(lines, width, height) else lines


def _owned(layer: Layer, width: float, height: float) -> list[tuple[Shape, Colour]]:
    """The layer's shapes, cut if they must be, each with its ink."""
    inks = layer.inks if layer.inks is not None else [layer.ink] * len(layer.shapes)
    if not _leaves([ring for rings in layer.shapes for ring in rings], width, height):
        return list(zip(layer.shapes, inks, strict=True))
    cut = clipped_shapes(layer.shapes, width, height)
    return [(part, ink) for parts, ink in zip(cut, inks, strict=True) for part in parts]


def _leaves(paths: Sequence[Points], width: float, height: float) -> bool:
    if not paths:
        return False
    points = np.concatenate(paths)
    return bool(points.min() < 0 or (points.max(0) > (width, height)).any())
