"""Pictures that a command is given: files, ``sample:NAME``, and ``-`` for standard input."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.errors import ImageFileError, ResourceError, UsageError

if TYPE_CHECKING:
    from itten.works.given import Given

MOST_BYTES = 1 << 31
_PIECE = 1 << 20


def pictures(names: Iterable[str | os.PathLike[str]]) -> list[Given]:
    """What is named, in this order; standard input is read to its end.

    Raises :class:`~itten.errors.UsageError` for an unknown sample, or standard input twice or from a terminal;
    :class:`~itten.errors.ImageFileError` for more than 2 GiB from there.
    """
    from itten.works.given import STANDARD, Given

    found = [str(name) for name in names]
    if found.count(STANDARD) > 1:
        raise UsageError("standard input can be read once: '-' is given twice")
    return [Given(name, _spooled()) if name == STANDARD else Given.of(name) for name in found]


def one_picture(name: str | os.PathLike[str] | None) -> Given | None:
    """The same for one name, None for None."""
    return None if name is None else pictures([name])[0]


def _spooled() -> Path:
    """A file of what comes from standard input, which goes when the process ends."""
    stream: Any = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise UsageError("standard input is closed: there is no picture to read from '-'")
    if sys.stdin.isatty():
        raise UsageError("a picture is expected on standard input, which is a terminal")
    try:
        folder = Path(tempfile.mkdtemp(prefix="itten-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = folder / "standard input"
        taken = 0
        with path.open("wb") as file:
            while piece := stream.read(_PIECE):
                taken += len(piece)
                if taken > MOST_BYTES:
                    raise ImageFileError("standard input is too large: over 2 GiB")
                file.write(piece)
    except OSError as error:
        if isinstance(error, ImageFileError):
            raise
        raise ResourceError(f"standard input cannot be kept in {tempfile.gettempdir()!r} ({error.strerror})") from error
    return path
