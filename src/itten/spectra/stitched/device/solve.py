"""Stitched spectra on any torch device: the same method in tensors, so that pictures on a GPU stay there.

Plan, basis, small problem and refinement are the same; a start is always a cold one. Pictures of one size go side by
side. At default settings, for up to 8 vectors of pictures that are one component each, Triton's kernels make the host
wait once, for the numbers of the result, and on a CUDA device the launches are replayed as a graph from the third time
on (:mod:`itten.spectra.stitched.device.graph`). More vectors need the library's eigensolver, which waits each time.
When memory runs out, recordings are dropped, then pictures go in smaller batches, then tiles do, and after that the
work goes to the CPU, with a warning.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import BlockPlan, plan_within
from itten.spectra.claims import CONVERGED
from itten.spectra.result import Spectrum, fix_signs
from itten.spectra.stitched.device import graph as device_graph
from itten.spectra.stitched.device.basis import BATCH_BYTES, galerkin, make_basis, tile_bytes
from itten.spectra.stitched.device.double import Refined, refine_double
from itten.spectra.stitched.device.islands import DeviceIslands, device_islands, one_island, surely_connected
from itten.spectra.stitched.device.iterate import DeviceIterate
from itten.spectra.stitched.device.operator import STORED, DeviceOperator, kernels_for
from itten.spectra.stitched.device.plan import device_plan
from itten.spectra.stitched.device.ritz import LARGEST as LARGEST_PENCIL
from itten.spectra.stitched.device.small import SMALL_STEPS, DeviceSmallProblem
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.solve import stitched_host
from itten.spectra.stitched.limits import LOCKED, check_colours
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

log = logging.getLogger("itten")

# Matrices of vectors alive at the worst moment of a step: X, Z, P, R, their products, and what a kernel returns.
MATRICES = 11


def stitched_device(
    pictures: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None = None
) -> list[Spectrum]:
    """The ``k`` lowest pairs of every one of ``pictures`` ``(B, C, H, W)`` on their device; see :func:`itten.spectrum`.

    ``config.backend`` ``"triton"`` and ``"torch"`` choose what does the products, any other leaves it to the device.
    ``mask`` ``(H, W)`` bool goes with one picture alone. Raises :class:`~itten.errors.ConvergenceError`, with the best
    :class:`Spectrum` so far as ``partial``, when ``tol`` cannot be reached.
    """
    begin = time.perf_counter()
    pictures = pictures.detach()
    mask = None if mask is None else mask.to(pictures.device)
    if tiny(pictures[0], k, mask):
        how = "a dense matrix, in float64"
        return [dense_spectrum(one, k, config, mask, begin, how) for one in pictures]
    height, width = pictures.shape[2:]
    double = pictures.dtype == torch.float64
    most, reason = (1, "") if double else (len(pictures), "")
    if pictures.device.type == "cuda":
        sizes = height, width, k, config, double
        # What recordings hold is nobody else's: without them there may be room.
        if estimate_bytes(*sizes, most, pictures.shape[1]) > _free(pictures.device):
            device_graph.forget()
        free = _free(pictures.device)
        while (need := estimate_bytes(*sizes, most, pictures.shape[1])) > free and most > 1:
            most = -(-most // 2)
        if need > free:
            reason = f"about {need >> 20} MiB are needed and {free >> 20} MiB are free"
    found: list[Spectrum] = []
    while len(found) < len(pictures) and not reason:
        try:
            found += _solved(pictures[len(found) : len(found) + most], k, config, mask)
        except torch.OutOfMemoryError as error:
            if device_graph.forget():
                log.info("out of memory: recorded launches are dropped")
            elif most == 1:
                reason = str(error).splitlines()[0]
            else:
                most = -(-most // 2)
                log.info("out of memory: going on with %d pictures at once", most)
    if reason:
        log.warning("not enough memory on %s (%s): the spectrum is computed on the CPU", pictures.device.type, reason)
        found += [_on_cpu(one, k, config, mask) for one in pictures[len(found) :]]
    return found


def estimate_bytes(
    height: int,
    width: int,
    k: int,
    config: SpectrumConfig,
    double: bool = False,
    pictures: int = 1,
    channels: int = 3,
) -> int:
    """Memory in bytes that ``pictures`` of ``height × width`` with ``k`` vectors take at the worst moment, one tile at
    a time in the basis: vectors, the small problem's factor, columns of tiles, edge weights where they are stored.

    ``double``: float64 pictures.
    """
    plan = _plan(height, width, config)
    lanes = _blocks(k) * LANES
    shorter, longer = sorted((len(plan.tops), len(plan.lefts)))
    vectors = MATRICES * plan.pixels * lanes * (12 if double else 4)
    columns = len(plan) * plan.tile_height * 16 * (8 + 16) * 4
    factor = 6 * longer * (8 * shorter) ** 2 * 8
    colours = 2 * channels * plan.pixels * (12 if double else 4)
    weights = len(plan.half) * plan.pixels * (8 if double else 4)
    return pictures * (vectors + columns + factor + colours) + min(pictures * weights, STORED) + tile_bytes(plan)


def _free(device: torch.device) -> int:
    """Bytes that may be taken on a CUDA device."""
    held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0] + held)


def _replayable(features: torch.Tensor, k: int, config: SpectrumConfig) -> bool:
    """Whether the launches may be recorded on the device: where nothing waits, since all kernels are Triton's and
    pencils have few enough columns for one, and where eight recordings would fit into memory."""
    device = features.device
    if device.type != "cuda":
        return True
    if kernels_for(device, config.backend) != "triton" or 3 * LANES * _blocks(k) > LARGEST_PENCIL:
        return False
    batch, channels, height, width = features.shape
    need = estimate_bytes(height, width, k, config, False, batch, channels)
    return 8 * need <= torch.cuda.get_device_properties(device).total_memory


def _blocks(k: int) -> int:
    return -(-(k + GUARDS) // LANES)


def _plan(height: int, width: int, config: SpectrumConfig) -> BlockPlan:
    return plan_within(height, width, *config.blocks, make_stencil(config.radii, config.weights))


def _on_cpu(picture: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> Spectrum:
    there = config.model_copy(update={"backend": "auto"})
    found = stitched_host(picture.cpu(), k, there, None if mask is None else mask.cpu())
    return replace(found, vectors=found.vectors.to(picture.device))


@dataclass(frozen=True)
class _Found:
    """``vectors`` ``(B, k, H, W)``, and ``numbers`` ``(B, 2 k + 3)`` float64: values, residuals, the norm of L, the
    largest colour, and whether the picture is one component for certain."""

    vectors: torch.Tensor
    numbers: torch.Tensor


def _solved(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> list[Spectrum]:
    begin = time.perf_counter()
    if k == 1 or mask is not None or config.tol is not None or features.dtype == torch.float64:
        return [_one_by_one(one[None], k, config, mask) for one in features]
    spent: dict[str, float] = {}

    def work(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = _lowest(pictures, k, config, spent)
        return found.vectors, found.numbers

    given = features.float().contiguous()
    if _replayable(features, k, config):
        stream = torch.cuda.current_stream(features.device).cuda_stream if features.is_cuda else 0
        tables = device_plan(_plan(features.shape[2], features.shape[3], config), features.device, len(features))
        key = features.shape, k, config, features.device, stream
        found = _Found(*device_graph.replayed(key, work, given, spent, tables))
    else:
        found = _Found(*work(given))
    spectra = []
    # The only wait.
    for picture, vectors, row in zip(features, found.vectors, found.numbers.cpu(), strict=True):
        check_colours(float(row[-2]))
        if not row[-1]:
            spectra.append(_one_by_one(picture[None], k, config, None))
            continue
        spent["seconds"] = time.perf_counter() - begin
        pairs = row[:k].clone(), vectors.to(picture.dtype), row[k : 2 * k].clone()
        spectra.append(assembled(*pairs, float(row[-3]), 1, dict(spent)))
    return [judged(one, picture, config, mask, begin) for one, picture in zip(spectra, features, strict=True)]


def _lowest(features: torch.Tensor, k: int, config: SpectrumConfig, spent: dict[str, float]) -> _Found:
    """Pictures that are hoped to be one component each; only the library's eigensolver, where it is needed, waits."""
    stencil = make_stencil(config.radii, config.weights)
    plan = _plan(features.shape[2], features.shape[3], config)
    operator = DeviceOperator(features, plan, stencil, config.edge_threshold, None, config.backend)
    islands = one_island(operator, plan.height * plan.width)
    run = _started(operator, islands, k, config, spent)
    _steps(run, config)
    rest = _unrefined(run, k - 1, spent)
    vectors = torch.cat([islands.vectors(1, operator).to(rest.vectors.dtype), rest.vectors], dim=1)
    zero = torch.zeros_like(rest.values[:, :1])
    scale = operator.norm[:, None] * operator.unit
    marks = operator.largest.double()[:, None], surely_connected(operator).double()[:, None]
    numbers = torch.cat([zero, rest.values, zero, rest.residuals, scale, *marks], dim=1)
    return _Found(fix_signs(vectors.flatten(0, 1)).view_as(vectors), numbers)


