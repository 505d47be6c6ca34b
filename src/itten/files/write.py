"""Writing files so that nothing is lost: atomic, complete or absent, never over a file unasked."""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from itten.errors import ResourceError, UsageError
from itten.files.names import check_writable

_CHUNK = 1 << 20
# What file systems without hard links (FAT, some network and container mounts) answer to link().
_NO_LINKS = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL}
)
_TEMPORARY = re.compile(r"\.itten-[0-9a-f]{16}\.part")
# After so many seconds a temporary file is one that a killed process left.
_ABANDONED_S = 3600.0

_log = logging.getLogger("itten")


def write_bytes_atomic(data: bytes, path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Write ``data`` to ``path`` completely or not at all, and return the path really written.

    With ``overwrite`` the old file is replaced in one step (a symbolic link stays a link, and its target
    is replaced) and keeps its permissions; one that is read-only is not replaced. Without it, a name that is taken is
    left alone, also when another writer takes it at the same moment, and the data goes to ``timestamped(path)``.
    Missing folders are made. What processes that were killed left in the folder is removed after an hour.

    Raises :class:`~itten.errors.ResourceError` when the system refuses (disk full, no permission, I/O
    error), :class:`~itten.errors.UsageError` when ``path`` is a folder or a device and should be replaced.
    """
    asked = Path(path)
    try:
        home = Path(os.path.realpath(asked)) if overwrite else asked
        old = _replaceable(home, asked) if overwrite else None
        home.parent.mkdir(parents=True, exist_ok=True)
        _sweep(home.parent)
        temporary = home.parent / f".itten-{secrets.token_hex(8)}.part"
        try:
            _store(data, temporary, old)
            if overwrite:
                os.replace(temporary, home)
                written = asked
            else:
                written = _publish(temporary, asked)
        except BaseException:
            with suppress(OSError):  # the first error is the one to tell
                temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ResourceError(f"cannot write {str(asked)!r} ({error.strerror or error})") from error
    # The file is there, whole, whatever happens from here on.
    _finish(temporary, written, home.parent)
    return written


def timestamped(path: str | os.PathLike[str]) -> Path:
    """Return ``path`` with the local time in its name: ``stem_YYYYmmdd-HHMMSS-ffffff.suffix``."""
    plain = Path(path)
    return plain.with_name(f"{plain.stem}_{datetime.now():%Y%m%d-%H%M%S-%f}{plain.suffix}")


def _replaceable(home: Path, asked: Path) -> os.stat_result | None:
    """What is to be replaced, None if nothing is there."""
    try:
        old = os.stat(home)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(old.st_mode):
        raise UsageError(f"{str(asked)!r} is a folder and cannot be replaced by a file")
    if not stat.S_ISREG(old.st_mode):
        raise UsageError(f"{str(asked)!r} is not a regular file and cannot be replaced by one")
    check_writable(home, old, str(asked))
    return old


def _store(data: bytes, path: Path, old: os.stat_result | None) -> None:
    """A new file with the permissions of the ``old`` one, and never more than these."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666 if old is None else 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest[:_CHUNK]) :]
        if old is not None and hasattr(os, "fchmod"):
            with suppress(OSError):  # somebody else's file, or a file system without owners
                if (old.st_uid, old.st_gid) != (os.geteuid(), os.fstat(descriptor).st_gid):
                    os.fchown(descriptor, old.st_uid, old.st_gid)
            with suppress(OSError):
                os.fchmod(descriptor, old.st_mode & 0o777)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _candidates(path: Path) -> Iterator[Path]:
    yield path
    dated = timestamped(path)
    yield dated
    for count in range(2, 10_000):
        yield dated.with_name(f"{dated.stem}-{count}{dated.suffix}")


def _publish(temporary: Path, path: Path) -> Path:
    """Give the finished file the first free name. A link, unlike a rename, fails where the name is taken."""
    for candidate in _candidates(path):
        try:
            os.link(temporary, candidate)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if not _claim(temporary, candidate):
                continue
        return candidate
    raise FileExistsError(errno.EEXIST, "no free name was found")


def _claim(temporary: Path, candidate: Path) -> bool:
    """Without hard links: take the name with an empty file that must be new, then move the full one there."""
    try:
        descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    try:
        os.close(descriptor)
        os.replace(temporary, candidate)
    except BaseException:
        with suppress(OSError):  # the first error is the one to tell
            candidate.unlink(missing_ok=True)
        raise
    return True


def _finish(temporary: Path, written: Path, folder: Path) -> None:
    """Remove the temporary name, and have the folder on disk. No failure here is one of writing."""
    try:
        for attempt in (1, 2):
            try:
                temporary.unlink(missing_ok=True)
                break
            except OSError as error:
                if attempt == 2:
                    told = "%s is written and whole, but %s beside it cannot be removed (%s)"
                    _log.warning(told, written, temporary.name, error.strerror or error)
        _sync_folder(folder)
    except OSError as error:
        _log.info("the folder of %s cannot be synchronised (%s)", written, error.strerror or error)


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders; the file itself is on disk already
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove one's own temporary files that nobody has touched for an hour."""
    user = os.geteuid() if hasattr(os, "geteuid") else None
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _TEMPORARY.fullmatch(entry.name) is None:
                continue
            with suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                own = stat.S_ISREG(found.st_mode) and user in (None, found.st_uid)
                if own and time.time() - found.st_mtime > _ABANDONED_S:
                    os.unlink(entry.path)
