"""Stitched spectra on the CPU, in compiled kernels; the method is that of :mod:`itten.spectra.stitched.choose`."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import BlockPlan, plan_within
from itten.graph.stencil import Stencil
from itten.kernels.numba.blocks import turn
from itten.memory import give_back
from itten.spectra.claims import CONVERGED
from itten.spectra.result import GAUGE_TOLERANCE, Spectrum
from itten.spectra.stitched.accuracy import LEAST_VALUE, MOST_STEPS, NEGATIVE, Progress, least_steps, right, temple
from itten.spectra.stitched.host.basis import least_mass, stitched_basis
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.double import Refined, exact_masses, refine_double
from itten.spectra.stitched.host.islands import Islands, find_islands
from itten.spectra.stitched.host.iterate import Iterate
from itten.spectra.stitched.host.lean import LeanIterate
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.small import DEPTH, LEAST_SIGMA, LEAST_TINY, SIGMA, TINY, SmallProblem
from itten.spectra.stitched.host.smalldouble import MOST, DoubleSmallProblem
from itten.spectra.stitched.host.warm import Kept
from itten.spectra.stitched.limits import LOCKED
from itten.spectra.stitched.outcome import (
    GUARDS,
    assembled,
    dense_spectrum,
    double_bound,
    judged,
    single_bound,
    tiny,
    until,
)

# Values of the small problem below this may be hidden by float32's rounding in it.
HIDDEN = 1e-5
# An X of more than this many bytes is kept in fewer copies.
LEAN_BYTES = 128 << 20


def stitched_host(
    features: torch.Tensor,
    k: int,
    config: SpectrumConfig,
    mask: torch.Tensor | None = None,
    warm: Spectrum | None = None,
) -> Spectrum:
    """What :func:`itten.spectra.stitched.choose.stitched_spectrum` returns, for a picture ``(C, H, W)`` on the CPU."""
    begin = time.perf_counter()
    if tiny(features, k, mask):
        return dense_spectrum(features, k, config, mask, begin, "a dense matrix, in float64")
    stencil = make_stencil(config.radii, config.weights)
    array = features.detach().contiguous().numpy()
    hidden = None if mask is None else mask.numpy()
    height, width = array.shape[1:]
    plan = plan_within(height, width, *config.blocks, stencil)
    count = -(-(k + GUARDS) // LANES)
    if _lean(plan, count):
        give_back()
    single = array.astype(np.float32, copy=False)
    operator = CanvasOperator(single, plan, stencil, config.edge_threshold, hidden, config.laplacian)
    islands = find_islands(operator)
    if array.dtype == np.float64 and operator.mass is not None:
        islands = islands.weighed_with(exact_masses(array, stencil, config, hidden), operator)
    null = min(len(islands), k)
    found, values, residuals, errors = islands.vectors(null, operator), np.zeros(null), np.zeros(null), np.zeros(null)
    spent: dict[str, float] = {"tiles": float(len(plan)), "steps": 0.0}
    scale = operator.norm * operator.unit
    kept = None
    if k > null:
        run, kept = _stitch(operator, islands, count, config, warm, spent, k)
        rest, told = _refined(run, k - null, config, array, stencil, hidden, spent)
        run.release()
        del run  # its blocks are the most of the memory
        found = np.concatenate([found.astype(rest.vectors.dtype, copy=False), rest.vectors])
        values, residuals = np.concatenate([values, rest.values]), np.concatenate([residuals, rest.residuals])
        errors = np.concatenate([errors, told])
    found = np.ascontiguousarray(found)
    turn(0, k, found.reshape(k, -1), GAUGE_TOLERANCE)
    spent["seconds"] = time.perf_counter() - begin
    pairs = torch.from_numpy(values), torch.from_numpy(found).to(features.dtype), torch.from_numpy(residuals)
    result = assembled(*pairs, scale, len(islands), spent, kept)
    result = replace(result, errors=torch.from_numpy(errors), laplacian=config.laplacian)
    return judged(result, features, config, mask, begin)


def _lean(plan: BlockPlan, count: int) -> bool:
    return plan.pixels * LANES * 4 * count > LEAN_BYTES


def _stitch(
    operator: CanvasOperator,
    islands: Islands,
    count: int,
    config: SpectrumConfig,
    warm: Spectrum | None,
    spent: dict[str, float],
    wanted: int,
) -> tuple[Iterate, Kept | None]:
    """Basis, small problem and its solution on the picture, and what a later picture may use of them."""
    plan = operator.plan
    mass = least_mass(operator, wanted + GUARDS)
    graph = operator.channels, float(operator.scale), operator.weights.tobytes(), config.laplacian
    key = (plan, count, *graph, config.basis, mass)
    canvas = operator.canvas[: operator.channels * plan.pixels].reshape(operator.channels, plan.canvas_height, -1)
    old = warm.kept if warm is not None and warm.kept is not None and warm.kept.key == key else None
    panels, psi, fresh, blocks = stitched_basis(operator, config.basis, mass, old, canvas)
    a = np.zeros(panels.blocks * 64, np.float32)
    b = np.zeros_like(a)
    if old is not None and len(blocks) < len(plan):
        a, b = old.a.copy(), old.b.copy()
    operator.galerkin(panels, psi, blocks, a, b)
    small = SmallProblem(panels, a, b)
    values, coarse = small.lowest(count, DEPTH, None if old is None or len(blocks) == len(plan) else old.coarse)
    if mass is not None:
        small, values, coarse = _followed(operator, small, psi, values, coarse, wanted)
    spent["fresh_tiles"] = float(len(fresh))
    lean = _lean(plan, count)
    if lean:
        del a, b
        small.solved()
    run = (LeanIterate if lean else Iterate)(operator, islands, small, psi, count)
    run.start(coarse, values, in_order=config.tol is not None or config.refinement == 0 or len(islands) > 1)
    return run, None if lean else Kept(key, canvas, panels, psi, a, b, coarse)


def _followed(
    operator: CanvasOperator,
    small: SmallProblem,
    psi: np.ndarray,
    values: np.ndarray,
    coarse: list[np.ndarray],
    wanted: int,
) -> tuple[SmallProblem, np.ndarray, list[np.ndarray]]:
    """The small problem and its pairs again, with a shift as small as the values sought, where they are smaller than
    it: what lies below the shift the coarse space does not tell apart, nor correct. In float64 where float32's rounding
    hides them."""
    number = min(wanted, len(values)) - 1
    largest = float(values[number])
    if largest >= SIGMA:
        return small, values, coarse
    shift, tiny = max(largest, LEAST_SIGMA), LEAST_TINY
    while shift < SIGMA:
        small.refactor(shift, tiny)
        found, vectors = small.lowest(len(coarse), DEPTH, coarse)
        if np.isfinite(found[: number + 1]).all():
            operator.shift_diagonal(shift)
            if found[number] >= HIDDEN or 8 * len(small.panels) > MOST:
                return small, found, vectors
            # From noise: what float32 hid is not near what it found.
            small = DoubleSmallProblem(operator, small.panels, psi)
            return small, *small.lowest(len(coarse), DEPTH)
        # Rounding of A has made it indefinite.
        shift, tiny = 4 * shift, TINY
    small.refactor(SIGMA, TINY)
    return small, values, coarse


def _refined(
    run: Iterate,
    wanted: int,
    config: SpectrumConfig,
    array: np.ndarray,
    stencil: Stencil,
    mask: np.ndarray | None,
    spent: dict[str, float],
) -> tuple[Refined, np.ndarray]:
    """The ``wanted`` lowest pairs beside the null vectors: ``config.refine`` steps, or what ``config.tol`` or the
    accuracy needs; and the relative errors that are estimated."""
    operator = run.operator
    double = array.dtype == np.float64
    floor = LOCKED * CONVERGED * operator.norm
    accuracy, found, errors, reached = config.wanted_accuracy, None, None, True
    if config.tol is not None:
        reached = until(run, wanted, single_bound(config.tol, double) * operator.norm)
    elif config.refinement or accuracy is not None:
        found, errors = accurate(run, wanted, config.refinement, accuracy or np.inf, floor)
    if double or not (reached or run.lean):
        bound = None if config.tol is None else double_bound(config.tol, double) * operator.norm * operator.unit
        better = refine_double(run, array, stencil, config, mask, wanted, bound)
        spent["double_steps"], spent["steps"] = float(better.steps), float(run.steps)
        vectors = better.vectors[:wanted].reshape(wanted, *array.shape[1:])
        rest = Refined(better.values[:wanted], vectors, better.residuals[:wanted], better.steps)
        following = float(better.values[wanted]) if len(better.values) > wanted else np.inf
    else:
        if found is None:
            # The products that came along with X are good to the rounding of the first ones, no more.
            found = run.space.norms(run.x), run.residuals(fresh=run.steps > 1)
        following = float(run.values[wanted]) * operator.unit if len(run.values) > wanted else np.inf
        rest = _single(run, wanted, spent, *found)
    if errors is None:
        errors = temple(rest.values, rest.residuals, following, operator.norm * operator.unit)
    return rest, errors


def accurate(
    run: Iterate, wanted: int, least: int, accuracy: float, floor: float
) -> tuple[tuple[np.ndarray, np.ndarray] | None, np.ndarray]:
    """Steps, ``least`` or more, until the first ``wanted`` values are estimated to be right to ``accuracy``; lengths
    and residuals of X's vectors if the last step knows them, and the estimate."""
    norm = run.operator.norm
    progress = Progress(wanted, norm)
    least = least_steps(run.values, wanted, least, accuracy, norm)

    def enough(values: np.ndarray) -> bool:
        return right(progress.foreseen(values), values[:wanted], accuracy, norm)

    while True:
        residuals, found = run.ahead(), None
        progress.begins(run.values)
        if run.steps == 0 and least <= 1:
            found = run.last_step(residuals, floor, enough)
        else:
            run.step(residuals, floor)
        progress.ended(run.values, run.before)
        after = run.residuals(fresh=run.lean) if found is None else found[1]
        errors = progress.errors(after)
        good = right(errors, run.values[:wanted], accuracy, norm)
        impossible = bool((run.values[:wanted] < -NEGATIVE * norm).any())
        if found is None and not run.lean and (impossible or (good and run.steps >= max(least, 2))):
            # Products that came along with X are good to rounding after one step; later a value that is not there may
            # have come of it.
            after = run.residuals(fresh=True)
            drift = run.drift()[:wanted] / np.maximum(run.values[:wanted], LEAST_VALUE)
            errors = np.maximum(progress.errors(after), drift)
            good = right(errors, run.values[:wanted], accuracy, norm)
            found = run.space.norms(run.x), after
            if not good and run.steps < MOST_STEPS:
                run.begin_again()
        if run.steps >= max(least, MOST_STEPS * (not good)):
            return found, errors
        if found is not None and run.steps == 1:
            run.residuals(fresh=True)


def _single(run: Iterate, wanted: int, spent: dict[str, float], lengths: np.ndarray, residuals: np.ndarray) -> Refined:
    """The first ``wanted`` pairs as they stand, in float32."""
    unit = run.operator.unit
    spent["steps"] = float(run.steps)
    spent["bytes"] = float(run.space.data.nbytes + run.psi.nbytes + run.small.factor.nbytes)
    run.conclude()
    values = np.maximum(run.values[:wanted], 0) * unit
    return Refined(values, run.unpacked(wanted, lengths), residuals[:wanted] * unit, 0)
