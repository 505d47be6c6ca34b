"""A coordinate map, applied: the same pixels, moved on other pictures of the same material."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from itten.errors import InputError, UsageError
from itten.image import Picture, as_image, read_picture
from itten.image.coerce import one_picture
from itten.maps.file import read_map
from itten.maps.normals import GREEN, Normal, of_length_one, turned
from itten.maps.replay import Turn, replayed
from itten.shader.travel import CoordinateMap


def apply_map(
    coordinates: CoordinateMap | str | os.PathLike[str],
    *pictures: Any,
    normal: Normal | None = None,
    shadows: bool = True,
) -> Picture:
    """The first of the ``pictures`` with its pixels moved as those of the run that made the map of ``coordinates``,
    which is one, or the file of one.

    One picture for every picture of that run, of the same size and in the same order: for a target that attends to
    itself one, else the target's and all sources'. They are paths, a :class:`~itten.Picture`, or what
    :func:`itten.shade` takes, and are values, not colours: nothing is converted, and alpha is moved as a channel of its
    own. The result has depth, profile and tags of the first; arrays of floats and tensors have 16 bits.

    ``normal`` ``"opengl"`` or ``"directx"``: they are normal maps, whose green points up or down; vectors turn with
    their copies. Without ``shadows`` the places of these are left as they are, and later copies of them find that.

    Raises :class:`~itten.errors.UsageError` for another number of pictures, :class:`~itten.errors.InputError` for other
    sizes, :class:`~itten.errors.MapFileError` for a file that is no map.
    """
    if normal is not None and normal not in GREEN:
        raise UsageError(f"normal must be {' or '.join(GREEN)}, which say where green points, got {normal!r}")
    known = coordinates if isinstance(coordinates, CoordinateMap) else read_map(coordinates)
    if len(pictures) != len(known.sizes):
        what = "the target's" if len(known.sizes) == 1 else f"the target's and {len(known.sizes) - 1} of the sources"
        raise UsageError(f"this map wants {len(known.sizes)} pictures, {what}, got {len(pictures)}")
    given = [_picture(one, number) for number, one in enumerate(pictures, 1)]
    for number, (one, (height, width)) in enumerate(zip(given, known.sizes, strict=True), 1):
        tall, wide = one.pixels.shape[-2:]
        if (tall, wide) != (height, width):
            raise InputError(f"picture {number} is {wide} × {tall} pixels, that of the run was {width} × {height}")
    first, turn = given[0], None if normal is None else _turn(normal)
    pixels = replayed(known, [one.pixels for one in given], shadows, turn)
    if normal is not None:
        pixels = of_length_one(pixels, _mixed(known, shadows))
    if first.alpha is None:
        return replace(first, pixels=pixels)
    alphas = [torch.ones_like(one.pixels[0]) if one.alpha is None else one.alpha for one in given]
    return replace(first, pixels=pixels, alpha=replayed(known, [one.expand(3, -1, -1) for one in alphas], shadows)[0])


def _turn(normal: Normal) -> Turn:
    return lambda values, linear: turned(values, linear, normal)


def _mixed(known: CoordinateMap, shadows: bool) -> torch.Tensor:
    """``(H, W)`` bool: where values were read between pixels or mixed."""
    height, width = known.sizes[0]
    found = np.zeros(height * width, dtype=bool)
    for steps in known.passes:
        for step in steps:
            if (shadows or step.kind != "shadow") and step.mode != "move":
                found[step.place] = True
    whole = found.reshape(height, width)
    return torch.from_numpy(whole if known.written is None else whole & known.written)


def _picture(given: Any, number: int) -> Picture:
    if isinstance(given, str | os.PathLike):
        return read_picture(given)
    if isinstance(given, Picture):
        return given
    found = one_picture(as_image(given, name=f"picture {number}"))[0]
    eight = getattr(given, "dtype", None) in (torch.uint8, np.dtype(np.uint8))
    return Picture(found.float(), depth=8 if eight else 16)
