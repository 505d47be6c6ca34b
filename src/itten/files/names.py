"""What can be known about a name before a file is written there, so that hours of work do not end at it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from itten.errors import InputError, ResourceError, UsageError

_EFFECTIVE = os.access in os.supports_effective_ids


def as_path(value: Any, name: str = "path") -> Path:
    """A ``str`` or path as a Path. Raises :class:`~itten.errors.InputError`, by the argument's ``name``, for others."""
    if isinstance(value, str | os.PathLike) and isinstance(os.fspath(value), str):
        return Path(value)
    raise InputError(f"{name} is a {type(value).__name__}; a str or a path is needed")


def shown(text: str) -> str:
    """``text`` with everything that is not printable escaped: file names may hold line ends, control codes, bytes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def check_place(path: Path, overwrite: bool = False) -> None:
    """Find out what would keep a file from being written at ``path``. A folder that is missing is made later.

    Raises :class:`~itten.errors.UsageError` for ``-``, a name that is too long, a folder that is a file, and what is
    there and no regular file; :class:`~itten.errors.ResourceError` for a folder where nothing may be written and, with
    ``overwrite``, for a file that may not be.
    """
    name = str(path)
    if name == "-":
        raise UsageError("standard output is not supported: give the name of a file")
    home = Path(os.path.realpath(path)) if overwrite else path
    try:
        there = os.stat(path)
    except OSError:  # nothing is there, or nobody may look: what follows says it
        there = None
    if there is not None and stat.S_ISDIR(there.st_mode):
        raise UsageError(f"{name!r} is a folder and cannot be replaced by a file")
    # Below /dev and /proc names are of what is open, if that is a file, too.
    system = Path(os.path.abspath(path)).parts[1:2] in (("dev",), ("proc",)) and not name.startswith("/dev/shm/")
    if system or (there is not None and not stat.S_ISREG(there.st_mode)):
        raise UsageError(f"{name!r} is not a regular file; devices and standard output are not supported")
    check_folder(home.parent)
    _check_length(home)
    if overwrite and there is not None:
        check_writable(home, there, name)


def check_folder(folder: Path) -> None:
    """Whether files can be made in a folder, which may be missing. Raises as :func:`check_place` does."""
    for one in (folder, *folder.parents):
        if os.path.isdir(one):
            if not _allowed(one, os.W_OK | os.X_OK):
                raise ResourceError(f"cannot write to the folder {str(folder)!r} (no permission in {str(one)!r})")
            return
        if os.path.lexists(one):
            raise UsageError(f"{str(one)!r} is a file, not a folder")


def check_writable(path: Path, status: os.stat_result, name: str) -> None:
    """Raise :class:`~itten.errors.ResourceError` for a file that has been made read-only, also before its owner and
    root, who could replace it all the same. ``name`` is what it is called."""
    if not status.st_mode & 0o222 or not _allowed(path, os.W_OK):
        raise ResourceError(f"{name!r} is read-only and is not replaced: make it writable, or give another name")


def same_file(one: Path, other: Path) -> bool:
    """Whether two names are of one file, links followed."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def _allowed(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=_EFFECTIVE)


def _check_length(path: Path) -> None:
    """Of every part of the name that is still to be made, and of all of it."""
    known = path
    parts = []
    while not os.path.isdir(known) and known != known.parent:
        parts.append(known.name)
        known = known.parent
    for part in parts:
        if (length := len(os.fsencode(part))) > (most := _limit(known, "PC_NAME_MAX", 255)):
            raise UsageError(f"the name {part!r} is too long: {length} bytes, of which {most} fit")
    if (length := len(os.fsencode(os.path.abspath(path))) + 1) > (most := _limit(known, "PC_PATH_MAX", 4096)):
        raise UsageError(f"the path {str(path)!r} is too long: {length} bytes, of which {most} fit")


def _limit(folder: Path, name: str, usual: int) -> int:
    try:
        most = os.pathconf(folder, name)
    except (OSError, ValueError, AttributeError):
        return usual
    return most if most > 0 else usual
