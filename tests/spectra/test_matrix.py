"""The Laplacian as a matrix and as an operator, and spectra in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse.linalg
import torch

import itten
from itten.errors import InputError, ResourceError
from tests.pictures import noise

HOLE = np.zeros((18, 23), bool)
HOLE[4:9, 6:14] = True


@pytest.mark.parametrize("exclude", [None, HOLE])
@pytest.mark.parametrize("laplacian", ["combinatorial", "normalised"])
def test_both_are_what_spectra_are_of(laplacian: str, exclude: np.ndarray | None) -> None:
    image = noise(18, 23).double()
    options = {"laplacian": laplacian, "exclude": exclude, "edge_threshold": 0.3}
    matrix, operator = itten.laplacian_matrix(image, **options), itten.laplacian_operator(image, **options)
    block = np.random.default_rng(0).normal(size=(matrix.shape[0], 4))
    np.testing.assert_allclose(operator @ block, matrix @ block, atol=1e-12)
    np.testing.assert_allclose(operator @ block[:, 0], matrix @ block[:, 0], atol=1e-12)
    assert abs(matrix - matrix.T).max() < 1e-15
    found = itten.spectrum(image, 6, "exact", **options)
    vectors = found.vectors.flatten(1).numpy()
    if laplacian == "normalised":
        degree = itten.laplacian_matrix(image, exclude=exclude, edge_threshold=0.3).diagonal()
        vectors = vectors * np.sqrt(degree)
    else:
        np.testing.assert_allclose(matrix.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(matrix @ vectors.T, vectors.T * found.values.numpy(), atol=1e-9)
    if exclude is not None:
        assert not abs(matrix[exclude.ravel()]).sum()


def test_solvers_of_scipy_take_it() -> None:
    image = noise(24, 30)
    operator, start = itten.laplacian_operator(image), np.random.default_rng(0).normal(size=720)
    assert operator.dtype == np.float32
    values = scipy.sparse.linalg.eigsh(operator, 4, which="SA", return_eigenvectors=False, tol=1e-5, v0=start)
    found = itten.spectrum(image, 4, tol=1e-6)
    np.testing.assert_allclose(np.sort(values), found.values, rtol=1e-3, atol=1e-4 * found.scale)


def test_too_large_a_matrix_is_refused() -> None:
    with pytest.raises(ResourceError, match="laplacian_operator"):
        itten.laplacian_matrix(torch.zeros(3, 1500, 1500))
    with pytest.raises(InputError, match="bool"):
        itten.laplacian_matrix(noise(5, 6), exclude=np.zeros((5, 6)))


@pytest.mark.parametrize("options", [{}, {"laplacian": "normalised", "exclude": HOLE}, {"tol": 1e-6}])
def test_what_is_saved_is_loaded(tmp_path: Path, options: dict) -> None:
    found = itten.spectrum(noise(18, 23), 5, **options)
    path = found.save(tmp_path / "s")
    assert path == tmp_path / "s.npz"
    again = itten.Spectrum.load(path)
    for name, array in found.numpy().items():
        np.testing.assert_array_equal(again.numpy()[name], array)
    for name in ("scale", "status", "advice", "method", "laplacian", "components", "edge_threshold", "spent"):
        assert getattr(again, name) == getattr(found, name)
    assert again.packed() == found.packed() == path.read_bytes()
    assert found.save(path) != path  # nothing is replaced unasked
    with np.load(path) as held:
        np.testing.assert_array_equal(held["vectors"], found.vectors)
    assert torch.equal(again.field(), found.field())


def test_specks_are_saved_too(tmp_path: Path) -> None:
    image = torch.full((3, 60, 60), 0.4) + 0.02 * noise(60, 60)
    image[:, 20:21, 30:32] = torch.tensor([1.0, 0.0, 0.0])[:, None, None]
    found = itten.spectrum(image, 4, edge_threshold=0.05, drop_specks=True)
    assert found.dropped is not None
    again = itten.Spectrum.load(found.save(tmp_path / "s.npz"))
    assert again.dropped is not None
    assert torch.equal(again.dropped, found.dropped)


def test_other_files_are_refused(tmp_path: Path) -> None:
    found = itten.spectrum(noise(18, 23), 3)
    whole = found.packed()
    cases = {
        "gone.npz": None,
        "empty.npz": b"",
        "text.npz": b"no spectrum",
        "cut.npz": whole[: len(whole) // 2],
    }
    for name, data in cases.items():
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=name):
            itten.Spectrum.load(tmp_path / name)
    for change in ({"values": np.zeros(4)}, {"vectors": np.zeros((3, 5))}, {"residuals": np.zeros(3, int)}):
        with np.load(found.save(tmp_path / "s.npz", overwrite=True)) as held:
            arrays = {**held, **change}
        np.savez(tmp_path / "wrong.npz", **arrays)
        with pytest.raises(InputError, match="damaged"):
            itten.Spectrum.load(tmp_path / "wrong.npz")
    np.savez(tmp_path / "objects.npz", values=np.array([{}]), about=np.array("{}"))
    with pytest.raises(InputError, match="no spectrum"):
        itten.Spectrum.load(tmp_path / "objects.npz")
