"""Signatures: free of signs, rotations in eigenspaces, place, turn and mirror; and they find shapes again."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
import torch
from benchmarks import retrieval

import itten
from itten import samples
from itten.errors import UsageError
from itten.heads import (
    KINDS,
    SegmentTable,
    Signatures,
    contour,
    describe,
    find_segments,
    from_oklab,
    joined,
    low_gate,
    match,
    signatures,
    spectral_gate,
    to_oklab,
)
from itten.heads.read import standardise
from itten.heads.segments import tabulate
from itten.spectra import Spectrum
from tests.pictures import drawing, noise, pattern

# The symmetries of the square, as maps of the last two axes; the first is the identity.
SYMMETRIES = [(turns, mirrored) for mirrored in (False, True) for turns in range(4)]


def moved(maps: torch.Tensor, turns: int, mirrored: bool) -> torch.Tensor:
    return torch.rot90(maps.flip(-1) if mirrored else maps, turns, (-2, -1)).contiguous()


def moved_table(table: SegmentTable, turns: int, mirrored: bool) -> SegmentTable:
    """The image of every segment under its old number; boxes and centroids are left, shapes do not ask for them."""
    labels = moved(table.label_map(), turns, mirrored)
    height, width = labels.shape
    order = labels.flatten().argsort(stable=True)
    pixels = order[int((labels == 0).sum()) :]
    owner = labels.flatten()[pixels] - 1
    return dataclasses.replace(table, pixels=pixels, owner=owner, shape=(height, width))


def read(image: torch.Tensor, limit: int = 80, tol: float | None = None) -> tuple[SegmentTable, Spectrum]:
    spectrum = itten.spectrum(image, k=7, tol=tol)
    field = spectrum.field(6)
    mask = low_gate(spectral_gate(field), contour(image), 25)
    return find_segments(mask, field, 25, limit), spectrum


def by_hand(values: list[float], vectors: torch.Tensor) -> Spectrum:
    basis = torch.linalg.qr(vectors.flatten(1).double().T).Q.T.reshape(vectors.shape)
    zeros = torch.zeros(len(values), dtype=torch.float64)
    return Spectrum(torch.tensor(values, dtype=torch.float64), basis, zeros, 1.0, "exact", "converged")


def rotated(spectrum: Spectrum, first: int, angle: float) -> Spectrum:
    vectors = spectrum.vectors.double().clone()
    turn = torch.tensor([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=torch.float64)
    pair = vectors[first : first + 2]
    vectors[first : first + 2] = torch.einsum("ij,jhw->ihw", turn, pair)
    return dataclasses.replace(spectrum, vectors=vectors.to(spectrum.vectors.dtype))


def table_of(height: int = 60, width: int = 80) -> SegmentTable:
    return find_segments(noise(height, width)[0] < 0.5, noise(height, width, 3)[0], 4, 30)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sign_of_a_vector_changes_no_bit(kind: str) -> None:
    table, spectrum = read(drawing())
    before = describe(table, kind, drawing(), spectrum)
    for flips in ([6], [1, 3], [1, 2, 3, 4, 5, 6]):
        vectors = spectrum.vectors.clone()
        vectors[flips] *= -1
        flipped = dataclasses.replace(spectrum, vectors=vectors)
        if kind == "seed":
            flipped_table = find_segments(table.label_map() > 0, spectrum.field(6), 25, 80)
            assert torch.equal(describe(flipped_table, kind, drawing(), flipped).values, before.values)
        assert torch.equal(describe(table, kind, drawing(), flipped).values, before.values)


def test_a_rotation_inside_an_eigenspace_changes_no_match() -> None:
    target, source = table_of(), table_of(70, 60)
    spectra = [by_hand([0.0, 0.1, 0.3, 0.3, 0.5, 0.9], noise(*t.shape, seed=8, channels=6)) for t in (target, source)]
    turned = [rotated(spectrum, 2, 0.7) for spectrum in spectra]
    before, after = ([describe(t, "spectral", None, s) for t, s in zip((target, source), found, strict=True)]
                     for found in (spectra, turned))  # fmt: skip
    for old, new in zip(before, after, strict=True):
        assert (old.values - new.values).abs().max() <= 1e-5
    assert torch.equal(match(*before, offers=5), match(*after, offers=5))
    # The seed's field, a vector of the pair, does not survive that.
    assert (spectra[0].vectors[2] - turned[0].vectors[2]).abs().max() > 1e-3


def test_the_degenerate_pair_of_a_symmetric_picture() -> None:
    half = noise(30, 30, 2)
    quarter = torch.cat([half, half.flip(-1)], dim=-1)
    whole = torch.cat([quarter, quarter.flip(-2)], dim=-2)
    picture = (whole + torch.rot90(whole, 1, (-2, -1))) / 2
    picture = torch.nn.functional.avg_pool2d(picture, 5, 1, 2)
    spectrum = itten.spectrum(picture, k=7, tol=1e-6)
    gaps = spectrum.values.diff() / spectrum.values[-1]
    pairs = [i for i in range(1, 5) if gaps[i] < 1e-6]
    assert pairs, "the symmetry of the square makes pairs"
    table = find_segments(contour(picture), spectrum.field(6), 4, 60)
    assert len(table) > 4
    before = describe(table, "spectral", None, spectrum)
    for first in pairs:
        after = describe(table, "spectral", None, rotated(spectrum, first, 1.1))
        assert (after.values - before.values).abs().max() <= 1e-5
        assert torch.equal(match(after, after, offers=3), match(before, before, offers=3))


@functools.cache
def script() -> tuple[SegmentTable, Spectrum]:
    return read(samples.load("script"), 40)


SHORT = ("notch", "tonal", "woven")


@pytest.mark.parametrize(
    "name", [one if one in SHORT else pytest.param(one, marks=pytest.mark.long) for one in samples.names()]
)
def test_moving_the_source_changes_no_match_of_given_segments(name: str) -> None:
    """All samples, all symmetries of the square, segments and spectrum moved by hand: same numbers, same keys."""
    target, other = script()
    source, spectrum = read(samples.load(name))
    queries, keys = (describe(t, "spectral", None, s) for t, s in ((target, other), (source, spectrum)))
    shape = describe(target, "shape"), describe(source, "shape")
    for turns, mirrored in SYMMETRIES[1:]:
        there = dataclasses.replace(spectrum, vectors=moved(spectrum.vectors, turns, mirrored))
        table = moved_table(source, turns, mirrored)
        now = describe(table, "spectral", None, there)
        assert (now.values - keys.values).abs().max() <= 1e-9
        for assign in ("nearest", "one-to-one"):
            assert torch.equal(match(queries, now, assign, 3), match(queries, keys, assign, 3)), (turns, mirrored)
        columns = shape[0].values.shape[1]
        alone = dataclasses.replace(shape[1], values=now.values[:, :columns])
        assert torch.equal(match(shape[0], alone, offers=3), match(*shape, offers=3)), (turns, mirrored)


def test_the_whole_way_on_a_moved_picture() -> None:
    """From pixels, the spectrum computed anew: a source mirrored or turned by a quarter gives the same segments."""
    target, other = read(drawing(120, 150))
    queries = describe(target, "spectral", None, other)
    image = pattern(90, 120)
    source, spectrum = read(image, tol=1e-6)
    expected = match(queries, describe(source, "spectral", None, spectrum))[:, 0]
    numbers = source.label_map()
    for turns, mirrored in ((0, True), (1, False)):
        table, there = read(moved(image, turns, mirrored), tol=1e-6)
        found = match(queries, describe(table, "spectral", None, there))[:, 0]
        back = moved(numbers, turns, mirrored)
        assert torch.equal(table.label_map() > 0, back > 0)
        image_of = torch.stack([back.flatten()[table.pixels[table.owner == s][0]] - 1 for s in range(len(table))])
        assert torch.equal(image_of[found], expected)


@pytest.mark.parametrize(("among", "asked"), [(100, 25), pytest.param(250, 50, marks=pytest.mark.long)])
def test_shapes_are_found_again(among: int, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes turned, mirrored, scaled and noisy among others: a seed that nothing was chosen with."""
    monkeypatch.setattr(retrieval, "KEYS", among)
    monkeypatch.setattr(retrieval, "QUERIES", asked)
    keys, queries = retrieval.problem(301)
    right = {kind: float((retrieval.ranks(keys, queries, kind) == 0).double().mean()) for kind in KINDS}
    assert right["spectral"] >= 0.95, right
    assert right["shape"] >= 0.95, right
    assert right["seed"] <= 0.3, right


