"""What a drawing made of paths is: layers of filled areas and of strokes, each in one ink.

Points are in pixels of the picture, x to the right and y down; corners of pixels lie at whole numbers, so that a
picture spans ``[0, width] × [0, height]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itten.errors import InputError

Points = NDArray[np.float64]
"""``(N, 2)``: x and y."""

Shape = tuple[Points, ...]
"""The rings of an area, its border before its holes. What an odd number of rings surrounds is filled."""

Colour = tuple[float, float, float]
"""Red, green and blue in [0, 1]."""

WHITE: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Layer:
    """What is printed or drawn with one ink, one pen or, with ``inks``, at one time.

    ``shapes`` are filled areas, each of rings ``(N, 2)``; that the last point is the first is not asked for.
    ``strokes`` are lines ``(N, 2)``, drawn ``pen`` pixels wide with round ends; one whose ends meet is closed. ``inks``
    are the colours of the single shapes, where they differ from ``ink``. With ``multiply`` the ink is printed over what
    lies below it, so that both are seen. Raises :class:`~itten.errors.InputError` for what is none of this.
    """

    name: str
    ink: Colour
    shapes: Sequence[Shape] = ()
    strokes: Sequence[Points] = ()
    pen: float = 1.0
    multiply: bool = False
    inks: Sequence[Colour] | None = None

    def __post_init__(self) -> None:
        if not self.name or not self.name.isprintable():
            raise InputError(f"the name of a layer is printable text, not {self.name!r}")
        if not (np.isfinite(self.pen) and self.pen > 0):
            raise InputError(f"layer {self.name!r}: a pen of {self.pen} pixels draws nothing")
        keep = object.__setattr__
        keep(self, "ink", colour(self.ink, f"layer {self.name!r}"))
        keep(self, "shapes", tuple(_paths(rings, 3, f"shape of layer {self.name!r}") for rings in self.shapes))
        keep(self, "strokes", _paths(self.strokes, 1, f"stroke of layer {self.name!r}"))
        if self.inks is not None:
            if len(self.inks) != len(self.shapes):
                raise InputError(f"layer {self.name!r}: {len(self.inks)} inks for {len(self.shapes)} shapes")
            keep(self, "inks", tuple(colour(ink, f"layer {self.name!r}") for ink in self.inks))


@dataclass(frozen=True, eq=False)
class Drawing:
    """Layers over one another, the first one lowest, on ``width`` × ``height`` pixels.

    ``paper`` is the colour below them all; None and white leave the paper that is there. Raises
    :class:`~itten.errors.InputError` for a drawing without an area, or a paper that is no colour.
    """

    width: float
    height: float
    layers: Sequence[Layer]
    paper: Colour | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite([self.width, self.height]).all() and min(self.width, self.height) > 0):
            raise InputError(f"a drawing of {self.width} × {self.height} pixels has no area")
        object.__setattr__(self, "layers", tuple(self.layers))
        if self.paper is not None:
            object.__setattr__(self, "paper", colour(self.paper, "paper"))


def colour(value: Any, what: str) -> Colour:
    """``value`` as three numbers in [0, 1]. Raises :class:`~itten.errors.InputError` for anything else."""
    try:
        red, green, blue = (float(part) for part in value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what}: a colour is red, green and blue in [0, 1], not {value!r}") from error
    if not all(0 <= part <= 1 for part in (red, green, blue)):
        raise InputError(f"{what}: a colour is red, green and blue in [0, 1], not {value!r}")
    return red, green, blue


def _paths(paths: Iterable[Any], least: int, what: str) -> tuple[Points, ...]:
    made = tuple(np.asarray(points, dtype=np.float64) for points in paths)
    for points in made:
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < least:
            raise InputError(f"{what}: {least} or more points (N, 2) are needed, not {points.shape}")
    if made and not np.isfinite(np.concatenate(made)).all():
        raise InputError(f"{what}: points are finite numbers")
    return made
