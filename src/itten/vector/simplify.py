"""Fewer points where nobody sees it, and nothing beyond the picture: GEOS, for all paths at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from itten.errors import UsageError
from itten.vector.extra import extra
from itten.vector.model import Points, Shape


def simplified(lines: Sequence[Points], tolerance: float) -> list[Points]:
    """Lines with fewer points, none farther than ``tolerance`` pixels from what it was; ends stay where they are.

    ``lines`` are ``(N, 2)``; the points that stay are theirs. Raises :class:`~itten.errors.UsageError` for a tolerance
    below zero, or without shapely.
    """
    _check(tolerance)
    shapely = extra("shapely")
    found = list(lines)
    long = [at for at, points in enumerate(found) if len(points) > 2]
    if not long:
        return found
    before = shapely.linestrings(**_flat([found[at] for at in long]))
    points, index = shapely.get_coordinates(
        shapely.simplify(before, tolerance, preserve_topology=False), return_index=True
    )
    for at, made in zip(long, _parts(points, index, len(long)), strict=True):
        found[at] = made
    return found


def simplified_shapes(shapes: Sequence[Shape], tolerance: float, shared: bool = False) -> list[Shape]:
    """Areas with fewer points, none farther than ``tolerance`` pixels from what it was; all rings stay rings.

    The rings of an area do not cross afterwards if they did not before. With ``shared`` borders that two areas have in
    common stay common, as panes of glass need it: triangles of up to ``tolerance`` pixels squared are cut off then.
    Raises :class:`~itten.errors.UsageError` for a tolerance below zero, or without shapely.
    """
    _check(tolerance)
    shapely = extra("shapely")
    if not shapes:
        return []
    before = polygons(shapes)
    if shared:
        return shapes_of(shapely.coverage_simplify(before, tolerance))
    rings = [ring for shape in shapes_of(before) for ring in shape]  # closed ones
    made = iter(simplified(rings, tolerance))
    found = [tuple(next(made) for _ in shape) for shape in shapes]
    whole = np.array([min(map(len, shape)) > 3 for shape in found])
    whole[whole] = shapely.is_valid(polygons([found[at] for at in np.flatnonzero(whole)]))
    # GEOS keeps rings from crossing, but may leave out their ends, too, by which a point moves twice.
    crossed = np.flatnonzero(~whole)
    redone = shapely.simplify(before[crossed], tolerance / 2, preserve_topology=True)
    for at, shape in zip(crossed.tolist(), shapes_of(redone), strict=True):
        found[at] = shape
    return found


def clipped(lines: Sequence[Points], width: float, height: float) -> list[Points]:
    """The parts of lines that lie in ``[0, width] × [0, height]``; a line may come out as several, or none."""
    found: list[Points] = []
    for points in lines:
        found += [points] if _inside(points, width, height) else _cut(points, np.array([width, height]))
    return found


def _cut(points: Points, size: NDArray[Any]) -> list[Points]:
    """Of every piece what lies between the borders, as shares of its length; pieces that go on are one line."""
    start, step = points[:-1], np.diff(points, axis=0)
    still = step == 0
    safe = np.where(still, 1.0, step)
    one, other = -start / safe, (size - start) / safe
    within = (start >= 0) & (start <= size)
    enter = np.where(still, np.where(within, 0, 2), np.minimum(one, other)).max(1).clip(0)
    leave = np.where(still, 1, np.maximum(one, other)).min(1).clip(None, 1)
    found: list[list[Points]] = []
    open_, last = False, -1
    for at in np.flatnonzero(enter < leave).tolist():
        if not open_ or enter[at] > 0 or at != last + 1:
            found.append([start[at] + step[at] * enter[at]])
        found[-1].append(points[at + 1] if leave[at] == 1 else start[at] + step[at] * leave[at])
        open_, last = bool(leave[at] == 1), at
    return [np.clip(np.array(part), 0, size) for part in found]


def clipped_shapes(shapes: Sequence[Shape], width: float, height: float) -> list[list[Shape]]:
    """Of every area the parts that lie in ``[0, width] × [0, height]``."""
    shapely = extra("shapely")
    found: list[list[Shape]] = []
    for rings in shapes:
        if all(_inside(ring, width, height) for ring in rings):
            found.append([rings])
            continue
        whole = shapely.make_valid(polygons([rings]))
        parts = shapely.get_parts(shapely.get_parts(shapely.intersection(whole, shapely.box(0, 0, width, height))))
        parts = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
        found.append([tuple(np.clip(ring, 0, (width, height)) for ring in part) for part in shapes_of(parts)])
    return found


def polygons(shapes: Sequence[Shape]) -> NDArray[Any]:
    """Areas as polygons of shapely, the first ring of each as its border."""
    shapely = extra("shapely")
    rings = shapely.linearrings(**_flat([ring for shape in shapes for ring in shape]))
    return shapely.polygons(rings, indices=np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes]))


def shapes_of(polygons: NDArray[Any]) -> list[Shape]:
    """Polygons of shapely as areas."""
    shapely = extra("shapely")
    rings, owner = shapely.get_rings(polygons, return_index=True)
    points, index = shapely.get_coordinates(rings, return_index=True)
    parts = _parts(points, index, len(rings))
    ends = np.searchsorted(owner, np.arange(len(polygons) + 1)).tolist()
    return [tuple(parts[start:end]) for start, end in pairwise(ends)]


def _flat(paths: Sequence[Points]) -> dict[str, NDArray[Any]]:
    """What shapely makes many geometries of at once."""
    counts = [len(points) for points in paths]
    return {"coords": np.concatenate(paths), "indices": np.repeat(np.arange(len(paths)), counts)}


def _parts(points: Points, index: NDArray[np.intp], count: int) -> list[Points]:
    ends = np.searchsorted(index, np.arange(count + 1)).tolist()
    return [points[start:end] for start, end in pairwise(ends)]


def _inside(points: Points, width: float, height: float) -> bool:
    return bool(points.min() >= 0 and (points.max(0) <= (width, height)).all())


def _check(tolerance: float) -> None:
    if not tolerance >= 0:
        raise UsageError(f"a tolerance is zero or more pixels, not {tolerance}")
