"""Compiled kernels on disk, in the folder of :mod:`itten.kernels.numba.folder`, a file for each.

numba itself asks whether the file of a function changed, but a kernel holds the code of others: here any change of any
kernel's source is another folder. It keeps a list of a kernel's files, too, which two processes may write at once, and
believes what it reads.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import pickle
from pathlib import Path
from typing import Any

import llvmlite  # type: ignore[import-untyped]
import numba
from numba.core.caching import Cache
from numba.core.compiler import CompileResult
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from itten.kernels.numba import store
from itten.kernels.numba.folder import folder, trouble, usable

log = logging.getLogger("itten")


class KernelCache(Cache):
    """A kernel's compiled code on disk. What cannot be read is compiled anew, and what cannot be written is not."""

    def __init__(self, function: Any) -> None:  # numba's own looks for a place among its locators
        self._name, self._py_func = repr(function), function
        self._cache_path = str(folder())
        name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}".translate({60: None, 62: None})
        self._stem = f"{name}-{function.__code__.co_firstlineno}"
        self.enable()

    def flush(self) -> None:
        """Nothing is held back."""

    def _place(self, signature: Any, codegen: Any) -> tuple[Path, Any]:
        """The file, and all that its name is made from, which stands in it, too."""
        key = self._index_key(signature, codegen), numba.__version__, llvmlite.__version__, pickle.HIGHEST_PROTOCOL
        return folder() / f"{self._stem}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.kernel", key

    def load_overload(self, signature: Any, context: Any) -> Any:
        path, key = self._place(signature, context.codegen())
        found = None
        try:
            data = store.load(path)
            if data is not None:
                # numba's own would first import what compiling needs and running does not, for a tenth of a second.
                rtsys.initialize(context)
                known, reduced = pickle.loads(data)
                if known != key:
                    raise store.DamagedError("another kernel's")
                found = CompileResult._rebuild(context, *reduced)
        except Exception as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            trouble.say(f"compiled kernels in {folder()} are damaged and made anew: {path.name} ({reason})")
            try:
                store.discard(path)
            except OSError as left:
                trouble.lose(str(left))
        if found is None:
            _announce()
        return found

    def save_overload(self, signature: Any, data: Any) -> None:
        if trouble.lost or data.library.has_dynamic_globals or any(not one.can_cache for one in data.lifted):
            return
        if not usable()[1]:
            trouble.lose("the folder may not be written to")
            return
        path, key = self._place(signature, data.codegen)
        try:
            store.keep(path, dumps((key, data._reduce())))
        except OSError as error:
            trouble.lose(str(error))


@functools.cache
def _announce() -> None:
    log.info("kernels are being compiled, once: `itten warmup` does that on purpose")


def cached(dispatcher: Any) -> Any:
    """``dispatcher`` with its compiled code in the folder, if there can be one."""
    if usable()[0]:
        dispatcher._cache = KernelCache(dispatcher.py_func)
    return dispatcher
