"""A picture at the size at which its areas are found, and what is seen of it there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage

from itten.image.oklab import to_oklab
from itten.spectra import spectrum

# Of OKLab: how much of a step in lightness counts against one of the two opponent colours.
CHROMA = 1.5
# A picture's deviation in OKLab that the edge threshold is meant for; others are stretched to it, at most so much.
CONTRAST, STRETCH = 0.2, 5.0
# Vectors are counted by one over the root of their values; values this far below the largest are not told apart.
FLOOR = 0.02


@dataclass(frozen=True)
class Small:
    """A picture shrunk to ``(h, w)``: ``colour`` ``(h, w, 3)`` float64, OKLab with weighted opponent colours; ``even``
    the same with its grain smoothed; ``grain`` the deviation of that grain in lightness."""

    image: torch.Tensor
    colour: np.ndarray
    even: np.ndarray
    grain: float

    @staticmethod
    def of(image: torch.Tensor, detail: int) -> Small:
        """Of a picture ``(3, H, W)`` in [0, 1]; ``detail`` as in :class:`~itten.config.PanesConfig`."""
        small = shrunk(image, detail)
        colour = to_oklab(small).movedim(0, -1).numpy() * (1.0, CHROMA, CHROMA)
        grain = grain_of(colour[..., 0])
        sigma = 0.7 + 0.9 * min(grain / 0.03, 1.0)
        return Small(small, colour, ndimage.gaussian_filter(colour, (sigma, sigma, 0), mode="nearest"), grain)

    @property
    def spread(self) -> float:
        """The deviation of its colours."""
        return float(np.sqrt(self.even.reshape(-1, 3).var(axis=0).sum()))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.colour.shape[0], self.colour.shape[1]


def shrunk(image: torch.Tensor, detail: int) -> torch.Tensor:
    """``image`` ``(3, H, W)`` as means over areas, its longer side ``detail`` pixels; as it is, if that has no more or
    ``detail`` is 0."""
    height, width = image.shape[1:]
    longer = max(height, width)
    if not 0 < detail < longer:
        return image
    size = [max(int(side * detail / longer + 0.5), 1) for side in (height, width)]
    return torch.nn.functional.interpolate(image[None], size=size, mode="area")[0]


def grain_of(values: np.ndarray) -> float:
    """The deviation of independent noise in ``values`` ``(h, w)``: the median of what a difference of two second
    derivatives leaves (J. Immerkær, "Fast noise variance estimation", 1996, with a median in place of the mean)."""
    kernel = np.outer((1.0, -2.0, 1.0), (1.0, -2.0, 1.0))
    return float(np.median(np.abs(ndimage.convolve(values, kernel, mode="nearest")))) / (0.6745 * 6.0)


def coordinates(small: Small, vectors: int, edge_threshold: float) -> np.ndarray:
    """Spectral coordinates ``(h, w, k)`` float64: the lowest ``vectors`` non-constant eigenvectors, each over the root
    of its value, together of unit variance. Fewer, where the picture has fewer pixels."""
    height, width = small.size
    count = min(vectors, height * width - 1)
    if count < 1:
        return np.zeros((height, width, 0))
    level = small.even[..., 0]
    wide = ndimage.gaussian_filter(level * level, 2.5) - ndimage.gaussian_filter(level, 2.5) ** 2
    seen = np.concatenate([small.even, np.sqrt(np.maximum(wide, 0.0))[..., None]], axis=-1)
    stretch = min(max(CONTRAST / max(small.spread, 1e-6), 0.7), STRETCH)
    features = torch.from_numpy(np.ascontiguousarray(np.moveaxis(seen * stretch, -1, 0), np.float32))
    found = spectrum(features, count + 1, edge_threshold=edge_threshold)
    values = found.values[1:].numpy()
    weights = 1.0 / np.sqrt(np.maximum(values, FLOOR * max(float(values[-1]), 1e-12)))
    maps = found.vectors[1:].double().numpy() * np.sqrt(height * width)
    return np.moveaxis(maps * (weights / np.sqrt(np.square(weights).sum()))[:, None, None], 0, -1)
