"""Attention over signatures: softmax of negative squared distances, or the nearest key."""

from __future__ import annotations

from typing import Any

import torch

from itten.errors import InputError, UsageError
from itten.heads.given import fits


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
    if mask is not None and (len(tail) < mask.dim() or not fits(mask.shape, tail)):
        raise InputError(f"mask {tuple(mask.shape)} does not broadcast to {tuple(distance.shape)}")
    allowed = None if mask is None else mask.expand(distance.shape)
    weights = _softmax(distance, temperature, allowed)
    if hard:
        weights = _nearest(distance, allowed, weights.dtype) + (weights - weights.detach())
    return weights.to(values.dtype) @ values, weights


def attend_in_blocks(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    temperature: float,
    mask: torch.Tensor | None,
    hard: bool,
    rows: int,
) -> torch.Tensor:
    """The mixtures alone, as :func:`attend` gives them, of ``rows`` queries at a time: weights of more are never there,
    neither forward nor backward, where they are computed again. All tensors have the same leading dimensions, the mask
    as many."""
    found: torch.Tensor = _Blocks.apply(queries, keys, values, temperature, mask, hard, rows)
    return found


def _softmax(distance: torch.Tensor, temperature: torch.Tensor | float, allowed: torch.Tensor | None) -> torch.Tensor:
    """The soft weights. The nearest is at 0, so that a small temperature cannot overflow."""
    least = _least(distance, allowed).detach()
    if allowed is None:
        return torch.softmax((least - distance) / temperature, dim=-1)
    some = allowed.any(dim=-1, keepdim=True)
    scaled = (torch.where(some, least, 0.0) - distance) / temperature
    weights = torch.softmax(torch.where(allowed | ~some, scaled, -torch.inf), dim=-1)
    return torch.where(allowed, weights, 0.0)


def _least(distance: torch.Tensor, allowed: torch.Tensor | None) -> torch.Tensor:
    return (distance if allowed is None else torch.where(allowed, distance, torch.inf)).amin(dim=-1, keepdim=True)


def _nearest(distance: torch.Tensor, allowed: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor:
    """1 for the nearest key, the lowest number among equals."""
    close = distance <= _least(distance, allowed)
    close = close if allowed is None else close & allowed
    number = torch.arange(distance.shape[-1], device=distance.device)
    nearest = torch.where(close, number, distance.shape[-1]).amin(dim=-1, keepdim=True)
    return (number == nearest).to(dtype)


def _rows_of(mask: torch.Tensor | None, first: int, last: int) -> torch.Tensor | None:
    return mask if mask is None or mask.shape[-2] == 1 else mask[..., first:last, :]


class _Blocks(torch.autograd.Function):
    """One array for all mixtures, filled block by block; nothing that a block makes outlives it."""

    @staticmethod
    def forward(
        queries: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        temperature: float,
        mask: torch.Tensor | None,
        hard: bool,
        rows: int,
    ) -> torch.Tensor:
        out = None
        for first in range(0, queries.shape[-2], rows):
            some = _rows_of(mask, first, first + rows)
            part = attend(queries[..., first : first + rows, :], keys, values, temperature, some, hard)[0]
            if out is None:
                out = part.new_empty((*queries.shape[:-1], values.shape[-1]))
            out[..., first : first + rows, :] = part
        return values if out is None else out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        queries, keys, values, ctx.temperature, mask, ctx.hard, ctx.rows = inputs
        ctx.save_for_backward(queries, keys, values, mask)

    @staticmethod
    def backward(ctx: Any, slope: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        queries, keys, values, mask = ctx.saved_tensors
        to_queries = torch.empty_like(queries)
        to_keys, to_values = torch.zeros_like(keys), torch.zeros_like(values)
        with torch.autocast(queries.device.type, enabled=False):
            slope = slope.to(values.dtype)
            for first in range(0, queries.shape[-2], ctx.rows):
                block, part = queries[..., first : first + ctx.rows, :], slope[..., first : first + ctx.rows, :]
                allowed = _rows_of(mask, first, first + ctx.rows)
                distance = squared_distances(block, keys)
                soft = _softmax(distance, ctx.temperature, allowed)
                used = _nearest(distance, allowed, soft.dtype) if ctx.hard else soft
                to_values = to_values + used.to(values.dtype).mT @ part
                steep = soft * (part @ values.mT).to(soft.dtype)
                steep = (soft * steep.sum(dim=-1, keepdim=True) - steep) / ctx.temperature
                here, there = _pull(block, keys, steep)
                to_queries[..., first : first + ctx.rows, :] = here
                to_keys = to_keys + there
        return to_queries, to_keys, to_values, None, None, None, None


def _pull(one: torch.Tensor, other: torch.Tensor, slope: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradients of both sides of squared distances."""
    here = one * slope.sum(dim=-1)[..., None] - slope @ other
    there = other * slope.sum(dim=-2)[..., None] - slope.mT @ one
    return 2.0 * here, 2.0 * there


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
            return _pull(one, other, slope)
