"""Names of files: checked before the work starts, printed so that no name can do harm in a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from itten.cli.streams import notice, say, shown
from itten.errors import UsageError
from itten.files import check_folder, check_place, same_file, timestamped

# What write_image can write, and which of these hold an alpha channel. A test keeps them in step.
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".jxl")
WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".avif", ".jxl")


def is_standard(name: Path | None) -> bool:
    """Whether a name is ``-``, standard output."""
    return name is not None and str(name) == "-"


def picture_name(asked: Path | None, default: str) -> Path:
    """The name to write a picture to.

    Without ``asked``: ``default`` with the time in it, in the working folder. A folder: the same name in
    there. No suffix: ``.png`` is added.
    """
    if asked is None or os.path.isdir(asked):
        return (asked or Path()) / timestamped(default)
    return asked if asked.suffix else asked.with_name(asked.name + ".png")


def check_name(asked: Path | None, overwrite: bool = False) -> None:
    """Find a mistake in the name of a picture now and not after minutes of work, nor after imports.

    Raises :class:`~itten.errors.UsageError` for an unknown suffix, and as :func:`check_file` does.
    """
    if asked is None or (os.path.isdir(asked) and str(asked) != "-"):
        check_folder(asked or Path())
        return
    if not asked.suffix:
        check_place(asked)
    elif asked.suffix.lower() not in SUFFIXES:
        known = ", ".join(suffix[1:] for suffix in SUFFIXES)
        raise UsageError(f"{str(asked)!r} ends in no known picture suffix; known are {known}")
    check_file(picture_name(asked, ""), overwrite)


def check_file(name: Path, overwrite: bool) -> None:
    """Whether a file can be written there, or to the name with the time in it, where this one is taken.

    Raises :class:`~itten.errors.UsageError` and :class:`~itten.errors.ResourceError` as
    :func:`itten.files.check_place` does.
    """
    check_place(name, overwrite)
    if not overwrite and os.path.lexists(name):
        check_place(timestamped(name))


def check_pictures(names: Iterable[Path], read: Iterable[Path], overwrite: bool) -> None:
    """Check names that follow from others, such as those of the passes: none may replace a file that is ``read``."""
    for name in names:
        check_file(name, overwrite)
        if overwrite and os.path.lexists(name) and any(same_file(name, one) for one in read):
            raise UsageError(f"{str(name)!r} would be replaced, which is read: give another name to write to")


def after_pass(name: Path, number: int) -> Path:
    """The name for what there is after pass ``number``, counted from 1."""
    return name.with_name(f"{name.stem}_pass{number}{name.suffix}")


def tell(written: Path, asked: Path, err: bool = False, only_where: bool = False) -> None:
    """Print the name of a file just written; say so where it is not the one that was asked for, or ``only_where`` it is
    not."""
    if written != asked:
        notice(f"itten: {asked} exists, so this went to {written}")
    if only_where:
        return
    say(shown(os.fspath(written)), err=err)
