"""Partitions of a picture's graph: their normalised cut, and better ones near them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels import choose, kernel
from itten.regions.joining import join_until
from itten.regions.rotation import BLOCK, SAMPLE
from itten.spectra.normalised import edge_cut

# Sweeps over single pixels: of segments that were just divided, and in the end.
FEW, MANY = 2, 60
# Divisions and joinings at most, and what one must gain of the cut.
ROUNDS, GAIN = 2, 0.003
# Beyond so many segments they are not divided: joining takes time with the cube of their number.
DIVIDED = 256
# Rounds that place the border between two parts of a segment.
HALVES = 20


@dataclass(frozen=True)
class Cuts:
    """The graph of ``features`` ``(C, H, W)`` as partitions are judged by it: without edges of no weight. ``degree``
    ``(H, W)`` float64; ``graph``: offsets, weights, one over the threshold, and the weight below which is no edge."""

    features: np.ndarray
    degree: np.ndarray
    graph: tuple[np.ndarray, np.ndarray, float, float]

    @staticmethod
    def of(features: torch.Tensor, config: SpectrumConfig, left_out: np.ndarray) -> Cuts:
        """Of a picture on the CPU, with the graph of ``config``, but without the pixels that are left out."""
        stencil = make_stencil(config.radii, config.weights)
        array = np.ascontiguousarray(features.detach().numpy(), np.float32)
        graph = stencil.offsets, stencil.weights, 1 / config.edge_threshold, edge_cut(stencil, "normalised")
        run = kernel("graph_degrees", choose("graph_degrees"))
        return Cuts(array, run(array, ~left_out, *graph), graph)

    def links(self, labels: np.ndarray, count: int) -> np.ndarray:
        """``(count, count)``: the weights between labels ``(H, W)`` int32, −1 for pixels that are left out."""
        found: np.ndarray = kernel("label_links", choose("label_links"))(
            self.features, labels, self.degree, *self.graph, count
        )
        return found

    def moved(self, labels: np.ndarray, links: np.ndarray, sweeps: int) -> tuple[np.ndarray, np.ndarray]:
        """``labels`` and their ``links`` after single pixels have moved, each to a lower normalised cut."""
        run = kernel("polish_labels", choose("polish_labels"))
        labels, links, _ = run(self.features, labels, self.degree, links, *self.graph, sweeps)
        return labels, links


def normalised_cut(links: np.ndarray) -> float:
    """Σ over labels of the weight that leaves a label over all of its weight (Shi and Malik, 2000): from 0 to their
    number. Labels without edges count nothing."""
    volume = links.sum(axis=1)
    return float(np.divide(volume - np.diag(links), volume, out=np.zeros(len(links)), where=volume > 0).sum())


def improved(cuts: Cuts, labels: np.ndarray, rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """``labels`` ``(H, W)`` int32 of a lower normalised cut, or of the same, and their ``links`` ``(count, count)``.

    Pixels move one by one. Then all segments are divided in two along the vectors' ``rows`` ``(H · W, K)``, parts are
    joined again, the pair that costs least first, until ``count`` are left, and pixels move again; the result is kept
    while the cut falls.
    """
    labels, links = cuts.moved(labels, cuts.links(labels, count), MANY)
    best = normalised_cut(links)
    for _ in range(ROUNDS if 1 < count <= DIVIDED else 0):
        parts, many = divided(labels, rows, cuts.degree, count)
        parts, between = cuts.moved(parts, cuts.links(parts, many), FEW)
        name = join_until(between, count)
        tried = np.where(parts >= 0, name[parts], -1).astype(np.int32)
        member = np.eye(count)[name]
        tried, found = cuts.moved(tried, member.T @ between @ member, MANY)
        if normalised_cut(found) >= best * (1 - GAIN):
            break
        labels, links, best = tried, found, normalised_cut(found)
    return labels, links


def divided(labels: np.ndarray, rows: np.ndarray, degree: np.ndarray, count: int) -> tuple[np.ndarray, int]:
    """Every label as two, where its rows differ: by the middle between the means of the two sides along the rows' main
    axis, weighed with degrees. Returns the labels and how many there are."""
    found, flat, weight = labels.copy(), labels.ravel(), degree.ravel()
    order = np.argsort(flat, kind="stable")
    ends = np.searchsorted(flat[order], np.arange(count + 1))
    many = count
    for name in range(count):
        here = order[ends[name] : ends[name + 1]]
        some = here[:: max(1, -(-len(here) // SAMPLE))]
        total = weight[some].sum()
        if len(some) < 2 or total <= 0:
            continue
        own, share = rows[some].astype(np.float64), weight[some] / total
        mean = share @ own
        own -= mean
        axis = np.linalg.eigh((own * share[:, None]).T @ own)[1][:, -1]
        middle = _middle(own @ axis, share) + mean @ axis
        high = np.concatenate([rows[here[at : at + BLOCK]] @ axis > middle for at in range(0, len(here), BLOCK)])
        if high.any() and not high.all():
            found.ravel()[here[high]] = many
            many += 1
    return found, many


def _middle(place: np.ndarray, share: np.ndarray) -> float:
    """The middle between the means of the places on either side of it, by Lloyd's rounds from 0 on."""
    middle = 0.0
    for _ in range(HALVES):
        high = place > middle
        above, below = share[high].sum(), share[~high].sum()
        if above <= 0 or below <= 0:
            break
        before, middle = middle, 0.5 * (place[high] @ share[high] / above + place[~high] @ share[~high] / below)
        if middle == before:
            break
    return float(middle)