def test_the_seed_s_choices_are_the_seed_s() -> None:
    """Standardised within each picture, nearest by L2, the first of equals."""
    for seed in range(4):
        target = find_segments(noise(60, 80, seed)[0] < 0.5, noise(60, 80, seed + 9)[0], 4, 30)
        source = find_segments(noise(50, 90, seed + 20)[0] < 0.5, noise(50, 90, seed + 30)[0], 4, 60)
        queries, keys = standardise(signatures(target)), standardise(signatures(source))
        distance = (queries[:, None] - keys[None]).square().sum(dim=2)
        assert torch.equal(match(describe(target, "seed"), describe(source, "seed"))[:, 0], distance.argmin(dim=1))
        assert torch.equal(describe(target, "seed").values, signatures(target))


def test_shape_is_free_of_place_and_nearly_of_size() -> None:
    mask = torch.zeros(200, 260, dtype=torch.bool)
    ell = torch.zeros(30, 20, dtype=torch.bool)
    ell[:, :7] = ell[24:] = True
    mask[5:35, 5:25] = ell
    mask[101:131, 207:227] = ell
    mask[60:90, 100:120] = ell.flip(1)
    mask[100:190, 20:80] = ell.repeat_interleave(3, 0).repeat_interleave(3, 1)
    table = find_segments(mask, torch.zeros(mask.shape), 25, 9)
    values = describe(table, "shape").values
    assert (values[1:] - values[1]).abs().max() <= 1e-11
    assert (values[0] - values[1]).abs().max() <= 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_small_tables(kind: str) -> None:
    picture, spectrum = drawing(), itten.spectrum(drawing(), k=7)
    for cut in (1, 0):
        table = tabulate(torch.eye(96, 112, dtype=torch.int64), noise(96, 112)[0], 1, cut)
        found = describe(table, kind, picture, spectrum)
        assert len(found) == len(table) == cut
        assert found.values.shape == (cut, len(found.weights))
        assert bool(found.values.isfinite().all())
        assert match(found, found).tolist() == [[0]] * cut


