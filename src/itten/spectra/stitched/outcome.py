"""What becomes of a stitched solution: how far it is refined, what its residuals promise, and where a dense matrix is
the better way. The same for the compiled kernels and for tensors."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import ConvergenceError
from itten.graph import make_stencil
from itten.spectra.claims import FALLBACK, claimed, goal, labelled, worst
from itten.spectra.dense import dense_pairs
from itten.spectra.result import Spectrum, fix_signs
from itten.spectra.stitched.accuracy import AS_ZERO, exact_errors, right
from itten.spectra.stitched.limits import LOCKED

log = logging.getLogger("itten")

# Pictures of up to DENSE pixels are solved as dense matrices.
DENSE = 1024
# Vectors carried beside the wanted ones: they take what is slow to converge.
GUARDS = 8
# With a tolerance: at most so many steps, and so many without getting better by a tenth.
MOST_STEPS, PATIENCE = 60, 8
# How far float32 goes before float64 takes over in pictures that are float64.
SINGLE = 2e-6
# How far the residual that products in float32 tell may lie from the true one, as a part of ‖L‖ (in drawings, noise,
# flat and smooth pictures by up to 2e-9, and by 4e-10 where it was about 1e-7), and below which it is made anew in
# float64.
NOISE, TRUSTED = 4e-9, 5e-8


class Iteration(Protocol):
    """A block iteration that can be asked how good it is, and goes on, and goes back to its best."""

    steps: int

    def residuals(self, fresh: bool) -> Any:
        """Norms of the residuals; ``fresh`` from products made anew."""

    def step(self, residuals: Any, floor: float) -> None:
        """One step; vectors whose residual is below ``floor`` stay."""

    def keep(self) -> None:
        """Remember this state as the best."""

    def restore(self) -> None:
        """Back to the best."""


def tiny(features: torch.Tensor, k: int, mask: torch.Tensor | None) -> bool:
    """Whether a dense matrix is the better way: few pixels, or many vectors for the number of pixels."""
    pixels = features[0].numel() if mask is None else int((~mask).sum())
    return pixels <= DENSE or (pixels <= FALLBACK and 30 * (k + GUARDS) > pixels)


def until(run: Iteration, wanted: int, bound: float) -> bool:
    """Steps until the first ``wanted`` residuals are below ``bound``; where it gets no better, back to the best."""
    best, since = np.inf, 0
    while True:
        residuals = run.residuals(fresh=False)
        worst = float(residuals[..., :wanted].max())
        if worst <= bound:
            # Only a residual from products made anew is believed.
            residuals = run.residuals(fresh=True)
            worst = float(residuals[..., :wanted].max())
        since = 0 if worst < 0.9 * best else since + 1
        if worst < best:
            best = worst
            run.keep()
        if best <= bound:
            return True
        if run.steps >= MOST_STEPS or since >= PATIENCE:
            run.restore()
            return False
        run.step(residuals, LOCKED * bound)


def single_bound(tol: float, double: bool) -> float:
    """How far the iteration in float32 is to go, as a part of ‖L‖; ``double``: float64 goes on from there."""
    return max(tol, SINGLE) if double else max(tol - NOISE, tol / 2)


def double_bound(tol: float, double: bool) -> float:
    """How far float64 is to go, as a part of ‖L‖: further where vectors are then rounded to float32."""
    return tol if double else tol / 2


def assembled(
    values: torch.Tensor,
    vectors: torch.Tensor,
    residuals: torch.Tensor,
    scale: float,
    components: int,
    spent: dict[str, float],
    kept: Any = None,
) -> Spectrum:
    """The result as the iteration left it, with the residuals that it knows, until it is :func:`judged`."""
    return Spectrum(
        values=values,
        vectors=vectors,
        residuals=residuals,
        scale=scale,
        method="stitched",
        status="approximate",
        components=components,
        spent=spent,
        kept=kept,
    )


def judged(
    result: Spectrum, features: torch.Tensor, config: SpectrumConfig, mask: torch.Tensor | None, begin: float
) -> Spectrum:
    """``result`` with the residuals of the vectors that are returned, and the status that they deserve.

    A residual that float32 cannot tell is made anew in float64, and so is that of a null vector whose islands may hang
    together by edges too light to count. Where the iteration missed a tolerance a small picture gets a dense
    solution, else there is a :class:`~itten.errors.ConvergenceError`. ``begin``: when the work began, for ``spent``.
    """
    reached = worst(result) <= goal(config)
    doubtful = torch.arange(len(result)) < result.components
    if features.dtype != torch.float64:
        doubtful |= result.residuals < TRUSTED * result.scale
    doubtful[0] = False  # the constant is that in any type
    result = claimed(result, features, config, mask, doubtful)
    result = replace(result, advice=advice(result))
    if config.wanted_accuracy is not None and config.tol is None and result.errors is not None:
        return _as_accurate(result, config.wanted_accuracy)
    if worst(result) <= goal(config):
        return replace(result, status="converged")
    if config.tol is None:
        return result
    if reached:
        return labelled(result, config)
    if features[0].numel() <= FALLBACK:
        how = "a dense matrix, in float64, as the iteration got stuck"
        log.warning("stitched: residuals of %.1e of the Laplacian's norm; going on with a dense matrix", worst(result))
        return dense_spectrum(features, len(result), config, mask, begin, how)
    finer = "" if features.dtype == torch.float64 else " a float64 picture,"
    raise ConvergenceError(
        f"the residuals stopped at {worst(result):.1e} of the Laplacian's norm, tol={config.tol:.1e} was asked for: "
        f"give a larger tol,{finer} or take method='exact'; the partial result is in the error's .partial",
        partial=result,
    )


def _as_accurate(result: Spectrum, accuracy: float) -> Spectrum:
    """``converged`` if the accuracy that was asked for is estimated to be reached; if not, log and advice say so."""
    assert result.errors is not None
    errors, values = result.errors.numpy(), result.values.numpy()
    if right(errors, values, accuracy, result.scale):
        return replace(result, status="converged")
    number = int((errors * values / np.maximum(values, AS_ZERO * result.scale)).argmax())
    off = f"{100 * errors[number]:.2g} % where {100 * accuracy:g} % were asked for"
    note = f"value {number} is estimated to be off by {off}"
    log.warning("method 'stitched': %s", note)
    return replace(result, advice=f"{note}; {result.advice}")


def dense_spectrum(
    features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None, begin: float, how: str
) -> Spectrum:
    """The ``k`` lowest pairs by LAPACK on the host, whatever the device; ``how`` says why, for the advice."""
    stencil = make_stencil(config.radii, config.weights)
    hidden = None if mask is None else mask.cpu().numpy()
    array = features.detach().cpu().numpy()
    graph = stencil, config.edge_threshold, hidden, config.laplacian
    values, vectors, residuals, bound, components = dense_pairs(array, k, *graph)
    found = Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(torch.from_numpy(vectors)).to(features.device, features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=bound,
        method=config.method,
        status="converged",
        advice=_islands_note(components) + how,
        components=components,
        laplacian=config.laplacian,
        errors=torch.from_numpy(exact_errors(values, residuals, bound)),
        spent={"seconds": time.perf_counter() - begin, "dense": float(features[0].numel())},
    )
    return labelled(claimed(found, features, config, mask), config)


def _islands_note(count: int) -> str:
    return f"{count} islands, their null vectors exact; " if count > 1 else ""


def advice(result: Spectrum) -> str:
    """What the residuals promise: an eigenvalue lies within ‖r‖ of each value, and mostly within ‖r‖² / gap."""
    note = _islands_note(result.components)
    if result.components >= len(result):
        return note + "no iteration was needed"
    if "double_steps" in result.spent and result.vectors.dtype != torch.float64:
        note += f"float64 took over after {result.spent['steps']:.0f} steps in float32; "
    return note + (
        f"every value lies within {float(result.residuals.max()):.1e} of a true eigenvalue, {worst(result):.1e} of the "
        "Laplacian's norm; an accuracy, more refine steps or a tol make that smaller"
    )
