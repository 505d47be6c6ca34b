"""Small pieces that are nearly cut off: told, found, and left out of the wanted vectors."""

import numpy as np
import pytest
import torch

import itten
from itten.config import SpectrumConfig
from itten.errors import InputError, UsageError
from itten.spectra.result import speck_pixels
from itten.spectra.specks import specks_of
from tests.pictures import drawing

DOTS = ((10, 12), (30, 41), (50, 20), (15, 70), (61, 66))


def dotted(height=72, width=80):
    """A drawing without ink at weak edges, with five pixels of colours of their own and a pair of one."""
    y, x = np.mgrid[:height, :width]
    grey = 0.4 + 0.2 * (x > 40) + 0.02 * np.sin(y / 5)
    image = torch.from_numpy(np.repeat(grey[None], 3, axis=0)).float()
    for number, (row, column) in enumerate(DOTS):
        image[:, row, column] = torch.tensor([1.0, 0.1 * number, 0.0])
    image[:, 40, 60] = image[:, 41, 60] = torch.tensor([0.0, 1.0, 0.3])
    return image


def speckled():
    found = torch.zeros(72, 80, dtype=torch.bool)
    for row, column in (*DOTS, (40, 60), (41, 60)):
        found[row, column] = True
    return found


@pytest.mark.parametrize("laplacian", ["combinatorial", "normalised"])
@pytest.mark.parametrize("method", ["stitched", "exact"])
def test_vectors_of_specks_are_told_and_left_out(method, laplacian):
    image, options = dotted(), {"edge_threshold": 0.07, "laplacian": laplacian}
    found = itten.spectrum(image, 10, method, **options)
    # With D as the mass a lone pixel whose edges are light has the value 1: only the pair is low.
    assert int(found.specks.sum()) == (6 if laplacian == "combinatorial" else 1)
    assert found.dropped is None
    rest = itten.spectrum(image, 6, method, drop_specks=True, **options)
    assert not rest.specks.any()
    if laplacian == "combinatorial":
        assert torch.equal(rest.dropped, speckled())
        assert "7 pixels in specks are left out" in rest.advice
    else:
        assert torch.equal(rest.dropped & ~speckled(), torch.zeros_like(rest.dropped))
        assert bool(rest.dropped[40:42, 60].all())
    masked = itten.spectrum(image, 6, method, exclude=rest.dropped, **options)
    torch.testing.assert_close(rest.values, masked.values)
    assert torch.equal(rest.vectors, masked.vectors)
    assert not rest.vectors[:, rest.dropped].any()


def test_nothing_is_left_out_where_there_are_none():
    image = drawing(60, 66)
    found = itten.spectrum(image, 6, drop_specks=True)
    plain = itten.spectrum(image, 6)
    assert found.dropped is None
    assert torch.equal(found.vectors, plain.vectors)
    assert found.advice == plain.advice


def test_a_mask_stays_a_mask():
    image, mask = dotted(), torch.zeros(72, 80, dtype=torch.bool)
    mask[:, :15] = True
    found = itten.spectrum(image, 5, exclude=mask, drop_specks=True, edge_threshold=0.07)
    assert torch.equal(found.dropped, speckled() & ~mask)
    assert not found.vectors[:, mask].any()
    assert not found.specks.any()


def test_hundreds_of_them_are_found_though_few_vectors_show_them():
    rng = np.random.default_rng(3)
    image = dotted(100, 110)
    dots = rng.random((100, 110)) < 0.03
    image[:, torch.from_numpy(dots)] = torch.from_numpy(rng.random((3, int(dots.sum()))).round().astype(np.float32))
    found = itten.spectrum(image, 6, drop_specks=True, edge_threshold=0.05)
    assert int(itten.spectrum(image, 6, edge_threshold=0.05).specks.sum()) == 5
    assert not found.specks.any()
    assert int(found.dropped.sum()) > 40


@pytest.mark.parametrize("seed", [0, 1])
def test_pieces_are_those_whose_cut_is_small_for_their_size(seed):
    """Against a plain search: components at every level, cuts summed over the dense matrix."""
    from scipy.sparse.csgraph import connected_components

    from itten.graph import make_stencil
    from itten.kernels.reference.lanczos import laplacian_matrix

    image = torch.from_numpy(np.random.default_rng(seed).random((3, 34, 36)).astype(np.float32).round(1))
    config = SpectrumConfig(edge_threshold=0.05)
    stencil = make_stencil(config.radii, config.weights)
    edges = -laplacian_matrix(image.double().numpy(), stencil.offsets, stencil.weights, 20.0).toarray()
    np.fill_diagonal(edges, 0)
    bound, expected = 0.02, np.zeros(34 * 36, bool)
    for level in (bound, 8 * bound, 64 * bound):
        count, labels = connected_components(edges > level, directed=False)
        for number in range(count):
            inside = labels == number
            cut = edges[inside][:, ~inside].sum()
            expected |= inside & (inside.sum() <= speck_pixels(34 * 36)) & (cut <= bound * inside.sum())
    found = specks_of(image, config, bound).numpy().ravel()
    assert 0 < expected.sum() < 34 * 36
    assert (found == expected).mean() > 0.999


def test_what_cannot_be_done_is_said():
    image = dotted()
    with pytest.raises(UsageError, match="specks"):
        itten.spectrum(image, 4, "tiled", drop_specks=True)
    lone = torch.from_numpy(np.random.default_rng(0).random((3, 40, 40), dtype=np.float32))
    with pytest.raises(InputError, match="in no speck"):
        itten.spectrum(lone, 12, edge_threshold=1e-4, drop_specks=True)
