"""The way of a copy: the similarity that takes its segment to its place, found from its pixels, and all between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]

# A way bends aside by so much of its length.
BEND = 0.12
# What is turned over like a card is never seen from the side alone.
THINNEST = 0.08


@dataclass(frozen=True)
class Maps:
    """Of n copies, points being x + iy in pixels: ``start`` and ``end`` ``(n,)`` complex, the middles of where they
    come from and of where they go; ``factor`` ``(n,)`` complex, by which what lies around the one is multiplied to lie
    around the other, ``mirrored`` ``(n,)`` bool where it is conjugated before; ``miss`` ``(n,)``, how far pixels lie
    from where that takes them, as a root mean square. A copy of no pixels stays at 0."""

    start: Complex
    end: Complex
    factor: Complex
    mirrored: NDArray[np.bool_]
    miss: Real

    @staticmethod
    def fitted(origin: Complex, place: Complex, owner: NDArray[np.int64], count: int) -> Maps:
        """By least squares from pixels: ``origin`` and ``place`` ``(P,)``, ``owner`` ``(P,)`` below ``count``. Copies
        of one pixel, or whose pixels came from one, only move; where both fit equally a copy is not mirrored."""

        def total(values: Complex) -> Complex:
            whole = np.bincount(owner, values.real, count) + 1j * np.bincount(owner, values.imag, count)
            return np.asarray(whole, dtype=np.complex128)

        size = np.maximum(np.bincount(owner, minlength=count), 1)
        start, end = total(origin) / size, total(place) / size
        near, far = origin - start[owner], place - end[owner]
        spread = total(near * near.conj()).real
        there = np.maximum(spread, 1e-12)
        plain, turned_over = total(near.conj() * far) / there, total(near * far) / there
        mirrored = np.abs(turned_over) > np.abs(plain) * (1.0 + 1e-9) + 1e-12
        factor = np.where(mirrored, turned_over, plain)
        factor = np.where((spread < 1e-9) | (np.abs(factor) < 1e-6), 1.0, factor)
        moved = np.where(mirrored[owner], near.conj(), near) * factor[owner]
        miss = np.sqrt(total(np.abs(far - moved) ** 2 + 0j).real / size)
        return Maps(start, end, factor, mirrored, miss)

    @property
    def far(self) -> Real:
        """``(n,)``: how far each copy goes, in pixels."""
        return np.asarray(np.abs(self.end - self.start))

    def at(self, number: int, u: float, bend: float = BEND) -> tuple[complex, NDArray[np.float64]]:
        """Where the middle of copy ``number`` is when it has gone ``u`` in [0, 1] of its way, and the matrix ``(2, 2)``
        that is applied to the copy as it lies at its end, about its middle: the identity at 1."""
        start, end, factor = complex(self.start[number]), complex(self.end[number]), complex(self.factor[number])
        side = 1.0 if np.angle(factor) >= 0 else -1.0
        middle = start + u * (end - start) + 1j * side * bend * np.sin(np.pi * u) * (end - start)
        if not self.mirrored[number]:
            turn = complex(np.exp((u - 1.0) * np.log(factor)))
            return middle, np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
        # Turned over about the axis that stays where it is.
        axis, scale = np.exp(0.5j * np.angle(factor)), abs(factor) ** (u - 1.0)
        across = -float(np.cos(np.pi * u))
        if abs(across) < THINNEST:
            across = THINNEST if across >= 0 else -THINNEST
        basis = np.array([[axis.real, -axis.imag], [axis.imag, axis.real]])
        return middle, scale * basis @ np.diag([1.0, across]) @ basis.T
