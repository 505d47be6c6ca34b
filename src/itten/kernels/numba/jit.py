"""The one place where numba compiles: cached where a cache can be written, else uncached with a warning."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import numba

log = logging.getLogger("itten")

# numba's workqueue layer aborts the process when two Python threads enter parallel kernels at once.
parallel_region = threading.Lock()

# Sums may be regrouped into vector lanes and multiply-adds fused; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}


def kernel(function: Callable[..., Any] | None = None, *, parallel: bool = False, inline: bool = False) -> Any:
    """Compile at the first call. The result depends on the input alone, not on the number of threads."""

    def wrap(target: Callable[..., Any]) -> Any:
        options: dict[str, Any] = {"fastmath": _FAST, "nogil": True, "error_model": "numpy"}
        if parallel:
            options["parallel"] = True
        if inline:
            options["inline"] = "always"
        try:
            return numba.njit(cache=True, **options)(target)
        except RuntimeError as error:
            log.warning("kernel %s runs uncached: %s", target.__name__, error)
            return numba.njit(**options)(target)

    return wrap if function is None else wrap(function)
