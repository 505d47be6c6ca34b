"""What stands out, and ink over paper: compiled and in tensors against the references, and against each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from itten.heads import coverage, marks
from itten.kernels import kernel
from itten.kernels.numba.team import limited
from tests.drawn import hatching, painted, rings

SHAPES = [(1, 1), (1, 13), (11, 2), (3, 3), (23, 31), (40, 37)]
BACKENDS = pytest.mark.parametrize("backend", ["numba", "torch"])


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


def run(name: str, backend: str, *arguments):
    if backend == "torch":
        arguments = [torch.from_numpy(one) if isinstance(one, np.ndarray) else one for one in arguments]
    if backend == "reference":
        floats = [isinstance(one, np.ndarray) and one.dtype == np.float32 for one in arguments]
        arguments = [one.astype(np.float64) if single else one for one, single in zip(arguments, floats, strict=True)]
    found = kernel(name, backend)(*arguments)
    parts = found if isinstance(found, tuple) else (found,)
    return [np.asarray(part) for part in parts]


def contents(shape: tuple[int, int]) -> dict[str, np.ndarray]:
    none = np.zeros(shape, bool)
    return {"none": none, "all": ~none, "few": random(*shape, seed=4) > 0.97, "many": random(*shape, seed=5) > 0.4}


CASES = [pytest.param(shape, name, id=f"{shape[0]}x{shape[1]} {name}") for shape in SHAPES for name in contents((1, 1))]


@BACKENDS
@pytest.mark.parametrize("radius", [0, 1, 2, 8])
@pytest.mark.parametrize(("shape", "name"), CASES)
def test_masks_grow_as_in_the_reference(shape, name, radius, backend):
    mask = contents(shape)[name]
    assert np.array_equal(run("grown", backend, mask, radius)[0], run("grown", "reference", mask, radius)[0])


def test_a_mask_at_the_border_grows_without_gaps():
    mask = np.zeros((1, 30), bool)
    mask[0, 29] = mask[0, 0] = True
    for backend in ("numba", "torch"):
        for radius in range(12):
            assert run("grown", backend, mask, radius)[0].sum() == 2 * (radius + 1)


@BACKENDS
@pytest.mark.parametrize("levels", [2, 5, 1 << 20])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_strongest_is_that_of_the_reference_equal_ones_too(shape, levels, backend):
    strength = (random(*shape) * levels).round() / np.float32(levels)
    for radius in (1, 2, 5):
        found, wanted = (run("strongest", one, strength, radius) for one in (backend, "reference"))
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other)


@BACKENDS
@pytest.mark.parametrize(("shape", "name"), CASES)
def test_what_has_no_weight_is_filled_as_in_the_reference(shape, name, backend):
    values, weight = random(2, *shape), contents(shape)[name].astype(np.float32)
    found, wanted = (run("filled", one, values, weight)[0] for one in (backend, "reference"))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
    assert np.any(found) == weight.any()


@BACKENDS
@pytest.mark.parametrize(("shape", "name"), CASES)
def test_coverage_is_that_of_the_reference(shape, name, backend):
    content, image = contents(shape)[name], 0.1 + 0.1 * random(3, *shape)
    image[:, ~content] = 0.9
    assert np.array_equal(run("bare_paper", backend, content)[0], run("bare_paper", "reference", content)[0])
    found, wanted = (run("ink_over_paper", one, image, content) for one in (backend, "reference"))
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
    assert (found[0] > 0).any() == content.any()


@BACKENDS
@pytest.mark.parametrize("shape", SHAPES)
def test_labels_reach_into_fringes_as_in_the_reference(shape, backend):
    labels = np.where(random(*shape) > 0.9, np.random.default_rng(1).integers(1, 9, shape), 0)
    fringe = random(*shape, seed=2) > 0.3
    found, wanted = (run("with_fringes", one, labels, fringe)[0] for one in (backend, "reference"))
    np.testing.assert_array_equal(found, wanted)
    assert found.dtype == np.int64


@BACKENDS
@pytest.mark.parametrize("shape", SHAPES)
def test_what_stands_out_is_that_of_the_reference(shape, backend):
    values = random(*shape)
    for reach in (2, 5):
        found, wanted = (run("standing", one, values, reach)[0] for one in (backend, "reference"))
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
    for floor in (0.0, 0.5, 2.0):
        least = np.array(floor, np.float32)
        found, wanted = (run("peaks", one, values, least, 0.53, 2)[0] for one in (backend, "reference"))
        np.testing.assert_array_equal(found, wanted)
    found, wanted = (run("median_curvature", one, values)[0] for one in (backend, "reference"))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
    found, wanted = (run("paper_value", one, values) for one in (backend, "reference"))
    np.testing.assert_allclose(found[0], wanted[0], rtol=0, atol=1e-6)
    assert found[1] == wanted[1]


@BACKENDS
def test_light_marks_stand_out_where_they_cover_less(backend):
    ground = np.full((60, 150), 0.5, np.float32)
    ground[::6, :70] = 1.0
    ground[::6, 80:] = 0.0
    found, wanted = (run("standing", one, ground, 4)[0] for one in (backend, "reference"))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
    assert found[6, 10] == found[6, 140] == 0.5
    assert found[9, 10] == found[9, 140] == 0.0
    # A third is light, which is half of what is dark, and not less: rounding must not decide.
    tie = np.tile(np.float32([1, 0, 0]), (48, 16))
    assert run("standing", backend, tie, 6)[0][24, 24:27].tolist() == [0.0, 1.0, 1.0]


@BACKENDS
def test_grain_is_measured_and_paper_is_found(backend):
    noise = np.random.default_rng(0).normal(0.5, 0.02, (120, 131)).astype(np.float32)
    assert run("median_curvature", backend, noise)[0] / 0.6745 / 6.0 == pytest.approx(0.02, rel=0.05)
    noise[:, :40] = 0.95
    paper, one = run("paper_value", backend, noise)
    assert one
    assert float(paper) == pytest.approx(0.5, abs=0.01)
    assert not run("paper_value", backend, random(40, 50))[1]


PICTURES = {
    "rings": painted(rings(96, (20, 40), 3.0, (47.2, 48.4))),
    "hatching": painted(hatching(5.0, 23.0, size=77)),
    "light on dark": painted(hatching(9.0, 60.0, size=65), (0.9, 0.8, 0.3), (0.1, 0.1, 0.2)),
    "noise": torch.from_numpy(random(3, 41, 67)),
    "flat": torch.full((3, 33, 20), 0.4),
    "row": torch.from_numpy(random(3, 1, 60)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_compiled_kernels_and_tensors_find_the_same_bits_on_any_number_of_threads(name):
    image = PICTURES[name]
    wanted = marks(image, "torch")
    for threads in (1, 3):
        with limited(threads):
            for one, other in zip(marks(image), wanted, strict=True):
                assert torch.equal(one, other)
            for content in wanted:
                found, tensors = coverage(image, content), coverage(image, content, "torch")
                for part in ("alpha", "ink", "layer"):
                    assert torch.equal(getattr(found, part), getattr(tensors, part)), part
    assert name not in ("rings", "hatching", "light on dark") or wanted[0].any()
