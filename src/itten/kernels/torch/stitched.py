"""The stitched method's products as tensor operations: any device, float32 or float64.

Vectors lie side by side on a canvas (see :mod:`itten.graph.blocks`), ``x[pixel, lane]``; a step of the stencil is a
step in the first axis, and where nothing lives colours are so far apart that weights are exact zeros.
``psi`` ``(tiles + 1, pixels of a tile, 8)`` holds the columns of every tile; the last tile is zero. Sums have a fixed
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from itten.kernels.arguments import TileProducts

# Bytes of gathered pixels that are held at once.
GATHERED = 1 << 28


def half_weights(
    colours: torch.Tensor, step: int, weight: float, scale: float, cut: float, out: torch.Tensor | None = None
) -> torch.Tensor:
    """``(P − step,)``: weight · exp(−scale ‖I_i − I_{i+step}‖) for ``colours`` ``(C, P)``, 0 in the place of what is no
    heavier than ``cut``."""
    square = (colours[:, : colours.shape[1] - step] - colours[:, step:]).square().sum(dim=0)
    return dropped(torch.mul(torch.exp(square.sqrt_().mul_(-scale)), weight, out=out), cut)


def dropped(weights: torch.Tensor, cut: float) -> torch.Tensor:
    """``weights``, in place 0 where they are no heavier than ``cut``."""
    return torch.threshold_(weights, cut, 0.0) if cut > 0 else weights


def laplacian_block(
    colours: torch.Tensor,
    steps: Sequence[int],
    weights: Sequence[float],
    scale: float,
    cut: float,
    x: torch.Tensor,
    stored: torch.Tensor | None = None,
) -> torch.Tensor:
    """L ``x`` for ``x`` ``(P', lanes)``, P' ≥ P: a sum of w · (x_i − x_j), exact on constants.

    ``steps`` and ``weights`` of the half stencil; ``stored`` ``(m, P)`` its edge weights, made again if None; those no
    heavier than ``cut`` do not count.
    """
    pixels = colours.shape[1]
    out = torch.zeros_like(x)
    work = torch.empty_like(x[:pixels])
    for o, step in enumerate(steps):
        w = half_weights(colours, step, weights[o], scale, cut) if stored is None else stored[o, : pixels - step]
        flow = torch.sub(x[: pixels - step], x[step:pixels], out=work[: pixels - step])
        flow.mul_(w[:, None])
        out[: pixels - step].add_(flow)
        out[step:pixels].sub_(flow)
    return out


def restrict(psi: torch.Tensor, base: torch.Tensor, local: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Φᵀ ``x``: ``(tiles, 8, lanes)`` for ``x`` ``(P', lanes)``.

    ``base`` ``(tiles,)`` and ``local`` ``(pixels of a tile,)``: a tile's pixels on the canvas are their sums.
    """
    tiles, lanes = len(base), x.shape[1]
    out = x.new_empty((tiles, psi.shape[2], lanes))
    batch = max(1, GATHERED // (len(local) * lanes * x.element_size()))
    for begin in range(0, tiles, batch):
        part = slice(begin, min(begin + batch, tiles))
        torch.bmm(psi[part].transpose(1, 2), x[base[part, None] + local], out=out[part])
    return out


def expand(
    psi: torch.Tensor,
    c: torch.Tensor,
    down: tuple[torch.Tensor, torch.Tensor],
    right: tuple[torch.Tensor, torch.Tensor],
    across: int,
) -> torch.Tensor:
    """Φ ``c`` inside the picture: ``(H, W, lanes)`` for ``c`` ``(tiles, 8, lanes)``.

    ``down``: the rows of tiles that cover a picture's row, −1 for none, and the row within them, both ``(a, H)``;
    ``right``: the same for columns, ``(b, W)``. ``across`` tiles stand in a row. Every pixel gathers what it is given.
    """
    tiles, size, _ = psi.shape
    lanes = c.shape[2]
    height, width = down[0].shape[1], right[0].shape[1]
    total = c.new_zeros((height, width, lanes))
    for first in range(0, lanes, 16):
        part = c.new_zeros((tiles, psi.shape[2], min(16, lanes - first)))
        part[:-1] = c[:, :, first : first + 16]
        columns = torch.bmm(psi, part).flatten(0, 1)
        for tile_row, row in zip(*down, strict=True):
            for tile_column, column in zip(*right, strict=True):
                place = (tile_row[:, None] * across + tile_column) * size + row[:, None] * 16 + column
                dead = (tile_row < 0)[:, None] | (tile_column < 0)
                place = torch.where(dead, (tiles - 1) * size, place)
                total[:, :, first : first + 16] += columns[place]
    return total


def tile_products(psi: torch.Tensor, *arguments: Any) -> None:
    """Blocks ``(8, 8)`` of ``a`` and ``b``, float64, for ``pairs`` ``(4, n)`` of tiles t, other tiles u, first lanes,
    and places of the blocks: columns of u (rows of a block) with what stands on the canvases ``lx`` and ``x``
    ``(P, lanes)`` for t (columns), in its lanes, for ``lx`` within ``halo`` of it and for ``x`` inside.

    ``arguments`` are those of :class:`~itten.kernels.arguments.TileProducts`.
    """
    pairs, base, local, corners, tile, halo, lx, x, a, b = TileProducts(*arguments)
    columns = psi.shape[2]
    batch = max(1, GATHERED // (len(local) * columns * 8))
    number = torch.arange(len(local), device=x.device)
    lanes = torch.arange(columns, device=x.device)
    for t, u, lane, place in zip(*(part.split(batch) for part in pairs), strict=True):
        offset = corners[u] - corners[t]
        y, across = offset[:, :1] + number // 16, offset[:, 1:] + number % 16
        at = (base[u, None] + local)[:, :, None], lane[:, None, None] + lanes
        own = psi[u].double().mT
        for out, values, reach in ((a, lx, halo), (b, x, 0)):
            near = (y >= -reach) & (y < tile + reach) & (across >= -reach) & (across < 16 + reach)
            out[place] = torch.bmm(own, (values[at] * near[:, :, None]).double())


def reduce_level(couple: torch.Tensor, x: torch.Tensor, stride: int) -> None:
    """A level of the odd–even elimination, on the right sides: of ``x`` ``(B, n, s, lanes)`` every ``stride``-th block
    takes part, and the even ones of these lose ``coupleᵀ`` times the odd ones beside them, in place.

    ``couple`` ``(B, odd, s, 2 s)``: the inverse of an odd block times its couplings to the even blocks before and after
    it.
    """
    size, odd = x.shape[2], couple.shape[1]
    parts = couple.mT @ x[:, stride :: 2 * stride]
    even = x[:, :: 2 * stride]
    even[:, :odd] -= parts[:, :, :size]
    after = even.shape[1] - 1
    even[:, 1:] -= parts[:, :after, size:]


def back_level(
    inverse: torch.Tensor, couple: torch.Tensor | None, x: torch.Tensor, out: torch.Tensor, stride: int
) -> None:
    """The level's odd blocks of the solution ``out``, from the right sides ``x`` and the even blocks of ``out``;
    without ``couple`` the first block, which alone is left. ``inverse`` ``(B, odd, s, s)``."""
    if couple is None:
        out[:, :1] = inverse @ x[:, :1]
        return
    even = out[:, :: 2 * stride]
    odd = inverse.shape[1]
    after = torch.zeros_like(even[:, :odd])
    after[:, : even.shape[1] - 1] = even[:, 1:]
    beside = torch.cat([even[:, :odd], after], dim=2)
    out[:, stride :: 2 * stride] = inverse @ x[:, stride :: 2 * stride] - couple @ beside
