"""Opening files that somebody else named: regular ones alone, and no more of them than is wanted."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from itten.errors import ConfigError, IttenError

MOST_BYTES = 1 << 20
"""Largest file of settings that is read."""


@contextmanager
def opened(path: str | os.PathLike[str], error: type[IttenError], what: str = "file") -> Iterator[BinaryIO]:
    """Open a regular file for reading; never wait for a FIFO or a device. ``what`` it should be, in the messages.

    Raises ``error`` where there is none, or it is no regular file or cannot be opened.
    """
    name = repr(os.fspath(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as caught:
        raise error(f"{name} does not exist") from caught
    except (OSError, ValueError) as caught:
        if os.path.isdir(path):  # some systems refuse to open a folder at all
            raise error(f"{name} is a folder, not a {what}") from caught
        too_deep = getattr(caught, "errno", None) == errno.ELOOP
        reason = "its links run in a circle" if too_deep else getattr(caught, "strerror", None) or str(caught)
        raise error(f"{name} cannot be opened ({reason})") from caught
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise error(f"{name} is a folder, not a {what}")
        if not stat.S_ISREG(mode):
            raise error(f"{name} is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a file of settings, UTF-8 with or without a mark in front.

    Raises :class:`~itten.errors.ConfigError` where it is no regular file or has more than :data:`MOST_BYTES`, OSError
    and ``UnicodeDecodeError`` where it cannot be read.
    """
    with opened(path, ConfigError) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{os.fspath(path)!r} is no file of settings: it has more than {MOST_BYTES >> 20} MiB")
    return data.decode("utf-8-sig").replace("\r\n", "\n")
