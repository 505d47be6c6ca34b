"""The estimator: what scikit-learn asks of one, and what it finds."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.utils.estimator_checks import check_estimator

import itten
from itten.errors import ConfigError, InputError
from tests.regions.test_segmenting import quarters

# Its labels have the shape of the picture: the pixels are what is clustered, and not the rows.
NOT_OF_PICTURES = {"check_clustering": "labels_ are (H, W)"}


def test_it_passes_the_checks_of_estimators() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = check_estimator(
            itten.SpectralSegmenter(n_clusters=2), expected_failed_checks=NOT_OF_PICTURES, on_skip=None
        )
    passed = [one["check_name"] for one in told if one["status"] == "passed"]
    failed = {one["check_name"] for one in told if one["status"] not in ("passed", "skipped")}
    assert failed <= set(NOT_OF_PICTURES)
    assert len(passed) > 40


def test_it_finds_what_the_function_finds() -> None:
    image, labels = quarters()
    array = image.numpy().transpose(1, 2, 0)
    model = itten.SpectralSegmenter(4)
    np.testing.assert_array_equal(model.fit_predict(array), labels)
    found = itten.segmentation(image, 4)
    assert (model.n_clusters_, model.edge_threshold_) == (4, found.edge_threshold)
    assert model.cut_ == pytest.approx(found.cut, rel=1e-6)
    np.testing.assert_array_equal(model.eigenvalues_, found.spectrum.values)
    again = pickle.loads(pickle.dumps(clone(model).fit(array)))
    np.testing.assert_array_equal(again.labels_, labels)
    for options in ParameterGrid({"assign_labels": ["qr", "kmeans"], "n_clusters": [4, "auto"]}):
        np.testing.assert_array_equal(clone(model).set_params(**options).fit(array).labels_, labels)


def test_channels_of_any_kind() -> None:
    image, labels = quarters()
    array = image.numpy().transpose(1, 2, 0)
    octets = (array * 255).round().astype(np.uint8)
    first = itten.SpectralSegmenter(4).fit(octets)
    np.testing.assert_array_equal(first.labels_, labels)
    assert first.edge_threshold_ == pytest.approx(itten.SpectralSegmenter(4).fit(octets / 255).edge_threshold_)
    np.testing.assert_array_equal(itten.SpectralSegmenter(4).fit_predict(100 * array - 50), labels)
    np.testing.assert_array_equal(itten.SpectralSegmenter(4).fit_predict(np.tile(array, 4)), labels)
    grey = itten.SpectralSegmenter(2).fit(np.asfortranarray(array[..., 0] > 0.5).astype(float))
    assert grey.labels_.shape == labels.shape
    assert grey.n_clusters_ == 2


def test_what_it_refuses() -> None:
    with pytest.raises(InputError, match=r"\(H, W, C\)"):
        itten.SpectralSegmenter().fit(np.zeros((2, 3, 4, 5)))
    with pytest.raises(ValueError, match="NaN"):
        itten.SpectralSegmenter().fit(np.full((5, 5), np.nan))
    with pytest.raises(ConfigError, match="method"):
        itten.SpectralSegmenter(assign_labels="best").fit(np.zeros((5, 5)))
