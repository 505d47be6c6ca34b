"""Coarse feature maps at the size of a picture, whose edges they follow: joint bilateral upsampling (Kopf, Cohen,
Lischinski and Uyttendaele, ACM Transactions on Graphics 26, 2007).

A pixel takes the mean of the features of the 5 × 5 cells around it, weighed by how near they are and by how like the
pixel's colour the mean colour of a cell is.
"""

from __future__ import annotations

import numpy as np
import torch

from itten.errors import InputError

# Standard deviations: in cells, and in colour (RGB in [0, 1]).
CELLS, COLOUR = 1.0, 0.1
REACH = 2
# Pixels whose weights are held at once.
PART = 1 << 16


def guided_features(features: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
    """``(C, H, W)`` in the features' type and on their device, of ``features`` ``(C, h, w)`` with h ≤ H and w ≤ W, and
    a picture ``guide`` ``(3, H, W)``. What is as large as the picture is left as it is.

    Raises :class:`~itten.errors.InputError` where the features are larger than the picture.
    """
    (h, w), (height, width) = features.shape[1:], guide.shape[1:]
    if (h, w) == (height, width):
        return features
    if h > height or w > width:
        raise InputError(
            f"features of {w} × {h} pixels are larger than the picture that guides them, {width} × {height}"
        )
    import scipy.sparse

    picture = guide.detach().double().cpu()
    cells = torch.nn.functional.adaptive_avg_pool2d(picture, (h, w)).flatten(1).numpy()
    colours = picture.flatten(1).numpy()
    known = np.ascontiguousarray(features.detach().flatten(1).cpu().float().numpy().T)
    found = np.empty((height * width, len(features)), np.float32)
    step = np.arange(-REACH, REACH + 1)
    for begin in range(0, height * width, PART):
        pixels = np.arange(begin, min(begin + PART, height * width))
        y = (pixels // width + 0.5) * h / height - 0.5
        x = (pixels % width + 0.5) * w / width - 0.5
        rows = np.rint(y).astype(np.int64)[:, None, None] + step[:, None]
        columns = np.rint(x).astype(np.int64)[:, None, None] + step
        exists = (rows >= 0) & (rows < h) & (columns >= 0) & (columns < w)
        number = np.where(exists, rows * w + columns, 0)
        away = ((rows - y[:, None, None]) ** 2 + (columns - x[:, None, None]) ** 2) / CELLS**2
        for one, cell in zip(colours, cells, strict=True):
            away = away + ((one[pixels, None, None] - cell[number]) / COLOUR) ** 2
        # The nearest in space and colour counts fully, so that no pixel is left without a cell.
        away = np.where(exists, away, np.inf).reshape(len(pixels), -1)
        weights = np.exp((away.min(axis=1, keepdims=True) - away) / 2)
        weights /= weights.sum(axis=1, keepdims=True)
        starts = np.arange(0, weights.size + 1, weights.shape[1])
        shape = len(pixels), h * w
        means = scipy.sparse.csr_array((weights.astype(np.float32).ravel(), number.ravel(), starts), shape)
        found[pixels] = means @ known
    whole = torch.from_numpy(np.ascontiguousarray(found.T)).view(len(features), height, width)
    return whole.to(features.device, features.dtype)
