"""Blocks of 16 vectors side by side in memory, and the dense algebra on them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from itten.kernels.numba import blocks

LANES = 16


def finite(values: np.ndarray) -> np.ndarray:
    """``values`` in float32, 0 in the place of infinite ones."""
    return np.where(np.isfinite(values), values, 0).astype(np.float32)


def aligned(size: int) -> np.ndarray:
    """``size`` float32 zeros that begin at a cache line: a vector of 16 then touches one line."""
    array = np.zeros(size + LANES, np.float32)
    skip = -(array.ctypes.data // 4) % LANES
    return array[skip : skip + size]


class Spare:
    """The memory of the last picture's blocks, for the next of the same plan: fresh pages cost as much as two sweeps.

    What is no pixel of the picture is still zero in it. Nothing above ``most`` bytes is kept.
    """

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, threading.Lock()
        self.key: object = None
        self.data: np.ndarray | None = None

    def take(self, key: object, size: int) -> np.ndarray | None:
        """What was kept under ``key`` and has ``size`` numbers; nobody else gets it."""
        with self.lock:
            data, self.data = self.data, None
            return data if data is not None and self.key is key and data.size == size else None

    def keep(self, key: object, data: np.ndarray) -> None:
        """In the place of what was kept before."""
        with self.lock:
            self.key, self.data = (key, data) if data.nbytes <= self.most else (None, None)


class BlockSpace:
    """``slots`` blocks ``(n, 16)`` of float32, all zero at first; memory is taken when a slot is first written.

    ``wide`` shares the work among threads, with the same bits: not worth it for short blocks, where the
    hand-over costs more. ``data`` is memory to use in place of fresh zeros.
    """

    def __init__(self, slots: int, n: int, wide: bool, data: np.ndarray | None = None) -> None:
        self.size = LANES * n
        self.data = aligned(slots * self.size) if data is None else data
        self.pieces = -(-self.size // (LANES * blocks.PIECE))
        self.wide = wide

    def __getitem__(self, slot: int) -> np.ndarray:
        return self.data[slot * self.size : (slot + 1) * self.size]

    def _run(self, shared: Any) -> Callable[..., None]:
        return shared if self.wide else shared.alone

    def pairs(self, left: Sequence[int], right: Sequence[int]) -> np.ndarray:
        """``(len(left), 16, 16)`` float64: the inner products of block ``left[i]`` with block ``right[i]``."""
        parts = np.zeros((self.pieces, len(left) * 256), np.float32)
        self._run(blocks.gram)(0, self.pieces, self.data, self.size, _array(left), _array(right), parts)
        return parts.sum(axis=0, dtype=np.float64).reshape(-1, LANES, LANES)

    def gram(self, left: Sequence[int], right: Sequence[int]) -> np.ndarray:
        """``(16 len(left), 16 len(right))`` float64: all inner products of two lists of blocks."""
        cells = self.pairs([a for a in left for _ in right], [b for _ in left for b in right])
        shape = len(left), len(right)
        return cells.reshape(*shape, LANES, LANES).transpose(0, 2, 1, 3).reshape(LANES * shape[0], LANES * shape[1])

    def projected(self, span: Sequence[int], products: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """``SᵀLS`` and ``SᵀS`` for blocks S and their products LS, both symmetric: half of each is computed."""
        count = len(span)
        half = [(a, b) for a in range(count) for b in range(a, count)]
        # Products of the first of two blocks: X comes first, and what of LX is small is small in them.
        left = [products[a] for a, _ in half] + [span[a] for a, _ in half]
        right = [span[b] for _, b in half]
        cells = self.pairs(left, right * 2).reshape(2, len(half), LANES, LANES)
        out = np.zeros((2, count, LANES, count, LANES))
        for number, (a, b) in enumerate(half):
            out[:, b, :, a, :] = cells[:, number].transpose(0, 2, 1)
            out[:, a, :, b, :] = cells[:, number]
        both = out.reshape(2, count * LANES, count * LANES)
        return both[0], both[1]

    def rotate(self, kept: Sequence[int], c: np.ndarray) -> None:
        """X ← X c."""
        self._run(blocks.rotate)(0, self.pieces, self.data, self.size, _array(kept), _cells(c))

    def combine(
        self, kept: Sequence[int], added: Sequence[int], previous: Sequence[int], saved: Sequence[int], c: np.ndarray
    ) -> None:
        """X ← [X, Z, P] c; the part without X goes to ``saved``, if that names slots."""
        slots = (_array(part) for part in (kept, added, previous, saved))
        self._run(blocks.combine)(0, self.pieces, self.data, self.size, *slots, _cells(c))

    def subtract(self, known: Sequence[int], changed: Sequence[int], c: np.ndarray) -> None:
        """Z ← Z − X c."""
        self._run(blocks.subtract)(0, self.pieces, self.data, self.size, _array(known), _array(changed), _cells(c))

    def residual(self, product: int, x: int, values: np.ndarray, out: int) -> None:
        """``out`` = product − x · values, one block; infinite values (lanes that hold nothing) count as 0."""
        self._run(blocks.residual)(0, self.size // 256, self[product], self[x], finite(values), self[out])

    def norms(self, slots: Sequence[int]) -> np.ndarray:
        """``(16 len(slots),)`` lengths of the vectors."""
        parts = np.empty((self.pieces, LANES * len(slots)), np.float32)
        self._run(blocks.squares)(0, self.pieces, self.data, self.size, _array(slots), parts)
        return np.sqrt(parts.sum(axis=0, dtype=np.float64))

    def finish(
        self,
        kept: Sequence[int],
        added: Sequence[int],
        products: Sequence[int],
        more: Sequence[int],
        c: np.ndarray,
        values: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """X ← [X, Z] c; returns ``(16 count,)`` the lengths of X's vectors and those of [LX, LZ] c − X · values."""
        parts = np.empty((self.pieces, 2 * LANES * len(kept)), np.float32)
        slots = (_array(part) for part in (kept, added, products, more))
        known = np.where(np.isfinite(values), values, 0).astype(np.float32)
        self._run(blocks.finish)(0, self.pieces, self.data, self.size, *slots, _cells(c), known, parts)
        total = np.sqrt(parts.sum(axis=0, dtype=np.float64)).reshape(len(kept), 2, LANES)
        return total[:, 0].ravel(), total[:, 1].ravel()


def _array(slots: Sequence[int]) -> np.ndarray:
    return np.array(slots, np.int64)


def _cells(c: np.ndarray) -> np.ndarray:
    """A matrix of coefficients as its 16 × 16 blocks, one after the other."""
    rows, columns = c.shape[0] // LANES, c.shape[1] // LANES
    blocks_first = c.reshape(rows, LANES, columns, LANES).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(blocks_first, dtype=np.float32).ravel()
