"""What stands before a background: the regions of a picture in two kinds, by a cut between colours, room and rim."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from itten.areas.flow import flowed, repeated
from itten.areas.fragments import Borders, borders, edge_map, fragments
from itten.areas.merge import merged
from itten.areas.small import Small, coordinates
from itten.config import PanesConfig

# The longer side of the picture that is looked at, the vectors of its spectrum, and about how many regions it has.
DETAIL, VECTORS, REGIONS = 224, 16, 500
# Spectral coordinates count so much against colours: where regions are cut, along ways, at borders, between kinds.
CUT, WAY, BORDER, KIND = 0.12, 0.2, 0.12, 0.02
# Texture, as the deviation of lightness within so many pixels, and what it counts against colours between kinds.
WITHIN, TEXTURE = 2.5, 1.5
# Figures stand around here, in shares of the width and the height, in a bell so wide; how much that counts.
MIDDLE, BELL, PLACE = (0.5, 0.52), 0.42, 0.5
# The lower rim tells so little, as figures run out of pictures there; how much lying at the rim counts.
RUNS_OUT, RIM = 0.05, 0.2
# Two kinds whose colours are apart by less than this are one thing: part of the figure was taken for ground, as it
# runs out elsewhere, too. Then it is large: its middle is farther there, its bell so wide. What a long border counts.
APART, FARTHER, CLOSE, LONG = 0.12, 0.05, 0.7, 0.1
# Ways from the rim this long are as likely to lead to a figure as not, and how surely they may tell: of what is
# compared in logarithms. Colours are the same this far apart, in pictures of usual contrast.
FAR, SURELY, SAME, USUAL = 0.1, 2.2, 0.055, 0.2
# Colours that neither kind has much of tell nothing.
RARE = 0.03
# What a pixel of border costs against pixels of area, where it is seen and where it is not; how sharp edges are seen.
COST, SEEN, SHARP = 21.0, 0.05, 0.03
# Rounds in which both kinds learn what they look like; they mostly settle in four. How much of a round is believed.
ROUNDS, BELIEVED = 6, 0.85
# At full size the border comes to rest on edges: rounds, and the colour distance in RGB at which votes fade.
LAST, FADE = 4, 0.08
# Capacities of the cut are whole numbers, so many to one.
WHOLE = 100.0


class Sides(NamedTuple):
    """Those over which figures may run out of a picture, besides the lower one."""

    upper: bool = False
    left: bool = False
    right: bool = False


LEFT, RIGHT = Sides(left=True), Sides(right=True)
ELSEWHERE = LEFT, RIGHT, LEFT._replace(upper=True), RIGHT._replace(upper=True), LEFT._replace(right=True)


class Regions(NamedTuple):
    """Regions of a small picture: ``labels`` ``(h, w)``; each region's ``size`` ``(n,)``, its ``colour`` ``(n, 3)``,
    ``texture`` ``(n, 1)`` and spectral coordinates ``spectral`` ``(n, k)``; and their common ``borders``, whose steps
    are of colours, then of coordinates."""

    labels: np.ndarray
    size: np.ndarray
    colour: np.ndarray
    texture: np.ndarray
    spectral: np.ndarray
    borders: Borders

    @staticmethod
    def of(small: Small, config: PanesConfig) -> Regions:
        """About ``config.n`` of them, cut along edges of colours and of eigenvectors."""
        found = coordinates(small, config.vectors, config.edge_threshold)
        features = np.concatenate([small.even, CUT * found], axis=-1)
        labels = merged(fragments(edge_map(features)), features, config.n, 0)
        light = small.colour[..., 0]
        wide = ndimage.gaussian_filter(light * light, WITHIN) - ndimage.gaussian_filter(light, WITHIN) ** 2
        rough = np.sqrt(np.maximum(wide, 0.0))[..., None]
        count = int(labels.max()) + 1
        size = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
        seen = np.concatenate([small.even, rough, found], axis=-1).reshape(labels.size, -1)
        means = np.stack([np.bincount(labels.ravel(), one, count) for one in seen.T], axis=1) / size[:, None]
        beside = borders(labels, np.concatenate([small.even, found], axis=-1))
        return Regions(labels, size, means[:, :3], means[:, 3:4], means[:, 4:], beside)

    def shared(self, values: np.ndarray) -> np.ndarray:
        """The means ``(n,)`` of ``values`` ``(h, w)``."""
        return np.bincount(self.labels.ravel(), values.ravel(), len(self.size)) / self.size


def settings() -> PanesConfig:
    """How regions are cut."""
    return PanesConfig(n=REGIONS, detail=DETAIL, vectors=VECTORS)


def standing(picture: torch.Tensor) -> np.ndarray:
    """``(H, W)`` bool: what stands before the background of ``picture`` ``(3, H, W)`` in [0, 1].

    Every region has a way from the rim over regions whose colours and spectral coordinates change little: long ways
    lead to figures (Y. Wei, F. Wen, W. Zhu and J. Sun, "Geodesic saliency using background priors", 2012), more likely
    so in the middle. From there two kinds learn their colours in rounds, and a least cut parts them each time, whose
    borders cost most where neither colours nor eigenvectors have an edge (C. Rother, V. Kolmogorov and A. Blake,
    "GrabCut", 2004, with regions for pixels, a density of regions for mixtures, and nothing drawn by hand). If the two
    kinds still look alike, the figure touches more of the rim than was thought: it may then run out over other sides,
    and of several cuts the one is taken whose kinds are farthest apart within the shortest border.
    """
    small = Small.of(picture, DETAIL)
    regions = Regions.of(small, settings())
    if len(regions.size) < 2:
        return np.zeros(tuple(picture.shape[1:]), dtype=bool)
    found = _two_kinds(regions, SAME * np.sqrt(small.spread / USUAL))[regions.labels]
    full = int(picture.shape[1]), int(picture.shape[2])
    if found.shape == full:
        return found
    guide = ndimage.gaussian_filter(picture.float().numpy(), (0.0, 0.7, 0.7), mode="nearest")
    wide = max(0.6 * full[0] / found.shape[0], 0.6 * full[1] / found.shape[1], 1.0)
    large = repeated(found.astype(np.int64), full)
    return flowed(large, np.moveaxis(guide, 0, -1), wide, LAST, FADE).astype(bool)


def _two_kinds(regions: Regions, same: float) -> np.ndarray:
    """For each region whether it is figure, ``(n,)`` bool; colours are alike that are less than ``same`` apart."""
    seen = np.concatenate([regions.colour, TEXTURE * regions.texture, KIND * regions.spectral], axis=1)
    alike = np.exp(-_squares(seen) / (2 * same**2))
    found = _parted(regions, alike, Sides())
    if _apart(regions, alike, found) >= APART:
        return found
    several = [found, *(_parted(regions, alike, sides) for sides in ELSEWHERE)]
    return max(several, key=lambda one: _apart(regions, alike, one) - LONG * _length(regions, one))


def _parted(regions: Regions, alike: np.ndarray, sides: Sides) -> np.ndarray:
    """Which regions are figure, ``(n,)`` bool, where figures run out over ``sides`` and ``alike`` ``(n, n)`` says how
    much alike regions look."""
    size = regions.size
    rim = _rim(regions.labels, len(size), sides)
    height, width = regions.labels.shape
    bell = regions.shared(_bell(height, width, sides))
    place = PLACE * np.log(np.clip(bell, 0.02, 1.0) / np.clip(1 - bell, 0.02, 1.0)) - RIM * rim / np.sqrt(size)
    prior = place + np.minimum(_ways(regions, rim, alike) / FAR, 2.0) - 1.0
    one, two = regions.borders.pairs.T
    steps = np.square(regions.borders.step / regions.borders.length[:, None])
    step = steps[:, :3].sum(axis=1) + BORDER**2 * steps[:, 3:].sum(axis=1)
    cost = COST * regions.borders.length * (np.exp(-step / (2 * SHARP**2)) + SEEN)
    rare = RARE * float((alike @ size).max()) / float(size.sum())
    share = 1 / (1 + np.exp(-prior))
    found = np.zeros(len(size), dtype=bool)
    for _ in range(ROUNDS):
        kinds = [alike @ (part * size) / float(part @ size) for part in (share, 1 - share)]
        likely = np.clip(np.log((kinds[0] + rare) / (kinds[1] + rare)), -SURELY, SURELY) + prior
        before, found = found, _least_cut(likely * size, one, two, cost)
        if np.array_equal(before, found):
            break
        share = BELIEVED * found + (1 - BELIEVED) / (1 + np.exp(-likely))
    return found


def _apart(regions: Regions, alike: np.ndarray, found: np.ndarray) -> float:
    """How far the colours of the regions ``found`` ``(n,)`` are from those of the others: 0 if they are the same, 1 if
    neither has any of the other's (one less Bhattacharyya's coefficient); 0 where there are no others."""
    if found.all() or not found.any():
        return 0.0
    size = regions.size
    figure, ground = (alike @ (part * size) / float(size[part].sum()) for part in (found, ~found))
    shared = float(np.sqrt(figure * ground) @ size)
    return 1 - shared / float(np.sqrt((figure @ size) * (ground @ size)))


def _length(regions: Regions, found: np.ndarray) -> float:
    """The border of the regions ``found`` ``(n,)`` against the root of the smaller area; infinite if it has none."""
    one, two = regions.borders.pairs.T
    border = float(regions.borders.length[found[one] != found[two]].sum())
    area = float(min(regions.size[found].sum(), regions.size[~found].sum()))
    return border / np.sqrt(area) if border > 0 else np.inf


def _bell(height: int, width: int, sides: Sides) -> np.ndarray:
    """How likely figures are at each pixel, by where it lies: ``(h, w)`` in [0, 1]."""
    wide = CLOSE if any(sides) else BELL
    x = ((np.arange(width) + 0.5) / width - MIDDLE[0] - FARTHER * (sides.right - sides.left)) / wide
    y = ((np.arange(height) + 0.5) / height - MIDDLE[1] + FARTHER * sides.upper) / wide
    return np.exp(-np.square(y)[:, None] - np.square(x))


def _rim(labels: np.ndarray, count: int, sides: Sides) -> np.ndarray:
    """How much of the rim each region has, ``(n,)`` in pixels."""
    rims = zip((labels[0], labels[:, 0], labels[:, -1], labels[-1]), (*sides, True), strict=True)
    return sum((np.bincount(rim, minlength=count) * (RUNS_OUT if out else 1.0) for rim, out in rims), np.zeros(count))


def _ways(regions: Regions, rim: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """How much colours and coordinates change on the shortest way from the rim, ``(n,)``. Steps that are usual between
    regions and those most like them are free; ways begin later where the rim looks as it does nowhere else."""
    count = len(regions.size)
    pairs = regions.borders.pairs
    step = np.sqrt(_between(np.concatenate([regions.colour, WAY * regions.spectral], axis=1), pairs))
    nearest = np.full(count, np.inf)
    for column in (0, 1):
        np.minimum.at(nearest, pairs[:, column], step)
    calm = float(nearest[np.isfinite(nearest)].mean())
    edge = np.flatnonzero(rim)
    usual = (alike @ rim)[edge]
    late = 0.5 * FAR * np.sqrt(-np.log(np.maximum(usual / usual.max(), 1e-4)))
    # The least is more than nothing, as what is nothing is no way in a sparse matrix.
    length = np.concatenate([np.maximum(step - calm, 1e-6), late + 1e-6])
    start = np.stack([np.full(len(edge), count), edge], axis=1)
    graph = sparse.coo_matrix((length, np.concatenate([pairs, start]).T), shape=(count + 1, count + 1)).tocsr()
    ways: np.ndarray = csgraph.dijkstra(graph, directed=False, indices=count)[:count]
    return ways


def _least_cut(likely: np.ndarray, one: np.ndarray, two: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """``(n,)`` bool: figure or not, so that what is lost of ``likely`` ``(n,)``, above 0 for figures, and the ``cost``
    of borders between ``one`` and ``two`` ``(e,)`` is least. Of several the smallest figure: it is the same whatever
    the order of the flow."""
    count = len(likely)
    node, source, sink = np.arange(count), np.full(count, count), np.full(count, count + 1)
    start, end = np.concatenate([source, node, one, two]), np.concatenate([node, sink, two, one])
    holds = np.concatenate([np.maximum(likely, 0.0), np.maximum(-likely, 0.0), cost, cost])
    whole = (WHOLE * holds + 0.5).astype(np.int32)
    graph = sparse.csr_matrix((whole, (start, end)), shape=(count + 2, count + 2))
    left = graph - csgraph.maximum_flow(graph, count, count + 1).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = csgraph.breadth_first_order(left, count, return_predecessors=False)
    found = np.zeros(count + 2, dtype=bool)
    found[reached] = True
    return found[:count]


def _squares(points: np.ndarray) -> np.ndarray:
    """Squared distances ``(n, n)`` between ``points`` ``(n, C)``."""
    own = np.square(points).sum(axis=1)
    return np.maximum(own[:, None] + own - 2 * points @ points.T, 0.0)


def _between(points: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.square(points[pairs[:, 0]] - points[pairs[:, 1]]).sum(axis=1)
    return found
