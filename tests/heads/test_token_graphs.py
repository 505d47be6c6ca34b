"""Attention is a continuous function of the graph, free of the tokens' order, with gradients at every graph."""

import itertools

import pytest
import torch

import itten
from itten.heads import graph_signatures
from tests.small_graphs import SYMMETRIC, all_graphs, complete, star, tensor, union

KS = (1, 2, 3, 4, 5, 6, 16)
# A change of a weight, and by how much the output may move.
SMALL, MOVED = 1e-7, 1e-4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def tokens(count, batch=1):
    return torch.randn((1, count, 5), generator=rng(count), dtype=torch.float64).expand(batch, -1, -1)


def with_one_more(count, weights):
    """Batches: weights ``(G, E)`` of all pairs of nodes, and for every graph and pair the same with a little more."""
    edges = torch.tensor(list(itertools.combinations(range(count), 2))).T
    more = weights[:, None] + SMALL * torch.eye(weights.shape[1], dtype=torch.float64)
    return edges, weights.repeat_interleave(weights.shape[1], dim=0), more.flatten(0, 1)


def pair_weights(count, graphs):
    """``(G, E)``: 1 for the pairs of nodes that are edges, 0 for the others."""
    pairs = list(itertools.combinations(range(count), 2))
    rows = [[float(pair in {tuple(sorted(edge)) for edge in edges}) for pair in pairs] for edges in graphs]
    return torch.tensor(rows, dtype=torch.float64)


def test_there_are_as_many_graphs_as_there_should_be():
    assert [len(all_graphs(n)) for n in range(1, 7)] == [1, 2, 4, 11, 34, 156]


@pytest.mark.parametrize("k", KS)
def test_a_small_change_moves_little_on_all_graphs_of_up_to_six_tokens(k):
    """A little more of any edge, or a new one: on every graph but the one without edges, where one of any weight is
    the whole graph."""
    for count in range(2, 7):
        graphs = [edges for edges in all_graphs(count) if edges]
        edges, before, after = with_one_more(count, pair_weights(count, graphs))
        attention, x = itten.SpectralAttention(k=k), tokens(count, len(before))
        moved = (attention(x, edges, after) - attention(x, edges, before)).abs().amax(dim=(1, 2))
        assert float(moved.max()) <= MOVED, graphs[int(moved.argmax()) // edges.shape[1]]


@pytest.mark.parametrize("k", [2, 4, 8])
@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_small_change_moves_little_on_symmetric_graphs(name, k):
    count, pairs = SYMMETRIC[name]
    edges, before, after = with_one_more(count, pair_weights(count, [pairs]))
    attention, x = itten.SpectralAttention(k=k), tokens(count, len(before))
    assert float((attention(x, edges, after) - attention(x, edges, before)).abs().max()) <= MOVED


@pytest.mark.parametrize("k", KS)
def test_renumbering_renumbers_on_all_graphs_of_up_to_six_tokens(k):
    attention = itten.SpectralAttention(k=k)
    for count in range(1, 7):
        weights = pair_weights(count, all_graphs(count))
        edges = tensor(list(itertools.combinations(range(count), 2)))
        x = tokens(count, len(weights))
        found = attention(x, edges, weights)
        for seed in range(3):
            order = torch.randperm(count, generator=rng(seed))
            renumbered = attention(x[:, order], torch.argsort(order)[edges], weights)
            torch.testing.assert_close(renumbered, found[:, order], rtol=0, atol=1e-5)


@pytest.mark.parametrize("k", [1, 3, 4, 5, 6, 16])
@pytest.mark.parametrize("name", SYMMETRIC)
def test_renumbering_renumbers_on_symmetric_graphs(name, k):
    count, pairs = SYMMETRIC[name]
    edges, x, attention = tensor(pairs), tokens(count), itten.SpectralAttention(k=k)
    order = torch.randperm(count, generator=rng(1))
    renumbered = attention(x[:, order], torch.argsort(order)[edges])
    torch.testing.assert_close(renumbered, attention(x, edges)[:, order], rtol=0, atol=1e-5)


@pytest.mark.parametrize("k", [1, 4, 16, 19, 20, 40])
def test_on_the_complete_graph_every_row_is_the_mean(k):
    count, pairs = complete(20)
    x = tokens(count)
    found = itten.SpectralAttention(k=k)(x, tensor(pairs))
    torch.testing.assert_close(found, x.mean(dim=1, keepdim=True).expand_as(x), rtol=0, atol=1e-10)


def test_leaves_of_a_star_are_alike_and_so_are_equal_parts():
    count, pairs = star(9)
    for k in KS:
        valid = torch.ones(1, count, dtype=torch.bool)
        found = graph_signatures(tensor(pairs)[None], torch.ones(1, len(pairs)), valid, k)[0]
        assert float((found[1:] - found[1]).abs().max()) < 1e-9
        twice, both = union((count, pairs), (count, pairs))
        found = graph_signatures(tensor(both)[None], torch.ones(1, len(both)), valid.repeat(1, 2), k)[0]
        torch.testing.assert_close(found[:count], found[count:], rtol=0, atol=1e-9)
        assert twice == 2 * count


def test_parts_that_hardly_hang_together_are_nearly_apart():
    """Five squares, joined by next to nothing, at a k that looks at two values."""
    count, pairs = union(*[(4, [(0, 1), (1, 2), (2, 3), (3, 0)])] * 5)
    bridges = [(0, 4), (4, 8), (8, 12), (12, 16)]
    x, attention = tokens(count), itten.SpectralAttention(k=2)
    weight = torch.ones(len(pairs) + len(bridges), dtype=torch.float64)
    weight[len(pairs) :] = SMALL
    apart, joined = attention(x, tensor(pairs)), attention(x, tensor(pairs + bridges), weight)
    torch.testing.assert_close(apart, joined, rtol=0, atol=MOVED)


def test_without_any_edge_all_are_alike_and_one_edge_of_any_weight_is_a_graph():
    x, edges = tokens(4), torch.tensor([[0], [1]])
    attention = itten.SpectralAttention(k=2)
    nothing = attention(x, edges, torch.zeros(1, dtype=torch.float64))
    torch.testing.assert_close(nothing, x.mean(dim=1, keepdim=True).expand_as(x))
    for weight in (1e-300, 1e-7, 1.0, 1e300):
        found = attention(x, edges, torch.tensor([weight], dtype=torch.float64))
        torch.testing.assert_close(found, attention(x, edges))
    assert not torch.allclose(nothing, attention(x, edges))


def slopes(count, pairs, weight, k, seed=1, step=1e-5):
    """The gradient of a random function of the signatures, and its central differences."""
    edges, valid = tensor(pairs)[None], torch.ones(1, count, dtype=torch.bool)
    weight = weight[None].clone().requires_grad_()
    found = graph_signatures(edges, weight, valid, k)
    cotangent = torch.randn(found.shape, generator=rng(seed), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((found * cotangent).sum(), weight)
    shifted = step * torch.eye(len(pairs), dtype=torch.float64)
    every, many = edges.expand(len(pairs), -1, -1), valid.expand(len(pairs), -1)
    values = [
        (graph_signatures(every, weight.detach() + sign * shifted, many, k) * cotangent).sum(dim=(1, 2))
        for sign in (1, -1)
    ]
    return gradient[0], (values[0] - values[1]) / (2 * step)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6, 8, 24])
