"""Stitched spectra on any torch device: the same method in tensors, so that pictures on a GPU stay there.

Plan, basis, small problem and refinement are the same; a start is always a cold one. What is to be refined to an
accuracy or a tolerance, or has weak edges or the normalised Laplacian, goes one by one, and the host looks at the
numbers in between. With a number of steps that is given, as fields have it, pictures of one size go side by side: for
up to 8 vectors of pictures that are one component each Triton's kernels make the host wait once, for the numbers of the
result, and on a CUDA device the launches are replayed as a graph from the third time on
(:mod:`itten.spectra.stitched.device.graph`). More vectors need the library's eigensolver, which waits each time.

When memory runs out, recordings are dropped, then pictures go in smaller batches, then tiles do, and after that the
work goes to the CPU, with a warning.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.spectra.result import Spectrum, fix_signs
from itten.spectra.stitched.device import graph as device_graph
from itten.spectra.stitched.device.accurate import accurate, errors_of, fixed
from itten.spectra.stitched.device.basis import BATCH_BYTES, make_basis
from itten.spectra.stitched.device.double import Refined, refine_double
from itten.spectra.stitched.device.islands import DeviceIslands, device_islands, one_island, surely_connected
from itten.spectra.stitched.device.iterate import DeviceIterate
from itten.spectra.stitched.device.needs import blocks_of, estimate_bytes, free_bytes, plan_of
from itten.spectra.stitched.device.operator import DeviceOperator, kernels_for
from itten.spectra.stitched.device.plan import device_plan
from itten.spectra.stitched.device.products import galerkin
from itten.spectra.stitched.device.ritz import LARGEST as LARGEST_PENCIL
from itten.spectra.stitched.device.small import SMALL_STEPS, DeviceSmallProblem
from itten.spectra.stitched.device.tilefactor import tile_bytes
from itten.spectra.stitched.device.weak import followed, least_mass, weak_basis
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.solve import stitched_host
from itten.spectra.stitched.limits import STRONG, check_colours
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
    most, reason = len(pictures) if _together(pictures, k, config, mask) else 1, ""
    if pictures.device.type == "cuda":
        sizes = height, width, k, config, double
        # What recordings hold is nobody else's: without them there may be room.
        if estimate_bytes(*sizes, most, pictures.shape[1]) > free_bytes(pictures.device):
            device_graph.forget()
        free = free_bytes(pictures.device)
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


def _replayable(features: torch.Tensor, k: int, config: SpectrumConfig) -> bool:
    """Whether the launches may be recorded on the device: where nothing waits, since all kernels are Triton's and
    pencils have few enough columns for one, and where eight recordings would fit into memory."""
    device = features.device
    if device.type != "cuda":
        return True
    if kernels_for(device, config.backend) != "triton" or 3 * LANES * blocks_of(k) > LARGEST_PENCIL:
        return False
    batch, channels, height, width = features.shape
    need = estimate_bytes(height, width, k, config, False, batch, channels)
    return 8 * need <= torch.cuda.get_device_properties(device).total_memory


def _on_cpu(picture: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> Spectrum:
    there = config.model_copy(update={"backend": "auto"})
    found = stitched_host(picture.cpu(), k, there, None if mask is None else mask.cpu())
    return replace(found, vectors=found.vectors.to(picture.device))


def _together(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> bool:
    """Whether pictures go side by side, since what is done depends on nothing that comes out: so many steps, and strong
    edges, without masses."""
    fixed = config.tol is None and config.wanted_accuracy is None and config.edge_threshold >= STRONG
    return fixed and config.laplacian == "combinatorial" and k > 1 and mask is None and features.dtype != torch.float64


@dataclass(frozen=True)
class _Found:
    """``vectors`` ``(B, k, H, W)``, and ``numbers`` ``(B, 3 + 2 k + 2 (steps + 1) lanes)`` float64: the norm of L, the
    largest colour, whether the picture is one component for certain, values and residuals, and those of all lanes
    before the first step and after every one."""

    vectors: torch.Tensor
    numbers: torch.Tensor


def _solved(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> list[Spectrum]:
    begin = time.perf_counter()
    if not _together(features, k, config, mask):
        return [_one_by_one(one[None], k, config, mask) for one in features]
    spent: dict[str, float] = {}

    def work(pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = _lowest(pictures, k, config, spent)
        return found.vectors, found.numbers

    given = features.float().contiguous()
    if _replayable(features, k, config):
        stream = torch.cuda.current_stream(features.device).cuda_stream if features.is_cuda else 0
        tables = device_plan(plan_of(features.shape[2], features.shape[3], config), features.device, len(features))
        key = features.shape, k, config, features.device, stream
        found = _Found(*device_graph.replayed(key, work, given, spent, tables))
    else:
        found = _Found(*work(given))
    spectra = []
    # The only wait.
    for picture, vectors, row in zip(features, found.vectors, found.numbers.cpu(), strict=True):
        scale, largest, connected = row[:3].tolist()
        check_colours(largest)
        if not connected:
            spectra.append(_one_by_one(picture[None], k, config, None))
            continue
        spent["seconds"] = time.perf_counter() - begin
        values, residuals = row[3 : 3 + k].clone(), row[3 + k : 3 + 2 * k].clone()
        told = row[3 + 2 * k :].view(2, config.refinement + 1, -1).numpy()
        one = assembled(values, vectors.to(picture.dtype), residuals, scale, 1, dict(spent))
        errors = np.append(0.0, errors_of(told[0], told[1], k - 1, scale))
        spectra.append(replace(one, errors=torch.from_numpy(errors)))
    return [judged(one, picture, config, mask, begin) for one, picture in zip(spectra, features, strict=True)]


def _lowest(features: torch.Tensor, k: int, config: SpectrumConfig, spent: dict[str, float]) -> _Found:
    """Pictures that are hoped to be one component each; only the library's eigensolver, where it is needed, waits."""
    stencil = make_stencil(config.radii, config.weights)
    plan = plan_of(features.shape[2], features.shape[3], config)
    operator = DeviceOperator(features, plan, stencil, config.edge_threshold, None, config.backend)
    islands = one_island(operator, plan.height * plan.width)
    run = _started(operator, islands, k, config, spent)
    told = fixed(run, config.refinement)
    rest = _unrefined(run, k - 1, spent)
    vectors = torch.cat([islands.vectors(1, operator).to(rest.vectors.dtype), rest.vectors], dim=1)
    zero = torch.zeros_like(rest.values[:, :1])
    marks = operator.norm * operator.unit, operator.largest.double(), surely_connected(operator).double()
    parts = [mark[:, None] for mark in marks]
    for after in (rest.values, rest.residuals):
        parts += [zero, after[:, : k - 1]]
    for before, after in zip(told, (rest.values, rest.residuals), strict=True):
        parts += [before.flatten(1) * operator.unit, after]
    numbers = torch.cat(parts, dim=1)
    return _Found(fix_signs(vectors.flatten(0, 1)).view_as(vectors), numbers)


