"""Stitched spectra: true eigenpairs of the whole picture, from the spectra of its tiles.

Every tile gives eight columns (1, y, x and five that span its lowest eigenvectors), each times the tile's share of a
partition of unity; Rayleigh–Ritz on their span decides signs and mixtures; a step of a two-level block iteration
with the same space as the coarse one takes the error to a fraction of a percent.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import BackendError, ConvergenceError, InputError
from itten.graph import make_stencil
from itten.graph.blocks import BlockPlan, plan_within
from itten.graph.stencil import Stencil
from itten.kernels.numba.blocks import unpack
from itten.spectra.blockspace import LANES
from itten.spectra.dense import dense_pairs
from itten.spectra.islands import Islands, find_islands
from itten.spectra.iterate import LOCKED, Iterate
from itten.spectra.operator import CanvasOperator
from itten.spectra.result import Spectrum, fix_signs
from itten.spectra.small import SmallProblem

log = logging.getLogger("itten")

# Pictures of up to DENSE pixels are solved as dense matrices; up to FALLBACK where the iteration gets stuck.
DENSE, FALLBACK = 1024, 4096
# Vectors carried beside the wanted ones: they take what is slow to converge.
GUARDS = 8
SMALL_STEPS = 5
FACTOR_BYTES = 800 << 20
# Blocks of more than this many bytes are kept in fewer copies.
LEAN_BYTES = 512 << 20
# With a tolerance: at most so many steps, and so many without getting better by a tenth.
MOST_STEPS, PATIENCE = 60, 4
# Without one, residuals below this part of ‖L‖ count as converged.
CONVERGED = 1e-6
REACH = 15


def stitched_spectrum(
    features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None = None, warm: Any = None
) -> Spectrum:
    """The ``k`` lowest pairs of the picture ``features`` ``(C, H, W)``; see :func:`itten.spectrum`.

    Raises :class:`~itten.errors.ConvergenceError`, with the best :class:`Spectrum` so far as ``partial``, when ``tol``
    cannot be reached.
    """
    begin = time.perf_counter()
    _check(features, k, config, mask)
    stencil = make_stencil(config.radii, config.weights)
    array = features.detach().cpu().contiguous().numpy()
    hidden = None if mask is None else mask.cpu().numpy()
    if _tiny(array, k, hidden):
        return _dense_spectrum(features, array, k, config, stencil, hidden, begin, "a dense matrix, in float64")
    height, width = array.shape[1:]
    plan = plan_within(height, width, *config.blocks, stencil, FACTOR_BYTES)
    operator = CanvasOperator(array.astype(np.float32, copy=False), plan, stencil, config.edge_threshold, hidden)
    islands = find_islands(operator)
    spent: dict[str, float] = {"tiles": float(len(plan))}
    null = min(len(islands), k)
    vectors = torch.from_numpy(islands.vectors(null, operator)).to(features.dtype)
    values, residuals = np.zeros(null), np.zeros(null)
    best = 0.0
    if k > null:
        run = _iterate(operator, plan, islands, k, config)
        found, values, residuals = _pairs(run, k - null, null)
        vectors = torch.cat([vectors, torch.from_numpy(found).to(features.dtype)])
        spent["steps"] = float(run.steps)
        best = float(residuals.max()) / (operator.norm * operator.unit)
    scale = operator.norm * operator.unit
    reached = best <= (CONVERGED if config.tol is None else config.tol)
    if config.tol is not None and not reached and array[0].size <= FALLBACK:
        return _dense_spectrum(
            features, array, k, config, stencil, hidden, begin, "a dense matrix, in float64, as the iteration got stuck"
        )
    spent["seconds"] = time.perf_counter() - begin
    result = Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(vectors),
        residuals=torch.from_numpy(residuals),
        scale=scale,
        method="stitched",
        status="converged" if reached else "approximate",
        advice=_advice(len(islands), values, residuals, scale),
        components=len(islands),
        spent=spent,
    )
    if config.tol is not None and not reached:
        raise ConvergenceError(
            f"the residuals stopped at {best:.1e} of the Laplacian's norm, tol={config.tol:.1e} was asked for: give a "
            "larger tol, a float64 picture, or take method='exact'; the partial result is in the error's .partial",
            partial=result,
        )
    return result


def stitched_vectors(features: torch.Tensor, k: int, config: SpectrumConfig) -> torch.Tensor:
    """``(k, H, W)``: the lowest non-constant vectors; zero where the picture has fewer pixels than that."""
    pixels = features.shape[1] * features.shape[2]
    found = stitched_spectrum(features, min(k + 1, pixels), config).vectors[1:]
    return torch.cat([found, found.new_zeros((k - len(found), *features.shape[1:]))])


def _check(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> None:
    if max(config.radii) > REACH:
        raise InputError(f"method 'stitched' takes radii up to {REACH}, got {max(config.radii)}: use 'exact'")
    if config.backend not in ("auto", "numba"):
        raise BackendError(f"method 'stitched' runs on the CPU with numba, not with backend '{config.backend}'")
    if features.device.type != "cpu":
        if config.backend == "numba":
            raise BackendError(f"backend 'numba' works on the CPU, the picture is on {features.device.type}")
        log.warning("stitched spectra are computed on the CPU; the picture is on %s", features.device.type)
    if mask is not None and k > int((~mask).sum()):
        raise InputError(f"{k} eigenvectors were asked for, {int((~mask).sum())} pixels are not masked")


def _tiny(array: np.ndarray, k: int, mask: np.ndarray | None) -> bool:
    """Whether a dense matrix is the better way: few pixels, or many vectors for the number of pixels."""
    pixels = array[0].size if mask is None else int((~mask).sum())
    return pixels <= DENSE or (pixels <= FALLBACK and 30 * (k + GUARDS) > pixels)


def _iterate(operator: CanvasOperator, plan: BlockPlan, islands: Islands, k: int, config: SpectrumConfig) -> Iterate:
    """Basis, small problem and refinement."""
    count = -(-(k + GUARDS) // LANES)
    everything = np.arange(len(plan))
    psi = np.empty((len(plan), plan.tile_height * 128), np.float32)
    operator.basis(config.basis, everything, psi)
    a = np.zeros(len(plan) * len(plan.neighbours) * 64, np.float32)
    b = np.zeros_like(a)
    operator.galerkin(psi, everything, a, b)
    small = SmallProblem(plan, a, b)
    lean = plan.pixels * LANES * 4 > LEAN_BYTES
    run = Iterate(operator, islands, small, psi, count, lean)
    run.start(small.lowest(count, SMALL_STEPS))
    wanted = k - len(islands)
    if config.tol is None:
        floor = LOCKED * CONVERGED * operator.norm
        for _ in range(config.refine):
            run.step(run.residuals(fresh=False), floor)
        return run
    bound = config.tol * operator.norm
    best, since, kept = np.inf, 0, run.values
    while True:
        residuals = run.residuals(fresh=False)
        worst = float(residuals[:wanted].max())
        since = 0 if worst < 0.9 * best else since + 1
        if worst < best:
            best, kept = worst, run.values
            run.keep()
        if best <= bound or run.steps >= MOST_STEPS or since >= PATIENCE:
            break
        run.step(residuals, LOCKED * bound)
    run.restore(kept)
    return run


def _pairs(run: Iterate, wanted: int, null: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``wanted`` vectors ``(wanted, H, W)`` float32, and values and residuals of all, zeros for the ``null`` first."""
    operator, space = run.operator, run.space
    plan = operator.plan
    # The products that came along with X are good to rounding of the first ones: not enough near convergence.
    residuals = run.residuals(fresh=run.steps > 1)
    lengths = space.norms(run.x)
    out = np.empty((wanted, plan.height, plan.width), np.float32)
    for first in range(0, wanted, LANES):
        part = out[first : first + LANES]
        scale = (1 / lengths[first : first + len(part)]).astype(np.float32)
        unpack(space[run.x[first // LANES]], 0, scale, plan.pitch, plan.margin, part)
    values = np.maximum(run.values[:wanted], 0) * operator.unit
    zeros = np.zeros(null)
    return out, np.concatenate([zeros, values]), np.concatenate([zeros, residuals[:wanted] * operator.unit])


def _dense_spectrum(
    features: torch.Tensor,
    array: np.ndarray,
    k: int,
    config: SpectrumConfig,
    stencil: Stencil,
    mask: np.ndarray | None,
    begin: float,
    how: str,
) -> Spectrum:
    values, vectors, residuals, bound, components = dense_pairs(array, k, stencil, config.edge_threshold, mask)
    return Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(torch.from_numpy(vectors)).to(features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=bound,
        method=config.method,
        status="converged",
        advice=_islands_note(components) + how,
        components=components,
        spent={"seconds": time.perf_counter() - begin, "dense": float(array[0].size)},
    )


def _islands_note(count: int) -> str:
    return f"{count} islands, their null vectors exact; " if count > 1 else ""


def _advice(islands: int, values: np.ndarray, residuals: np.ndarray, scale: float) -> str:
    """What the residuals promise: an eigenvalue lies within ‖r‖ of each value, and mostly within ‖r‖² / gap."""
    note = _islands_note(islands)
    if len(values) <= min(islands, len(values)):
        return note + "no iteration was needed"
    worst = float(residuals.max())
    return note + (
        f"every value lies within {worst:.1e} of a true eigenvalue, {worst / scale:.1e} of the Laplacian's norm; "
        "more refine steps or a tol make that smaller"
    )
