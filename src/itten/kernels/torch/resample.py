"""Pieces read between pixels and laid over a picture, in tensors. What is returned is said in
:mod:`itten.kernels.reference.resample`."""

from __future__ import annotations

import torch


def _weights(t: torch.Tensor) -> list[torch.Tensor]:
    return [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]


def sample_pieces(
    stack: torch.Tensor, labels: torch.Tensor, number: torch.Tensor, y: torch.Tensor, x: torch.Tensor
) -> torch.Tensor:
    """See :func:`itten.kernels.reference.resample.sample_pieces`."""
    height, width = labels.shape
    top, left = y.floor(), x.floor()
    down, along = _weights(y - top), _weights(x - left)
    top, left = top.long() - 1, left.long() - 1
    flat, names = stack.flatten(1), labels.flatten()
    total = torch.zeros((len(stack), len(number)), dtype=torch.float64, device=stack.device)
    for i in range(4):
        for j in range(4):
            row, column = top + i, left + j
            at = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
            own = (row >= 0) & (row < height) & (column >= 0) & (column < width) & (names[at] == number)
            total += torch.where(own, down[i] * along[j], 0.0) * flat[:, at]
    covered = total[-1]
    return torch.where(covered > 0, total / covered.clamp(min=1.0), 0.0).to(stack.dtype)


def blend_points(
    image: torch.Tensor, place: torch.Tensor, colours: torch.Tensor, coverage: torch.Tensor
) -> torch.Tensor:
    """See :func:`itten.kernels.reference.resample.blend_points`. The host waits for how many lie on one pixel."""
    flat = torch.cat([image.flatten(1), image.new_zeros((len(image), 1))], dim=1)
    if not len(place):
        return image.clone()
    order = torch.argsort(place, stable=True)
    sites = place[order]
    start = torch.searchsorted(sites, sites)
    rank = torch.arange(len(sites), device=place.device) - start
    rank = torch.where(sites < flat.shape[1] - 1, rank, 0)
    for turn in range(int(rank.max()) + 1):
        which = order[rank == turn]
        at = place[which]
        flat[:, at] = flat[:, at] + coverage[which] * (colours[:, which] - flat[:, at])
    return flat[:, :-1].reshape(image.shape)
