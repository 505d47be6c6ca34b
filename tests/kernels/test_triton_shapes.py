"""Numbers of shapes in Triton: the reference's, the same partition into parts, and never a wait."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from itten.kernels import kernel
from itten.kernels.reference import shapes as reference
from itten.kernels.reference.shapes import COLUMNS, HULL, RINGS
from tests.kernels.triton_cases import DEVICE, cases, generators, run
from tests.waits import no_waits

pytest.importorskip("triton")

BLOCK = 64 if DEVICE == "cuda" else 2048


def rolled(turns: int) -> np.ndarray:
    """A line of one pixel that winds inwards."""
    side = 4 * turns + 1
    out = np.zeros((side, side), bool)
    y, x, dy, dx, length = 0, 0, 0, 1, side - 1
    out[0, 0] = True
    for leg in range(4 * turns - 1):
        for _ in range(length):
            y, x = y + dy, x + dx
            out[y, x] = True
        dy, dx = dx, -dy
        length -= 2 * (leg % 2) if leg > 1 else 0
    return out


def comb(teeth: int) -> np.ndarray:
    """A bar with teeth of one pixel: more parts than 64 on every fine grid."""
    out = np.zeros((9, 2 * teeth), bool)
    out[0] = True
    out[:, ::2] = True
    return out


def diagonal(length: int) -> np.ndarray:
    """A staircase, and pixels that only touch at corners: each of these is a piece of its own."""
    out = np.eye(length, dtype=bool)
    out[: length // 2] |= np.eye(length, k=1, dtype=bool)[: length // 2]
    return out


def drawn(rng: np.random.Generator, case: int) -> np.ndarray:
    """A connected segment, thin or thick; every seventh is a set in pieces."""
    shape = rng.integers(1, 23, 2)
    smooth = ndimage.gaussian_filter(rng.random(shape), (0.0, 0.6, 1.2, 2.5)[case % 4])
    mask = smooth >= np.quantile(smooth, rng.choice([0.2, 0.5, 0.7]))
    if case % 7:
        labels, _ = ndimage.label(mask)
        mask = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return mask


SINGLE = np.zeros((4, 4), bool)
SINGLE[2, 3] = True
FAR = np.zeros((40, 30), bool)
FAR[0, 29] = FAR[39, :2] = True
NAMED = {
    "pixel": SINGLE,
    "row": np.ones((1, 23), bool),
    "column": np.ones((130, 1), bool),
    "corners": diagonal(20),
    "dust": np.indices((20, 20)).sum(0) % 2 == 0,
    "snake": rolled(6),
    "comb": comb(40),
    "block": np.ones((31, 29), bool),
    "far apart": FAR,
    "thick and thin": np.pad(np.ones((16, 16), bool), ((0, 0), (0, 30))) | (np.arange(16) == 8)[:, None],
}


@pytest.fixture
def by_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eigenvalues by LAPACK where there are many: the interpreter needs seconds for a matrix."""
    if DEVICE == "cpu":
        monkeypatch.setattr("itten.kernels.triton.parts.symmetric_eigh", torch.linalg.eigh)


def together(masks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, int]:
    """Their pixels as the segments of one picture, each at another place in it."""
    width = max(mask.shape[1] for mask in masks) + 3
    pixels = []
    for number, mask in enumerate(masks):
        y, x = np.nonzero(mask)
        pixels.append((y + number % 5) * width + x + number % 3)
    return np.concatenate(pixels), np.array([len(mine) for mine in pixels]), width


def compare(masks: list[np.ndarray], **options: int) -> None:
    pixels, size, width = together(masks)
    found = run("shape_numbers", pixels, size, width, block=BLOCK, **options)
    expected = reference.shape_numbers(pixels, size, width)
    assert found.dtype == np.float64
    assert found.shape == (len(size), COLUMNS)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[:, HULL:], expected[:, HULL:], rtol=1e-12)
    np.testing.assert_array_equal(found[:, RINGS - 1], size)


# What degenerates and costs little; snakes and combs take the interpreter minutes.
PLAIN = ("pixel", "row", "corners", "far apart")


@pytest.mark.usefixtures("by_library")
@pytest.mark.parametrize(
    ("names", "deep"),
    [(PLAIN, ("pixel",)), pytest.param(NAMED, ("pixel", "snake", "corners"), marks=pytest.mark.long)],
    ids=["few", "all"],
)
def test_named_shapes_equal_the_reference(names, deep):
    compare([NAMED[name] for name in names])
    for name in deep:
        compare([NAMED[name]], levels=4, rounds=16)


@pytest.mark.usefixtures("by_library")
@cases(0, 2, 5, 7, 9)
def test_random_shapes_equal_the_reference(numbers):
    at_once = 25
    for first in range(0, len(numbers), at_once):
        some = generators(numbers[first : first + at_once])
        compare([drawn(rng, case) for case, rng in some], lines=16 if first else 64)


@cases(500, 501, 505, 507, every=530)
def test_parts_are_the_reference_s(numbers):
    from itten.kernels.triton import parts, shapes

    kept = []

    def watched(outline, *numbers):
        kept.append(parts.find_parts(outline, *numbers))
        return torch.zeros((len(outline.size), 1), dtype=torch.float64)

    named = [NAMED[name] for name in (PLAIN if len(numbers) < 9 else NAMED)]
    masks = named + [drawn(rng, case) for case, rng in generators(numbers[-30:])]
    pixels, size, width = together(masks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "own_values", watched)
        shapes.shape_numbers(*(torch.from_numpy(a).to(DEVICE) for a in (pixels, size)), width, block=BLOCK)
    labels, counts = (one.cpu().numpy() for one in kept[0])
    start = 0
    for number, mask in enumerate(masks):
        mine = labels[start : start + size[number]]
        expected, count = reference.parts(*(c - c.min() for c in np.nonzero(mask)))
        assert counts[number] == count
        pairs = np.unique(np.stack([mine, expected]), axis=1)
        assert pairs.shape[1] == count == len(np.unique(mine))
        start += size[number]


def test_padding_changes_no_bit_and_nothing_waits():
    masks = [SINGLE, np.ones((2, 3), bool), NAMED["corners"][:5, :5]]
    pixels, size, width = together(masks)
    plain = run("shape_numbers", pixels, size, width, block=BLOCK)
    padded = np.append(pixels, np.full(57, 10_000)), np.append(size, [0, 0, 0])
    tensors = [torch.from_numpy(a).to(DEVICE) for a in padded]
    with no_waits() as watch:
        made = kernel("shape_numbers", "triton")(*tensors, width, block=BLOCK)
    assert watch.launches < 60
    assert not watch.uploads
    found = made.cpu().numpy()
    np.testing.assert_array_equal(found[:3], plain)
    np.testing.assert_allclose(plain, reference.shape_numbers(pixels, size, width), rtol=1e-9, atol=1e-9)
    assert np.isfinite(found).all()
    empty = run("shape_numbers", padded[0], np.zeros(1, np.int64), width, block=BLOCK)
    assert np.isfinite(empty).all()
    assert run("shape_numbers", pixels[:0], size[:0], width).shape == (0, COLUMNS)
