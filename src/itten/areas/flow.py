"""Borders flow: threshold dynamics on labels, along the picture's edges, then by their own curvature."""

from __future__ import annotations

import numpy as np
from scipy import special

from itten.areas.fragments import pieces
from itten.kernels import choose, kernel

# A vote across the picture's strongest edges still counts so much.
FLOOR = 0.02
# Where labels are found out: within so many pixels of a border.
REACH = 2


def flowed(
    labels: np.ndarray,
    guide: np.ndarray | None,
    sigma: float,
    rounds: int,
    contrast: float = 1.0,
    still: np.ndarray | None = None,
) -> np.ndarray:
    """``labels`` ``(h, w)`` int32 after ``rounds`` of votes of the pixels around, weighted by a Gaussian of deviation
    ``sigma`` in pixels: each pixel near a border takes the label with most votes.

    Without a ``guide`` that is motion by mean curvature (B. Merriman, J. Bence and S. Osher, "Diffusion generated
    motion by mean curvature", 1992), of many labels at once. With one ``(h, w, C)`` those vote less that differ in it,
    an eighth or less beyond about 1.4 times ``contrast``, so that borders come to lie on edges. Pixels where ``still``
    ``(h, w)`` is true keep their labels."""
    near, labels = gaussian(sigma), labels.astype(np.int32)
    vote = kernel("vote_labels", choose("vote_labels"))
    sharp = 0.0 if guide is None else 1.0 / contrast**2
    seen = np.zeros((*labels.shape, 0), np.float32) if guide is None else guide.astype(np.float32)
    for _ in range(rounds):
        where = near_borders(labels, REACH)
        if still is not None:
            where = where[~still.ravel()[where]]
        if len(where) == 0:
            break
        found = vote(labels, seen, where, near, sharp, FLOOR)[0]
        if np.array_equal(found, labels.ravel()[where]):
            break
        labels.reshape(-1)[where] = found
    return labels


def gaussian(sigma: float) -> np.ndarray:
    """The weights ``(2 r + 1, 2 r + 1)`` float32 of a Gaussian of deviation ``sigma`` in pixels, integrated over each
    pixel, up to 2.5 of it."""
    radius = max(int(2.5 * sigma + 0.5), 1)
    line = np.diff(special.ndtr((np.arange(-radius, radius + 2) - 0.5) / sigma))
    return np.outer(line, line).astype(np.float32)


def near_borders(labels: np.ndarray, reach: int) -> np.ndarray:
    """Flat numbers of the pixels of ``labels`` ``(h, w)`` that lie at a border, or within a square of ``reach`` − 1
    pixels about one that does."""
    at = np.zeros(labels.shape, bool)
    down, right = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    at[1:] |= down
    at[:-1] |= down
    at[:, 1:] |= right
    at[:, :-1] |= right
    if reach > 1:
        at = kernel("grown", choose("grown"))(at, reach - 1)
    return np.flatnonzero(at)


def repeated(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``labels`` ``(h, w)`` at all pixels of a picture of ``size`` (H, W), each at those whose middles lie in it."""
    rows, columns = (
        np.minimum(((np.arange(full) + 0.5) * (part / full)).astype(np.int64), part - 1)
        for full, part in zip(size, labels.shape, strict=True)
    )
    return labels[rows][:, columns]


def whole(labels: np.ndarray, least: float) -> np.ndarray:
    """``labels`` ``(h, w)`` with every connected piece numbered for itself, int64 from 0 in raster order; pieces of
    fewer than ``least`` pixels go to the neighbour with which they share most of their border, the smallest first."""
    names = pieces(labels)
    count = int(names.max()) + 1
    size = np.bincount(names.ravel(), minlength=count)
    if count < 2 or size.min() >= least:
        return names
    target, neighbours = np.arange(count), _common(names, count)
    for piece in np.argsort(size, kind="stable"):
        home = int(target[piece])
        if size[home] >= least or not neighbours[home]:
            continue
        best = max(neighbours[home], key=lambda other: (neighbours[home][other], -other))
        for other, length in neighbours.pop(home).items():
            del neighbours[other][home]
            if other != best:
                neighbours[best][other] = neighbours[other][best] = neighbours[best].get(other, 0) + length
        target[target == home] = best
        size[best] += size[home]
    return pieces(target[names])


def _common(names: np.ndarray, count: int) -> dict[int, dict[int, int]]:
    """For every piece its neighbours, and how long the border to each is."""
    found: dict[int, dict[int, int]] = {piece: {} for piece in range(count)}
    for one, two in ((names[1:], names[:-1]), (names[:, 1:], names[:, :-1])):
        apart = one != two
        keys, lengths = np.unique(one[apart] * np.int64(count) + two[apart], return_counts=True)
        for key, length in zip(keys.tolist(), lengths.tolist(), strict=True):
            a, b = divmod(key, count)
            found[a][b] = found[b][a] = found[a].get(b, 0) + length
    return found
