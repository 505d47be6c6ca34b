"""The one place where numba compiles: cached where a cache can be written, else uncached with a warning."""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import numba

log = logging.getLogger("itten")

# OpenMP's threads spin at barriers and starve whoever shares the cores, themselves included: with one neighbour a
# spectrum takes twice as long. OMP_WAIT_POLICY=PASSIVE would help, but only if it is set before torch loads the
# library. The workqueue layer's threads sleep; the environment's own choice stands.
if getattr(numba.config, "THREADING_LAYER", "") == "default" and "OMP_WAIT_POLICY" not in os.environ:
    numba.config.THREADING_LAYER = "workqueue"  # type: ignore[attr-defined]

# numba's workqueue layer aborts the process when two Python threads enter parallel kernels at once: every
# launch holds this lock.
parallel_region = threading.Lock()

# Sums may be regrouped into vector lanes and multiply-adds fused; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}


def kernel(
    function: Callable[..., Any] | None = None, *, parallel: bool = False, inline: bool = False, fast: bool = True
) -> Any:
    """Compile at the first call. The result depends on the input alone, not on the number of threads.

    ``fast=False`` keeps every sum in the order in which it is written, as explicit vector code wants it.
    """

    def wrap(target: Callable[..., Any]) -> Any:
        options: dict[str, Any] = {"fastmath": _FAST if fast else False, "nogil": True, "error_model": "numpy"}
        if parallel:
            options["parallel"] = True
        if inline:
            options["inline"] = "always"
        try:
            compiled = numba.njit(cache=True, **options)(target)
        except RuntimeError as error:
            log.warning("kernel %s runs uncached: %s", target.__name__, error)
            compiled = numba.njit(**options)(target)
        return _alone(compiled, target) if parallel else compiled

    return wrap if function is None else wrap(function)


def _alone(compiled: Callable[..., Any], target: Callable[..., Any]) -> Callable[..., Any]:
    """``compiled``, one launch at a time. Compiled code cannot call it: parallel kernels are called from Python."""

    @functools.wraps(target)
    def launch(*arguments: Any) -> Any:
        with parallel_region:
            return compiled(*arguments)

    return launch
