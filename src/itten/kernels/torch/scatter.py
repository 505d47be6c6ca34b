"""Points over an image in torch on any device. What is returned is said in :mod:`itten.kernels.reference.scatter`."""

from __future__ import annotations

import torch

FIXED_POINT = float(1 << 40)


def scatter_last(image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A maximum of the points' numbers, then a gather."""
    flat = image.flatten(1)
    winner = place.new_full((flat.shape[1],), -1)
    if len(place) == 0:
        return image.clone(), winner
    winner = winner.scatter_reduce(0, place, torch.arange(len(place), device=place.device), "amax")
    found = colours[:, winner.clamp(min=0)].to(image.dtype)
    return torch.where(winner >= 0, found, flat).reshape(image.shape), winner


def scatter_mean(image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sums of whole numbers, then their means."""
    flat = image.flatten(1)
    count = place.new_zeros(flat.shape[1]).index_add_(0, place, torch.ones_like(place))
    whole = (colours.double() * FIXED_POINT).round().long()
    total = place.new_zeros(flat.shape).index_add_(1, place, whole)
    mean = (total.double() / FIXED_POINT / count.clamp(min=1)).to(image.dtype)
    return torch.where(count > 0, mean, flat).reshape(image.shape), count
