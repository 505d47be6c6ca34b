"""The compiled kernels of heads against their references, and against the heads' own tensor formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from itten.config import PassParameters
from itten.heads import complexity, composite, contour, find_segments, spectral_gate, thicken
from itten.heads.device import host_kernel
from itten.kernels import kernel
from itten.kernels.numba import maps
from itten.kernels.reference import fields
from tests.pictures import drawing, noise

SIZES = [(1, 1), (1, 9), (9, 1), (5, 4), (37, 51)]
PASS = PassParameters(effect=1.3, thicken_modulation=0.4, kernel_sigma_ratio=0.7, fill_threshold=0.1, dilation_radius=3)


def field_of(height: int, width: int) -> torch.Tensor:
    """Smooth here, busy there."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    return (y + x * x + 0.4 * x * (noise(height, width, 3)[0] - 0.5)).contiguous()


@pytest.mark.parametrize("window", [3, 7, 13])
@pytest.mark.parametrize("size", SIZES)
def test_busyness(size: tuple[int, int], window: int) -> None:
    field = field_of(*size)
    found = maps.busyness(field.numpy(), window)
    np.testing.assert_allclose(found, fields.busyness(field.double().numpy(), window), rtol=0, atol=2e-8)
    np.testing.assert_allclose(
        complexity(field, window).numpy(), complexity(field, window, "torch").numpy(), rtol=0, atol=1e-7
    )


@pytest.mark.parametrize("radius", [1, 3, 8])
@pytest.mark.parametrize("size", SIZES)
def test_thickening_is_the_tensors(size: tuple[int, int], radius: int) -> None:
    image, field = drawing(*size), field_of(*size)
    ink, busy = contour(image), complexity(field)
    gate = spectral_gate(field, percent=20.0)
    parameters = PASS.changed(dilation_radius=radius)
    found = thicken(image, gate, ink, busy, parameters)
    assert torch.equal(found, thicken(image, gate, ink, busy, parameters, backend="torch"))
    if min(size) > 30:
        assert not torch.equal(found, image)
        numbers = (1.3, 0.4, 0.7, 0.1, radius, 0.03)
        plain = fields.thicken(image.numpy(), gate.numpy(), ink.numpy(), busy.double().numpy(), *numbers)
        np.testing.assert_array_equal(found.numpy(), plain)


def test_rows_may_be_shared_out() -> None:
    field, image = field_of(37, 51), drawing(37, 51)
    ink, busy, gate = contour(image), complexity(field), spectral_gate(field, percent=20.0)
    whole, parts = maps.busyness(field.numpy(), 7), np.empty((37, 51))
    for first, last in ((20, 37), (0, 3), (3, 20)):
        maps._busy_rows(first, last, field.numpy(), 7, parts)
    np.testing.assert_array_equal(parts, whole)
    arrays = [one.numpy() for one in (image, gate, ink, busy)]
    taps, numbers = np.array([0.2, 0.7, 1.0, 0.7, 0.2]), np.array([1.0, 0.4, 0.2, 0.03, 0.9])
    whole, parts = image.numpy().copy(), image.numpy().copy()
    maps._thicken_rows(0, 37, *arrays, taps, numbers, whole)
    for first, last in ((20, 37), (0, 3), (3, 20)):
        maps._thicken_rows(first, last, *arrays, taps, numbers, parts)
    np.testing.assert_array_equal(parts, whole)
    assert (whole != image.numpy()).any()


def test_tables_are_the_tensors_and_the_references() -> None:
    mask, field = noise(40, 60, 5)[0] < 0.55, field_of(40, 60)
    found, other = (find_segments(mask, field, 4, 9, backend) for backend in ("auto", "torch"))
    assert len(found) == 9
    for name in ("pixels", "owner", "size", "centroid", "box", "mean", "deviation"):
        assert torch.equal(getattr(found, name), getattr(other, name)), name
    labels = kernel("label_components", "numba")(mask.numpy())
    names, size = np.unique(labels[labels > 0], return_counts=True)
    names, size = names[::-1][:7], size[::-1][:7]
    sorted_, plain = (kernel("segment_pixels", one)(labels, names, size) for one in ("numba", "reference"))
    for mine, theirs in zip(sorted_, plain, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    owner = np.where(plain[1] == 3, -1, plain[1])
    owner[owner > 3] -= 1
    sums = [kernel("segment_sums", one)(plain[0], owner, field.numpy(), 6) for one in ("numba", "reference")]
    for mine, theirs in zip(*sums, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_last_point_wins() -> None:
    image = drawing(20, 30)
    place = torch.randint(0, 601, (900,), generator=torch.Generator().manual_seed(1))
    colours = noise(1, 900)[:, 0]
    assert torch.equal(composite(image, place, colours), composite(image, place, colours, backend="torch"))
    inside = place[place < 600].numpy()
    mine, theirs = (
        kernel("scatter_last", one)(image.numpy(), inside, colours[:, : len(inside)].numpy())
        for one in ("numba", "reference")
    )
    for left, right in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(left, right)


def test_where_there_is_no_compiled_kernel() -> None:
    field = field_of(9, 9)
    assert host_kernel("busyness", "auto", field) is not None
    assert host_kernel("busyness", "numba", field) is not None
    assert host_kernel("busyness", "torch", field) is None
    assert host_kernel("busyness", "auto", field.double()) is None
    assert host_kernel("busyness", "auto", field.clone().requires_grad_()) is None
    with torch.no_grad():
        assert host_kernel("busyness", "auto", field.clone().requires_grad_()) is not None
