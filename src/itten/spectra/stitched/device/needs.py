"""What pictures of a size take on a device."""

from __future__ import annotations

import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import BlockPlan, plan_within
from itten.spectra.stitched.device.basis import COLUMNS
from itten.spectra.stitched.device.operator import STORED
from itten.spectra.stitched.device.tilefactor import tile_bytes
from itten.spectra.stitched.host.basis import most_bytes
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.limits import STRONG
from itten.spectra.stitched.outcome import GUARDS

# Matrices of vectors alive at the worst moment of a step: X, Z, P, R, their products, and what a kernel returns.
MATRICES = 11
# More of them where every one may have a scaled copy.
SCALED = 2
# And the same of a tile's row of blocks of the small problem, and of its factor.
BLOCKS, FACTORS = 14, 6
# Panels of a tile at weak edges.
USUAL_PANELS = 4


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
    a time in the basis: vectors, the small problem and its factor, columns of tiles, edge weights where they are
    stored. Where edges are weak all tiles may have four times as many columns, if the factor stays within its bound;
    more are rare, and where they do not fit the device says so.

    ``double``: float64 pictures.
    """
    plan = plan_of(height, width, config)
    lanes = blocks_of(k) * LANES
    shorter, longer = sorted((len(plan.tops), len(plan.lefts)))
    normalised = config.laplacian == "normalised"
    vectors = (MATRICES + SCALED * normalised) * plan.pixels * lanes * (12 if double else 4)
    weak = config.edge_threshold < STRONG or normalised
    most = COLUMNS * (USUAL_PANELS if weak else 1)
    columns = len(plan) * plan.tile_height * 16 * (most + 16) * 4
    factor = longer * (most * shorter) ** 2 * 8
    if weak:
        # The host's has one half of the band, in float32, and rows that are not filled up to the longest one.
        factor = min(factor, 8 * most_bytes(plan))
        columns += BLOCKS * len(plan) * len(plan.neighbours) * most**2 * 8
    colours = 2 * channels * plan.pixels * (12 if double else 4)
    weights = len(plan.half) * plan.pixels * (8 if double else 4)
    each = vectors + columns + FACTORS * factor + colours
    return pictures * each + min(pictures * weights, STORED) + tile_bytes(plan)


def free_bytes(device: torch.device) -> int:
    """Bytes that may be taken on a CUDA device."""
    held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0] + held)


def blocks_of(k: int) -> int:
    """Blocks of 16 vectors that are carried for ``k`` wanted ones."""
    return -(-(k + GUARDS) // LANES)


def plan_of(height: int, width: int, config: SpectrumConfig) -> BlockPlan:
    """How such a picture is cut into tiles."""
    return plan_within(height, width, *config.blocks, make_stencil(config.radii, config.weights))
