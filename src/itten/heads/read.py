"""The read head: for each target segment (query) the source segments (keys) with the nearest signatures."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from itten.errors import UsageError
from itten.heads.device import constant
from itten.heads.signature import KINDS, Signatures, comparable

ASSIGNMENTS = ("nearest", "one-to-one")
# Squared distances whose roots differ by less are equal: neither rounding nor the mixture of an eigenspace that a
# solver returns may choose between congruent segments. Either moves the logarithms of kernels by 1e-5, which is 1e-4 in
# units of their floor, a third of that in a distance, for each of eight columns and both signatures.
TIE = 1e-3
# The seed's four numbers, of unit deviation, lie closer, and know nothing of eigenspaces.
TIE_APART = 1e-5
# A column with less deviation has no spread: fields are float32 at unit RMS.
FLAT = 1e-5


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
    """``(T, min(count, S))`` int64: the keys of smallest squared distance ``(T, S)``, nearest first.

    Keys whose distance, the root, is at most 0.001 more than the smallest that is left are equal to it, and the lower
    number goes first. Against the smallest, not on a grid: what is equal but for rounding is never parted by a border.
    """
    return _ranked(distance, count, TIE)


def _ranked(distance: torch.Tensor, count: int, tie: float) -> torch.Tensor:
    root = distance.clamp(min=0.0).sqrt()
    queries, keys = root.shape
    number = torch.arange(keys, device=root.device)
    found = []
    for _ in range(min(count, keys)):
        equal = root <= root.amin(dim=1, keepdim=True) + tie
        found.append(torch.where(equal, number, keys).amin(dim=1))
        root = root.scatter(1, found[-1][:, None], torch.inf)
    return torch.stack(found, dim=1) if found else number.new_zeros((queries, 0))


def one_to_one(distance: torch.Tensor) -> torch.Tensor:
    """``(T,)`` int64: keys for all queries at the smallest total squared distance ``(T, S)``, no key twice while T ≤ S.

    With more queries than keys, the first S queries are assigned, then the next S, and so on: a key is used at most
    ⌈T / S⌉ times. Assignments whose totals would be equal if each distance, the root, were off by 0.001 are equal: of
    these the first query gets the lowest key that it has in any, of those that remain the second, and so on.
    Jonker–Volgenant (Crouse, "On implementing 2D rectangular assignment algorithms", 2016).
    """
    return _assigned(distance, TIE)


def _assigned(distance: torch.Tensor, tie: float) -> torch.Tensor:
    queries, keys = distance.shape
    if not queries or not keys:
        return torch.zeros(0, dtype=torch.int64, device=distance.device)
    cost = distance.double().cpu().numpy()
    rounds = [_assign(cost[begin : begin + keys], tie) for begin in range(0, queries, keys)]
    return torch.from_numpy(np.concatenate(rounds)).to(distance.device)


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
    tie = TIE_APART if queries.apart else TIE
    if assign == "nearest" or not distance.numel():
        found = _ranked(distance, offers, tie)
        if not padded:
            return found
        rank = torch.arange(found.shape[1], device=found.device)
        return torch.where(_live(queries)[:, None] & (rank < _live(keys).sum()), found, -1)
    chosen = _assigned(distance, tie)[:, None]
    others = distance.scatter(1, chosen, torch.inf)
    return torch.cat([chosen, _ranked(others, min(offers, len(keys)) - 1, tie)], dim=1)


def _assign(cost: np.ndarray, tie: float) -> np.ndarray:
    """One round, T ≤ S: the best assignment, then query by query the lowest key that leaves an equal total."""
    from scipy.optimize import linear_sum_assignment

    rows, keys = cost.shape
    number = np.arange(rows)
    _, chosen = linear_sum_assignment(cost)
    best = cost[number, chosen].sum()
    limit = best + 2.0 * tie * math.sqrt(rows * best) + rows * tie**2
    usable = cost - _bound(cost, chosen) <= limit - best
    taken = np.zeros(keys, dtype=bool)
    for row in range(rows):
        below = np.arange(keys) < chosen[row]
        for key in np.flatnonzero(usable[row] & below & ~taken):
            # The two queries swap; if that costs too much, all that come later are assigned anew.
            swapped = np.where(chosen == key, chosen[row], chosen)
            swapped[row] = key
            if cost[number, swapped].sum() > limit:
                left = np.flatnonzero(~taken & (np.arange(keys) != key))
                swapped[row + 1 :] = left[linear_sum_assignment(cost[row + 1 :, left])[1]]
            if cost[number, swapped].sum() <= limit:
                chosen = swapped
                break
        taken[chosen[row]] = True
    return chosen


def _bound(cost: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """``(T, S)``: cost minus this is what an assignment with that pair costs more than the best one, at least: u + v
    of the dual problem, by Bellman–Ford from the best assignment."""
    rows, keys = cost.shape
    own = cost[np.arange(rows), chosen]
    free = np.setdiff1d(np.arange(keys), chosen)
    gain = own[:, None] - cost
    value = gain[:, free].max(axis=1) if len(free) else np.zeros(rows)
    for _ in range(rows):
        more = np.maximum(value, (gain[:, chosen] + value).max(axis=1))
        if np.array_equal(more, value):
            break
        value = more
    prices = np.zeros(keys)
    prices[chosen] = value
    return (own - value)[:, None] + prices


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
