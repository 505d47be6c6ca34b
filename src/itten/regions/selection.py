"""Selection: labels for all pixels from scribbles on some, by random walks on the picture's graph."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import UsageError
from itten.needs import PROCESS, check_room, selection_bytes
from itten.regions.seeds import as_seeds
from itten.regions.solver import Solver
from itten.regions.walkgradient import Probabilities
from itten.spectra.inputs import as_excluded, as_features, with_threshold
from itten.spectra.precision import eigen_arithmetic

log = logging.getLogger("itten")


@dataclass(frozen=True)
class Selection:
    """What :func:`select` finds.

    ``labels`` ``(H, W)`` int64: the label of the seeds that a walk from the pixel most probably meets first; where two
    are as probable, to ``tol``, the lower one; 0 where no seed is reached. ``probabilities`` ``(labels, H, W)`` in the
    order of ``values``, the labels ascending; they sum to 1, to 0 where no seed is reached. ``residuals`` ``(labels,)``
    float64: ‖L_uu x_u + L_us x_s‖ of these probabilities, rounded as they are, relative to ‖L_us x_s‖. ``error``: how
    far a probability is estimated to be off at most. ``status`` ``converged`` (``error`` is at most ``tol``) or
    ``approximate``, with ``advice`` in words. ``iterations`` of conjugate gradients. ``edge_threshold``: of its graph.
    """

    labels: torch.Tensor
    probabilities: torch.Tensor
    values: tuple[int, ...]
    residuals: torch.Tensor
    error: float
    status: Literal["converged", "approximate"]
    iterations: int
    advice: str = ""
    edge_threshold: float = 0.15
    spent: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)

    def of(self, label: int) -> torch.Tensor:
        """``(H, W)``: the probabilities of one label. Raises :class:`~itten.errors.UsageError` where there is no such
        label."""
        if label not in self.values:
            raise UsageError(f"there is no label {label!r}: there are {', '.join(map(str, self.values))}")
        return self.probabilities[self.values.index(label)]


@eigen_arithmetic()
def select(
    image: Any,
    seeds: Any,
    config: SpectrumConfig | None = None,
    *,
    exclude: Any = None,
    tol: float = 1e-4,
    **options: Any,
) -> Selection:
    """Labels and their probabilities for all pixels of ``image``, from ``seeds``: the random walker.

    ``image``: what :func:`itten.spectrum` takes: a tensor ``(3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, a Pillow
    picture, a path, or a float tensor ``(C, H, W)`` of features; one picture, no batch. ``seeds`` ``(H, W)`` whole
    numbers, an array or a tensor: 0 where nothing is known, any other number is a label; with one label all that it
    reaches has it. ``exclude`` ``(H, W)`` bool: pixels that are True are left out of the graph, and so are seeds there.
    ``tol``: iterations go on until no probability is estimated to be off by more. ``config``, or ``options`` of
    :class:`~itten.config.SpectrumConfig`: the graph (``edge_threshold``, ``radii``, ``radius_weights``) and how it is
    cut into tiles (``tile``, ``overlap``); what is about eigenvectors does not count. Without either the edge threshold
    is ``"auto"``, one that fits the picture's contrast (:func:`itten.graph.contrast.auto_threshold`).

    The probability that a walk from a pixel meets a seed of a label first minimises xᵀLx with x given on the seeds
    (Grady, "Random walks for image segmentation", IEEE Trans. Pattern Anal. Mach. Intell. 28, 2006). Float64 pictures
    are solved in float64, and the result has the image's type and device. The work is the CPU's wherever the image is.
    Gradients of the probabilities go into the image's colours, not through ``labels``; pixels that hang by edges
    lighter than 1e-11 of the heaviest have none.

    Raises :class:`~itten.errors.InputError` for an image, seeds or a mask that cannot be used,
    :class:`~itten.errors.UsageError` for wrong settings, :class:`~itten.errors.ResourceError` where memory is short.
    """
    features = as_features(image)
    size = int(features.shape[1]), int(features.shape[2])
    labels = as_seeds(seeds, size)
    hidden = as_excluded(exclude, features.shape[1:])
    settings = _settings(config, options, features, hidden)
    if isinstance(tol, bool) or not isinstance(tol, int | float | np.floating) or not 0 < tol < 1:
        raise UsageError(f"tol must lie between 0 and 1, got {tol!r}")
    if hidden is not None:
        labels = np.where(hidden.cpu().numpy(), 0, labels)
        labels = as_seeds(labels, size)
    values = tuple(int(one) for one in np.unique(labels) if one)
    needed = PROCESS + selection_bytes(size, len(values), settings, len(features))
    check_room(needed, f"a selection in {size[1]} × {size[0]} pixels", size)
    if features.device.type != "cpu":
        log.info(
            "selections are computed on the CPU: the picture comes from %s, and the result goes back", image.device
        )
    picture = features.detach().cpu().contiguous().numpy()
    solver = Solver(picture, labels, values, settings, None if hidden is None else hidden.cpu().numpy(), float(tol))
    probabilities = Probabilities.apply(features, solver)
    return _told(solver, probabilities, values, float(tol), settings.edge_threshold)


def _told(
    solver: Solver, probabilities: torch.Tensor, values: tuple[int, ...], tol: float, threshold: float
) -> Selection:
    found = probabilities.detach()
    bound = found.amax(dim=0) - tol
    labels = torch.zeros(bound.shape, dtype=torch.int64, device=found.device)
    for value, one in zip(reversed(values), found.flip(0), strict=True):
        labels.masked_fill_(one >= bound, value)
    labels.masked_fill_(torch.from_numpy(~solver.reached).to(found.device), 0)
    residuals = torch.from_numpy(solver.residuals(found.cpu().numpy()))
    good, advice = solver.error <= tol, ""
    if not good:
        advice = f"probabilities are estimated to be right to {solver.error:.1e} only, {tol:.1e} was asked for: "
        advice += "a float64 picture, a larger tol or a larger edge_threshold helps"
        log.warning("selection: %s", advice)
    status: Literal["converged", "approximate"] = "converged" if good else "approximate"
    return Selection(
        labels=labels,
        probabilities=probabilities,
        values=values,
        residuals=residuals,
        error=solver.error,
        status=status,
        iterations=solver.steps,
        advice=advice,
        edge_threshold=threshold,
        spent=dict(solver.spent),
    )


def _settings(
    config: SpectrumConfig | None, options: dict[str, Any], features: torch.Tensor, hidden: torch.Tensor | None
) -> SpectrumConfig:
    if config is not None and not isinstance(config, SpectrumConfig):
        raise UsageError(f"config is a {type(config).__name__}; a SpectrumConfig is wanted")
    if config is not None and options:
        raise UsageError(f"give a config or options, not both: {', '.join(options)}")
    if config is not None:
        return config
    return SpectrumConfig(**with_threshold({"edge_threshold": "auto", **options}, features, hidden))
