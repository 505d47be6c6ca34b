"""Attention where graphs stay sparse: the same signatures and gradients as of dense matrices, mixing in blocks."""

import pytest
import torch

import itten
import itten.heads.attention
import itten.heads.token_graph
from itten.heads import attend, graph_signatures
from itten.heads.attend import attend_in_blocks
from tests.small_graphs import SYMMETRIC, cycle, grid, star, tensor, union


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def random_graph(count, degree, seed=0):
    edges = torch.randint(0, count, (2, degree * count), generator=rng(seed))
    return edges, 0.2 + torch.rand(edges.shape[1], generator=rng(seed + 1), dtype=torch.float64)


def of(graph):
    edges = tensor(graph[1])
    return edges, torch.ones(edges.shape[1], dtype=torch.float64)


def with_bridges(count, degree):
    """Two parts, and edges of weight 0 that would join them."""
    (one, weight), (other, more) = random_graph(count, degree), random_graph(count, degree, 5)
    bridges = torch.tensor([[0, 3], [count, 2 * count - 1]])
    return torch.cat([one, other + count, bridges], dim=1), torch.cat([weight, more, torch.zeros(2).double()])


GRAPHS = {
    "random": (300, *random_graph(300, 4)),
    "grid": (280, *of(grid(14, 20))),
    "ring": (260, *of(cycle(260))),
    "star": (260, *of(star(260))),
    "equal rings": (300, *of(union(*[cycle(100)] * 3))),
    "two parts": (280, *with_bridges(140, 4)),
}


def both_ways(monkeypatch, count, edges, weight, k, valid=None):
    """Signatures, and the gradient of a random function of them, of sparse and of dense matrices."""
    valid = torch.ones(1, count, dtype=torch.bool) if valid is None else valid
    found = []
    for dense in (0, 10**6):
        monkeypatch.setattr(itten.heads.token_graph, "DENSE", dense)
        given = weight.clone().requires_grad_()
        signatures = graph_signatures(edges[None], given[None], valid, k)
        cotangent = torch.randn(signatures.shape, generator=rng(2), dtype=torch.float64)
        found.append((signatures.detach(), *torch.autograd.grad((signatures * cotangent).sum(), given)))
    return found


@pytest.mark.parametrize("k", [1, 4, 8])
@pytest.mark.parametrize("name", GRAPHS)
def test_sparse_and_dense_agree(name, k, monkeypatch):
    one, other = both_ways(monkeypatch, *GRAPHS[name], k)
    torch.testing.assert_close(one[0], other[0], rtol=0, atol=1e-6)
    # At a cutoff of many equal values each takes other members of the eigenspace for its subgradient.
    many = {("star", 1), ("star", 4), ("star", 8), ("equal rings", 1), ("equal rings", 4), ("equal rings", 8)}
    if (name, k) not in many:
        torch.testing.assert_close(one[1], other[1], rtol=1e-5, atol=1e-9 + 1e-5 * float(other[1].abs().max()))


def test_a_star_whose_hub_is_padding(monkeypatch):
    edges, weight = of(star(300))
    valid = torch.ones(1, 300, dtype=torch.bool)
    valid[0, 0] = False
    one, other = both_ways(monkeypatch, 300, edges, weight, 8, valid)
    torch.testing.assert_close(one[0], other[0], rtol=0, atol=1e-12)
    assert float(one[1].abs().max()) == float(other[1].abs().max()) == 0.0


def test_the_equation_of_the_gradient_is_solved(caplog):
    """Three parts, whose null vectors rounding brings in again and again."""
    count, pairs = union(*[grid(7, 17)] * 3)
    bridge = [(0, 200)]
    edges, valid = tensor(pairs + bridge)[None], torch.ones(1, count, dtype=torch.bool)
    weight = torch.ones(1, edges.shape[2], dtype=torch.float64)
    weight[0, -1] = 0.0
    weight.requires_grad_()
    signatures = graph_signatures(edges, weight, valid, 12)
    signatures[..., 0].square().sum().backward()
    assert caplog.text == ""


@pytest.mark.parametrize("k", [1, 3, 5, 30])
@pytest.mark.parametrize("name", SYMMETRIC)
def test_small_symmetric_graphs_agree_too(name, k, monkeypatch):
    count, pairs = SYMMETRIC[name]
    one, other = both_ways(monkeypatch, count, *of((count, pairs)), k)
    torch.testing.assert_close(one[0], other[0], rtol=0, atol=1e-9)
    torch.testing.assert_close(one[1], other[1], rtol=1e-6, atol=1e-7)


