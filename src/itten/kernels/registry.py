"""Which backend does which operation: one table, one rule for choosing, modules imported when needed.

An explicit request that cannot be met is an error. Left to itself (``auto``) the choice follows the
device: the compiled kernels on the CPU, torch anywhere else, and a fallback is logged.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

from itten.errors import BackendError

log = logging.getLogger("itten")

# operation -> backend -> module under itten.kernels; the function has the operation's name.
_TABLE: dict[str, dict[str, str]] = {
    "edge_weights": {"numba": "numba.edges", "torch": "torch.edges", "reference": "reference.edges"},
    "laplacian_apply": {"numba": "numba.edges", "torch": "torch.edges", "reference": "reference.edges"},
    "lanczos_tiles": {"numba": "numba.lanczos", "torch": "torch.lanczos", "reference": "reference.lanczos"},
    "label_components": {
        "numba": "numba.labels",
        "torch": "torch.components",
        "reference": "reference.components",
    },
    "shape_numbers": {"numba": "numba.shapes", "torch": "torch.shapes", "reference": "reference.shapes"},
    "turn_segments": {"numba": "numba.voids", "torch": "torch.voids", "reference": "reference.voids"},
    "squared_distance": {"numba": "numba.voids", "torch": "torch.voids", "reference": "reference.voids"},
    "place_segments": {"numba": "numba.voids", "torch": "torch.voids", "reference": "reference.voids"},
}
# Backends whose functions take NumPy arrays; the others take tensors.
ARRAY_BACKENDS = frozenset({"numba", "reference"})


def available(operation: str) -> tuple[str, ...]:
    """The backends that ``operation`` has."""
    return tuple(_TABLE[operation])


def choose(operation: str, device: str = "cpu", backend: str = "auto") -> str:
    """The backend for ``operation`` on ``device`` (a torch device type).

    Raises :class:`~itten.errors.BackendError` when ``backend`` names one that cannot do it.
    """
    known = _TABLE[operation]
    if backend != "auto":
        if backend not in known:
            raise BackendError(f"{operation} has no backend '{backend}': there are {', '.join(known)}")
        if backend in ARRAY_BACKENDS and device != "cpu":
            raise BackendError(
                f"backend '{backend}' works on the CPU, the picture is on {device}: move it or use torch"
            )
        return backend
    if device != "cpu":
        return "torch"
    try:
        importlib.import_module(f"itten.kernels.{known['numba']}")
    except ImportError as error:
        log.warning("%s falls back from numba to torch: %s", operation, error)
        return "torch"
    return "numba"


def kernel(operation: str, backend: str) -> Callable[..., Any]:
    """The function itself, its module imported now if it has not been."""
    module = importlib.import_module(f"itten.kernels.{_TABLE[operation][backend]}")
    return getattr(module, operation)


def operations() -> tuple[str, ...]:
    """The names of all operations."""
    return tuple(_TABLE)
