"""The head of a picture file, read before anything else is: what it claims to be, and how large. Needs no torch."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, NamedTuple

from PIL import Image, UnidentifiedImageError

from itten.errors import ImageFileError, ResourceError
from itten.files import Refused, opened
from itten.image.formats import FORMATS, UnsupportedMode, is_jxl, jxl_size, kinds
from itten.image.frames import MOST_FRAMES, too_many
from itten.image.quiet import quiet_decoders

MAX_PIXELS = 2**27
"""Largest picture that is decoded. Pillow's own ceiling, which is global, lies a little above."""


class Header(NamedTuple):
    """What a file says: its format, width and height, as stored, not yet turned upright, and whether it has alpha."""

    kind: str
    width: int
    height: int
    alpha: bool = False


def read_header(path: str | os.PathLike[str], called: str | None = None) -> Header:
    """What the file at ``path`` says of itself, without decoding it. ``called``: what messages call it.

    Raises as :func:`~itten.image.read_picture` does, as far as that can be known from the head.
    """
    with opened_picture(path, called) as picture:
        alpha = "A" in picture.mode.upper() or "transparency" in picture.info
        return Header(str(picture.format), *picture.size, alpha)


@contextmanager
def opened_picture(
    path: str | os.PathLike[str], called: str | None = None, any_frames: bool = False
) -> Iterator[Image.Image]:
    """A picture file, opened and not yet decoded; ``called``: what messages call it; ``any_frames``: it may have any
    number of them, for none is wanted. Whatever decoders raise in the meantime becomes a sentence: raises
    :class:`~itten.errors.ImageFileError`, and :class:`~itten.errors.ResourceError` when memory does not suffice."""
    name = repr(os.fspath(path)) if called is None else called
    with opened_file(path, name) as file, quiet_decoders():
        try:
            if os.fstat(file.fileno()).st_size == 0:
                raise ImageFileError(f"{name} is empty")
            _refuse_jxl_bomb(file, name)
            with _open(file) as picture:
                _refuse_bomb(picture.size, name)
                if not any_frames and too_many(picture, file):
                    raise ImageFileError(f"{name} has more than {MOST_FRAMES} frames; give one of them as a picture")
                yield picture
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


@contextmanager
def opened_file(path: str | os.PathLike[str], called: str | None = None) -> Iterator[BinaryIO]:
    """A file that may be a picture; raises :class:`~itten.errors.ImageFileError` where it cannot be opened."""
    name = repr(os.fspath(path)) if called is None else called
    with ExitStack() as stack:
        try:
            file = stack.enter_context(opened(path, "picture"))
        except FileNotFoundError as error:
            raise ImageFileError(f"{name} does not exist") from error
        except Refused as error:
            raise ImageFileError(f"{name} {error.strerror}") from error
        except (OSError, ValueError) as error:
            if os.path.isdir(path):  # some systems refuse to open a folder at all
                raise ImageFileError(f"{name} is a folder, not a picture") from error
            too_deep = getattr(error, "errno", None) == errno.ELOOP
            reason = "its links run in a circle" if too_deep else _reason(error)
            raise ImageFileError(f"{name} cannot be opened ({reason})") from error
        yield file


def _open(file: BinaryIO) -> Image.Image:
    try:
        return Image.open(file, formats=kinds(file))
    except (UnidentifiedImageError, KeyError):  # the latter for a compression of TIFF that Pillow has no name for
        from itten.image.sixteen import unknown_tiff

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


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError):  # whose text is no more than the key
        return "something is missing in it"
    text = str(error).split("\n", 1)[0].strip()
    return text[:120] or type(error).__name__
