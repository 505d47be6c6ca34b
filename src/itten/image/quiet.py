"""Keeping quiet what decoders say by themselves: warnings, remarks, and libtiff's own lines on standard error."""

from __future__ import annotations

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from PIL import Image

from itten.kernels.fork import hold

_SETTERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")

_lock = threading.Lock()
hold(_lock)
_users = 0
_filters: warnings.catch_warnings[None] | None = None
_handlers: list[Any] = []


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Silence Pillow's warnings and libtiff while any thread decodes.

    Both are kept in one place for all threads, and two that leave in the wrong order would leave it changed for good;
    so the first one in saves and the last one out restores. What goes wrong is still raised.
    """
    global _users, _filters
    with _lock:
        if _users == 0:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            hush("PIL")
            warnings.filterwarnings("ignore", module=r"PIL\.")
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            _handlers[:] = [setter(None) for setter in _setters()]
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and _filters is not None:
                for setter, handler in zip(_setters(), _handlers, strict=True):
                    setter(handler)
                _filters.__exit__(None, None, None)
                _filters = None


def hush(name: str) -> None:
    """Keep a library's remarks from standard error, where Python puts what no handler takes."""
    if not (log := logging.getLogger(name)).handlers:
        log.addHandler(logging.NullHandler())


@cache
def _setters() -> tuple[Any, ...]:
    """The functions of the libtiff that Pillow is linked with, which take a handler and return the one before; none
    where it cannot be reached."""
    try:
        library = ctypes.CDLL(Image.core.__file__)
        found = tuple(getattr(library, name) for name in _SETTERS)
    except (AttributeError, OSError, TypeError):
        return ()
    for setter in found:
        setter.restype, setter.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    return found
