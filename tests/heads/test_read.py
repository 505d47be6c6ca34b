"""Distances, order among equals, assignment."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from itten.errors import UsageError
from itten.heads import ReadHead, Signatures, distances, match, nearest, one_to_one
from itten.heads.read import FLAT, TIE, TIE_APART, standardise
from itten.kernels.reference import segments as reference


def given(values: object, weights: tuple[float, ...] | None = None, apart: bool = False) -> Signatures:
    table = torch.as_tensor(values, dtype=torch.float64)
    return Signatures(table, weights or (1.0,) * table.shape[1], apart)


def random(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random((rows, columns)))


def test_apart_standardises_within_each_list_and_together_over_both() -> None:
    queries = torch.tensor([[0.0, 10.0], [10.0, 30.0], [50.0, 20.0]])
    keys = queries.flip(0) * 7 + 300
    apart = distances(given(queries, apart=True), given(keys, apart=True))
    assert apart.argmin(dim=1).tolist() == [2, 1, 0]
    assert float(apart.diagonal()[1]) == pytest.approx(0.0, abs=1e-12)
    together = distances(given(queries), given(keys))
    both = standardise(torch.cat([queries, keys]).double())
    expected = (both[:3, None] - both[None, 3:]).square().sum(dim=2)
    torch.testing.assert_close(together, expected)
    assert (together > 0.5).all()


def test_weights_count_after_standardising() -> None:
    queries, keys = random(4, 3, 1) * 100, random(5, 3, 2) * 100
    single = [distances(given(queries[:, [i]]), given(keys[:, [i]])) for i in range(3)]
    weighted = distances(given(queries, (2.0, 0.0, 0.5)), given(keys, (2.0, 0.0, 0.5)))
    torch.testing.assert_close(weighted, 2.0 * single[0] + 0.5 * single[2])


def test_a_column_without_spread_counts_nothing() -> None:
    queries, keys = random(4, 3, 1), random(5, 3, 2)
    queries[:, 1] = keys[:, 1] = 0.1 + 0.2
    full = distances(given(queries), given(keys))
    torch.testing.assert_close(full, distances(given(queries[:, [0, 2]]), given(keys[:, [0, 2]])))


def test_equal_distances_go_to_the_lower_number_even_within_rounding() -> None:
    wobble = 1e-12
    distance = torch.tensor([[3.0, 1.0 + wobble, 1.0, 2.0, 1.0 - wobble, 2.0 - wobble]], dtype=torch.float64)
    assert nearest(distance, 6).tolist() == [[1, 2, 4, 3, 5, 0]]
    assert nearest(distance, 99).shape == (1, 6)
    assert nearest(distance).tolist() == [[1]]
    for best in (0.0, 0.1, 9.0):  # roots
        for more, expected in ((0.9 * TIE, 0), (1.1 * TIE, 1)):
            given = torch.tensor([[best + more, best, 99.0]], dtype=torch.float64).square()
            assert nearest(given).tolist() == [[expected]]
            assert one_to_one(given).tolist() == [expected]
    # Against the smallest that is left, not against the neighbour: chains do not run on.
    chain = (1.0 + 0.6 * TIE * torch.tensor([[3, 2, 1, 0]], dtype=torch.float64)).square()
    assert nearest(chain, 4).tolist() == [[2, 3, 0, 1]]


def tied(seed: int, rows: int = 6, keys: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    """Squared distances of few values, and the same with every root off by less than rounding makes it."""
    rng = np.random.default_rng(seed)
    root = rng.integers(0, 4, (rows, keys)) * rng.choice([0.0, 0.5, 7.0])
    moved = np.abs(root + rng.uniform(-0.2 * TIE, 0.2 * TIE, root.shape))
    return torch.from_numpy(root).double().square(), torch.from_numpy(moved).square()


def test_rounding_changes_no_choice_among_equals() -> None:
    for seed in range(60):
        exact, moved = tied(seed)
        assert torch.equal(nearest(moved, 9), nearest(exact, 9))
        assert torch.equal(one_to_one(moved), one_to_one(exact))
        expected = torch.argsort(exact, dim=1, stable=True)
        assert torch.equal(nearest(moved, 9), expected)


def test_the_reference_knows_the_same_ties() -> None:
    assert (reference.TIE, reference.FLAT) == (TIE_APART, FLAT)
    values = np.array([[0.5, 1.0, 2.0, 1.5], [0.1, 0.2, 1.0, 3.0], [0.9, 0.7, 3.0, 0.5]])
    nobody = np.zeros((0, 2)), np.zeros(2)
    targets = [reference.Segment(*nobody, row, 1.0) for row in values]
    for noise in (0.0, 1e-6):
        rows = np.concatenate([values[[2, 1, 0]] + noise * np.arange(3)[:, None], values])
        sources = [reference.Segment(*nobody, row, 1.0) for row in rows]
        assert reference.match(targets, sources) == [2, 1, 0]
        assert match(given(values, apart=True), given(rows, apart=True))[:, 0].tolist() == [2, 1, 0]


def test_one_to_one_is_the_best_of_all_assignments() -> None:
    for seed in range(20):
        distance = random(4, 6, seed)
        chosen = one_to_one(distance)
        totals = {keys: sum(distance[i, k] for i, k in enumerate(keys)) for keys in itertools.permutations(range(6), 4)}
        assert tuple(chosen.tolist()) == min(totals, key=totals.__getitem__)


def test_one_to_one_uses_no_key_more_often_than_it_must() -> None:
    for queries, keys in ((5, 5), (3, 9), (9, 3), (10, 3), (7, 1)):
        uses = one_to_one(random(queries, keys, queries)).bincount(minlength=keys)
        assert int(uses.sum()) == queries
        assert int(uses.max()) == math.ceil(queries / keys)


def test_among_equal_totals_lower_queries_get_lower_keys() -> None:
    assert one_to_one(torch.zeros(4, 6, dtype=torch.float64)).tolist() == [0, 1, 2, 3]
    noise = 1e-13 * random(4, 6, 5)
    assert one_to_one(1.0 + noise).tolist() == [0, 1, 2, 3]
    for seed in range(30):
        whole = (random(3, 5, seed) < 0.6).double()

        def order(keys: tuple[int, ...], whole: torch.Tensor = whole) -> tuple[float, tuple[int, ...]]:
            return float(sum(whole[i, k] for i, k in enumerate(keys))), keys

        expected = min(itertools.permutations(range(5), 3), key=order)
        assert tuple(one_to_one(whole + 1e-13 * random(3, 5, seed + 99)).tolist()) == expected


def test_of_all_assignments_that_are_nearly_the_best_the_first_in_order_is_taken() -> None:
    """By brute force, square and not, with a spread of about the tolerance, so that some are out and others in."""
    for seed in range(40):
        keys = 4 + seed % 2
        distance = (1.0 + 3 * TIE * random(4, keys, seed)).square()
        totals = {
            chosen: sum(float(distance[i, j]) for i, j in enumerate(chosen))
            for chosen in itertools.permutations(range(keys), 4)
        }
        best = min(totals.values())
        limit = best + 2 * TIE * math.sqrt(4 * best) + 4 * TIE**2
        assert tuple(one_to_one(distance).tolist()) == min(k for k, total in totals.items() if total <= limit)


def test_match_offers() -> None:
    queries, keys = given(random(6, 3, 1)), given(random(8, 3, 2))
    plain = match(queries, keys, "nearest", 3)
    assert plain.tolist() == nearest(distances(queries, keys), 3).tolist()
    single = match(queries, keys, "one-to-one", 3)
    assert single.shape == (6, 3)
    assert single[:, 0].tolist() == one_to_one(distances(queries, keys)).tolist()
    for row, full in zip(single.tolist(), nearest(distances(queries, keys), 8).tolist(), strict=True):
        assert row[1:] == [key for key in full if key != row[0]][:2]
    assert match(queries, keys, "one-to-one", 99).sort(dim=1).values.tolist() == [list(range(8))] * 6


def test_nothing_to_match() -> None:
    none, some = given(torch.zeros(0, 3)), given(random(4, 3))
    assert match(none, some, "one-to-one", 2).shape == (0, 2)
    assert match(some, none, "one-to-one", 2).shape == (4, 0)
    assert match(some, some.first(1)).tolist() == [[0]] * 4
    assert match(some.first(1), some.first(1), "one-to-one").tolist() == [[0]]


def test_wrong_use_is_named() -> None:
    some = given(random(4, 3))
    with pytest.raises(UsageError, match="nearest, one-to-one"):
        match(some, some, "best")
    with pytest.raises(UsageError, match="at least 1"):
        match(some, some, "nearest", 0)
    with pytest.raises(UsageError, match="different kinds"):
        distances(some, given(random(4, 4)))
    with pytest.raises(UsageError, match="spectral, shape, colour, seed"):
        ReadHead("round")


def test_the_module_does_what_the_function_does() -> None:
    queries, keys = given(random(6, 3, 1)), given(random(8, 3, 2))
    head = ReadHead("shape", "one-to-one", 2)
    assert torch.equal(head(queries, keys), match(queries, keys, "one-to-one", 2))
    assert not list(head.parameters())
