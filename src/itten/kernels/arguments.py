"""Arguments that several backends take in the same order, named once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class LanczosRun(NamedTuple):
    """Of ``lanczos_tiles``: tiles of ``height × width`` at ``corners`` ``(T, 2)``; ``offsets`` ``(m, 2)`` of the half
    stencil with ``weights`` ``(m,)``; ``start`` ``(height · width,)``; ``steps``; the ``k`` lowest Ritz pairs above
    ``floor`` are wanted, signs fixed with ``tolerance``."""

    corners: np.ndarray
    height: int
    width: int
    offsets: np.ndarray
    weights: np.ndarray
    scale: float
    start: np.ndarray
    steps: int
    k: int
    floor: float
    tolerance: float


class Copies(NamedTuple):
    """Of ``place_segments``: copy c has the pixels ``offset[begin[c] : begin[c + 1]]`` (y, x); target t, wanted at
    ``start[t]``, the copies ``t · offers`` and the following. With ``which`` ``(T · offers,)`` int64, copy c has the
    pixels of number ``which[c]``, and −1 none. Places farther from the start than the root of ``square`` are none.
    Arrays or tensors, as the backend has them."""

    begin: Any
    offset: Any
    start: Any
    offers: int
    clearance: float
    overlap: bool
    direction: tuple[float, float, float]
    which: Any = None
    square: int = 1 << 60


class TileProducts(NamedTuple):
    """Of ``tile_products``: ``pairs`` ``(4, n)`` of tiles t, other tiles u, first lanes, and places of the blocks;
    ``base`` ``(tiles,)`` and ``local`` ``(n,)`` where a tile's pixels lie on the canvas; ``corners`` ``(tiles, 2)``
    first rows and columns of all tiles, ``tile`` rows and 16 columns each; ``lx`` and ``x`` ``(P, lanes)`` on the
    canvases; ``a`` and ``b`` ``(…, 8, 8)`` what is filled."""

    pairs: Any
    base: Any
    local: Any
    corners: Any
    tile: int
    halo: int
    lx: Any
    x: Any
    a: Any
    b: Any
