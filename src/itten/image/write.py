"""Writing pictures: the suffix decides the format, and the file is complete or absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from torch import Tensor

from itten.errors import InputError, UsageError
from itten.files import as_path, write_bytes_atomic
from itten.image.coerce import to_pil, to_uint16
from itten.image.encode import encode, encode_deep
from itten.image.formats import DEEP, WITH_ALPHA, check_size, check_suffix
from itten.image.labels import labels_png
from itten.image.picture import Picture


def write_image(
    image: Any,
    path: str | os.PathLike[str],
    overwrite: bool = False,
    *,
    alpha: Any = None,
    like: Picture | None = None,
) -> Path:
    """Write one image ``(3, H, W)`` in [0, 1] and return the path really written.

    The suffix decides the format: png, webp (lossless), tif, bmp, jpg (quality 95), and where the installed Pillow can
    avif (quality 95) and jxl (lossless). Values are rounded to 8 bits as :func:`itten.image.to_uint8` does. The same
    picture gives the same bytes. If ``path`` exists and ``overwrite`` is False, the picture goes to a timestamped name
    beside it. Missing folders are made. ``alpha`` ``(H, W)`` in [0, 1] is stored where the format can (not bmp, jpg).
    From ``like`` come depth (16 bits in png and tif), profile, resolution and EXIF, as far as the format holds them.

    Raises :class:`~itten.errors.UsageError` for an unknown suffix, one that the installed Pillow cannot write, or alpha
    in a format without it;
    :class:`~itten.errors.InputError` for an image that is none; :class:`~itten.errors.ResourceError` where
    the disk is full or the folder cannot be written. A failure leaves no part of a file, and what was
    there before as it was.
    """
    target = as_path(path)
    return write_bytes_atomic(image_bytes(image, target, alpha=alpha, like=like), target, overwrite)


def image_bytes(image: Any, name: Path, *, alpha: Any = None, like: Picture | None = None) -> bytes:
    """What :func:`write_image` writes to a file of that ``name``. Raises what that raises, but what writing does."""
    kind, options = check_suffix(name)
    if isinstance(image, Tensor) and image.dim() >= 2:
        check_size(kind, image.shape[-1], image.shape[-2], 8 if like is None else like.depth)
    if like is not None and like.labels is not None and kind == "PNG":
        return labels_png(like.labels.cpu().numpy(), like.made)
    if alpha is not None and kind not in WITH_ALPHA:
        raise UsageError(f"{kind} cannot hold alpha: write {str(name)!r} as png, webp or tif")
    if like is not None and like.depth == 16 and kind in DEEP:
        return encode_deep(to_uint16(image, alpha), kind, like)
    return encode(to_pil(image, alpha), kind, options, like)


def write_picture(picture: Picture, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Write a picture with all that it holds, as :func:`write_image` does, and return the path really written."""
    if not isinstance(picture, Picture):
        raise InputError(f"picture is a {type(picture).__name__}; a Picture is needed, or write_image for an image")
    return write_image(picture.pixels, path, overwrite, alpha=picture.alpha, like=picture)


def picture_bytes(picture: Picture, name: Path) -> bytes:
    """What :func:`write_picture` writes to a file of that ``name``."""
    return image_bytes(picture.pixels, name, alpha=picture.alpha, like=picture)
