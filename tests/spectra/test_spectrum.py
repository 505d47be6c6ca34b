import re

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from itten.config import SpectrumConfig
from itten.errors import ConfigError, InputError, UsageError
from itten.graph import make_stencil, plan_tiles
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.spectra import field
from itten.spectra.components import components_of
from itten.spectra.dense import null_vectors
from itten.spectra.result import fix_signs, unit_rms
from tests.pictures import drawing, noise

CONFIG = SpectrumConfig()
STENCIL = make_stencil(CONFIG.radii, CONFIG.weights)


def test_values_are_rayleigh_quotients_and_residuals_true_ones():
    image = drawing(32, 40)
    result = itten.spectrum(image, k=5, method="tiled")
    matrix = laplacian_matrix(image.numpy(), STENCIL.offsets, STENCIL.weights, 1 / 0.15)
    vectors = result.vectors.double().flatten(1).numpy()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    for value, residual, v in zip(result.values.tolist(), result.residuals.tolist(), vectors, strict=True):
        product = matrix @ v
        assert v @ product == pytest.approx(value, rel=1e-4, abs=1e-9)
        assert np.linalg.norm(product - value * v) == pytest.approx(residual, rel=1e-4, abs=1e-6)
    assert result.scale >= np.linalg.norm(matrix.toarray(), 2)


def test_number_zero_is_the_constant_and_values_ascend():
    result = itten.spectrum(drawing(), k=6, method="tiled")
    assert float(result.values[0]) == pytest.approx(0.0, abs=1e-12)
    assert bool((result.values.diff() >= 0).all())
    assert float(result.vectors[0].std()) < 1e-7
    assert (len(result), result.method, result.status) == (6, "tiled", "approximate")
    assert "residuals" in result.advice


def test_one_tile_with_many_steps_is_the_true_spectrum():
    image = noise(14, 15).double()
    result = itten.spectrum(image, k=4, method="tiled", steps=200)
    matrix = laplacian_matrix(image.numpy(), STENCIL.offsets, STENCIL.weights, 1 / 0.15).toarray()
    np.testing.assert_allclose(result.values.numpy(), np.linalg.eigvalsh(matrix)[:4], atol=1e-9)
    assert float(result.residuals.max()) < 1e-6
    assert result.vectors.dtype == torch.float64


def test_entry_of_largest_magnitude_is_positive():
    vectors = itten.spectrum(drawing(), k=4).vectors.flatten(1)
    biggest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    near = vectors.abs() >= vectors.abs().amax(dim=1, keepdim=True) * (1 - 1e-3)
    first = vectors.gather(1, near.to(torch.uint8).argmax(dim=1, keepdim=True))
    assert bool((first > 0).all())
    assert bool((biggest.abs() > 0).all())


def test_fix_signs_decides_near_ties_by_the_lowest_index():
    vectors = torch.tensor([[[-1.0, 1.0 + 1e-6]], [[0.5, -2.0]], [[0.0, 0.0]]])
    expected = torch.tensor([[[1.0, -1.0 - 1e-6]], [[-0.5, 2.0]], [[0.0, 0.0]]])
    torch.testing.assert_close(fix_signs(vectors), expected)


def test_unit_rms():
    scaled = unit_rms(torch.stack([noise(5, 7)[0] * 40, torch.zeros(5, 7)]))
    assert float(scaled[0].square().mean()) == pytest.approx(1.0, rel=1e-6)
    assert float(scaled[1].abs().max()) == 0.0


