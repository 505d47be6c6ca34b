"""Reading picture files: an allow-list of formats, limits before decoding, one sentence on failure."""

from __future__ import annotations

import logging
import os
from typing import Literal, overload

import torch
from PIL import Image
from torch import Tensor

from itten.files import as_path
from itten.image.header import opened_picture
from itten.image.modes import Planes, planes
from itten.image.picture import Picture
from itten.image.tags import exif, resolution

_log = logging.getLogger(__name__)


@overload
def read_image(path: str | os.PathLike[str], *, return_alpha: Literal[False] = ...) -> Tensor: ...
@overload
def read_image(path: str | os.PathLike[str], *, return_alpha: Literal[True]) -> tuple[Tensor, Tensor | None]: ...
def read_image(path: str | os.PathLike[str], *, return_alpha: bool = False) -> Tensor | tuple[Tensor, Tensor | None]:
    """Read the picture at ``path`` as a ``(3, H, W)`` float32 tensor in [0, 1].

    :func:`read_picture` says what is read, and raises what this raises. With ``return_alpha=True`` the result is
    ``(image, alpha)``: alpha ``(H, W)`` float32 in [0, 1], or None where the file has none; the colour under it is left
    as it is, not blended.
    """
    picture = read_picture(path)
    return (picture.pixels, picture.alpha) if return_alpha else picture.pixels


def read_picture(path: str | os.PathLike[str], called: str | None = None) -> Picture:
    """Read the file at ``path`` with all that is kept of it. ``called``: what messages call it.

    PNG, JPEG, WebP, TIFF, GIF, BMP and PPM are read, AVIF and JPEG XL where the installed Pillow can. EXIF orientation
    is applied. 16 bits a channel keep their precision in PNG and TIFF. Of an animation the first frame is taken, and a
    notice is logged; so it is where a profile or EXIF is damaged and left out. More than 1000 frames are refused.

    Raises :class:`~itten.errors.ImageFileError` when the file is missing, unreadable, not a regular file,
    empty, damaged, of another format, or larger than :data:`~itten.image.MAX_PIXELS`;
    :class:`~itten.errors.ResourceError` when memory does not suffice.
    """
    as_path(path)
    name = repr(os.fspath(path)) if called is None else called
    with opened_picture(path, called) as picture:
        found = planes(picture)
        tags, dpi = _tags(picture, found, name), resolution(picture)
        _notices(picture, found, name)
    alpha = None if found.alpha is None else torch.from_numpy(found.alpha)
    return Picture(torch.from_numpy(found.rgb), alpha, found.depth, found.profile, dpi, tags)


def _tags(picture: Image.Image, found: Planes, name: str) -> bytes | None:
    try:
        return exif(picture, found.sideways)
    except Exception:  # says nothing about the pixels, which did decode
        _log.warning("%s has EXIF that is damaged; it is left out", name)
        return None


def _notices(picture: Image.Image, found: Planes, name: str) -> None:
    for note in found.notes:
        _log.warning("%s %s", name, note)
    try:
        animated = bool(getattr(picture, "is_animated", False))
    except Exception:  # a damaged second frame does not spoil the first
        animated = True
    if animated:
        _log.warning("%s has several frames; the first one is used", name)
