"""Where a drawing lies on its paper: pixels to millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from itten.config import Page
from itten.config.page import INCH
from itten.vector.model import Points


@dataclass(frozen=True)
class Fit:
    """Paper of ``width`` × ``height`` millimetres with a drawing on it, whose upper left corner lies at ``left`` and
    ``top`` and whose pixels have ``scale`` millimetres."""

    width: float
    height: float
    scale: float
    left: float
    top: float

    @property
    def affine(self) -> NDArray[np.float64]:
        """``(2, 3)``: takes ``(x, y, 1)`` in pixels to millimetres."""
        return np.array([[self.scale, 0, self.left], [0, self.scale, self.top]])

    def millimetres(self, points: Points) -> Points:
        """``(…, 2)`` in pixels as millimetres from the upper left corner of the paper."""
        return points * self.scale + (self.left, self.top)

    def pixels(self, dpi: float) -> tuple[int, int]:
        """Width and height of the whole paper in pixels at ``dpi`` to the inch, at least one each."""
        return max(1, round(self.width * dpi / INCH)), max(1, round(self.height * dpi / INCH))

    def decimals(self, tolerance: float) -> int:
        """Digits after the point of millimetres that move no coordinate by more than half of ``tolerance`` pixels."""
        return min(max(math.ceil(-math.log10(tolerance * self.scale)), 0), 6)


def fitted(page: Page, width: float, height: float) -> Fit:
    """A drawing of ``width`` × ``height`` pixels, as large as the margins of ``page`` allow, and centred."""
    across, down = page.millimetres(width, height)
    scale = min((across - 2 * page.edge) / width, (down - 2 * page.edge) / height)
    return Fit(across, down, scale, (across - width * scale) / 2, (down - height * scale) / 2)
