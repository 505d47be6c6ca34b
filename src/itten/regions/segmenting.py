"""Segments of a picture by its spectrum: normalised cuts of many parts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from itten.config import SegmentConfig, SpectrumConfig
from itten.config.base import config_of
from itten.errors import InputError
from itten.graph.contrast import chosen_threshold
from itten.regions.joining import tree
from itten.regions.partition import Cuts, improved, normalised_cut
from itten.regions.rotation import labels_of
from itten.spectra import Spectrum, spectrum
from itten.spectra.inputs import as_excluded, as_features


@dataclass(frozen=True)
class Segmentation:
    """The segments of a picture.

    ``labels`` ``(H, W)`` int64: 0 … n − 1 in the order of the segments' first pixels, −1 where a pixel is left out.
    ``sizes`` ``(n,)`` int64: their pixels. ``cut``: the normalised cut, Σ (weight that leaves) / (all weight) over
    segments, from 0 to n. ``edge_threshold``: the one that was used. ``spectrum``: the eigenpairs; its ``status`` and
    ``errors`` say how good these are. ``tree`` ``(n − 1, 4)``: which segments join first, if it was asked for, in the
    form of :func:`scipy.cluster.hierarchy.linkage`, with how much of the normalised cut has gone by then as distance.
    """

    labels: torch.Tensor
    sizes: torch.Tensor
    cut: float
    edge_threshold: float
    spectrum: Spectrum
    config: SegmentConfig
    tree: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.sizes)

    def at(self, n: int) -> torch.Tensor:
        """Labels ``(H, W)`` of ``n`` segments, joined as the tree says, in the order of their first pixels. Raises
        :class:`~itten.errors.InputError` without a tree, and for an ``n`` that it does not have."""
        if self.tree is None:
            raise InputError("there is no tree: ask for segmentation(…, hierarchy=True)")
        if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or not 1 <= n <= len(self):
            raise InputError(f"n must be a whole number from 1 to {len(self)}, got {n!r}")
        name = np.arange(2 * len(self) - 1)
        for i, row in enumerate(self.tree[: len(self) - n]):
            name[np.isin(name, row[:2].astype(int))] = len(self) + i
        joined = np.where(self.labels.cpu() >= 0, name[self.labels.cpu()], -1)
        return torch.from_numpy(in_order(joined)[0]).to(self.labels.device)


def segment(
    image: Any, n: int | str | None = None, config: SegmentConfig | None = None, **options: Any
) -> torch.Tensor:
    """Labels ``(H, W)`` int64 of the ``n`` segments of a picture, numbered from 0 in the order of their first pixels.

    What :func:`segmentation` finds, without the rest; it takes the same arguments.
    """
    return segmentation(image, n, config, **options).labels


def segmentation(
    image: Any,
    n: int | str | None = None,
    config: SegmentConfig | None = None,
    *,
    exclude: Any = None,
    hierarchy: bool = False,
    **options: Any,
) -> Segmentation:
    """Cut a picture into ``n`` segments by normalised cuts (Shi and Malik, 2000), or into ``"auto"``, as many as the
    widest gap of its eigenvalues says.

    ``image`` as :func:`itten.spectrum` takes it: a picture, or feature channels ``(C, H, W)``. ``exclude`` ``(H, W)``
    bool: pixels that are True are left out of the graph, their label is −1. ``hierarchy``: find in which order the
    segments join, too. ``config`` a :class:`~itten.config.SegmentConfig`; ``options`` are its fields, and win over it.
    The result lies where the picture was; labels are found on the CPU.

    The lowest eigenvectors give labels (:func:`itten.regions.rotation.labels_of`), and these are improved on the graph
    itself (:func:`itten.regions.partition.improved`). A picture of more components than ``n`` has the ``n`` largest,
    the others go to what is nearest. There may be fewer than ``n`` segments where a picture has nothing to tell them
    apart. Nothing is random.

    Raises :class:`~itten.errors.InputError` for what is not one picture, for a mask that does not fit and for more
    segments than pixels, :class:`~itten.errors.ConfigError` for unknown options,
    :class:`~itten.errors.ResourceError` where memory is short.
    """
    config = config_of(SegmentConfig, config, options if n is None else {**options, "n": n})
    features = as_features(image)
    hidden = as_excluded(exclude, features.shape[1:])
    pixels = features[0].numel() if hidden is None else int((~hidden).sum())
    if isinstance(config.n, int) and config.n > pixels:
        raise InputError(f"{config.n} segments were asked for, there are {pixels} pixels")
    threshold = chosen_threshold(config.edge_threshold, features, hidden)
    graph = SpectrumConfig(edge_threshold=threshold, laplacian=config.laplacian)
    count = config.n if isinstance(config.n, int) else min(config.most + 1, pixels)
    found = solved(features.detach(), count, hidden, graph, config.drop_specks)
    if config.n == "auto":
        count = 1 if found.status == "degenerate" and found.components == 1 else widest(found)
    vectors = found.vectors[:count].cpu()
    labels = labels_of(vectors.flatten(1).T.numpy(), config.method, config.rounds).reshape(vectors.shape[1:])
    left_out = np.zeros(labels.shape, bool) if hidden is None else hidden.cpu().numpy()
    unknown = _unknown(found, vectors, count) & ~left_out
    labels = np.where(left_out | unknown, -1, labels).astype(np.int32)
    cuts = Cuts.of(features.cpu(), graph, left_out | unknown)
    if config.polish:
        labels, links = improved(cuts, labels, vectors.flatten(1).T.numpy(), count)
    if unknown.any():
        labels = _nearest(labels, left_out)
        cuts = Cuts.of(features.cpu(), graph, left_out)
    if unknown.any() or not config.polish:
        links = cuts.links(labels, count)
    labels, old = in_order(labels)
    sizes, links = np.bincount(labels[labels >= 0]), links[np.ix_(old, old)]
    where = features.device
    return Segmentation(
        labels=torch.from_numpy(labels).to(where),
        sizes=torch.from_numpy(sizes).to(where),
        cut=normalised_cut(links),
        edge_threshold=threshold,
        spectrum=found,
        config=config,
        tree=tree(links) if hierarchy else None,
    )


def widest(found: Spectrum) -> int:
    """How many values lie below the widest gap, the eigengap (von Luxburg, "A tutorial on spectral clustering", 2007):
    as many as there are components at least, and 2, if there are so many. Gaps are those of the values' roots, the
    frequencies: higher values, and the gaps between them with them, are larger in a picture without any segments."""
    values = np.sqrt(found.values.cpu().numpy().clip(0))
    least = max(found.components, 2)
    if least >= len(values):
        return len(values)
    return least + int(np.diff(values)[least - 1 :].argmax())


def in_order(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``labels`` ``(H, W)`` int64 from 0 in the order of first pixels, what is below 0 as −1; and the old labels in
    that order."""
    names, first, number = np.unique(labels, return_index=True, return_inverse=True)
    real = np.flatnonzero(names >= 0)
    order = real[np.argsort(first[real])]
    rank = np.full(len(names), -1)
    rank[order] = np.arange(len(order))
    return rank[number].reshape(labels.shape), names[order]


