"""What solvers are given, checked: features of one picture, which pixels are left out, and the edge threshold."""

from __future__ import annotations

import logging
import numbers
from typing import Any

import numpy as np
import torch

from itten.errors import InputError, UsageError
from itten.graph.contrast import auto_threshold
from itten.image import as_image
from itten.image.coerce import TOLERANCE, as_tensor, refuse_not_finite

log = logging.getLogger("itten")

# A side that is so short is one of channels, where the other two are longer than FEW.
CHANNELS_LAST, FEW = (3, 4), 8
# Where the median distance of neighbours is so many thresholds, their edges are lighter than any that count.
VANISHED = 16.0
# About so many pixels are asked.
SOME = 1 << 13


def as_features(image: Any, name: str = "image") -> torch.Tensor:
    """One picture ``(3, H, W)``, or feature channels ``(C, H, W)`` of any number and any finite values, checked.

    Tensors have their channels first; NumPy arrays ``(H, W, C)`` last, and are pictures with 1, 3 or 4 channels, in
    [0, 1] if they are floats. Float tensors of three channels, and arrays, with other values are features as they are.
    """
    if isinstance(image, np.ndarray):
        image = _from_array(image, name)
    if not isinstance(image, torch.Tensor) or not image.is_floating_point():
        return _one(as_image(image, name=name), name)
    if image.dim() != 3:
        return _one(as_image(image, name=name), name)
    if image.numel() == 0:
        raise InputError(f"the {name} is empty: shape {tuple(image.shape)}")
    refuse_channels_last(image, name)
    refuse_not_finite(image.detach(), "the feature tensor" if name == "image" else f"the {name}")
    if len(image) == 3 and _within(image):
        return as_image(image, name=name)
    return image if image.dtype in (torch.float32, torch.float64) else image.float()


def refuse_channels_last(image: torch.Tensor, name: str) -> None:
    """Raises :class:`~itten.errors.InputError` for what looks like a picture ``(…, H, W, 3)``."""
    height, width, last = image.shape[-3:]
    if last in CHANNELS_LAST and min(height, width) > FEW:
        raise InputError(
            f"the {name} is a tensor {tuple(image.shape)}, which looks like (H, W, {last}); needed is (C, H, W): use "
            "tensor.movedim(-1, -3)"
        )


def _from_array(array: np.ndarray, name: str) -> Any:
    """``(C, H, W)`` of an array that is no picture; a picture as it is."""
    if array.ndim != 3 or array.size == 0 or array.dtype.kind != "f":
        return array
    told = torch.from_numpy(np.ascontiguousarray(array, array.dtype.newbyteorder("=")))
    refuse_not_finite(told, f"the {name}")
    if array.shape[-1] in (1, 3, 4) and (array.shape[-1] != 3 or _within(told)):
        return array
    if array.shape[0] in (1, 3, 4) and min(array.shape[1:]) > FEW:
        return array  # channels first, which as_image refuses and says why
    return told.movedim(-1, 0).contiguous()


def _within(values: torch.Tensor) -> bool:
    low, high = torch.aminmax(values.detach())
    return float(low) >= -TOLERANCE and float(high) <= 1 + TOLERANCE


def _one(features: torch.Tensor, name: str) -> torch.Tensor:
    if features.dim() != 3:
        raise InputError(f"the {name} is one picture (3, H, W) here, got {tuple(features.shape)}")
    return features


def as_excluded(exclude: Any, shape: Any, name: str = "exclude") -> torch.Tensor | None:
    """``(H, W)`` bool, True where a pixel is left out; None if none is. ``name`` is what errors call it."""
    if exclude is None:
        return None
    if isinstance(exclude, np.ndarray):
        exclude = np.ascontiguousarray(exclude)  # torch takes no negative strides
    tensor = as_tensor(exclude, name)
    if tensor.dtype != torch.bool or tensor.shape != shape:
        raise InputError(
            f"{name} is {tensor.dtype} {tuple(tensor.shape)}; needed is bool {tuple(shape)}, True where a pixel is "
            "left out"
        )
    if bool(tensor.all()):
        raise InputError(f"{name} leaves out every pixel")
    return tensor if bool(tensor.any()) else None


def whole_number(k: Any) -> int:
    """``k`` as an int. Raises :class:`~itten.errors.UsageError` for anything but a whole number of at least 1."""
    if not isinstance(k, numbers.Integral) or isinstance(k, bool) or k < 1:
        raise UsageError(f"k must be a whole number of at least 1, got {k!r}")
    return int(k)


def with_threshold(
    options: dict[str, Any], features: torch.Tensor, hidden: torch.Tensor | None = None
) -> dict[str, Any]:
    """``options`` of a configuration, with a number in the place of an ``edge_threshold`` of ``"auto"``."""
    if options.get("edge_threshold") != "auto":
        return options
    return {**options, "edge_threshold": auto_threshold(features, hidden)}


def warn_of_vanished(features: torch.Tensor, hidden: torch.Tensor | None, threshold: float) -> None:
    """Log a warning where features beyond [0, 1] are so far apart that hardly an edge is left. Some rows are asked."""
    step = max(1, features[0].numel() // SOME)
    seen = features.detach()[:, ::step]
    apart = seen.diff(dim=2).double().square().sum(dim=0).sqrt()
    if hidden is not None:
        live = ~hidden[::step]
        apart = apart[live[:, 1:] & live[:, :-1]]
    if _within(seen) or not apart.numel() or (median := float(apart.median())) <= VANISHED * threshold:
        return
    log.warning(
        "half of the pixels differ from their neighbours by %.3g and more: at an edge threshold of %.3g no edge is "
        "left between them; rescale the features, or use edge_threshold='auto'",
        median,
        threshold,
    )
