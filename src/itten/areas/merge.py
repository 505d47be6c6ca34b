"""Fragments become areas: again and again those neighbours join whose common border is worth least."""

from __future__ import annotations

import numpy as np

from itten.areas.fragments import Borders, borders, gathered

# Of a border: how much of its contrast is that of single steps, and not of their mean, in which grain cancels.
SINGLE = 0.15
# Rounds take the cheaper pairs only, as soon as there are no more than so many times the areas wanted.
CAREFUL, SHARE = 30, 0.25
# Areas thinner than so many pixels of the small size are slivers, and cheaper to join.
THIN = 2.5
# What an area that is too small costs to join, against others.
CHEAP = 1e-9


def merged(labels: np.ndarray, features: np.ndarray, n: int, least: float) -> np.ndarray:
    """``labels`` ``(h, w)``, numbers from 0 of connected areas, joined until ``n`` are left and none is smaller than
    ``least`` pixels: numbers from 0 again.

    ``features`` ``(h, w, C)``. A border costs m · b · N / ℓ: m the distance between the means of the two areas'
    features, b the contrast right at the border, N the harmonic mean of the areas' sizes, ℓ its length. With m² in
    place of m · b that is the scale at which Mumford and Shah's functional, of pictures constant in every area, lets a
    border go (G. Koepfler, C. Lopez and J.-M. Morel, "A multiscale algorithm for image segmentation by variational
    method", 1994). The other contrast makes slopes cheap, whose ends differ and whose middle has no edge. In a round
    all pairs join that are each other's cheapest."""
    count = int(labels.max()) + 1
    size: np.ndarray = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
    flat, channels = labels.ravel(), features.reshape(-1, features.shape[-1])
    sums = np.stack([np.bincount(flat, channel, minlength=count) for channel in channels.T], axis=1)
    edges, names = borders(labels, features), np.arange(count)
    while len(edges.pairs):
        few = size < least
        small = few[edges.pairs].any(axis=1)
        excess = len(size) - n
        if excess <= 0 and not small.any():
            break
        cost = _cost(size, sums, edges)
        cost = np.where(small, CHEAP * cost, cost)
        if excess <= 0:
            cost[~small] = np.inf
        chosen = _mutual(edges.pairs, cost, len(size))
        chosen = chosen[np.argsort(cost[chosen], kind="stable")]
        chosen = chosen[: max(excess, int(small[chosen].sum()), 1)]
        if len(size) <= CAREFUL * n:
            chosen = chosen[: max(int(SHARE * len(chosen)), 1)]
        target = np.arange(len(size))
        target[edges.pairs[chosen, 1]] = edges.pairs[chosen, 0]
        kept = np.flatnonzero(target == np.arange(len(size)))
        place = np.zeros(len(size), np.int64)
        place[kept] = np.arange(len(kept))
        place = place[target]
        size = np.bincount(place, size, minlength=len(kept))
        sums = np.stack([np.bincount(place, one, minlength=len(kept)) for one in sums.T], axis=1)
        edges, names = gathered(edges._replace(pairs=place[edges.pairs])), place[names]
    return names[labels]


def _cost(size: np.ndarray, sums: np.ndarray, edges: Borders) -> np.ndarray:
    one, two = edges.pairs[:, 0], edges.pairs[:, 1]
    means = sums / size[:, None]
    apart = np.sqrt(np.square(means[one] - means[two]).sum(axis=1))
    steady = np.sqrt(np.square(edges.step).sum(axis=1)) / edges.length
    across = (1.0 - SINGLE) * steady + SINGLE * edges.rough / edges.length
    around = np.bincount(edges.pairs.ravel(), np.repeat(edges.length, 2), minlength=len(size))
    thin = np.minimum(2.0 * size / np.maximum(around, 1.0) / THIN, 1.0) ** 2
    worth = (apart * across + 1e-12) * size[one] * size[two] / (size[one] + size[two]) / edges.length
    return worth * np.minimum(thin[one], thin[two])


def _mutual(pairs: np.ndarray, cost: np.ndarray, count: int) -> np.ndarray:
    """The numbers of those pairs that are the cheapest of both their areas; of equal ones the first."""
    number = np.arange(len(pairs))
    order = np.lexsort((number, cost))
    best = np.full(count, -1)
    for side in (0, 1):
        mine = pairs[order[::-1], side]
        rank = np.full(count, len(pairs))
        rank[mine] = np.arange(len(pairs))[::-1]  # the last assignment is the cheapest
        if side == 0:
            ranks = rank
    ranks = np.minimum(ranks, rank)
    known = ranks < len(pairs)
    best[known] = order[ranks[known]]
    found = number[(best[pairs[:, 0]] == number) & (best[pairs[:, 1]] == number)]
    return found[np.isfinite(cost[found])]
