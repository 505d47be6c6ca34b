"""Stitched spectra on any torch device: the method of :mod:`itten.spectra.stitched` in tensors, so that a picture on a
GPU stays there.

Plan, basis, small problem and refinement are the same; a start is always a cold one. When memory runs out tiles go in
smaller batches, and after that the work goes to the CPU, with a warning.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import BlockPlan, plan_within
from itten.graph.stencil import Stencil
from itten.spectra import stitched
from itten.spectra.blockspace import LANES
from itten.spectra.device_basis import BATCH_BYTES, galerkin, make_basis, tile_bytes
from itten.spectra.device_double import Refined, refine_double
from itten.spectra.device_islands import device_islands
from itten.spectra.device_iterate import DeviceIterate
from itten.spectra.device_operator import STORED, DeviceOperator, kernels_for
from itten.spectra.device_small import DeviceSmallProblem
from itten.spectra.iterate import LOCKED
from itten.spectra.result import Spectrum, fix_signs

log = logging.getLogger("itten")

# Matrices of vectors alive at the worst moment of a step: X, Z, P, R, their products, and what a kernel returns.
MATRICES = 11


def stitched_device(
    features: torch.Tensor,
    k: int,
    config: SpectrumConfig,
    mask: torch.Tensor | None = None,
    warm: Spectrum | None = None,
) -> Spectrum:
    """The ``k`` lowest pairs of ``features`` ``(C, H, W)`` on its device; see :func:`itten.spectrum`.

    ``config.backend`` ``"triton"`` and ``"torch"`` choose what does the products, any other leaves it to the device.
    ``warm`` is not used. Raises :class:`~itten.errors.ConvergenceError`, with the best :class:`Spectrum` so far as
    ``partial``, when ``tol`` cannot be reached.
    """
    begin = time.perf_counter()
    if warm is not None:
        log.info("stitched spectra on %s start cold: what the earlier spectrum kept is not used", features.device.type)
    features = features.detach()
    mask = None if mask is None else mask.to(features.device)
    if stitched.tiny(features, k, mask):
        return stitched.dense_spectrum(features, k, config, mask, begin, "a dense matrix, in float64")
    reason = ""
    batch = max(1, BATCH_BYTES // tile_bytes(_plan(features.shape[1], features.shape[2], config)))
    if features.device.type == "cuda":
        free = torch.cuda.mem_get_info(features.device)[0] + torch.cuda.memory_reserved(features.device)
        free -= torch.cuda.memory_allocated(features.device)
        need = estimate_bytes(features.shape[1], features.shape[2], k, config, features.dtype == torch.float64)
        if need > free:
            reason = f"about {need >> 20} MiB are needed and {free >> 20} MiB are free"
    if not reason:
        try:
            with _full_precision():
                return _solved(features, k, config, mask, begin, batch)
        except torch.OutOfMemoryError as error:
            reason = str(error).splitlines()[0]
    log.warning("not enough memory on %s (%s): the spectrum is computed on the CPU", features.device.type, reason)
    found = stitched.stitched_spectrum(
        features.cpu(), k, config.model_copy(update={"backend": "auto"}), None if mask is None else mask.cpu()
    )
    return replace(found, vectors=found.vectors.to(features.device))


def estimate_bytes(height: int, width: int, k: int, config: SpectrumConfig, double: bool = False) -> int:
    """Memory in bytes that a picture of ``height × width`` with ``k`` vectors takes at the worst moment, one tile at a
    time in the basis: vectors, the small problem's factor, columns of tiles, edge weights where they are stored.

    ``double``: a float64 picture.
    """
    plan = _plan(height, width, config)
    lanes = LANES * -(-(k + stitched.GUARDS) // LANES)
    shorter, longer = sorted((len(plan.tops), len(plan.lefts)))
    vectors = MATRICES * plan.pixels * lanes * (12 if double else 4)
    columns = len(plan) * plan.tile_height * 16 * (8 + 16) * 4
    factor = 6 * longer * (8 * shorter) ** 2 * 8
    weights = min(len(plan.half) * plan.pixels * (8 if double else 4), STORED)
    return vectors + columns + factor + weights + tile_bytes(plan)


def _plan(height: int, width: int, config: SpectrumConfig) -> BlockPlan:
    stencil = make_stencil(config.radii, config.weights)
    return plan_within(height, width, *config.blocks, stencil, stitched.factor_bytes(height, width))


@contextmanager
def _full_precision() -> Iterator[None]:
    """Products of float32 matrices in float32: a caller may have allowed shorter mantissas for networks."""
    settings = torch.backends.cuda.matmul
    name = "fp32_precision" if hasattr(settings, "fp32_precision") else "allow_tf32"
    before = getattr(settings, name)
    wanted = "ieee" if name == "fp32_precision" else False
    if before == wanted:
        yield
        return
    setattr(settings, name, wanted)
    try:
        yield
    finally:
        setattr(settings, name, before)


def _solved(
    features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None, begin: float, batch: int
) -> Spectrum:
    stencil = make_stencil(config.radii, config.weights)
    plan = _plan(features.shape[1], features.shape[2], config)
    operator = DeviceOperator(features.float(), plan, stencil, config.edge_threshold, mask, config.backend)
    islands = device_islands(operator, mask is not None)
    null = min(len(islands), k)
    found, values, residuals = islands.vectors(null, operator), np.zeros(null), np.zeros(null)
    spent: dict[str, float] = {"tiles": float(len(plan)), "steps": 0.0}
    scale = operator.norm * operator.unit
    if k > null:
        count = -(-(k + stitched.GUARDS) // LANES)
        psi, batch = make_basis(operator, config.basis, batch)
        spent |= {"fresh_tiles": float(len(plan)), "batch": float(batch)}
        small = DeviceSmallProblem(plan, *galerkin(operator, psi))
        first, coarse = small.lowest(count, stitched.SMALL_STEPS)
        in_order = config.tol is not None or config.refinement == 0 or len(islands) > 1
        run = DeviceIterate(operator, islands, small, psi, coarse, first, in_order)
        rest = _refined(run, k - null, config, features, stencil, mask, spent)
        found = torch.cat([found.to(rest.vectors.dtype), rest.vectors])
        values, residuals = np.concatenate([values, rest.values]), np.concatenate([residuals, rest.residuals])
    log.debug("stitched on %s with %s kernels", features.device, kernels_for(features.device, config.backend))
    spent["seconds"] = time.perf_counter() - begin
    result = Spectrum(
        values=torch.from_numpy(values),
        vectors=fix_signs(found).to(features.dtype),
        residuals=torch.from_numpy(residuals),
        scale=scale,
        method="stitched",
        status="converged",
        advice=stitched.advice(len(islands), null == k, residuals, scale),
        components=len(islands),
        spent=spent,
    )
    return stitched.judged(result, features, config, mask, begin)


def _refined(
    run: DeviceIterate,
    wanted: int,
    config: SpectrumConfig,
    features: torch.Tensor,
    stencil: Stencil,
    mask: torch.Tensor | None,
    spent: dict[str, float],
) -> Refined:
    """The ``wanted`` lowest pairs beside the null vectors: ``config.refine`` steps, or what ``config.tol`` needs."""
    operator = run.operator
    double = features.dtype == torch.float64
    if config.tol is None:
        for _ in range(config.refinement):
            run.step(run.residuals(fresh=False), LOCKED * stitched.CONVERGED * operator.norm)
        reached = True
    else:
        reached = _until(run, wanted, max(config.tol, stitched.SINGLE if double else 0.0) * operator.norm)
    spent["steps"], spent["bytes"] = float(run.steps), float(run.bytes)
    if double or not reached:
        bound = None if config.tol is None else config.tol * operator.norm
        better = refine_double(run, features, stencil, config.edge_threshold, mask, wanted, bound)
        spent["double_steps"] = float(better.steps)
        return better
    # The products that came along with X are good to the rounding of the first ones, no more.
    residuals = run.residuals(fresh=run.steps > 1)[:wanted] * operator.unit
    values = np.maximum(run.values[:wanted], 0) * operator.unit
    return Refined(values, run.unpacked(wanted), residuals, 0)


def _until(run: DeviceIterate, wanted: int, bound: float) -> bool:
    """Steps until the first ``wanted`` residuals are below ``bound``; where it gets no better, back to the best."""
    best, since = np.inf, 0
    while True:
        residuals = run.residuals(fresh=False)
        worst = float(residuals[:wanted].max())
        if worst <= bound:
            # Only a residual from products made anew is believed.
            residuals = run.residuals(fresh=True)
            worst = float(residuals[:wanted].max())
        since = 0 if worst < 0.9 * best else since + 1
        if worst < best:
            best = worst
            run.keep()
        if best <= bound:
            return True
        if run.steps >= stitched.MOST_STEPS or since >= stitched.PATIENCE:
            run.restore()
            return False
        run.step(residuals, LOCKED * bound)
