"""Labels as partitions of a picture's graph: the compiled kernels against plain code."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from itten.graph import make_stencil
from itten.kernels import kernel
from itten.regions.partition import normalised_cut

STENCILS = {"grid": ((1,), (1.0,)), "wide": ((1, 2, 3), (1.0, 0.6, 0.4)), "sparse": ((3,), (1.0,))}


def case(seed: int, stencil: str) -> tuple[tuple, np.ndarray, int]:
    """A graph (features, offsets, weights, scale, cut), labels with some pixels left out, and how many labels."""
    random = np.random.default_rng([seed, len(stencil)])
    height, width, channels = [*random.integers(1, 15, 2).tolist(), int(random.integers(1, 5))]
    made = make_stencil(*STENCILS[stencil])
    count = int(random.integers(1, 6))
    labels = random.integers(-1 if seed % 2 else 0, count, (height, width)).astype(np.int32)
    features = random.random((channels, height, width)).astype(np.float32)
    scale, cut = float(random.choice([1.0, 6.0])), float(seed % 3 * 0.05)
    return (features, made.offsets, made.weights, scale, cut), labels, count


def graph_of(given: tuple) -> tuple:
    return given[1:]


@pytest.mark.parametrize("stencil", STENCILS)
@pytest.mark.parametrize("seed", range(12))
def test_compiled_is_plain(seed: int, stencil: str) -> None:
    given, labels, count = case(seed, stencil)
    features, graph = given[0], graph_of(given)
    found = {}
    for backend in ("reference", "numba"):
        degree = kernel("graph_degrees", backend)(features, labels >= 0, *graph)
        links = kernel("label_links", backend)(features, labels, degree, *graph, count)
        polished = kernel("polish_labels", backend)(features, labels, degree, links, *graph, 20)
        found[backend] = (degree, links, *polished)
    for plain, compiled in zip(found["reference"], found["numba"], strict=True):
        assert_allclose(compiled, plain, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("seed", range(8))
def test_moves_lower_the_cut_and_lose_no_label(seed: int) -> None:
    given, labels, count = case(seed, "wide")
    features, graph = given[0], graph_of(given)
    degree = kernel("graph_degrees", "numba")(features, labels >= 0, *graph)
    before = kernel("label_links", "numba")(features, labels, degree, *graph, count)
    last = normalised_cut(before)
    for sweeps in (1, 2, 30):
        moved, links, moves = kernel("polish_labels", "numba")(features, labels, degree, before, *graph, sweeps)
        again = kernel("label_links", "numba")(features, moved, degree, *graph, count)
        assert_allclose(links, again, atol=1e-5)
        assert normalised_cut(links) <= last + 1e-9
        assert (moves == 0) == np.array_equal(moved, labels)
        assert_array_equal(moved < 0, labels < 0)
        assert_array_equal(np.unique(moved), np.unique(labels))
        last = normalised_cut(links)


def test_links_are_those_of_the_matrix() -> None:
    """Against a dense adjacency, made another way."""
    given, labels, count = case(5, "wide")
    features, offsets, weights, scale, cut = given
    height, width = labels.shape
    dense = np.zeros((height * width,) * 2)
    for i in range(height * width):
        for j in range(height * width):
            step = (j // width - i // width, j % width - i % width)
            for offset, weight in zip(offsets.tolist(), weights, strict=True):
                if step == tuple(offset) or step == (-offset[0], -offset[1]):
                    apart = features[:, i // width, i % width] - features[:, j // width, j % width]
                    heavy = weight * np.exp(-scale * np.sqrt(np.square(apart.astype(float)).sum()))
                    dense[i, j] = heavy if heavy > cut else 0
    inside = labels.ravel() >= 0
    dense[~inside], dense[:, ~inside] = 0, 0
    member = (labels.ravel()[:, None] == np.arange(count)).astype(float)
    degree = kernel("graph_degrees", "numba")(features, labels >= 0, *graph_of(given))
    assert_allclose(degree.ravel(), dense.sum(axis=1), rtol=1e-5, atol=1e-6)
    links = kernel("label_links", "numba")(features, labels, degree, *graph_of(given), count)
    assert_allclose(links, member.T @ dense @ member, rtol=1e-5, atol=1e-5)