def test_gradients_of_many_tokens_against_differences():
    count, (edges, weight) = 1200, random_graph(1200, 12)
    valid = torch.ones(1, count, dtype=torch.bool)
    given = weight.clone().requires_grad_()
    signatures = graph_signatures(edges[None], given[None], valid, 8)
    cotangent = torch.randn(signatures.shape, generator=rng(2), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((signatures * cotangent).sum(), given)
    direction = torch.randn(weight.shape, generator=rng(3), dtype=torch.float64)
    values = [
        float((graph_signatures(edges[None], (weight + step * direction)[None], valid, 8) * cotangent).sum())
        for step in (1e-5, -1e-5)
    ]
    assert float(gradient @ direction) == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4)


def test_padding_and_batches_where_graphs_are_sparse(monkeypatch):
    monkeypatch.setattr(itten.heads.token_graph, "DENSE", 40)
    sizes, most = (90, 130, 70), 130
    graphs = [random_graph(size, 4, size) for size in sizes]
    edges = torch.zeros((3, 2, 4 * most), dtype=torch.int64)
    weight, valid = torch.zeros((3, 4 * most), dtype=torch.float64), torch.zeros((3, most), dtype=torch.bool)
    # Tokens of a graph stand at the end, so that padding comes first.
    for row, (size, (pairs, w)) in enumerate(zip(sizes, graphs, strict=True)):
        edges[row, :, : 4 * size], weight[row, : 4 * size] = pairs + most - size, w
        valid[row, most - size :] = True
    weight[0, -1], edges[0, :, -1] = 5.0, torch.tensor([3, 100])
    x = torch.randn((3, most, 4), generator=rng(), dtype=torch.float64)
    given = weight.clone().requires_grad_()
    attention = itten.SpectralAttention(k=6)
    found = attention(x, edges, given, valid=valid)
    (gradient,) = torch.autograd.grad(found.square().sum(), given)
    for row, (size, (pairs, w)) in enumerate(zip(sizes, graphs, strict=True)):
        alone = w.clone().requires_grad_()
        expected = attention(x[row : row + 1, most - size :], pairs, alone)[0]
        torch.testing.assert_close(found[row, most - size :], expected, rtol=0, atol=1e-6)
        (slope,) = torch.autograd.grad(expected.square().sum(), alone)
        torch.testing.assert_close(gradient[row, : 4 * size], slope, rtol=1e-4, atol=1e-5)
    assert float(gradient[0, -1]) == 0.0


@pytest.mark.parametrize("count", [200, 600])
def test_the_same_bytes_on_any_number_of_threads(count):
    edges, weight = random_graph(count, 4)
    valid, threads, found = torch.ones(1, count, dtype=torch.bool), torch.get_num_threads(), []
    cotangent = torch.randn((1, count, 8), generator=rng(), dtype=torch.float64)
    try:
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            given = weight[None].clone().requires_grad_()
            signatures = graph_signatures(edges[None], given, valid, 8)
            found.append((signatures, torch.autograd.grad(signatures, given, cotangent)[0]))
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(threads)
    for other in found[1:]:
        assert all(one.equal(two) for one, two in zip(found[0], other, strict=True))


def test_renumbering_many_tokens():
    count, (edges, weight) = 500, random_graph(500, 5)
    x = torch.randn((1, count, 4), generator=rng(), dtype=torch.float64)
    order = torch.randperm(count, generator=rng(4))
    attention = itten.SpectralAttention(k=8)
    found = attention(x[:, order], torch.argsort(order)[edges], weight)
    torch.testing.assert_close(found, attention(x, edges, weight)[:, order], rtol=0, atol=1e-5)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_blocks_of_queries_are_all_queries(hard, masked, monkeypatch):
    """Forward bit for bit but for the order of sums, and the same gradients."""
    signatures = [torch.rand((2, n, 8), generator=rng(n), dtype=torch.float64) for n in (23, 31)]
    content = torch.randn((2, 31, 4), generator=rng(), dtype=torch.float64)
    mask = torch.rand((2, 2, 23, 31), generator=rng(1)) < 0.5 if masked else None
    attention = itten.SpectralAttention(4, heads=2, hard=hard)
    found = []
    for pairs in (1 << 21, 600, 1):
        monkeypatch.setattr(itten.heads.attention, "PAIRS", pairs)
        inputs = [one.clone().requires_grad_() for one in (*signatures, content)]
        out = attention.mix(*inputs, mask)
        found.append((out, *torch.autograd.grad(out.square().sum(), inputs)))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            torch.testing.assert_close(one, two, rtol=1e-12, atol=1e-12)


