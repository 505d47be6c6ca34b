"""Gradients of eigenpairs against differences, closed forms and each other; where there is none, an error."""

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import ConfigError, ConvergenceError, GradientError, InputError, UsageError
from itten.spectra import eigenpairs, heat_kernel, wave_kernel
from itten.spectra.gradients import complement
from itten.spectra.gradients.adjoint import separate, settle
from itten.spectra.stitched import outcome
from tests.pictures import drawing, noise

OPTIONS = {"radii": (1, 2, 3)}


def parameters(threshold=0.4, weights=(1.0, 0.5, 0.25)):
    return (
        torch.tensor(threshold, dtype=torch.float64, requires_grad=True),
        torch.tensor(weights, dtype=torch.float64, requires_grad=True),
    )


def turned(side=5, seed=4):
    """Unchanged by quarter turns, exactly: equal pairs of values."""
    picture = noise(side, side, seed).double()
    index = torch.arange(side * side).reshape(side, side)
    least = torch.stack([index.rot90(turn) for turn in range(4)]).amin(0)
    return picture.flatten(1)[:, least.flatten()].view_as(picture)


def halves():
    """Two halves with colours so far apart that no edge joins them."""
    picture = noise(5, 6, 2).double()
    picture[:, :, :3] *= 0.1
    picture[:, :, 3:] = 0.9 + 0.1 * picture[:, :, 3:]
    return picture


def heat(values, vectors):
    return heat_kernel(values, vectors.flatten(-2))


def projector(values, vectors):
    flat = vectors.flatten(-2)
    return (flat.mT @ flat)[..., ::7, :]


def smooth(values, vectors):
    flat = vectors.flatten(-2)
    return (flat.mT @ (torch.exp(-0.3 * values)[..., None].to(flat.dtype) * flat))[..., ::7, :]


def agree(image, k, look, threshold=0.4, **more):
    inputs = (image.clone().requires_grad_(), *parameters(threshold))

    def run(image, threshold, weights):
        return look(*itten.eigenpairs(image, k, edge_threshold=threshold, radius_weights=weights, **OPTIONS))

    return torch.autograd.gradcheck(run, inputs, **more)


@pytest.mark.parametrize("channels", [1, *(pytest.param(n, marks=pytest.mark.long) for n in (3, 5))])
def test_values_vectors_and_kernels_of_distinct_pictures(channels):
    def everything(values, vectors):
        flat = vectors.flatten(-2)
        return values, vectors, heat_kernel(values, flat), wave_kernel(values, flat)

    assert agree(noise(4, 6, channels, channels).double(), 5, everything)


def test_a_larger_picture():
    assert agree(noise(12, 12, 1).double(), 6, heat, fast_mode=True)


