"""Stitched spectra in tensors where edges are weak, and refined to an accuracy: the same as the compiled kernels'."""

import numpy as np
import pytest
import torch
from skimage import data

import itten
from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import plan_blocks
from itten.spectra.stitched import outcome
from itten.spectra.stitched.choose import stitched_spectra
from itten.spectra.stitched.device import accurate as steps
from itten.spectra.stitched.device import solve as device
from itten.spectra.stitched.device import weak
from itten.spectra.stitched.device.iterate import DeviceIterate
from itten.spectra.stitched.device.needs import estimate_bytes
from itten.spectra.stitched.device.operator import DeviceOperator
from itten.spectra.stitched.device.products import galerkin
from itten.spectra.stitched.device.small import BlockTridiagonal, DeviceSmallProblem
from itten.spectra.stitched.host import basis
from itten.spectra.stitched.host import solve as host
from itten.spectra.stitched.host.operator import CanvasOperator
from itten.spectra.stitched.host.panels import arrange
from itten.spectra.stitched.host.small import SIGMA, TINY
from itten.spectra.stitched.outcome import GUARDS
from tests.pictures import drawing
from tests.spectra.test_stitched import alignment


@pytest.fixture(autouse=True)
def iterated(monkeypatch):
    """No dense matrices: the iteration itself."""
    monkeypatch.setattr(outcome, "DENSE", 0)
    monkeypatch.setattr(outcome, "FALLBACK", 0)


def photograph(name="coffee"):
    part = {"coffee": (slice(90, 150), slice(150, 220)), "astronaut": (slice(60, 120), slice(180, 250))}[name]
    return itten.image.as_image(getattr(data, name)()[part])


def pieces():
    """Squares of colours of their own, nearly cut off from each other."""
    rng = np.random.default_rng(5)
    squares = np.kron(rng.random((3, 5, 6)), np.ones((12, 12)))[:, :, :70]
    return torch.from_numpy(0.85 * squares + 0.01 * rng.random((3, 60, 70))).float()


PICTURES = {
    "coffee": photograph,
    "astronaut": lambda: photograph("astronaut"),
    "pieces": pieces,
    "drawing": lambda: drawing(60, 70),
}


def both(image, k, **options):
    """The same spectrum by the compiled kernels and in tensors."""
    return itten.spectrum(image, k, **options), itten.spectrum(image, k, backend="torch", **options)


def same(found, expected):
    """Values, up to what rounding to float32 leaves, about 2e-11 ‖L‖ a step; spaces that end at a gap; estimates."""
    assert found.components == expected.components
    assert found.spent["steps"] == expected.spent["steps"]
    assert found.status == expected.status
    torch.testing.assert_close(found.values, expected.values, rtol=1e-4, atol=1e-10 * expected.scale)
    values = expected.values.clamp(min=1e-7 * expected.scale)
    for cut in range(max(expected.components, 2), len(values)):
        if values[cut] > 1.3 * values[cut - 1]:
            assert alignment(found.vectors[:cut].numpy(), expected.vectors.numpy(), cut) > 1 - 1e-6
    assert not found.errors[: found.components].any()
    told = (expected.values > 1e-7 * expected.scale) & (expected.errors > 1e-3)
    assert bool(((found.errors / expected.errors)[told].log().abs() < np.log(3)).all())


def operators(image, **options):
    config = SpectrumConfig(**options)
    stencil = make_stencil(config.radii, config.weights)
    plan = plan_blocks(image.shape[1], image.shape[2], *config.blocks, stencil)
    here = CanvasOperator(image.numpy(), plan, stencil, config.edge_threshold, None)
    return here, DeviceOperator(image[None], plan, stencil, config.edge_threshold, None, "torch")


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("threshold", [0.05, 0.02])
def test_it_is_the_spectrum_of_the_cpu_at_weak_edges(name, threshold):
    expected, found = both(PICTURES[name](), 8, edge_threshold=threshold)
    same(found, expected)
    if name in ("coffee", "astronaut"):
        large = expected.values > 1e-7 * expected.scale
        assert int(large.sum()) >= 6
        torch.testing.assert_close(found.values[large], expected.values[large], rtol=1e-4, atol=0)


