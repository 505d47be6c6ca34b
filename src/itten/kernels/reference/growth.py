"""Strokes that grow by less than a pixel, pixel by pixel and in float64."""

from __future__ import annotations

import math

import numpy as np

# How far a ray looks for the other side of a stroke, and of a gap, in pixels, and by which step.
ACROSS, GAP, STEP = 24.0, 12.0, 0.5
# In large pictures that many times the most that an edge may move.
ACROSS_MOST, GAP_MOST = 7.5, 3.75
# So much of a gap may close from one side, and so much paper, in pixels, stays in its middle.
CLOSING, LEAST_GAP = 0.1, 1.2
# An edge belongs to the pixels that it passes by so closely. What lies SPREAD farther than the nearest counts 1/e.
BESIDE, SPREAD = 0.8, 0.4
# Ink that covers less than this at its strongest is none; what covers less than that has ended.
CORE, FAINT = 0.47, 0.02
# Of thinner strokes no pixel need be all ink: their ends lie half their breadth from their middle.
THIN = 2.5
# A pixel looks so much farther for edges than the farthest one moves.
WINDOW = 3


def looked(most: float) -> tuple[float, float]:
    """How far a ray looks across a stroke and a gap where an edge may move by ``most``: by more in larger pictures."""
    return max(ACROSS, ACROSS_MOST * most), max(GAP, GAP_MOST * most)


def bilinear(alpha: np.ndarray, y: float, x: float) -> float:
    height, width = alpha.shape
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    i, j = int(y), int(x)
    below, right = min(i + 1, height - 1), min(j + 1, width - 1)
    upper = alpha[i, j] * (1 - x + j) + alpha[i, right] * (x - j)
    lower = alpha[below, j] * (1 - x + j) + alpha[below, right] * (x - j)
    return float(upper * (1 - y + i) + lower * (y - i))


def normal(alpha: np.ndarray, y: int, x: int) -> tuple[float, float]:
    """The direction (y, x) in which α, blurred by a Gaussian of one pixel, falls; both 0 where it does not."""
    padded = np.pad(alpha, 2, mode="edge")[y : y + 5, x : x + 5]
    at = np.arange(-2.0, 3.0)
    weight = np.exp(-0.5 * (at[:, None] ** 2 + at**2))
    dy, dx = -(weight * padded * at[:, None]).sum(), -(weight * padded * at).sum()
    length = math.hypot(dy, dx)
    return (dy / length, dx / length) if length >= 1e-3 else (0.0, 0.0)


