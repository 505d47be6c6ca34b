"""The plan of the stitched solver on a device: index tables that all pictures of a size share, made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
import torch

from itten.graph.blocks import BlockPlan
from itten.kernels.fork import hold

Table = TypeVar("Table")

# Rows of a partial sum in float32 (the parts are added in float64); matrices have a multiple of it.
PIECE = 1024


@dataclass(frozen=True, eq=False)
class DevicePlan:
    """The tables for ``batch`` pictures, whose canvases stand one after the other, each ``rows`` pixels.

    ``base`` ``(B · tiles,)`` and ``local`` ``(tile pixels,)``: canvas pixels of tiles are their sums; ``corners``
    ``(B · tiles, 2)``; ``down`` and ``right``: which tiles cover a row and a column (see
    :func:`itten.kernels.torch.stitched.expand`), the pictures below each other; ``shares`` ``(tiles, tile pixels)``
    float32, those of the plan; ``apart`` ``(B, rows)`` float64: numbers that differ by 1 or more within 15 pixels.
    ``tables``: what others keep here. A recorded graph reads all of these where they lie, and holds the plan alive.
    """

    plan: BlockPlan
    device: torch.device
    batch: int
    tables: dict[Hashable, Any] = field(default_factory=dict)

    def keep(self, name: Hashable, make: Callable[[], Table]) -> Table:
        """The table ``name``, made when it is first asked for."""
        if name not in self.tables:
            self.tables[name] = make()
        table: Table = self.tables[name]
        return table

    @cached_property
    def rows(self) -> int:
        """Rows of a matrix of vectors: the canvas's pixels, and zeros up to a multiple of PIECE."""
        return -(-self.plan.pixels // PIECE) * PIECE

    @cached_property
    def base(self) -> torch.Tensor:
        plan = self.plan
        first = (self._corners[:, 0] + plan.margin) * plan.pitch + self._corners[:, 1] + plan.margin
        return self.moved((np.arange(self.batch)[:, None] * self.rows + first).ravel())

    @cached_property
    def local(self) -> torch.Tensor:
        return self.moved((np.arange(self.plan.tile_height)[:, None] * self.plan.pitch + np.arange(16)).ravel())

    @cached_property
    def corners(self) -> torch.Tensor:
        return self.moved(np.tile(self._corners, (self.batch, 1)))

    @cached_property
    def down(self) -> tuple[torch.Tensor, torch.Tensor]:
        plan = self.plan
        tiles, within = covers(plan.tops, plan.tile_height, plan.height)
        stacked = np.where(tiles[:, None] < 0, -1, tiles[:, None] + np.arange(self.batch)[:, None] * len(plan.tops))
        return self.moved(stacked.reshape(len(tiles), -1)), self.moved(np.tile(within, (1, self.batch)))

    @cached_property
    def right(self) -> tuple[torch.Tensor, torch.Tensor]:
        tiles, within = covers(self.plan.lefts, 16, self.plan.width)
        return self.moved(tiles), self.moved(within)

    @cached_property
    def shares(self) -> torch.Tensor:
        shares = self.plan.rows[:, None, :, None] * self.plan.columns[None, :, None, :]
        return self.moved(shares.reshape(len(self.plan), -1))

    @cached_property
    def apart(self) -> torch.Tensor:
        y, x = np.divmod(np.arange(self.batch * self.rows), self.plan.pitch)
        return self.moved((2.0 + 16 * (y % 16) + x % 16).reshape(self.batch, self.rows))

    @property
    def _corners(self) -> np.ndarray:
        plan = self.plan
        across = len(plan.lefts)
        return np.stack([np.repeat(plan.tops, across), np.tile(plan.lefts, len(plan.tops))], axis=1)

    def moved(self, array: np.ndarray) -> torch.Tensor:
        """``array`` on the device."""
        with torch.inference_mode(False):
            return torch.tensor(array, device=self.device)


for _one in vars(DevicePlan).values():
    if hasattr(_one, "lock"):  # Python 3.11 has a lock for each such property
        hold(_one.lock)


@lru_cache(maxsize=8)
def device_plan(plan: BlockPlan, device: torch.device, batch: int = 1) -> DevicePlan:
    """The tables of ``plan`` on ``device``, kept for the next pictures of that size."""
    return DevicePlan(plan, device, batch)


def covers(starts: np.ndarray, size: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """``(a, length)`` twice: the intervals of ``size`` from ``starts`` on that hold a place, −1 for none, in order, and
    the place within them."""
    lists = [[t for t, start in enumerate(starts.tolist()) if start <= x < start + size] for x in range(length)]
    most = max(len(found) for found in lists)
    tiles = np.array([found + [-1] * (most - len(found)) for found in lists], np.int64).T
    within = np.where(tiles >= 0, np.arange(length) - starts[np.maximum(tiles, 0)], 0)
    return np.ascontiguousarray(tiles), np.ascontiguousarray(within)
