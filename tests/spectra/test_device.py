"""Stitched spectra in tensors: against the CPU's, closed forms and dense matrices, on CPU tensors."""

import itertools
import logging

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import BackendError, ConvergenceError, InputError
from itten.graph import laplacian_apply, make_stencil
from itten.graph.blocks import plan_blocks
from itten.kernels.reference.stitched import tile_columns
from itten.spectra.dense import dense_pairs
from itten.spectra.stitched import outcome
from itten.spectra.stitched.device import solve as device
from itten.spectra.stitched.device.basis import TILE_SHIFT, in_batches, make_basis
from itten.spectra.stitched.device.islands import RUN, device_islands
from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.products import galerkin, tile_classes
from itten.spectra.stitched.device.small import BlockTridiagonal, DeviceSmallProblem
from itten.spectra.stitched.device.tilefactor import TileFactors
from itten.spectra.stitched.host.islands import find_islands
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.panels import arrange
from itten.spectra.stitched.host.small import SIGMA, TINY
from tests.pictures import drawing, noise, pattern
from tests.spectra.test_stitched import alignment, grid_values
from tests.spectra.test_stitched_islands import archipelago


@pytest.fixture
def iterated(monkeypatch):
    """No dense matrices: the iteration itself."""
    monkeypatch.setattr(outcome, "DENSE", 0)
    monkeypatch.setattr(outcome, "FALLBACK", 0)


def crop(name, height=100, width=130):
    image = itten.samples.load(name)
    top, left = (image.shape[1] - height) // 2, (image.shape[2] - width) // 2
    return image[:, top : top + height, left : left + width].contiguous()


def on_device(image, k, **options):
    return itten.spectrum(image, k, "stitched", backend="torch", **options)


def random_operator(image, backend="torch", **options):
    config = SpectrumConfig(**options)
    stencil = make_stencil(config.radii, config.weights)
    plan = plan_blocks(image.shape[1], image.shape[2], *config.blocks, stencil)
    return DeviceOperator(image[None], plan, stencil, config.edge_threshold, None, backend), stencil, config


PICTURES = {
    "drawing": lambda: drawing(100, 130),
    "noise": lambda: noise(90, 101),
    "pattern": lambda: pattern(85, 120),
    "brush": lambda: crop("brush"),
    "portrait": lambda: crop("portrait"),
    "hatched": lambda: crop("hatched"),
}


# The others are seen by `make test-long`.
SHORT = ("pattern",)
NAMES = [one if one in SHORT else pytest.param(one, marks=pytest.mark.long) for one in PICTURES]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_spectrum_of_the_cpu(name):
    """With a tolerance the same pairs; with default settings no further from the truth than the CPU's are."""
    image = PICTURES[name]()
    exact = itten.spectrum(image.double(), 13, "exact")
    cpu, found = itten.spectrum(image, 8, "stitched", tol=1e-6), on_device(image, 8, tol=1e-6)
    assert found.status == "converged"
    assert found.components == cpu.components
    assert found.spent["steps"] <= cpu.spent["steps"] + 1
    assert "double_steps" not in found.spent
    small = 1e-7 * cpu.scale
    np.testing.assert_allclose(found.values.numpy(), cpu.values.numpy(), rtol=1e-4, atol=small)
    gap = np.diff(exact.values.numpy())[7:]
    space = 8 + int(np.argmax(gap))
    assert alignment(found.vectors.numpy(), exact.vectors.numpy(), space) >= 0.9999
    assert alignment(found.vectors.numpy(), cpu.vectors.numpy(), 8) >= 0.9999

    errors = []
    for spectrum in (itten.spectrum(image, 8, "stitched"), on_device(image, 8)):
        true = exact.values[:8].clamp(min=1e-3 * float(exact.values[7]))
        errors.append(float(((spectrum.values - exact.values[:8]) / true).abs().max()))
    assert errors[1] <= 1.2 * errors[0] + 1e-6


