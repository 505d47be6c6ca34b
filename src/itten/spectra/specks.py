"""Specks: small pieces that are nearly cut off from the rest of a picture, such as single pixels of a colour that no
neighbour has.

Where edges are weak their indicators are among the lowest vectors, and say nothing of the picture. Of a piece S the
value is about cut(S) / |S|, the weight of its edges to the rest over its pixels (with the normalised Laplacian over
their degrees): what is below the wanted values and small is a speck.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.errors import InputError
from itten.graph import make_stencil
from itten.graph.blocks import plan_within
from itten.kernels.numba.components import outward_rows
from itten.spectra.components import CUT
from itten.spectra.result import Spectrum, speck_pixels
from itten.spectra.stitched.accuracy import AS_ZERO
from itten.spectra.stitched.host.islands import pieces, sums
from itten.spectra.stitched.host.operator import CanvasOperator

log = logging.getLogger("itten")

# Times that specks are sought, at values twice as large each time.
ROUNDS = 12
# How heavy edges may be across which pieces are told apart, as multiples of the value; with the normalised Laplacian of
# the value for a pixel in a flat part.
CUTS, NORMALISED_CUTS = (1.0, 8.0, 64.0), (0.001, 0.03, 1.0)

Solve = Callable[[torch.Tensor | None], Spectrum]


def without_specks(
    solve: Solve, features: torch.Tensor, k: int, config: SpectrumConfig, mask: torch.Tensor | None
) -> Spectrum:
    """The ``k`` lowest pairs of the graph without its specks: they are left out as if the ``mask`` ``(H, W)`` bool hid
    them, too. ``solve`` finds pairs for a mask; the picture ``(C, H, W)``.

    Raises :class:`~itten.errors.InputError` where fewer than ``k`` pixels are in no speck.
    """
    hidden, found = mask, solve(mask)
    for number in range(ROUNDS):
        lone = found.specks
        if not bool(lone.any()):
            break
        # What is as good as zero may be an island's.
        bound = 2.0**number * max(float(found.values.max()), AS_ZERO * found.scale)
        known = specks_of(features, config, bound, hidden) | _living_on(found, lone)
        hidden = known if hidden is None else hidden | known
        if int((~hidden).sum()) < k:
            raise InputError(f"{k} eigenvectors were asked for, {int((~hidden).sum())} pixels are in no speck")
        found = solve(hidden)
    if hidden is mask or hidden is None:
        return found
    dropped = hidden if mask is None else hidden & ~mask
    note = f"{int(dropped.sum())} pixels in specks are left out"
    if bool(found.specks.any()):
        note += ", and vectors of others are still among these"
        log.warning("%s", note)
    return replace(found, dropped=dropped, advice=f"{note}; {found.advice}" if found.advice else note)


def specks_of(
    features: torch.Tensor, config: SpectrumConfig, bound: float, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """``(H, W)`` bool: pixels of pieces that are small and whose value, cut(S) over the size of S, is at most
    ``bound``. ``features`` ``(C, H, W)``; the host waits for them."""
    stencil, picture = make_stencil(config.radii, config.weights), features.detach().float().cpu().contiguous().numpy()
    height, width = picture.shape[1:]
    plan = plan_within(height, width, *config.blocks, stencil)
    hidden = None if mask is None else mask.cpu().numpy()
    operator = CanvasOperator(picture, plan, stencil, config.edge_threshold, hidden, config.laplacian)
    value, normalised = bound / operator.unit, config.laplacian == "normalised"
    most = speck_pixels(height * width)
    found = np.zeros((height, width), bool)
    for part in NORMALISED_CUTS if normalised else CUTS:
        labels, sizes = pieces(operator, max(value * part, CUT * float(operator.weights.max())))
        mass = sizes if operator.mass is None else sums(labels, operator.mass, len(sizes))
        small = (sizes <= most) & (_outward(operator, labels, len(sizes)) <= value * mass)
        found |= np.append(small, False)[labels[plan.inside]]
    return torch.from_numpy(found).to(features.device)


def _outward(operator: CanvasOperator, labels: np.ndarray, count: int) -> np.ndarray:
    """``(count,)``: the weights of the edges that pieces have to others."""
    plan, found = operator.plan, np.zeros(count)
    columns, flat = plan.inside[1], labels.ravel()
    for row0, row1, w, w0 in operator.strips():
        outward_rows(w, w0, plan.pitch, plan.half_flat, row0, row1, columns.start, columns.stop, flat, found)
    return found


def _living_on(found: Spectrum, lone: torch.Tensor) -> torch.Tensor:
    """``(H, W)`` bool: the pixels where the vectors ``lone`` ``(k,)`` bool have nearly all of their length."""
    size = found.vectors[lone.to(found.vectors.device)].abs()
    return (size > 0.1 * size.amax(dim=(1, 2), keepdim=True)).any(dim=0)
