"""The same picture gives the same segments and copies: a small version of ``benchmarks/sameness.py``."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

import itten
from itten.heads.content import around, marks
from itten.heads.working import low_passed
from itten.kernels.reference.marks import squares

PATH = Path(__file__).parents[1] / "benchmarks" / "sameness.py"
SPEC = importlib.util.spec_from_file_location("sameness", PATH)
assert SPEC is not None
assert SPEC.loader is not None
sameness = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sameness)


def crop(name: str, side: int = 150) -> torch.Tensor:
    image = itten.samples.load(name)
    top, left = (image.shape[1] - side) // 2, (image.shape[2] - side) // 2
    return image[:, top : top + side, left : left + side].contiguous()


@pytest.mark.parametrize("name", ["tonal", "script", "woven"])
def test_threads_and_backends_change_no_segment_and_no_copy(name):
    plain = sameness.passed(crop(name), "auto", 1)
    assert sum(len(front) for front in plain.fronts) > 0
    for backend, threads in (("auto", 2), ("torch", 1)):
        assert sameness.same(plain, sameness.passed(crop(name), backend, threads)) == (True, True)


@pytest.mark.parametrize("name", ["notch", "script"])
@pytest.mark.parametrize("way", ["rot90", "left-right"])
def test_turned_and_mirrored_pictures_are_matched_alike(name, way):
    alike, count = sameness.matched_alike(crop(name, 200), sameness.WAYS[way])
    assert count > 3
    assert alike >= 0.97 * count


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (30, 41), (64, 100), (3, 90)])
@pytest.mark.parametrize("reach", [1, 8, 16, 33])
def test_means_around_are_mirrored_with_the_picture(size, reach):
    values = torch.rand(size, generator=torch.Generator().manual_seed(reach))
    found = around(values, reach)
    assert found.shape == size
    for turned in (lambda x: x.flip(0), lambda x: x.flip(1), lambda x: x.T):
        torch.testing.assert_close(around(turned(values).contiguous(), reach), turned(found), rtol=0, atol=1e-6)
    step, top, left = squares(*size, reach)
    assert step % 2 == 1
    assert (size[0] + 2 * top) % step == (size[1] + 2 * left) % step == 0
    assert max(top, left) < step


def test_a_mirrored_picture_has_mirrored_content():
    for name in ("script", "tonal"):
        image = itten.samples.load(name)[:, :301, :402]
        for found, mirrored in zip(marks(image), marks(image.flip(-1).contiguous()), strict=True):
            assert torch.equal(mirrored.flip(-1), found)


def test_compiled_kernels_and_tensors_agree_on_vectors():
    """On a picture whose last Krylov blocks are slow to converge: with too few of them, five times as much."""
    image = low_passed(itten.samples.load("windows")[:, 104:338, 181:363].contiguous(), 1.0)
    found = []
    for backend in ("auto", "torch"):
        vectors = itten.spectrum(image, 9, backend=backend).vectors[1:].double()
        found.append(vectors / vectors.square().mean(dim=(1, 2), keepdim=True).sqrt())
    assert (found[0] - found[1]).square().mean(dim=(1, 2)).sqrt().max() < 1e-5
