"""Spectral attention against plain loops, in its limits, and under everything that torch puts around a module."""

import math

import numpy as np
import pytest
import torch

import itten
from itten.errors import InputError, UsageError
from itten.heads import SegmentTable, attend, graph_signatures, pool_segments
from itten.heads.segments import tabulate

HEAT, WAVE = (0.5, 2.0, 8.0, 32.0), (0.1, 0.35, 0.6, 0.85)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def graph(count, seed=0, more=2.0):
    """A ring with chords, so that it is connected, and weights that keep its values apart."""
    ring = torch.stack([torch.arange(count), (torch.arange(count) + 1) % count])
    chords = torch.randint(0, count, (2, int(more * count)), generator=rng(seed))
    edges = torch.cat([ring, chords[:, chords[0] != chords[1]]], dim=1)
    return edges, 0.2 + torch.rand(edges.shape[1], generator=rng(seed + 1), dtype=torch.float64)


def tokens(count, channels=6, batch=1, seed=5):
    return torch.randn((batch, count, channels), generator=rng(seed), dtype=torch.float64)


def plain_signatures(edges, weight, count, k):
    """Both kernels from a dense matrix, entry by entry; the cutoff is the value after the first k."""
    matrix = np.zeros((count, count))
    for (i, j), w in zip(edges.T.tolist(), weight.tolist(), strict=True):
        matrix[i, i] += w
        matrix[j, j] += w
        matrix[i, j] -= w
        matrix[j, i] -= w
    values, vectors = np.linalg.eigh(matrix)
    cutoff = max(values[k], 0.25 * matrix.trace() / count**2)
    out, total = np.zeros((count, len(HEAT) + len(WAVE))), 0.0
    for value, vector in zip(values, vectors.T, strict=True):
        r = max(value, 0.0) / cutoff
        if r >= 1:
            continue
        taper = (1 - r**4) ** 2
        total += taper
        weights = [math.exp(-t * r) for t in HEAT] + [math.exp(-((e - r) ** 2) / 0.08) for e in WAVE]
        for node in range(count):
            out[node] += taper * np.array(weights) * vector[node] ** 2
    return count * out / total


def plain_attention(queries, keys, values, temperature):
    mixed = np.zeros((len(queries), values.shape[1]))
    for t, query in enumerate(queries):
        scores = np.array([-((query - key) ** 2).sum() / temperature for key in keys])
        weights = np.exp(scores - scores.max())
        mixed[t] = weights / weights.sum() @ values
    return mixed


def test_the_module_equals_plain_loops():
    edges, weight = graph(14)
    x = tokens(14)
    signatures = plain_signatures(edges, weight, 14, 9)
    found = itten.SpectralAttention(k=9, temperature=0.3)(x, edges, weight)
    np.testing.assert_allclose(found[0], plain_attention(signatures, signatures, x[0].numpy(), 0.3), atol=1e-9)


def test_every_head_has_its_own_scales():
    edges, weight = graph(14)
    x = tokens(14, 8)
    signatures = plain_signatures(edges, weight, 14, 9)
    found = itten.SpectralAttention(8, heads=4, k=9, temperature=0.3)(x, edges, weight)[0]
    for head in range(4):
        own, part = signatures[:, [head, 4 + head]], slice(2 * head, 2 * head + 2)
        np.testing.assert_allclose(found[:, part], plain_attention(own, own, x[0, :, part].numpy(), 0.3), atol=1e-9)


def test_cross_attention_takes_the_other_tokens_by_their_own_graph():
    (edges, weight), (others, other_weight) = graph(12), graph(17, 3)
    x, context = tokens(12), tokens(17, seed=8)
    queries, keys = plain_signatures(edges, weight, 12, 9), plain_signatures(others, other_weight, 17, 9)
    found = itten.SpectralAttention(k=9)(
        x, edges, weight, context=context, context_edges=others, context_weight=other_weight
    )
    np.testing.assert_allclose(found[0], plain_attention(queries, keys, context[0].numpy(), 0.1), atol=1e-9)


def test_a_temperature_near_zero_is_the_hard_match():
    queries, keys, values = tokens(20, 5)[0], tokens(30, 5, seed=1)[0], tokens(30, 4, seed=2)[0]
    nearest = ((queries[:, None] - keys) ** 2).sum(2).argmin(1)
    hard, weights = attend(queries, keys, values, hard=True)
    assert weights.argmax(1).equal(nearest)
    assert hard.equal(values[nearest])
    distances = []
    for temperature in (1.0, 1e-1, 1e-2, 1e-9):
        distances.append(float((attend(queries, keys, values, temperature)[0] - hard).abs().max()))
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 1e-12


