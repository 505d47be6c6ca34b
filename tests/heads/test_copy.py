import math

import numpy as np
import pytest
import torch

from itten.config import HeadConfig
from itten.heads import FRONT, SHADOW, CopyHead, Distort, copy_segments, describe, distort, find_segments, match, turned
from itten.heads.copy import front_shift, project_shadow
from itten.kernels.reference import segments as reference
from tests.pictures import noise

SEED = HeadConfig(place="seed", turn="quarter", shadow="project")
NOWHERE = torch.zeros((30, 30), dtype=torch.bool)
ONE = torch.tensor([[0]])


def table_of(points, shape=(30, 30)):
    mask = torch.zeros(shape, dtype=torch.bool)
    for y, x in points:
        mask[y, x] = True
    return find_segments(mask, torch.zeros(shape), 1, 10)


def place(points, width=30):
    return [(int(i) // width, int(i) % width) for i in points.place]


def test_a_quarter_turn_is_counter_clockwise_as_seen():
    table = table_of([(10, 10), (10, 11), (10, 12)])
    copies = turned(table.label_map(), table.box, table.centroid, torch.tensor([0]), torch.zeros(1), torch.ones(1))
    # What was to the right of the centroid is above it.
    assert copies.offset.tolist() == [[-1, 0], [0, 0], [1, 0]]
    assert copies.origin.tolist() == [312, 311, 310]


def test_front_copy_is_turned_and_moved_right_and_down():
    bar = [(10, x) for x in range(8, 13)]
    table = table_of(bar)
    _, front = copy_segments(table, table, ONE, NOWHERE, torch.full((30, 30), 0.5), SEED)
    assert front_shift(15.0, 1.0) == (6, 5)
    assert place(front) == [(16 - i, 15) for i in (-2, -1, 0, 1, 2)]
    assert front.origin.tolist() == table.pixels.tolist()


def test_shadow_is_pushed_outward_by_diameter_and_complexity():
    bar = [(15, x) for x in range(13, 18)]
    table = table_of(bar)
    busy = torch.zeros(30, 30)
    busy[15, 15] = 0.5
    shadow, _ = copy_segments(table, table, ONE, NOWHERE, busy, SEED)
    distance = math.hypot(1, 5) * (0.9 - 0.8 * 0.5)
    expected = [(math.floor(15 - dx - math.copysign(distance, dx) + 0.5) if dx else 15, 15) for dx in (-2, -1, 0, 1, 2)]
    assert place(shadow) == expected


def test_shadow_projection_is_radial():
    offset = torch.tensor([[3, 4], [0, 0], [-10, 0]])
    assert project_shadow(offset, torch.tensor([5.0, 5.0, 2.0])).tolist() == [[6, 8], [0, 0], [-12, 0]]


def test_effect_zero_leaves_copies_in_place():
    table = table_of([(10, x) for x in range(8, 13)])
    shadow, front = copy_segments(table, table, ONE, NOWHERE, torch.zeros(30, 30), SEED, effect=0.0)
    assert place(shadow) == place(front) == [(10 - i, 10) for i in (-2, -1, 0, 1, 2)]


def test_points_outside_are_dropped_with_their_origin():
    table = table_of([(27, x) for x in range(20, 29)])
    _, front = copy_segments(table, table, ONE, NOWHERE, torch.zeros(30, 30), SEED)
    assert all(0 <= y < 30 and 0 <= x < 30 for y, x in place(front))
    assert len(front.place) == len(front.origin) == 1


def test_each_matched_segment_is_copied_whole():
    source = table_of([(2, 2), (2, 3), (2, 4), (20, 20), (21, 20)])
    target = table_of([(5, 5), (10, 10), (15, 15)])
    _, front = copy_segments(target, source, torch.tensor([[1], [0], [1]]), NOWHERE, torch.zeros(30, 30), SEED)
    assert front.owner.tolist() == [0, 0, 1, 1, 1, 2, 2]
    assert front.origin.tolist() == [620, 650, 62, 63, 64, 620, 650]


@pytest.mark.parametrize("effect", [1.0, 0.6])
def test_equals_the_reference(effect):
    masks = [noise(35, 41, seed)[0] < 0.5 for seed in (1, 2)]
    field = noise(35, 41, 3)[0]
    busy = noise(35, 41, 4)[0]
    target, source = (find_segments(mask, field, 3, 20) for mask in masks)
    matches = match(describe(target, "seed"), describe(source, "seed"))
    plain = [reference.find_segments(mask.numpy(), field.double().numpy(), 3, 20) for mask in masks]
    assert matches[:, 0].tolist() == reference.match(*plain)
    nowhere = torch.zeros_like(busy, dtype=torch.bool)
    found = CopyHead(SEED.changed(strength=9.0))(target, source, matches, nowhere, busy, effect)
    expected = reference.copies(*plain, matches[:, 0].tolist(), busy.double().numpy(), 9.0, effect)
    for points, listed in zip(found, expected, strict=True):
        inside = [(y * 41 + x, sy * 41 + sx) for y, x, sy, sx in listed if 0 <= y < 35 and 0 <= x < 41]
        assert list(zip(points.place.tolist(), points.origin.tolist(), strict=True)) == inside


@pytest.mark.parametrize("tint", [SHADOW, FRONT])
@pytest.mark.parametrize("effect", [0.0, 0.4, 1.0, 5.0])
def test_colour_equals_the_reference(tint, effect):
    colours = noise(1, 200, 5)[:, 0]
    found = Distort(tint)(colours, effect)
    for number in range(200):
        expected = reference.distort(
            colours[:, number].double().numpy(),
            tint.rotation,
            tint.contrast,
            np.array(tint.scale),
            np.array(tint.add),
            effect,
        )
        np.testing.assert_allclose(found[:, number], expected, atol=1e-6)
    assert float(found.min()) >= 0.0
    assert float(found.max()) <= 1.0


def test_colour_formula_on_one_value():
    rgb = torch.tensor([[0.2], [0.4], [0.6]])
    luma = 0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6
    wave = [0.5 + 0.4 * 0.6 * math.sin(2 * math.pi * 0.2 * luma + p) for p in (0, 2 * math.pi / 3, 4 * math.pi / 3)]
    expected = [
        (0.8 * 0.2 + 0.2 * wave[0]) * 0.6,
        (0.8 * 0.4 + 0.2 * wave[1]) * 0.8 + 0.2,
        (0.8 * 0.6 + 0.2 * wave[2]) * 0.8 + 0.15,
    ]
    np.testing.assert_allclose(distort(rgb, FRONT)[:, 0], expected, atol=1e-6)


def test_no_effect_is_no_change():
    colours = noise(1, 50)[:, 0]
    torch.testing.assert_close(distort(colours, SHADOW, 0.0), colours)
