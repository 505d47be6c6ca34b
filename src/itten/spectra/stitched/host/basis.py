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

from itten.graph.blocks import FACTOR_LEAST, FACTOR_MOST, BlockPlan
from itten.kernels.numba.tilebasis import LENGTH, tile_basis
from itten.spectra.components import CUT
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.panels import Panels, arrange
from itten.spectra.stitched.host.warm import Kept, stale_tiles
from itten.spectra.stitched.limits import STRONG

log = logging.getLogger("itten")

# Panels of a tile at most, and how many times the memory of the small problem's factor may grow by them.
MOST_PANELS, GROWTH = 8, 40
# Added to a tile's own Laplacian where every pixel has the mass 1: far below what is low in a tile, that is, below
# LOW_LOCALLY, and above the rounding of its factor.
TILE_SHIFT, LOW_LOCALLY = 2e-3, 0.05
# The mass of a pixel is its degree and so many times a bound of the largest value sought: what is lower than that is
# low in its tile, too, be it one pixel with few edges.
MASS = 5.0
# It may be more times, up to the mass ENOUGH, a part of a degree in flat parts: tiles then have more columns, and one
# step does what three do.
MOST_MASS, ENOUGH = 320.0, 8.0
# Where edges are strong all pixels have the mass 64, as they nearly have in flat parts; the shift is 0.1 of L.
EVEN_SHIFT = 0.1 / 64


def stitched_basis(
    operator: CanvasOperator,
    columns: int,
    mass: float | None,
    old: Kept | None = None,
    canvas: np.ndarray | None = None,
) -> tuple[Panels, np.ndarray, np.ndarray, np.ndarray]:
    """The panels, their columns ``(panels, tile_height · 128)``, and numbers of the tiles that were made anew and of
    those whose blocks of the small problem have to be.

    ``mass``: what :func:`least_mass` says. What ``old`` has of the picture on ``canvas`` is taken from there.
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
    scarce, most = tile_columns(operator, columns, mass, fresh, panels, psi), 1
    while most < MOST_PANELS and scarce.any():
        most *= 2
        counts[scarce] = most
        before, known_psi, rest = panels, psi, np.flatnonzero(~scarce)
        panels = arrange(plan, counts)
        if panels.factor_bytes > most_bytes(plan):
            log.info("stitched: %d tiles have more pieces than columns, and no room for more", int(scarce.sum()))
            panels = before
            break
        psi = np.empty((len(panels), plan.tile_height * 128), np.float32)
        psi[panels.of_tiles(rest)] = known_psi[before.of_tiles(rest)]
        scarce = tile_columns(operator, columns, mass, np.flatnonzero(scarce), panels, psi)
    if old is not None and not np.array_equal(old.panels.first, panels.first):
        blocks = every
    return panels, psi, fresh, blocks


def most_bytes(plan: BlockPlan) -> int:
    """What the small problem's factor may take."""
    return min(max(FACTOR_LEAST, GROWTH * plan.factor_bytes), FACTOR_MOST)


def least_mass(operator: CanvasOperator, wanted: int) -> float | None:
    """What is added to a pixel's degree to be its mass, a power of two; ``wanted`` values are sought. None where edges
    are strong: then all pixels have the same mass. With the normalised Laplacian it is 0: the degree is the mass that
    its values are measured by."""
    if operator.mass is not None:
        return 0.0
    if operator.scale <= 1 / STRONG:
        return None
    degrees = operator.degree[operator.degree > CUT * operator.weights.max()]
    known = float(np.partition(degrees, wanted - 1)[wanted - 1]) if len(degrees) > wanted else np.inf
    return mass_above(operator.plan, operator.weights, wanted, known)


def mass_above(plan: BlockPlan, weights: np.ndarray, wanted: int, known: float) -> float:
    """The power of two above MASS times a bound of the ``wanted``-th value, or more times.

    Two bounds: what it is in a picture of one colour, where all edges weigh most (Weyl's law), and ``known``, the
    degree of the ``wanted``-th pixel, in ascending order.
    """
    square = (plan.half**2).sum(axis=1)
    flat = float((weights * square).sum()) * 2 * np.pi * wanted / (plan.height * plan.width)
    bound = min(flat, known)
    return float(2.0 ** np.ceil(np.log2(max(MASS * bound, min(MOST_MASS * bound, ENOUGH)))))


def root_of_mass(operator: CanvasOperator, least: float | None) -> np.ndarray:
    """M^-1/2 with the mass M = degree + ``least`` of every pixel, 0 where nothing lives or no edge ends."""
    if least is None:
        return operator.live.ravel() / LENGTH
    alone = operator.degree <= CUT * operator.weights.max()
    root = 1 / np.sqrt(np.where(alone, np.float32(1), operator.degree + np.float32(least)))
    found: np.ndarray = np.where(alone, np.float32(0), root) * operator.live.ravel()
    return found


def tile_columns(
    operator: CanvasOperator, columns: int, mass: float | None, todo: np.ndarray, panels: Panels, psi: np.ndarray
) -> np.ndarray:
    """The stitched basis of the tiles in ``todo``, ascending, into ``psi`` ``(panels, tile_height · 128)``; returns
    ``(tiles,)`` bool, of which of them there may be more low vectors than it has columns. ``mass``: the least."""
    plan = operator.plan
    scarce, root = np.zeros(len(plan), bool), root_of_mass(operator, mass)
    if not len(todo):
        return scarce
    shift = EVEN_SHIFT if mass is None else TILE_SHIFT
    growth = np.inf if mass is None else most_growth(plan)
    start = tile_noise(plan, int((panels.first[todo + 1] - panels.first[todo]).max()))
    for chosen, w, w0 in operator.shares(todo):
        tile_basis(
            0,
            len(chosen),
            chosen,
            w,
            w0,
            root,
            plan.half,
            plan.near,
            plan.near_rows + 1,
            plan.pitch,
            plan.margin,
            plan.tops,
            plan.lefts,
            plan.rows,
            plan.columns,
            plan.height,
            plan.width,
            np.float32(shift * plan.near_share),
            columns,
            mass is not None,
            start,
            growth,
            panels.first,
            psi,
            scarce,
        )
    return scarce


def most_growth(plan: BlockPlan) -> float:
    """What two inverse steps make of the squared length of a unit vector at LOW_LOCALLY."""
    return float((plan.near_share * (LOW_LOCALLY + TILE_SHIFT)) ** -2)


def tile_noise(plan: BlockPlan, panels: int) -> np.ndarray:
    """``(panels, tile_height · 128)`` float32: what the columns begin with, mean-free; none in the first three."""
    start = np.zeros((panels, plan.tile_height, 16, 8), np.float32)
    for number in range(panels):
        noise = np.random.default_rng(number).standard_normal(plan.tile_height * 128).astype(np.float32)
        first = 0 if number else 3
        inside = start[number, : min(plan.tile_height, plan.height), : min(16, plan.width), first:]
        inside[:] = noise.reshape(start.shape[1:])[: inside.shape[0], : inside.shape[1], first:]
        inside -= inside.mean(axis=(0, 1), dtype=np.float64)
    return start.reshape(panels, -1)
