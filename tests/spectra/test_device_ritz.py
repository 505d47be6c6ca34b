"""Rayleigh–Ritz in batched tensors against the one in arrays."""

import numpy as np
import pytest
import torch

from itten.spectra.stitched.device.ritz import device_ritz
from itten.spectra.stitched.host.ritz import ritz
from tests.kernels.triton_cases import DEVICE
from tests.waits import no_waits


def pencil(rng, case, n):
    """Projections of a matrix with separated lowest values onto columns, some of them zero, dependent or dead."""
    size = 4 * n
    q = np.linalg.qr(rng.standard_normal((size, size)))[0]
    matrix = (q * np.linspace(0.0, 5.0, size) ** 2) @ q.T
    x = rng.standard_normal((size, n)) * 10.0 ** rng.uniform(-3, 3, n)
    if case % 2:
        x[:, rng.integers(0, n, n // 4)] = 0.0
    if case % 3 == 1:
        x[:, n // 2 : n // 2 + 5] = x[:, :5] @ rng.standard_normal((5, 5))
    if case % 3 == 2:
        x[:, 3:9] = x[:, 2:3] + 1e-5 * x[:, 3:9]
    live = rng.random(n) < (1.0, 0.7, 0.1)[case % 5 % 3]
    if case == 7:
        live[:] = False
    if case == 8:
        live[:16] = False
    return x.T @ matrix @ x, x.T @ x, live


def compare(cases, wanted, kind):
    a, b, live = (np.stack(parts) for parts in zip(*cases, strict=True))
    left, right, counts = (torch.from_numpy(x).to(DEVICE) for x in (a, b, live))
    values, c = device_ritz(left, right, wanted, counts, kind)
    assert values.shape == (len(a), wanted)
    assert c.shape == (len(a), a.shape[1], wanted)
    for i in range(len(a)):
        expected, coefficients = ritz(a[i], b[i], wanted, live[i])
        found, own = values[i].cpu().numpy(), c[i].cpu().numpy()
        rank = int(np.isfinite(expected).sum())
        np.testing.assert_array_equal(np.isfinite(found), np.isfinite(expected))
        np.testing.assert_allclose(found[:rank], expected[:rank], rtol=1e-10, atol=1e-11)
        assert (own[:, rank:] == 0).all()
        assert (own[~live[i]] == 0).all()
        np.testing.assert_allclose(own[:, :rank].T @ b[i] @ own[:, :rank], np.eye(rank), atol=1e-9)
        overlap = own[:, :rank].T @ b[i] @ coefficients[:, :rank]
        # Values here are distinct, so each vector is the other's up to its sign.
        gaps = np.diff(expected[:rank], prepend=-np.inf, append=np.inf)
        alone = np.minimum(gaps[:-1], gaps[1:]) > 1e-6
        alone[-1:] = False
        np.testing.assert_allclose(np.abs(np.diag(overlap))[alone], 1.0, atol=1e-7)


@pytest.mark.parametrize("n", [16, 32, 48])
def test_pairs_are_those_of_arrays(n):
    for case in range(30):
        rng = np.random.default_rng([n, case])
        compare([pencil(rng, case + i, n) for i in range(1 + case % 3)], (5, 16, n)[case % 3], "torch")


LONG = pytest.mark.long


@pytest.mark.parametrize("case", [6, 7, *(pytest.param(case, marks=LONG) for case in (0, 1, 2, 3, 4, 5, 8))])
def test_in_one_launch(case):
    rng = np.random.default_rng(case)
    n = {1: 32, 2: 48, 8: 32}.get(case, 16)
    compare([pencil(rng, case, n), pencil(rng, case + 1, n)][: 1 + (n == 16)], (10, n)[case % 2], "triton")


@LONG
def test_larger_pencils_are_left_to_tensors():
    rng = np.random.default_rng(4)
    compare([pencil(rng, 0, 80)], 16, "triton")


@pytest.mark.parametrize("kind", ["torch", pytest.param("triton", marks=LONG)])
def test_more_wanted_than_there_are(kind):
    rng = np.random.default_rng(1)
    compare([pencil(rng, 0, 16)], 20, kind)


def test_any_number_of_leading_axes():
    rng = np.random.default_rng(2)
    a, b, live = (torch.from_numpy(x) for x in pencil(rng, 0, 16))
    values, c = device_ritz(a, b, 4, live, "torch")
    many, more = device_ritz(a.expand(2, 3, 16, 16), b.expand(2, 3, 16, 16), 4, live.expand(2, 3, 16), "torch")
    assert values.shape == (4,)
    assert c.shape == (16, 4)
    assert many.shape == (2, 3, 4)
    torch.testing.assert_close(many[1, 2], values, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(more[1, 2].abs(), c.abs(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("kind", ["torch", "triton"])
def test_a_pencil_of_zeros(kind):
    zero, live = torch.zeros(2, 16, 16, dtype=torch.float64, device=DEVICE), torch.ones(2, 16, device=DEVICE) > 0
    values, c = device_ritz(zero, zero, 3, live, kind)
    assert torch.isinf(values).all()
    assert not c.any()
    values, _ = device_ritz(zero, torch.eye(16, dtype=torch.float64, device=DEVICE).expand_as(zero), 3, live, kind)
    assert not values.any()


def test_the_host_does_not_wait():
    a, b, live = (torch.from_numpy(x).to(DEVICE) for x in pencil(np.random.default_rng(3), 0, 16))
    with no_waits():
        device_ritz(a, b, 8, live, "triton")
    with no_waits(count_only=True) as watch:
        device_ritz(a, b, 8, live, "torch")
    assert len(watch.found) == 2
