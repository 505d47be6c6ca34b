"""What is different where edges are weak, and with the normalised Laplacian: pixels have masses, tiles as many panels
of columns as their content asks for, and the small problem's shift follows the values. Of one picture; the host waits
for the device in between.

Masses, panels and shifts are those of :mod:`itten.spectra.stitched.host.basis` and
:mod:`itten.spectra.stitched.host.solve`.
"""

from __future__ import annotations

import logging

import numpy as np
import torch

from itten.spectra.components import CUT
from itten.spectra.stitched.device.basis import COLUMNS, in_batches
from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.panels import TilePanels
from itten.spectra.stitched.device.small import SMALL_STEPS, DeviceSmallProblem
from itten.spectra.stitched.host.basis import MOST_PANELS, mass_above, most_bytes, most_growth
from itten.spectra.stitched.host.blockspace import LANES
from itten.spectra.stitched.host.panels import arrange
from itten.spectra.stitched.host.small import LEAST_SIGMA, LEAST_TINY, SIGMA, TINY
from itten.spectra.stitched.limits import STRONG

log = logging.getLogger("itten")


def least_mass(operator: DeviceOperator, wanted: int) -> float | None:
    """What is added to a pixel's degree to be its mass, a power of two; ``wanted`` values are sought. None where edges
    are strong: then all pixels have the same mass, and nothing waits. 0 with the normalised Laplacian."""
    if operator.mass is not None:
        return 0.0
    if operator.scale <= 1 / STRONG:
        return None
    degrees = operator.degree[operator.degree > CUT * max(operator.weights)]
    known = float(degrees.kthvalue(wanted).values) if len(degrees) > wanted else np.inf
    return mass_above(operator.plan, np.array(operator.weights, np.float32), wanted, known)


def root_of_mass(operator: DeviceOperator, least: float) -> torch.Tensor:
    """``(R,)``: M^-½ with the mass M = degree + ``least`` of every pixel, 0 where nothing lives or no edge ends."""
    alone = operator.degree <= CUT * max(operator.weights)
    return torch.where(alone, 0.0, (operator.degree + least).rsqrt())


def weak_basis(operator: DeviceOperator, columns: int, mass: float, batch: int) -> tuple[torch.Tensor, np.ndarray, int]:
    """``(tiles + 1, tile pixels, 8 · most)`` float32, the last tile zero; ``(tiles,)`` the panels of 8 columns that
    every tile has, 1 … most, the others zero; and the batch of tiles that memory allowed.

    ``columns`` of a panel; ``mass``: what is added to a pixel's degree.
    """
    plan = operator.plan
    make = TilePanels(operator, columns, root_of_mass(operator, mass))
    batch *= make.more
    counts, most, todo = np.ones(len(plan), np.int64), 1, np.arange(len(plan))
    psi = torch.zeros((len(plan) + 1, plan.tile_height * 16, COLUMNS), device=operator.on.device)
    while True:
        scarce, batch = _fill(make, psi, todo, most, batch)
        todo = todo[scarce]
        if most == MOST_PANELS or not len(todo):
            return psi, counts, batch
        more = counts.copy()
        more[todo] = 2 * most
        if arrange(plan, more).factor_bytes > most_bytes(plan):
            log.info("stitched: %d tiles have more pieces than columns, and no room for more", len(todo))
            return psi, counts, batch
        counts, most = more, 2 * most
        psi = torch.nn.functional.pad(psi, (0, COLUMNS * most - psi.shape[2]))


def _fill(make: TilePanels, psi: torch.Tensor, todo: np.ndarray, panels: int, batch: int) -> tuple[np.ndarray, int]:
    """The columns of the tiles ``todo`` into ``psi``; ``(todo,)`` bool, which of them may have more low vectors than
    columns, and the batch that memory allowed."""
    places, scarce = make.operator.on.moved(todo), np.zeros(len(todo), bool)
    growth = most_growth(make.operator.plan)

    def work(begin: int, end: int) -> None:
        tiles = places[begin:end]
        psi[tiles], least = make(tiles, panels)
        scarce[begin:end] = (least > growth).cpu().numpy()

    batch = in_batches(len(todo), batch, work)
    return scarce, batch


def followed(
    operator: DeviceOperator, small: DeviceSmallProblem, values: torch.Tensor, coarse: torch.Tensor, wanted: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The small problem's pairs again, with a shift as small as the values sought, where they are smaller than it."""
    lanes = values.shape[1]
    largest = float(values[0, min(wanted, lanes) - 1])
    if largest >= SIGMA:
        return values, coarse
    shift, tiny = max(largest, LEAST_SIGMA), LEAST_TINY
    while shift < SIGMA:
        small.refactor(shift, tiny)
        if small.factor.positive:
            found, vectors = small.lowest(lanes // LANES, SMALL_STEPS, coarse)
            if bool(found[0, :wanted].isfinite().all()):
                operator.shift_diagonal(shift)
                return found, vectors
        # Rounding of A has made it indefinite.
        shift, tiny = 4 * shift, TINY
    small.refactor(SIGMA, TINY)
    return values, coarse
