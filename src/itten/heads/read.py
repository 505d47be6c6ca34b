"""The read head: for each target segment (query) the source segments (keys) with the nearest signatures."""

from __future__ import annotations

import torch
from torch import nn

from itten.errors import UsageError
from itten.heads.device import constant
from itten.heads.signature import KINDS, Signatures, comparable

ASSIGNMENTS = ("nearest", "one-to-one")
# Distances that differ by less are equal: rounding must not choose between congruent segments. Vectors are float32, so
# a part in 10⁶; the second is absolute, for the squares of differences that are themselves rounding.
RELATIVE = 1e-6
ABSOLUTE = 1e-10
# A column with less deviation has no spread.
FLAT = 1e-12


def standardise(values: torch.Tensor, floor: tuple[float, ...] = (), live: torch.Tensor | None = None) -> torch.Tensor:
    """Columns of ``(S, d)`` at mean 0 and deviation 1; a column without spread is 0. A deviation below ``floor``
    becomes a smaller one than 1: it is divided by the floor. Rows that are not ``live`` ``(S,)`` do not count."""
    if live is None:
        centred = values - values.mean(dim=0)
        deviation = centred.square().mean(dim=0).sqrt()
    else:
        count = live.sum().clamp(min=1)
        centred = torch.where(live[:, None], values - values.sum(dim=0) / count, 0.0)
        deviation = (centred.square().sum(dim=0) / count).sqrt()
    divisor = torch.maximum(deviation, constant(floor, deviation, deviation.dtype)) if floor else deviation
    return torch.where(deviation > FLAT, centred / divisor, 0.0)


def distances(queries: Signatures, keys: Signatures) -> torch.Tensor:
    """``(T, S)`` float64: Σ w (q − k)² over the standardised columns, infinite for keys that are no segments.

    Signatures that say ``apart`` are standardised each within their own list, others over queries and keys together.
    Raises :class:`~itten.errors.UsageError` if the two are of different kinds.
    """
    comparable(queries, keys)
    if not len(queries) or not len(keys):
        return queries.values.new_zeros((len(queries), len(keys)))
    if queries.apart:
        left, right = (standardise(one.values, one.floor, one.live) for one in (queries, keys))
    else:
        live = None
        if queries.live is not None or keys.live is not None:
            live = torch.cat([_live(queries), _live(keys)])
        both = standardise(torch.cat([queries.values, keys.values]), queries.floor, live)
        left, right = both[: len(queries)], both[len(queries) :]
    weights = constant(queries.weights, left, left.dtype)
    found = ((left[:, None] - right[None]).square() * weights).sum(dim=2)
    return found if keys.live is None else torch.where(keys.live, found, torch.inf)


def _live(one: Signatures) -> torch.Tensor:
    return torch.ones(len(one), dtype=torch.bool, device=one.values.device) if one.live is None else one.live


def nearest(distance: torch.Tensor, count: int = 1) -> torch.Tensor:
    """``(T, min(count, S))`` int64: the keys of smallest distance ``(T, S)``, nearest first.

    Distances within a part in 10⁶ of the smallest that is left are equal, and the lower number goes first.
    """
    return _ranked(distance, count, RELATIVE, ABSOLUTE)


def one_to_one(distance: torch.Tensor) -> torch.Tensor:
    """``(T,)`` int64: keys for all queries at the smallest total distance ``(T, S)``, no key twice while T ≤ S.

    With more queries than keys, the first S queries are assigned, then the next S, and so on: a key is used at most
    ⌈T / S⌉ times. Of assignments with the same total, to a part in 10⁹ of the largest distance, lower queries get the
    lower keys. Jonker–Volgenant (Crouse, "On implementing 2D rectangular assignment algorithms", 2016).
    """
    queries, keys = distance.shape
    if not queries or not keys:
        return torch.zeros(0, dtype=torch.int64, device=distance.device)
    return torch.cat([_assign(distance[begin : begin + keys]) for begin in range(0, queries, keys)])