def _one_by_one(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> Spectrum:
    """One picture ``(1, C, H, W)`` of any number of components, with tolerance, mask and float64 as asked for."""
    begin = time.perf_counter()
    stencil = make_stencil(config.radii, config.weights)
    plan = _plan(features.shape[2], features.shape[3], config)
    operator = DeviceOperator(features.float(), plan, stencil, config.edge_threshold, mask, config.backend)
    check_colours(float(operator.largest))
    islands = device_islands(operator, mask is not None)
    null = min(len(islands), k)
    vectors = islands.vectors(null, operator)
    values = residuals = torch.zeros((1, null), dtype=torch.float64, device=features.device)
    spent: dict[str, float] = {"tiles": float(len(plan)), "steps": 0.0}
    norm = float(operator.norm)
    if k > null:
        run = _started(operator, islands, k, config, spent)
        wanted, double, reached = k - null, features.dtype == torch.float64, True
        if config.tol is None:
            _steps(run, config)
        else:
            reached = until(run, wanted, single_bound(config.tol, double) * norm)
        rest = _unrefined(run, wanted, spent)
        if double or not reached:
            bound = None if config.tol is None else double_bound(config.tol, double) * norm
            rest = refine_double(run, features, stencil, config.edge_threshold, mask, wanted, bound)
            spent["double_steps"] = float(rest.steps)
        vectors = torch.cat([vectors.to(rest.vectors.dtype), rest.vectors], dim=1)
        values, residuals = torch.cat([values, rest.values], 1), torch.cat([residuals, rest.residuals], 1)
    spent["seconds"] = time.perf_counter() - begin
    scale, vectors = norm * operator.unit, fix_signs(vectors[0])
    pairs = values[0].cpu(), vectors.to(features.dtype), residuals[0].cpu()
    found = assembled(*pairs, scale, len(islands), spent)
    return judged(found, features[0], config, mask, begin)


def _started(
    operator: DeviceOperator, islands: DeviceIslands, k: int, config: SpectrumConfig, spent: dict[str, float]
) -> DeviceIterate:
    """Basis, small problem and its solution on the pictures."""
    batch = max(1, BATCH_BYTES // tile_bytes(operator.plan))
    psi, batch = make_basis(operator, config.basis, batch)
    spent |= {"tiles": float(len(operator.plan)), "fresh_tiles": float(len(operator.plan)), "batch": float(batch)}
    small = DeviceSmallProblem(operator.on, *galerkin(operator, psi), operator.kind)
    values, coarse = small.lowest(_blocks(k), SMALL_STEPS)
    in_order = config.tol is not None or config.refinement == 0 or len(islands) > 1
    return DeviceIterate(operator, islands, small, psi, coarse, values, in_order)


def _steps(run: DeviceIterate, config: SpectrumConfig) -> None:
    for _ in range(config.refinement):
        run.step(run.residuals(fresh=False), LOCKED * CONVERGED * run.operator.norm)


def _unrefined(run: DeviceIterate, wanted: int, spent: dict[str, float]) -> Refined:
    """The first ``wanted`` pairs as they stand."""
    spent["steps"], spent["bytes"] = float(run.steps), float(run.bytes)
    # The products that came along with X are good to the rounding of the first ones, no more.
    residuals = run.residuals(fresh=run.steps > 1)[:, :wanted] * run.operator.unit
    return Refined(run.values[:, :wanted].clamp(min=0) * run.operator.unit, run.unpacked(wanted), residuals, 0)
