"""The field of a map: a picture's tone, or a mixture of its eigenvectors, as heights; and the levels that cut it."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from itten.areas.small import shrunk
from itten.config import BandsConfig
from itten.errors import InputError
from itten.image.oklab import to_oklab
from itten.spectra import spectrum

# The finest lines and points of a tone are taken out before it is evened: the side of a median in thousandths of the
# longer side.
SPECKS = 9.0
# Heights that differ by less than this share of all are the same. A plain is a height with so many bands' area; below
# it, by so many bands' height, there are slopes.
SAME, PLAIN, BELOW = 1e-6, 0.5, 0.25


def heights(picture: torch.Tensor, config: BandsConfig) -> np.ndarray:
    """The field ``(H, W)`` float64 of ``picture`` ``(3, H, W)`` that ``config`` names, found at the small size, evened,
    and smooth at the picture's own: lightness in [0, 1], or vectors of unit root mean square, mixed.

    Raises :class:`~itten.errors.InputError` where the picture has too few pixels for so many vectors."""
    height, width = picture.shape[1:]
    small = shrunk(picture, config.detail)
    size = small.shape[1], small.shape[2]
    mixture = config.mixture
    if not mixture:
        field = to_oklab(small)[0].numpy()
        side = int(SPECKS / 1000.0 * max(size) + 0.5) // 2 * 2 + 1
        field = ndimage.median_filter(field, side, mode="nearest") if side > 1 else field
    else:
        if len(mixture) >= size[0] * size[1]:
            raise InputError(f"a picture of {size[0] * size[1]} pixels has no vector {len(mixture)}")
        found = spectrum(small, len(mixture) + 1, edge_threshold=config.edge_threshold)
        maps = found.vectors[1:].double().numpy() * np.sqrt(size[0] * size[1])
        field = sum((weight * one for weight, one in zip(mixture, maps, strict=True) if weight), np.zeros(size))
    field = ndimage.gaussian_filter(field, config.smooth / 1000.0 * max(size), mode="nearest")
    return enlarged(field, (height, width))


def enlarged(field: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``field`` ``(h, w)`` at every pixel of a picture of ``size`` (H, W), by cubic curves."""
    if field.shape == size:
        return field
    return torch.nn.functional.interpolate(
        torch.from_numpy(field)[None, None], size=size, mode="bicubic", align_corners=False
    )[0, 0].numpy()


def levels_of(field: np.ndarray, n: int, steps: str) -> np.ndarray:
    """The at most ``n`` − 1 ascending heights float64 between ``n`` bands of ``field``: of ``equal`` areas, or equally
    ``high``; a band begins at its level. A field that is the same throughout has none, and equal ones count once. A
    level that would lie in a plain runs a little below it instead, where the field has a slope."""
    flat = np.sort(field, axis=None)
    low, high = float(flat[0]), float(flat[-1])
    same = SAME * (high - low)
    if not same > 0:
        return np.zeros(0)
    share = np.arange(1, n) / n
    found = np.quantile(flat, share, method="inverted_cdf") if steps == "equal" else low + (high - low) * share
    found = found[found > low + same]
    wide = np.searchsorted(flat, found + same) - np.searchsorted(flat, found - same)
    found = found - np.where(wide > PLAIN * flat.size / n, BELOW * (high - low) / n, 0.0)
    return found[np.diff(found, prepend=low) > same]
