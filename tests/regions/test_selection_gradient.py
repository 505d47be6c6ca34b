"""Gradients of a selection's probabilities into colours, against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten


def check(image: torch.Tensor, seeds: np.ndarray, **options: object) -> None:
    image = image.clone().requires_grad_(True)
    rng = torch.Generator().manual_seed(3)
    options = {"edge_threshold": 0.15, **options}
    found = itten.select(image, seeds, tol=1e-10, **options)
    slope = torch.randn(found.probabilities.shape, generator=rng, dtype=torch.float64)
    (found.probabilities * slope).sum().backward()
    assert image.grad is not None
    for _ in range(3):
        way = torch.randn(image.shape, generator=rng, dtype=torch.float64)
        ends = [itten.select(image.detach() + step * way, seeds, tol=1e-11, **options) for step in (1e-6, -1e-6)]
        expected = float(((ends[0].probabilities - ends[1].probabilities) * slope).sum()) / 2e-6
        assert float((image.grad * way).sum()) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def picture(seed: int, *shape: int) -> torch.Tensor:
    return 0.2 + 0.6 * torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def seeds_in(height: int, width: int, *places: tuple[int, int, int]) -> np.ndarray:
    seeds = np.zeros((height, width), int)
    for y, x, label in places:
        seeds[y, x] = label
    return seeds


@pytest.mark.parametrize("shape", [(3, 12, 15), (1, 9, 7), (5, 1, 20)])
def test_small_pictures(shape: tuple[int, int, int]) -> None:
    height, width = shape[1:]
    check(picture(1, *shape), seeds_in(height, width, (0, 1, 4), (height - 1, width - 1, 2), (height // 2, 3, 9)))


def test_iterated_and_with_a_hole() -> None:
    hole = np.zeros((50, 44), bool)
    hole[10:20, 12:30] = True
    check(picture(2, 3, 50, 44), seeds_in(50, 44, (3, 3, 1), (40, 40, 2), (45, 4, 3)), exclude=hole)


def test_light_edges() -> None:
    image = 0.5 * picture(3, 3, 48, 46)
    image[:, 20:24, 20:24] += 0.3
    check(image, seeds_in(48, 46, (3, 3, 1), (40, 40, 2)), edge_threshold=0.05)


def test_equal_colours_have_the_mean_of_both_sides() -> None:
    """All is flat: a change of one pixel's colour, in either direction, makes its edges lighter; the mean is 0."""
    image = torch.full((3, 12, 12), 0.5, dtype=torch.float64, requires_grad=True)
    found = itten.select(image, seeds_in(12, 12, (2, 2, 1), (9, 8, 2)))
    found.probabilities[0].sum().backward()
    assert image.grad is not None
    assert float(image.grad.abs().max()) == 0


def test_one_label_and_no_gradient_asked() -> None:
    image = picture(4, 3, 10, 10)
    seeds = seeds_in(10, 10, (5, 5, 3))
    assert not itten.select(image, seeds).probabilities.requires_grad
    image.requires_grad_(True)
    found = itten.select(image, seeds)
    found.probabilities.sum().backward()
    assert image.grad is not None
    assert float(image.grad.abs().max()) == 0
    assert not found.labels.requires_grad


def test_float32_pictures_have_nearly_the_same() -> None:
    seeds, image = seeds_in(50, 60, (3, 3, 1), (40, 40, 2)), picture(5, 3, 50, 60)
    grads = []
    for kind in (torch.float32, torch.float64):
        one = image.to(kind).requires_grad_(True)
        itten.select(one, seeds, tol=1e-6).probabilities[0, 10:20].sum().backward()
        assert one.grad is not None
        assert one.grad.dtype == kind
        grads.append(one.grad.double())
    assert float((grads[0] - grads[1]).abs().max()) < 1e-3 * float(grads[1].abs().max())
