"""Attention over signatures: softmax of negative squared distances, or the nearest key."""

from __future__ import annotations

import torch

from itten.errors import UsageError


def attend(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    temperature: torch.Tensor | float = 0.1,
    mask: torch.Tensor | None = None,
    hard: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mixtures ``(…, T, C)`` of ``values`` ``(…, S, C)``, and the weights ``(…, T, S)`` of the mixtures.

    The weights are the softmax over S of −‖q − k‖² / ``temperature`` for ``queries`` ``(…, T, d)`` and ``keys`` ``(…,
    S, d)``. As the temperature, positive and in units of a squared distance, goes to 0 they become the hard match: 1
    for the nearest key, the lowest number among equals. ``hard`` gives that match, with the gradient of the soft
    weights (straight-through; Bengio, Léonard, Courville, "Estimating or propagating gradients through stochastic
    neurons", 2013). ``mask`` bool, broadcast to ``(…, T, S)``: True where a query may attend; a query that may attend
    to nothing gets zeros. Distances and weights are in the signatures' precision whatever autocast says, mixtures in
    that of ``values`` or of autocast. Needs memory for T · S · d numbers.
    """
    if not isinstance(temperature, torch.Tensor) and not temperature > 0:
        raise UsageError(f"the temperature must be positive, got {temperature}; hard=True is the limit of 0")
    if mask is not None and mask.dtype != torch.bool:
        raise UsageError(f"the mask is {mask.dtype}, needed is bool, True where a query may attend")
    distance = (queries[..., :, None, :] - keys[..., None, :, :]).square().sum(dim=-1)
    if mask is None:
        allowed = torch.ones_like(distance, dtype=torch.bool)
    else:
        allowed = mask.expand(distance.shape)
    least = torch.where(allowed, distance, torch.inf).amin(dim=-1, keepdim=True)
    some = allowed.any(dim=-1, keepdim=True)
    # The nearest is at 0, so that a small temperature cannot overflow.
    scaled = (distance - torch.where(some, least, 0.0).detach()) / temperature
    weights = torch.softmax(torch.where(allowed | ~some, -scaled, -torch.inf), dim=-1)
    weights = torch.where(allowed, weights, 0.0)
    if hard:
        number = torch.arange(distance.shape[-1], device=distance.device)
        nearest = torch.where(allowed & (distance <= least), number, distance.shape[-1]).amin(dim=-1, keepdim=True)
        chosen = (number == nearest).to(weights.dtype)
        weights = chosen + (weights - weights.detach())
    return weights.to(values.dtype) @ values, weights
