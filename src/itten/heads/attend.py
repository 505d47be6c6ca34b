"""Attention over signatures: softmax of negative squared distances, or the nearest key."""

from __future__ import annotations

from typing import Any

import torch

from itten.errors import InputError, UsageError


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
    that of ``values`` or of autocast. Needs memory for a few times T · S numbers.
    """
    if not isinstance(temperature, torch.Tensor) and not temperature > 0:
        raise UsageError(f"the temperature must be positive, got {temperature}; hard=True is the limit of 0")
    if mask is not None and mask.dtype != torch.bool:
        raise UsageError(f"the mask is {mask.dtype}, needed is bool, True where a query may attend")
    if queries.shape[-1] != keys.shape[-1] or not keys.shape[-2]:
        raise InputError(f"keys {tuple(keys.shape)} are one or more rows as long as queries {tuple(queries.shape)}")
    if values.shape[-2] != keys.shape[-2]:
        raise InputError(f"values {tuple(values.shape)} are a row for each of the keys {tuple(keys.shape)}")
    distance = squared_distances(queries, keys)
    tail = () if mask is None else distance.shape[max(0, distance.dim() - mask.dim()) :]
    if mask is not None and (
        len(tail) < mask.dim() or any(m not in (1, n) for m, n in zip(mask.shape, tail, strict=True))
    ):
        raise InputError(f"mask {tuple(mask.shape)} does not broadcast to {tuple(distance.shape)}")
    allowed = None if mask is None else mask.expand(distance.shape)
    least = (distance if allowed is None else torch.where(allowed, distance, torch.inf)).amin(dim=-1, keepdim=True)
    # The nearest is at 0, so that a small temperature cannot overflow.
    if allowed is None:
        weights = torch.softmax((least.detach() - distance) / temperature, dim=-1)
    else:
        some = allowed.any(dim=-1, keepdim=True)
        scaled = (torch.where(some, least, 0.0).detach() - distance) / temperature
        weights = torch.softmax(torch.where(allowed | ~some, scaled, -torch.inf), dim=-1)
        weights = torch.where(allowed, weights, 0.0)
    if hard:
        number, close = torch.arange(distance.shape[-1], device=distance.device), distance <= least
        close = close if allowed is None else close & allowed
        nearest = torch.where(close, number, distance.shape[-1]).amin(dim=-1, keepdim=True)
        chosen = (number == nearest).to(weights.dtype)
        weights = chosen + (weights - weights.detach())
    return weights.to(values.dtype) @ values, weights


def squared_distances(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """``(…, T, S)``: ‖one − other‖² of rows ``(…, T, d)`` and ``(…, S, d)``, in their precision.

    From the differences, so that equal rows are at equal distances; of those only the distances are kept.
    """
    batch = torch.broadcast_shapes(one.shape[:-2], other.shape[:-2])
    one, other = one.expand(*batch, *one.shape[-2:]), other.expand(*batch, *other.shape[-2:])
    found: torch.Tensor = _SquaredDistances.apply(one, other)
    return found


class _SquaredDistances(torch.autograd.Function):
    """cdist, squared; its own gradient keeps nothing for every pair, and has gradients in turn."""

    generate_vmap_rule = True

    @staticmethod
    def forward(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        wide = torch.promote_types(one.dtype, torch.float32)
        mode = "donot_use_mm_for_euclid_dist"
        with torch.autocast(one.device.type, enabled=False):
            return torch.cdist(one.to(wide), other.to(wide), compute_mode=mode).square().to(one.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor, torch.Tensor], output: torch.Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        one, other = ctx.saved_tensors
        with torch.autocast(one.device.type, enabled=False):
            here = one * slope.sum(dim=-1)[..., None] - slope @ other
            there = other * slope.sum(dim=-2)[..., None] - slope.mT @ one
        return 2.0 * here, 2.0 * there