def test_distances_are_those_of_the_differences_with_their_gradients():
    """Equal rows are at the same distance, whatever their size; a second derivative is there, too."""
    queries = 1e6 + torch.rand((2, 5, 3), generator=rng(), dtype=torch.float64)
    keys = queries[:, [0, 1, 2, 1, 0, 3]]
    weights = attend(queries, keys, torch.eye(6).double().expand(2, 6, 6), 0.1, hard=True)[1]
    assert weights[:, :4].argmax(dim=-1).tolist() == [[0, 1, 2, 5]] * 2
    inputs = [
        torch.rand(shape, generator=rng(n)).double().requires_grad_() for n, shape in enumerate(((2, 4, 3), (5, 3)))
    ]
    values = torch.rand((5, 2), generator=rng(9)).double()
    assert torch.autograd.gradcheck(lambda q, k: attend(q, k, values, 0.3)[0], inputs)
    assert torch.autograd.gradgradcheck(lambda q, k: attend(q, k, values, 0.3)[0], inputs)
    inputs = [tensor[:1].detach().requires_grad_() if tensor.dim() > 2 else tensor for tensor in inputs]
    wide = values.expand(1, 5, 2)

    def blocks(q, k):
        return attend_in_blocks(q, k.expand(1, 5, 3), wide, 0.3, None, False, 3)

    assert torch.autograd.gradcheck(blocks, inputs)
    assert torch.autograd.gradgradcheck(blocks, inputs)


@pytest.mark.parametrize("project", [False, True])
def test_autocast_in_blocks(project, monkeypatch):
    edges, weight = random_graph(40, 3)
    x = torch.randn((1, 40, 6), generator=rng())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        attention = itten.SpectralAttention(6, k=8, heads=2, project=project)
    outcomes = []
    for pairs in (1 << 19, 1000):
        monkeypatch.setattr(itten.heads.attention, "PAIRS", pairs)
        inputs = x.clone().requires_grad_(), weight.clone().requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = attention(inputs[0], edges, inputs[1])
        assert found.dtype == torch.bfloat16
        outcomes.append((found, *torch.autograd.grad(found.float().square().sum(), inputs)))
    for one, other in zip(*outcomes, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("dense", [0, 256])
def test_the_operators_are_what_torch_is_told_of_them(dense, monkeypatch):
    """Shapes, strides and gradients, also where the number of pairs is known only afterwards."""
    monkeypatch.setattr(itten.heads.token_graph, "DENSE", dense)
    edges, weight = random_graph(90, 4)
    valid = torch.ones(2, 90, dtype=torch.bool)
    valid[1, 70:] = False
    given = weight.float().expand(2, -1).contiguous().requires_grad_()
    arguments = (edges.expand(2, 2, -1).contiguous(), given, valid, 4, [0.5, 2.0], [0.5])
    torch.library.opcheck(torch.ops.itten.graph_signatures.default, arguments)
    found, values, vectors = torch.ops.itten.graph_signatures(*arguments)
    behind = (*arguments[:3], values, vectors, found.detach(), *arguments[3:])
    checks = ("test_schema", "test_faketensor")
    torch.library.opcheck(torch.ops.itten.graph_signatures_adjoint.default, behind, test_utils=checks)


def test_it_compiles_whole_where_graphs_are_sparse(monkeypatch):
    """And at other sizes, heads and channels, when torch takes sizes for symbols; once in blocks."""
    for count, heads, channels, pairs in ((300, 1, 4, 1 << 19), (280, 2, 6, 1 << 15), (20, 2, 6, 1 << 19)):
        monkeypatch.setattr(itten.heads.attention, "PAIRS", pairs)
        edges, weight = random_graph(count, 4)
        x = torch.randn((1, count, channels), generator=rng(), dtype=torch.float64)
        attention = itten.SpectralAttention(channels, heads, k=5)
        outcomes = []
        for run in (attention, torch.compile(attention, fullgraph=True, backend="aot_eager")):
            given = weight.clone().requires_grad_()
            found = run(x, edges, given)
            outcomes.append((found, *torch.autograd.grad(found.square().sum(), given)))
        for one, other in zip(*outcomes, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)