def match(queries: Signatures, keys: Signatures, assign: str = "nearest", offers: int = 1) -> torch.Tensor:
    """``(T, min(offers, S))`` int64: the keys that each query may use, the first choice first; −1 where a row is no
    segment's or no more keys are.

    ``assign`` ``nearest``: by distance. ``one-to-one``: the first choice by :func:`one_to_one`, for which the host
    waits for the device, the others by distance. Raises :class:`~itten.errors.UsageError` for an unknown ``assign`` and
    for ``offers`` below 1.
    """
    _check(assign, offers)
    padded = queries.live is not None or keys.live is not None
    if padded and assign == "one-to-one":
        found = match(queries.trimmed(), keys.trimmed(), assign, offers)
        missing = len(queries) - len(found), min(offers, len(keys)) - found.shape[1]
        return torch.nn.functional.pad(found, (0, missing[1], 0, missing[0]), value=-1)
    distance = distances(queries, keys)
    # The seed's numbers are compared as the seed compares them, bit for bit.
    relative, absolute = (0.0, 0.0) if queries.apart else (RELATIVE, ABSOLUTE)
    if assign == "nearest" or not distance.numel():
        found = _ranked(distance, offers, relative, absolute)
        if not padded:
            return found
        rank = torch.arange(found.shape[1], device=found.device)
        return torch.where(_live(queries)[:, None] & (rank < _live(keys).sum()), found, -1)
    chosen = one_to_one(distance)[:, None]
    others = distance.scatter(1, chosen, torch.inf)
    return torch.cat([chosen, _ranked(others, min(offers, len(keys)) - 1, relative, absolute)], dim=1)


def _ranked(distance: torch.Tensor, count: int, relative: float, absolute: float) -> torch.Tensor:
    queries, keys = distance.shape
    number = torch.arange(keys, device=distance.device)
    left = distance.clone()
    found = []
    for _ in range(min(count, keys)):
        smallest = left.amin(dim=1, keepdim=True)
        equal = left <= smallest * (1.0 + relative) + absolute
        found.append(torch.where(equal, number, keys).amin(dim=1))
        left = left.scatter(1, found[-1][:, None], torch.inf)
    return torch.stack(found, dim=1) if found else number.new_zeros((queries, 0))


def _assign(distance: torch.Tensor) -> torch.Tensor:
    """One round, T ≤ S. Whole numbers below 2⁵³, so that the solver's sums are exact and equal totals are equal: the
    distance in steps of 10⁻⁹ of the largest, and a preference below any step."""
    from scipy.optimize import linear_sum_assignment

    queries, keys = distance.shape
    weight = torch.arange(queries, 0, -1, device=distance.device, dtype=torch.float64)
    preference = weight[:, None] * torch.arange(keys, device=distance.device, dtype=torch.float64)
    step = float(weight.sum()) * keys + 1.0
    levels = min(1e9, 2.0**52 / (queries * step))
    largest = float(distance.max())
    whole = (distance * (levels / largest)).round() if largest > 0 else torch.zeros_like(distance)
    _, chosen = linear_sum_assignment((whole * step + preference).cpu().numpy())
    return torch.from_numpy(chosen).to(distance.device)


def _check(assign: str, offers: int) -> None:
    if assign not in ASSIGNMENTS:
        raise UsageError(f"unknown assignment '{assign}': there are {', '.join(ASSIGNMENTS)}")
    if offers < 1:
        raise UsageError(f"{offers} offers are too few: at least 1")


class ReadHead(nn.Module):
    """:func:`match` with its choices kept. ``kind`` is the kind of signature that it expects to be given."""

    def __init__(self, kind: str = "spectral", assign: str = "nearest", offers: int = 1) -> None:
        super().__init__()
        if kind not in KINDS:
            raise UsageError(f"unknown kind of signature '{kind}': there are {', '.join(KINDS)}")
        _check(assign, offers)
        self.kind = kind
        self.assign = assign
        self.offers = offers

    def forward(self, queries: Signatures, keys: Signatures) -> torch.Tensor:
        return match(queries, keys, self.assign, self.offers)
