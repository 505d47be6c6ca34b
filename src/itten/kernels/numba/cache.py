"""Compiled kernels on disk, in the folder of :mod:`itten.kernels.numba.folder`.

numba itself asks whether the file of a function changed, but a kernel holds the code of others: here any change of any
kernel's source is another folder.
"""

from __future__ import annotations

import functools
import logging
import sys
from pathlib import Path
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.runtime import rtsys

from itten.kernels.numba.folder import folder, source_stamp, usable

log = logging.getLogger("itten")


class _Locator:
    """What numba asks about a function's place."""

    def __init__(self, function: Any) -> None:
        self._line = function.__code__.co_firstlineno

    def ensure_cache_path(self) -> None:
        """Nothing to do: the folder was made when the first kernel was."""

    def get_cache_path(self) -> str:
        return str(folder())

    def get_source_stamp(self) -> str:
        return source_stamp()

    def get_disambiguator(self) -> str:
        return str(self._line)


class _Entries(CompileResultCacheImpl):
    def __init__(self, function: Any) -> None:  # numba's own looks for a place among its locators
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator(function)
        name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class KernelCache(FunctionCache):
    """A kernel's compiled code on disk. What cannot be read is compiled anew, and what cannot be written is not."""

    _impl_class = _Entries

    def load_overload(self, signature: Any, context: Any) -> Any:
        try:
            if Path(self._cache_file._index_path).exists():
                # numba's own would first import what compiling needs and running does not, for a tenth of a second.
                rtsys.initialize(context)
                found = self._load_overload(signature, context)
            else:
                found = None
        except Exception as error:  # numba lets through whatever a damaged file provokes
            log.warning("a compiled kernel in %s is damaged and made anew (%s)", folder(), type(error).__name__)
            try:
                Path(self._cache_file._index_path).unlink(missing_ok=True)
            except OSError as error:
                _stop_writing(str(error))
            found = None
        if found is None:
            _announce()
        return found

    def save_overload(self, signature: Any, data: Any) -> None:
        if not usable()[1]:
            return
        try:
            super().save_overload(signature, data)
        except OSError as error:
            _stop_writing(str(error))


@functools.cache
def _announce() -> None:
    log.info("kernels are being compiled, once: `itten warmup` does that on purpose")


@functools.cache
def _stop_writing(reason: str) -> None:
    log.warning("a compiled kernel cannot be kept in %s: %s", folder(), reason)


def cached(dispatcher: Any) -> Any:
    """``dispatcher`` with its compiled code in the folder, if there can be one."""
    if usable()[0]:
        dispatcher._cache = KernelCache(dispatcher.py_func)
    return dispatcher
