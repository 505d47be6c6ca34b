"""Segments of two pictures: which are matched, in which order, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from benchmarks.matching import VERSIONS, own_images, versions
from benchmarks.segmentation import drawn

import itten
from itten.config import MatchConfig
from itten.errors import ConfigError, InputError
from itten.image.beside import beside
from itten.matching.likeness import distances, signs
from itten.matching.pairing import assigned
from itten.matching.shown import centres, matches


@pytest.fixture(scope="module")
def scene() -> torch.Tensor:
    return torch.from_numpy(drawn(3)[0])[:, :, :81].contiguous()


def test_a_picture_is_matched_with_itself(scene: torch.Tensor) -> None:
    found = itten.match(scene, scene, 7)
    assert len(found.first) == len(found.second) == len(found) == 7
    np.testing.assert_array_equal(found.pairs.sort(dim=0).values, np.stack([np.arange(7)] * 2, axis=1))
    np.testing.assert_array_equal(found.pairs, np.stack([found.pairs[:, 0]] * 2, axis=1))
    assert found.distances.abs().max() < 1e-12
    assert (found.matrix + torch.eye(7) > 0.05).all()


@pytest.mark.parametrize("kind", VERSIONS)
def test_segments_find_their_own_images(scene: torch.Tensor, kind: str) -> None:
    other, places = versions(scene)[kind]
    found = itten.match(scene, other, 7)
    own = own_images(found.first.labels, found.second.labels, places)
    right = sum(own[i, j] for i, j in found.pairs.tolist())
    assert own.sum() >= 6
    assert right >= own.sum() - 1
    if kind in ("turned", "mirrored"):
        assert right == own.sum() == len(found) == 7


def test_numbers_of_labels_change_nothing(scene: torch.Tensor) -> None:
    from dataclasses import replace

    cut, config = itten.segmentation(scene, 6), MatchConfig()
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    other = replace(cut, labels=torch.argsort(order)[cut.labels], sizes=cut.sizes[order])
    first, second = signs(cut, scene), signs(other, scene)
    matrix = distances(first, second, config)
    torch.testing.assert_close(matrix, distances(first, first, config)[:, order], rtol=0, atol=1e-9)
    pairs = assigned(matrix.numpy(), config.bound)
    assert order[pairs[:, 1]].tolist() == pairs[:, 0].tolist()


def test_the_distance_is_what_it_says(scene: torch.Tensor) -> None:
    """Colours alone, by hand; both orders; and parts that count nothing."""
    from itten.image.oklab import to_oklab

    other = versions(scene)["warmer"][0]
    found = itten.match(scene, other, 5, shape=0, spectrum=0, size=0)
    told = []
    for image, cut in ((scene, found.first), (other, found.second)):
        lab = to_oklab(image)
        told.append([(lab[:, cut.labels == i].mean(1), lab[:, cut.labels == i].std(1, False)) for i in range(5)])
    for i, j in itertools.product(range(5), range(5)):
        apart = [float((one - two).norm()) / 0.01 for one, two in zip(told[0][i], told[1][j], strict=True)]
        assert found.matrix[i, j] == pytest.approx(np.mean(np.log1p(np.square(apart))), abs=1e-6)
    back = itten.match(other, scene, 5, shape=0, spectrum=0, size=0)
    torch.testing.assert_close(back.matrix, found.matrix.T)
    for part in ("colour", "shape", "spectrum", "size"):
        rest = dict.fromkeys(("colour", "shape", "spectrum", "size"), 0.0) | {part: 2.0}
        assert itten.match(scene, scene, 5, **rest).distances.abs().max() < 1e-12


def test_assignments_are_the_best_there_are() -> None:
    random = np.random.default_rng(5)
    for rows, columns in ((1, 1), (3, 3), (4, 3), (3, 5)):
        cost = random.random((rows, columns)) * 2
        pairs = assigned(cost, 1.2)
        best = min(
            sum(min(cost[i, j], 1.2) for i, j in zip(some, order, strict=True))
            for some in itertools.combinations(range(rows), min(rows, columns))
            for order in itertools.permutations(range(columns), min(rows, columns))
        )
        near = cost[pairs[:, 0], pairs[:, 1]]
        assert near.sum() + 1.2 * (min(rows, columns) - len(pairs)) == pytest.approx(best, abs=1e-5)
        assert (near < 1.2).all()
        assert (np.diff(near) >= -1e-6).all()
        nearest = assigned(cost, 1.2, "nearest")
        assert {tuple(one) for one in nearest} == {(i, j) for i, j in enumerate(cost.argmin(1)) if cost[i, j] < 1.2}


def test_of_equal_ones_the_lowest_number_goes_first() -> None:
    noise = np.random.default_rng(2).random((4, 6)) * 1e-8
    assert assigned(np.full((4, 6), 0.3) + noise, 1.0).tolist() == [[i, i] for i in range(4)]
    assert assigned((np.full((4, 6), 0.3) + noise).T, 1.0).tolist() == [[i, i] for i in range(4)]
    random = np.random.default_rng(4)
    for _ in range(20):
        cost = random.integers(1, 3, (4, 4)) / 10
        kept = assigned(cost, 1.0)
        out = np.square(kept[:, 0] - kept[:, 1]).sum()
        orders = [np.array(order) for order in itertools.permutations(range(4))]
        best = min(cost[range(4), order].sum() for order in orders)
        equal = [order for order in orders if cost[range(4), order].sum() < best + 1e-9]
        assert out == min(np.square(order - np.arange(4)).sum() for order in equal)
    assert assigned(np.full((3, 2), 0.3), 1.0, "nearest").tolist() == [[i, 0] for i in range(3)]
    assert assigned(np.full((3, 2), 1.0), 1.0).shape == (0, 2)


def test_nothing_is_matched_beyond_the_bound(scene: torch.Tensor) -> None:
    found = itten.match(scene, versions(scene)["noised"][0], 7)
    few = itten.match(scene, versions(scene)["noised"][0], 7, bound=float(found.distances.median()))
    assert 0 < len(few) < len(found)
    assert (few.distances < few.config.bound).all()
    assert len(itten.match(scene, 1 - scene, 4, bound=1e-3)) == 0


def test_it_is_the_same_each_time(scene: torch.Tensor) -> None:
    other = versions(scene)["all at once"][0]
    one, two = (itten.match(scene, other, 7) for _ in range(2))
    assert one.pairs.equal(two.pairs)
    assert one.matrix.equal(two.matrix)


def test_options_of_segments_are_heard(scene: torch.Tensor) -> None:
    found = itten.match(scene, scene, config=MatchConfig(n=3, laplacian="combinatorial"), edge_threshold=0.1)
    assert found.first.labels.equal(itten.segment(scene, 3, laplacian="combinatorial", edge_threshold=0.1))
    assert itten.match(scene, scene, "auto").config.n == "auto"


def test_degenerate_pictures() -> None:
    flat = torch.full((3, 9, 11), 0.5)
    found = itten.match(flat, flat, 1)
    assert found.pairs.tolist() == [[0, 0]]
    assert itten.match(torch.rand(3, 1, 1), torch.rand(3, 1, 2), 1).matrix.isfinite().all()


def test_pixels_of_hardly_any_degree_are_no_overflow() -> None:
    """Vectors are of unit norm in degrees: where these are next to nothing they are huge."""
    scene = torch.full((3, 40, 40), 0.5)
    scene[:, :20] = torch.linspace(0.1, 0.4, 40)
    scene[:, 30:34, 30:34] = torch.rand((3, 4, 4), generator=torch.Generator().manual_seed(0))
    found = itten.match(scene, scene, 6, edge_threshold=0.02, drop_specks=False)
    assert found.matrix.isfinite().all()
    assert found.matrix.diag().max() < 1e-9


def test_what_is_refused(scene: torch.Tensor) -> None:
    for bad, word in ((scene[None], "B is one picture"), (torch.rand(5, 9, 9), "B is a tensor")):
        with pytest.raises(InputError, match=word):
            itten.match(scene, bad)
    with pytest.raises(InputError, match="A holds nan"):
        itten.match(torch.full((3, 5, 5), torch.nan), scene)
    with pytest.raises(InputError, match="100 segments"):
        itten.match(scene, torch.rand(3, 9, 9), 100)
    for options, word in (
        ({"shapes": 1}, "did you mean 'shape'"),
        ({"bound": 0}, "'bound'"),
        ({"colour": 0, "shape": 0, "spectrum": 0, "size": 0}, "above 0"),
        ({"assign": "first"}, "'assign'"),
    ):
        with pytest.raises(ConfigError, match=word):
            itten.match(scene, scene, **options)


def test_centres_lie_deep_inside() -> None:
    labels = torch.zeros(20, 30, dtype=torch.int64)
    labels[3:10, 5:14] = 1
    labels[15, 20] = 2
    labels[12:19, 1:8] = 3
    labels[14:17, 3:6] = 0  # a ring: its middle is not its own
    found = centres(labels, 5)
    assert found[1].tolist() == [6, 8]
    assert found[2].tolist() == [15, 20]
    assert all(labels[tuple(found[i])] == i for i in range(4))
    assert found[4].tolist() == [0, 0]


def test_the_picture_shows_both_and_lines(scene: torch.Tensor) -> None:
    other = versions(scene)["turned"][0]
    found = itten.match(scene, other, 7, bound=1e-2)
    place = beside(tuple(scene.shape[1:]), tuple(other.shape[1:]))
    image = matches(scene, other, found)
    assert image.shape == (3, *place.size)
    assert image.min() >= 0
    assert image.max() <= 1
    middle = image[:, :, place.factor * scene.shape[2] : place.second[1]]
    assert (middle.min(dim=0).values < 0.5).any()  # lines cross the gap
    nothing = matches(scene, other, itten.match(scene, other, 7, bound=1e-9))
    assert (nothing[:, :, place.factor * scene.shape[2] : place.second[1]] == 1).all()
    assert nothing[:, : place.factor * 96, : place.factor * 81].min() >= 0.6 - 1e-6  # what has no match is pale
