"""Which backend does which operation: one table, one rule for choosing, modules imported when needed.

An explicit request that cannot be met is an error. Left to itself (``auto``) the choice follows the device: the
compiled kernels on the CPU, Triton's on a CUDA device, torch anywhere else. A fallback is logged.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable
from typing import Any

from itten.errors import BackendError
from itten.kernels import fork as fork  # a child that forks after this finds its threads in order

log = logging.getLogger("itten")

# operation -> backend -> module under itten.kernels; the function has the operation's name.
_TABLE: dict[str, dict[str, str]] = {
    "edge_weights": {
        "numba": "numba.edges",
        "torch": "torch.edges",
        "reference": "reference.edges",
        "triton": "triton.edges",
    },
    "laplacian_apply": {
        "numba": "numba.edges",
        "torch": "torch.edges",
        "reference": "reference.edges",
        "triton": "triton.edges",
    },
    "lanczos_tiles": {
        "numba": "numba.lanczos",
        "torch": "torch.lanczos",
        "reference": "reference.lanczos",
        "triton": "triton.lanczos",
    },
    "symmetric_eigh": {"torch": "torch.eigh", "reference": "reference.eigh", "triton": "triton.eigh"},
    "label_components": {
        "numba": "numba.labels",
        "torch": "torch.components",
        "reference": "reference.components",
        "triton": "triton.components",
    },
    "shape_numbers": {
        "numba": "numba.shapes",
        "torch": "torch.shapes",
        "reference": "reference.shapes",
        "triton": "triton.shapes",
    },
    "turn_segments": {
        "numba": "numba.voids",
        "torch": "torch.voids",
        "reference": "reference.voids",
        "triton": "triton.voids",
    },
    "squared_distance": {
        "numba": "numba.voids",
        "torch": "torch.voids",
        "reference": "reference.voids",
        "triton": "triton.voids",
    },
    "place_segments": {
        "numba": "numba.places",
        "torch": "torch.voids",
        "reference": "reference.voids",
        "triton": "triton.voids",
    },
    "segment_pixels": {"numba": "numba.tables", "reference": "reference.sums"},
    "segment_sums": {
        "numba": "numba.tables",
        "torch": "torch.sums",
        "reference": "reference.sums",
        "triton": "triton.sums",
    },
    "scatter_last": {
        "numba": "numba.tables",
        "torch": "torch.scatter",
        "reference": "reference.scatter",
        "triton": "triton.scatter",
    },
    "closed": {"numba": "numba.morphology", "torch": "torch.morphology", "reference": "reference.morphology"},
    "grown": {"numba": "numba.morphology", "torch": "torch.morphology", "reference": "reference.morphology"},
    "standing": {"numba": "numba.marks", "torch": "torch.marks", "reference": "reference.marks"},
    "peaks": {"numba": "numba.marks", "torch": "torch.marks", "reference": "reference.marks"},
    "median_curvature": {"numba": "numba.marks", "torch": "torch.marks", "reference": "reference.marks"},
    "paper_value": {"numba": "numba.marks", "torch": "torch.marks", "reference": "reference.marks"},
    "strongest": {"numba": "numba.ink", "torch": "torch.ink", "reference": "reference.ink"},
    "filled": {"numba": "numba.ink", "torch": "torch.ink", "reference": "reference.ink"},
    "bare_paper": {"numba": "numba.ink", "torch": "torch.ink", "reference": "reference.ink"},
    "ink_over_paper": {"numba": "numba.ink", "torch": "torch.ink", "reference": "reference.ink"},
    "with_fringes": {"numba": "numba.ink", "torch": "torch.ink", "reference": "reference.ink"},
    "grow_ink": {"numba": "numba.growth", "torch": "torch.growth", "reference": "reference.growth"},
    "sample_pieces": {"numba": "numba.resample", "torch": "torch.resample", "reference": "reference.resample"},
    "blend_points": {"numba": "numba.resample", "torch": "torch.resample", "reference": "reference.resample"},
    "phase_sweeps": {"numba": "numba.phase", "reference": "reference.phase"},
    "phase_along": {"numba": "numba.phase", "reference": "reference.phase"},
    "phase_forks": {"numba": "numba.phase", "reference": "reference.phase"},
    "phase_windings": {"numba": "numba.phase", "reference": "reference.phase"},
    "phase_rows": {"numba": "numba.stripes", "reference": "reference.stripes"},
    "trace": {"numba": "numba.trace", "reference": "reference.trace"},
    "stripes": {"numba": "numba.stripes", "reference": "reference.stripes"},
    "vote_labels": {"numba": "numba.votes", "reference": "reference.votes"},
    "graph_degrees": {"numba": "numba.cuts", "reference": "reference.cuts"},
    "label_links": {"numba": "numba.cuts", "reference": "reference.cuts"},
    "polish_labels": {"numba": "numba.cuts", "reference": "reference.cuts"},
    "scatter_mean": {"torch": "torch.scatter", "reference": "reference.scatter", "triton": "triton.scatter"},
    # What these are in torch is said by the heads themselves: "torch" means the head's own formulas.
    "busyness": {"numba": "numba.maps", "reference": "reference.fields"},
    "complexity": {"reference": "reference.fields", "triton": "triton.maps"},
    "thicken": {"numba": "numba.maps", "reference": "reference.fields", "triton": "triton.maps"},
    "distort": {"reference": "reference.segments", "triton": "triton.maps"},
}
# Backends whose functions take NumPy arrays; the others take tensors.
ARRAY_BACKENDS = frozenset({"numba", "reference"})
_BACKENDS = ("numba", "torch", "triton", "reference")


def available(operation: str) -> tuple[str, ...]:
    """The backends that ``operation`` has."""
    return tuple(_TABLE[operation])


def choose(operation: str, device: str = "cpu", backend: str = "auto") -> str:
    """The backend for ``operation`` on ``device`` (a torch device type).

    A backend asked for by name that lacks this one operation leaves it to torch, which has them all. Raises
    :class:`~itten.errors.BackendError` when ``backend`` names one that does not exist or cannot work on ``device``.
    """
    if backend != "auto":
        return _named(operation, device, backend)
    return _first(operation, {"cpu": "numba", "cuda": "triton"}.get(device, "torch"))


def _named(operation: str, device: str, backend: str) -> str:
    known = _TABLE[operation]
    if backend not in _BACKENDS:
        raise BackendError(f"{operation} has no backend '{backend}': there are {', '.join(known)}")
    if backend in ARRAY_BACKENDS and device != "cpu":
        raise BackendError(f"backend '{backend}' works on the CPU, the picture is on {device}: move it or use torch")
    if backend == "triton" and device != "cuda" and not (device == "cpu" and _interpreted()):
        raise BackendError(
            f"backend 'triton' works on CUDA devices, the picture is on {device}: move it, use torch, or set "
            "TRITON_INTERPRET=1 to run Triton's interpreter"
        )
    if backend not in known:
        log.debug("%s has no backend %s: torch does it", operation, backend)
        return "torch"
    if backend == "triton" and (missing := _missing(known[backend])):
        raise BackendError(f"backend 'triton' cannot be used here: {missing}")
    return backend


def _first(operation: str, wanted: str) -> str:
    known = _TABLE[operation]
    if wanted not in known:
        return "torch"
    if missing := _missing(known[wanted]):
        log.warning("%s falls back from %s to torch: %s", operation, wanted, missing)
        return "torch"
    return wanted


def _missing(module: str) -> ImportError | None:
    try:
        importlib.import_module(f"itten.kernels.{module}")
    except ImportError as error:
        return error
    return None


def _interpreted() -> bool:
    """Whether Triton was told to interpret its kernels, which it does on the CPU."""
    return os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "yes", "on")


def kernel(operation: str, backend: str) -> Callable[..., Any]:
    """The function itself, its module imported now if it has not been."""
    module = importlib.import_module(f"itten.kernels.{_TABLE[operation][backend]}")
    return getattr(module, operation)


def operations() -> tuple[str, ...]:
    """The names of all operations."""
    return tuple(_TABLE)
