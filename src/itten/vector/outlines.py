"""Where a field is above a level, as areas with straight edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from itten.errors import InputError
from itten.vector.extra import extra
from itten.vector.model import Points, Shape


def outlines(field: NDArray[Any], level: float = 0.0, least: float = 0.0) -> list[Shape]:
    """The areas where ``field`` is above ``level``, each as its border and then its holes.

    ``field`` is ``(H, W)``, real, with values at the centres of pixels: between them it is linear along the sides of
    squares, and over the half pixel up to the borders of the picture constant, so that areas end at these. Rings are
    ``(N, 2)`` in pixels, closed, borders running one way and holes the other; rings of ``least`` square pixels or fewer
    are left out. Raises :class:`~itten.errors.InputError` for a field that is none, and
    :class:`~itten.errors.UsageError` without contourpy.
    """
    values = np.asarray(field)
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiub":
        raise InputError(f"outlines are of a field (H, W) of real numbers, not {values.dtype} {values.shape}")
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise InputError("outlines are of a field of finite numbers")
    contourpy = extra("contourpy")
    # On the level a field's ring would touch itself in single points; above it by nothing, it does not.
    values[values == level] = np.nextafter(level, -np.inf)
    generator = contourpy.contour_generator(
        _places(values.shape[1]),
        _places(values.shape[0]),
        np.pad(values, 1, mode="edge"),
        name="serial",
        fill_type=contourpy.FillType.OuterOffset,
    )
    found, offsets = generator.filled(level, np.inf)
    shapes = []
    for points, ends in zip(found, offsets, strict=True):
        rings = [points[start:end] for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]
        if area(rings[0]) > least:
            shapes.append((rings[0], *(hole for hole in rings[1:] if area(hole) > least)))
    return shapes


def area(ring: Points) -> float:
    """Square pixels that a ring ``(N, 2)`` encloses, whichever way it runs."""
    x, y = (ring - ring[0]).T
    return 0.5 * abs(float(x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]))


def _places(count: int) -> NDArray[np.float64]:
    """Centres of pixels, and the two borders."""
    return np.concatenate([[0.0], np.arange(count) + 0.5, [float(count)]])
