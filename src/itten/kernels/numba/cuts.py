"""Labels of a picture as a partition of its graph: what joins them, and single pixels that change sides."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from itten.kernels.numba.edges import decay, weight_run
from itten.kernels.numba.jit import kernel
from itten.kernels.reference.cuts import GAIN, NEAR

# Pixels side by side whose edges are looked at together.
RUN = 16


def graph_degrees(features, inside, offsets, weights, scale, cut):
    """As :func:`itten.kernels.reference.cuts.graph_degrees`."""
    degree = np.zeros(inside.shape)
    _degrees(*_graph(features, offsets, weights, scale, cut), np.ascontiguousarray(inside, np.float32), degree)
    return degree


def label_links(features, labels, degree, offsets, weights, scale, cut, count):
    """As :func:`itten.kernels.reference.cuts.label_links`."""
    links = np.zeros((count, count))
    labels = np.ascontiguousarray(labels, np.int32)
    _crossings(*_graph(features, offsets, weights, scale, cut), labels, links)
    links += links.T
    here = labels >= 0
    volume = np.bincount(labels[here], degree[here], minlength=count)
    np.fill_diagonal(links, np.maximum(volume - links.sum(axis=1), 0))
    return links


def polish_labels(features, labels, degree, links, offsets, weights, scale, cut, sweeps):
    """As :func:`itten.kernels.reference.cuts.polish_labels`."""
    labels, links = np.array(labels, np.int32, order="C"), np.array(links, np.float64, order="C")
    here = labels >= 0
    count = np.bincount(labels[here], minlength=len(links)).astype(np.int64)
    volume = links.sum(axis=1)
    graph = _graph(features, offsets, weights, scale, cut)
    degree = np.ascontiguousarray(degree, np.float64)
    box = {"size": 2 * NEAR + 1, "mode": "nearest"}
    todo = (here & (ndimage.minimum_filter(labels, **box) != ndimage.maximum_filter(labels, **box))).astype(np.uint8)
    moved = _polish(*graph, sweeps, GAIN, labels, degree, links, volume, count, todo)
    return labels, links, int(moved)


def _graph(features, offsets, weights, scale, cut):
    features = np.ascontiguousarray(features, np.float32)
    shape = np.array(offsets, np.int64), np.array(weights, np.float32)
    return features, *shape, np.float32(scale), np.float32(cut)


@kernel("f4[3] i8[2] f4[1] f4 f4 f4[2] f8[2]")
def _degrees(features, offsets, weights, scale, cut, inside, degree):
    height, width = inside.shape
    row = np.empty(width, np.float32)
    for y in range(height):
        for o in range(len(weights)):
            dy, dx = offsets[o, 0], offsets[o, 1]
            begin, end = max(0, -dx), width - max(0, dx)
            if y + dy >= height or begin >= end:
                continue
            weight_run(features, y, begin, end, dy, dx, weights[o], scale, row, begin)
            for x in range(begin, end):
                row[x] *= inside[y, x] * inside[y + dy, x + dx] if row[x] > cut else np.float32(0)
                degree[y, x] += row[x]
            for x in range(begin, end):
                degree[y + dy, x + dx] += row[x]


@kernel("f4[3] i8[2] f4[1] f4 f4 i4[2] f8[2]")
def _crossings(features, offsets, weights, scale, cut, labels, links):
    height, width = labels.shape
    row = np.empty(width, np.float32)
    for y in range(height):
        for o in range(len(weights)):
            dy, dx = offsets[o, 0], offsets[o, 1]
            if y + dy >= height:
                continue
            last = width - max(0, dx)
            for begin in range(max(0, -dx), last, RUN):
                end, apart = min(begin + RUN, last), 0
                for x in range(begin, end):
                    apart += labels[y, x] != labels[y + dy, x + dx]
                if apart == 0:
                    continue
                weight_run(features, y, begin, end, dy, dx, weights[o], scale, row, begin)
                for x in range(begin, end):
                    a, b = labels[y, x], labels[y + dy, x + dx]
                    if a != b and a >= 0 and b >= 0 and row[x] > cut:
                        links[a, b] += row[x]


@kernel(inner=True)
def _linked(features, labels, offsets, weights, scale, cut, y, x, heavy, names, link):
    """The weights from (y, x) to every label around it into ``link``, and these labels into ``names``; how many."""
    height, width = labels.shape
    m = len(weights)
    for n in range(2 * m):
        o, side = n % m, 1 - 2 * (n // m)
        i, j = y + side * offsets[o, 0], x + side * offsets[o, 1]
        apart = np.float32(0)
        if 0 <= i < height and 0 <= j < width:
            for c in range(features.shape[0]):
                step = features[c, y, x] - features[c, i, j]
                apart += step * step
        heavy[n] = apart
    # In a loop of its own, so that it is done in vector lanes.
    for n in range(2 * m):
        heavy[n] = decay(-scale * np.sqrt(heavy[n]))
    known = 0
    for n in range(2 * m):
        o, side = n % m, 1 - 2 * (n // m)
        i, j = y + side * offsets[o, 0], x + side * offsets[o, 1]
        weight = weights[o] * heavy[n]
        if weight > cut and 0 <= i < height and 0 <= j < width and labels[i, j] >= 0:
            if link[labels[i, j]] == 0:
                names[known] = labels[i, j]
                known += 1
            link[labels[i, j]] += weight
    return known


@kernel("f4[3] i8[2] f4[1] f4 f4 i8 f8 i4[2] f8[2] f8[2] f8[1] i8[1] u1[2]", fast=False)
def _polish(features, offsets, weights, scale, cut, sweeps, least, labels, degree, links, volume, count, todo):
    height, width = labels.shape
    link, names = np.zeros(len(links)), np.empty(2 * len(weights), np.int64)
    heavy = np.empty(2 * len(weights), np.float32)
    total = 0
    for _ in range(sweeps):
        moved = 0
        for y in range(height):
            for x in range(width):
                if todo[y, x] == 0:
                    continue
                todo[y, x] = 0
                own = labels[y, x]
                left = volume[own] - degree[y, x]
                if count[own] == 1 or left <= 0:
                    continue
                known = _linked(features, labels, offsets, weights, scale, cut, y, x, heavy, names, link)
                loss = links[own, own] / volume[own] - (links[own, own] - 2 * link[own]) / left
                best, to = least, -1
                for n in range(known):
                    name = names[n]
                    if name != own:
                        gain = (links[name, name] + 2 * link[name]) / (volume[name] + degree[y, x]) - loss
                        gain -= links[name, name] / volume[name]
                        if gain > best or (gain == best and to >= 0 and name < to):
                            best, to = gain, name
                if to >= 0:
                    for n in range(known):
                        name = names[n]
                        links[own, name] -= link[name]
                        links[name, own] -= link[name]
                        links[to, name] += link[name]
                        links[name, to] += link[name]
                    volume[own] = left
                    volume[to] += degree[y, x]
                    count[own] -= 1
                    count[to] += 1
                    labels[y, x] = to
                    moved += 1
                    for i in range(max(0, y - NEAR), min(height, y + NEAR + 1)):
                        for j in range(max(0, x - NEAR), min(width, x + NEAR + 1)):
                            if labels[i, j] >= 0:
                                todo[i, j] = 1
                for n in range(known):
                    link[names[n]] = 0
        total += moved
        if moved == 0:
            break
    return total
