"""Colours that are there."""

from __future__ import annotations

import torch

from itten.config import HeadConfig
from itten.heads import Points, copy_colours, to_oklab
from itten.heads.composite import zbuffer
from itten.heads.present import commonest, darker, nearest_to_mean

FOUR = torch.tensor([[1.0, 1.0, 1.0], [0.9, 0.2, 0.1], [0.45, 0.1, 0.1], [0.0, 0.0, 0.1]]).T


def test_the_commonest_colours_come_first_and_equal_ones_the_darkest():
    image = FOUR[:, torch.tensor([[0, 0, 0, 1], [1, 2, 3, 0]])]
    assert torch.equal(commonest(image), FOUR[:, [0, 1, 3, 2]])
    many = torch.rand((3, 40, 50), generator=torch.Generator().manual_seed(0))
    assert commonest(many, image).shape == (3, 256)
    assert torch.equal(commonest(many, image)[:, :2], FOUR[:, [0, 1]])


def test_a_shadow_takes_the_nearest_darker_colour_that_is_there():
    found = darker(FOUR, 0.55, FOUR)
    assert torch.equal(found[:, 1], FOUR[:, 2])
    assert torch.equal(found[:, 3], FOUR[:, 3])  # none is darker
    assert torch.equal(darker(FOUR, 1.0, FOUR), FOUR)
    colours = torch.rand((3, 700), generator=torch.Generator().manual_seed(1))
    there = torch.rand((3, 90), generator=torch.Generator().manual_seed(2))
    light, choices = to_oklab(colours)[0], to_oklab(there)
    for number, one in enumerate(darker(colours, 0.55, there).T):
        apart = (to_oklab(0.55 * colours[:, number, None]) - choices).square().sum(dim=0)
        apart[choices[0] >= light[number] - 1e-6] = torch.inf
        assert torch.equal(one, there[:, apart.argmin()] if apart.min() < torch.inf else colours[:, number])


def test_only_whole_pixels_that_keep_their_colours_have_such_shadows():
    pixels, target = FOUR[:, [0, 1, 2, 3]], FOUR[:, torch.zeros((5, 6), dtype=torch.int64)]
    points = Points(torch.arange(4), torch.arange(4), torch.zeros(4, dtype=torch.int64))
    ink = torch.ones(5, 6, dtype=torch.bool)
    keep, worn = HeadConfig(palette="keep"), HeadConfig(palette=["#ff0000"], wear="nearest")
    found = copy_colours(pixels, points, target, ink, keep, shadow=True)
    assert torch.equal(found, darker(pixels, 0.55, commonest(pixels, target)))
    assert torch.equal(copy_colours(pixels, points, target, ink, keep, effect=0.0, shadow=True), pixels)
    red = copy_colours(pixels, points, target, ink, worn, shadow=True)
    torch.testing.assert_close(red[0], torch.full((4,), 0.55))
    soft = Points(points.place, points.origin, points.owner, colour=pixels, coverage=torch.ones(4))
    torch.testing.assert_close(copy_colours(pixels, soft, target, ink, keep, shadow=True), 0.55 * pixels)


def test_of_what_lands_on_a_pixel_the_nearest_to_the_mean_stays():
    image = torch.full((3, 2, 3), 0.5)
    place = torch.tensor([1, 1, 1, 4, 4, 6])
    colours = torch.tensor([[0.0, 0.4, 1.0, 0.2, 0.8, 0.9]]).repeat(3, 1)
    found = nearest_to_mean(image, zbuffer(image, place, colours), place, colours)
    expected = image.clone()
    expected[:, 0, 1], expected[:, 1, 1] = 0.4, 0.8
    assert torch.equal(found, expected)
    nothing = torch.zeros(0, dtype=torch.int64)
    assert torch.equal(nearest_to_mean(image, image, nothing, colours[:, :0]), image)