def test_without_a_spectrum_its_columns_are_left_out() -> None:
    table = table_of()
    assert torch.equal(describe(table, "spectral").values, describe(table, "shape").values)
    spectral = describe(table, "spectral", None, itten.spectrum(noise(60, 80), k=7))
    assert spectral.values.shape[1] == describe(table, "shape").values.shape[1] + 8


def test_colour_tells_red_from_blue() -> None:
    mask = torch.zeros(40, 60, dtype=torch.bool)
    mask[5:15, 5:15] = mask[5:15, 30:40] = mask[25:35, 10:20] = mask[25:35, 40:50] = True
    picture = torch.full((3, 40, 60), 0.9)
    picture[:, :, 25:] = torch.tensor([0.8, 0.1, 0.1])[:, None, None]
    table = find_segments(mask, torch.zeros(40, 60), 25, 9)
    keys = describe(table, "colour", picture)
    assert match(keys, keys, offers=2).tolist() == [[0, 2], [1, 3], [0, 2], [1, 3]]
    assert match(describe(table, "shape"), describe(table, "shape"))[:, 0].tolist() == [0, 0, 0, 0]


def test_joined_is_one_list() -> None:
    parts = [describe(table_of(), "shape"), describe(table_of(50, 40), "shape")]
    both = joined(parts)
    assert len(both) == len(parts[0]) + len(parts[1])
    assert torch.equal(both.first(len(parts[0])).values, parts[0].values)
    with pytest.raises(UsageError, match="different kinds"):
        joined([parts[0], describe(table_of(), "seed")])
    with pytest.raises(UsageError, match="no signatures"):
        joined([])


def test_wrong_use_is_named() -> None:
    table = table_of()
    with pytest.raises(UsageError, match="'form': there are spectral, shape, colour, seed"):
        describe(table, "form")
    with pytest.raises(UsageError, match="need the picture"):
        describe(table, "colour")
    with pytest.raises(UsageError, match="60 × 80, the image is not"):
        describe(table, "colour", noise(80, 60))


def test_oklab_there_and_back() -> None:
    picture = noise(20, 30, 4).double()
    lab = to_oklab(picture)
    torch.testing.assert_close(from_oklab(lab), picture, rtol=0, atol=1e-6)
    corners = torch.tensor([[1.0, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=torch.float64).T
    published = [(1, 0, 0), (0.62796, 0.22486, 0.12585), (0.86644, -0.23389, 0.17950), (0.45201, -0.03246, -0.31153)]
    expected = torch.tensor([*published, (0, 0, 0)], dtype=torch.float64).T
    torch.testing.assert_close(to_oklab(corners), expected, rtol=0, atol=2e-5)
    torch.testing.assert_close(from_oklab(to_oklab(corners)), corners, rtol=0, atol=1e-6)


def test_oklab_has_derivatives() -> None:
    picture = noise(3, 4, 1).double().requires_grad_()
    assert torch.autograd.gradcheck(to_oklab, (picture,))
    assert torch.autograd.gradcheck(from_oklab, (to_oklab(picture).detach().requires_grad_(),))
    black = torch.zeros(3, 1, dtype=torch.float64, requires_grad=True)
    to_oklab(black).sum().backward()
    assert bool(black.grad.isfinite().all())


def test_signatures_equal_on_both_backends() -> None:
    table = table_of()
    compiled, plain = describe(table, "shape"), describe(table, "shape", backend="torch")
    torch.testing.assert_close(compiled.values, plain.values, rtol=0, atol=1e-9)
    assert isinstance(plain, Signatures)
