"""A diverging colour map for signed fields: deep blue, paper at zero, deep red."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from itten.errors import InputError
from itten.image.coerce import as_tensor

_STOPS = (
    (-1.0, (12, 36, 84)),
    (-0.62, (38, 98, 158)),
    (-0.28, (146, 189, 214)),
    (0.0, (244, 240, 231)),
    (0.28, (236, 170, 142)),
    (0.62, (192, 62, 52)),
    (1.0, (92, 12, 32)),
)
_STEPS = 1025
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def diverging(field: Any) -> Tensor:
    """Colour a signed field ``(H, W)`` as an image ``(3, H, W)`` float32 in [0, 1], on the field's device.

    Zero is paper, negative values go to blue, positive ones to red, the same distance for the same size.
    Full colour is the 99th percentile of the absolute values, so that a few outliers do not bleach the
    rest (where that percentile is zero, the maximum). The colours between the seven control points are
    interpolated in Oklab (B. Ottosson, 2020), where equal steps look equal.

    Raises :class:`~itten.errors.InputError` for another shape, an empty field, NaN or Inf.
    """
    values = as_tensor(field, "the field").detach()
    if values.ndim != 2 or values.numel() == 0:
        raise InputError(f"a field of shape (H, W) is needed, and not {tuple(values.shape)}")
    values = values.to(torch.float64)
    if not bool(torch.isfinite(values).all()):
        where = tuple((~torch.isfinite(values)).nonzero()[0].tolist())
        raise InputError(f"the field is not finite at index {where}")
    size = values.abs().flatten()
    rank = max(1, round(0.99 * size.numel()))
    scale = float(size.kthvalue(rank).values) or float(size.max())
    unit = (values / scale).clamp(-1, 1) if scale > 0 else torch.zeros_like(values)
    index = ((unit + 1) * ((_STEPS - 1) / 2)).round().long()
    table = torch.from_numpy(_table()).to(values.device)
    return table[index].movedim(-1, 0).contiguous()


@lru_cache(maxsize=1)
def _table() -> NDArray[np.float32]:
    """The map as ``(1025, 3)`` sRGB."""
    place = np.array([at for at, _ in _STOPS])
    srgb = np.array([colour for _, colour in _STOPS]) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    at = np.linspace(-1, 1, _STEPS)
    between = np.stack([np.interp(at, place, lab[:, channel]) for channel in range(3)], axis=1)
    back = (between @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    back = back.clip(0, 1)
    return np.where(back <= 0.0031308, 12.92 * back, 1.055 * back ** (1 / 2.4) - 0.055).astype(np.float32)
