"""Turning, distance and placing: every backend equals the plain reference, on shapes of all kinds."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from itten.kernels import kernel
from itten.kernels.reference import voids as reference
from itten.kernels.registry import ARRAY_BACKENDS

BACKENDS = ("numba", "torch")
ANYWHERE = (0.0, 1.0, -1.0)


def run(operation, backend, *arguments):
    """The kernel on tensors or arrays, whichever it takes, and its results as arrays."""
    if backend not in ARRAY_BACKENDS:
        arguments = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    found = kernel(operation, backend)(*arguments)
    return [np.asarray(one) for one in found] if isinstance(found, tuple) else np.asarray(found)


def blobs(height, width, seed, smooth):
    """A label map of random pieces with their boxes and rounded centroids."""
    rng = np.random.default_rng(seed)
    values = ndimage.gaussian_filter(rng.random((height, width)), smooth)
    found, count = ndimage.label(values > np.quantile(values, 0.65))
    labels = np.zeros((height, width), np.int64)
    box, centroid = [], []
    for number in range(1, count + 1):
        pixels = np.argwhere(found == number)
        if len(pixels) < 5:
            continue
        labels[found == number] = len(box) + 1
        box.append((*pixels.min(0), *pixels.max(0)))
        centroid.append((2 * pixels.sum(0) + len(pixels)) // (2 * len(pixels)))
    return labels, np.array(box, np.int64).reshape(-1, 4), np.array(centroid, np.int64).reshape(-1, 2)


def posed(rng, angle):
    """Cosines and sines divided by scales, and mirrorings, of copies turned by ``angle``."""
    scale, flip = rng.choice([1.0, 1.0, 2.0, 0.5, 1.37], len(angle)), rng.choice([1.0, -1.0], len(angle))
    return np.cos(angle) / scale, np.sin(angle) / scale, flip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(40))
def test_backends_equal_the_reference(backend, seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(3, 36, 2)
    labels, box, centroid = blobs(height, width, seed, (0.6, 1.0, 1.6)[seed % 3])
    if len(box) == 0:
        return
    targets, offers = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    which = rng.integers(0, len(box), targets * offers)
    angle = rng.choice([0.0, np.pi / 2, np.pi, 0.3, 1.234, 4.0], len(which))
    copies = (labels, box, centroid, which, *posed(rng, angle))
    turned = reference.turn_segments(*copies)
    for expected, found in zip(turned, run("turn_segments", backend, *copies), strict=True):
        np.testing.assert_array_equal(expected, found)

    free = labels == 0
    room = reference.squared_distance(free)
    np.testing.assert_array_equal(run("squared_distance", backend, free), room)

    start = rng.integers(0, [height, width], (targets, 2))
    direction = ANYWHERE if seed % 2 else (float(np.sin(seed)), float(np.cos(seed)), 0.7)
    arguments = (free, room, turned[0], turned[1], start, offers, (0.0, 1.0, 2.5)[seed % 3], seed % 7 == 0, direction)
    if seed % 3 == 1:
        arguments = *arguments, None, int(rng.integers(0, 60))
    chosen, place = reference.place_segments(*arguments)
    found = run("place_segments", backend, *arguments)
    np.testing.assert_array_equal(found[0], chosen)
    np.testing.assert_array_equal(found[1], place)


@pytest.mark.parametrize("backend", [*BACKENDS, "reference"])
def test_distance_is_scipys(backend):
    for seed, density in enumerate((0.02, 0.3, 0.98)):
        mask = np.random.default_rng(seed).random((41, 67)) > density
        expected = np.rint(ndimage.distance_transform_edt(mask) ** 2).astype(np.int64)
        np.testing.assert_array_equal(run("squared_distance", backend, mask), expected)
    full = np.ones((4, 70), bool)
    assert (run("squared_distance", backend, full) == reference.FAR).all()
    assert (run("squared_distance", backend, ~full) == 0).all()


@pytest.mark.parametrize("backend", [*BACKENDS, "reference"])
def test_ties_go_to_the_nearer_row_then_up_then_left(backend):
    free = np.zeros((7, 7), bool)
    begin, offset, start = np.array([0, 1]), np.zeros((1, 2), np.int64), np.array([[3, 3]])
    order = [(3, 1), (3, 5), (1, 3), (5, 3), (2, 1), (2, 5), (4, 1), (4, 5)]
    for y, x in order:
        free[y, x] = True
    for y, x in order:
        room = reference.squared_distance(free)
        chosen, place = run("place_segments", backend, free, room, begin, offset, start, 1, 0.0, False, ANYWHERE)
        assert (int(chosen[0]), place[0].tolist()) == (0, [y, x])
        free[y, x] = False
    room = reference.squared_distance(free)
    chosen, _ = run("place_segments", backend, free, room, begin, offset, start, 1, 0.0, False, ANYWHERE)
    assert chosen[0] == -1


@pytest.mark.parametrize("backend", [*BACKENDS, "reference"])
def test_no_copy_at_all(backend):
    nothing = np.zeros((0, 2), np.int64)
    free = np.ones((5, 5), bool)
    room = reference.squared_distance(free)
    chosen, place = run(
        "place_segments", backend, free, room, np.zeros(1, np.int64), nothing, nothing, 1, 1.0, False, ANYWHERE
    )
    assert chosen.shape == (0,)
    assert place.shape == (0, 2)
