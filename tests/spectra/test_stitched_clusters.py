"""Stitched spectra miss no member of a cluster either: a block is larger than what is asked for."""

import numpy as np
import pytest

import itten
from itten.spectra.stitched import outcome
from tests.clusters import PICTURES, SHORT, Truth, checkers, four_squares, mostly_long, row_of_squares


@pytest.fixture(autouse=True)
def iterated(monkeypatch):
    """No dense matrices."""
    monkeypatch.setattr(outcome, "DENSE", 0)
    monkeypatch.setattr(outcome, "FALLBACK", 0)


@pytest.mark.parametrize("name", mostly_long(sorted(PICTURES), SHORT))
def test_no_member_of_a_cluster_is_missing(name):
    """A value left out moves all later ones up by one, by far more than residuals allow."""
    image, threshold = PICTURES[name]
    truth = Truth(image, 20, threshold)
    for k in (2, 5, 7, 8, 12, 20):
        for options in ({}, {"tol": 1e-6}):
            found = itten.spectrum(image.float(), k, edge_threshold=threshold, **options)
            truth.compare(found, max(float(found.residuals.max()) / found.scale, 1e-7))
            if options:
                assert found.status in ("converged", "degenerate")
    tight = itten.spectrum(image, 9, edge_threshold=threshold, tol=1e-9)
    truth.compare(tight, 1e-9)
    truth.compare_spaces(tight, 1e-4)


@pytest.mark.parametrize("backend", ["torch"])
@pytest.mark.parametrize(
    "name", mostly_long(["small squares", "large squares", "six in a row", "fine checkers"], ["small squares"])
)
def test_nor_in_tensors(name, backend):
    image, threshold = PICTURES[name]
    truth = Truth(image, 12, threshold)
    for k in (5, 8, 12):
        found = itten.spectrum(image.float(), k, edge_threshold=threshold, tol=1e-6, backend=backend)
        truth.compare(found, 1e-6)


@pytest.mark.parametrize("seed", mostly_long(range(6), range(3)))
def test_many_equal_things_of_any_size(seed):
    rng = np.random.default_rng(seed)
    low, high = rng.choice([0.1, 0.3, 0.5, 0.8], 2, replace=False)
    side = int(rng.integers(4, 9))
    image = (
        checkers(int(rng.integers(3, 7)), side, low, high)
        if seed % 3 == 0
        else row_of_squares(int(rng.integers(2, 8)), side, side - 1, low, high)
        if seed % 3 == 1
        else four_squares(44, low, high, 4, 40 - side, side)
    )
    truth = Truth(image, 12, 0.25)
    for k in rng.integers(2, 13, 3).tolist():
        found = itten.spectrum(image.float(), k, edge_threshold=0.25, tol=1e-6)
        truth.compare(found, 1e-6)