@pytest.mark.parametrize("name", SYMMETRIC)
def test_gradients_on_symmetric_graphs(name, k):
    """Where the cutoff is one of more than two equal values it has a kink: its part is a subgradient there, and the
    central difference need not be the same. Elsewhere they agree, also in the middle of an eigenspace."""
    count, pairs = SYMMETRIC[name]
    weight = torch.ones(len(pairs), dtype=torch.float64)
    gradient, difference = slopes(count, pairs, weight, k)
    assert bool(torch.isfinite(gradient).all())
    if members(count, pairs, weight, k) <= 2:
        torch.testing.assert_close(gradient, difference, rtol=1e-4, atol=2e-4)


def members(count, pairs, weight, k):
    """How many values there are where the cutoff is; none where it follows from the degrees."""
    matrix = torch.zeros(count, count, dtype=torch.float64)
    for (a, b), w in zip(pairs, weight.tolist(), strict=True):
        matrix[a, b] -= w
        matrix[b, a] -= w
    values = torch.linalg.eigvalsh(matrix - torch.diag(matrix.sum(1)))
    if k >= count or values[k] < -0.25 * float(matrix.tril(-1).sum()) * 2 / count**2:
        return 0
    return int(((values - values[k]).abs() < 1e-9).sum())


def test_where_values_below_the_cutoff_coincide_gradients_agree():
    """On graphs of six tokens most values are double."""
    agreed = 0
    for edges in all_graphs(6)[1::4]:
        weight = torch.ones(len(edges), dtype=torch.float64)
        for k in (2, 3, 4, 5, 8):
            if members(6, edges, weight, k) <= 1:
                gradient, difference = slopes(6, edges, weight, k)
                torch.testing.assert_close(gradient, difference, rtol=1e-4, atol=1e-3)
                agreed += 1
    assert agreed > 100


@pytest.mark.parametrize("k", [1, 3, 5, 6])
def test_backward_never_fails_on_graphs_of_up_to_five_tokens(k):
    for count in range(1, 6):
        weight = pair_weights(count, all_graphs(count)).requires_grad_()
        edges = tensor(list(itertools.combinations(range(count), 2)))
        x = tokens(count, len(weight)).clone().requires_grad_()
        found = itten.SpectralAttention(k=k)(x, edges, weight)
        for gradient in torch.autograd.grad(found.square().sum(), (x, weight)):
            assert bool(torch.isfinite(gradient).all())
