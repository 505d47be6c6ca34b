"""Borders finer than pixels: how far each pixel lies from the line between two labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from itten.areas.flow import gaussian, near_borders
from itten.kernels import choose, kernel

# A lead that differs by less than this from everything is taken for everything.
CERTAIN = 1e-5


@dataclass(frozen=True)
class Soft:
    """Pixels near borders: ``where`` ``(n,)`` their flat numbers, ``first`` the label on whose side each lies,
    ``second`` that on the other, and ``distance`` ``(n,)`` float64, pixels from its middle to the line between."""

    where: np.ndarray
    first: np.ndarray
    second: np.ndarray
    distance: np.ndarray

    @staticmethod
    def of(labels: np.ndarray, sigma: float) -> Soft:
        """Of ``labels`` ``(H, W)``, evened by a Gaussian of deviation ``sigma`` pixels.

        The evened shares of two labels differ by erf(d / √2 σ) at a distance of d from a straight border between them,
        which is solved for d: the line is smooth, though labels are whole pixels. It reaches 2.5 σ."""
        near = gaussian(sigma)
        where = near_borders(labels, len(near) // 2 + 1)
        vote = kernel("vote_labels", choose("vote_labels"))
        nothing = np.zeros((*labels.shape, 0), np.float32)
        first, second, margin = vote(labels.astype(np.int32), nothing, where, near, 0.0, 0.0)
        lead = np.where(margin > 1.0 - CERTAIN, 1.0, margin.astype(np.float64))
        return Soft(where, first, second, np.sqrt(2.0) * sigma * special.erfinv(lead))
