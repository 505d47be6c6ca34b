"""Threads that share the rows of a kernel and sleep in between.

numba's own layers and OpenMP let threads spin at barriers: as soon as somebody else wants the cores, a spinning thread
holds one that the other half of the work needs, and two threads take several times as long as one. Here the thread
that calls works, too, takes one piece after the other, and waits for nobody who has not begun: what a neighbour holds
up is one piece. Kernels release the GIL. Any number of threads may call at once, and a fork starts a team of its own.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
from llvmlite.binding import ffi  # type: ignore[import-untyped]
from numba.core.compiler_lock import global_compiler_lock

from itten.errors import ResourceError
from itten.kernels.fork import hold

# Pieces a thread: more even out what takes longer, and cost some ten microseconds each.
PIECES = 4


def _default() -> int:
    """``ITTEN_NUM_THREADS``; else as many as numba would take, or ``OMP_NUM_THREADS`` if that is less."""

    def number(name: str) -> int:
        asked = os.environ.get(name, "").split(",")[0].strip()
        return int(asked) if asked.isdecimal() else 0

    known: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    return number("ITTEN_NUM_THREADS") or min(known, number("OMP_NUM_THREADS") or known)


class _Work:
    """One call, shared: pieces are handed out in order, by whoever comes next."""

    def __init__(self, run: Callable[..., Any], first: int, last: int, pieces: int, arguments: tuple[Any, ...]) -> None:
        self.run, self.arguments = run, arguments
        self.first, self.length, self.pieces = first, last - first, pieces
        self.next = itertools.count()
        self.lock, self.done = threading.Lock(), threading.Lock()
        self.done.acquire()
        self.active, self.closed = 0, False
        self.error: BaseException | None = None

    def pieces_left(self) -> None:
        while (piece := next(self.next)) < self.pieces:
            begin = self.first + piece * self.length // self.pieces
            end = self.first + (piece + 1) * self.length // self.pieces
            self.run(begin, end, *self.arguments)

    def help(self) -> None:
        """What a thread of the team does; nothing if all has been handed out."""
        with self.lock:
            if self.closed:
                return
            self.active += 1
        try:
            self.pieces_left()
        except BaseException as error:  # the caller raises it
            self.error = error
        with self.lock:
            self.active -= 1
            if self.closed and self.active == 0:
                self.done.release()

    def finish(self) -> None:
        """What the caller does."""
        try:
            self.pieces_left()
        finally:
            with self.lock:
                self.closed = True
                waiting = self.active > 0
            if waiting:
                self.done.acquire()
        if self.error is not None:
            raise self.error


class _Team:
    def __init__(self) -> None:
        self.size = _default()
        self.started = 0
        self.lock = threading.Lock()
        self.works: queue.SimpleQueue[_Work] = queue.SimpleQueue()

    def call(self, work: _Work, helpers: int) -> None:
        if self.started < helpers:
            with self.lock:
                while self.started < helpers:
                    threading.Thread(target=_helper, args=(self.works,), name="itten", daemon=True).start()
                    self.started += 1
        for _ in range(helpers):
            self.works.put(work)
        work.finish()


def _helper(works: queue.SimpleQueue[_Work]) -> None:
    while True:
        works.get().help()


_team = _Team()


def _fresh() -> None:
    global _team
    size = _team.size
    _team = _Team()
    _team.size = size


if hasattr(os, "register_at_fork"):  # a child has none of the threads, and perhaps their locks
    os.register_at_fork(after_in_child=_fresh)


class _Taken:
    """The compiler's lock in a child whose parent was compiling, in another thread, and did not come to an end."""

    def acquire(self) -> None:
        raise ResourceError(
            "another thread was compiling kernels when this process was forked: run `itten warmup` before, or spawn"
        )

    def release(self) -> None:
        """Nobody has it."""


def _taken() -> None:
    global_compiler_lock._lock = _Taken()


hold(global_compiler_lock._lock, _taken)
hold(ffi.lib._lock._lock)


def share(run: Callable[..., Any], first: int, last: int, arguments: tuple[Any, ...]) -> None:
    """``run(begin, end, *arguments)`` for pieces of ``first … last``, on all threads of the team."""
    team = _team
    pieces = min(last - first, PIECES * team.size)
    if team.size == 1 or pieces <= 1:
        if last > first:
            run(first, last, *arguments)
        return
    team.call(_Work(run, first, last, pieces, arguments), min(team.size, pieces) - 1)


def threads() -> int:
    """How many threads work, the caller's own among them."""
    return _team.size


@contextmanager
def limited(count: int) -> Iterator[None]:
    """``count`` threads inside, in the whole process."""
    before, _team.size = _team.size, count
    try:
        yield
    finally:
        _team.size = before
