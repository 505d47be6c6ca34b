"""Lowest pairs of sparse Laplacians: against dense matrices, in clusters, with many components, on any thread."""

import numpy as np
import pytest
import torch

from itten.spectra.lowest import lowest_pairs, sparse_graph
from itten.spectra.profiles import FLOOR
from tests.small_graphs import cycle, grid, star, union


def expander(count, degree, seed=0):
    rng = np.random.default_rng(seed)
    begin, end = np.repeat(np.arange(count), degree), rng.integers(0, count, degree * count)
    return count, list(zip(begin.tolist(), end.tolist(), strict=True))


def built(count, pairs, weight=None):
    """The graph, its weights divided by its mean degree."""
    begin, end = np.array(pairs).T
    weight = np.ones(len(pairs)) if weight is None else weight
    return sparse_graph(count, begin, end, weight * (begin != end) * count / (2 * weight[begin != end].sum()))


def joined(parts, weight):
    count, pairs = union(*parts)
    step = count // len(parts)
    bridges = [(i * step, (i + 1) * step) for i in range(len(parts) - 1)]
    return count, pairs + bridges, np.r_[np.ones(len(pairs)), np.full(len(bridges), weight)]


CASES = {
    "expander": expander(300, 6),
    "grid of double values": grid(20, 20),
    "ring": cycle(300),
    "chain": (400, [(i, i + 1) for i in range(399)]),
    "star, one value 398 times": star(400),
    "twelve equal parts": union(*[expander(40, 4)] * 12),
    "equal rings": union(*[cycle(100)] * 4),
    "tokens alone": union(expander(300, 3), (60, [])),
    "one edge among tokens alone": union((2, [(0, 1)]), (300, [])),
    "parts that hardly hang together": joined([expander(60, 4, i) for i in range(8)], 1e-9),
    "uneven weights": (*expander(400, 5), np.random.default_rng(1).lognormal(0, 2, 2000)),
}


@pytest.mark.parametrize("need", [0, 3, 7, 12])
@pytest.mark.parametrize("name", CASES)
def test_the_same_values_as_a_dense_matrix(name, need):
    graph = built(*CASES[name])
    floor = FLOOR / graph.count
    values, vectors = lowest_pairs(graph, need, floor)
    matrix, parts = torch.from_numpy(graph.laplacian.toarray()), len(graph.sizes)
    truth = torch.linalg.eigvalsh(matrix)
    assert float(truth[parts - 1]) < 1e-12
    truth = truth[parts:]
    need = min(need, len(truth))
    wanted = max(need, int((truth < floor).sum()))
    assert len(values) >= wanted
    torch.testing.assert_close(values[:wanted], truth[:wanted], rtol=1e-9, atol=1e-12)
    cut = max(floor, float(truth[need - 1]) if need else 0.0)
    found = vectors[:wanted]
    assert float((found @ matrix - values[:wanted, None] * found).norm(dim=1).max() if wanted else 0) < 1e-7 * cut
    torch.testing.assert_close(vectors @ vectors.T, torch.eye(len(values), dtype=torch.float64), rtol=0, atol=1e-10)
    # Outside the null space.
    for part in range(parts):
        assert bool((found[:, torch.from_numpy(graph.component == part)].sum(dim=1).abs() < 1e-9).all())


def test_all_values_below_the_floor_are_there():
    """Two hundred parts, joined by next to nothing, when eight values are asked for."""
    graph = built(*joined([expander(12, 3, i) for i in range(200)], 1e-8))
    assert len(graph.sizes) == 1
    values, _ = lowest_pairs(graph, 8, FLOOR / graph.count)
    assert int((values < 1e-6).sum()) == 199


def test_the_same_bytes_every_time_and_on_any_number_of_threads():
    graph = built(*expander(2000, 6))
    threads, found = torch.get_num_threads(), []
    try:
        for number in (1, 1, 2, 3):
            torch.set_num_threads(number)
            found.append(lowest_pairs(graph, 8, 0.0))
    finally:
        torch.set_num_threads(threads)
    for values, vectors in found[1:]:
        assert values.equal(found[0][0])
        assert vectors.equal(found[0][1])


def test_edges_in_any_order_and_listed_twice_are_one_graph():
    pairs = [(0, 1), (1, 2), (2, 0), (0, 1), (3, 3), (2, 3)]
    begin, end = np.array(pairs).T
    weight = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 0.0])
    graph = sparse_graph(4, begin, end, weight)
    np.testing.assert_array_equal(graph.laplacian.toarray(), [[8, -5, -3, 0], [-5, 7, -2, 0], [-3, -2, 5, 0], [0] * 4])
    assert graph.component.tolist() == [0, 0, 0, 1]
    values, vectors = lowest_pairs(graph, 3, 0.0)
    assert values.shape == (2,)
    assert vectors.shape == (2, 4)


def test_tokens_without_any_edge():
    nobody = np.zeros(0, np.int64)
    values, vectors = lowest_pairs(sparse_graph(300, nobody, nobody, np.zeros(0)), 8, FLOOR / 300)
    assert values.shape == (0,)
    assert vectors.shape == (0, 300)
