"""What a forked child finds: it has one thread, and what the others held or had begun stays as it was.

A fork waits, for a limited time, until no other thread holds a lock of ours or is importing what we need, so that its
child finds all of it whole and free. The child's torch works on one thread: OpenMP's others are gone, and GNU's
implementation would wait for them for ever.
"""

from __future__ import annotations

import _imp
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import _bootstrap
from typing import Any

# How long a fork waits, and the packages whose imports it waits for.
SECONDS = 15.0
PACKAGES = {"itten", "numpy", "scipy", "torch", "numba", "llvmlite", "PIL", "pydantic", "threadpoolctl"}
_module_locks: dict[str, Any] = getattr(_bootstrap, "_module_locks", {})


class _Imports:
    """The imports of other threads, as a lock: who has it knows that none is under way, and that none begins."""

    @staticmethod
    def under_way() -> list[str]:
        """Modules that other threads are importing; none where Python keeps no such list."""
        locks = [(name, one()) for name, one in list(_module_locks.items())]
        owners = [(name, getattr(one, "owner", None)) for name, one in locks]
        others = [name for name, owner in owners if owner not in (None, threading.get_ident())]
        return [name for name in others if name.split(".")[0] in PACKAGES]

    def acquire(self, blocking: bool = True, timeout: float = 0.0) -> bool:
        until = time.monotonic() + timeout
        while True:
            _imp.acquire_lock()
            if not self.under_way():
                return True
            _imp.release_lock()
            if not blocking or time.monotonic() > until:
                return False
            time.sleep(0.005)

    def release(self) -> None:
        with suppress(RuntimeError):  # a child may have lost it
            _imp.release_lock()


class _Halted:
    """Finds a module that was half imported when the process was forked, and says so instead of waiting for it."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def find_spec(self, name: str, *_: Any) -> None:
        if name in self.names:
            raise ImportError(f"another thread was importing {name} when this process was forked: fork later, or spawn")


def _halt() -> None:
    names = _Imports.under_way()
    for name in names:
        _module_locks.pop(name, None)
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Halted(names))


class _Fork:
    """All that is held while the process forks."""

    def __init__(self) -> None:
        self.locks: list[tuple[Any, Callable[[], None]]] = [(_Imports(), _halt)]
        self.held = threading.local()  # by this thread: two may fork at once

    def before(self) -> None:
        """Take all locks: who does not get one lets go of the others, waits for that one, and tries again."""
        until = time.monotonic() + SECONDS
        waited: Any = None
        while True:
            got = self.held.got = [] if waited is None else [waited]
            missed: list[Any] = []
            for lock, _ in self.locks:
                if lock is not waited:
                    (got if lock.acquire(blocking=False) else missed).append(lock)
            if not missed or time.monotonic() > until:
                return
            self.held.got = []
            self._release(got)
            waited = missed[0] if missed[0].acquire(timeout=max(until - time.monotonic(), 0.0)) else None

    @staticmethod
    def _release(got: list[Any]) -> None:
        for lock in reversed(got):
            lock.release()

    def parent(self) -> None:
        self._release(self.held.got)

    def child(self) -> None:
        got = self.held.got
        self._release(got)
        for lock, lost in self.locks:
            if not any(lock is one for one in got):
                lost()
        torch = sys.modules.get("torch")
        if torch is not None and hasattr(torch, "set_num_threads"):
            torch.set_num_threads(1)


_fork = _Fork()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_fork.before, after_in_parent=_fork.parent, after_in_child=_fork.child)


def hold(lock: Any, lost: Callable[[], None] | None = None) -> None:
    """Hold ``lock`` while the process forks, so that a child finds it free and what it guards whole. Where somebody
    keeps it for too long, ``lost`` is called in the child; without it the lock is made new there."""
    _fork.locks.append((lock, lost or lock._at_fork_reinit))
