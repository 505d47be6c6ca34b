"""The seed's field: an unconverged Lanczos run on every tile, blended.

Each tile of the plan runs a few Lanczos steps with full reorthogonalisation on the mean-free space,
from one fixed start vector; the Ritz vectors of its smallest Ritz values above 1e-6 are weighted with
the tile's share of the partition of unity and summed. What comes out is no eigenvector of the image's
Laplacian, and the residuals say how far it is from one.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import InputError
from itten.graph import laplacian_apply, make_stencil, plan_tiles
from itten.graph.tiles import TilePlan
from itten.kernels import choose, kernel
from itten.kernels.registry import ARRAY_BACKENDS
from itten.spectra.components import components_of, contrasts
from itten.spectra.result import GAUGE_TOLERANCE, Spectrum, fix_signs

RITZ_FLOOR = 1e-6
# Part of a map's length that has to be left beside the null vectors.
LEFT = 1e-4


def tiled_vectors(features: torch.Tensor, k: int, config: SpectrumConfig) -> torch.Tensor:
    """``(k, H, W)``: the blend of the tiles' ``k`` lowest non-constant Ritz vectors, in their order.

    ``features`` ``(C, H, W)``, float32 or float64; the result has that type. Maps that no tile has (a
    tile of n pixels holds at most n − 1) are zero.
    """
    steps, tile, overlap = config.plan
    if k > steps:
        raise InputError(f"{k} vectors were asked for, {steps} Lanczos steps give at most {steps}: raise steps")
    stencil = make_stencil(config.radii, config.weights)
    plan = plan_tiles(features.shape[1], features.shape[2], tile, overlap)
    backend = choose("lanczos_tiles", features.device.type, config.backend)
    dtype = torch.empty(0, dtype=features.dtype).numpy().dtype
    arguments = (
        plan.corners,
        plan.tile_height,
        plan.tile_width,
        stencil.offsets,
        stencil.weights.astype(dtype),
        dtype.type(1.0 / config.edge_threshold),
        start_vector(plan, config.seed),
        steps,
        k,
        RITZ_FLOOR,
        GAUGE_TOLERANCE,
    )
    run = kernel("lanczos_tiles", backend)
    if backend in ARRAY_BACKENDS:
        vectors = torch.from_numpy(run(features.contiguous().numpy(), *arguments)[0])
    else:
        vectors = run(features, *arguments)[0]
    return _blend(vectors, plan).to(features.dtype)


def start_vector(plan: TilePlan, seed: int) -> np.ndarray:
    """``(tile_height · tile_width,)`` float64: the one vector that every tile starts from."""
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(plan.tile_height * plan.tile_width)


def _blend(vectors: torch.Tensor, plan: TilePlan) -> torch.Tensor:
    """Σ share · tile vector, tile after tile in the plan's order."""
    height, width = plan.tile_height, plan.tile_width
    tiles = vectors.reshape(len(plan), -1, height, width)
    rows = torch.tensor(plan.rows, dtype=tiles.dtype, device=tiles.device)
    columns = torch.tensor(plan.columns, dtype=tiles.dtype, device=tiles.device)
    out = tiles.new_zeros((tiles.shape[1], plan.height, plan.width))
    for index, (top, left) in enumerate(plan.corners.tolist()):
        i, j = divmod(index, len(plan.lefts))
        share = rows[i, :, None] * columns[j]
        out[:, top : top + height, left : left + width] += share * tiles[index]
    return out


def tiled_spectrum(features: torch.Tensor, k: int, config: SpectrumConfig) -> Spectrum:
    """The null vectors of the picture's components, one of them the constant, and blended maps, ``k`` together, with
    Rayleigh quotients and true residuals.

    Both come from products with the Laplacian of the whole image, which is never formed. Where there are several
    components the maps lose their mean on each, so that they are orthogonal to the null vectors.
    """
    begin = time.perf_counter()
    stencil = make_stencil(config.radii, config.weights)
    numbers, sizes = components_of(features, stencil, config.edge_threshold)
    null = min(len(sizes), k)
    known = torch.from_numpy(contrasts(sizes, null)[:, numbers]).to(features.device)
    blended = tiled_vectors(features, k - null, config).double() if k > null else known[:0]
    if len(sizes) > 1 and k > null:
        blended = _centred(blended, numbers, len(sizes))
    vectors = torch.cat([known, blended])
    vectors = vectors / vectors.flatten(1).norm(dim=1).clamp(min=1e-300)[:, None, None]
    # From here on they are what is returned.
    vectors = fix_signs(vectors).to(features.dtype)
    double = vectors.double()
    product = laplacian_apply(features.double(), double, stencil, config.edge_threshold, config.backend)
    values = (double * product).flatten(1).sum(dim=1) / double.flatten(1).square().sum(dim=1).clamp(min=1e-300)
    values[:null] = 0
    order = torch.argsort(values[null:], stable=True) + null
    order = torch.cat([torch.arange(null, device=order.device), order])
    missing = int((vectors.flatten(1).abs().amax(dim=1) == 0).sum())
    vectors, product, values = vectors[order], product[order], values[order]
    residuals = (product - values[:, None, None] * double[order]).flatten(1).norm(dim=1)
    advice = (
        f"{missing} of {k} vectors do not exist on tiles like these; they are zero"
        if missing
        else "a blend of unconverged tile vectors, no eigenvectors: compare residuals with the values"
    )
    return Spectrum(
        values=values,
        vectors=vectors,
        residuals=residuals,
        scale=4.0 * float(stencil.weights.sum()),
        method="tiled",
        status="degenerate" if missing else "approximate",
        advice=(f"{len(sizes)} islands, their null vectors exact; " if len(sizes) > 1 else "") + advice,
        components=len(sizes),
        spent={"seconds": time.perf_counter() - begin, "steps": float(config.plan[0])},
    )


def _centred(maps: torch.Tensor, numbers: np.ndarray, count: int) -> torch.Tensor:
    """``maps`` ``(k, H, W)`` without their mean on every one of ``count`` components; zero where only rounding would be
    left. Sums are made on the host, in one order."""
    flat, names = maps.flatten(1).cpu(), torch.from_numpy(numbers.ravel().astype(np.int64))
    sizes = torch.bincount(names, minlength=count)
    means = torch.stack([torch.bincount(names, weights=row, minlength=count) for row in flat]) / sizes
    left = flat - means[:, names]
    alive = left.norm(dim=1, keepdim=True) > LEFT * flat.norm(dim=1, keepdim=True)
    return torch.where(alive, left, 0.0).view(maps.shape).to(maps.device)
