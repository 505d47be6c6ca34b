"""Graphs of a few nodes, drawn by code: all of them up to isomorphism, and those with much symmetry."""

import itertools
from functools import cache

import torch


@cache
def all_graphs(count):
    """The edge lists of all graphs with ``count`` nodes, one of each class of isomorphic ones."""
    pairs = list(itertools.combinations(range(count), 2))
    number = {pair: i for i, pair in enumerate(pairs)}
    moved = [[number[tuple(sorted((p[a], p[b])))] for a, b in pairs] for p in itertools.permutations(range(count))]
    seen, found = set(), []
    for code in range(1 << len(pairs)):
        if code not in seen:
            bits = [i for i in range(len(pairs)) if code >> i & 1]
            found.append([pairs[i] for i in bits])
            seen.update(sum(1 << places[i] for i in bits) for places in moved)
    return found


def complete(count):
    return count, list(itertools.combinations(range(count), 2))


def cycle(count):
    return count, [(i, (i + 1) % count) for i in range(count)]


def star(count):
    return count, [(0, i) for i in range(1, count)]


def grid(height, width):
    across = [(y * width + x, y * width + x + 1) for y in range(height) for x in range(width - 1)]
    return height * width, across + [(i, i + width) for i in range((height - 1) * width)]


def union(*graphs):
    count, pairs = 0, []
    for size, edges in graphs:
        pairs += [(a + count, b + count) for a, b in edges]
        count += size
    return count, pairs


SYMMETRIC = {
    "complete20": complete(20),
    "complete6": complete(6),
    "star7": star(7),
    "star20": star(20),
    "cycle6": cycle(6),
    "cycle17": cycle(17),
    "grid4x4": grid(4, 4),
    "grid3x5": grid(3, 5),
    "two triangles": union(cycle(3), cycle(3)),
    "two cycles": union(cycle(8), cycle(8)),
    "three stars": union(star(4), star(4), star(4)),
    "complete and alone": union(complete(5), (3, [])),
}


def tensor(pairs):
    """``(2, E)`` int64."""
    return torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).T
