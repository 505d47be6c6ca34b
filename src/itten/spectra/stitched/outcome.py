"""What becomes of a stitched solution: how far it is refined, what its residuals promise, and where a dense matrix is
the better way. The same for the compiled kernels and for tensors."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import ConvergenceError
from itten.graph import make_stencil
from itten.spectra.dense import dense_pairs
from itten.spectra.result import Spectrum, fix_signs
from itten.spectra.stitched.limits import LOCKED

# Pictures of up to DENSE pixels are solved as dense matrices; up to FALLBACK where the iteration gets stuck.
DENSE, FALLBACK = 1024, 4096
# Vectors carried beside the wanted ones: they take what is slow to converge.
GUARDS = 8
# With a tolerance: at most so many steps, and so many without getting better by a tenth.
MOST_STEPS, PATIENCE = 60, 4
# Without one, residuals below this part of ‖L‖ count as converged.
CONVERGED = 1e-6
# How far float32 goes before float64 takes over.
SINGLE = 2e-6



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


def assembled(
    values: torch.Tensor,
    vectors: torch.Tensor,
    residuals: torch.Tensor,
    scale: float,
    components: int,
    spent: dict[str, float],
    kept: Any = None,
) -> Spectrum:
    """The result, taken to be converged until it is :func:`judged`."""
    return Spectrum(
        values=values,
        vectors=vectors,
        residuals=residuals,
        scale=scale,
        method="stitched",
        status="converged",
        advice=advice(components, components >= len(values), residuals.numpy(), scale),
        components=components,
        spent=spent,
        kept=kept,
    )


def judged(
    result: Spectrum, features: torch.Tensor, config: SpectrumConfig, mask: torch.Tensor | None, begin: float
) -> Spectrum:
    """``result`` with the status that its residuals deserve; a dense solution where a tolerance was missed and the
    picture is small, else a :class:`~itten.errors.ConvergenceError`. ``begin``: when the work began, for ``spent``."""
    worst = float(result.residuals.max()) / max(result.scale, 1e-300)
    if worst <= (CONVERGED if config.tol is None else config.tol):
        return result
    result = replace(result, status="approximate")
    if config.tol is None:
        return result
    if features[0].numel() <= FALLBACK:
        how = "a dense matrix, in float64, as the iteration got stuck"
        return dense_spectrum(features, len(result), config, mask, begin, how)
    raise ConvergenceError(
        f"the residuals stopped at {worst:.1e} of the Laplacian's norm, tol={config.tol:.1e} was asked for: give a "
        "larger tol, a float64 picture, or take method='exact'; the partial result is in the error's .partial",
        partial=result,
    )


def dense_spectrum(
    features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None, begin: float, how: str
) -> Spectrum:
    """The ``k`` lowest pairs by LAPACK on the host, whatever the device; ``how`` says why, for the advice."""
    stencil = make_stencil(config.radii, config.weights)
    hidden = None if mask is None else mask.cpu().numpy()
    array = features.detach().cpu().numpy()
    values, vectors, residuals, bound, components = dense_pairs(array, k, stencil, config.edge_threshold, hidden)
    return Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(torch.from_numpy(vectors)).to(features.device, features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=bound,
        method=config.method,
        status="converged",
        advice=_islands_note(components) + how,
        components=components,
        spent={"seconds": time.perf_counter() - begin, "dense": float(features[0].numel())},
    )


def _islands_note(count: int) -> str:
    return f"{count} islands, their null vectors exact; " if count > 1 else ""


def advice(islands: int, known: bool, residuals: np.ndarray, scale: float) -> str:
    """What the residuals promise: an eigenvalue lies within ‖r‖ of each value, and mostly within ‖r‖² / gap."""
    note = _islands_note(islands)
    if known:
        return note + "no iteration was needed"
    worst = float(residuals.max())
    return note + (
        f"every value lies within {worst:.1e} of a true eigenvalue, {worst / max(scale, 1e-300):.1e} of the "
        "Laplacian's norm; more refine steps or a tol make that smaller"
    )
