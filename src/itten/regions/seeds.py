"""Seeds: what a caller says of some pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from itten.errors import InputError


def as_seeds(seeds: Any, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)`` int64 of a tensor, an array or nested numbers: 0 where nothing is said, else the pixel's label.

    Raises :class:`~itten.errors.InputError` for another shape or type, negative labels, and where there are none.
    """
    try:
        array = seeds.detach().cpu().numpy() if isinstance(seeds, torch.Tensor) else np.asarray(seeds)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"seeds are a {type(seeds).__name__}; whole numbers {size} are wanted") from error
    if array.shape != size:
        raise InputError(f"seeds have the shape {array.shape}; the picture needs {size}")
    if array.dtype.kind not in "iub":
        raise InputError(f"seeds are {array.dtype}; whole numbers are wanted: 0 where nothing is known, else a label")
    if array.dtype.kind == "u" and array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise InputError(f"seeds hold the label {int(array.max())}; labels end at 2**63 − 1")
    labels = np.ascontiguousarray(array.astype(np.int64))
    if labels.size and int(labels.min()) < 0:
        where = tuple(int(one) for one in np.argwhere(labels < 0)[0])
        raise InputError(f"seeds hold {int(labels[where])} at index {where}; labels are positive, 0 is unknown")
    if not labels.any():
        raise InputError("seeds are 0 everywhere: at least one pixel needs a label")
    return labels
