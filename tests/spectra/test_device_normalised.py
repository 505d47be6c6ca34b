"""The normalised Laplacian of the stitched method in tensors: the same as the compiled kernels', and as ``exact``."""

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import plan_blocks
from itten.spectra import solve
from itten.spectra.claims import residuals_of, without
from itten.spectra.normalised import masses
from itten.spectra.stitched import outcome
from itten.spectra.stitched.choose import stitched_spectra
from itten.spectra.stitched.device import operator as tensors
from itten.spectra.stitched.device import solve as device
from itten.spectra.stitched.device import weak
from itten.spectra.stitched.device.needs import estimate_bytes
from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.products import galerkin
from itten.spectra.stitched.host import basis
from itten.spectra.stitched.host.operator import CanvasOperator
from tests.pictures import drawing, noise
from tests.spectra.test_device_contrast import photograph, pieces
from tests.spectra.test_normalised import truth
from tests.spectra.test_stitched_normalised import islands

STENCIL = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
WIDER = make_stencil((1, 2), (1.0, 0.6))


@pytest.fixture(autouse=True)
def iterated(monkeypatch):
    """No dense matrices: the iteration itself."""
    monkeypatch.setattr(outcome, "DENSE", 0)
    monkeypatch.setattr(outcome, "FALLBACK", 0)


def both(image, k, **options):
    """The same spectrum by the compiled kernels and in tensors."""
    options = {"laplacian": "normalised", **options}
    return itten.spectrum(image, k, **options), itten.spectrum(image, k, backend="torch", **options)


def same(found, expected, image, threshold, mask=None, relative=1e-4, within=1e-9, aligned=1e-3):
    """Values, spaces that end at a gap, vectors orthonormal in D, residuals as claimed, estimates."""
    assert (found.laplacian, found.scale, found.components) == ("normalised", 2.0, expected.components)
    assert found.status == expected.status
    values, others = found.values.numpy(), expected.values.numpy()
    assert (np.abs(values - others) <= np.where(others > 2e-7, relative * others, within)).all(), values / others
    picture = without(image.double(), mask, threshold)
    mass = masses(picture, STENCIL, threshold)
    here, there = (one.vectors.double().flatten(1) for one in (found, expected))
    if mask is not None:
        assert not found.vectors[:, mask].any()
    small = 1e-10 if found.vectors.dtype == torch.float64 else 4e-5
    torch.testing.assert_close(here * mass.flatten() @ here.T, torch.eye(len(here)).double(), rtol=0, atol=small)
    overlap = (here * mass.flatten() @ there.T).numpy()
    for cut in range(1, len(others)):
        if others[cut] > 1.3 * max(others[cut - 1], 1e-7) or cut == found.components:
            assert np.linalg.svd(overlap[:cut, :cut])[1].min() > 1 - aligned
    null = slice(found.components)
    torch.testing.assert_close(here[null], there[null], rtol=1e-5, atol=1e-8)
    config = SpectrumConfig(laplacian="normalised", edge_threshold=threshold)
    told = residuals_of(image, found.values, found.vectors, config, mask)
    np.testing.assert_allclose(found.residuals.numpy(), told.numpy(), rtol=0.02, atol=1e-9)
    assert not found.errors[null].any()
    assert bool((found.residuals[found.components :] > 0).all())


@pytest.mark.parametrize("threshold", [0.15, 0.05, 0.02])
@pytest.mark.parametrize("name", ["photograph", "drawing"])
def test_it_is_the_spectrum_of_the_cpu(name, threshold):
    image = {"photograph": photograph, "drawing": lambda: drawing(60, 70)}[name]()
    expected, found = both(image, 8, edge_threshold=threshold)
    assert found.spent["steps"] == expected.spent["steps"] > 0
    same(found, expected, image, threshold)
    assert found.status == "converged"
    ratios = (found.errors + 1e-5)[expected.values > 2e-7] / (expected.errors + 1e-5)[expected.values > 2e-7]
    assert bool((ratios.log().abs() < np.log(3)).all())


def test_squares_nearly_cut_off_from_each_other():
    image = pieces()
    expected, found = both(image, 8, edge_threshold=0.05, refine=5)
    same(found, expected, image, 0.05)


