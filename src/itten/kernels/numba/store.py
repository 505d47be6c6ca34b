"""Files that say of themselves whether they are whole: a digest, and what it is of.

What is kept here is run as machine code, and LLVM ends the process at the sight of some damages: nothing is handed on
that is not what was written.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

HEAD = b"itten kernel\n"
DIGEST = 32
# What is being written, and how long nobody writes: what is older was left by a process that died.
PART = ".part"
LEFT_SECONDS = 60


class DamagedError(Exception):
    """A file holds something else than what was written."""


def load(path: Path) -> bytes | None:
    """What was kept there; None if nothing was. Raises OSError or :class:`DamagedError`."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # no waiting at a pipe
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DamagedError("not a file")
        with open(handle, "rb", closefd=False) as file:
            data = file.read()
    finally:
        os.close(handle)
    start = len(HEAD) + DIGEST
    if len(data) < start or not data.startswith(HEAD):
        raise DamagedError("empty, cut off or of another kind")
    if hashlib.sha256(memoryview(data)[start:]).digest() != data[len(HEAD) : start]:
        raise DamagedError("other contents than were written")
    return data[start:]


def keep(path: Path, data: bytes) -> None:
    """Write it there, whole or not at all, whoever else does the same. Raises OSError."""
    replace(path, HEAD + hashlib.sha256(data).digest() + data)


def replace(path: Path, data: bytes) -> None:
    """``data`` as it is in the place of what is there."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}{PART}")
    try:
        with open(part, "xb") as file:
            file.write(data)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def discard(path: Path) -> None:
    """Make room for a better one. A folder that holds something is somebody's and stays. Raises OSError."""
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def sweep(folder: Path) -> None:
    """Remove what writers that died have left."""
    with suppress(OSError), os.scandir(folder) as entries:
        for one in entries:
            if one.name.endswith(PART) and time.time() - one.stat(follow_symlinks=False).st_mtime > LEFT_SECONDS:
                os.unlink(one.path)
