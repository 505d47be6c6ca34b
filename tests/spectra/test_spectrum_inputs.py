"""What a picture may be, and what a word means: channels, batches, pixels that are left out, thresholds."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

import itten
from itten.errors import ConvergenceError, GradientError, InputError, UsageError
from itten.graph.contrast import auto_threshold
from itten.spectra.stitched import outcome
from itten.spectra.stitched.host import double
from tests.pictures import drawing, noise


def same(one: itten.Spectrum, other: itten.Spectrum) -> bool:
    return torch.equal(one.values, other.values) and torch.equal(one.vectors, other.vectors)


def test_channels_last_are_refused_and_said_so() -> None:
    for shape in ((70, 100, 3), (30, 40, 4)):
        with pytest.raises(InputError, match=r"looks like \(H, W, \d\).*movedim"):
            itten.spectrum(torch.rand(shape), 4)
        with pytest.raises(InputError, match="movedim"):
            itten.eigenpairs(torch.rand(shape), 4)
    assert itten.spectrum(torch.rand(5, 60, 3), 3).vectors.shape == (3, 60, 3)  # few channels, and a narrow picture


def test_numpy_features_have_their_channels_last() -> None:
    features = np.random.default_rng(0).normal(size=(20, 24, 7)).astype(np.float32)
    found = itten.spectrum(features, 4, edge_threshold="auto")
    first = torch.from_numpy(features).movedim(-1, 0).contiguous()
    assert same(found, itten.spectrum(first, 4, edge_threshold="auto"))
    assert same(itten.spectrum(features[::-1], 4), itten.spectrum(first.flip(1), 4))
    spoiled = features.copy()
    spoiled[3, 5, 6] = np.nan
    with pytest.raises(InputError, match=r"nan at index \(3, 5, 6\)"):
        itten.spectrum(spoiled, 4)
    picture = drawing(20, 24)
    array = picture.numpy().transpose(1, 2, 0)
    assert same(itten.spectrum(array, 4), itten.spectrum(picture, 4))
    assert same(
        itten.spectrum(array * 90 - 20, 4, edge_threshold=9), itten.spectrum(picture * 90 - 20, 4, edge_threshold=9)
    )


def test_three_channels_may_have_any_values() -> None:
    lab = 80 * drawing(30, 40) - 40
    found = itten.spectrum(lab, 5, edge_threshold=12.0)
    values, _ = itten.eigenpairs(lab, 5, edge_threshold=12.0)
    torch.testing.assert_close(found.values, values, rtol=5e-3, atol=1e-9)


@pytest.mark.parametrize("solve", [itten.spectrum, itten.eigenpairs])
def test_weights_that_vanish_are_told(solve: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "itten"):
        solve(255 * noise(20, 24), 3)  # type: ignore[operator]
    assert "no edge is left" in caplog.text
    assert "'auto'" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, "itten"):
        solve(255 * noise(20, 24), 3, edge_threshold=40.0)  # type: ignore[operator]
        solve(noise(20, 24), 3)  # type: ignore[operator]
    assert "no edge" not in caplog.text


def test_the_threshold_may_follow_the_contrast() -> None:
    image = 255 * drawing(30, 40)
    found = itten.spectrum(image, 4, edge_threshold="auto")
    assert found.edge_threshold == auto_threshold(image)
    assert itten.spectrum(image / 255, 4).edge_threshold == 0.15
    values, _ = itten.eigenpairs(image, 4, edge_threshold="auto")
    torch.testing.assert_close(found.values, values, rtol=5e-3, atol=1e-9)
    with pytest.raises(UsageError, match="'auto'"):
        itten.eigenpairs(image, 4, edge_threshold="some")


def test_batches_give_lists() -> None:
    batch = torch.stack([drawing(24, 30), noise(24, 30)])
    found = itten.spectrum(batch, 4)
    assert [same(one, itten.spectrum(image, 4)) for one, image in zip(found, batch, strict=True)] == [True, True]
    hole = torch.zeros(2, 24, 30, dtype=torch.bool)
    hole[1, 3:9, 4:11] = True
    found = itten.spectrum(batch, 4, exclude=hole)
    assert same(found[0], itten.spectrum(batch[0], 4))
    assert same(found[1], itten.spectrum(batch[1], 4, exclude=hole[1]))
    assert same(itten.spectrum(batch, 4, exclude=hole[1])[1], found[1])
    assert itten.spectrum(batch[:0], 4) == []
    with pytest.raises(InputError, match="3 masks for a batch of 2"):
        itten.spectrum(batch, 4, exclude=hole[:1].expand(3, -1, -1))
    with pytest.raises(UsageError, match="one by one"):
        itten.spectrum(batch, 4, warm=found[0])


def test_the_old_name_of_exclude_still_works() -> None:
    image, hole = drawing(24, 30), np.zeros((24, 30), bool)
    hole[4:9, 6:14] = True
    with pytest.warns(DeprecationWarning, match="mask is called exclude"):
        old = itten.spectrum(image, 4, mask=hole)
    assert same(old, itten.spectrum(image, 4, exclude=hole))
    assert same(
        itten.spectrum(image.flip(1), 4, exclude=hole[::-1]),
        itten.spectrum(image.flip(1), 4, exclude=hole[::-1].copy()),
    )
    with pytest.raises(UsageError, match="one of them"):
        itten.spectrum(image, 4, mask=hole, exclude=hole)


@pytest.mark.parametrize("k", [np.int64(3), np.uint8(3)])
def test_numbers_of_numpy_are_numbers(k: object) -> None:
    assert len(itten.spectrum(drawing(20, 24), k)) == 3  # type: ignore[arg-type]
    assert len(itten.eigenpairs(drawing(20, 24), k)[0]) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [True, 2.0, "3", None, -1])
def test_what_is_no_number_of_vectors(k: object) -> None:
    for solve in (itten.spectrum, itten.eigenpairs):
        with pytest.raises(UsageError, match="k must be a whole number"):
            solve(drawing(20, 24), k)  # type: ignore[operator]


@pytest.mark.parametrize("laplacian", ["combinatorial", "normalised"])
@pytest.mark.parametrize("size", [(14, 12), (40, 36)])
def test_eigenpairs_without_some_pixels(laplacian: str, size: tuple[int, int]) -> None:
    image = noise(*size).double()
    hole = torch.zeros(size, dtype=torch.bool)
    hole[2:6, 3:9] = True
    image.requires_grad_(True)
    values, vectors = itten.eigenpairs(image, 4, exclude=hole, laplacian=laplacian)
    found = itten.spectrum(image.detach(), 4, exclude=hole, laplacian=laplacian, tol=1e-9)
    torch.testing.assert_close(values, found.values, rtol=1e-6, atol=1e-10)
    assert not vectors[:, hole].any()
    slope = torch.rand(vectors.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def loss(picture: torch.Tensor) -> torch.Tensor:
        values, vectors = itten.eigenpairs(picture, 4, exclude=hole, laplacian=laplacian)
        return (slope * vectors.square()).sum() + values.sum()

    loss(image).backward()
    assert not image.grad[:, hole].any()
    way = torch.randn(image.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    step = 1e-6
    ends = [float(loss(image.detach() + side * step * way)) for side in (1, -1)]
    assert float((image.grad * way).sum()) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-4)


def test_nearly_all_vectors_are_warned_of(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def solved(*_: object, **__: object) -> itten.Spectrum:
        raise KeyboardInterrupt

    monkeypatch.setitem(__import__("sys").modules["itten.spectra.solve"]._SPECTRUM, "stitched", solved)
    with caplog.at_level(logging.WARNING, "itten"), pytest.raises(KeyboardInterrupt):
        itten.spectrum(noise(70, 100), 7000)
    assert "7000 eigenvectors of a picture of 7000 pixels" in caplog.text
    assert "minutes" in caplog.text


def test_second_derivatives_are_refused_by_name() -> None:
    image = noise(8, 9).double().requires_grad_(True)
    seeds = np.zeros((8, 9), int)
    seeds[0, 0], seeds[7, 8] = 1, 2
    losses = {
        "eigenpairs": itten.eigenpairs(image, 3)[0].sum(),
        "select": itten.select(image, seeds).probabilities[0].sum(),
    }
    for name, loss in losses.items():
        (first,) = torch.autograd.grad(loss, image, create_graph=True)
        with pytest.raises(GradientError, match=f"{name} has first derivatives only"):
            first.square().sum().backward()
    assert torch.autograd.grad(itten.eigenpairs(image, 3)[0].sum(), image)[0].requires_grad is False


def test_who_has_float64_is_not_told_to_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "MOST_STEPS", 1)
    monkeypatch.setattr(double, "MOST_STEPS", 1)
    for dtype, told in ((torch.float32, True), (torch.float64, False)):
        with pytest.raises(ConvergenceError) as caught:
            itten.spectrum(noise(70, 64).to(dtype), 4, tol=1e-7)
        assert ("float64 picture" in str(caught.value)) is told