@pytest.mark.parametrize(
    ("name", "threshold", "columns"), [("astronaut", 0.02, 8), ("coffee", 0.03, 5), ("coffee", 0.05, 3)]
)
def test_columns_are_those_of_the_cpu(name, threshold, columns):
    here, there = operators(PICTURES[name](), edge_threshold=threshold)
    mass = basis.least_mass(here, 8 + GUARDS)
    assert weak.least_mass(there, 8 + GUARDS) == mass > 0
    panels, expected, *_ = basis.stitched_basis(here, columns, mass)
    psi, counts, _ = weak.weak_basis(there, columns, mass, 7)
    np.testing.assert_array_equal(counts, np.diff(panels.first))
    assert counts.max() == {8: 8, 5: 8, 3: 1}[columns]
    assert psi.shape[2] == 8 * counts.max()
    assert not psi[-1].any()
    found = psi[:-1].unflatten(2, (-1, 8)).transpose(1, 2).numpy()
    for tile, count in enumerate(counts.tolist()):
        assert not found[tile, count:].any()
        for number in range(count):
            one = expected[panels.first[tile] + number].reshape(-1, 8)
            np.testing.assert_allclose(found[tile, number], one, atol=3e-3 * np.abs(one).max())


def test_without_room_both_stop_at_as_many_panels(monkeypatch, caplog):
    here, there = operators(photograph("astronaut"), edge_threshold=0.02)
    mass = basis.least_mass(here, 8 + GUARDS)
    monkeypatch.setattr(basis, "FACTOR_LEAST", arrange(here.plan, np.full(len(here.plan), 2)).factor_bytes)
    monkeypatch.setattr(basis, "GROWTH", 0)
    with caplog.at_level("INFO", "itten"):
        counts = weak.weak_basis(there, 8, mass, 99)[1]
    assert "no room for more" in caplog.text
    assert counts.max() == 2
    np.testing.assert_array_equal(counts, np.diff(basis.stitched_basis(here, 8, mass)[0].first))


def test_the_small_problem_is_that_of_the_cpu():
    """Its blocks, and its factor, in which columns that do not exist take no rows."""
    here, there = operators(photograph("astronaut"), edge_threshold=0.02)
    mass = basis.least_mass(here, 8 + GUARDS)
    psi, counts, _ = weak.weak_basis(there, 8, mass, 99)
    a, b = galerkin(there, psi)
    panels = arrange(here.plan, counts)
    columns = psi[:-1].unflatten(2, (-1, 8)).transpose(1, 2).flatten(2).numpy()
    some = columns[panels.owner, np.arange(len(panels)) - panels.first[panels.owner]]
    expected = np.zeros((2, panels.blocks * 64), np.float32)
    here.galerkin(panels, np.ascontiguousarray(some), np.arange(len(here.plan)), *expected)
    for found, blocks in zip((a[0], b[0]), expected.reshape(2, -1, 8, 8), strict=True):
        for p, tile in enumerate(panels.owner.tolist()):
            mine = slice(8 * (p - panels.first[tile]), 8 * (p - panels.first[tile]) + 8)
            for s in range(panels.low.shape[1]):
                for r in range(panels.low[p, s], panels.high[p, s]):
                    theirs = 8 * (r - panels.first[panels.owner[r]])
                    block = blocks[panels.place[p, s] + r - panels.low[p, s]]
                    one = found[tile, s, theirs : theirs + 8, mine].numpy()
                    np.testing.assert_allclose(one, block, rtol=2e-5, atol=4e-5)
    small = DeviceSmallProblem(there.on, a, b, "torch", counts)
    assert small.tables.size * small.tables.blocks < 8 * counts.max() * len(counts)
    exists = torch.from_numpy(np.arange(a.shape[3]) < 8 * counts[:, None])[None, :, :, None]
    c = torch.from_numpy(np.random.default_rng(0).standard_normal((1, len(counts), a.shape[3], 16))) * exists
    for sigma, tiny in ((SIGMA, TINY), (1e-3, 5e-5)):
        small.refactor(sigma, tiny)
        assert small.factor.positive
        ax, bx = small.times(c)
        # The tiles' own blocks, symmetric to float32 rounding, are made symmetric before they are factored.
        torch.testing.assert_close(small.solve(ax + sigma * bx + tiny * c), c, atol=5e-2, rtol=0)


