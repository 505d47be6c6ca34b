"""Writing drawings: the suffix decides the format, and the file is complete or absent."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from itten.config import Page
from itten.errors import UsageError
from itten.files import write_bytes_atomic
from itten.vector.extra import extra
from itten.vector.model import Drawing
from itten.vector.pdf import pdf
from itten.vector.svg import svg

_FORMATS: dict[str, Callable[..., bytes]] = {".svg": svg, ".pdf": pdf}

SUFFIXES = tuple(_FORMATS)
"""Suffixes of files that a drawing can be written to."""


def write_svg(
    drawing: Drawing, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False, **how: Any
) -> Path:
    """Write a drawing as SVG and return the path really written; ``how`` is what :func:`itten.vector.svg` takes
    besides. Raises as :func:`write_drawing` does."""
    check_drawing_suffix(path, (".svg",))
    return write_drawing(drawing, path, page, overwrite, **how)


def write_pdf(
    drawing: Drawing, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False, **how: Any
) -> Path:
    """Write a drawing as PDF and return the path really written; ``how`` is what :func:`itten.vector.pdf` takes
    besides. Raises as :func:`write_drawing` does."""
    check_drawing_suffix(path, (".pdf",))
    return write_drawing(drawing, path, page, overwrite, **how)


def write_drawing(
    drawing: Drawing, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False, **how: Any
) -> Path:
    """Write a drawing in the format that the suffix names, svg or pdf, and return the path really written.

    The same drawing gives the same bytes. If ``path`` exists and ``overwrite`` is False, the drawing goes to a
    timestamped name beside it. Missing folders are made. Raises :class:`~itten.errors.UsageError` for an unknown suffix
    and where a library is missing; :class:`~itten.errors.ResourceError` where the disk is full or the folder cannot be
    written. A failure leaves no part of a file, and what was there before as it was.
    """
    suffix = check_drawing_suffix(path)
    return write_bytes_atomic(_FORMATS[suffix](drawing, page, **how), Path(path), overwrite)


def check_drawing_suffix(path: str | os.PathLike[str], known: tuple[str, ...] = SUFFIXES) -> str:
    """The suffix of ``path``, in small letters. Raises :class:`~itten.errors.UsageError` for one that is not ``known``,
    and for one whose format needs a library that is not there."""
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        names = " or ".join(one[1:] for one in known)
        raise UsageError(f"{os.fspath(path)!r} does not end in a suffix of a drawing, {names}")
    if suffix == ".pdf":
        extra("pypdf")
    return suffix
