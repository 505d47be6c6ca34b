"""Growing strokes, closing by squares, and reading between pixels: compiled and in tensors against the references."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from itten.kernels import kernel
from tests.drawn import hatching, painted, rings

SHAPES = [(1, 1), (1, 13), (11, 2), (23, 31)]


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def run(name: str, backend: str, *arguments):
    if backend == "torch":
        arguments = [torch.from_numpy(one) if isinstance(one, np.ndarray) else one for one in arguments]
    found = kernel(name, backend)(*arguments)
    parts = found if isinstance(found, tuple) else (found,)
    return [np.asarray(part) for part in parts]


CASES = {
    "rings": rings(48, (9, 16), 3.0, (23.2, 24.7)),
    "hatching": hatching(6.0, 30.0, size=40),
    "one pixel": np.pad(np.ones((1, 20)), 6),
    "half": np.pad(np.full((1, 20), 0.6), 6),
    "all": np.ones((9, 9)),
    "none": np.zeros((9, 9)),
    **{f"noise {shape}": random(*shape) for shape in SHAPES},
}


@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize("name", CASES)
def test_strokes_grow_as_in_the_reference(name, backend):
    alpha = CASES[name].astype(np.float32)
    image, ink = painted(alpha).numpy(), random(3, *alpha.shape, seed=1)
    if name == "half":  # both sides are equally near, and rounding decides from which the colour comes
        ink[:] = ink[:, :1, :1]
    limit = 0.2 * random(*alpha.shape, seed=2) if name != "half" else np.full_like(alpha, 0.1)
    found = run("grow_ink", backend, image, alpha, ink, limit, 2.5)
    wanted = run("grow_ink", "reference", image, alpha, ink, limit, 2.5)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
    assert (found[1] >= alpha).all()
    if name in ("rings", "hatching", "one pixel"):
        assert np.abs(found[0] - image).max() > 0.05


@pytest.mark.parametrize("breadth", [1.0, 2.4, 6.0])
@pytest.mark.parametrize("degrees", [0, 17, 45, 90])
def test_a_line_grows_by_its_share_of_its_breadth(breadth, degrees):
    alpha = hatching(48.0, degrees, breadth).astype(np.float32)
    limit = np.full_like(alpha, 0.15)
    _, grown = run("grow_ink", "numba", painted(alpha).numpy(), alpha, painted(alpha).numpy(), limit, 3)
    inner = (slice(16, -16), slice(16, -16))
    assert grown[inner].sum() / alpha[inner].sum() == pytest.approx(1.3, abs=0.06)


@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize(("shape", "radius"), [((37, 61), 4), ((5, 130), 9), ((64, 70), 32), ((1, 7), 3), ((1, 1), 1)])
def test_closing_is_exact(shape, radius, backend):
    values = random(*shape)
    np.testing.assert_array_equal(
        run("closed", backend, values, radius)[0], run("closed", "reference", values, radius)[0]
    )


@pytest.mark.parametrize("backend", ["numba", "torch"])
def test_pieces_are_read_as_in_the_reference(backend):
    stack, labels = random(4, 17, 23), np.random.default_rng(1).integers(0, 3, (17, 23))
    place = np.random.default_rng(2)
    y, x = place.uniform(-3, 20, 300), place.uniform(-3, 26, 300)
    y[:40], x[:40] = y[:40].round(), x[:40].round()
    number = place.integers(1, 3, 300)
    found = run("sample_pieces", backend, stack, labels, number, y, x)[0]
    np.testing.assert_allclose(found, run("sample_pieces", "reference", stack, labels, number, y, x)[0], atol=2e-6)
    inside = np.flatnonzero((y[:40] >= 0) & (y[:40] < 17) & (x[:40] >= 0) & (x[:40] < 23))
    rows, columns = y[inside].astype(int), x[inside].astype(int)
    own = labels[rows, columns] == number[inside]
    np.testing.assert_array_equal(found[:, inside], np.where(own, stack[:, rows, columns], 0))
    assert own.any()


@pytest.mark.parametrize("backend", ["numba", "torch", "reference"])
def test_coverage_neither_overshoots_nor_undershoots(backend):
    alpha = np.zeros((9, 12), np.float32)
    alpha[:, 4:8] = 1.0
    stack = np.concatenate([np.float32([0.2, 0.4, 0.6])[:, None, None] * alpha, alpha[None]])
    x = np.linspace(1.0, 10.0, 40)
    one, y = np.ones(40, np.int64), np.full(40, 4.3)
    found = run("sample_pieces", backend, stack, np.ones((9, 12), np.int64), one, y, x)[0]
    assert found[3].min() == 0.0
    assert found[3].max() == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(found[:3], np.array([[0.2], [0.4], [0.6]]) * found[3], atol=1e-6)


@pytest.mark.parametrize("backend", ["numba", "torch"])
@pytest.mark.parametrize("points", [0, 1, 400])
def test_points_are_laid_over_one_another_in_their_order(points, backend):
    image, colours, coverage = random(3, 7, 9), random(3, points, seed=1), random(points, seed=2)
    place = np.random.default_rng(3).integers(0, 64, points)
    found = run("blend_points", backend, image, place, colours, coverage)[0]
    wanted = run("blend_points", "reference", image, place, colours, coverage)[0]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert np.array_equal(found, image) == (points == 0)
