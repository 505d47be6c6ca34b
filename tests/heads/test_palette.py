"""Palettes, and partitions of content."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import itten
from itten.config import HeadConfig
from itten.errors import UsageError
from itten.heads import Points, contour, copy_colours, find_segments, partition, to_oklab
from itten.heads.partition import coordinates
from tests.pictures import drawing, noise, pattern

PALETTE = [[0.9, 0.1, 0.1], [0.1, 0.2, 0.8], [0.95, 0.95, 0.9]]
NEAREST = HeadConfig(palette=PALETTE, wear="nearest")


def points(count: int, copies: int = 1, width: int = 112) -> Points:
    number = torch.arange(count)
    return Points(20 * width + number, number, number * copies // count)


def test_keep_is_the_source():
    pixels = pattern().flatten(1)
    found = copy_colours(pixels, points(60), drawing(), contour(drawing()), HeadConfig(palette="keep"))
    assert torch.equal(found, pixels[:, :60])


def test_a_given_palette_takes_the_nearest_colour():
    pixels = noise(1, 300, 3)[:, 0]
    found = copy_colours(pixels, points(300), drawing(), contour(drawing()), NEAREST)
    wanted = torch.tensor(PALETTE)
    lab, choices = to_oklab(pixels), to_oklab(wanted.T)
    for index in range(300):
        best = int((lab[:, index, None] - choices).square().sum(0).argmin())
        torch.testing.assert_close(found[:, index], wanted[best])


def test_effect_mixes_and_shadows_are_darker():
    pixels = noise(1, 50, 3)[:, 0]
    head = NEAREST
    full = copy_colours(pixels, points(50), drawing(), contour(drawing()), head)
    half = copy_colours(pixels, points(50), drawing(), contour(drawing()), head, effect=0.5)
    torch.testing.assert_close(half, 0.5 * (pixels + full))
    shadow = copy_colours(pixels, points(50), drawing(), contour(drawing()), head, shadow=True)
    torch.testing.assert_close(shadow, 0.55 * full)


def test_blend_moves_each_copy_to_the_mean_of_what_it_covers_and_calms_it():
    target = drawing()
    pixels = 0.4 + 0.2 * noise(1, 120, 7)[:, 0]
    places = points(120, copies=3)
    found = to_oklab(copy_colours(pixels, places, target, contour(target), HeadConfig(palette="blend")))
    below, own = to_oklab(target).flatten(1)[:, places.place], to_oklab(pixels)
    for number in range(3):
        one = places.owner == number
        torch.testing.assert_close(found[:, one].mean(1), below[:, one].mean(1), atol=2e-3, rtol=0)
        spread = found[:, one].std(1) / own[:, one].std(1)
        torch.testing.assert_close(spread, torch.tensor([0.8, 0.5, 0.5], dtype=spread.dtype), atol=0.05, rtol=0)


def test_auto_keeps_colours_and_blends_in_photographs():
    pixels, target = noise(1, 50, 3)[:, 0], drawing()
    drawn = pixels, points(50), target, contour(target)
    kept, blended = (copy_colours(*drawn, HeadConfig(palette=name)) for name in ("keep", "blend"))
    for photograph, wanted in ((False, kept), (True, blended)):
        assert torch.equal(copy_colours(*drawn, HeadConfig(), photograph=photograph), wanted)
    assert not torch.equal(kept, blended)


def test_match_moves_mean_and_deviation_to_those_of_the_content_around():
    target, ink = drawing(), contour(drawing())
    pixels = 0.4 + 0.2 * noise(1, 400, 5)[:, 0]
    places = Points(
        20 * 112 + torch.arange(400) % 20 + 112 * (torch.arange(400) // 20),
        torch.arange(400),
        torch.zeros(400, dtype=torch.int64),
    )
    found = copy_colours(pixels, places, target, ink, HeadConfig(palette="match"))
    window = torch.zeros_like(ink)
    window[10:50, 0:30] = True
    content = to_oklab(target)[:, ink & window]
    moved = to_oklab(found)
    before = (to_oklab(pixels).mean(1) - content.mean(1)).norm()
    assert float((moved.mean(1) - content.mean(1)).norm()) < 0.35 * float(before)
    assert 0.0 <= float(found.min()) <= float(found.max()) <= 1.0


def test_match_with_copies_that_lost_all_their_pixels():
    some = points(40)
    some = Points(some.place, some.origin, some.owner + 3)
    found = copy_colours(noise(1, 40)[:, 0], some, drawing(), contour(drawing()), HeadConfig(palette="match"))
    first = Points(some.place, some.origin, some.owner - 3)
    alone = copy_colours(noise(1, 40)[:, 0], first, drawing(), contour(drawing()), HeadConfig(palette="match"))
    assert torch.equal(found, alone)


def test_match_without_any_content_uses_the_whole_picture():
    flat = torch.full((3, 96, 112), 0.5)
    found = copy_colours(noise(1, 40)[:, 0], points(40), flat, contour(flat), HeadConfig(palette="match"))
    torch.testing.assert_close(found, torch.full((3, 40), 0.5), atol=1e-4, rtol=0)


def test_components_are_one_class_and_unknown_kinds_are_refused():
    mask = noise(20, 30)[0] < 0.6
    assert torch.equal(partition(mask, "components", torch.zeros(0, 20, 30)), mask.long())
    with pytest.raises(UsageError, match="unknown segmentation 'voronoi'"):
        partition(mask, "voronoi", torch.zeros(0, 20, 30))


def test_nodal_classes_are_cut_where_a_vector_changes_sign():
    y, x = torch.meshgrid(torch.linspace(-1, 1, 30), torch.linspace(-1, 1, 40), indexing="ij")
    vectors = torch.stack([x + 0.01, y + 0.013])
    mask = torch.ones(30, 40, dtype=torch.bool)
    classes = partition(mask, "nodal", vectors)
    assert len(classes.unique()) == 4
    for index, vector in enumerate(vectors):
        for number in classes.unique():
            assert len(vector[classes == number].sign().unique()) == 1, index
    assert torch.equal(classes, partition(mask, "nodal", vectors * torch.tensor([-1.0, 1.0])[:, None, None]))


def test_nodal_domains_of_path_and_grid_are_counted_as_courant_says():
    """Vector n of a path has n sign changes: n + 1 domains."""
    path = torch.full((3, 1, 60), 0.5)
    spectrum = itten.spectrum(path.double(), 6, method="exact", radii=(1,))
    mask = torch.ones(1, 60, dtype=torch.bool)
    for number in range(1, 6):
        classes = partition(mask, "nodal", spectrum.vectors[number : number + 1])
        assert len(find_segments(mask, torch.zeros(1, 60), 1, 99, classes=classes)) == number + 1


def test_clusters_part_what_the_spectrum_parts():
    """Four squares of different colour: k-way clusters are the squares, whatever signs and rotations."""
    image = torch.zeros(3, 40, 40)
    image[0, :20] = 0.8
    image[1, :, :20] = 0.8
    spectrum = itten.spectrum(image, 5)
    vectors = coordinates(spectrum, spectrum.field(1), 3)
    mask = torch.ones(40, 40, dtype=torch.bool)
    classes = partition(mask, "clusters", vectors, pieces=4)
    for block in (classes[:20, :20], classes[:20, 20:], classes[20:, :20], classes[20:, 20:]):
        assert len(block.unique()) == 1
    assert len(classes.unique()) == 4
    flipped = partition(mask, "clusters", vectors * torch.tensor([-1.0, 1.0, -1.0])[:, None, None], pieces=4)
    assert torch.equal(flipped, classes)
    angle = torch.tensor(0.7)
    turn = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    rotated = torch.cat([torch.einsum("ij,jhw->ihw", turn.to(vectors.dtype), vectors[:2]), vectors[2:]])
    assert torch.equal(partition(mask, "clusters", rotated, pieces=4), classes)


def test_more_pieces_than_points():
    mask = torch.zeros(6, 6, dtype=torch.bool)
    mask[2, 2:5] = True
    classes = partition(mask, "clusters", noise(6, 6)[:2], pieces=10)
    assert sorted(classes[mask].tolist()) == [1, 2, 3] or len(classes[mask].unique()) <= 3
    assert not bool(classes[~mask].any())
    assert np.isfinite(classes.numpy()).all()
