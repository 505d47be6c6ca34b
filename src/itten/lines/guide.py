"""Where lines run: the direction across the level sets of a mixture of eigenvectors, smoothed within things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from itten.config import EngraveConfig
from itten.kernels import choose, kernel
from itten.kernels.reference.phase import EDGES
from itten.spectra import spectrum

# Pixels of the grid a spacing: phases are carried from one to the next along their own direction, so that a third of
# a wave is near enough; and sides of the picture whose spectrum is taken.
CELLS = 2.5
LARGEST, SMALLEST = 512, 192
# Vectors are taken as flat where their gradient is this much smaller than the median; others then count this much.
FLAT, OTHERS = 0.02, 0.05
# What an edge across the strongest border still counts.
WEAKEST = 1e-4


@dataclass(frozen=True)
class Guide:
    """What all families of lines of a picture share.

    ``colours`` ``(3, h, w)`` float32, the picture on the grid of the phase, whose pixels are ``step`` of the picture's;
    ``vectors`` ``(k, h, w)`` float64 of unit RMS; ``weights`` ``(4, h, w)`` float32 of the edges between neighbours
    there, in (0, 1].
    """

    colours: np.ndarray
    vectors: np.ndarray
    weights: np.ndarray
    step: float


def resized(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """``(C, H, W)`` at another size: means where it gets smaller, cubics where it gets larger."""
    if (height, width) == tuple(image.shape[1:]):
        return image
    smaller = height <= image.shape[1] and width <= image.shape[2]
    way = {"mode": "area"} if smaller else {"mode": "bicubic", "align_corners": False}
    return functional.interpolate(image[None], (height, width), **way)[0]


def guide(image: torch.Tensor, spacing: float, config: EngraveConfig, families: int = 1) -> Guide:
    """The guide of ``image`` ``(3, H, W)`` float32 on the CPU for lines ``spacing`` pixels apart."""
    size = image.shape[1:]
    height, width = (max(4, round(CELLS * side / spacing)) for side in size)
    # The spectrum is that of a picture at most as large as the grid: what is finer no line could follow.
    scale = min(1.0, max(SMALLEST, min(LARGEST, max(height, width))) / max(size))
    small = resized(image, max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    wanted = min(config.vectors + 1 + max(0, families - 1), small.shape[1] * small.shape[2])
    found = spectrum(small.contiguous(), wanted, edge_threshold=config.edge_threshold, refine=3)
    vectors = resized(found.vectors[1:], height, width).double().numpy()
    norm = np.sqrt(np.square(vectors).mean((1, 2), keepdims=True))
    colours = np.ascontiguousarray(resized(image, height, width).clamp(0, 1).numpy())
    vectors = np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)
    return Guide(colours, vectors, edges(colours, config.border), size[0] / height)


def edges(colours: np.ndarray, border: float) -> np.ndarray:
    """``(4, h, w)`` float32: exp(−d² / border²) between neighbours, d their distance in RGB; half of it along
    diagonals."""
    out = np.zeros((4, *colours.shape[1:]), np.float32)
    for e, (first, second) in enumerate(ends(colours.shape[1:])):
        apart = np.square(colours[(slice(None), *first)] - colours[(slice(None), *second)]).sum(0)
        out[e][first] = (0.5 if e > 1 else 1.0) * np.exp(-apart / border**2) + WEAKEST
    return out


def ends(shape: tuple[int, ...]) -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """For each kind of edge, where its first and its second ends lie in a grid of ``shape``."""
    height, width = shape
    out = []
    for down, right in EDGES:
        left, stop = max(0, -right), width - max(0, right)
        rows, below = slice(0, height - down), slice(down, height)
        out.append(((rows, slice(left, stop)), (below, slice(left + right, stop + right))))
    return out


def mixture(seed: int, config: EngraveConfig, known: int, first: int = 0) -> np.ndarray:
    """Weights ``(known,)`` of the vectors ``first … first + config.vectors``, the given ones or drawn by ``seed``: of
    either sign, the lower the vector the larger."""
    count = max(1, min(config.vectors, known - first))
    if config.weights is not None:
        drawn = np.array(config.weights[:count])
    else:
        random = np.random.default_rng(seed)
        drawn = random.uniform(0.5, 1, config.vectors) * random.choice([-1.0, 1.0], config.vectors)
        drawn = (drawn / np.sqrt(np.arange(1, config.vectors + 1)))[:count]
    out = np.zeros(max(known, 1))
    out[first : first + len(drawn)] = drawn
    return out[:known]


def directions(guide: Guide, weights: np.ndarray, config: EngraveConfig, gradient: bool) -> np.ndarray:
    """``(2, h, w)`` float32, unit vectors (x, y) across the lines, known up to their signs.

    Doubled angles of the mixture's gradient, and where that is flat of the other vectors', are averaged along the
    edges of the grid as heat spreads, to a standard deviation of ``config.smooth`` spacings in even areas.
    """
    angle = _doubled(np.tensordot(weights, guide.vectors, 1), guide.weights)
    for vector in guide.vectors:
        angle = angle + OTHERS * _doubled(vector, guide.weights)
    total = np.zeros(angle.shape, np.float32)
    for e, (first, second) in enumerate(ends(angle.shape)):
        total[first] += guide.weights[e][first]
        total[second] += guide.weights[e][first]
    share = 1 / (1 + total)
    turns = np.stack((guide.weights, np.zeros_like(guide.weights), np.ones_like(guide.weights)))
    start = np.stack((angle.real, angle.imag)).astype(np.float32)
    # A sweep in an even area: an edge to a neighbour counts 1, a diagonal one a half, the pixel itself 1; of the
    # whole 7, 4 lie a column away.
    count = round((config.smooth * CELLS) ** 2 * 7 / 4 / 2)
    free = np.zeros(angle.shape, bool)
    real, imaginary = kernel("phase_sweeps", choose("phase_sweeps"))(start, turns, share, share, free, count, 0.0)
    half = 0.5 * np.arctan2(imaginary.astype(np.float64), real)
    if gradient:
        half += 0.5 * np.pi
    return np.stack((np.cos(half), np.sin(half))).astype(np.float32)


def _doubled(field: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``(h, w)`` complex: (g / |g|)² of the gradient g by least squares over the neighbours, less where it is flat."""
    xx, yy, xy = (np.full(field.shape, value) for value in (1e-9, 1e-9, 0.0))
    grows = np.zeros(field.shape, complex)
    for e, (first, second) in enumerate(ends(field.shape)):
        down, right = EDGES[e]
        weight = weights[e][first].astype(np.float64)
        step = weight * (field[second] - field[first]) * complex(right, down)
        for there in (first, second):
            xx[there] += weight * right * right
            yy[there] += weight * down * down
            xy[there] += weight * right * down
            grows[there] += step
    determinant = xx * yy - xy * xy
    flat = determinant <= 1e-6 * xx * yy
    determinant = np.where(flat, 1.0, determinant)
    slope = (yy * grows.real - xy * grows.imag) + 1j * (xx * grows.imag - xy * grows.real)
    square = np.where(flat, 0, slope / determinant) ** 2
    size = np.abs(square)
    return square / (size + FLAT**2 * np.median(size) + 1e-30)
