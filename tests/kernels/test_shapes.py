"""The numbers of a segment's own shape: against the reference, against known spectra, and their symmetries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from itten.kernels import available, kernel
from itten.kernels.numba import team
from itten.kernels.numba.symmetric import symmetric_values
from itten.kernels.reference import shapes as reference
from itten.kernels.reference.shapes import HARMONICS, HULL, PARTS, RINGS, SECOND, VALUES
from itten.kernels.registry import ARRAY_BACKENDS

WIDTH = 70
Y, X = np.mgrid[:60, :WIDTH]


def named() -> dict[str, np.ndarray]:
    radius = np.hypot(Y - 30, X - 30)
    u_shape = (np.abs(X - 20) < 12) & (Y < 50) & ((np.abs(X - 20) > 6) | (Y > 44))
    masks = {
        "pixel": (Y == 7) & (X == 9),
        "pair": (Y == 7) & (np.abs(X - 8.5) < 1),
        "line": (Y == 7) & (X < 44),
        "column": (X == 69) & (Y > 20),
        "diagonal": (np.abs(Y - X) < 2) & (X < 50),
        "disc": radius < 26,
        "ring": (radius < 25) & (radius > 20),
        "square": (Y < 40) & (X < 40),
        "u": u_shape,
        "two": (radius < 12) | (X > 60),
        "dust": np.random.default_rng(3).random(Y.shape) < 0.3,
        "all": Y >= 0,
    }
    for seed in range(8):
        smooth = ndimage.gaussian_filter(np.random.default_rng(seed).random(Y.shape), 1 + seed % 4)
        labels, _ = ndimage.label(smooth > 0.5)
        masks[f"random{seed}"] = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return masks


SHAPES = named()


def run(masks: list[np.ndarray], backend: str) -> np.ndarray:
    pixels = [np.flatnonzero(mask) for mask in masks]
    size = np.array([len(mine) for mine in pixels])
    arrays = np.concatenate(pixels), size
    function = kernel("shape_numbers", backend)
    if backend in ARRAY_BACKENDS:
        return function(*arrays, masks[0].shape[1])
    return function(*(torch.from_numpy(a) for a in arrays), masks[0].shape[1]).numpy()


# Triton's has smaller shapes in a file of its own: these take its interpreter ten minutes.
BACKENDS = [
    pytest.param(name, marks=pytest.mark.long if name == "triton" else ())
    for name in available("shape_numbers")
    if name != "reference"
]


@pytest.mark.parametrize("backend", BACKENDS)
def test_backends_equal_the_reference(backend: str) -> None:
    found, expected = run(list(SHAPES.values()), backend), run(list(SHAPES.values()), "reference")
    for row, name in enumerate(SHAPES):
        np.testing.assert_allclose(found[row], expected[row], rtol=1e-10, atol=1e-10, err_msg=name)


def test_a_segment_s_numbers_do_not_depend_on_the_others_or_on_threads() -> None:
    together = run(list(SHAPES.values()), "numba")
    for count in (1, 3):
        with team.limited(count):
            np.testing.assert_array_equal(run(list(SHAPES.values()), "numba"), together)
    for row, mask in enumerate(SHAPES.values()):
        np.testing.assert_array_equal(run([mask], "numba")[0], together[row])


def test_known_spectra() -> None:
    """Disc: squared zeros of J′ (1.8412, 3.0542, 3.8317) times π. Square: π² (i² + j²). Line of n pixels: that of a
    path, where the cells hold one pixel each."""
    rows = dict(zip(SHAPES, run(list(SHAPES.values()), "numba"), strict=True))
    disc = np.pi * np.array([1.8412, 1.8412, 3.0542, 3.0542, 3.8317]) ** 2
    np.testing.assert_allclose(rows["disc"][:5], disc, rtol=0.1)
    square = np.pi**2 * np.array([1, 1, 2, 4, 4])
    np.testing.assert_allclose(rows["square"][:5], square, rtol=0.1)
    path = 44 * (2 - 2 * np.cos(np.pi * np.arange(1, VALUES + 1) / 44))
    np.testing.assert_allclose(rows["line"][:VALUES], path, rtol=1e-10)
    np.testing.assert_allclose(rows["pixel"][:VALUES], 4 * np.pi * np.arange(1, VALUES + 1))
    assert rows["two"][0] == pytest.approx(0.0, abs=1e-9)
    assert rows["two"][1] > 0.1


def test_strokes_that_only_touch_a_common_cell_are_not_joined() -> None:
    """The U's strokes are nearer than a cell in places; its spectrum is a bent line's, not a block's."""
    u = run([SHAPES["u"]], "numba")[0]
    length = SHAPES["u"].sum() ** 2 / 5.0**2  # of the line, squared, in units of its width
    assert u[0] == pytest.approx(np.pi**2 * SHAPES["u"].sum() / length, rel=0.4)
    gap = (np.abs(X - 20) < 3) & (np.abs(X - 20) != 0)
    labels, count = reference.parts(*np.nonzero(gap))
    assert count <= PARTS
    assert not set(labels[np.nonzero(gap)[1] < 20]) & set(labels[np.nonzero(gap)[1] > 20])


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_symmetries_of_the_square_change_rounding_only(turns: int, mirrored: bool) -> None:
    for name, mask in SHAPES.items():
        moved = np.rot90(mask[:, ::-1] if mirrored else mask, turns)
        old, new = run([mask], "numba")[0], run([moved], "numba")[0]
        np.testing.assert_allclose(new[:HARMONICS], old[:HARMONICS], rtol=1e-9, atol=1e-9, err_msg=name)
        parts = [row[HARMONICS:SECOND].reshape(2, -1) for row in (new, old)]
        np.testing.assert_allclose(np.hypot(*parts[0]), np.hypot(*parts[1]), atol=1e-12, err_msg=name)
        uu, vv, uv, area = old[SECOND:RINGS]
        expected = [vv, uu] if turns % 2 else [uu, vv]
        np.testing.assert_allclose(new[SECOND : SECOND + 2], expected, rtol=1e-12, err_msg=name)
        assert abs(new[SECOND + 2]) == pytest.approx(abs(uv), abs=1e-9)
        assert new[RINGS - 1] == area
        np.testing.assert_allclose(new[RINGS:], old[RINGS:], rtol=1e-12, err_msg=name)


def test_hull_of_a_square_and_of_a_diagonal() -> None:
    square, line = run([SHAPES["square"], SHAPES["line"]], "numba")[:, HULL:]
    assert square.tolist() == [1600.0, 160.0]
    assert line.tolist() == [44.0, 90.0]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_eigenvalues_of_small_matrices(size: int) -> None:
    for seed in range(6):
        random = np.random.default_rng(seed)
        matrix = random.standard_normal((size, size))
        matrix += matrix.T
        if seed == 1:
            matrix[:] = np.eye(size)
        if seed == 2:
            matrix = np.outer(matrix[0], matrix[0])
        if seed == 3:
            matrix = np.diag(np.diag(matrix))
        expected = np.linalg.eigvalsh(matrix)
        values = np.empty(size)
        symmetric_values(matrix.copy(), size, values, np.empty(size), np.empty(size))
        np.testing.assert_allclose(values, expected, atol=1e-12 * (1 + np.abs(expected).max() * size))
