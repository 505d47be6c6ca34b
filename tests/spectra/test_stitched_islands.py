"""Disconnected graphs, masks, warm starts, and the same bits everywhere."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels.numba import team
from itten.spectra.dense import dense_pairs
from itten.spectra.stitched import outcome
from itten.spectra.stitched.host import iterate
from itten.spectra.stitched.host import solve as host
from tests.pictures import drawing, noise
from tests.spectra.test_stitched import alignment


def archipelago(height=70, width=90):
    """A sea and three islands, with a little noise in every one."""
    image = torch.zeros(3, height, width)
    for shade, (y, x, size) in enumerate([(10, 12, 20), (40, 50, 22), (12, 60, 8)]):
        image[:, y : y + size, x : x + size] = 0.25 * (shade + 1)
    return image + 0.01 * noise(height, width)


@pytest.mark.parametrize("k", [1, 3, 4, 9])
def test_the_null_space_of_islands_is_complete(k):
    image = archipelago()
    found = itten.spectrum(image, k, "stitched", edge_threshold=0.01, tol=1e-6)
    assert found.components == 4
    assert "4 islands" in found.advice
    null = min(k, 4)
    assert (found.values[:null] == 0).all()
    stencil = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
    exact = itten.spectrum(image.double(), k, "exact", edge_threshold=0.01)
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), atol=1e-6 * exact.scale)
    rows = found.vectors.flatten(1).double()
    torch.testing.assert_close(rows @ rows.T, torch.eye(k).double(), atol=1e-5, rtol=0)
    for start, size in (((10, 12), 20), ((40, 50), 22), ((12, 60), 8)):
        part = found.vectors[:, start[0] : start[0] + size, start[1] : start[1] + size].double()
        assert float(part[:null].std(dim=(1, 2)).max()) < 1e-7
        assert float(part[null:].mean(dim=(1, 2)).abs().max() if k > null else 0) < 1e-7
    if k <= 4:
        assert "no iteration" in found.advice
    assert stencil.reach == 6


def test_masked_pixels_are_left_out(monkeypatch):
    image, generator = drawing(30, 44), np.random.default_rng(4)
    mask = torch.from_numpy(generator.random((30, 44)) < 0.2)
    mask[:, 20:27] = True  # nothing reaches over seven columns
    for method in ("stitched", "exact"):
        for dense in (0, 4096):
            monkeypatch.setattr(outcome, "DENSE", dense)
            found = itten.spectrum(image, 6, method, exclude=mask, **({"tol": 1e-6} if method == "stitched" else {}))
            stencil = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
            values, _, _, bound, components = dense_pairs(image.numpy(), 6, stencil, 0.15, mask.numpy())
            np.testing.assert_allclose(found.values.numpy(), values, atol=1e-6 * bound)
            assert found.components == components == 2
            assert float(found.vectors[:, mask].abs().max()) == 0.0
    empty = itten.spectrum(image, 4, "stitched", exclude=torch.zeros(30, 44, dtype=torch.bool))
    assert torch.equal(empty.vectors, itten.spectrum(image, 4, "stitched").vectors)


def digest(result):
    parts = (result.values, result.vectors, result.residuals)
    return hashlib.sha256(b"".join(part.numpy().tobytes() for part in parts)).hexdigest()


CODE = """
import itten
from tests.pictures import drawing
from tests.spectra.test_stitched_islands import digest
print(digest(itten.spectrum(drawing(100, 130), 20, "stitched", refine=2)))
"""


def test_same_bits_with_one_and_two_threads_and_in_other_processes():
    found = digest(itten.spectrum(drawing(100, 130), 20, "stitched", refine=2))
    for count in (1, 2, 5):
        with team.limited(count):
            assert digest(itten.spectrum(drawing(100, 130), 20, "stitched", refine=2)) == found
    names = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"
    environment = {**os.environ, **dict.fromkeys(names, "2")}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=300, env=environment
    )
    assert done.stdout.strip() == found


def test_two_threads_of_python_may_ask_at_once():
    images = [drawing(80, 90), noise(70, 100), drawing(64, 96)]
    alone = [digest(itten.spectrum(image, 4, "stitched")) for image in images]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda image: digest(itten.spectrum(image, 4, "stitched")), images))
    assert together == alone


def test_strips_and_lean_memory_give_the_same_answer(monkeypatch):
    image = drawing(150, 160)
    found = itten.spectrum(image, 6, "stitched", tol=1e-5)
    monkeypatch.setattr("itten.spectra.stitched.host.operator.STORED", 0)
    streamed = itten.spectrum(image, 6, "stitched", tol=1e-5)
    assert digest(streamed) == digest(found)
    monkeypatch.setattr(host, "LEAN_BYTES", 0)
    lean = itten.spectrum(image, 6, "stitched", tol=1e-5)
    np.testing.assert_allclose(lean.values.numpy(), found.values.numpy(), rtol=1e-3, atol=1e-5)
    assert lean.spent["bytes"] < 0.6 * found.spent["bytes"]


@pytest.mark.parametrize("steps", [{"refine": 1}, {"tol": 1e-6}])
def test_a_warm_start_gives_the_cold_answer(steps):
    first = drawing(150, 160)
    second = first.clone()
    second[:, 20:90, 10:80] = second[:, 20:90, 10:80].flip(1)
    before = itten.spectrum(first, 8, "stitched", **steps)
    cold = itten.spectrum(second, 8, "stitched", **steps)
    warm = itten.spectrum(second, 8, "stitched", warm=before, **steps)
    assert 0 < warm.spent["fresh_tiles"] < 0.6 * warm.spent["tiles"]
    np.testing.assert_allclose(warm.values.numpy(), cold.values.numpy(), rtol=2e-3, atol=1e-7 * cold.scale)
    assert alignment(warm.vectors.numpy(), cold.vectors.numpy(), 8) > 0.9999
    again = itten.spectrum(second, 8, "stitched", warm=warm, **steps)
    assert again.spent["fresh_tiles"] == 0
    assert warm.kept is not None
    assert not any(isinstance(value, itten.Spectrum) for value in vars(warm.kept).values())


def test_a_warm_start_from_something_else_is_a_cold_one():
    image = drawing(100, 90)
    cold = itten.spectrum(image, 5, "stitched")
    for other in (
        itten.spectrum(drawing(90, 100), 5, "stitched"),
        itten.spectrum(image, 5, "stitched", edge_threshold=0.3),
        itten.spectrum(image, 20, "stitched"),
        itten.spectrum(image, 5, "stitched", basis=6),
        itten.spectrum(image, 5, "exact"),
    ):
        assert digest(itten.spectrum(image, 5, "stitched", warm=other)) == digest(cold)


def test_the_memory_of_the_last_picture_changes_nothing():
    first, second = drawing(100, 130), noise(100, 130)
    iterate.SPARE.take(None, 0)
    fresh = [digest(itten.spectrum(image, 6, "stitched", refine=2)) for image in (first, second)]
    for image, expected in ((second, fresh[1]), (first, fresh[0]), (first, fresh[0])):
        assert digest(itten.spectrum(image, 6, "stitched", refine=2)) == expected
    cut = torch.ones(100, 130, dtype=torch.bool)
    cut[20:80, 20:90] = False
    masked = digest(itten.spectrum(first, 6, "stitched", exclude=cut))
    itten.spectrum(second, 6, "stitched")
    assert digest(itten.spectrum(first, 6, "stitched", exclude=cut)) == masked
