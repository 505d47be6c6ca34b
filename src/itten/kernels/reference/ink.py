"""Ink over paper, I = αF + (1 − α)P, pixel by pixel and in float64."""

from __future__ import annotations

import numpy as np

from itten.kernels.reference.morphology import grown

# Paper is looked for at pixels that are at least so far from any content, or if there are none within AROUND, closer.
FRINGE, AROUND = 2, 8
# Ink is the strongest colour within so many pixels.
CORE = 2
# Coverage below this, or as close to 1, is rounding and noise.
LEAST = 0.03
# A colour that differs less from the paper, by the norm of RGB, is no ink.
FAINT = 0.02


def strongest(strength: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest value of ``strength`` ``(H, W)`` within a square of ``radius`` about every pixel, and the raster
    index of where it is: of equal ones the nearest column's, then the nearest row's, right and below before left and
    above."""
    height, width = strength.shape
    order = [0, *(sign * step for step in range(1, radius + 1) for sign in (1, -1))]
    most, index = np.empty_like(strength), np.empty(strength.shape, np.int64)
    for y in range(height):
        for x in range(width):
            columns = [x + step for step in order if 0 <= x + step < width]
            rows = [y + step for step in order if 0 <= y + step < height]
            winners = [columns[int(strength[i, columns].argmax())] for i in rows]
            row = int(strength[rows, winners].argmax())
            most[y, x], index[y, x] = strength[rows[row], winners[row]], rows[row] * width + winners[row]
    return most, index


def filled(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """``values`` ``(C, H, W)`` where ``weight`` ``(H, W)`` is 1, elsewhere what lies around it, grown inwards.

    Means over 2 × 2 pixels of what has weight, level by level until all has, and back, each level filling what the
    finer one lacks ("pull–push": Gortler and others, "The lumigraph", 1996, section 3.4). All 0 where no weight is.
    """
    return _filled(values * weight, weight)


def _filled(held: np.ndarray, weight: np.ndarray) -> np.ndarray:
    height, width = weight.shape
    mean = held / np.maximum(weight, 1e-12)
    if max(height, width) == 1:
        return mean
    even = [(0, 0), (0, height % 2), (0, width % 2)]
    wider, share = np.pad(held, even), np.pad(weight, even[1:])
    corners = [(i, j) for i in (0, 1) for j in (0, 1)]
    means = [np.mean([one[..., i::2, j::2] for i, j in corners], axis=0) for one in (wider, share)]
    coarse = _filled(*means)
    out = np.empty_like(held)
    for y in range(height):
        for x in range(width):
            i, j = y // 2, x // 2
            k = min(max(i + (1 if y % 2 else -1), 0), coarse.shape[1] - 1)
            m = min(max(j + (1 if x % 2 else -1), 0), coarse.shape[2] - 1)
            near = 0.75 * coarse[:, i, j] + 0.25 * coarse[:, k, j]
            beside = 0.75 * coarse[:, i, m] + 0.25 * coarse[:, k, m]
            out[:, y, x] = 0.75 * near + 0.25 * beside
    return out + weight * (np.where(weight > 0, mean, out) - out)


def bare_paper(content: np.ndarray) -> np.ndarray:
    """``(H, W)`` bool: where paper is to be seen. Beyond the fringe of all ``content`` ``(H, W)`` bool; where there is
    no such place around, as in close hatching, one pixel away from it, and else wherever there is none."""
    bare = ~grown(content, FRINGE)
    for closer in (~grown(content, 1), ~content):
        bare = bare | (closer & ~grown(bare, AROUND))
    return bare


def ink_over_paper(image: np.ndarray, content: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``(alpha, ink, layer)`` of ``image`` ``(3, H, W)`` in [0, 1], ``content`` ``(H, W)`` bool being what is drawn in
    it: the coverage ``(H, W)``, the colour F of the strongest pixel nearby ``(3, H, W)``, and I − (1 − α)P
    ``(3, H, W)``, 0 where nothing is drawn.

    Paper is the picture where no content is near, grown inwards (:func:`filled`); ink the colour that differs most from
    the paper within two pixels; α = ⟨I − P, F − P⟩ / ‖F − P‖², 1 wherever all pixels around are content, 0 beyond
    two pixels from any.
    """
    near = grown(content, FRINGE)
    paper = np.where(near, filled(image, bare_paper(content).astype(image.dtype)), image)
    apart = image - paper
    most, index = strongest(np.where(content, (apart**2).sum(axis=0), 0.0), CORE)
    ink = image.reshape(3, -1)[:, index]
    away = np.where(most > FAINT * FAINT, ink - paper, 0.0)
    share = (apart * away).sum(axis=0) / np.maximum((away**2).sum(axis=0), FAINT * FAINT)
    share = np.where(share < LEAST, 0.0, np.where(share > 1 - LEAST, 1.0, share))
    alpha = np.where(grown(~content, 1), np.where(near, share, 0.0), 1.0)
    return alpha, ink, np.where(alpha > 0, image - (1 - alpha) * paper, 0.0)


def with_fringes(labels: np.ndarray, fringe: np.ndarray) -> np.ndarray:
    """``labels`` ``(H, W)`` int64, those of ``fringe`` ``(H, W)`` bool that are 0 replaced by the largest around, from
    one pixel to the next, ``FRINGE`` times."""
    for _ in range(FRINGE):
        before = np.pad(labels, 1)
        labels = labels.copy()
        for y, x in np.argwhere(fringe & (labels == 0)):
            labels[y, x] = before[y : y + 3, x : x + 3].max()
    return labels