@pytest.mark.parametrize("size", [(1, 90), (200, 1), (1, 700), (40, 50), (45, 45), (23, 15), (25, 63)])
def test_flat_pictures_have_the_grids_eigenvalues(size, iterated):
    found = on_device(torch.full((3, *size), 0.5), 8, radii=(1,), tol=1e-6)
    np.testing.assert_allclose(found.values.numpy(), grid_values(*size)[:8], atol=2e-6)
    assert float(found.values[0]) == 0.0


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (3, 3), (23, 15), (24, 16), (31, 40), (70, 1), (36, 33)])
@pytest.mark.parametrize("kind", ["constant", "noise", "binary"])
def test_every_size_is_right(size, kind):
    image = {"constant": torch.full((3, *size), 0.5), "noise": noise(*size), "binary": noise(*size).round()}[kind]
    k = min(8, size[0] * size[1])
    found = on_device(image, k, tol=1e-5)
    config = SpectrumConfig()
    stencil = make_stencil(config.radii, config.weights)
    values, _, _, bound, components = dense_pairs(image.numpy(), k, stencil, 0.15, None)
    np.testing.assert_allclose(found.values.numpy(), values, atol=1e-5 * max(bound, 1e-9))
    assert found.components == components


@pytest.mark.parametrize("case", [*range(2), *(pytest.param(one, marks=pytest.mark.long) for one in range(2, 12))])
def test_random_pictures_agree_with_the_dense_matrix(case, monkeypatch):
    monkeypatch.setattr(outcome, "DENSE", 0)
    rng = np.random.default_rng(2000 + case)
    height, width = (int(v) for v in rng.integers(12, 40, 2))
    radii = tuple(sorted(rng.choice(np.arange(1, 16), rng.integers(1, 5), replace=False).tolist()))
    weights = tuple(rng.choice([1, 0.5, 0.2], len(radii)).tolist())
    threshold = float(rng.choice([0.1, 0.3, 2.0]))
    image = rng.random((int(rng.integers(1, 5)), height, width), dtype=np.float32)
    if case % 3 == 1:
        image = image.round()
    if case % 3 == 2:
        image = np.kron(image[:, :8, :8], np.ones((6, 6), np.float32))[:, :height, :width]
    k = int(rng.integers(1, 1 + min(12, image[0].size // 20)))
    options = {"radii": radii, "radius_weights": weights, "edge_threshold": threshold}
    found = on_device(torch.from_numpy(np.ascontiguousarray(image)), k, tol=5e-6, **options)
    values, _, _, bound, components = dense_pairs(image, k, make_stencil(radii, weights), threshold, None)
    np.testing.assert_allclose(found.values.numpy(), values, atol=1e-5 * bound)
    assert found.components == components
    assert float(found.residuals.max()) <= 5e-6 * found.scale
    product = found.vectors.flatten(1).double()
    torch.testing.assert_close(product @ product.T, torch.eye(k).double(), atol=2e-5, rtol=0)


@pytest.mark.parametrize("k", [1, 2, 16, 40, pytest.param(64, marks=pytest.mark.long)])
def test_any_number_of_vectors(k):
    image = drawing(60, 75)
    found, cpu = on_device(image, k, tol=1e-5), itten.spectrum(image, k, "stitched", tol=1e-5)
    np.testing.assert_allclose(found.values.numpy(), cpu.values.numpy(), rtol=1e-4, atol=1e-6 * cpu.scale)
    rows = found.vectors.flatten(1).double()
    torch.testing.assert_close(rows @ rows.T, torch.eye(k).double(), atol=2e-5, rtol=0)


@pytest.mark.parametrize("k", [1, 3, 4, 9])
def test_islands_have_exact_null_vectors(k):
    image = archipelago()
    found = on_device(image, k, edge_threshold=0.01, tol=1e-6)
    cpu = itten.spectrum(image, k, "stitched", edge_threshold=0.01, tol=1e-6)
    assert found.components == 4
    assert "4 islands" in found.advice
    assert (found.values[: min(k, 4)] == 0).all()
    np.testing.assert_allclose(found.values.numpy(), cpu.values.numpy(), rtol=1e-4, atol=1e-7 * cpu.scale)
    torch.testing.assert_close(found.vectors[: min(k, 4)], cpu.vectors[: min(k, 4)], atol=1e-6, rtol=0)


def test_labels_of_islands_are_those_of_the_cpu():
    """Serpents and specks: the components, their order, and means over them in runs of every length."""
    y, x = np.mgrid[:61, :83]
    path = (y // 7 % 2 == 0) | ((x > 76) & (y // 14 % 2 == 0)) | ((x < 7) & (y // 14 % 2 == 1))
    image = torch.from_numpy(path).float()[None].clone()
    image[0, 9, 20:60:20] = torch.tensor([3.0, 5.0])
    operator, stencil, config = random_operator(image, edge_threshold=0.01, radii=(1, 2))
    found = device_islands(operator, masked=False)
    cpu = find_islands(CanvasOperator(image.numpy(), operator.plan, stencil, config.edge_threshold, None))
    np.testing.assert_array_equal(found.sizes, cpu.sizes)
    labels = torch.where(found.labels == len(found), -1, found.labels).numpy()[: operator.plan.pixels]
    np.testing.assert_array_equal(labels, cpu.labels)
    assert found.sizes.max() > RUN**2 / 2
    values = operator.zeros(3)
    operator.inside(values)[:] = torch.from_numpy(np.random.default_rng(1).standard_normal((61, 83, 3))).float()
    expected = [values[0, : len(labels)][torch.from_numpy(labels) == i].double().sum(dim=0) for i in range(len(found))]
    torch.testing.assert_close(found.sums(values)[0], torch.stack(expected), rtol=1e-12, atol=1e-12)
    found.centre(values)
    assert float(found.sums(values).abs().max()) < 1e-3
    assert not operator.inside(values).isnan().any()


def test_masked_pixels_are_not_there():
    image = drawing(90, 100)
    mask = torch.zeros((90, 100), dtype=torch.bool)
    mask[20:50, 30:70] = True
    mask[:, 80] = True
    found = on_device(image, 6, exclude=mask, tol=1e-6)
    cpu = itten.spectrum(image, 6, "stitched", exclude=mask, tol=1e-6)
    assert found.components == cpu.components
    np.testing.assert_allclose(found.values.numpy(), cpu.values.numpy(), rtol=1e-4, atol=1e-7 * cpu.scale)
    assert not found.vectors[:, mask].any()
    with pytest.raises(InputError, match="not excluded"):
        on_device(noise(30, 40), 5, exclude=torch.arange(1200).reshape(30, 40) > 3)


def test_float64_pictures_are_refined_in_float64():
    image = drawing(60, 70).double()
    found = on_device(image, 6, tol=1e-9)
    exact = itten.spectrum(image, 6, "exact")
    assert found.vectors.dtype == torch.float64
    assert float(found.residuals.max()) <= 1e-9 * found.scale
    product = laplacian_apply(image, found.vectors, make_stencil(SpectrumConfig().radii, SpectrumConfig().weights))
    left = (product - found.values[:, None, None] * found.vectors).flatten(1).norm(dim=1)
    assert float(left.max()) <= 1.1e-9 * found.scale
    np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), atol=1e-11 * found.scale)
    rough = on_device(image, 4)
    assert rough.vectors.dtype == torch.float64
    assert rough.spent["double_steps"] == 0


def test_residuals_and_signs_are_what_they_say():
    image = drawing()
    found = on_device(image, 6)
    stencil = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
    vectors = found.vectors.double()
    product = laplacian_apply(image.double(), vectors, stencil)
    true = (product - found.values[:, None, None] * vectors).flatten(1).norm(dim=1)
    torch.testing.assert_close(true, found.residuals, rtol=2e-2, atol=2e-6 * found.scale)
    torch.testing.assert_close(itten.spectra.result.fix_signs(found.vectors), found.vectors)
    assert bool((found.values.diff() >= 0).all())


def test_two_runs_give_the_same_bits():
    for options in ({}, {"tol": 1e-6}, {"edge_threshold": 0.01}):
        first, second = (on_device(archipelago(), 9, **options) for _ in range(2))
        assert torch.equal(first.vectors, second.vectors)
        assert torch.equal(first.values, second.values)
        assert torch.equal(first.residuals, second.residuals)


def test_a_tolerance_is_reached_or_the_error_has_the_partial_result(iterated):
    with pytest.raises(ConvergenceError, match="exact") as caught:
        on_device(noise(50, 60), 8, tol=1e-18)
    assert float(caught.value.partial.residuals.max()) < 1e-6 * caught.value.partial.scale
    assert caught.value.partial.status == "approximate"


def test_a_warm_start_is_a_cold_one_and_says_so(caplog):
    image = drawing()
    before = itten.spectrum(image, 4, "stitched")
    with caplog.at_level(logging.INFO, "itten"):
        found = on_device(image, 4, warm=before)
    assert "start cold" in caplog.text
    assert torch.equal(found.vectors, on_device(image, 4).vectors)


@pytest.mark.parametrize(("height", "width", "overlap", "radii"), [(60, 75, 6, (1, 6)), (50, 90, 12, (3, 15))])
def test_basis_and_small_matrices_are_those_of_the_cpu(height, width, overlap, radii):
    image = drawing(height, width)
    options = {"overlap": overlap, "radii": radii, "radius_weights": (1.0, 0.5)}
    operator, stencil, config = random_operator(image, **options)
    cpu = CanvasOperator(image.numpy(), operator.plan, stencil, config.edge_threshold, None)
    plan = operator.plan
    psi, _ = make_basis(operator, 8, 7)
    start = np.random.default_rng(0).standard_normal(plan.tile_height * 128).reshape(plan.tile_height, 16, 8)
    near = stencil.offsets[plan.near], stencil.weights[plan.near] / cpu.unit, 1 / config.edge_threshold
    for t in (0, len(plan) - 1):
        i, j = divmod(t, len(plan.lefts))
        patch = image.numpy()[:, plan.tops[i] :, plan.lefts[j] :][:, : plan.tile_height, :16]
        h, w = patch.shape[1:]
        raw = tile_columns(patch, *near, start[:h, :w].reshape(h * w, 8), TILE_SHIFT * plan.near_share)
        q = np.linalg.qr(raw * (plan.rows[i][:h, None] * plan.columns[j][:w]).reshape(-1, 1))[0]
        own = psi[t].view(plan.tile_height, 16, 8)[:h, :w].reshape(h * w, 8).double().numpy()
        np.testing.assert_allclose(q @ (q.T @ own), own, atol=2e-3)
    panels = arrange(plan, np.ones(len(plan), np.int64))
    a = np.zeros(panels.blocks * 64, np.float32)
    b = np.zeros_like(a)
    cpu.galerkin(panels, psi[:-1].flatten(1).numpy(), np.arange(len(plan)), a, b)
    exists = panels.low < panels.high
    for found, there in zip(galerkin(operator, psi), (a, b), strict=True):
        np.testing.assert_allclose(found[0].flatten(2).numpy()[exists], there.reshape(-1, 64), rtol=2e-6, atol=4e-5)
        assert not found[0].flatten(2).numpy()[~exists].any()
    assert sum(len(tiles) for tiles in tile_classes(plan)) == len(plan)
    small = DeviceSmallProblem(operator.on, *galerkin(operator, psi))
    c = torch.from_numpy(np.random.default_rng(0).standard_normal((1, len(plan), 8, 16)))

    def whole(x):
        ax, bx = small.times(x)
        return ax + SIGMA * bx + TINY * x

    right = whole(c)
    back = whole(small.solve(right))
    # The tiles' own blocks, symmetric to float32 rounding, are made symmetric before they are factored.
    torch.testing.assert_close(back, right, atol=1e-4, rtol=0)


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5, 8, 13])
def test_odd_even_elimination_solves(blocks):
    rng = np.random.default_rng(blocks)
    size = 5
    dense = np.zeros((2, blocks * size, blocks * size))
    root = rng.standard_normal((2, blocks, size, size))
    lower = rng.standard_normal((2, max(blocks - 1, 0), size, size))
    for i in range(blocks):
        at = slice(i * size, (i + 1) * size)
        dense[:, at, at] = root[:, i] @ root[:, i].transpose(0, 2, 1) + 12 * np.eye(size)
        if i:
            before = slice((i - 1) * size, i * size)
            dense[:, at, before] = lower[:, i - 1]
            dense[:, before, at] = lower[:, i - 1].transpose(0, 2, 1)
    diagonal = np.stack([dense[:, i * size : (i + 1) * size, i * size : (i + 1) * size] for i in range(blocks)], axis=1)
    b = rng.standard_normal((2, blocks, size, 3))
    given = torch.from_numpy(b)
    x = BlockTridiagonal(torch.from_numpy(diagonal), torch.from_numpy(lower)).solve(given)
    assert np.array_equal(given.numpy(), b)
    expected = np.linalg.solve(dense, b.reshape(2, -1, 3)).reshape(b.shape)
    np.testing.assert_allclose(x.numpy(), expected, atol=1e-11)