def test_the_shift_follows_the_values_as_on_the_cpu(monkeypatch):
    shifts = []
    for where, name in ((host, "_followed"), (device, "followed")):

        def watched(operator, *rest, real=getattr(where, name)):
            found = real(operator, *rest)
            shifts.append(operator.shift)
            return found

        monkeypatch.setattr(where, name, watched)
    both(pieces(), 8, edge_threshold=0.05)
    expected, found = shifts
    assert 1e-4 <= expected < SIGMA
    assert found == pytest.approx(expected, rel=0.1)


def test_a_shift_that_is_too_small_for_rounding_is_made_larger(monkeypatch):
    """A is made a little indefinite, as rounding may do."""
    _, there = operators(pieces(), edge_threshold=0.05)
    psi, counts, _ = weak.weak_basis(there, 8, weak.least_mass(there, 16), 99)
    a, b = galerkin(there, psi)
    small = DeviceSmallProblem(there.on, a - 1e-3 * b, b, "torch", counts)
    tried, real = [], DeviceSmallProblem.refactor
    monkeypatch.setattr(DeviceSmallProblem, "refactor", lambda self, *given: tried.append(given) or real(self, *given))
    values, coarse = small.lowest(1, 3)
    found, _ = weak.followed(there, small, values, coarse, 8)
    assert [sigma for sigma, _ in tried] == pytest.approx([1e-4, 4e-4, 1.6e-3])
    assert bool(found[0, :8].isfinite().all())
    assert there.shift == pytest.approx(1.6e-3)
    torch.testing.assert_close(1 / there.inverse, there.degree + there.shift)
    small.pair[0] -= 5e-3 * b
    kept = weak.followed(there, small, values, coarse, 8)
    assert kept[0] is values
    assert tried[-1] == (SIGMA, TINY)
    indefinite = torch.eye(6, dtype=torch.float64).view(1, 1, 6, 6) * torch.tensor([1.0, 1, 1, -1, 1, 1])
    assert not BlockTridiagonal(indefinite, indefinite[:, :0]).positive


@pytest.mark.parametrize("value", [None, -1e-3])
def test_a_value_that_is_not_there_is_not_believed(monkeypatch, value):
    """Rounding has left products that do not belong to a vector: its value seems to stay, or to be below zero."""
    image, real, again = photograph("astronaut"), DeviceIterate.step, []

    def spoiled(self, *given):
        before = float(self.values.min())
        real(self, *given)
        if self.steps == 2:
            self.values[:, 0] = before if value is None else value
            self.x[..., 0] = 0.9 * self.x[..., 0] + 0.4 * self.x[..., -1]
            self.lx[..., 0] = self.values[0, 0] * self.x[..., 0]

    def counted(self, begin=DeviceIterate.begin_again):
        again.append(self.steps)
        begin(self)
        self.residuals(fresh=False)
        assert float(self.drift().max()) < 1e-6 * float(self.operator.norm)
        assert self.p.shape[2] == 0

    options = {"edge_threshold": 0.05, "refine": 2, "accuracy": 0.1}
    expected = itten.spectrum(image, 8, **options)
    monkeypatch.setattr(DeviceIterate, "step", spoiled)
    monkeypatch.setattr(DeviceIterate, "begin_again", counted)
    found = itten.spectrum(image, 8, backend="torch", **options)
    assert again == [2]
    assert found.status == "converged"
    assert found.spent["steps"] > 2
    torch.testing.assert_close(found.values, expected.values, rtol=0.01, atol=1e-10 * expected.scale)
    assert alignment(found.vectors.numpy(), expected.vectors.numpy(), 8) > 0.999


