"""Panels of a tile's columns where pixels have masses: what :mod:`itten.kernels.numba.tilebasis` makes, on any device.

In the first panel 1, y and x and five columns from two inverse steps in the tile, in every further one eight such
columns, free of what the panels before it hold.
"""

from __future__ import annotations

import torch
from torch.nn.functional import pad

from itten.kernels.numba.tilebasis import LENGTH
from itten.spectra.stitched.device.basis import COLUMNS, kernel_table, plain_columns
from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.tilefactor import TileFactors, least_growth, orthonormal
from itten.spectra.stitched.host.basis import MOST_PANELS, TILE_SHIFT, tile_noise


class TilePanels:
    """``columns`` of a panel, 8 at most, for tiles of one picture whose pixels have the masses ``root``⁻²."""

    def __init__(self, operator: DeviceOperator, columns: int, root: torch.Tensor) -> None:
        on = operator.on
        self.operator, self.columns, self.root = operator, columns, root
        self.shift = TILE_SHIFT * operator.plan.near_share
        self.plain = plain_columns(on)
        noise = on.keep("panels", lambda: on.moved(tile_noise(on.plan, MOST_PANELS)))
        self.noise = noise.view(MOST_PANELS, -1, COLUMNS)
        # How many times as many tiles find room as with a factor in tensors.
        self.table: torch.Tensor | None = None
        self.more = 1
        if operator.kind == "triton":
            self.table, self.more = kernel_table(operator)

    def __call__(self, tiles: torch.Tensor, panels: int) -> tuple[torch.Tensor, torch.Tensor]:
        """``(n, tile pixels, all columns)``: so many panels of the ``tiles`` ``(n,)``; and ``(n,)`` how much the two
        steps let grow at least what is in the last one, squared."""
        on, columns = self.operator.on, self.columns
        base = on.base[tiles]
        root = self.root[base[:, None] + on.local]
        share = on.shares[tiles] * (root > 0)
        if self.table is not None:
            from itten.kernels.triton.stitched_panels import tile_panels

            place = self.operator.scale, self.operator.cut, on.plan.pitch, self.shift, columns, panels
            return tile_panels(
                self.operator.colours, self.root, base, share, self.plain, self.noise, self.table, *place
            )
        mass = torch.where(root > 0, 1 / root, 0.0)[:, :, None]
        plain, share = self.plain * mass, share[:, :, None]
        least = root.new_zeros(len(tiles), dtype=torch.float64)
        factors = TileFactors(self.operator, base, self.shift, self.root) if columns > 3 else None
        kept: list[torch.Tensor] = []
        found = []
        for number in range(panels):
            panel = plain
            if factors is not None:
                first = 3 if number == 0 else 0
                start = self.noise[number, :, first:columns] * (mass > 0)
                known = [plain[:, :, :first]]
                x = self._without(kept, self._solved(factors, start))
                x = orthonormal(torch.cat([*known, x], dim=2))[:, :, first:]
                x = self._without(kept, self._solved(factors, x))
                least = least_growth(x)
                panel = torch.cat([*known, x], dim=2)
            if number + 1 < panels:
                kept.append(orthonormal(panel))
            found.append(pad(orthonormal(panel * share) * (float(LENGTH) * root)[:, :, None], (0, COLUMNS - columns)))
        return torch.cat(found, dim=2), least

    def _solved(self, factors: TileFactors, x: torch.Tensor) -> torch.Tensor:
        return factors.solve(x)[:, : len(self.plain)]

    @staticmethod
    def _without(kept: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        """``x`` less its parts along orthonormal columns."""
        for one in kept:
            x = x - one @ (one.mT @ x)
        return x