def test_batches_are_halved_when_memory_runs_out(caplog, monkeypatch):
    """The picture is the same, the batch smaller, and the log says so."""
    image = drawing(100, 130)
    expected = on_device(image, 5)
    real = TileFactors.__init__

    def scarce(self, operator, base, *rest):
        if len(base) > 9:
            raise torch.OutOfMemoryError("no memory for so many")
        real(self, operator, base, *rest)

    monkeypatch.setattr(TileFactors, "__init__", scarce)
    with caplog.at_level(logging.INFO, "itten"):
        found = on_device(image, 5)
    assert "going on with" in caplog.text
    assert found.spent["batch"] <= 9 < expected.spent["batch"]
    torch.testing.assert_close(found.values, expected.values, rtol=1e-6, atol=1e-9)
    assert "CPU" not in caplog.text


def test_without_any_memory_the_cpu_does_it_and_says_so(caplog, monkeypatch):
    image = drawing(100, 130)

    def empty(*_):
        raise torch.OutOfMemoryError("none left")

    monkeypatch.setattr(device, "galerkin", empty)
    with caplog.at_level(logging.WARNING, "itten"):
        found = on_device(image, 5)
    assert "none left" in caplog.text
    assert "computed on the CPU" in caplog.text
    assert torch.equal(found.vectors, itten.spectrum(image, 5, "stitched").vectors)


def test_in_batches_gives_up_at_one():
    done = []
    assert in_batches(7, 3, lambda begin, end: done.append((begin, end))) == 3
    assert done == [(0, 3), (3, 6), (6, 7)]

    def never(begin, end):
        raise torch.OutOfMemoryError

    with pytest.raises(torch.OutOfMemoryError):
        in_batches(7, 3, never)


def test_the_estimate_grows_with_picture_and_vectors():
    config = SpectrumConfig()
    sizes = [(512, 512, 8), (512, 512, 40), (2160, 3840, 8), (2160, 3840, 40)]
    found = [device.estimate_bytes(*size, config) for size in sizes]
    for less, more in itertools.pairwise(found):
        assert less < more
    assert 1 << 28 < found[0] < 2 << 30
    assert found[2] < 60 << 30
    assert device.estimate_bytes(512, 512, 8, config, double=True) > found[0]


def test_an_unknown_backend_is_an_error(monkeypatch):
    config = SpectrumConfig().model_copy(update={"backend": "triton"})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BackendError, match="not installed"):
        device.stitched_device(drawing()[None], 3, config)