def test_an_accuracy_is_refined_to_and_told(monkeypatch, caplog):
    image, options = photograph("astronaut"), {"edge_threshold": 0.05, "backend": "torch"}
    true = itten.spectrum(image.double(), 8, "exact", edge_threshold=0.05).values[1:]
    taken = []
    for accuracy in (0.3, 0.005, 1e-4):
        found = itten.spectrum(image, 8, accuracy=accuracy, **options)
        taken.append(found.spent["steps"])
        assert float(((found.values[1:] - true) / true).abs().max()) < accuracy
        assert float(found.errors.max()) <= accuracy
        assert found.status == "converged"
    assert taken[0] <= taken[1] < taken[2]
    assert itten.spectrum(image, 8, refine=2, **options).spent["steps"] == 2
    assert itten.spectrum(image, 8, accuracy=0.5, refine=3, **options).spent["steps"] == 3
    monkeypatch.setattr(steps, "MOST_STEPS", 1)
    missed = itten.spectrum(image, 8, accuracy=1e-5, **options)
    assert missed.status == "approximate"
    assert missed.spent["steps"] == 1
    assert "is estimated to be off by" in missed.advice
    assert "is estimated to be off by" in caplog.text


@pytest.mark.parametrize(
    "options", [{}, {"refine": 0}, {"refine": 1}, {"refine": 3}, {"tol": 1e-5}, {"accuracy": 1e-5}]
)
def test_errors_are_told_at_strong_edges_too(options):
    expected, found = both(photograph(), 6, **options)
    same(found, expected)
    if "accuracy" in options:
        assert float(found.errors.max()) <= 1e-5
        assert found.spent["steps"] > 1


def test_masks_and_islands_at_weak_edges():
    image, mask = photograph(), torch.zeros(60, 70, dtype=torch.bool)
    mask[20:45, 30:60] = True
    mask[::7, ::9] = True
    expected, found = both(image, 8, edge_threshold=0.03, exclude=mask)
    same(found, expected)
    assert not found.vectors[:, mask].any()
    expected, found = both(drawing(60, 70), 8, edge_threshold=0.03)
    assert found.components > 2
    same(found, expected)


def test_float64_batches_and_tolerances_at_weak_edges():
    images = torch.stack([photograph(), photograph("astronaut")])
    config = SpectrumConfig(backend="torch", edge_threshold=0.03)
    for image, found in zip(images, stitched_spectra(images, 6, config), strict=True):
        same(found, itten.spectrum(image, 6, edge_threshold=0.03))
    expected, found = both(images[0].double(), 6, edge_threshold=0.03)
    assert found.vectors.dtype == torch.float64
    same(found, expected)
    exact = itten.spectrum(images[1].double(), 6, "exact", edge_threshold=0.03)
    close = itten.spectrum(images[1].double(), 6, edge_threshold=0.03, tol=1e-9, backend="torch")
    np.testing.assert_allclose(close.values.numpy(), exact.values.numpy(), atol=1e-10 * close.scale)
    rough = itten.spectrum(images[1], 6, edge_threshold=0.03, tol=1e-6, backend="torch")
    assert rough.status == "converged"
    assert rough.errors is not None


def test_more_vectors_than_a_block_at_weak_edges():
    expected, found = both(photograph(), 20, edge_threshold=0.03, basis=6)
    same(found, expected)


@pytest.mark.long
def test_a_whole_spectrum_by_triton(monkeypatch):
    pytest.importorskip("triton")
    monkeypatch.setattr(device, "SMALL_STEPS", 2)
    monkeypatch.setattr(weak, "SMALL_STEPS", 2)
    options = {"radii": (1, 2), "tile": 8, "edge_threshold": 0.03, "accuracy": 0.05}
    image = photograph("astronaut")[:, 20:37, 10:36].contiguous()
    expected = itten.spectrum(image, 3, backend="torch", **options)
    found = itten.spectrum(image, 3, backend="triton", **options)
    assert found.spent["steps"] == expected.spent["steps"]
    torch.testing.assert_close(found.values, expected.values, rtol=1e-3, atol=1e-7 * expected.scale)
    torch.testing.assert_close(found.errors, expected.errors, rtol=0.2, atol=1e-4)


def test_the_estimate_of_memory_counts_the_panels():
    strong, weaker = SpectrumConfig(edge_threshold=0.12), SpectrumConfig(edge_threshold=0.05)
    for size in ((512, 512, 8), (2160, 3840, 8)):
        assert estimate_bytes(*size, strong) < estimate_bytes(*size, weaker) < 20 * estimate_bytes(*size, strong)
    assert estimate_bytes(512, 512, 8, weaker) < 4 << 30
