"""Eigenvectors are computed in float32 or better, whatever is set for networks around them."""

import pytest
import torch

import itten
from itten.config import ShaderConfig, SpectrumConfig
from itten.spectra import SpectralEmbedding, solve
from tests.pictures import drawing, noise, pattern

METHODS = {"stitched": {}, "tiled": {"tile": 24, "overlap": 6}, "exact": {}}


@pytest.fixture
def short():
    """A caller's shorter mantissas."""
    settings = torch.backends.cuda.matmul
    name = "fp32_precision" if hasattr(settings, "fp32_precision") else "allow_tf32"
    before = getattr(settings, name)
    setattr(settings, name, "tf32" if name == "fp32_precision" else True)
    yield settings, name, getattr(settings, name)
    setattr(settings, name, before)


def test_mantissas_are_put_back_also_after_an_error(short, monkeypatch):
    settings, name, asked = short
    seen = []
    monkeypatch.setitem(solve._SPECTRUM, "stitched", lambda *_, **__: seen.append(getattr(settings, name)) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        itten.spectrum(drawing(), 3)
    assert seen == ["ieee" if name == "fp32_precision" else False]
    assert getattr(settings, name) == asked


def test_short_mantissas_of_the_cpu_change_no_bit():
    image = drawing(60, 70)
    expected = itten.spectrum(image, 5, "stitched", backend="torch")
    torch.set_float32_matmul_precision("medium")
    try:
        found = itten.spectrum(image, 5, "stitched", backend="torch")
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert torch.equal(found.vectors, expected.vectors)


@pytest.mark.parametrize(
    ("method", "backend"),
    # A dense matrix is solved in one way.
    [
        (method, backend)
        for method in METHODS
        for backend in ("auto", "torch")
        if (method, backend) != ("exact", "torch")
    ],
)
def test_autocast_changes_no_bit(method, backend):
    image, options = drawing(60, 70), {**METHODS[method], "backend": backend}
    expected = itten.spectrum(image, 5, method, **options)
    embedding = SpectralEmbedding(3, SpectrumConfig(method=method, **options))
    maps = embedding(image)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = itten.spectrum(image, 5, method, **options)
        again = embedding(image)
        assert torch.is_autocast_enabled("cpu")
    assert torch.equal(found.vectors, expected.vectors)
    assert torch.equal(found.values, expected.values)
    assert torch.equal(again, maps)


@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_a_pass_in_half_precision_has_the_segments_of_the_full_one(backend):
    """A picture in bfloat16 is painted as the float32 picture of the same colours, under autocast, too."""
    config = ShaderConfig(min_pixels=5, spectrum={"backend": backend})
    target, source = drawing(64, 72).bfloat16(), pattern(50, 60).bfloat16()
    expected = itten.shade(target.float(), source.float(), config, passes=2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = itten.shade(target, source, config, passes=2)
    assert torch.equal(found.segments, expected.segments)
    assert torch.equal(found.image, expected.image)


def test_embeddings_of_a_batch_are_those_of_its_pictures():
    batch = torch.stack([drawing(60, 70), noise(60, 70), pattern(60, 70)])
    for backend in ("auto", "torch"):
        embedding = SpectralEmbedding(3, backend=backend)
        for one, maps in zip(batch, embedding(batch), strict=True):
            torch.testing.assert_close(maps, embedding(one), rtol=0, atol=1e-3)


def test_blas_has_one_thread_inside_and_its_own_number_after_everybody_left():
    from threadpoolctl import ThreadpoolController

    import itten.spectra.precision as precision

    def counts():
        return [one["num_threads"] for one in ThreadpoolController().info() if one["user_api"] == "blas"]

    with ThreadpoolController().limit(limits=3, user_api="blas"):
        first, second = precision.eigen_arithmetic(), precision.eigen_arithmetic()
        first.__enter__()
        second.__enter__()
        assert set(counts()) == {1}
        first.__exit__(None, None, None)
        assert set(counts()) == {1}
        second.__exit__(None, None, None)
        assert set(counts()) == {3}
