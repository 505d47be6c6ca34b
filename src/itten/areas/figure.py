"""The figure of a picture, apart from its ground: what is drawn on paper, or what stands before a background."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import ndimage, sparse

from itten.areas.fragments import borders
from itten.areas.glass import SPECTRAL, cut
from itten.areas.small import Small, coordinates
from itten.config import PanesConfig
from itten.image.coerce import one_picture
from itten.image.oklab import to_oklab
from itten.needs import check_room, panes_needs

# A picture lies on paper if so much of its rim, which is so wide, is near the rim's usual colour.
RIM, PAPER = 0.015, 0.85
# What differs from the paper by more than this in OKLab, and by so many of its deviations, is drawn.
DRAWN, DEVIATIONS = 0.05, 4.0
# Gaps in outlines are closed that are narrower than twice this share of the longer side.
GAP = 0.004
# Of all that is no ground the largest region is the figure, and what has this share of it; less than so much is none.
BESIDE, SMALLEST = 0.25, 0.002
# Of a picture without paper: regions, their size when found, how far colours are the same, and what counts as rim.
REGIONS, DETAIL, SAME, BOUND = 80, 320, 0.05, 1.0
# So much of the threshold is taken: it is easier to brush away what is too much than to draw what is missing.
MILD = 0.85


def find_figure(image: Any) -> torch.Tensor:
    """``(H, W)`` bool: where the figure of a picture is; nowhere if none is found.

    ``image`` is what :func:`itten.shade` takes. Where the rim of the picture is paper, the figure is the ink and what
    it encloses: the paper is flooded from the rim, small gaps in outlines being closed. Elsewhere the picture is cut
    into regions by its spectrum, as in :func:`itten.panes`. Those that hang together with the rim by colours that
    change little are ground, and how much of the rim they have says how surely (W. Zhu, S. Liang, Y. Wei and J. Sun,
    "Saliency optimization from robust background detection", 2014): a guess, to be corrected with a brush. The largest
    region of the rest is taken, and those that have a quarter of it. The same picture has the same figure. The work is
    done on the CPU, the mask lies where the picture does.

    Raises :class:`~itten.errors.InputError` for what is not one picture.
    """
    picture, device = one_picture(image)
    if min(picture.shape[1:]) < 3:
        return torch.zeros(picture.shape[1:], dtype=torch.bool, device=device)
    colour = to_oklab(picture.float()).movedim(0, -1).double().numpy()
    drawn = _drawn(colour)
    found = _before(picture) if drawn is None else _enclosed(drawn)
    return torch.from_numpy(_largest(found)).to(device)


def _drawn(colour: np.ndarray) -> np.ndarray | None:
    """``(H, W)`` bool: what is not paper in ``colour`` ``(H, W, 3)``; None without paper."""
    height, width = colour.shape[:2]
    wide = max(int(RIM * max(height, width) + 0.5), 1)
    rim = np.ones((height, width), dtype=bool)
    rim[wide : height - wide, wide : width - wide] = False
    around = colour[rim]
    paper = np.median(around, axis=0)
    away = np.sqrt(np.square(around - paper).sum(axis=1))
    limit = max(DRAWN, DEVIATIONS * float(np.median(away)) / 0.67)
    if np.mean(away <= limit) < PAPER or limit > 3 * DRAWN:
        return None
    # Paper may be darker in one corner than in another: what it is like here is what its own pixels say around here.
    apart = np.sqrt(np.square(colour - paper).sum(axis=-1))
    own = (apart <= 2 * limit).astype(np.float64)
    sigma = 0.08 * max(height, width)
    weight = ndimage.gaussian_filter(own, sigma, mode="nearest") + 1e-3
    below = np.moveaxis(colour - paper, -1, 0) * own
    here = np.stack([ndimage.gaussian_filter(one, sigma, mode="nearest") / weight for one in below], axis=-1) + paper
    found: np.ndarray = np.sqrt(np.square(colour - here).sum(axis=-1)) > limit
    return found


def _enclosed(drawn: np.ndarray) -> np.ndarray:
    """What is ``drawn`` ``(H, W)``, and what it encloses."""
    if not drawn.any():
        return drawn
    reach = max(GAP * max(drawn.shape), 1.0)
    padded = np.pad(drawn, int(reach) + 2)
    near = ndimage.distance_transform_edt(~padded) <= reach
    labels, _ = ndimage.label(~near)
    outside = labels == labels[0, 0]
    # The ground comes back to where it was kept away from.
    ground = (ndimage.distance_transform_edt(~outside) <= reach) & ~padded
    inner = int(reach) + 2
    filled: np.ndarray = ~ground[inner:-inner, inner:-inner]
    return filled


def _before(picture: torch.Tensor) -> np.ndarray:
    """``(H, W)`` bool: what stands before the background of ``picture`` ``(3, H, W)``."""
    height, width = picture.shape[1:]
    config = PanesConfig(n=REGIONS, detail=DETAIL, smooth=0.0)
    check_room(panes_needs((height, width), config), f"the figure of {width} × {height} pixels", (height, width))
    small = Small.of(picture, DETAIL)
    labels = cut(small.image, config, 0.0)
    count = int(labels.max()) + 1
    if count < 2:
        return np.zeros((height, width), dtype=bool)
    features = np.concatenate([small.even, SPECTRAL * coordinates(small, config.vectors, config.edge_threshold)], -1)
    share = _standing(labels, features, count)
    whole = np.ascontiguousarray(share[labels], dtype=np.float32)
    large = torch.nn.functional.interpolate(
        torch.from_numpy(whole)[None, None], size=(height, width), mode="bilinear", align_corners=False
    )[0, 0].numpy()
    least = MILD * _between(share, np.bincount(labels.ravel(), minlength=count))
    found: np.ndarray = ndimage.binary_fill_holes(large > least)
    return found


def _standing(labels: np.ndarray, features: np.ndarray, count: int) -> np.ndarray:
    """For each region how far it stands before the background, ``(n,)`` in [0, 1]."""
    size = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
    flat, channels = labels.ravel(), features.reshape(-1, features.shape[-1]).T
    means = np.stack([np.bincount(flat, one, count) for one in channels], axis=1).astype(np.float64) / size[:, None]
    pairs = borders(labels, features).pairs
    rim = np.bincount(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]), minlength=count) > 0
    edge = np.flatnonzero(rim)
    # All that touch the rim are neighbours, as what runs out of the picture may hang together there.
    ring = np.stack(np.triu_indices(len(edge), 1), axis=1)
    joined = np.concatenate([pairs, edge[ring]])
    joined = np.unique(np.sort(joined, axis=1), axis=0)
    apart = np.sqrt(np.square(means[joined[:, 0]] - means[joined[:, 1]]).sum(axis=1))
    beside = np.sort(pairs, axis=1)
    step = np.sqrt(np.square(means[beside[:, 0]] - means[beside[:, 1]]).sum(axis=1))
    nearest = np.full(count, np.inf)
    for column in (0, 1):
        np.minimum.at(nearest, beside[:, column], step)
    calm = float(np.mean(nearest[np.isfinite(nearest)]))
    graph = sparse.coo_matrix((np.maximum(apart - calm, 1e-9), joined.T), shape=(count, count)).tocsr()
    way = sparse.csgraph.shortest_path(graph, directed=False)
    like = np.exp(-np.square(way) / (2 * (2 * SAME) ** 2))
    weight = size / size.mean()
    length = (like * rim * np.sqrt(weight)).sum(axis=1)
    bound = length / np.sqrt(like @ weight)
    ground = 1 - np.exp(-np.square(bound) / (2 * BOUND**2))
    middle = np.stack(ndimage.center_of_mass(np.ones_like(labels), labels, np.arange(count))) / max(labels.shape)
    distance = np.sqrt(np.square(middle[:, None] - middle[None]).sum(axis=-1))
    contrast = np.sqrt(np.square(means[:, None] - means[None]).sum(axis=-1))
    stands = (contrast * np.exp(-np.square(distance) / (2 * 0.25**2)) * ground * weight).sum(axis=1)
    stands /= max(float(stands.max()), 1e-12)
    ties = np.exp(-np.square(step) / (2 * SAME**2)) + 0.1
    tie = sparse.coo_matrix((ties, beside.T), shape=(count, count)).toarray()
    tie = tie + tie.T
    matrix = np.diag(ground + stands + tie.sum(axis=1)) - tie
    found: np.ndarray = np.linalg.solve(matrix + 1e-9 * np.eye(count), stands)
    return np.clip(found, 0.0, 1.0)


def _between(values: np.ndarray, counts: np.ndarray) -> float:
    """The threshold between two kinds of ``values``, each met ``counts`` times (N. Otsu, 1979)."""
    order = np.argsort(values, kind="stable")
    one, many = values[order], counts[order].astype(np.float64)
    below, sums = np.cumsum(many), np.cumsum(many * one)
    above = below[-1] - below
    mean = np.divide(sums[-1] - sums, above, out=np.zeros_like(sums), where=above > 0)
    spread = below * above * np.square(sums / below - mean)
    at = int(np.argmax(spread))
    return float(0.5 * (one[at] + one[min(at + 1, len(one) - 1)]))


def _largest(found: np.ndarray) -> np.ndarray:
    """The largest connected region of ``found`` ``(H, W)``, and those that are not much smaller."""
    labels, count = ndimage.label(found, structure=np.ones((3, 3)))
    if count == 0:
        return found
    size = np.bincount(labels.ravel())
    size[0] = 0
    kept = size >= max(BESIDE * size.max(), SMALLEST * found.size)
    kept[0] = False
    chosen: np.ndarray = kept[labels]
    return chosen
