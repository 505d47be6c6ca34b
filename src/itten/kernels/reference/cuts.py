"""Labels of a picture as a partition of its graph, plainly: what joins them, and single pixels that change sides."""

from __future__ import annotations

import numpy as np

# A move must raise the sum of associations by more than this: what is less is rounding.
GAIN = 1e-10
# Pixels are asked whether they move that have another label so near, in rows and columns.
NEAR = 2


def graph_degrees(
    features: np.ndarray, inside: np.ndarray, offsets: np.ndarray, weights: np.ndarray, scale: float, cut: float
) -> np.ndarray:
    """``(H, W)`` float64: the sum of every pixel's edges.

    ``features`` ``(C, H, W)`` float32, ``inside`` ``(H, W)`` bool: the pixels of the graph; edges are
    W(o) · exp(−scale ‖I_i − I_{i+o}‖) for the half stencil ``offsets`` ``(m, 2)`` with its ``weights`` ``(m,)``; those
    no heavier than ``cut`` do not exist."""
    degree = np.zeros(inside.shape)
    for one, other, weight in edges(features, inside - 1, offsets, weights, scale, cut):
        degree[one] += weight
        degree[other] += weight
    return degree


def label_links(
    features: np.ndarray,
    labels: np.ndarray,
    degree: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    cut: float,
    count: int,
) -> np.ndarray:
    """``(count, count)`` float64: the sums of weights between two labels, of each edge from both ends.

    ``labels`` ``(H, W)`` int32, −1 for pixels that are not in the graph; ``degree`` ``(H, W)`` and the other arguments
    as in :func:`graph_degrees`."""
    links = np.zeros((count, count))
    for one, other, weight in edges(features, labels, offsets, weights, scale, cut):
        links[labels[one], labels[other]] += weight
        links[labels[other], labels[one]] += weight
    return links


def polish_labels(
    features: np.ndarray,
    labels: np.ndarray,
    degree: np.ndarray,
    links: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    cut: float,
    sweeps: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Labels ``(H, W)`` int32 after single pixels have moved to where they raise Σ inside / volume most, their links,
    and how many moves there were.

    ``degree`` and ``links`` are those of :func:`label_links`: of a label the weight inside is on the diagonal of its
    links, and its volume is the sum of their row. Pixels within ``NEAR`` of another label are asked in raster order, in
    at most ``sweeps`` sweeps, until none moves, again only where one so near has moved; no label loses its last pixel,
    and a pixel moves only to labels that it is joined with; of equal gains the lowest. Each move raises the sum, which
    is the number of labels less the normalised cut (Shi and Malik, 2000): the exact moves of which weighted kernel
    k-means is the batch (Dhillon, Guan and Kulis, 2007)."""
    labels, links = labels.copy(), links.copy()
    here = labels >= 0
    count = np.bincount(labels[here], minlength=len(links))
    volume = links.sum(axis=1)
    near: dict[tuple[int, int], list[tuple[tuple[int, int], float]]] = {}
    for one, other, weight in edges(features, labels, offsets, weights, scale, cut):
        near.setdefault(one, []).append((other, weight))
        near.setdefault(other, []).append((one, weight))
    todo, total = np.zeros_like(here), 0
    for place in zip(*np.nonzero(here), strict=True):
        todo[place] = (labels[_around(place)] != labels[place]).any()
    for _ in range(sweeps):
        moved = 0
        for place in zip(*np.nonzero(here), strict=True):
            if not todo[place]:
                continue
            todo[place] = False
            own = labels[place]
            link = np.zeros(len(links))
            for other, weight in near.get((int(place[0]), int(place[1])), []):
                link[labels[other]] += weight
            left = volume[own] - degree[place]
            if count[own] == 1 or left <= 0 or not (np.delete(link, own) > 0).any():
                continue
            inside = np.diag(links)
            loss = inside[own] / volume[own] - (inside[own] - 2 * link[own]) / left
            best, to = GAIN, -1
            for name in np.flatnonzero(link > 0):
                if name != own:
                    gain = (inside[name] + 2 * link[name]) / (volume[name] + degree[place]) - loss
                    gain -= inside[name] / volume[name]
                    if gain > best:
                        best, to = gain, int(name)
            if to >= 0:
                links[own] -= link
                links[:, own] -= link
                links[to] += link
                links[:, to] += link
                volume[own], volume[to] = left, volume[to] + degree[place]
                count[own], count[to] = count[own] - 1, count[to] + 1
                labels[place] = to
                moved += 1
                todo[_around(place)] |= here[_around(place)]
        total += moved
        if not moved:
            break
    return labels, links, total


def _around(place: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(max(int(at) - NEAR, 0), int(at) + NEAR + 1) for at in place)


def edges(
    features: np.ndarray, labels: np.ndarray, offsets: np.ndarray, weights: np.ndarray, scale: float, cut: float
) -> list[tuple[tuple[int, int], tuple[int, int], float]]:
    """All edges between pixels that have labels: one end, the other, the weight."""
    found = []
    height, width = labels.shape
    for y in range(height):
        for (dy, dx), weight in zip(offsets.tolist(), weights.tolist(), strict=True):
            for x in range(max(-dx, 0), width - max(dx, 0)):
                if y + dy < height and labels[y, x] >= 0 and labels[y + dy, x + dx] >= 0:
                    apart = np.sqrt(np.square(features[:, y, x].astype(float) - features[:, y + dy, x + dx]).sum())
                    heavy = weight * np.exp(-scale * apart)
                    if heavy > cut:
                        found.append(((y, x), (y + dy, x + dx), heavy))
    return found