@pytest.mark.parametrize(("k", "pair"), [(4, 1), pytest.param(6, 1, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "look",
    [
        smooth,
        lambda values, vectors: values.sum(),
        *(pytest.param(one, marks=pytest.mark.long) for one in (heat, projector)),
    ],
)
def test_degenerate_pairs(k, pair, look):
    """``smooth`` has weights that change with the value: inside the pair the limit of the quotient counts."""
    image = turned()
    values = itten.spectrum(image, k + 1, edge_threshold=0.4, radius_weights=(1.0, 0.5, 0.25), **OPTIONS).values
    assert float(values[pair + 1] - values[pair]) < 1e-12
    assert float(values[k] - values[k - 1]) > 1e-3
    assert agree(image, k, look)


LONG = [pytest.param(one, marks=pytest.mark.long) for one in (projector, lambda values, vectors: (values, vectors))]


@pytest.mark.parametrize("look", [heat, *LONG])
def test_two_halves_that_nothing_joins(look):
    """Their null vectors are fixed contrasts, so that even single vectors have a gradient."""
    image = halves()
    assert itten.spectrum(image, 5, edge_threshold=0.05, **OPTIONS).components == 2
    assert agree(image, 5, look, 0.05)


def test_a_flat_square_learns_its_weights():
    """Equal colours are a kink, their mean slope 0; the radius weights decide everything."""
    image = torch.full((3, 5, 5), 0.5, dtype=torch.float64)
    assert agree(image, 4, lambda values, vectors: (values.sum(), projector(values, vectors)))


def test_batches_are_pictures_one_by_one():
    images = noise(7, 8, 1, 6).double().view(2, 3, 7, 8)
    batch, single = images.clone().requires_grad_(), images.clone().requires_grad_()
    values, vectors = itten.eigenpairs(batch, 4)
    assert values.shape == (2, 4)
    assert vectors.shape == (2, 4, 7, 8)
    heat(values, vectors).square().sum().backward()
    for number, one in enumerate(single):
        expected = itten.eigenpairs(one, 4)
        assert values[number].equal(expected[0])
        assert vectors[number].equal(expected[1])
        heat(*expected).square().sum().backward()
    torch.testing.assert_close(batch.grad, single.grad, rtol=1e-12, atol=1e-14)


def test_they_are_those_of_spectrum():
    for image in (noise(9, 11, 3).double(), halves(), noise(9, 11, 3)):
        found = itten.spectrum(image, 6, edge_threshold=0.05)
        values, vectors = itten.eigenpairs(image.requires_grad_(), 6, edge_threshold=0.05)
        torch.testing.assert_close(values.detach(), found.values, rtol=1e-8, atol=1e-12)
        torch.testing.assert_close(vectors.detach(), found.vectors, rtol=1e-5, atol=1e-6)
        assert vectors.dtype == image.dtype


def test_float32_is_near_float64():
    gradients = []
    for dtype in (torch.float64, torch.float32):
        image = turned(8).to(dtype).requires_grad_()
        values, vectors = itten.eigenpairs(image, 4, edge_threshold=0.3)
        (smooth(values, vectors)[0] * torch.arange(64)).sum().backward()
        assert image.grad.dtype == dtype
        gradients.append(image.grad.double())
    assert float((gradients[0] - gradients[1]).norm() / gradients[0].norm()) < 5e-3


def gradients(image, k, dtype):
    image = image.to(dtype).requires_grad_()
    threshold, weights = parameters(0.15, (1.0, 0.6, 0.4, 0.3, 0.2, 0.1))
    values, vectors = itten.eigenpairs(image, k, edge_threshold=threshold, radius_weights=weights)
    kernels = heat(values, vectors)
    slope = noise(1, kernels.numel(), 5, 1).view_as(kernels).to(kernels)
    ((kernels * slope).sum() + values.sum()).backward()
    return image.grad.double(), threshold.grad, weights.grad


@pytest.fixture
def steps(monkeypatch):
    """The numbers of steps that the adjoint equation took."""
    taken = []
    module = __import__("sys").modules["itten.spectra.gradients.eigenpairs"]
    solve = complement.solve_complement

    def counted(*arguments):
        solved = solve(*arguments)
        taken.append(solved.steps)
        return solved

    monkeypatch.setattr(module, "solve_complement", counted)
    return taken


LONG_NOISE = pytest.param(noise(36, 30, 2), marks=pytest.mark.long)


@pytest.mark.parametrize("picture", [drawing(36, 30), torch.full((3, 36, 30), 0.5), LONG_NOISE])
def test_the_iteration_gives_what_the_dense_matrix_gives(picture, steps, monkeypatch):
    module = __import__("sys").modules["itten.spectra.gradients.solution"]
    monkeypatch.setattr(module, "DENSE", 1 << 20)
    dense = gradients(picture, 6, torch.float64)
    assert steps == []
    monkeypatch.setattr(module, "DENSE", 0)
    monkeypatch.setattr(module, "MOST", 0)
    monkeypatch.setattr(outcome, "DENSE", 0)
    monkeypatch.setattr(outcome, "FALLBACK", 0)
    for dtype, tolerance in ((torch.float64, 1e-6), (torch.float32, 5e-3)):
        for found, wanted in zip(gradients(picture, 6, dtype), dense, strict=True):
            assert float((found - wanted).norm()) <= tolerance * float(wanted.norm()) + 1e-12
    assert len(steps) == 2
    assert max(steps) <= 25  # the two-level preconditioner at work: Jacobi needs hundreds


def test_larger_pictures_take_few_steps(steps):
    for gradient in gradients(drawing(128, 128), 6, torch.float32):
        assert bool(torch.isfinite(gradient).all())
    assert max(steps) <= 20


def test_a_stuck_iteration_says_so():
    known = np.eye(3, 40)
    with pytest.raises(ConvergenceError, match="residual"):
        complement.solve_complement(lambda x: x * 0, lambda x: x, known, np.zeros(1), np.ones((1, 40)), 1e-9)


def test_a_loss_on_one_vector_of_a_pair_has_no_gradient():
    image = turned().requires_grad_()
    _, vectors = itten.eigenpairs(image, 4, edge_threshold=0.4, **OPTIONS)
    with pytest.raises(GradientError, match="eigenvectors 1 and 2 belong to one eigenvalue"):
        vectors[1, 0, 1].backward()


def test_a_cut_eigenspace_is_seen():
    image = turned().requires_grad_()
    values, vectors = itten.eigenpairs(image, 2, edge_threshold=0.4, **OPTIONS)
    with pytest.raises(GradientError, match="eigenvectors 1 and 2"):
        projector(values, vectors)[0, 4].backward()
    # Weights that fall to zero do not touch it.
    for k in (2, 3, 5):
        values, vectors = itten.eigenpairs(image, k, edge_threshold=0.4, **OPTIONS)
        if k != 3:  # with k = 3 the pair is all there is, and the kernel's last value is one of them
            heat(values, vectors).square().sum().backward()
    assert bool(torch.isfinite(image.grad).all())


def test_the_last_value_of_a_cut_eigenspace_gets_a_mean_slope():
    image = turned().requires_grad_()
    cut, whole = (itten.eigenpairs(image, k, edge_threshold=0.4, **OPTIONS)[0] for k in (2, 3))
    (one,) = torch.autograd.grad(cut[1], image)
    (other,) = torch.autograd.grad((whole[1] + whole[2]) / 2, image)
    torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)


def test_a_sign_may_matter():
    """Signs are constant nearby: the sum of a vector has a gradient."""
    assert agree(noise(5, 5, 3).double(), 3, lambda values, vectors: vectors[1].sum() + vectors[2, 0].sum())


def test_values_are_set_apart_by_no_more_than_needed():
    values = torch.tensor([0.5, 1.0, 1.0, 1.0, 2.0, 2.0 + 1e-7], dtype=torch.float64)
    pairs = separate(values, torch.float64, 1e-15)
    assert pairs.group.tolist() == [0, 1, 1, 1, 2, 3]
    torch.testing.assert_close(pairs.values, values, rtol=0, atol=1.2e-10)
    assert float(pairs.values.diff().min()) > 5e-11
    assert pairs.values[[0, 1, 4, 5]].equal(values[[0, 1, 4, 5]])


def test_a_basis_is_chosen_by_the_space_alone():
    base = torch.linalg.qr(noise(9, 9, 1)[0].double())[0]
    angle = torch.tensor(0.7, dtype=torch.float64)
    other = base.clone()
    other[2:4] = (
        torch.stack([torch.stack([angle.cos(), angle.sin()]), torch.stack([-angle.sin(), angle.cos()])]) @ base[2:4]
    )
    group = torch.tensor([0, 1, 2, 2, 3, 4, 5, 6, 7])
    one, two = settle(base, group), settle(other, group)
    torch.testing.assert_close(one.abs(), two.abs(), rtol=1e-9, atol=1e-12)
    assert one[:2].equal(base[:2])


def test_the_module_learns():
    module = itten.LearnableSpectrum(3, radii=(1, 2), edge_threshold=0.3)
    assert sorted(module.state_dict()) == ["log_edge_threshold", "log_radius_weights"]
    assert "log_radius_weights" not in itten.LearnableSpectrum(3, radius_weights=False).state_dict()
    image = noise(8, 8, 6)
    values, _ = module(image)
    expected = itten.spectrum(image, 3, radii=(1, 2), edge_threshold=0.3)
    torch.testing.assert_close(values.detach(), expected.values, rtol=1e-9, atol=1e-12)
    before = values[1]
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05)
    (-before).backward()
    optimizer.step()
    assert float(module(image)[0][1].detach()) > float(before.detach())