@pytest.mark.parametrize("options", [{"refine": 2}, {"refine": 0}, {"tol": 1e-6}, {"accuracy": 1e-4}])
def test_steps_tolerances_and_accuracies(options):
    image = photograph()[:, :45, :50].contiguous()
    expected, found = both(image, 6, **options)
    assert found.spent["steps"] == expected.spent["steps"]
    if "tol" in options:
        assert float(found.residuals.max()) <= 2e-6
    if "accuracy" in options:
        assert float(found.errors.max()) <= 1e-4
    # Without a step the last vectors depend on rounding.
    loose = {"relative": 5e-3, "aligned": 0.05} if options == {"refine": 0} else {}
    same(found, expected, image, 0.15, **loose)


@pytest.mark.parametrize("tol", [None, 1e-9])
def test_islands_and_lone_pixels(tol):
    image = islands() if tol else islands().float()
    expected, found = both(image, 9, edge_threshold=0.03, tol=tol)
    assert found.components == 5
    same(found, expected, image, 0.03)
    exact = itten.spectrum(image, 9, "exact", laplacian="normalised", edge_threshold=0.03)
    close = {"rtol": 1e-12, "atol": 1e-14} if tol else {"rtol": 1e-5, "atol": 1e-7}
    torch.testing.assert_close(found.vectors[:5], exact.vectors[:5], **close)
    if tol:
        np.testing.assert_allclose(found.values.numpy(), exact.values.numpy(), atol=1e-10)
        assert float(found.residuals.max()) <= 1e-9 * found.scale
    few = itten.spectrum(image, 3, laplacian="normalised", edge_threshold=0.03, backend="torch")
    assert not few.values.any()
    torch.testing.assert_close(few.vectors, found.vectors[:3], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_masks(seed):
    image = noise(44, 40, seed)
    mask = torch.from_numpy(np.random.default_rng(seed).random((44, 40)) < 0.2)
    mask[:, 18:25] = True
    expected, found = both(image, 6, exclude=mask, edge_threshold=0.3)
    assert found.components == 2
    same(found, expected, image, 0.3, mask)


def test_float64_with_a_tolerance():
    image = photograph("astronaut").double()[:, :40, :50].contiguous()
    options = {"laplacian": "normalised", "edge_threshold": 0.05}
    exact = itten.spectrum(image, 7, "exact", **options)
    found = itten.spectrum(image, 7, backend="torch", tol=1e-9, **options)
    assert found.spent["double_steps"] > 0
    assert float(found.residuals.max()) <= 1e-9 * found.scale
    same(found, exact, image, 0.05, None, 1e-8, 1e-12, 1e-8)


def test_float64_takes_over_where_float32_ends(monkeypatch):
    image = photograph("astronaut")[:, :40, :50].contiguous()
    monkeypatch.setattr(device, "until", lambda *_: False)
    options = {"laplacian": "normalised", "edge_threshold": 0.05, "tol": 1e-6}
    found = itten.spectrum(image, 7, backend="torch", **options)
    assert found.spent["double_steps"] > 0
    same(found, itten.spectrum(image, 7, "exact", **options), image, 0.05, None, 1e-6, 1e-12, 1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e9])
def test_values_do_not_change_with_the_unit_of_the_weights(factor):
    image = drawing(50, 44)
    options = {"laplacian": "normalised", "edge_threshold": 0.05, "backend": "torch"}
    plain = itten.spectrum(image, 6, **options)
    found = itten.spectrum(image, 6, radius_weights=tuple(factor * w for w in SpectrumConfig().weights), **options)
    np.testing.assert_allclose(found.values.numpy(), plain.values.numpy(), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.vectors.numpy() * factor**0.5, plain.vectors.numpy(), rtol=1e-3, atol=1e-6)


def test_a_flat_picture_is_the_grid():
    expected, found = both(torch.full((3, 40, 44), 0.3), 6)
    assert found.status == expected.status == "degenerate"
    np.testing.assert_allclose(found.values.numpy(), expected.values.numpy(), rtol=1e-4, atol=1e-9)


