"""Ctrl-C and SIGTERM: the first one lets the command clean up, as an exception; a second one right after it is no news,
and one that comes later ends the process at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143
# What a terminal, a shell and an impatient hand send within so many seconds is one request.
_SAME_S = 1.0
# So long may cleaning up take.
_PATIENCE_S = 10.0
_ALARM = getattr(signal, "SIGALRM", None)


class Terminated(SystemExit):
    """SIGTERM has come."""

    def __init__(self) -> None:
        super().__init__(TERMINATED)


class Handler:
    """What both signals are answered with; ``heard``: when the first one came, None if none has, and the ``code`` that
    it ends the process with."""

    def __init__(self) -> None:
        self.heard: float | None = None
        self.code = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if number == _ALARM:  # somebody has swallowed the exception, or waits for what will not come
            _leave(self.code)
        now, code = time.monotonic(), INTERRUPTED if number == signal.SIGINT else TERMINATED
        if self.heard is not None:
            if now - self.heard > _SAME_S:
                _leave(code)
            return
        self.heard, self.code = now, code
        _alarm(_PATIENCE_S)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Terminated


def _leave(code: int) -> None:
    """End the process as it is, with a word."""
    with suppress(OSError):
        os.write(2, f"itten: {word(code)}\n".encode())
    os._exit(code)


def word(code: int) -> str:
    """What is said of an end with this exit code."""
    return "interrupted" if code == INTERRUPTED else "terminated"


@contextmanager
def listening() -> Iterator[Handler]:
    """Handle both signals. One that the parent process wants ignored stays so."""
    handler, before = Handler(), {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, *([] if _ALARM is None else [_ALARM])):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    try:
        yield handler
    finally:
        if handler.heard is not None:
            _alarm(0)
        for number, old in before.items():
            signal.signal(number, old)


def _alarm(seconds: float) -> None:
    if _ALARM is not None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