def test_ties_go_to_the_lower_number():
    keys = torch.tensor([[3.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    weights = attend(torch.zeros(1, 2), keys, torch.eye(4), hard=True)[1]
    assert weights.tolist() == [[0.0, 1.0, 0.0, 0.0]]
    masked = attend(torch.zeros(1, 2), keys, torch.eye(4), mask=torch.tensor([True, False, False, True]), hard=True)[1]
    assert masked.tolist() == [[0.0, 0.0, 0.0, 1.0]]
    soft = attend(torch.zeros(1, 2), keys, torch.eye(4), 1e-6)[1]
    torch.testing.assert_close(soft, torch.tensor([[0.0, 1.0, 1.0, 1.0]]) / 3)


def test_straight_through_is_hard_forward_and_soft_backward():
    inputs = [tokens(n, 3, seed=n)[0].requires_grad_() for n in (6, 7)]
    values = tokens(7, 4, seed=3)[0]
    slope = tokens(6, 4, seed=4)[0]
    hard, _ = attend(*inputs, values, 0.5, hard=True)
    soft, _ = attend(*inputs, values, 0.5)
    assert not hard.equal(soft)
    for one, other in zip(
        torch.autograd.grad((hard * slope).sum(), inputs),
        torch.autograd.grad((soft * slope).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_permuted_tokens_give_a_permuted_result():
    edges, weight = graph(15)
    x = tokens(15)
    order = torch.randperm(15, generator=rng(9))
    place = torch.argsort(order)
    attention = itten.SpectralAttention(k=10)
    shuffled = torch.randperm(edges.shape[1], generator=rng(10))
    found = attention(x[:, order], place[edges].flip(0)[:, shuffled], weight[shuffled])
    torch.testing.assert_close(found, attention(x, edges, weight)[:, order], rtol=1e-8, atol=1e-9)


def test_masks_say_where_a_query_may_attend():
    edges, weight = graph(10)
    x = tokens(10)
    attention = itten.SpectralAttention(k=8)
    causal = torch.ones(10, 10, dtype=torch.bool).tril()
    changed = x.clone()
    changed[:, 6:] += 1.0
    first, second = attention(x, edges, weight, attend=causal), attention(changed, edges, weight, attend=causal)
    assert first[:, :6].equal(second[:, :6])
    torch.testing.assert_close(first[:, 0], x[:, 0])
    causal[3] = False
    assert attention(x, edges, weight, attend=causal[None])[0, 3].tolist() == [0.0] * 6
    heads = torch.stack([causal, ~causal])[None]
    both = itten.SpectralAttention(6, heads=2, k=8)(x, edges, weight, attend=heads)
    assert both[0, 3, :3].tolist() == [0.0] * 3
    assert bool((both[0, 3, 3:] != 0).all())


def test_padding_changes_nothing():
    sizes, attention = (9, 14, 5), itten.SpectralAttention(k=8)
    graphs, contents = [graph(n, n) for n in sizes], [tokens(n, seed=n)[0] for n in sizes]
    most = max(edges.shape[1] for edges, _ in graphs)
    x, valid = torch.full((3, 14, 6), 7.0, dtype=torch.float64), torch.zeros(3, 14, dtype=torch.bool)
    edges, weights = torch.zeros(3, 2, most, dtype=torch.int64), torch.zeros(3, most, dtype=torch.float64)
    for i, ((e, w), content) in enumerate(zip(graphs, contents, strict=True)):
        x[i, : len(content)], valid[i, : len(content)] = content, True
        edges[i, :, : e.shape[1]], weights[i, : e.shape[1]] = e, w
    # An edge to padding counts for nothing.
    edges[0, :, -1], weights[0, -1] = torch.tensor([3, 12]), 5.0
    found = attention(x, edges, weights, valid=valid)
    for i, ((e, w), content) in enumerate(zip(graphs, contents, strict=True)):
        alone = attention(content[None], e, w)[0]
        torch.testing.assert_close(found[i, : len(content)], alone, rtol=1e-8, atol=1e-9)
        assert float(found[i, len(content) :].abs().sum()) == 0.0


@pytest.mark.parametrize("k", [1, 3, 50])
def test_small_and_broken_graphs_give_finite_numbers(k):
    x = tokens(6).requires_grad_()
    for pairs in ([], [[0, 1]], [[0, 1], [2, 3], [4, 5]], [[0, 0]]):
        edges = torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).T
        weight = torch.ones(edges.shape[1], dtype=torch.float64, requires_grad=True)
        found = itten.SpectralAttention(k=k)(x, edges, weight)
        assert bool(torch.isfinite(found).all())
        for gradient in torch.autograd.grad(found.square().sum(), (x, weight)):
            assert bool(torch.isfinite(gradient).all())


def gradients_agree(attention, x, edges, weight, **more):
    return torch.autograd.gradcheck(lambda x, w: attention(x, edges, w, **more), (x, weight))


@pytest.mark.parametrize("heads", [1, 2])
def test_gradients_of_content_and_edge_weights(heads):
    edges, weight = graph(8)
    attention = itten.SpectralAttention(4, heads=heads, k=6, temperature=0.5)
    assert gradients_agree(attention, tokens(8, 4, 2).requires_grad_(), edges, weight.requires_grad_())


def test_gradients_on_a_degenerate_graph():
    """A star of equal weights and a tail: one value is there four times, below the last one."""
    edges = torch.tensor([[0, 0, 0, 0, 0, 5, 6], [1, 2, 3, 4, 5, 6, 7]])
    weight = torch.ones(7, dtype=torch.float64)
    values = torch.linalg.eigvalsh(dense(edges, weight, 8))
    assert float(values[4] - values[2]) < 1e-12 < float(values[5] - values[4])
    weight.requires_grad_()
    # The lowest positive value and the last are simple: λ is differentiable where it scales the kernels.
    attention = itten.SpectralAttention(k=6, temperature=0.5)
    assert gradients_agree(attention, tokens(8, 2).requires_grad_(), edges, weight)


def dense(edges, weight, count):
    matrix = torch.zeros(count, count, dtype=weight.dtype)
    matrix.index_put_((edges[0], edges[1]), -weight, accumulate=True)
    matrix = matrix + matrix.T
    return matrix - torch.diag(matrix.sum(1))


def test_gradients_with_padding_and_masks():
    edges, weight = graph(7)
    valid = torch.ones(1, 8, dtype=torch.bool)
    valid[0, 7] = False
    mask = torch.rand(8, 8, generator=rng(2)) < 0.7
    attention = itten.SpectralAttention(k=6, temperature=0.5)
    assert gradients_agree(
        attention, tokens(8, 2).requires_grad_(), edges, weight.requires_grad_(), valid=valid, attend=mask
    )


# Machine code of every graph takes minutes; that there is one graph, and what it computes, shows without.
BY = pytest.mark.parametrize("backend", ["aot_eager", pytest.param("inductor", marks=pytest.mark.long)])


@BY
def test_attend_compiles_whole(backend):
    inputs = tokens(9, 4)[0], tokens(11, 4, seed=1)[0], tokens(11, 3, seed=2)[0]
    mask = torch.rand(9, 11, generator=rng()) < 0.6
    for hard in (False, True):
        compiled = torch.compile(attend, fullgraph=True, backend=backend)
        for one, other in zip(compiled(*inputs, 0.2, mask, hard), attend(*inputs, 0.2, mask, hard), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@BY
@pytest.mark.parametrize("project", [pytest.param(False, marks=pytest.mark.long), True])
def test_the_module_compiles_whole_and_keeps_its_gradients(project, backend):
    edges, weight = graph(12)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        attention = itten.SpectralAttention(6, heads=2, k=8, project=project).double()
    compiled = torch.compile(attention, fullgraph=True, backend=backend)
    outcomes = []
    for run in (attention, compiled):
        x, w = tokens(12).requires_grad_(), weight.clone().requires_grad_()
        found = run(x, edges, w)
        outcomes.append((found, *torch.autograd.grad(found.square().sum(), (x, w))))
    for one, other in zip(*outcomes, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("project", [False, True])
def test_autocast(project):
    edges, weight = graph(12)
    x = tokens(12).float().requires_grad_()
    w = weight.float().requires_grad_()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        attention = itten.SpectralAttention(6, k=8, project=project, heads=2)
    exact = attention(x, edges, w)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = attention(x, edges, w)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), exact, rtol=0.05, atol=0.05)
    for gradient in torch.autograd.grad(found.float().square().sum(), (x, w)):
        assert gradient.dtype == torch.float32
        assert bool(torch.isfinite(gradient).all())


def test_it_stands_in_a_transformer_block_and_learns():
    edges, weight = graph(12)
    x = tokens(12).float()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        attention = itten.SpectralAttention(6, heads=3, k=8, project=True)
        norm = torch.nn.LayerNorm(6)
    result = norm(x + attention(x, edges, weight))
    assert result.shape == x.shape
    result[..., 0].sum().backward()
    for parameter in attention.parameters():
        assert bool(torch.isfinite(parameter.grad).all())
    assert float(attention.query.weight.grad.abs().sum()) > 0


def test_there_are_no_weights_unless_asked_for():
    assert itten.SpectralAttention(6, heads=2).state_dict() == {}
    assert list(itten.SegmentAttention().parameters()) == []
    assert len(itten.SpectralAttention(6, project=True).state_dict()) == 8


def test_signatures_of_tokens_do_not_depend_on_the_scale_of_the_weights():
    edges, weight = graph(12)
    valid = torch.ones(1, 12, dtype=torch.bool)
    one, other = (graph_signatures(edges[None], factor * weight[None], valid, 8) for factor in (1.0, 1e-3))
    torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-9)
    # Time 0 would have a mean of 1, since the sum of the tapers is divided by.
    still = graph_signatures(edges[None], weight[None], valid, 8, (0.0,), ())
    torch.testing.assert_close(still.mean(1), torch.ones(1, 1, dtype=torch.float64))
    assert bool(((one.mean(1) > 0) & (one.mean(1) <= 1)).all())


def segment_table(seed=0):
    labels = torch.zeros(12, 15, dtype=torch.int64)
    for number, (top, left) in enumerate(((0, 0), (0, 8), (6, 0), (6, 8))):
        labels[top : top + 5 - number % 2, left : left + 6] = 1 + top * 15 + left
    return tabulate(labels, torch.rand(12, 15, generator=rng(seed)), 4, 9)


def test_segments_attend_to_segments():
    target, source = segment_table(), segment_table(1).first(3)
    maps = [torch.rand((5, 12, 15), generator=rng(i), dtype=torch.float64) for i in (1, 2)]
    colours = torch.rand((3, 12, 15), generator=rng(3), dtype=torch.float64)
    mixture, weights = itten.SegmentAttention(0.05)(target, source, *maps, colours)
    queries = [maps[0].flatten(1)[:, target.pixels[target.owner == i]].mean(1) for i in range(4)]
    keys = [maps[1].flatten(1)[:, source.pixels[source.owner == i]].mean(1) for i in range(3)]
    means = [colours.flatten(1)[:, source.pixels[source.owner == i]].mean(1) for i in range(3)]
    expected = plain_attention(*(torch.stack(rows).numpy() for rows in (queries, keys, means)), 0.05)
    np.testing.assert_allclose(mixture, expected, atol=1e-12)
    assert weights.shape == (4, 3)
    assert isinstance(target, SegmentTable)
    by_map = itten.SegmentAttention(0.05)(target.label_map(), source.label_map(), *maps, colours)[0]
    torch.testing.assert_close(by_map, mixture)
    pooled = itten.SegmentAttention(hard=True)(
        target, source, torch.stack(queries), torch.stack(keys), torch.stack(means)
    )[1]
    distance = (torch.stack(queries)[:, None] - torch.stack(keys)).square().sum(2)
    assert pooled.argmax(1).equal(distance.argmin(1))


def test_an_empty_segment_pools_to_zero():
    labels = torch.tensor([[0, 1, 3]])
    assert pool_segments(torch.ones(1, 1, 3), labels, 3).tolist() == [[1.0], [0.0], [1.0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: itten.SpectralAttention(6, heads=3), "evenly"),
        (lambda: itten.SpectralAttention(5, heads=2), "divided"),
        (lambda: itten.SpectralAttention(temperature=0.0), "hard=True"),
        (lambda: itten.SpectralAttention(project=True), "dim"),
        (lambda: attend(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 2), -1.0), "positive"),
        (lambda: attend(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 2), mask=torch.ones(2, 2)), "bool"),
    ],
)
def test_wrong_calls_are_told(make, message):
    with pytest.raises(UsageError, match=message):
        make()


@pytest.mark.parametrize(
    ("edges", "weight", "message"),
    [
        (torch.tensor([[0], [9]]), None, "there are 4"),
        (torch.tensor([[0, 1]]), None, "int64"),
        (torch.tensor([[0], [1]]), torch.tensor([-1.0]), "not negative"),
        (torch.tensor([[0], [1]]), torch.tensor([torch.nan]), "not negative"),
        (torch.tensor([[0], [1]]), torch.ones(3), "1 edges have 3 weights"),
    ],
)
def test_graphs_that_cannot_be_are_told(edges, weight, message):
    with pytest.raises(InputError, match=message):
        itten.SpectralAttention()(tokens(4), edges, weight)
