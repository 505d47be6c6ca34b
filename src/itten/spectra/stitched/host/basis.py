"""The stitched basis of a picture: eight columns a tile, and more where a tile falls into more pieces than that.

What a tile has to offer is the low end of its own pencil (L_tile, M): vectors that the smoother cannot reduce, and
those that are as low as the ones sought, for the mass M is a pixel's degree and a multiple of a bound of these. That is
the local problem of GenEO (Spillane and others, Numer. Math. 126, 2014) with the diagonal in the place of the overlap's
matrix. It has few vectors where the picture has weak edges but no pieces, and as many as there are pieces: tiles whose
last panel holds nothing but such vectors get twice as many.
"""

from __future__ import annotations

import logging

import numpy as np

from itten.graph.blocks import FACTOR_LEAST, FACTOR_MOST
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.panels import Panels, arrange
from itten.spectra.stitched.host.warm import Kept, stale_tiles

log = logging.getLogger("itten")

# Panels of a tile at most, and how many times the memory of the small problem's factor may grow by them.
MOST_PANELS, GROWTH = 4, 8


def stitched_basis(
    operator: CanvasOperator, columns: int, mass: float, old: Kept | None = None, canvas: np.ndarray | None = None
) -> tuple[Panels, np.ndarray, np.ndarray, np.ndarray]:
    """The panels, their columns ``(panels, tile_height · 128)``, and numbers of the tiles that were made anew and of
    those whose blocks of the small problem have to be.

    ``mass``: what is added to a pixel's degree. What ``old`` has of the picture on ``canvas`` is taken from there.
    """
    plan = operator.plan
    every = np.arange(len(plan))
    fresh, blocks = (every, every) if old is None or canvas is None else stale_tiles(plan, old.canvas, canvas)
    counts = np.ones(len(plan), np.int64) if old is None else np.diff(old.panels.first)
    counts[fresh] = 1
    panels = arrange(plan, counts)
    psi = np.empty((len(panels), plan.tile_height * 128), np.float32)
    if old is not None:
        known = np.setdiff1d(every, fresh)
        psi[panels.of_tiles(known)] = old.psi[old.panels.of_tiles(known)]
    scarce, most = operator.basis(columns, mass, fresh, panels, psi), 1
    while most < MOST_PANELS and scarce.any():
        most *= 2
        counts[scarce] = most
        before, known_psi, rest = panels, psi, np.flatnonzero(~scarce)
        panels = arrange(plan, counts)
        if panels.factor_bytes > min(max(FACTOR_LEAST, GROWTH * plan.factor_bytes), FACTOR_MOST):
            log.info("stitched: %d tiles have more pieces than columns, and no room for more", int(scarce.sum()))
            panels = before
            break
        psi = np.empty((len(panels), plan.tile_height * 128), np.float32)
        psi[panels.of_tiles(rest)] = known_psi[before.of_tiles(rest)]
        scarce = operator.basis(columns, mass, np.flatnonzero(scarce), panels, psi)
    if old is not None and not np.array_equal(old.panels.first, panels.first):
        blocks = every
    return panels, psi, fresh, blocks
