"""Selections against a direct solver, closed forms, and whatever callers may give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import InputError, UsageError
from itten.graph import make_stencil
from itten.kernels.numba.team import limited
from itten.kernels.reference.walk import walk as by_the_book
from itten.regions import solver, walkgraph


def noise(seed: int, height: int, width: int, kind: type = np.float64, channels: int = 3) -> torch.Tensor:
    """A smooth picture with an edge across it and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    base = 0.3 + 0.3 * (y * width > x * height) + 0.05 * np.sin(x / 7)
    return torch.from_numpy(np.clip(base + 0.06 * rng.standard_normal((channels, height, width)), 0, 1).astype(kind))


def scribbles(seed: int, height: int, width: int, labels: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    seeds = np.zeros((height, width), np.int64)
    for label in labels:
        y, x = rng.integers(0, height), rng.integers(0, max(width - 4, 1))
        seeds[y, x : x + 4] = label
    return seeds


def direct(image: torch.Tensor, seeds: np.ndarray, exclude: np.ndarray | None = None, **options: Any) -> np.ndarray:
    config = SpectrumConfig(**options)
    stencil = make_stencil(config.radii, config.weights)
    return by_the_book(
        image.double().numpy(), stencil.offsets, stencil.weights, 1 / config.edge_threshold, seeds, exclude
    )


@pytest.mark.parametrize(("height", "width"), [(1, 19), (7, 5), (23, 31), (50, 43)])
@pytest.mark.parametrize("threshold", [0.15, 0.05])
def test_probabilities_are_those_of_the_direct_solution(height: int, width: int, threshold: float) -> None:
    seeds = scribbles(height, height, width, (3, 8, 20))
    image = noise(width, height, width)
    truth = direct(image, seeds, edge_threshold=threshold)
    tight = itten.select(image, seeds, tol=1e-9, edge_threshold=threshold)
    assert tight.status == "converged"
    assert tight.iterations <= 16
    assert tight.values == tuple(np.unique(seeds[seeds > 0]).tolist())
    assert np.abs(tight.probabilities.numpy() - truth).max() < 2e-8
    assert float(tight.residuals.max()) < 1e-6
    loose = itten.select(image.float(), seeds, edge_threshold=threshold)
    assert loose.probabilities.dtype == torch.float32
    assert np.abs(loose.probabilities.numpy() - truth).max() < 5e-4
    labels = np.array(tight.values)[truth.argmax(axis=0)]
    clear = np.sort(truth, axis=0)[-1] - (np.sort(truth, axis=0)[-2] if len(truth) > 1 else 0) > 1e-3
    assert np.array_equal(loose.labels.numpy()[clear], labels[clear])
    assert np.array_equal(loose.labels.numpy()[seeds > 0], seeds[seeds > 0])


def test_a_chain_of_resistors() -> None:
    """With radius 1 a row of pixels is a chain: potentials fall by the resistances 1 / w."""
    colours = np.random.default_rng(0).random((1, 1, 30))
    seeds = np.zeros((1, 30), np.int64)
    seeds[0, 0], seeds[0, -1] = 1, 2
    found = itten.select(torch.from_numpy(colours).expand(2, 1, 30), seeds, radii=(1,), tol=1e-10, edge_threshold=0.15)
    resistance = np.exp(np.abs(np.diff(colours[0, 0])) * np.sqrt(2) / 0.15)
    expected = 1 - np.append(0, np.cumsum(resistance)) / resistance.sum()
    assert np.abs(found.of(1)[0].numpy() - expected).max() < 1e-12


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_residuals_are_those_of_what_is_returned(kind: type) -> None:
    image, seeds = noise(3, 52, 61, kind), scribbles(4, 52, 61, (1, 2))
    found = itten.select(image, seeds, edge_threshold=0.15)
    config = SpectrumConfig()
    stencil = make_stencil(config.radii, config.weights)
    from itten.kernels.reference.lanczos import laplacian_matrix

    matrix = laplacian_matrix(image.double().numpy(), stencil.offsets, stencil.weights, 1 / config.edge_threshold)
    free = seeds.ravel() == 0
    for number, value in enumerate(found.values):
        rest = matrix @ found.probabilities[number].double().numpy().ravel()
        given = matrix @ (seeds.ravel() == value).astype(float)
        told = float(found.residuals[number])
        assert told == pytest.approx(np.linalg.norm(rest[free]) / np.linalg.norm(given[free]), rel=0.02)


def test_one_label_takes_all_that_it_reaches() -> None:
    image, seeds = noise(1, 50, 60), np.zeros((50, 60), int)
    seeds[4, 5] = 9
    wall = np.zeros((50, 60), bool)
    wall[:, 30:36] = True
    found = itten.select(image, seeds, exclude=wall, edge_threshold=0.15)
    assert bool((found.labels[:, :30] == 9).all() and (found.labels[:, 30:] == 0).all())
    assert bool((found.probabilities[0, :, :30] == 1).all() and (found.probabilities[0, :, 30:] == 0).all())
    assert (found.values, found.iterations, found.status) == ((9,), 0, "converged")


def test_what_is_excluded_is_no_part_of_the_graph() -> None:
    image, seeds = noise(2, 54, 50), scribbles(3, 54, 50, (1, 2, 3))
    hole = np.zeros((54, 50), bool)
    hole[20:30, 10:40] = True
    found = itten.select(image, np.where(hole, 0, seeds), exclude=hole, tol=1e-8, edge_threshold=0.15)
    assert np.abs(found.probabilities.numpy() - direct(image, np.where(hole, 0, seeds), hole)).max() < 1e-7
    assert bool((found.labels[torch.from_numpy(hole)] == 0).all())
    inside = itten.select(
        image, np.where(hole, 7, seeds), exclude=torch.from_numpy(hole), tol=1e-8, edge_threshold=0.15
    )
    assert torch.equal(inside.labels, found.labels)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_pieces_behind_light_edges(kind: type) -> None:
    """Dark squares on light ground at exp(−35) of its weight, one of them in the middle between both labels."""
    image = torch.full((3, 60, 81), 0.999, dtype=torch.float64)
    for left in (8, 37, 66):
        image[:, 25:32, left : left + 7] = 0.001
    seeds = np.zeros((60, 81), int)
    seeds[:, 0], seeds[:, -1] = 1, 2
    found = itten.select(image.numpy().transpose(1, 2, 0).astype(kind), seeds, edge_threshold=0.05)
    one = found.of(1).numpy()
    assert found.status == "converged"
    assert one[25:32, 37:44] == pytest.approx(0.5, abs=1e-3)
    for left in (8, 66):
        inside, around = one[25:32, left : left + 7], one[19:38, left - 6 : left + 13]
        assert np.ptp(inside) < 1e-6
        assert around.min() < inside[0, 0] < around.max()
    assert int((found.labels == 0).sum()) == 0


@pytest.mark.parametrize("threshold", [0.03, 0.02])
def test_jumps_of_many_orders(threshold: float) -> None:
    rng = np.random.default_rng(7)
    image = torch.from_numpy(np.repeat(rng.random((3, 8, 9)), 6, axis=1).repeat(6, axis=2) * 0.35)
    seeds = scribbles(8, 48, 54, (1, 2, 3))
    truth = direct(image, seeds, edge_threshold=threshold)
    found = itten.select(image.float(), seeds, edge_threshold=threshold, tol=1e-5)
    assert np.abs(found.probabilities.numpy() - truth).max() < 1e-3
    assert found.status == "converged"


def test_no_edge_at_all_is_no_way() -> None:
    features = torch.zeros(4, 48, 50)
    features[:, :, 25:] = 1000.0
    seeds = np.zeros((48, 50), int)
    seeds[3, 3] = 2
    found = itten.select(features, seeds, edge_threshold=0.15)
    assert bool((found.labels[:, :25] == 2).all() and (found.labels[:, 25:] == 0).all())
    assert bool((found.probabilities[:, :, 25:] == 0).all())


def test_ties_go_to_the_lower_label() -> None:
    seeds = np.zeros((51, 51), int)
    seeds[:, 0], seeds[:, -1] = 5, 4
    found = itten.select(np.full((51, 51, 3), 0.5, np.float32), seeds)
    assert bool((found.labels[:, 25] == 4).all())
    assert bool((found.labels[:, :25] == 5).all() and (found.labels[:, 26:] == 4).all())


def test_many_labels_are_solved_in_parts() -> None:
    image, labels = noise(5, 46, 46), tuple(range(10, 30))
    seeds = scribbles(11, 46, 46, labels)
    found = itten.select(image, seeds, tol=1e-8, edge_threshold=0.15)
    assert len(found) > 17
    assert np.abs(found.probabilities.numpy() - direct(image, seeds)).max() < 1e-7
    assert torch.allclose(found.probabilities.sum(dim=0), torch.ones(46, 46, dtype=torch.float64))


def test_the_same_bytes_however_it_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    image, seeds = noise(6, 90, 71, np.float32), scribbles(9, 90, 71, (1, 2, 3))
    with limited(1):
        one = itten.select(image, seeds)
    with limited(3):
        three = itten.select(image, seeds)
    assert torch.equal(one.probabilities, three.probabilities)
    assert solver.TOGETHER == 16
    monkeypatch.setattr(walkgraph, "SELECTION_STORED", 0)
    streamed = itten.select(image, seeds)
    assert float((streamed.probabilities - one.probabilities).abs().max()) < 1e-5


def test_steps_do_not_grow_with_the_picture() -> None:
    small = noise(1, 64, 64, np.float32)
    large = torch.nn.functional.interpolate(small[None], (192, 192), mode="bilinear")[0]
    seeds = scribbles(2, 64, 64, (1, 2, 3))
    few = itten.select(small, seeds).iterations
    many = itten.select(large, np.kron(seeds, np.ones((3, 3), int))).iterations
    assert 0 < few <= 12
    assert many <= few + 2


def test_seeds_of_all_kinds() -> None:
    image, seeds = noise(1, 20, 30), scribbles(2, 20, 30, (1, 2))
    known = itten.select(image, seeds).labels
    turned = np.ascontiguousarray(seeds[::-1, ::-1])[::-1, ::-1]
    others = turned, torch.from_numpy(seeds), seeds.astype(np.uint8), seeds.astype(">i4"), seeds.tolist()
    for other in (*others, seeds.T.copy().T):
        assert torch.equal(itten.select(image, other).labels, known)
    assert set(itten.select(image, seeds == 1).labels.unique().tolist()) == {1}


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (np.zeros((20, 30), int), "0 everywhere"),
        (np.zeros((20, 30), bool), "0 everywhere"),
        (np.ones((20, 30)), "float64"),
        (np.ones((30, 20), int), r"\(30, 20\)"),
        (np.ones((1, 20, 30), int), "shape"),
        (-np.eye(20, 30, dtype=int), r"-1 at index \(0, 0\)"),
        (None, "seeds"),
        ("marks.png", "seeds"),
        ([[1, 2], [3]], "seeds"),
        (np.full((20, 30), 2**64 - 1, np.uint64), "2\\*\\*63"),
    ],
)
def test_seeds_that_are_none(seeds: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        itten.select(noise(1, 20, 30), seeds)


def test_other_mistakes() -> None:
    image, seeds = noise(1, 20, 30), scribbles(2, 20, 30, (1, 2))
    with pytest.raises(InputError, match="one picture"):
        itten.select(image[None], seeds)
    with pytest.raises(InputError, match="exclude"):
        itten.select(image, seeds, exclude=np.zeros((20, 31), bool))
    with pytest.raises(InputError, match="0 everywhere"):
        itten.select(image, seeds, exclude=seeds > 0)
    for tol in (0, 1.0, -1e-3, "fine", None, True, float("nan")):
        with pytest.raises(UsageError, match="tol"):
            itten.select(image, seeds, tol=tol)
    with pytest.raises(UsageError, match="config"):
        itten.select(image, seeds, 0.15)
    with pytest.raises(UsageError, match="not both"):
        itten.select(image, seeds, SpectrumConfig(), edge_threshold=0.1)
    with pytest.raises(UsageError, match="there are 1, 2"):
        itten.select(image, seeds).of(3)