def _one_by_one(features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None) -> Spectrum:
    """One picture ``(1, C, H, W)`` of any number of components, with tolerance, mask and float64 as asked for."""
    begin = time.perf_counter()
    stencil = make_stencil(config.radii, config.weights)
    plan = plan_of(features.shape[2], features.shape[3], config)
    graph = plan, stencil, config.edge_threshold, mask
    operator = DeviceOperator(features.float(), *graph, config.backend, config.laplacian)
    check_colours(float(operator.largest))
    islands, double = device_islands(operator, mask is not None), features.dtype == torch.float64

    def exact() -> DeviceOperator:
        return DeviceOperator(features.double(), *graph, "torch", config.laplacian)

    null = min(len(islands), k)
    known = islands.weighed_with(exact()) if double and operator.mass is not None else islands
    vectors = known.vectors(null, operator)
    values = residuals = torch.zeros((1, null), dtype=torch.float64, device=features.device)
    errors = np.zeros(null)
    spent: dict[str, float] = {"tiles": float(len(plan)), "steps": 0.0}
    norm = float(operator.norm)
    if k > null:
        run = _started(operator, islands, k, config, spent)
        wanted, reached, told = k - null, True, None
        if config.tol is not None:
            reached = until(run, wanted, single_bound(config.tol, double) * norm)
        elif config.refinement or config.wanted_accuracy is not None:
            told = accurate(run, wanted, config.refinement, config.wanted_accuracy or np.inf)
        rest = _unrefined(run, wanted, spent)
        if double or not reached:
            bound = None if config.tol is None else double_bound(config.tol, double) * norm
            rest = refine_double(run, exact(), wanted, bound)
            spent["double_steps"] = float(rest.steps)
        if told is None:
            told = errors_of(rest.values.cpu().numpy(), rest.residuals.cpu().numpy(), wanted, norm * operator.unit)
        errors = np.concatenate([errors, told])
        vectors = torch.cat([vectors.to(rest.vectors.dtype), rest.vectors], dim=1)
        values = torch.cat([values, rest.values[:, :wanted]], 1)
        residuals = torch.cat([residuals, rest.residuals[:, :wanted]], 1)
    spent["seconds"] = time.perf_counter() - begin
    scale, vectors = norm * operator.unit, fix_signs(vectors[0])
    pairs = values[0].cpu(), vectors.to(features.dtype), residuals[0].cpu()
    found = assembled(*pairs, scale, len(islands), spent)
    found = replace(found, errors=torch.from_numpy(errors), laplacian=config.laplacian)
    return judged(found, features[0], config, mask, begin)


def _started(
    operator: DeviceOperator, islands: DeviceIslands, k: int, config: SpectrumConfig, spent: dict[str, float]
) -> DeviceIterate:
    """Basis, small problem and its solution on the pictures."""
    batch = max(1, BATCH_BYTES // tile_bytes(operator.plan))
    mass, counts = least_mass(operator, k + GUARDS), None
    if mass is not None:
        psi, counts, batch = weak_basis(operator, config.basis, mass, batch)
    else:
        psi, batch = make_basis(operator, config.basis, batch)
    spent |= {"tiles": float(len(operator.plan)), "fresh_tiles": float(len(operator.plan)), "batch": float(batch)}
    small = DeviceSmallProblem(operator.on, *galerkin(operator, psi), operator.kind, counts)
    values, coarse = small.lowest(blocks_of(k), SMALL_STEPS)
    if mass is not None:
        values, coarse = followed(operator, small, values, coarse, k)
    small.solved()
    in_order = config.tol is not None or config.refinement == 0 or len(islands) > 1
    return DeviceIterate(operator, islands, small, psi, coarse, values, in_order)


def _unrefined(run: DeviceIterate, wanted: int, spent: dict[str, float]) -> Refined:
    """The first ``wanted`` pairs as they stand."""
    spent["steps"], spent["bytes"] = float(run.steps), float(run.bytes)
    # The products that came along with X are good to the rounding of the first ones, no more.
    residuals = run.residuals(fresh=run.steps > 1) * run.operator.unit
    return Refined(run.values.clamp(min=0) * run.operator.unit, run.unpacked(wanted), residuals, 0)
