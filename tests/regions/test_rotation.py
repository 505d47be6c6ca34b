"""Labels from rows of eigenvectors, and segments that join."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.linalg
from numpy.testing import assert_allclose, assert_array_equal

from itten.regions import rotation
from itten.regions.joining import join_until, tree
from itten.regions.partition import divided, normalised_cut

METHODS = pytest.mark.parametrize("method", ["qr", "kmeans", "discretise"])


def rows_of(seed: int, count: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows near ``count`` orthogonal directions, of different lengths, and which of them each is near."""
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(count, count)))[0]
    labels = np.concatenate([np.arange(count), random.integers(0, count, 40 * count)])
    rows = turn[labels] * random.uniform(0.1, 3, (len(labels), 1))
    return rows * (1 + noise * random.normal(size=rows.shape)), labels


def same_parts(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = len(set(zip(one.tolist(), other.tolist(), strict=True)))
    return pairs == len(set(one.tolist())) == len(set(other.tolist()))


@METHODS
@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_directions_are_found(method: str, count: int) -> None:
    for rounds in (0, 30):
        rows, labels = rows_of(count, count, 0.05)
        assert same_parts(rotation.labels_of(rows, method, rounds), labels)


@METHODS
def test_rows_do_not_know_lengths_nor_turns(method: str) -> None:
    rows, labels = rows_of(3, 6, 0.1)
    random = np.random.default_rng(0)
    turn = np.linalg.qr(random.normal(size=(6, 6)))[0]
    first = rotation.labels_of(rows, method, 30)
    assert same_parts(first, labels)
    assert_array_equal(rotation.labels_of(rows * random.uniform(0.5, 2, (len(rows), 1)), method, 30), first)
    assert same_parts(rotation.labels_of(rows @ turn, method, 30), first)


def test_pivots_are_those_of_lapack() -> None:
    rows, _ = rows_of(7, 9, 0.3)
    rows = rotation.unit(rows)
    ours = rotation._pivots(rows)
    # LAPACK begins with a row of the largest norm: let that be the one that we begin with.
    rows[ours[0]] *= 1 + 1e-6
    assert_array_equal(scipy.linalg.qr(rows.T, mode="economic", pivoting=True)[2][:9], ours)


def test_many_rows_are_labelled_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, labels = rows_of(2, 4, 0.05)
    monkeypatch.setattr(rotation, "SAMPLE", 50)
    monkeypatch.setattr(rotation, "BLOCK", 7)
    assert same_parts(rotation.labels_of(rows, "qr", 30), labels)


@METHODS
def test_rows_of_pixels_that_are_left_out_are_no_segment(method: str) -> None:
    """Vectors begin with the constant, so all rows lie to one side, and a row of zeros is farthest from their mean."""
    random = np.random.default_rng(8)
    labels = random.integers(0, 5, 200)
    rows = np.eye(5)[labels] + 0.3 + 0.02 * random.normal(size=(200, 5))
    spread = np.zeros((600, 5))
    spread[1::3] = rows
    found = rotation.labels_of(spread, method, 30)[1::3]
    assert same_parts(found, labels)
    assert_array_equal(found, rotation.labels_of(rows, method, 30))


def test_rows_of_zeros_do_no_harm() -> None:
    rows, labels = rows_of(4, 3, 0.05)
    rows[5] = 0
    found = rotation.labels_of(rows, "qr", 30)
    assert same_parts(np.delete(found, 5), np.delete(labels, 5))
    assert not rotation.labels_of(np.zeros((7, 3)), "kmeans", 5).any()


def links_of(seed: int, count: int) -> np.ndarray:
    links = np.random.default_rng(seed).random((count, count)) ** 4
    return links + links.T + 3 * np.eye(count)


@pytest.mark.parametrize("seed", range(5))
def test_each_joining_is_the_best_one(seed: int) -> None:
    links = links_of(seed, 6)
    name = join_until(links, 5)

    def cut(names: np.ndarray) -> float:
        member = np.eye(names.max() + 1)[names]
        return normalised_cut(member.T @ links @ member)

    others = []
    for one, other in itertools.combinations(range(6), 2):
        names = np.arange(6)
        names[other] = one
        others.append(cut(np.unique(names, return_inverse=True)[1]))
    assert cut(name) == pytest.approx(min(others))
    assert_array_equal(join_until(links, 6), np.arange(6))
    assert not join_until(links, 1).any()


def test_a_tree_is_a_linkage() -> None:
    links = links_of(3, 9)
    found = tree(links)
    assert scipy.cluster.hierarchy.is_valid_linkage(found)
    assert scipy.cluster.hierarchy.is_monotonic(found)
    assert found[-1, 2] == pytest.approx(normalised_cut(links))  # one segment has no cut
    flat = scipy.cluster.hierarchy.fcluster(found, 4, "maxclust")
    assert same_parts(flat, join_until(links, 4))
    assert tree(np.ones((1, 1))).shape == (0, 4)


def test_labels_are_divided_where_rows_differ() -> None:
    labels = np.repeat([[0, 0, 1, 1, -1]], 6, axis=0).astype(np.int32)
    rows = np.zeros((30, 2))
    rows[:, 0] = np.tile([1, 5, 2, 2, 9], 6)
    found, count = divided(labels, rows, np.ones((6, 5)), 2)
    assert count == 3  # the second label's rows are equal
    assert_array_equal(found[:, 1] != found[:, 0], True)
    assert_array_equal(found[:, 2:], labels[:, 2:])
    assert_allclose(sorted(np.unique(found)), [-1, 0, 1, 2])
