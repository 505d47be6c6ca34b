"""The colours of a GIF: exactly those that there are, or 255 chosen of all frames, with dots that stand still."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import cKDTree

from itten.motion.ease import dots
from itten.motion.reel import Frame, Reel, packed, unpacked

# One of the 256 is for pixels that stay.
CHOSEN = 255
# So many pixels of all frames are looked at, and so many of the commonest colours are kept as they are.
SAMPLE, EXACT = 1 << 20, 8
_BITS = 6


class Palette:
    """The ``colours`` ``(n, 3)`` uint8 of a reel, and which of them each pixel of a frame takes. ``exact``: they are
    all that there are. One palette serves all frames, and a pixel's threshold depends on its place alone, so that what
    stays does not flicker."""

    def __init__(self, reel: Reel) -> None:
        known = reel.colours
        self.exact = known is not None
        self.colours = _chosen(reel) if known is None else known
        self._table: NDArray[np.uint8] | None = None if self.exact else _nearest(self.colours)
        self._numbers = packed(self.colours)

    def indices(self, frame: Frame) -> NDArray[np.uint8]:
        """For every pixel ``(H, W)`` the number of its colour. Between two colours of the palette pixels are dealt to
        both, as far as it lies from each; what is one of them stays that."""
        if self._table is None:
            return np.searchsorted(self._numbers, packed(frame)).astype(np.uint8)
        near = self._table[_cell(frame)]
        wanted, low = frame.astype(np.int32), self.colours[near].astype(np.int32)
        beyond = np.clip(2 * wanted - low, 0, 255).astype(np.uint8)
        other = self._table[_cell(beyond)]
        step = self.colours[other].astype(np.int32) - low
        share = ((wanted - low) * step).sum(axis=2) / np.maximum((step * step).sum(axis=2), 1)
        mixed = np.where(share > dots(*frame.shape[:2]), other, near)
        return np.where((wanted == low).all(axis=2), near, mixed).astype(np.uint8)


def _chosen(reel: Reel) -> NDArray[np.uint8]:
    """Colours for all frames: a median cut of pixels from each of them, and the commonest ones exactly."""
    assert reel.size is not None
    step = max(int(len(reel) * reel.size[0] * reel.size[1] / SAMPLE), 1)
    step += step % 2 == 0  # not the same columns in every row
    pixels = np.concatenate([reel[i].reshape(-1, 3)[i % step :: step] for i in range(len(reel))])
    side = int(np.ceil(np.sqrt(len(pixels))))
    sheet = np.resize(pixels, (side, side, 3))
    cut = Image.fromarray(sheet).quantize(CHOSEN, method=Image.Quantize.MEDIANCUT, kmeans=2)
    flat = np.array(cut.getpalette(), np.uint8).reshape(-1, 3)[:CHOSEN]
    found, count = np.unique(packed(pixels), return_counts=True)
    common = unpacked(found[np.argsort(-count, kind="stable")[:EXACT]])
    apart = ((common[:, None].astype(np.int32) - flat[None]) ** 2).sum(axis=2)
    for number, colour in enumerate(common):
        if count.max() * 100 >= count.sum():  # flat ground, as of drawings
            flat[int(apart[number].argmin())] = colour
    return np.unique(flat, axis=0)


def _nearest(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each of 64³ cells of colours the nearest one of the palette, by how far apart eyes find them; a cell that a
    colour of the palette lies in is its."""
    weights = np.array([0.55, 0.77, 0.33])  # roots of what red, green and blue add to brightness
    axis = (np.arange(1 << _BITS) * 255.0) / ((1 << _BITS) - 1)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    near = cKDTree(colours * weights).query(cells * weights)[1].astype(np.uint8)
    near[_cell(colours)] = np.arange(len(colours), dtype=np.uint8)
    return near


def _cell(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    part = (colours >> (8 - _BITS)).astype(np.int64)
    return (part[..., 0] << 2 * _BITS) + (part[..., 1] << _BITS) + part[..., 2]
