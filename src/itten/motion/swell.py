"""Strokes that swell: which of the pixels that a pass adds to them comes first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from itten.motion.ease import dots, waves

# Strokes do not grow farther than so many pixels in a pass.
FARTHEST = 24
# What is added has the colour of what it grows from: that differs from it by less than this share of what was.
ALIKE = 0.5
_BESIDE = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]


class Swelling:
    """The pixels by which a layer of thickening ``(4, H, W)`` changes the picture ``before`` ``(3, H, W)``, as rings
    around what was drawn: one after the other, and here before they do there."""

    def __init__(self, before: NDArray[np.float32], layer: NDArray[np.float32], hard: bool) -> None:
        self.hard = hard
        self.size = before.shape[1], before.shape[2]
        self.ring = _rings(before, layer)
        self.rings = int(self.ring.max(initial=0))

    def share(self, s: float) -> NDArray[np.float32]:
        """How much of each pixel's change is there ``(H, W)`` when strokes have swollen by ``s`` in [0, 1]; in a hard
        picture all or nothing."""
        come = s * (self.rings + 1.0) - (self.ring - 1.0) - waves(*self.size)
        share = np.clip(come, 0.0, 1.0).astype(np.float32)
        return (share > dots(*self.size)).astype(np.float32) if self.hard else share


def _rings(before: NDArray[np.float32], layer: NDArray[np.float32]) -> NDArray[np.int16]:
    """For every pixel that changes how many steps it lies from what its ink comes from, 1 the nearest; else 1, too."""
    changed = layer[3] > 0
    ring = np.where(changed, 0, 1).astype(np.int16)
    if not changed.any():
        return ring
    colour = layer[:3]
    limit = ALIKE * np.abs(before - colour).max(axis=0)
    reached = np.zeros_like(changed)
    for shift in _BESIDE:
        beside, still = _shifted(before, shift), ~_shifted(changed, shift, edge=True)
        reached |= changed & still & (np.abs(beside - colour).max(axis=0) < limit)
    ring[reached] = 1
    for step in range(2, FARTHEST + 1):
        fresh = np.zeros_like(changed)
        for shift in _BESIDE:
            fresh |= _shifted(reached, shift, edge=False)
        fresh &= changed & (ring == 0)
        if not fresh.any():
            break
        ring[fresh] = step
        reached |= fresh
    last = int(ring.max())
    ring[ring == 0] = last
    return ring


def _shifted(values: NDArray, by: tuple[int, int], edge: bool | None = None) -> NDArray:
    """The values ``(…, H, W)`` of the neighbours; beyond the edge ``edge``, or where that is None the edge's own."""
    pad = [(0, 0)] * (values.ndim - 2) + [(1, 1), (1, 1)]
    wide = np.pad(values, pad, mode="edge") if edge is None else np.pad(values, pad, constant_values=edge)
    height, width = values.shape[-2:]
    return wide[..., 1 + by[0] : 1 + by[0] + height, 1 + by[1] : 1 + by[1] + width]
