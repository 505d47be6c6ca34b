"""Where things end: thin edges of a picture, after Canny (1986), to be drawn themselves."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

# Pixels of the Gaussian before the gradient; what an edge must reach somewhere, and where it goes on, in shares of the
# colour distance that ends a thing.
BLUR, STRONG, WEAK = 1.0, 0.5, 0.2


def outlined(cover: np.ndarray, image: np.ndarray, width: float, border: float, least: float) -> np.ndarray:
    """``cover`` ``(H, W)`` float32 with 1 along the edges of ``image`` ``(3, H, W)`` that are longer than ``least``
    pixels, ``width`` pixels wide with soft sides."""
    edge = thin_edges(image, border, least)
    if not edge.any():
        return cover
    far = ndimage.distance_transform_edt(~edge)
    return np.maximum(cover, (0.5 * width + 0.5 - far).clip(0, min(1.0, width))).astype(np.float32)


def thin_edges(image: np.ndarray, border: float, least: float) -> np.ndarray:
    """``(H, W)`` bool: pixels whose gradient is the largest across it, reaches ``border`` · 0.5 a pixel somewhere on
    the same edge and ``border`` · 0.2 everywhere."""
    slope = [
        [ndimage.gaussian_filter(one, BLUR, order=order) for one in image.astype(np.float64)]
        for order in ((1, 0), (0, 1))
    ]
    down, right = (np.stack(one) for one in slope)
    strongest = np.argmax(down**2 + right**2, 0)[None]
    down, right = (np.take_along_axis(one, strongest, 0)[0] for one in (down, right))
    size = np.hypot(down, right)
    step = np.stack((down, right)) / np.maximum(size, 1e-12)
    grid = np.mgrid[: size.shape[0], : size.shape[1]]
    ahead, behind = (ndimage.map_coordinates(size, grid + sign * step, order=1, mode="nearest") for sign in (1, -1))
    # Of two equal neighbours one is the edge.
    edge = (size >= ahead) & (size > behind) & (size > WEAK * border)
    label, count = ndimage.label(edge, np.ones((3, 3)))
    if not count:
        return edge
    number = np.arange(1, count + 1)
    strong = ndimage.maximum(size, label, number) > STRONG * border
    long = ndimage.sum_labels(edge, label, number) >= least
    return np.concatenate(([False], strong & long))[label]
