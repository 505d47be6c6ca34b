"""What attention is given: nothing at all, padding that holds anything, and what cannot be, told by name."""

import pytest
import torch

import itten
from itten.errors import InputError, UsageError
from itten.heads import attend, graph_signatures

NONE = torch.zeros((2, 0), dtype=torch.int64)
RING = torch.stack([torch.arange(6), (torch.arange(6) + 1) % 6])


def tokens(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("k", [1, 5])
def test_one_token_is_its_own_mean(k):
    x = tokens(1, 1, 4)
    assert itten.SpectralAttention(k=k)(x, NONE).equal(x)
    assert itten.SpectralAttention(k=k)(x, torch.tensor([[0], [0]])).equal(x)


@pytest.mark.parametrize("project", [False, True])
@pytest.mark.parametrize("shape", [(2, 0, 4), (0, 3, 4), (0, 0, 4)])
def test_no_tokens_and_no_graphs(shape, project):
    x = tokens(*shape).requires_grad_()
    attention = itten.SpectralAttention(4, heads=2, project=project).double()
    for edges in (NONE, torch.zeros((shape[0], 2, 0), dtype=torch.int64)):
        found = attention(x, edges)
        assert found.shape == shape
        found.sum().backward()
    assert attention.signatures(NONE, count=0).shape == (1, 0, 8)


def test_an_empty_context_gives_zeros():
    found = itten.SpectralAttention()(tokens(1, 6, 4), RING, context=tokens(1, 0, 4), context_edges=NONE)
    assert found.equal(torch.zeros(1, 6, 4, dtype=torch.float64))


@pytest.mark.parametrize("fill", [torch.nan, torch.inf])
@pytest.mark.parametrize("project", [False, True])
def test_what_padding_holds_does_not_matter(fill, project):
    """Neither in the tokens nor in the context, forward and backward."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        attention = itten.SpectralAttention(4, k=4, project=project).double()
    valid = torch.tensor([[True] * 6 + [False] * 2])
    x = tokens(1, 8, 4)
    spoilt = torch.where(valid[..., None], x, fill).requires_grad_()
    for more in ({}, {"context": spoilt, "context_edges": RING, "context_valid": valid}):
        clean = {name: x if name == "context" else given for name, given in more.items()}
        found = attention(spoilt, RING, valid=valid, **more)
        torch.testing.assert_close(found, attention(x, RING, valid=valid, **clean))
        (gradient,) = torch.autograd.grad(found.sum(), spoilt)
        assert bool(torch.isfinite(gradient).all())
    assert found[0, 6:].abs().max() == 0


def test_nothing_but_padding():
    found = itten.SpectralAttention(k=2)(tokens(1, 3, 4), NONE, valid=torch.zeros(1, 3, dtype=torch.bool))
    assert found.equal(torch.zeros(1, 3, 4, dtype=torch.float64))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_float32_projection_takes_tokens_of_any_precision(dtype):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        attention = itten.SpectralAttention(4, k=3, heads=2, project=True)
    x = tokens(2, 6, 4)
    found = attention(x.to(dtype), RING)
    assert found.dtype == dtype
    torch.testing.assert_close(found.float(), attention(x.float(), RING), rtol=0.02, atol=0.02)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_without_a_projection_the_result_has_the_tokens_type(dtype):
    x = tokens(2, 6, 4)
    found = itten.SpectralAttention(k=3)(x.to(dtype), RING)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), itten.SpectralAttention(k=3)(x, RING), rtol=0.01, atol=0.01)


def test_one_graph_and_one_set_of_weights_serve_a_batch():
    x, weight = tokens(3, 6, 4), torch.arange(1.0, 7.0)
    attention = itten.SpectralAttention(k=3)
    expected = attention(x, RING.expand(3, 2, 6), weight.expand(3, 6))
    for edges in (RING, RING[None]):
        for given in (weight, weight[None]):
            assert attention(x, edges, given).equal(expected)


@pytest.mark.parametrize("of", ["(N, M)", "(B, N, M)", "(B, heads, N, M)", "(1, N, M)"])
def test_masks_of_every_shape(of):
    shape = {"(N, M)": (6, 6), "(B, N, M)": (2, 6, 6), "(B, heads, N, M)": (2, 2, 6, 6), "(1, N, M)": (1, 6, 6)}[of]
    mask = torch.eye(6, dtype=torch.bool).expand(shape)
    x = tokens(2, 6, 4)
    assert itten.SpectralAttention(4, heads=2)(x, RING, attend=mask).equal(x)


def call(**more):
    given = {"x": tokens(2, 6, 4), "edges": RING} | more
    return itten.SpectralAttention(k=3, heads=2)(given.pop("x"), given.pop("edges"), **given)


NOT_A_NUMBER = tokens(2, 6, 4)
NOT_A_NUMBER[1, 4, 2] = torch.nan
OTHER = {"context": tokens(2, 6, 4), "context_edges": RING}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": tokens(6, 4)}, r"x: .*\(B, N, C\).*\(6, 4\).*x\[None\]"),
        ({"x": torch.ones(2, 6, 4, dtype=torch.int64)}, "x: .*floating point.*int64"),
        ({"x": [[1.0]]}, "x: .*got list"),
        ({"x": tokens(2, 6, 3)}, "x: 3 channels"),
        ({"x": NOT_A_NUMBER}, r"x: .*finite.*\[1, 4, 2\] is nan"),
        ({"edges": RING.expand(3, 2, 6)}, "^edges are of 3 graphs, there are 2"),
        ({"edges": RING.float()}, "^edges are int64"),
        ({"edges": RING + 1}, "^edges name tokens 1 … 6, there are 6"),
        ({"edges": RING.tolist()}, "^edges are int64.*list"),
        ({"edge_weight": torch.ones(5)}, "^edge_weight: 6 edges have 5"),
        ({"edge_weight": torch.ones(3, 6)}, "^edge_weight is of 3 graphs"),
        ({"edge_weight": torch.ones(6, dtype=torch.complex64)}, "^edge_weight is real"),
        ({"edge_weight": torch.tensor(1.0)}, "^edge_weight is real"),
        ({"edge_weight": torch.full((6,), torch.inf)}, "^edge_weight: .*finite"),
        ({"valid": torch.ones(2, 6)}, "^valid is bool"),
        ({"valid": torch.ones(2, 5, dtype=torch.bool)}, r"^valid is bool \(2, 6\)"),
        ({"valid": torch.ones(6, dtype=torch.bool)}, "^valid is bool"),
        ({"valid": [True] * 6}, "^valid is bool.*list"),
        ({"mask": torch.ones(6, 6)}, "^mask is bool.*float32"),
        ({"mask": torch.ones(5, 6, dtype=torch.bool)}, r"^mask is bool.*\(5, 6\)"),
        ({"mask": torch.ones(3, 6, 6, dtype=torch.bool)}, "^mask is bool"),
        ({"mask": torch.ones(2, 3, 6, 6, dtype=torch.bool)}, "^mask is bool"),
        ({"mask": torch.ones(6, dtype=torch.bool)}, "^mask is bool"),
        ({"context_edges": RING}, "^context_edges without context"),
        ({"context_weight": torch.ones(6)}, "^context_weight without context"),
        ({"context_valid": torch.ones(2, 6, dtype=torch.bool)}, "^context_valid without context"),
        ({"context": tokens(2, 6, 4)}, "^context_edges: "),
        (OTHER | {"context": tokens(3, 6, 4)}, "^context .*does not fit x"),
        (OTHER | {"context": tokens(2, 6, 6)}, "^context .*does not fit x"),
        (OTHER | {"context": tokens(2, 6, 4).float()}, "^context .*does not fit x"),
        (OTHER | {"context": tokens(6, 4)}, r"^context: .*context\[None\]"),
        (OTHER | {"context": NOT_A_NUMBER}, "^context: .*finite"),
        (OTHER | {"context_edges": RING.expand(3, 2, 6)}, "^context_edges are of 3"),
        (OTHER | {"context_edges": RING + 1}, "^context_edges name"),
        (OTHER | {"context_weight": torch.ones(5)}, "^context_weight: 6 edges"),
        (OTHER | {"context_valid": torch.ones(2, 6)}, "^context_valid is bool"),
    ],
)
def test_what_cannot_be_is_told_by_the_name_of_its_argument(given, message):
    with pytest.raises(InputError, match=message):
        call(**given)


VALID = torch.ones(1, 6, dtype=torch.bool)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: graph_signatures(RING[None], torch.ones(1, 6), VALID[0], 3), "valid"),
        (lambda: graph_signatures(RING[None], torch.ones(1, 6), VALID, 0), "k must"),
        (lambda: graph_signatures(RING[None], torch.ones(1, 6), VALID, 3, (), ()), "times and energies"),
        (lambda: graph_signatures(RING[None], -torch.ones(1, 6), VALID, 3), "edge_weight"),
        (lambda: itten.SpectralAttention().signatures(RING + 1, count=6), "edges name"),
        (lambda: attend(tokens(3, 2), tokens(4, 3), tokens(4, 1)), "keys"),
        (lambda: attend(tokens(3, 2), tokens(4, 2), tokens(5, 1)), "values"),
        (lambda: attend(tokens(3, 2), tokens(0, 2), tokens(0, 1)), "keys"),
        (
            lambda: attend(tokens(3, 2), tokens(4, 2), tokens(4, 1), mask=torch.ones(5, 4, dtype=torch.bool)),
            "mask",
        ),
    ],
)
def test_functions_tell_it_too(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"heads": 0}, "heads"),
        ({"heads": 1.5}, "heads"),
        ({"k": True}, "k must"),
        ({"width": 0}, "width"),
        ({"dim": "4"}, "dim"),
        ({"times": 0.5}, "times"),
        ({"times": (-1.0,)}, "times .*not negative"),
        ({"energies": (torch.nan,)}, "energies"),
        ({"times": (), "energies": ()}, "both empty"),
        ({"temperature": "cold"}, "temperature"),
        ({"temperature": torch.nan}, "temperature"),
    ],
)
def test_modules_that_cannot_be_are_told(given, message):
    with pytest.raises(UsageError, match=message):
        itten.SpectralAttention(**given)