@pytest.mark.parametrize("k", [1, 3, 5, 7])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tiled_spectra_know_their_islands(k, dtype):
    """Four islands in a sea: on 020f63c one component and one zero."""
    image = torch.ones(3, 96, 96, dtype=dtype)
    for shade, (y, x) in enumerate(((8, 8), (8, 56), (56, 8), (56, 56))):
        image[:, y : y + 28, x : x + 28] = 0.2 * shade
    found = itten.spectrum(image, k, method="tiled", edge_threshold=0.01)
    known = itten.spectrum(image, k, method="stitched", edge_threshold=0.01)
    assert found.components == known.components == 5
    null = min(k, 5)
    assert found.advice.startswith("5 islands")
    assert bool((found.values[:null] == 0).all())
    assert bool((found.values[null:] > 0.01).all())
    assert float(found.residuals[:null].max()) < 1e-6
    torch.testing.assert_close(found.vectors[:null], known.vectors[:null])
    rows = found.vectors.double().flatten(1)
    torch.testing.assert_close(rows[null:] @ rows[:null].T, torch.zeros(k - null, null).double(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("radii", [(1,), (1, 2, 3), (2, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_components_are_those_of_the_matrix(radii, seed):
    image, stencil = noise(20, 33, seed).mul(3).round(), make_stencil(radii, (1.0,) * len(radii))
    numbers, sizes = components_of(image, stencil, 0.04)
    matrix = laplacian_matrix(image.numpy(), stencil.offsets, stencil.weights, 1 / 0.04)
    expected = null_vectors(matrix, stencil)[0]
    assert len(sizes) > 1
    np.testing.assert_array_equal(sizes, expected)
    np.testing.assert_array_equal(np.bincount(numbers.ravel()), sizes)


@pytest.mark.parametrize("place", [(0, 0, 0), (4, 7, 2), (1, 0, 8)])
@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_features_that_are_not_finite_are_refused_with_their_place(place, value):
    features = torch.rand(5, 9, 11)
    features[place] = value
    with pytest.raises(InputError, match=re.escape(f"the feature tensor holds {value} at index {place}; 1 of")):
        itten.spectrum(features, 3)


def test_fiedler_is_the_blend_of_the_tiles_at_unit_rms():
    image = drawing(100, 130)
    found = itten.fiedler(image, method="tiled")
    assert found.shape == (100, 130)
    assert float(found.square().mean()) == pytest.approx(1.0, rel=1e-5)
    torch.testing.assert_close(
        found, unit_rms(itten.spectrum(image, 2, method="tiled").vectors[1]), rtol=1e-4, atol=1e-4
    )
    plan = plan_tiles(100, 130, 64, 16)
    patch = image[:, : plan.tile_height, : plan.tile_width]
    alone = itten.fiedler(patch, method="tiled")[:36, :48]
    inside = found[:36, :48]
    assert float((alone * inside).sum() / (alone.norm() * inside.norm())) == pytest.approx(1.0, abs=1e-5)


def test_backends_agree_on_the_field():
    image = drawing(80, 100)
    fields = [field(image, SpectrumConfig(method="tiled", backend=name)) for name in ("numba", "torch", "reference")]
    for other in fields[1:]:
        assert float((fields[0] - other).square().mean().sqrt()) < 1e-4


@pytest.mark.parametrize("quality", ["fast", "standard", "quality"])
def test_presets(quality):
    config = SpectrumConfig(quality=quality)
    assert config.plan == {"fast": (15, 96, 8), "standard": (30, 64, 16), "quality": (50, 48, 24)}[quality]
    assert itten.fiedler(drawing(), method="tiled", quality=quality).shape == (96, 112)


def test_batches_equal_single_pictures():
    batch = torch.stack([drawing(), noise(96, 112)])
    found = itten.SpectralEmbedding(k=3)(batch)
    assert found.shape == (2, 3, 96, 112)
    for one, picture in zip(found, batch, strict=True):
        assert torch.equal(one, itten.SpectralEmbedding(k=3)(picture))
    assert torch.equal(found[:, 0], itten.fiedler(batch))


def test_embedding_round_trips_its_configuration():
    module = itten.SpectralEmbedding.from_config({"k": 2, "quality": "fast", "seed": 5})
    again = itten.SpectralEmbedding.from_config(module.to_config())
    assert again.config == module.config
    assert "fast" in repr(again)
    assert len(module.state_dict()) == 0
    assert torch.equal(module(drawing()), again(drawing()))


def test_pil_and_numpy_pictures_give_the_tensors_result():
    tensor = (drawing() * 255).round() / 255
    array = (tensor * 255).round().byte().permute(1, 2, 0).numpy()
    expected = itten.fiedler(tensor)
    torch.testing.assert_close(itten.fiedler(array), expected)
    torch.testing.assert_close(itten.fiedler(Image.fromarray(array)), expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (1, 50), (50, 1), (2, 2), (3, 3), (63, 65), (9, 70)])
def test_every_size_is_finite(size):
    found = itten.fiedler(noise(*size), method="tiled")
    assert found.shape == size
    assert bool(torch.isfinite(found).all())
    result = itten.spectrum(noise(*size), k=min(3, size[0] * size[1]), method="tiled")
    assert bool(torch.isfinite(result.vectors).all())


def test_a_picture_with_too_small_tiles_says_degenerate():
    result = itten.spectrum(noise(1, 70), k=9, method="tiled", tile=8, overlap=2, steps=8)
    assert result.status == "degenerate"
    assert "1 of 9" in result.advice


def test_the_seed_changes_the_start_vector_only_by_number():
    assert torch.equal(
        itten.fiedler(drawing(), method="tiled", seed=3), itten.fiedler(drawing(), method="tiled", seed=3)
    )
    assert not torch.equal(
        itten.fiedler(drawing(), method="tiled", seed=3), itten.fiedler(drawing(), method="tiled", seed=4)
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: itten.spectrum(noise(2, 2), k=5), InputError, "has 4"),
        (lambda: itten.spectrum(noise(9, 9), k=0), UsageError, "at least 1"),
        (lambda: itten.spectrum(noise(99, 99), k=40, method="tiled"), InputError, "raise steps"),
        (lambda: itten.spectrum(torch.rand(1, 2, 3, 9, 9)), InputError, "one picture"),
        (lambda: itten.spectrum(noise(9, 9), method="magic"), UsageError, "unknown method 'magic'"),
        (lambda: itten.spectrum(noise(9, 9), tiles=3), ConfigError, "did you mean 'tile'"),
        (lambda: itten.fiedler(torch.full((3, 8, 8), torch.nan)), InputError, "nan at index"),
        (lambda: itten.fiedler(torch.zeros(4, 8, 8)), InputError, "shape"),
    ],
)
def test_errors_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()
