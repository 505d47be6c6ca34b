"""The one place where numba compiles: a kernel is plain code for one thread, and may be shared by several."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import numba

from itten.kernels.numba.team import share

log = logging.getLogger("itten")

# Sums may be regrouped into vector lanes and multiply-adds fused; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}


def kernel(
    function: Callable[..., Any] | None = None,
    *,
    shared: bool = False,
    inline: bool = False,
    forced: bool = False,
    fast: bool = True,
) -> Any:
    """Compile at the first call, cached where a cache can be written, else uncached with a warning.

    A ``shared`` kernel takes a range ``first, last`` as its first two arguments and does that part of the work, each
    number of the range by itself: the range is cut and handed to several threads (:mod:`itten.kernels.numba.team`), and
    the result does not depend on how. Its attribute ``alone`` runs it on the caller's thread. A ``forced`` one becomes
    part of the machine code of those that call it; ``inline`` does that before types are known.
    ``fast=False`` keeps every sum in the order in which it is written, as explicit vector code wants it.
    """

    def wrap(target: Callable[..., Any]) -> Any:
        options: dict[str, Any] = {"fastmath": _FAST if fast else False, "nogil": True, "error_model": "numpy"}
        if inline:
            options["inline"] = "always"
        if forced:
            options["forceinline"] = True
        try:
            compiled = numba.njit(cache=True, **options)(target)
        except RuntimeError as error:
            log.warning("kernel %s runs uncached: %s", target.__name__, error)
            compiled = numba.njit(**options)(target)
        return _shared(compiled, target) if shared else compiled

    return wrap if function is None else wrap(function)


def _shared(compiled: Callable[..., Any], target: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(target)
    def launch(first: int, last: int, *arguments: Any) -> None:
        share(compiled, first, last, arguments)

    launch.alone = compiled  # type: ignore[attr-defined]
    return launch
