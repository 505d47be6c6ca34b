"""Names of files: checked before the work starts, printed so that no name can do harm in a terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from itten.cli.guard import complain, shown
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.image import Picture

# What write_image can write, and which of these hold an alpha channel. A test keeps them in step.
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".jxl")
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".avif", ".jxl")


def picture_name(asked: Path | None, default: str) -> Path:
    """The name to write a picture to.

    Without ``asked``: ``default`` with the time in it, in the working folder. A folder: the same name in
    there. No suffix: ``.png`` is added. Raises as :func:`check_name` does.
    """
    check_name(asked)
    if asked is None or asked.is_dir():
        from itten.image import timestamped

        return (asked or Path()) / timestamped(default)
    return asked if asked.suffix else asked.with_name(asked.name + ".png")


def check_name(asked: Path | None) -> None:
    """Find a mistake in the name of a picture now and not after minutes of work, nor after imports.

    Raises :class:`~itten.errors.UsageError` for an unknown suffix, and where the name's folder is a file.
    """
    if asked is None or asked.is_dir():
        return
    if asked.suffix and asked.suffix.lower() not in SUFFIXES:
        known = ", ".join(suffix[1:] for suffix in SUFFIXES)
        raise UsageError(f"{str(asked)!r} ends in no known picture suffix; known are {known}")
    check_folder(asked.parent)


def check_folder(folder: Path) -> None:
    """Raise :class:`~itten.errors.UsageError` where ``folder`` is a file. A missing folder is made later."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is a file, not a folder")


def after_pass(name: Path, number: int) -> Path:
    """The name for what there is after pass ``number``, counted from 1."""
    return name.with_name(f"{name.stem}_pass{number}{name.suffix}")


def write(picture: Picture, name: Path, overwrite: bool) -> Path:
    """Write a picture, say where, and return that."""
    from itten.image import write_picture

    written = write_picture(picture, name, overwrite)
    tell(written, name)
    return written


def tell(written: Path, asked: Path, err: bool = False) -> None:
    """Print the name of a file just written; say so where it is not the one that was asked for."""
    if written != asked:
        complain(f"itten: {asked} exists, so this went to {written}")
    typer.echo(shown(os.fspath(written)), err=err)
