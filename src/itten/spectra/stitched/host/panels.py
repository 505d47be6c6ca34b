"""Columns of the stitched basis in panels of eight: as many a tile as its content asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from itten.graph.blocks import BlockPlan

WIDTH = 8


@dataclass(frozen=True, eq=False)
class Panels:
    """``first`` ``(tiles + 1,)``: a tile's panels are ``first[t] … first[t + 1]``; ``owner`` ``(P,)`` their tiles.

    The small problem is symmetric in blocks of 8 × 8, of which one half is kept: those whose columns belong to panel p
    and whose rows to one of the panels ``low[p, s] … high[p, s]`` of the tile's s-th neighbour, at ``place[p, s]`` and
    on. ``position`` ``(P,)``: where a panel stands in the band matrix, of ``rows`` blocks of two panels, within
    ``band`` blocks of the diagonal.
    """

    plan: BlockPlan
    first: np.ndarray
    owner: np.ndarray
    low: np.ndarray
    high: np.ndarray
    place: np.ndarray
    position: np.ndarray
    blocks: int
    rows: int
    band: int

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def factor_bytes(self) -> int:
        """Memory of the band matrix: blocks of 16 × 16 float32."""
        return self.rows * self.band * 1024

    def of_tiles(self, tiles: np.ndarray) -> np.ndarray:
        """Numbers of the panels of ``tiles``, ascending."""
        chosen = np.zeros(len(self.first) - 1, bool)
        chosen[tiles] = True
        return np.flatnonzero(chosen[self.owner])


def arrange(plan: BlockPlan, counts: np.ndarray) -> Panels:
    """Panels of tiles with ``counts`` ``(tiles,)`` of them."""
    across, down = len(plan.lefts), len(plan.tops)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    owner = np.repeat(np.arange(len(plan)), counts)
    i, j = np.divmod(owner, across)
    p, q = i[:, None] + plan.neighbours[:, 0], j[:, None] + plan.neighbours[:, 1]
    exists = (p < down) & (q >= 0) & (q < across)
    other = np.where(exists, p * across + q, 0)
    low = np.where(exists, first[other], 0)
    high = np.where(exists, first[other + 1], 0)
    low[:, 0] = np.arange(len(owner))  # of the tile itself one half
    sizes = high - low
    place = (np.cumsum(sizes) - sizes.ravel()).reshape(sizes.shape)
    step_down, step_across = plan.stride
    tiles = np.arange(len(plan))
    order = np.argsort(tiles // across * step_down + tiles % across * step_across)
    begin = np.empty(len(plan), np.int64)
    begin[order] = np.cumsum(counts[order]) - counts[order]
    position = begin[owner] + np.arange(len(owner)) - first[owner]
    farthest = 0
    ends = begin + counts - 1
    for reach in (begin, ends):
        farthest = max(farthest, int((np.abs(reach[other] - position[:, None]) * exists).max()))
    return Panels(
        plan=plan,
        first=first,
        owner=owner,
        low=low,
        high=high,
        place=place,
        position=position,
        blocks=int(sizes.sum()),
        rows=-(-len(owner) // 2),
        band=farthest // 2 + 2,
    )