def test_without_gradients_nothing_is_recorded():
    values, vectors = eigenpairs(noise(8, 8), 3)
    assert not values.requires_grad
    assert not vectors.requires_grad


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((torch.zeros(4, 4),), {}, InputError, "is wanted"),
        ((torch.zeros(3, 0, 4),), {}, InputError, "empty"),
        ((torch.full((3, 4, 4), torch.nan),), {}, InputError, "finite"),
        ((torch.zeros(3, 2, 2), 5), {}, InputError, "4 pixels"),
        ((torch.zeros(3, 4, 4), 0), {}, UsageError, "at least 1"),
        ((torch.zeros(3, 4, 4), 2), {"method": "tiled"}, UsageError, "stitched"),
        ((torch.zeros(3, 4, 4), 2), {"config": SpectrumConfig(), "tol": 1e-3}, UsageError, "not both"),
        ((torch.zeros(3, 4, 4), 2), {"radius_weights": torch.ones(2)}, UsageError, "one for each"),
        ((torch.zeros(3, 4, 4), 2), {"edge_threshold": torch.ones(2)}, UsageError, "one number"),
        ((torch.zeros(3, 4, 4), 2), {"edge_threshold": torch.tensor(-1.0)}, ConfigError, "edge_threshold"),
    ],
)
def test_wrong_calls_are_told(arguments, options, error, message):
    with pytest.raises(error, match=message):
        eigenpairs(*arguments, **options)
