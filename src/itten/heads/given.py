"""What tokens, their graph and masks must be: each wrong one is told by the name of its argument."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch

from itten.errors import InputError


def said(given: Any) -> str:
    """What an argument is, for a message."""
    return f"{given.dtype} {tuple(given.shape)}" if isinstance(given, torch.Tensor) else type(given).__name__


def fits(shape: Sequence[int], full: Sequence[int]) -> bool:
    """Whether every size is 1 or that of ``full``, of as many. With comparisons alone: while torch compiles, sizes may
    be symbols, which ``in`` does not find."""
    return all(bool(one == 1) or bool(one == other) for one, other in zip(shape, full, strict=True))


def whole(given: Any) -> bool:
    """Whether that is a whole number of at least 1."""
    return isinstance(given, Integral) and not isinstance(given, bool) and int(given) >= 1


def positive(given: Any) -> bool:
    """Whether that is a number above 0."""
    return isinstance(given, Real) and float(given) > 0


def wrong_scales(times: Any, energies: Any) -> str:
    """What is wrong with diffusion times and energies; nothing if they can be."""
    for name, given, least in (("times", times, 0.0), ("energies", energies, -math.inf)):
        if not isinstance(given, Sequence) or isinstance(given, str):
            return f"{name} are a tuple of numbers, got {said(given)}"
        for one in given:
            if not isinstance(one, Real) or not math.isfinite(one) or one < least:
                return f"{name} are finite numbers{' and not negative' if least == 0 else ''}, got {one!r}"
    return "" if len(times) or len(energies) else "times and energies are both empty: there is nothing to compare"


def given_tokens(x: Any, heads: int, dim: int | None, named: str = "x") -> torch.Tensor:
    """``x`` if it is floating point ``(B, N, C)`` whose channels ``heads`` can share, ``dim`` of them where that is
    said. Raises :class:`~itten.errors.InputError`."""
    if not isinstance(x, torch.Tensor) or x.dim() != 3 or not x.is_floating_point():
        hint = ""
        if isinstance(x, torch.Tensor) and x.dim() == 2:
            hint = f"; {named}[None] makes a batch of one set of tokens"
        raise InputError(f"{named}: tokens are floating point (B, N, C), got {said(x)}{hint}")
    if x.shape[-1] % heads or (dim is not None and dim != x.shape[-1]):
        raise InputError(f"{named}: {x.shape[-1]} channels do not fit dim={dim} and {heads} heads")
    return x


def clean_tokens(x: torch.Tensor, valid: torch.Tensor | None, named: str = "x") -> torch.Tensor:
    """``x`` ``(B, N, C)`` with zeros for tokens that are not ``valid`` ``(B, N)``. Raises
    :class:`~itten.errors.InputError` where one that is valid is not finite."""
    if valid is not None:
        x = torch.where(valid[..., None], x, 0.0)
    if not torch.compiler.is_compiling() and not bool(torch.isfinite(x).all()):
        row, token, channel = (~torch.isfinite(x)).nonzero()[0].tolist()
        raise InputError(
            f"{named}: tokens must be finite, [{row}, {token}, {channel}] is {float(x[row, token, channel])}"
        )
    return x


def given_graph(
    edges: Any, weight: Any, valid: Any, batch: int, count: int | None = None, prefix: str = ""
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Edges ``(B, 2, E)``, weights ``(B, E)`` and ``(B, N)`` bool of ``batch`` graphs: B of them or one for all is
    given; weights are 1 where None is. ``valid`` None stands for ``count`` tokens. ``prefix`` comes before the names.

    Raises :class:`~itten.errors.InputError` for shapes and types that do not fit, for numbers of tokens that do not
    exist and for weights that cannot be.
    """
    names = {name: prefix + name if prefix else name for name in ("edges", "valid")}
    names["weight"] = f"{prefix}weight" if prefix else "edge_weight"
    if (
        not isinstance(edges, torch.Tensor)
        or edges.dim() not in (2, 3)
        or edges.shape[-2] != 2
        or edges.dtype != torch.int64
    ):
        raise InputError(f"{names['edges']} are int64 (2, E) or (B, 2, E), got {said(edges)}")
    if edges.dim() == 3 and not fits(edges.shape[:1], (batch,)):
        raise InputError(f"{names['edges']} are of {len(edges)} graphs, there are {batch}")
    edges = edges.expand(batch, 2, edges.shape[-1])
    if weight is None:
        weight = torch.ones(edges.shape[-1], dtype=torch.float64, device=edges.device)
    if (
        not isinstance(weight, torch.Tensor)
        or weight.dtype.is_complex
        or weight.dtype == torch.bool
        or weight.dim() not in (1, 2)
    ):
        raise InputError(f"{names['weight']} is real (E,) or (B, E), got {said(weight)}")
    if weight.shape[-1] != edges.shape[-1]:
        raise InputError(f"{names['weight']}: {edges.shape[-1]} edges have {weight.shape[-1]} weights")
    if weight.dim() == 2 and not fits(weight.shape[:1], (batch,)):
        raise InputError(f"{names['weight']} is of {len(weight)} graphs, there are {batch}")
    weight = weight.expand(batch, edges.shape[-1])
    if valid is None and count is not None:
        valid = torch.ones((batch, count), dtype=torch.bool, device=edges.device)
    if (
        not isinstance(valid, torch.Tensor)
        or valid.dtype != torch.bool
        or valid.dim() != 2
        or (count is not None and (valid.shape[0] != batch or valid.shape[1] != count))
    ):
        shape = "(B, N)" if count is None else f"({batch}, {count})"
        raise InputError(f"{names['valid']} is bool {shape}, True for what is a token, got {said(valid)}")
    if not torch.compiler.is_compiling():
        _check_numbers(edges, weight, valid.shape[1], names)
    return edges, weight, valid


def _check_numbers(edges: torch.Tensor, weight: torch.Tensor, count: int, names: dict[str, str]) -> None:
    if edges.numel() and (int(edges.min()) < 0 or int(edges.max()) >= count):
        raise InputError(f"{names['edges']} name tokens {int(edges.min())} … {int(edges.max())}, there are {count}")
    if not bool(((weight >= 0) & torch.isfinite(weight)).all()):
        raise InputError(f"{names['weight']}: edge weights must be finite and not negative")


def given_mask(mask: Any, batch: int, heads: int, queries: int, keys: int) -> torch.Tensor | None:
    """The ``mask`` with four dimensions, broadcast to ``(B, heads, N, M)``. Raises
    :class:`~itten.errors.InputError`."""
    if mask is None:
        return None
    if isinstance(mask, torch.Tensor) and mask.dtype == torch.bool and mask.dim() in (2, 3, 4):
        wide = mask if mask.dim() == 4 else mask[:, None] if mask.dim() == 3 else mask[None, None]
        if fits(wide.shape, (batch, heads, queries, keys)):
            return wide
    raise InputError(
        f"mask is bool, True where a query may attend, ({queries}, {keys}), ({batch}, {queries}, {keys}) or "
        f"({batch}, {heads}, {queries}, {keys}), got {said(mask)}"
    )
