"""Segmentation as scikit-learn's estimators are: parameters at construction, ``fit``, ``labels_``."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from itten.errors import InputError, UsageError
from itten.regions.segmenting import segmentation

try:
    from sklearn.base import BaseEstimator, ClusterMixin
    from sklearn.utils.validation import validate_data
except ImportError as error:  # pragma: no cover - tests have it
    raise UsageError("SpectralSegmenter needs scikit-learn, which is not here: pip install 'itten[learn]'") from error


class SpectralSegmenter(ClusterMixin, BaseEstimator):
    """Segments of a picture by its spectrum, for pipelines and searches of scikit-learn.

    X is a picture, ``(H, W)`` of grey values or ``(H, W, C)`` of any number of channels and any finite values; its
    pixels are the samples. ``labels_`` ``(H, W)`` int64 from 0 in the order of first pixels. Parameters are those of
    :class:`~itten.config.SegmentConfig`, where ``n`` is ``n_clusters`` here, as in scikit-learn, and ``assign_labels``
    is its ``method``.

    After ``fit``: ``labels_``; ``n_clusters_``, how many there are; ``cut_``, the normalised cut;
    ``edge_threshold_``; ``eigenvalues_`` ``(k,)``; ``n_features_in_``. Raises :class:`~itten.errors.ConfigError` for
    parameters out of range and ValueError for what is no picture, when it is fitted. Needs the extra ``learn``.
    """

    def __init__(
        self,
        n_clusters: int | str = 8,
        *,
        most: int = 24,
        assign_labels: str = "qr",
        rounds: int = 30,
        polish: bool = True,
        edge_threshold: float | str = "auto",
        laplacian: str = "normalised",
        drop_specks: bool = True,
    ) -> None:
        self.n_clusters = n_clusters
        self.most = most
        self.assign_labels = assign_labels
        self.rounds = rounds
        self.polish = polish
        self.edge_threshold = edge_threshold
        self.laplacian = laplacian
        self.drop_specks = drop_specks

    def fit(self, X: Any, y: Any = None) -> SpectralSegmenter:
        """Find the segments of ``X``; ``y`` is not looked at."""
        found = segmentation(
            self._features(X),
            self.n_clusters,
            most=self.most,
            method=self.assign_labels,
            rounds=self.rounds,
            polish=self.polish,
            edge_threshold=self.edge_threshold,
            laplacian=self.laplacian,
            drop_specks=self.drop_specks,
        )
        self.labels_ = found.labels.numpy()
        self.n_clusters_ = len(found)
        self.cut_ = found.cut
        self.edge_threshold_ = found.edge_threshold
        self.eigenvalues_ = found.spectrum.values.numpy()
        return self

    def fit_predict(self, X: Any, y: Any = None, **kwargs: Any) -> np.ndarray:
        """``labels_`` of ``X``."""
        labels: np.ndarray = self.fit(X).labels_
        return labels

    def _features(self, X: Any) -> torch.Tensor:
        """``(C, H, W)``, checked as scikit-learn checks what it is given; bytes and 16 bits over their largest."""
        kind = getattr(X, "dtype", None)
        array = validate_data(self, X, dtype=(np.float64, np.float32), allow_nd=True, ensure_min_samples=1)
        if array.ndim not in (2, 3) or array.size == 0:
            raise InputError(f"X is a picture (H, W) or (H, W, C), got {tuple(array.shape)}")
        array = array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)
        if kind in (np.uint8, np.uint16):
            array = array / np.iinfo(kind).max
        # Three channels would be taken for colours, which end at 1; a fourth that is 0 throughout changes no distance.
        if len(array) == 3:
            array = np.concatenate([array, np.zeros_like(array[:1])])
        return torch.from_numpy(np.ascontiguousarray(array))
