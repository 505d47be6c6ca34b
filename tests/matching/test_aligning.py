"""Functional maps: closed forms, pictures that are the same but for how they lie, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from benchmarks.matching import places_of, versions
from benchmarks.segmentation import drawn

import itten
from itten.config import AlignConfig
from itten.errors import ConfigError, InputError, UsageError
from itten.matching.bases import with_unit_mass
from itten.matching.functional import frequencies, least_squares, nearest_pixels, refined


@pytest.fixture(scope="module")
def scene() -> torch.Tensor:
    return torch.from_numpy(drawn(3)[0])[:, :64, :53].contiguous()


def error(found: itten.Alignment, places: torch.Tensor) -> torch.Tensor:
    """``(H, W)``: how far every pixel is sent from its own image, in pixels of the first picture."""
    at = found.points
    mine = places_of(*at.shape[:2])
    return (places[:, at[..., 0], at[..., 1]] - mine).square().sum(dim=0).sqrt()


def test_least_squares_are_those_of_one_large_system() -> None:
    random = np.random.default_rng(1)
    for k_a, k_b, q, commute in ((4, 4, 9, 0.3), (5, 3, 2, 0.01), (3, 6, 7, 0.0), (1, 1, 1, 1.0)):
        a, b = random.normal(size=(k_a, q)), random.normal(size=(k_b, q))
        values = np.sort(random.random(k_a)), np.sort(random.random(k_b))
        found = least_squares(a, b, *values, commute)
        # vec(C A) = (Aᵀ ⊗ I) vec(C), columns of C one after the other.
        system = np.concatenate(
            [np.kron(a.T, np.eye(k_b)), np.sqrt(commute) * np.diag(np.subtract.outer(*values).ravel())]
        )
        wanted = np.linalg.lstsq(system, np.concatenate([b.T.ravel(), np.zeros(k_a * k_b)]), rcond=None)[0]
        np.testing.assert_allclose(found, wanted.reshape(k_a, k_b).T, atol=1e-9)
        energy = np.square(found @ a - b).sum() + commute * np.square(found * np.subtract.outer(*values[::-1])).sum()
        for _ in range(5):
            near = found + 1e-4 * random.normal(size=found.shape)
            more = np.square(near @ a - b).sum() + commute * np.square(near * np.subtract.outer(*values[::-1])).sum()
            assert more > energy - 1e-12


def test_rounds_end_at_the_map_that_is_true() -> None:
    """A permutation of points and a rotation of the basis: ICP from nearby finds both."""
    random = np.random.default_rng(2)
    rows, _ = np.linalg.qr(random.normal(size=(200, 6)))
    order = random.permutation(200)
    turn, _ = np.linalg.qr(random.normal(size=(6, 6)))
    a, b = rows.T * np.sqrt(200), turn @ rows.T[:, order] * np.sqrt(200)
    start = turn + 0.05 * random.normal(size=(6, 6))
    found = refined(start, a, np.full(200, 1 / 200), b, 5)
    np.testing.assert_allclose(found, turn, atol=1e-9)
    np.testing.assert_array_equal(order[nearest_pixels(found, a, b)], np.arange(200))
    assert refined(start, a, np.full(200, 1 / 200), b, 0) is start
    wide = refined(start[:4], a, np.full(200, 1 / 200), b[:4], 2)
    np.testing.assert_allclose(wide @ wide.T, np.eye(4), atol=1e-9)


def test_frequencies_do_not_know_the_size() -> None:
    values = np.array([0.0, 0.2, 0.5, 1.0])
    one, other = frequencies(values, values[:3] / 4)
    np.testing.assert_allclose(one[:3], other)
    np.testing.assert_allclose(frequencies(np.zeros(2), values)[0], 0)


@pytest.mark.parametrize("laplacian", ["normalised", "combinatorial"])
def test_bases_are_orthonormal(scene: torch.Tensor, laplacian: str) -> None:
    found = itten.spectrum(scene, 9, laplacian=laplacian, edge_threshold=0.2, drop_specks=True)
    vectors, mass = with_unit_mass(found, scene)
    assert mass.sum() == pytest.approx(1)
    flat = vectors.flatten(1)
    torch.testing.assert_close((flat * mass.flatten()) @ flat.T, torch.eye(9).double(), atol=1e-4, rtol=0)
    torch.testing.assert_close(vectors[0].abs(), torch.ones_like(mass), atol=1e-5, rtol=0)


@pytest.mark.parametrize("options", [{}, {"rounds": 0}, {"laplacian": "combinatorial"}, {"edge_threshold": "auto"}])
def test_a_picture_with_itself_is_the_identity(scene: torch.Tensor, options: dict) -> None:
    found = itten.align(scene, scene, 12, **options)
    torch.testing.assert_close(found.map, torch.eye(12).double(), atol=1e-6, rtol=0)
    assert found.residual < 1e-6
    assert (error(found, places_of(64, 53)) == 0).double().mean() > 0.99


@pytest.mark.parametrize("kind", ["turned", "mirrored"])
def test_how_a_picture_lies_is_found(scene: torch.Tensor, kind: str) -> None:
    other, places = versions(scene)[kind]
    found = itten.align(scene, other, 16)
    torch.testing.assert_close(found.map.abs(), torch.eye(16).double(), atol=0.05, rtol=0)
    far = error(found, places)
    assert far.median() == 0
    assert (far <= 2).double().mean() > 0.95
    back = found.transport(other, "points")
    assert back.shape == scene.shape
    assert (back - scene).abs().median() == 0
    smooth, own = found.transport(other), itten.align(scene, scene, 16).transport(scene)
    assert (smooth - own).abs().max() < 0.05


def test_noise_and_another_size_are_withstood(scene: torch.Tensor) -> None:
    for kind, most in (("noised", 2.0), ("all at once", 3.0)):
        other, places = versions(scene)[kind]
        assert error(itten.align(scene, other, 16), places).median() <= most


def test_descriptors_are_kept_and_the_map_commutes(scene: torch.Tensor) -> None:
    other = versions(scene)["noised"][0]
    loose, tight = (itten.align(scene, other, 12, rounds=0, commute=weight) for weight in (1e-4, 10.0))
    assert loose.residual < tight.residual

    def off(found: itten.Alignment) -> float:
        a, b = frequencies(found.values_a.numpy(), found.values_b.numpy())
        return float(np.abs(found.map.numpy() * np.subtract.outer(b, a)).max())

    assert off(tight) < off(loose)


def test_landmarks_help_where_nothing_else_is_asked(scene: torch.Tensor) -> None:
    other, places = versions(scene)["mirrored"]
    pairs = itten.match(scene, other, 7)
    found = itten.align(scene, other, 7, matching=pairs, landmarks=1, colour=0, kernels=0, edge_threshold="auto")
    assert error(found, places).median() < 12
    assert found.residual < 0.2
    own = itten.align(scene, other, 7, landmarks=1, colour=0, kernels=0)
    assert own.map.shape == (7, 7)


def test_another_picture_gives_something_smooth(scene: torch.Tensor) -> None:
    other = torch.from_numpy(drawn(5)[0])[:, :40].contiguous()
    found = itten.align(scene, other, 10, k_b=8)
    assert found.map.shape == (8, 10)
    assert (found.values_a.shape, found.values_b.shape) == ((10,), (8,))
    assert found.points.shape == (64, 53, 2)
    assert (found.points < torch.tensor([40, 96])).all()
    lies = found.transport(other)
    assert lies.isfinite().all()
    steps = lies.diff(dim=2).abs().mean() / other.diff(dim=2).abs().mean()
    assert steps < 0.5
    constant = found.transport(torch.full((2, 40, 96), 3.0))
    torch.testing.assert_close(constant, torch.full((2, 64, 53), 3.0).double(), atol=1e-4, rtol=0)


def test_it_is_the_same_each_time(scene: torch.Tensor) -> None:
    one, two = (itten.align(scene, versions(scene)["warmer"][0], 9) for _ in range(2))
    assert one.map.equal(two.map)
    assert one.points.equal(two.points)


def test_degenerate_pictures() -> None:
    flat = torch.full((3, 9, 11), 0.5)
    assert itten.align(flat, flat, 4).map.isfinite().all()
    found = itten.align(torch.rand(3, 1, 1), torch.rand(3, 1, 2), 1)
    torch.testing.assert_close(found.map, torch.ones(1, 1).double())
    assert found.points.tolist()[0][0][0] == 0


def test_what_is_refused(scene: torch.Tensor) -> None:
    found = itten.align(scene, scene, 3)
    for features, word in (
        (torch.rand(3, 53, 64), r"\(C, 64, 53\)"),
        (torch.rand(64, 53), r"got \(64, 53\)"),
        (torch.full((1, 64, 53), torch.nan), "features holds nan at index"),
        ("no", "features is a str"),
    ):
        with pytest.raises(InputError, match=word):
            found.transport(features)
    with pytest.raises(UsageError, match="'spectrum' or 'points'"):
        found.transport(scene, "pixels")
    with pytest.raises(InputError, match="A is one picture"):
        itten.align(scene[None], scene)
    with pytest.raises(InputError, match="30 eigenvectors"):
        itten.align(scene, torch.rand(3, 5, 5), 30)
    with pytest.raises(InputError, match="matching is a int"):
        itten.align(scene, scene, 3, matching=3, landmarks=1)
    with pytest.raises(InputError, match="matching is of"):
        itten.align(scene, scene[:, 1:], 3, matching=itten.match(scene, scene, 3), landmarks=1)
    with pytest.raises(UsageError, match="landmarks"):
        itten.align(scene, scene, 3, matching=itten.match(scene, scene, 3))
    for options, word in (
        ({"round": 3}, "did you mean 'rounds'"),
        ({"edge_threshold": 0}, "'edge_threshold'"),
        ({"colour": 0, "kernels": 0}, "above 0"),
    ):
        with pytest.raises(ConfigError, match=word):
            itten.align(scene, scene, **options)
    with pytest.raises(ConfigError, match="AlignConfig"):
        itten.align(scene, scene, config=itten.MatchConfig())
    assert AlignConfig(k=3).changed(k=4).k == 4
