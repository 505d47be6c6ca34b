"""Segments that join, the pair first that costs the normalised cut least: down to a number, or as a tree."""

from __future__ import annotations

import numpy as np


def join_until(links: np.ndarray, count: int) -> np.ndarray:
    """``(m,)`` int64: which of ``count`` new labels every one of ``m`` old ones belongs to; new ones in the order of
    their first old one. ``links`` ``(m, m)``: weights between labels, those inside on the diagonal."""
    names = np.arange(len(links))
    for one, other, _ in _joined(links, count):
        names[names == other] = one
    return np.unique(names, return_inverse=True)[1]


def tree(links: np.ndarray) -> np.ndarray:
    """``(m − 1, 4)`` float64, a linkage as SciPy has it: each row joins two segments; the numbers of the first m are
    those of the labels, row i makes number m + i. Then how much of the normalised cut is gone by then, and of how many
    labels the new segment is."""
    number, many, gone = list(range(len(links))), np.ones(len(links)), 0.0
    rows = []
    for one, other, gain in _joined(links, 1):
        many[one] += many[other]
        gone += max(1 + gain, 0.0)
        rows.append((*sorted((number[one], number[other])), gone, many[one]))
        number[one] = len(links) + len(rows) - 1
    return np.array(rows, np.float64).reshape(-1, 4)


def _joined(links: np.ndarray, count: int) -> list[tuple[int, int, float]]:
    """The labels that join, the second into the first, until ``count`` are left, and by how much the sum of
    associations over volumes rises with each, −1 at least: the normalised cut falls by one more than that."""
    links = links.astype(np.float64)
    alive = np.ones(len(links), bool)
    found = []
    for _ in range(len(links) - count):
        volume, inside = links.sum(axis=1), np.diag(links)
        ratio = np.divide(inside, volume, out=np.ones(len(links)), where=volume > 0)
        both = volume[:, None] + volume
        gain = np.divide(inside[:, None] + inside + 2 * links, both, out=np.ones_like(links), where=both > 0)
        gain -= ratio[:, None] + ratio
        gain[~alive], gain[:, ~alive] = -np.inf, -np.inf
        gain[np.tril_indices(len(links))] = -np.inf
        one, other = np.unravel_index(int(gain.argmax()), gain.shape)
        found.append((int(one), int(other), float(gain[one, other])))
        links[one] += links[other]
        links[:, one] += links[:, other]
        links[other], links[:, other] = 0, 0
        alive[other] = False
    return found
