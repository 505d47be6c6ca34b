"""Stitched spectra: true eigenpairs of the whole picture, from the spectra of its tiles.

Every tile gives eight columns (1, y, x and five that span its lowest eigenvectors), each times the tile's share of a
partition of unity; Rayleigh–Ritz on their span decides signs and mixtures; a step of a two-level block iteration
with the same space as the coarse one takes the error to a fraction of a percent.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import BackendError, ConvergenceError, InputError
from itten.graph import make_stencil
from itten.graph.blocks import plan_within
from itten.graph.stencil import Stencil
from itten.kernels.numba.blocks import turn
from itten.spectra.blockspace import LANES
from itten.spectra.dense import dense_pairs
from itten.spectra.double import Refined, refine_double
from itten.spectra.islands import Islands, find_islands
from itten.spectra.iterate import LOCKED, Iterate
from itten.spectra.operator import CanvasOperator
from itten.spectra.result import GAUGE_TOLERANCE, Spectrum, fix_signs
from itten.spectra.small import SmallProblem
from itten.spectra.warm import Kept, stale_tiles

# Pictures of up to DENSE pixels are solved as dense matrices; up to FALLBACK where the iteration gets stuck.
DENSE, FALLBACK = 1024, 4096
# Vectors carried beside the wanted ones: they take what is slow to converge.
GUARDS = 8
# Steps of the small problem from noise, and from the solution of a similar picture.
SMALL_STEPS, WARM_STEPS = 9, 2
# Bytes of the small problem's factor: so many a pixel of the picture, within two bounds. Tiles get higher to keep to
# it, or its cost, which grows with the square of the pixels, would outgrow all others.
FACTOR_LEAST, FACTOR_A_PIXEL, FACTOR_MOST = 48 << 20, 64, 800 << 20
# Blocks of more than this many bytes are kept in fewer copies.
LEAN_BYTES = 512 << 20
# With a tolerance: at most so many steps, and so many without getting better by a tenth.
MOST_STEPS, PATIENCE = 60, 4
# Without one, residuals below this part of ‖L‖ count as converged.
CONVERGED = 1e-6
# How far float32 goes before float64 takes over.
SINGLE = 2e-6
REACH = 15


def stitched_spectrum(
    features: torch.Tensor,
    k: int,
    config: SpectrumConfig,
    mask: torch.Tensor | None = None,
    warm: Spectrum | None = None,
) -> Spectrum:
    """The ``k`` lowest pairs of the picture ``features`` ``(C, H, W)``; see :func:`itten.spectrum`.

    Raises :class:`~itten.errors.ConvergenceError`, with the best :class:`Spectrum` so far as ``partial``, when ``tol``
    cannot be reached.
    """
    begin = time.perf_counter()
    _check(features, k, config, mask)
    if features.device.type != "cpu" or config.backend in ("torch", "triton"):
        from itten.spectra.device import stitched_device  # which imports this file

        return stitched_device(features, k, config, mask, warm)
    if tiny(features, k, mask):
        return dense_spectrum(features, k, config, mask, begin, "a dense matrix, in float64")
    stencil = make_stencil(config.radii, config.weights)
    array = features.detach().contiguous().numpy()
    hidden = None if mask is None else mask.numpy()
    height, width = array.shape[1:]
    plan = plan_within(height, width, *config.blocks, stencil, factor_bytes(height, width))
    single = array.astype(np.float32, copy=False)
    operator = CanvasOperator(single, plan, stencil, config.edge_threshold, hidden)
    islands = find_islands(operator)
    null = min(len(islands), k)
    found, values, residuals = islands.vectors(null, operator), np.zeros(null), np.zeros(null)
    spent: dict[str, float] = {"tiles": float(len(plan)), "steps": 0.0}
    scale = operator.norm * operator.unit
    kept = None
    if k > null:
        count = -(-(k + GUARDS) // LANES)
        run, kept = _stitch(operator, islands, count, config, warm, spent)
        rest = _refined(run, k - null, config, array, stencil, hidden, spent)
        del run  # its blocks are the most of the memory
        found = np.concatenate([found.astype(rest.vectors.dtype, copy=False), rest.vectors])
        values, residuals = np.concatenate([values, rest.values]), np.concatenate([residuals, rest.residuals])
    found = np.ascontiguousarray(found)
    turn(found.reshape(k, -1), GAUGE_TOLERANCE)
    spent["seconds"] = time.perf_counter() - begin
    result = Spectrum(
        values=torch.from_numpy(values),
        vectors=torch.from_numpy(found).to(features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=scale,
        method="stitched",
        status="converged",
        advice=advice(len(islands), null == k, residuals, scale),
        components=len(islands),
        spent=spent,
        kept=kept,
    )
    return judged(result, features, config, mask, begin)


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


def factor_bytes(height: int, width: int) -> int:
    """How large the small problem's factor may get: tiles are made higher to keep to it."""
    return min(max(FACTOR_LEAST, FACTOR_A_PIXEL * height * width), FACTOR_MOST)