def test_gates_and_batches_follow_it(caplog):
    images = torch.stack([drawing(44, 46), photograph()[:, :44, :46]])
    options = {"laplacian": "normalised", "edge_threshold": 0.15}
    config = SpectrumConfig(backend="torch", refine=2, **options)
    expected = [solve.field(image, config.changed(backend="auto")) for image in images]
    many = solve.all_gate_fields(list(images), (1, 2), config, [None, None])
    for image, field, (maps, found) in zip(images, expected, many, strict=True):
        torch.testing.assert_close(maps[0], field, rtol=0, atol=0.01)
        assert found.laplacian == "normalised"
        torch.testing.assert_close(solve.field(image, config), maps[0])
    for one, (_, found) in zip(stitched_spectra(images, 3, config), many, strict=True):
        assert torch.equal(one.vectors, found.vectors)
    with caplog.at_level("INFO", "itten"):
        again = itten.spectrum(images[0], 3, backend="torch", refine=2, warm=many[0][1], **options)
    assert "start cold" in caplog.text
    assert torch.equal(again.vectors, many[0][1].vectors)


def test_memory_is_counted_and_without_it_the_cpu_does_it(monkeypatch):
    def none(*_):
        raise torch.OutOfMemoryError("none left")

    image, options = drawing(44, 46), {"laplacian": "normalised", "edge_threshold": 0.05}
    monkeypatch.setattr(device, "_started", none)
    found = itten.spectrum(image, 4, backend="torch", **options)
    assert torch.equal(found.vectors, itten.spectrum(image, 4, **options).vectors)
    plain, weighed = SpectrumConfig(edge_threshold=0.05), SpectrumConfig(**options)
    assert estimate_bytes(512, 512, 8, plain) < estimate_bytes(512, 512, 8, weighed)
    strong = weighed.changed(edge_threshold=1.0)
    assert estimate_bytes(512, 512, 8, strong) == estimate_bytes(512, 512, 8, weighed)


def faint(height=40, width=36, threshold=0.05):
    """Soft noise with pixels whose edges to the nearest are just above the cut, and the others just below it."""
    image = 0.01 * threshold * noise(height, width, 3, 1)
    image[:, 5::13, 4::13] += 15.8 * threshold
    return image


def operators(image, mask=None, threshold=0.05, dtype=torch.float32):
    plan = plan_blocks(*image.shape[1:], *SpectrumConfig().blocks, STENCIL)
    place = plan, STENCIL, threshold
    here = CanvasOperator(image.numpy(), *place, None if mask is None else mask.numpy(), "normalised")
    return here, DeviceOperator(image[None].to(dtype), *place, mask, "torch", "normalised")


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_operator_is_the_matrix_of_the_definition(monkeypatch, stored, dtype):
    if not stored:
        monkeypatch.setattr(tensors, "STORED", 0)
    image, mask = faint(30, 33), torch.zeros(30, 33, dtype=torch.bool)
    mask[4:9, 20:28] = True
    _, there = operators(image, mask, dtype=dtype)
    assert (there.stored is not None) == stored
    matrix, mass, kept = truth(image, mask, 0.05)
    x = np.random.default_rng(0).standard_normal((30 * 33, 16))
    x[np.setdiff1d(np.arange(len(x)), kept)] = 0
    given = there.zeros(16)
    there.inside(given)[0] = torch.from_numpy(x.reshape(30, 33, 16))
    found = there.inside(there.product(given))[0].reshape(-1, 16).numpy() / 64
    root = np.sqrt(mass)[:, None]
    expected = matrix @ (x[kept] / root) / root
    bound = 1e-12 if dtype == torch.float64 else 1e-5
    np.testing.assert_allclose(found[kept], expected, rtol=0, atol=bound * np.abs(expected).max())
    assert not np.delete(found, kept, axis=0).any()
    told = there.inside(there.mass.view(1, -1, 1)).flatten().numpy() / there.length**2
    np.testing.assert_allclose(told[kept], mass, rtol=10 * bound)


def test_columns_and_the_small_problem_are_those_of_the_cpu():
    here, there = operators(faint())
    assert basis.least_mass(here, 16) == weak.least_mass(there, 16) == 0
    panels, expected, *_ = basis.stitched_basis(here, 8, 0.0)
    psi, counts, _ = weak.weak_basis(there, 8, 0.0, 99)
    np.testing.assert_array_equal(counts, np.diff(panels.first))
    found = psi[:-1].unflatten(2, (-1, 8)).transpose(1, 2).numpy()
    for tile, count in enumerate(counts.tolist()):
        for number in range(count):
            one = expected[panels.first[tile] + number].reshape(-1, 8)
            np.testing.assert_allclose(found[tile, number], one, atol=3e-3 * np.abs(one).max())
    # 1 is a column of every tile, so that ΦᵀLΦ is that of L and ΦᵀMΦ is about 1 in the tiles.
    a, b = galerkin(there, psi)
    exact = there.inside(there.mass.view(1, -1, 1))[0, ..., 0].double()
    ones = there.zeros(16)
    ones.view(-1, 16)[there.on.base[0] + there.on.local, 0] = psi[0, :, 0]
    column = there.inside(ones)[0, ..., 0].double()
    assert float(b[0, 0, 0, 0, 0]) == pytest.approx(float((column.square() * exact).sum()), rel=1e-5)
    product = there.inside(there.laplacian(ones))[0, ..., 0].double()
    assert float(a[0, 0, 0, 0, 0]) == pytest.approx(float((column * product).sum()), rel=1e-4)


