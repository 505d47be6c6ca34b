"""Reading picture files: an allow-list of formats, limits before decoding, one sentence on failure."""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, overload

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from itten.errors import ImageFileError, ResourceError
from itten.image.formats import FORMATS, is_jxl, jxl_size, kinds
from itten.image.modes import Planes, UnsupportedMode, planes
from itten.image.picture import Picture
from itten.image.sixteen import unknown_tiff
from itten.image.tags import exif, resolution
from itten.kernels.fork import hold

MAX_PIXELS = 2**27
"""Largest picture that is decoded. Pillow's own ceiling, which is global, lies a little above."""

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


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Read the file at ``path`` with all that is kept of it.

    PNG, JPEG, WebP, TIFF, GIF, BMP and PPM are read, AVIF and JPEG XL where the installed Pillow can. EXIF orientation
    is applied. 16 bits a channel keep their precision in PNG and TIFF. Of an animation the first frame is taken, and a
    notice is logged; so it is where a profile or EXIF is damaged and left out.

    Raises :class:`~itten.errors.ImageFileError` when the file is missing, unreadable, not a regular file,
    empty, damaged, of another format, or larger than :data:`MAX_PIXELS`;
    :class:`~itten.errors.ResourceError` when memory does not suffice.
    """
    name = repr(os.fspath(path))
    with _opened(path, name) as file, _quiet_pillow():
        try:
            _refuse_jxl_bomb(file, name)
            with _open(file) as picture:
                _refuse_bomb(picture.size, name)
                found = planes(picture)
                tags, dpi = _tags(picture, found, name), resolution(picture)
                _notices(picture, found, name)
        except (ImageFileError, KeyboardInterrupt, SystemExit):
            raise
        except UnsupportedMode as error:
            raise ImageFileError(f"{name} {error}") from error
        except UnidentifiedImageError as error:
            known = ", ".join(FORMATS)
            raise ImageFileError(f"{name} is not a picture in a known format ({known})") from error
        except Image.DecompressionBombError as error:
            raise ImageFileError(f"{name} is too large: over {MAX_PIXELS} pixels") from error
        except MemoryError as error:
            raise ResourceError(f"not enough memory to decode {name}") from error
        except BaseException as error:
            # Decoders raise whatever comes to mind on hostile data: struct.error, KeyError, SyntaxError… and one in
            # Rust panics with an exception that is none.
            raise ImageFileError(f"{name} is damaged and cannot be decoded ({_reason(error)})") from error
    alpha = None if found.alpha is None else torch.from_numpy(found.alpha)
    return Picture(torch.from_numpy(found.rgb), alpha, found.depth, found.profile, dpi, tags)


@contextmanager
def _opened(path: str | os.PathLike[str], name: str) -> Iterator[BinaryIO]:
    """Open a regular, non-empty file for reading; never block on a FIFO or a device."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise ImageFileError(f"{name} does not exist") from error
    except (OSError, ValueError) as error:
        if Path(path).is_dir():  # some systems refuse to open a folder at all
            raise ImageFileError(f"{name} is a folder, not a picture") from error
        too_deep = getattr(error, "errno", None) == errno.ELOOP
        reason = "its links run in a circle" if too_deep else _reason(error)
        raise ImageFileError(f"{name} cannot be opened ({reason})") from error
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise ImageFileError(f"{name} is a folder, not a picture")
        if not stat.S_ISREG(status.st_mode):
            raise ImageFileError(f"{name} is not a regular file")
        if status.st_size == 0:
            raise ImageFileError(f"{name} is empty")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def _open(file: BinaryIO) -> Image.Image:
    try:
        return Image.open(file, formats=kinds(file))
    except (UnidentifiedImageError, KeyError):  # the latter for a compression of TIFF that Pillow has no name for
        picture = unknown_tiff(file)
        if picture is None:
            raise
        return picture


def _refuse_bomb(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageFileError(f"{name} is too large: {width} × {height}, over {MAX_PIXELS} pixels")


def _refuse_jxl_bomb(file: BinaryIO, name: str) -> None:
    """Opening a JPEG XL file decodes it; so its size is looked up before."""
    head = file.read(12)
    file.seek(0)
    if is_jxl(head):
        size = jxl_size(file)
        if size is None:
            raise ImageFileError(f"{name} is damaged and cannot be decoded (no size)")
        _refuse_bomb(size, name)


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


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error).split("\n", 1)[0].strip()
    return text[:120] or type(error).__name__


_quiet_lock = threading.Lock()
hold(_quiet_lock)
_quiet_users = 0
_quiet_filters: warnings.catch_warnings[None] | None = None


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Silence Pillow's warnings while any thread decodes.

    ``catch_warnings`` saves and restores a global list, and two threads that leave it in the wrong order
    would leave it changed for good; so the first one in saves and the last one out restores.
    """
    global _quiet_users, _quiet_filters
    with _quiet_lock:
        if _quiet_users == 0:
            _quiet_filters = warnings.catch_warnings()
            _quiet_filters.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\.")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        _quiet_users += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0 and _quiet_filters is not None:
                _quiet_filters.__exit__(None, None, None)
                _quiet_filters = None
