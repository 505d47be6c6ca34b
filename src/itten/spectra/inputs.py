"""What solvers are given, checked: features of one picture, and which pixels are left out."""

from __future__ import annotations

from typing import Any

import torch

from itten.errors import InputError
from itten.image import as_image
from itten.image.coerce import as_tensor, refuse_not_finite


def as_features(image: Any) -> torch.Tensor:
    """One picture, or feature channels of any number, checked."""
    if not isinstance(image, torch.Tensor) or image.dim() != 3 or image.shape[0] == 3 or not image.is_floating_point():
        features = as_image(image)
        if features.dim() != 3:
            raise InputError(f"one picture (3, H, W) is wanted here, got {tuple(features.shape)}")
        return features
    if image.numel() == 0:
        raise InputError(f"the features are empty: shape {tuple(image.shape)}")
    refuse_not_finite(image.detach(), "the feature tensor")
    return image if image.dtype in (torch.float32, torch.float64) else image.float()


def as_mask(mask: Any, features: torch.Tensor, name: str = "mask") -> torch.Tensor | None:
    """``(H, W)`` bool, True where a pixel is left out; None if none is. ``name`` is what errors call it."""
    if mask is None:
        return None
    tensor = as_tensor(mask, name)
    if tensor.dtype != torch.bool or tensor.shape != features.shape[1:]:
        raise InputError(
            f"the {name} is {tensor.dtype} {tuple(tensor.shape)}; needed is bool {tuple(features.shape[1:])}, True "
            "where a pixel is left out"
        )
    if bool(tensor.all()):
        raise InputError(f"the {name} leaves out every pixel")
    return tensor if bool(tensor.any()) else None
