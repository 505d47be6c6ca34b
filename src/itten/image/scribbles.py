"""Scribbles: pictures that are read as labels."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from itten.errors import InputError
from itten.image.header import opened_picture
from itten.image.modes import planes

MOST_LABELS = 64
"""Labels of scribbles at most: more are the colours of a photograph, or of soft edges."""
# What is below this chroma, of 1, has no colour; and alpha from here on is opaque.
CHROMA, OPAQUE = 0.2, 0.99
_NUMBERS = ("P", "L", "1", "I", "I;16", "I;16B")


@dataclass(frozen=True, eq=False)
class Scribbles:
    """``labels`` ``(H, W)`` int64, 0 where nothing is said, and the ``colours`` that the labels have in the file, as
    ``#rrggbb``, where they stand for colours and not for numbers."""

    labels: np.ndarray
    colours: dict[int, str]


def read_scribbles(path: str | os.PathLike[str], called: str | None = None) -> Scribbles:
    """The labels of a picture of scribbles.

    An indexed or grey picture without alpha holds numbers: 0 is unknown, any other index or value a label. Of a picture
    with transparent pixels every opaque colour is a label; of any other coloured one every colour with some chroma,
    while black, white and grey are unknown. Colours are numbered 1, 2 … as they first appear, row by row. Pixels that
    are neither transparent nor opaque, the soft edges of a brush, are unknown.

    Raises :class:`~itten.errors.InputError` for a picture without labels or with more than 64, and
    :class:`~itten.errors.ImageFileError` as :func:`itten.image.read_picture` does.
    """
    name = repr(os.fspath(path)) if called is None else called
    with opened_picture(path, called) as picture:
        if picture.mode in _NUMBERS and "transparency" not in picture.info:
            numbers = np.array(picture).astype(np.int64)
            return Scribbles(_few(numbers, name, "values"), {})
        found = planes(picture)
    colour = np.rint(np.moveaxis(found.rgb, 0, -1) * 255).astype(np.int64)
    code = (colour[..., 0] << 16) + (colour[..., 1] << 8) + colour[..., 2]
    if found.alpha is not None and bool((found.alpha < OPAQUE).any()):
        said = found.alpha >= OPAQUE
    else:
        said = colour.max(axis=-1) - colour.min(axis=-1) >= CHROMA * 255
        if not said.any():  # a grey picture, saved as a coloured one
            return Scribbles(_few(colour[..., 0], name, "values"), {})
    first = np.unique(code[said], return_index=True)
    if len(first[0]) > MOST_LABELS:
        _too_many(len(first[0]), name, "colours")
    order = first[0][np.argsort(first[1])]
    labels = np.zeros(code.shape, np.int64)
    for number, one in enumerate(order.tolist(), 1):
        labels[said & (code == one)] = number
    return Scribbles(_few(labels, name, "colours"), {n: f"#{one:06x}" for n, one in enumerate(order.tolist(), 1)})


def _few(labels: np.ndarray, name: str, what: str) -> np.ndarray:
    known = np.unique(labels[labels > 0])
    if len(known) > MOST_LABELS:
        _too_many(len(known), name, what)
    if not len(known):
        raise InputError(f"{name} marks nothing: all of it is black or transparent")
    return labels


def _too_many(count: int, name: str, what: str) -> None:
    raise InputError(
        f"{name} holds {count} {what}, marks have {MOST_LABELS} at most: draw with hard edges (no antialiasing), one "
        "colour a label, and save as PNG"
    )