def _check(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> None:
    if max(config.radii) > REACH:
        raise InputError(f"method 'stitched' takes radii up to {REACH}, got {max(config.radii)}: use 'exact'")
    if config.backend == "reference":
        raise BackendError("method 'stitched' runs with numba, torch or triton, not with backend 'reference'")
    if features.device.type != "cpu" and config.backend == "numba":
        raise BackendError(f"backend 'numba' works on the CPU, the picture is on {features.device.type}")
    if mask is not None and k > int((~mask).sum()):
        raise InputError(f"{k} eigenvectors were asked for, {int((~mask).sum())} pixels are not masked")


def tiny(features: torch.Tensor, k: int, mask: torch.Tensor | None) -> bool:
    """Whether a dense matrix is the better way: few pixels, or many vectors for the number of pixels."""
    pixels = features[0].numel() if mask is None else int((~mask).sum())
    return pixels <= DENSE or (pixels <= FALLBACK and 30 * (k + GUARDS) > pixels)


def _stitch(
    operator: CanvasOperator,
    islands: Islands,
    count: int,
    config: SpectrumConfig,
    warm: Spectrum | None,
    spent: dict[str, float],
) -> tuple[Iterate, Kept | None]:
    """Basis, small problem and its solution on the picture, and what a later picture may use of them."""
    plan = operator.plan
    key = (plan, count, operator.channels, float(operator.scale), config.basis, operator.weights.tobytes())
    canvas = operator.canvas[: operator.channels * plan.pixels].reshape(operator.channels, plan.canvas_height, -1)
    old = warm.kept if warm is not None and warm.kept is not None and warm.kept.key == key else None
    if old is None:
        fresh = blocks = np.arange(len(plan))
        psi = np.empty((len(plan), plan.tile_height * 128), np.float32)
        a = np.zeros(len(plan) * len(plan.neighbours) * 64, np.float32)
        b = np.zeros_like(a)
    else:
        fresh, blocks = stale_tiles(plan, old.canvas, canvas)
        psi, a, b = old.psi.copy(), old.a.copy(), old.b.copy()
    operator.basis(config.basis, fresh, psi)
    operator.galerkin(psi, blocks, a, b)
    small = SmallProblem(plan, a, b)
    if old is None:
        values, coarse = small.lowest(count, SMALL_STEPS)
    else:
        values, coarse = small.lowest(count, WARM_STEPS, old.coarse)
    spent["fresh_tiles"] = float(len(fresh))
    lean = plan.pixels * LANES * 4 > LEAN_BYTES
    run = Iterate(operator, islands, small, psi, count, lean)
    run.start(coarse, values, in_order=config.tol is not None or config.refinement == 0 or len(islands) > 1)
    return run, None if lean else Kept(key, canvas, psi, a, b, coarse)


def _refined(
    run: Iterate,
    wanted: int,
    config: SpectrumConfig,
    array: np.ndarray,
    stencil: Stencil,
    mask: np.ndarray | None,
    spent: dict[str, float],
) -> Refined:
    """The ``wanted`` lowest pairs beside the null vectors: ``config.refine`` steps, or what ``config.tol`` needs."""
    operator = run.operator
    double = array.dtype == np.float64
    if config.tol is None:
        for _ in range(config.refinement):
            run.step(run.residuals(fresh=False), LOCKED * CONVERGED * operator.norm)
        reached = True
    else:
        reached = _until(run, wanted, max(config.tol, SINGLE if double else 0.0) * operator.norm)
    spent["steps"] = float(run.steps)
    spent["bytes"] = float(run.space.data.nbytes + run.psi.nbytes + run.small.factor.nbytes)
    if double or not (reached or run.lean):
        bound = None if config.tol is None else config.tol * operator.norm * operator.unit
        better = refine_double(run, array, stencil, config.edge_threshold, mask, wanted, bound)
        spent["double_steps"] = float(better.steps)
        vectors = better.vectors[:wanted].reshape(wanted, *array.shape[1:])
        return Refined(better.values[:wanted], vectors, better.residuals[:wanted], better.steps)
    # The products that came along with X are good to the rounding of the first ones, no more.
    residuals = run.residuals(fresh=run.steps > 1)[:wanted] * operator.unit
    values = np.maximum(run.values[:wanted], 0) * operator.unit
    return Refined(values, run.unpacked(wanted), residuals, 0)


def _until(run: Iterate, wanted: int, bound: float) -> bool:
    """Steps until the first ``wanted`` residuals are below ``bound``; where it gets no better, back to the best."""
    best, since, kept = np.inf, 0, run.values
    while True:
        residuals = run.residuals(fresh=False)
        worst = float(residuals[:wanted].max())
        if worst <= bound:
            # Only a residual from products made anew is believed.
            residuals = run.residuals(fresh=True)
            worst = float(residuals[:wanted].max())
        since = 0 if worst < 0.9 * best else since + 1
        if worst < best:
            best, kept = worst, run.values
            run.keep()
        if best <= bound:
            return True
        if run.steps >= MOST_STEPS or since >= PATIENCE:
            run.restore(kept)
            return False
        run.step(residuals, LOCKED * bound)


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