def _unknown(found: Spectrum, vectors: torch.Tensor, count: int) -> np.ndarray:
    """``(H, W)`` bool: what the vectors say nothing of: specks that were dropped, and components beyond ``count``."""
    unknown = np.zeros(vectors.shape[1:], bool) if found.dropped is None else found.dropped.cpu().numpy()
    if found.components > count > 1:
        unknown = unknown | (vectors[1:] == 0).all(dim=0).numpy()
    return unknown


def _nearest(labels: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """``labels``, those of the nearest pixel in the place of −1, but where pixels are left out."""
    place = ndimage.distance_transform_edt(labels < 0, return_distances=False, return_indices=True)
    return np.where(left_out, -1, labels[tuple(place)]).astype(np.int32)


def solved(
    features: torch.Tensor, count: int, hidden: torch.Tensor | None, graph: SpectrumConfig, drop_specks: bool
) -> Spectrum:
    """The ``count`` lowest pairs of ``graph``, without specks if there is anything else."""
    options: dict[str, Any] = {"edge_threshold": graph.edge_threshold, "laplacian": graph.laplacian}
    if drop_specks:
        with suppress(InputError):  # a tiny picture may be all specks: then they are what there is
            return spectrum(features, count, exclude=hidden, drop_specks=True, **options)
    return spectrum(features, count, exclude=hidden, **options)
