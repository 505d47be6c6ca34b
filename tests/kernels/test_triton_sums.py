"""Segment sums and ordered scatters: torch and Triton equal the plain reference bit by bit."""

import numpy as np
import pytest

from itten.kernels.reference import scatter, sums
from tests.kernels.triton_cases import cases, generators, run


def options(backend, **small):
    return small if backend == "triton" else {}


@pytest.mark.parametrize("backend", ["torch", "triton"])
@cases(0, 1, 2, 3, 5, 10)
def test_segment_sums_equal_the_reference(backend, numbers):
    for case, rng in generators(numbers):
        height, width = (int(n) for n in rng.integers(1, 9, 2))
        pixels = rng.permutation(height * width)[: rng.integers(1, height * width + 1)].astype(np.int64)
        count = int(rng.integers(1, min(len(pixels), 5) + 1))
        owner = np.concatenate([np.arange(count), rng.integers(-1, count, len(pixels) - count)])
        owner = np.sort(owner) if case % 2 else rng.permutation(owner)
        field = rng.standard_normal((height, width)) * rng.choice([1e-6, 1.0, 3000.0])
        field = field.astype((np.float32, np.float64)[case % 3 == 0])
        if case % 5 == 0:
            field = np.round(field * 2**20) / 2**31  # halves: which way they are rounded shows
        expected = sums.segment_sums(pixels, owner, field, count)
        small = options(backend, lanes=(4, 8)[case % 2], runs=2)
        found = run("segment_sums", pixels, owner, field, count, backend=backend, **small)
        for one, other in zip(found[:4], expected, strict=False):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_max_ulp(found[4], expected[4])  # torch rounds roots to a neighbour now and then


@pytest.mark.parametrize("backend", ["torch", "triton"])
@pytest.mark.parametrize("operation", ["scatter_last", "scatter_mean"])
@cases(0, 1, 2, 3, 4, 5, 6, 7)
def test_scatters_equal_the_reference(operation, backend, numbers):
    for case, rng in generators(numbers):
        height, width = (int(n) for n in rng.integers(1, 7, 2))
        points = 0 if case == 0 else int(rng.integers(1, 40))
        channels = (3, 1)[case % 4 == 3]
        dtype = (np.float32, np.float64)[case % 3 == 0]
        image = rng.random((channels, height, width)).astype(dtype)
        place = rng.integers(0, height * width, points)
        colours = rng.random((channels, points)).astype(dtype)
        expected = getattr(scatter, operation)(image, place, colours)
        small = options(backend, block=(8, 32)[case % 2])
        found = run(operation, image, place, colours, backend=backend, **small)
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("operation", ["scatter_last", "scatter_mean"])
@cases(0, 1, 2, 3, every=20)
def test_points_beyond_the_picture_paint_nothing(operation, numbers):
    for case, rng in generators(numbers):
        image, colours = rng.random((3, 4, 5)), rng.random((3, 30))
        place = rng.integers(0, 21, 30)
        kept = place < 20
        expected = list(getattr(scatter, operation)(image, place[kept], colours[:, kept]))
        if operation == "scatter_last":  # winners are numbers of points
            expected[1] = np.where(expected[1] >= 0, np.flatnonzero(kept)[expected[1]], -1)
        found = run(operation, image, place, colours, block=(8, 32)[case % 2])
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("backend", ["torch", "triton"])
def test_segment_sums_are_what_a_table_holds(backend):
    import torch

    from itten.heads.segments import tabulate
    from itten.kernels.reference.components import label_components

    rng = np.random.default_rng(8)
    labels = label_components(rng.random((13, 17)) < 0.6)
    field = rng.standard_normal((13, 17)).astype(np.float32)
    table = tabulate(torch.from_numpy(labels), torch.from_numpy(field), 3, 6)
    arguments = (table.pixels.numpy(), table.owner.numpy(), field, len(table))
    size, total, box, mean, deviation = run("segment_sums", *arguments, backend=backend, **options(backend, lanes=8))
    np.testing.assert_array_equal((2 * total + size[:, None]) // (2 * size[:, None]), table.centroid.numpy())
    for one, other in ((size, table.size), (box, table.box), (mean, table.mean), (deviation, table.deviation)):
        np.testing.assert_array_equal(one, other.numpy())