def kernels(image, cut=True, threshold=0.05, stencil=WIDER, mask=None):
    """One picture for tensors and for Triton, with little of a stencil, in small tiles."""
    plan = plan_blocks(*image.shape[1:], 8, 2, stencil)
    laplacian = "normalised" if cut else "combinatorial"
    return [DeviceOperator(image[None], plan, stencil, threshold, mask, one, laplacian) for one in ("torch", "triton")]


def test_triton_cuts_the_same_edges():
    pytest.importorskip("triton")
    image = faint(9, 21)[:, :, 2:]
    mask = torch.from_numpy(np.random.default_rng(1).random((9, 19)) < 0.1)
    plain, triton = kernels(image, mask=mask)
    _, whole = kernels(image, False, mask=mask)
    live = plain.live > 0
    torch.testing.assert_close(triton.degree[live], plain.degree[live], rtol=1e-4, atol=0)
    assert bool((whole.degree[live] > 1.2 * triton.degree[live]).any())
    torch.testing.assert_close(triton.mass, plain.mass, rtol=1e-4, atol=0)
    x, r = (plain.zeros(16) for _ in range(2))
    for one in (x, r):
        plain.inside(one)[:] = torch.from_numpy(np.random.default_rng(len(one)).standard_normal((1, 9, 19, 16)))
        one *= plain.live.view(1, -1, 1)
    torch.testing.assert_close(triton.product(x), plain.product(x), rtol=1e-3, atol=1e-3)
    for name in ("left", "smooth"):
        found, expected = (
            one.left(x, one.scaled(r, one.mass)) if name == "left" else one.smooth(one.scaled(r, one.root), 3)[0]
            for one in (triton, plain)
        )
        left, right = (plain.scaled(one, plain.inverse_root) for one in (found, expected))
        torch.testing.assert_close(left, right, rtol=1e-3, atol=1e-3 * float(right.abs().max()))


def test_panels_in_triton_cut_the_same_edges():
    pytest.importorskip("triton")
    from itten.spectra.stitched.device.panels import TilePanels

    plain, triton = kernels(faint(9, 16)[:, 3:])
    tiles, root = torch.arange(len(plain.plan)), weak.root_of_mass(plain, 0.0)
    (expected, least), (found, grown) = (TilePanels(one, 8, root)(tiles, 1) for one in (plain, triton))
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-3 * float(expected.abs().max()))
    torch.testing.assert_close(grown, least, rtol=5e-3, atol=1e-12)
    triton.cut = 0.0
    assert float((TilePanels(triton, 8, root)(tiles, 1)[0] - expected).abs().max()) > 0.01 * float(expected.abs().max())


@pytest.mark.long
def test_a_whole_spectrum_by_triton(monkeypatch):
    pytest.importorskip("triton")
    monkeypatch.setattr(device, "SMALL_STEPS", 2)
    monkeypatch.setattr(weak, "SMALL_STEPS", 2)
    options = {"radii": (1, 2), "tile": 8, "edge_threshold": 0.03, "accuracy": 0.05, "laplacian": "normalised"}
    image = photograph("astronaut")[:, 20:37, 10:36].contiguous()
    expected = itten.spectrum(image, 3, backend="torch", **options)
    found = itten.spectrum(image, 3, backend="triton", **options)
    assert found.spent["steps"] == expected.spent["steps"]
    assert float(found.values[1]) > 1e-7
    torch.testing.assert_close(found.values, expected.values, rtol=1e-3, atol=1e-9)
    torch.testing.assert_close(found.vectors, expected.vectors, rtol=0, atol=1e-3 * float(expected.vectors.max()))
