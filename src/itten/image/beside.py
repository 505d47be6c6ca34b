"""Where two pictures of any sizes stand beside each other on one canvas."""

from __future__ import annotations

from dataclasses import dataclass

Size = tuple[int, int]

# Pictures are enlarged by a whole factor until the higher one has so many rows; the gap is a part of them.
LEAST, GAP = 360, 0.04


@dataclass(frozen=True)
class Beside:
    """``factor``: how many times larger both are; ``first``, ``second``: row and column of their upper left corners;
    ``size``: height and width of the canvas."""

    factor: int
    first: Size
    second: Size
    size: Size


def beside(first: Size, second: Size) -> Beside:
    """Two pictures of sizes (height, width), their middles level."""
    higher = max(first[0], second[0])
    factor = -(-LEAST // higher)
    height = factor * higher
    gap = max(2, round(GAP * height))
    corners = [(height - factor * one[0]) // 2 for one in (first, second)]
    left = factor * first[1] + gap
    return Beside(factor, (corners[0], 0), (corners[1], left), (height, left + factor * second[1]))
