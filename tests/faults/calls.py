"""System calls that fail: the k-th one of a name, once or from then on, or all of them as a file system would."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

CALLS = ("open", "write", "fsync", "link", "replace", "close", "unlink")
ERRORS = (*(errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EMFILE, errno.EPERM),)
NAMES = [errno.errorcode[code] for code in ERRORS]


@dataclass
class Failing:
    """Lets calls to ``os.<name>`` number ``at``, counted from 1, fail with ``code``; with ``always`` also later ones.
    Only those count that are about files below ``folder``, if it is given. ``calls``: how many there were; ``failed``:
    how many of them failed."""

    name: str
    at: int
    code: int
    always: bool = False
    folder: Path | None = None
    calls: int = 0
    failed: int = 0

    @property
    def reached(self) -> bool:
        return self.failed > 0

    def _concerned(self, about: int | str | os.PathLike[str]) -> bool:
        if self.folder is None:
            return True
        path = os.readlink(f"/proc/self/fd/{about}") if isinstance(about, int) else os.path.abspath(about)
        return Path(path).is_relative_to(self.folder)

    def __call__(self, *arguments: Any, **more: Any) -> Any:
        if not self._concerned(arguments[0]):
            return self.real(*arguments, **more)
        self.calls += 1
        if self.calls < self.at or (self.calls > self.at and not self.always):
            return self.real(*arguments, **more)
        self.failed += 1
        if self.name == "close":  # the descriptor is gone whatever close says
            self.real(*arguments, **more)
        raise OSError(self.code, os.strerror(self.code), *arguments[:1] if self.name != "close" else ())

    @contextmanager
    def installed(self) -> Iterator[Failing]:
        """Within this, ``os`` has them."""
        self.real = getattr(os, self.name)
        with mock.patch.object(os, self.name, self):
            yield self


@contextmanager
def without_links() -> Iterator[None]:
    """A file system that knows no hard links."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    with mock.patch.object(os, "link", refuse):
        yield


@contextmanager
def short_writes(most: int) -> Iterator[None]:
    """A system that takes no more than so many bytes at a time."""
    real = os.write
    with mock.patch.object(os, "write", lambda descriptor, data: real(descriptor, bytes(data[:most]))):
        yield


@contextmanager
def conditions(links: bool, most: int | None = None) -> Iterator[None]:
    """Both of the above, where they are asked for."""
    with ExitStack() as stack:
        if not links:
            stack.enter_context(without_links())
        if most is not None:
            stack.enter_context(short_writes(most))
        yield


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, temporary ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
