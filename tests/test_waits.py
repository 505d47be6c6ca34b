"""The watch for waits sees every kind of them, and lets pass what a GPU does by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.waits import Waited, no_waits

X = torch.arange(6.0)
WHICH = torch.tensor([0, 2, 2])
MASK = X > 2
SQUARE = torch.eye(3, dtype=torch.float64)


@pytest.mark.parametrize(
    "waiting",
    [
        lambda: X.sum().item(),
        lambda: bool(MASK.any()),
        lambda: int(X[0]),
        lambda: float(X[0]),
        lambda: range(WHICH[1]),
        lambda: X.tolist(),
        lambda: X.cpu(),
        lambda: X.to("cpu"),
        lambda: X.to(device="cpu"),
        lambda: X.numpy(),
        lambda: np.asarray(X),
        lambda: torch.equal(X, X),
        lambda: MASK.nonzero(),
        lambda: torch.argwhere(MASK),
        lambda: torch.where(MASK),
        lambda: X[MASK],
        lambda: X.clone().__setitem__(MASK, 0.0),
        lambda: torch.masked_select(X, MASK),
        lambda: torch.unique(X),
        lambda: torch.unique(SQUARE, dim=0),
        lambda: torch.unique_consecutive(X),
        lambda: torch.bincount(WHICH, minlength=6),
        lambda: torch.repeat_interleave(X[:3], WHICH),
        lambda: torch.repeat_interleave(WHICH),
        lambda: torch.linalg.eigh(SQUARE),
        lambda: torch.linalg.eigvalsh(SQUARE),
        lambda: torch.linalg.cholesky(SQUARE),
        lambda: torch.linalg.inv(SQUARE),
    ],
)
def test_waits_are_found(waiting):
    with pytest.raises(Waited), no_waits():
        waiting()
    with no_waits(count_only=True) as watch:
        waiting()
    assert watch.found


def test_what_a_device_does_alone_may_pass():
    with no_waits() as watch:
        values = torch.where(MASK, X, 0.0)
        values[WHICH] = 2.0
        values = values.masked_fill(MASK, 1.0).cumsum(0)
        torch.repeat_interleave(X[:3], WHICH, output_size=4)
        torch.repeat_interleave(X, 2)
        torch.linalg.cholesky_ex(SQUARE, check_errors=False)
        values.to(torch.float64).to(X.device).argsort(stable=True)
        torch.zeros(4, dtype=torch.int64).index_add_(0, WHICH, WHICH).new_full((2,), 5)
        values.kthvalue(2)
    assert watch.uploads == 0
    assert not watch.found
    assert 8 < watch.launches < 40


def test_uploads_are_counted():
    for make in (
        lambda: torch.tensor([1, 2]),
        lambda: torch.tensor(1.5),
        lambda: torch.as_tensor([1.0, 2.0]),
        lambda: X.new_tensor([1.0, 2.0]),
        lambda: torch.from_numpy(np.zeros(3)),
        lambda: X[[0, -1]],
    ):
        with no_waits() as watch:
            make()
        assert watch.uploads == 1


def test_the_interpreter_is_exempt_and_all_is_as_before_afterwards():
    pytest.importorskip("triton")
    from itten.kernels import kernel

    with no_waits() as watch:
        labels = kernel("label_components", "triton")(MASK.reshape(2, 3))
    assert 3 < watch.launches < 9
    assert labels.tolist() == [[0, 0, 0], [4, 4, 4]]
    assert X.sum().item() == 15.0
