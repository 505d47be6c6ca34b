"""Segments of pictures: what is cut, in which order it is numbered, and what is refused."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
import torch
from benchmarks import mosaics

import itten
from itten.errors import ConfigError, InputError
from itten.graph.contrast import auto_threshold
from itten.kernels.numba import team
from itten.regions.partition import Cuts, normalised_cut
from itten.regions.segmenting import in_order, widest
from tests.pictures import drawing, pattern


def agreement(one: torch.Tensor, other: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(np.asarray(other).ravel(), one.numpy().ravel()))


def quarters(height: int = 40, width: int = 56, noise: float = 0.02) -> tuple[torch.Tensor, np.ndarray]:
    """Four areas of different colours with noise, and their labels."""
    random = np.random.default_rng(1)
    labels = (np.arange(height)[:, None] >= 15) * 2 + (np.arange(width) >= 30)
    colours = np.array([[0.2, 0.3, 0.7], [0.8, 0.5, 0.2], [0.4, 0.7, 0.3], [0.6, 0.2, 0.5]])
    image = colours[labels] + noise * random.normal(size=(height, width, 3))
    return torch.from_numpy(image.clip(0, 1).transpose(2, 0, 1).astype(np.float32)).contiguous(), labels


@pytest.mark.parametrize("method", ["qr", "kmeans", "discretise"])
@pytest.mark.parametrize("laplacian", ["normalised", "combinatorial"])
def test_areas_are_found(method: str, laplacian: str) -> None:
    image, labels = quarters()
    found = itten.segmentation(image, 4, method=method, laplacian=laplacian)
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_array_equal(found.sizes, np.bincount(labels.ravel()))
    assert itten.segment(image, 4, method=method, laplacian=laplacian).equal(found.labels)


@pytest.mark.parametrize(
    ("name", "least"), [("grain", 0.95), ("bent slopes", 0.99), ("soft", 0.96), ("all at once", 0.91), ("rings", 0.99)]
)
def test_mosaics_are_cut_along_their_tiles(name: str, least: float) -> None:
    mosaic = mosaics.load(name)
    assert agreement(itten.segment(torch.from_numpy(mosaic.image), mosaic.tiles), mosaic.labels) > least


def test_improving_lowers_the_cut() -> None:
    mosaic = mosaics.load("all at once")
    image = torch.from_numpy(mosaic.image)
    plain, better = (itten.segmentation(image, mosaic.tiles, polish=polish) for polish in (False, True))
    assert better.cut < 0.9 * plain.cut
    assert agreement(better.labels, mosaic.labels) > agreement(plain.labels, mosaic.labels)


def test_the_cut_is_that_of_the_labels() -> None:
    image, _ = quarters(noise=0.1)
    found = itten.segmentation(image, 5)
    graph = itten.SpectrumConfig(edge_threshold=found.edge_threshold, laplacian="normalised")
    cuts = Cuts.of(image, graph, np.zeros(image.shape[1:], bool))
    links = cuts.links(found.labels.numpy().astype(np.int32), len(found))
    assert found.cut == pytest.approx(normalised_cut(links), rel=1e-5)


def test_the_same_whatever_the_threads_and_the_last_digits() -> None:
    image = torch.from_numpy(mosaics.load("waves").image)
    first = itten.segment(image, 30)
    for count in (1, 3):
        with team.limited(count):
            assert itten.segment(image, 30).equal(first)
    noise = 2e-6 * torch.rand(image.shape, generator=torch.Generator().manual_seed(0)) - 1e-6
    assert itten.segment((image + noise).clamp(0, 1), 30).equal(first)


def test_the_widest_gap_says_how_many() -> None:
    image, labels = quarters()
    found = itten.segmentation(image, "auto")
    np.testing.assert_array_equal(found.labels, labels)
    assert len(itten.segmentation(image, "auto", most=3)) in (2, 3)
    assert len(itten.segmentation(torch.full((3, 20, 20), 0.4), "auto")) == 1
    # The roots are 0, 0.32, 0.33, 0.71, 0.97.
    values = dataclasses.replace(found.spectrum, values=torch.tensor([0.0, 0.1, 0.11, 0.5, 0.95]), components=1)
    assert widest(values) == 3
    assert widest(dataclasses.replace(values, components=4)) == 4


def test_excluded_pixels_have_no_label() -> None:
    image, labels = quarters()
    hole = np.zeros(labels.shape, bool)
    hole[10:25, 20:40] = True
    spoiled = image.clone()
    spoiled[:, torch.from_numpy(hole)] = 1 - spoiled[:, torch.from_numpy(hole)]
    found = itten.segment(image, 4, exclude=hole)
    assert ((found == -1) == torch.from_numpy(hole)).all()
    np.testing.assert_array_equal(found[~hole], labels[~hole])
    assert itten.segment(spoiled, 4, exclude=hole).equal(found)


def test_more_islands_than_segments() -> None:
    """Of a drawing in many pieces the largest are told apart, and nothing is left without a label."""
    image = torch.zeros(3, 48, 48)
    image[:, 4:20, 4:20] = 1
    image[:, 28:44, 28:44] = 1
    image[:, 10:14, 34:38] = 1
    found = itten.segmentation(image, 3, edge_threshold=0.05)
    assert found.spectrum.components == 4
    assert len(found) == 3
    assert found.labels[5, 5] != found.labels[30, 30]
    assert found.labels[11, 35] == found.labels[0, 0]  # the smallest went to what is around it


def test_specks_are_no_segments() -> None:
    image, _ = quarters(80, 112)
    for y, x in ((20, 20), (50, 90)):
        image[:, y : y + 2, x : x + 2] = torch.tensor([1.0, 0.0, 0.0])[:, None, None]
    big = (np.arange(80)[:, None] >= 15) * 2 + (np.arange(112) >= 30)
    found = itten.segmentation(image, 4, edge_threshold=0.05)
    assert found.spectrum.dropped is not None
    np.testing.assert_array_equal(found.labels, big)


def test_a_tree_of_segments() -> None:
    image, _ = quarters(noise=0.05)
    found = itten.segmentation(image, 6, hierarchy=True)
    assert found.tree is not None
    assert found.tree.shape == (5, 4)
    before = found.labels
    assert found.at(6).equal(before)
    for n in range(5, 0, -1):
        joined = found.at(n)
        assert int(joined.max()) + 1 == n
        # Each segment lies in one of the joined ones.
        assert all(len(joined[before == one].unique()) == 1 for one in range(int(before.max()) + 1))
        before = joined
    with pytest.raises(InputError, match="from 1 to 6"):
        found.at(7)
    with pytest.raises(InputError, match="hierarchy"):
        itten.segmentation(image, 3).at(2)


def test_numbers_are_in_the_order_of_first_pixels() -> None:
    labels, old = in_order(np.array([[-3, 7, 7], [2, 7, 0]]))
    np.testing.assert_array_equal(labels, [[-1, 0, 0], [1, 0, 2]])
    np.testing.assert_array_equal(old, [7, 2, 0])


@pytest.mark.parametrize("shape", [(3, 1, 1), (3, 1, 9), (3, 7, 1), (1, 5, 6), (5, 9, 8), (3, 33, 50)])
def test_sizes_and_channels(shape: tuple[int, int, int]) -> None:
    random = torch.Generator().manual_seed(3)
    image = torch.rand(shape, generator=random)
    for n in (1, 2, 5):
        if n <= shape[1] * shape[2]:
            found = itten.segmentation(image, n)
            assert found.labels.shape == shape[1:]
            assert sorted(found.labels.unique().tolist()) == list(range(len(found)))
            assert 1 <= len(found) <= n
            assert found.labels[0, 0] == 0
            assert 0 <= found.cut <= n


def test_float64_and_no_gradient() -> None:
    image, labels = quarters()
    found = itten.segment(image.double().requires_grad_(), 4)
    np.testing.assert_array_equal(found, labels)


def test_thresholds_follow_the_contrast() -> None:
    random = torch.Generator().manual_seed(0)
    noise = torch.rand((3, 40, 50), generator=random)
    distance = torch.cat([noise.diff(dim=1).norm(dim=0).flatten(), noise.diff(dim=2).norm(dim=0).flatten()])
    assert auto_threshold(noise) == pytest.approx(float(distance.median()), rel=1e-6)
    assert auto_threshold(255 * noise) == pytest.approx(255 * auto_threshold(noise), rel=1e-6)
    assert auto_threshold(drawing(40, 50) + 3) == pytest.approx(auto_threshold(drawing(40, 50)), rel=1e-5)
    assert auto_threshold(torch.ones(2, 5, 5)) == 1
    assert auto_threshold(noise[:, :1, :1]) == 1
    half = torch.zeros(40, 50, dtype=torch.bool)
    half[:, 25:] = True
    changed = noise.clone()
    changed[:, half] *= 7
    assert auto_threshold(changed, half) == pytest.approx(auto_threshold(noise[:, :, :25]), rel=1e-6)


def test_what_cannot_be_cut() -> None:
    image = pattern(20, 30)
    with pytest.raises(InputError, match="601 segments"):
        itten.segment(image, 601)
    with pytest.raises(InputError, match=r"exclude is torch\.float32"):
        itten.segment(image, 3, exclude=np.zeros((20, 30), np.float32))
    with pytest.raises(InputError, match="one picture"):
        itten.segment(image[None], 3)
    for wrong in (0, -2, 2.5, "many", True):
        with pytest.raises(ConfigError, match="n"):
            itten.segment(image, wrong)
    with pytest.raises(ConfigError, match="methods"):
        itten.segment(image, 3, methods="qr")
    with pytest.raises(ConfigError, match="edge_threshold"):
        itten.segment(image, 3, edge_threshold=0)


def test_no_warnings(recwarn: pytest.WarningsRecorder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        itten.segment(torch.zeros(3, 12, 14), 3)
        itten.segment((drawing(30, 40) > 0.5).float(), 5)
