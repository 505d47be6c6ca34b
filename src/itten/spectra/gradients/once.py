"""Derivatives that have none themselves: who asks for gradients of gradients is told so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from itten.errors import GradientError


def once(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For the ``backward`` of an autograd function: its gradients, where a graph of them is wanted, raise
    :class:`~itten.errors.GradientError` when they are differentiated, saying ``what`` has no second derivative."""

    def wrap(backward: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(backward)
        def told(ctx: Any, *cotangents: torch.Tensor) -> Any:
            with torch.no_grad():
                found = backward(ctx, *cotangents)
            if not torch.is_grad_enabled():
                return found
            return tuple(one if one is None else _Refused.apply(one.requires_grad_(), what) for one in found)

        return told

    return wrap


class _Refused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gradient: torch.Tensor, what: str) -> torch.Tensor:
        ctx.what = what
        return gradient.view_as(gradient)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> Any:
        raise GradientError(f"gradients of gradients are not offered: {ctx.what} has first derivatives only")
