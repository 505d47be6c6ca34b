"""Panels of a tile's columns where pixels have masses, in one program, all tiles in one launch: factor once, and for
every panel two inverse steps, free of what the panels before it hold.

What comes out is what :mod:`itten.kernels.numba.tilebasis` makes; factor and steps are those of
:mod:`itten.kernels.triton.stitched_basis`. A barrier stands between a store and another thread's load.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl

from itten.kernels.triton.stitched_basis import eliminated, factorise, gram, orthonormalise, solve

# Length of a column in the inner product of the masses.
LENGTH = tl.constexpr(8.0)
# A column keeping less than this part of its squared length does not count against those after it.
LOST = tl.constexpr(1e-7)


def tile_panels(
    colours: torch.Tensor,
    root: torch.Tensor,
    base: torch.Tensor,
    share: torch.Tensor,
    plain: torch.Tensor,
    noise: torch.Tensor,
    table: torch.Tensor,
    scale: float,
    cut: float,
    pitch: int,
    shift: float,
    columns: int,
    panels: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """``(tiles, n, 8 · panels)`` float32 columns of tiles of n = 16 · rows pixels, and ``(tiles,)`` float64: the least
    that the two steps let grow what is in a tile's last panel, squared; 1e300 where it is empty, 0 without steps.

    ``colours`` ``(C, P)`` and ``root`` ``(P,)``, M^-½, of the canvas; ``base`` ``(tiles,)`` where a tile begins on it;
    ``share`` ``(tiles, n)``, 0 where the root is; ``plain`` ``(n, 3)``: 1, y, x; ``noise`` ``(most, n, 8)``, the first
    three columns of the first panel 0; ``table`` is that of
    :func:`~itten.kernels.triton.stitched_basis.tile_table`; ``columns`` of a panel, 3 … 8. Edges no heavier than
    ``cut`` do not count.
    """
    tiles, size = share.shape
    rows, bands = size // 16, (len(table) + 1) // 2
    out = share.new_empty((tiles, panels, size, 8))
    least = share.new_zeros(tiles, dtype=torch.float64)
    if tiles:
        factor = share.new_empty((tiles, rows, bands, 256) if columns > 3 else (1,))
        kept = share.new_empty((tiles, panels - 1, size, 8) if panels > 1 else (1,))
        with torch.cuda.device_of(out):
            _tile_panels[(tiles,)](
                colours, root, base, share, plain, noise, table, factor, kept, out, least,
                scale * math.log2(math.e), cut, shift, colours.shape[1], pitch, rows, bands, columns, panels,
                CHANNELS=len(colours), SOLVES=int(columns > 3), CUTS=int(cut > 0), num_warps=1,
            )  # fmt: skip
    return out.transpose(1, 2).reshape(tiles, size, 8 * panels), least


@triton.jit
def _tile_panels(
    colours, root, base, share, plain, noise, table, factor, kept, out, least,
    scale, cut, shift, plane, pitch, rows, bands, columns, panels,
    CHANNELS: tl.constexpr, SOLVES: tl.constexpr, CUTS: tl.constexpr,
):  # fmt: skip
    tile = tl.program_id(0).to(tl.int64)
    start = tl.load(base + tile)
    here, root = colours + start, root + start
    share += tile * rows * 16
    factor += tile * rows * bands * 256
    kept += tile * (panels - 1) * rows * 128
    out += tile * panels * rows * 128
    pixel, column = tl.arange(0, 16)[:, None], tl.arange(0, 8)[None, :]
    place = pixel * 8 + column
    if SOLVES:
        factorise(here, root, table, factor, scale, cut, shift, plane, pitch, rows, bands, CHANNELS, True, CUTS)
    for number in range(panels):
        x = out + number * rows * 128
        first = tl.where(number == 0, 3, 0)
        if SOLVES:
            for r in range(rows):
                alive = (tl.load(root + r * pitch + pixel) > 0) & (column < columns)
                begin = tl.load(noise + (number * rows + r) * 128 + place)
                tl.store(x + r * 128 + place, tl.where(alive, begin, 0.0))
            solve(factor, x, rows, bands)
            _plain(plain, root, x, first, pitch, rows)
            _deflate(kept, number, x, rows)
            orthonormalise(x, rows)
            solve(factor, x, rows, bands)
            _deflate(kept, number, x, rows)
            _, grown = eliminated(gram(x, x, rows), first, columns, LOST, 0.0)
            tl.store(least + tile, grown)
            tl.debug_barrier()
        _plain(plain, root, x, first, pitch, rows)
        tl.debug_barrier()
        if number + 1 < panels:
            for r in range(rows):
                tl.store(kept + (number * rows + r) * 128 + place, tl.load(x + r * 128 + place))
            orthonormalise(kept + number * rows * 128, rows)
        for r in range(rows):
            part = tl.load(x + r * 128 + place) * tl.load(share + r * 16 + pixel)
            tl.store(x + r * 128 + place, tl.where(column < columns, part, 0.0))
        orthonormalise(x, rows)
        for r in range(rows):
            length = LENGTH * tl.load(root + r * pitch + pixel)
            tl.store(x + r * 128 + place, tl.load(x + r * 128 + place) * length)


@triton.jit
def _plain(plain, root, x, first, pitch, rows):
    """The first columns of ``x`` ``(rows · 16, 8)`` ← ``plain``, weighted by the root of the mass."""
    pixel, column = tl.arange(0, 16)[:, None], tl.arange(0, 8)[None, :]
    here = column < first
    for r in range(rows):
        side = tl.load(root + r * pitch + pixel)
        mass = tl.where(side > 0, 1.0 / tl.where(side > 0, side, 1.0), 0.0)
        known = tl.load(plain + (r * 16 + pixel) * 3 + column, mask=here, other=0.0)
        old = tl.load(x + r * 128 + pixel * 8 + column, mask=column >= first, other=0.0)
        tl.store(x + r * 128 + pixel * 8 + column, tl.where(here, known * mass, old))


@triton.jit
def _deflate(kept, count, x, rows):
    """``x`` ``(rows · 16, 8)`` less its parts along the columns of ``count`` orthonormal matrices, one by one."""
    p, i = tl.arange(0, 16)[:, None, None], tl.arange(0, 8)[None, :, None]
    place = tl.arange(0, 16)[:, None] * 8 + tl.arange(0, 8)[None, :]
    for q in range(count):
        tl.debug_barrier()
        known = kept + q * rows * 128
        part = gram(known, x, rows)[None, :, :]
        for r in range(rows):
            along = tl.sum(tl.load(known + r * 128 + p * 8 + i).to(tl.float64) * part, 1).to(tl.float32)
            tl.debug_barrier()
            tl.store(x + r * 128 + place, tl.load(x + r * 128 + place) - along)
    tl.debug_barrier()
