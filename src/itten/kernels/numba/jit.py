"""The one place where numba compiles: a kernel is plain code for one thread, and may be shared by several."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
from numba import types

from itten.kernels.numba.cache import cached
from itten.kernels.numba.team import share

# Sums may be regrouped into vector lanes and multiply-adds fused; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}


@dataclass(frozen=True)
class Declared:
    """A kernel that Python calls, and the types of its arguments."""

    name: str
    compiled: Any
    types: str

    def compile(self) -> None:
        """Compile it now, or take it from the cache."""
        self.compiled.compile(signature(self.types))


# In the order of their definitions; filled as modules are imported.
declared: list[Declared] = []


def kernel(
    arguments: str | Callable[..., Any] | None = None,
    *,
    shared: bool = False,
    inner: bool = False,
    inline: bool = False,
    forced: bool = False,
    fast: bool = True,
) -> Any:
    """Compile at the first call, and keep the result (:mod:`itten.kernels.numba.cache`).

    ``arguments`` are the types that the kernel is called with (see :func:`signature`), so that it can be compiled
    before. A ``shared`` kernel takes a range ``first, last`` as its first two arguments and does that part of the work,
    each number of the range by itself: the range is cut and handed to several threads
    (:mod:`itten.kernels.numba.team`), and the result does not depend on how. Its attribute ``alone`` runs it on the
    caller's thread. An ``inner`` one is called by kernels only. A ``forced`` one becomes part of the machine code of
    those that call it; ``inline`` does that before types are known. ``fast=False`` keeps every sum in the order in
    which it is written, as explicit vector code wants it.
    """

    def wrap(target: Callable[..., Any]) -> Any:
        # Wrappers for Python and C take as long to compile as a small kernel.
        options: dict[str, Any] = {"fastmath": _FAST if fast else False, "nogil": True, "error_model": "numpy"}
        options["no_cfunc_wrapper"] = True
        if inner or inline or forced:
            options["no_cpython_wrapper"] = True
        if inline:
            options["inline"] = "always"
        if forced:
            options["forceinline"] = True
        compiled = numba.njit(**options)(target)
        if not (inner or inline or forced):  # those are in the code of their callers
            compiled = cached(compiled)
        if isinstance(arguments, str):
            declared.append(Declared(f"{target.__module__.rpartition('.')[2]}.{target.__name__}", compiled, arguments))
        return _shared(compiled, target) if shared else compiled

    return wrap(arguments) if callable(arguments) else wrap


def _shared(compiled: Callable[..., Any], target: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(target)
    def launch(first: int, last: int, *arguments: Any) -> None:
        share(compiled, first, last, arguments)

    launch.alone = compiled  # type: ignore[attr-defined]
    return launch


_SCALARS: dict[str, Any] = {
    "i8": types.int64,
    "i4": types.int32,
    "u1": types.uint8,
    "f8": types.float64,
    "f4": types.float32,
    "b1": types.boolean,
}


def signature(text: str) -> tuple[types.Type, ...]:
    """``"i8 f4[2] i8[1]r (f8,i8)"`` as numba's types: scalars, C-ordered arrays, read-only ones, tuples."""
    return tuple(_type(word) for word in text.split())


def _type(word: str) -> types.Type:
    if word.startswith("("):
        return types.Tuple([_type(part) for part in word[1:-1].split(",")])
    scalar, dimensions, readonly = re.fullmatch(r"(\w\d)(?:\[(\d)\](r?))?", word).groups()  # type: ignore[union-attr]
    if dimensions is None:
        return _SCALARS[scalar]
    return types.Array(_SCALARS[scalar], int(dimensions), "C", readonly=bool(readonly))
