"""Opening files that somebody else named: regular ones alone, and no more of them than is wanted."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

MOST_BYTES = 1 << 20
"""Largest file of settings that is read."""


class Refused(OSError):
    """What is wrong with a file, as a predicate in ``strerror``."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, reason)


class _Bounded(io.BufferedReader):
    """A file that is never asked for more than it has: lengths in hostile files are, and Python reserves them."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(io.FileIO(descriptor, closefd=False))
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > io.DEFAULT_BUFFER_SIZE:
            size = min(size, max(self._size - self.tell(), 0) + 1)
        return super().read(size)


@contextmanager
def opened(path: str | os.PathLike[str], what: str = "file") -> Iterator[BinaryIO]:
    """Open a regular file for reading; never wait for a FIFO or a device. ``what`` it should be, for messages.

    Raises OSError where the system does, and :class:`Refused` where it is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(descriptor)
        mode = status.st_mode
        if stat.S_ISDIR(mode):
            raise Refused(f"is a folder, not a {what}")
        if not stat.S_ISREG(mode):
            raise Refused("is not a regular file")
        with _Bounded(descriptor, status.st_size) as file:
            yield file
    finally:
        os.close(descriptor)


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a file of settings, UTF-8 with or without a mark in front.

    Raises OSError, :class:`Refused` among them where it is no regular file or has more than :data:`MOST_BYTES`, and
    ``UnicodeDecodeError``.
    """
    with opened(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"it has more than {MOST_BYTES >> 20} MiB, which are no settings")
    return data.decode("utf-8-sig").replace("\r\n", "\n")