def edge(alpha: np.ndarray, limit: float, most: float, y: int, x: int) -> tuple[float, float, float, float] | None:
    """Where ink ends beside a pixel: the direction out of it, how far the end lies in that direction from the pixel's
    middle, and how far it may move; None where no edge passes.

    The end of the ink is where a sharp one would hold as much ink along the normal. The stroke is as broad as the ink
    along it, up to the other side; the gap as wide as the paper, up to the next ink.
    """
    around = alpha[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
    if around.min() >= 1.0 or around.max() - around.min() <= 0.1:
        return None
    dy, dx = normal(alpha, y, x)
    if dy == 0.0 and dx == 0.0:
        return None

    def at(t: float) -> float:
        return bilinear(alpha, y + t * dy, x + t * dx)

    across, far = looked(most)
    here = float(alpha[y, x])
    ends, moment, value, t = 0.0, 0.0, here, 0.0
    while t < 2.0 and (after := at(t + STEP)) <= value:
        ends += 0.5 * STEP * (value + after)
        moment += 0.5 * STEP * (value * t + after * (t + STEP))
        value, t = after, t + STEP
    gap, outer = t - ends, t
    while outer < far and value < 0.5:
        value = at(outer + STEP)
        gap, outer = gap + STEP * (1.0 - value), outer + STEP
    lacks, value, inner = 0.0, here, 0.0
    while inner < 2.0 and (after := at(-inner - STEP)) >= value and value < 1.0:
        lacks += 0.5 * STEP * (2.0 - value - after)
        moment -= 0.5 * STEP * (value * inner + after * (inner + STEP))
        value, inner = after, inner + STEP
    if value < CORE:
        return None
    broad, best = ends + inner - lacks, value
    while inner < across:
        after = at(-inner - STEP)
        if value < 0.5 * best and (after > value or value < FAINT):
            break
        broad += 0.5 * STEP * (value + after)
        moment -= 0.5 * STEP * (value * inner + after * (inner + STEP))
        best, value, inner = max(best, after), after, inner + STEP
    end = ends - lacks if broad > THIN else moment / broad + 0.5 * broad
    if abs(end) > BESIDE:
        return None
    gap += ends - end
    reach = min(most, limit * broad) if inner < across else 0.0
    if outer < far:
        reach = min(reach, CLOSING * gap, 0.5 * (gap - LEAST_GAP))
    return dy, dx, end, max(reach, 0.0)


def grow_ink(
    image: np.ndarray, alpha: np.ndarray, ink: np.ndarray, limit: np.ndarray, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """``(image, alpha)`` after the strokes of ``image`` ``(3, H, W)`` have grown.

    ``alpha`` ``(H, W)`` is their coverage, ``ink`` ``(3, H, W)`` their colour; ``limit`` ``(H, W)`` says by which share
    of its own breadth a stroke may grow to each side there, at most by ``radius`` pixels. A gap between two strokes
    closes by at most a tenth from each side, and 1.2 pixels of paper stay. What is no stroke, for there is no
    other side within 24 pixels, does not grow.

    The distance d of a pixel from the ink is that from the edges around it, each a straight line, weighted by how near
    they pass (moving least squares: Shen, O'Brien and Shewchuk 2004); it gains what ½ − d + reach, cut off at 0 and
    1, is more than ½ − d, as an anti-aliased edge would (Gustavson and Strand 2011), and that much more of the ink.
    """
    height, width = alpha.shape
    found = [
        (y, x, one)
        for y in range(height)
        for x in range(width)
        if (one := edge(alpha, float(limit[y, x]), radius, y, x)) is not None
    ]
    out, cover = image.astype(np.float64), alpha.astype(np.float64)
    if not found:
        return out, cover
    place = np.array([(y, x) for y, x, _ in found])
    outward = np.array([one[:2] for *_, one in found])
    middle = place + np.array([one[2] for *_, one in found])[:, None] * outward
    own = np.array([one[3] for *_, one in found])
    reach = np.array([own[(np.abs(place - at) <= 2).all(axis=1)].mean() for at in place])
    colours = ink[:, place[:, 0], place[:, 1]]
    window = int(reach.max()) + WINDOW
    for y in range(height):
        for x in range(width):
            around = (np.abs(place - (y, x)) <= window).all(axis=1)
            if alpha[y, x] >= 1.0 or not around.any():
                continue
            to = (y, x) - middle[around]
            apart = np.hypot(*to.T)
            if apart.min() > window + 1.0:
                continue
            # What faces the other way is the other side of a thin stroke.
            facing = np.clip(outward[around] @ outward[around][apart.argmin()] + 0.5, 0.0, 1.0)
            apart -= apart.min()
            weight = np.where(apart < 4.0 * SPREAD, facing * np.exp(-apart / SPREAD), 0.0)
            weight /= weight.sum()
            length = (weight * reach[around]).sum()
            distance = (weight * (to * outward[around]).sum(axis=1)).sum()
            more = min(max(0.5 - distance + length, 0.0), 1.0) - min(max(0.5 - distance, 0.0), 1.0)
            after = min(alpha[y, x] + more, 1.0)
            if more > 0.0:
                share = (after - alpha[y, x]) / (1.0 - alpha[y, x])
                cover[y, x] = after
                out[:, y, x] += share * ((weight * colours[:, around]).sum(axis=1) - out[:, y, x])
    return out, cover
