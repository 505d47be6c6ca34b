"""Copies turned, mirrored, larger and smaller."""

import math

import pytest
import torch

from itten.config import HeadConfig
from itten.errors import ConfigError
from itten.heads import copy_segments, find_segments, handedness
from itten.heads.pose import copy_poses, whole

SHAPE = (64, 64)
COMMA = [(y, x) for y in range(20, 24) for x in range(10, 40)] + [(y, x) for y in range(24, 32) for x in range(34, 40)]
ONE = torch.zeros((1, 1), dtype=torch.int64)


def table_of(points, shape=SHAPE):
    mask = torch.zeros(shape, dtype=torch.bool)
    for y, x in points:
        mask[y, x] = True
    return find_segments(mask, torch.zeros(shape), 1, 10)


def copied(points, **keys):
    """The pixels of a segment's copy that stays where it is, as offsets from its middle."""
    table = table_of(points)
    head = HeadConfig(place="seed", strength=0, shadow="none", **keys)
    nowhere = torch.zeros(SHAPE, dtype=torch.bool)
    _, front = copy_segments(table, table, ONE, nowhere, torch.zeros(SHAPE), head)
    cy, cx = table.centroid[0].tolist()
    return {(int(i) // 64 - cy, int(i) % 64 - cx) for i in front.place}, {(y - cy, x - cx) for y, x in points}


def test_a_mirrored_copy_is_left_to_right():
    found, own = copied(COMMA, turn=0.0, mirror=True)
    assert found == {(y, -x) for y, x in own} != own


@pytest.mark.parametrize("times", [2, 3])
def test_in_hard_pictures_a_pixel_becomes_a_square(times):
    bar = [(30, 30), (30, 31), (31, 30)]
    found, own = copied(bar, turn=0.0, scale=times + 0.2)
    assert len(found) == times * times * len(own)
    rows = [y for y, _ in found]
    assert max(rows) - min(rows) + 1 == 2 * times


def test_smaller_by_whole_factors():
    square = [(y, x) for y in range(20, 32) for x in range(16, 40)]
    found, own = copied(square, turn=0.0, scale=0.3)
    assert len(found) == len(own) / 9
    asked = torch.tensor([0.26, 0.5, 0.7, 1.0, 1.4, 1.5, 2.6], dtype=torch.float64)
    assert whole(asked).tolist() == [1 / 4, 1 / 2, 1, 1, 1, 2, 3]


def test_mirror_images_have_opposite_hands_and_match():
    mirrored = [(y, 63 - x) for y, x in COMMA]
    left, right = table_of(COMMA), table_of(mirrored)
    assert handedness(left).item() == -handedness(right).item() != 0
    assert handedness(table_of([(y, x) for y in range(20, 30) for x in range(10, 40)])).item() == 0
    head = HeadConfig(turn="align", mirror="match", scale="match")
    zero = torch.zeros(1, dtype=torch.int64)
    pose = copy_poses(head, right, left, zero, zero, torch.ones(SHAPE, dtype=torch.bool), (0,))
    assert pose.flip.item() == -1
    assert pose.scale.item() == 1
    # Mirrored and turned as that says, the one is the other.
    nowhere = torch.zeros(SHAPE, dtype=torch.bool)
    still = HeadConfig(turn="align", mirror="match", place="seed", strength=0, shadow="none")
    _, front = copy_segments(right, left, ONE, nowhere, torch.zeros(SHAPE), still)
    assert len({*front.place.tolist()} & {*right.pixels.tolist()}) >= 0.97 * len(mirrored)
    same = copy_poses(head, left, left, zero, zero, nowhere, (0,))
    assert same.flip.item() == 1


def test_scales_match_or_are_drawn_from_a_range():
    small = table_of([(y, x) for y in range(10, 20) for x in range(10, 20)])
    large = table_of([(y, x) for y in range(10, 40) for x in range(10, 40)])
    zero = torch.zeros(200, dtype=torch.int64)
    nowhere = torch.zeros(SHAPE, dtype=torch.bool)
    matched = copy_poses(HeadConfig(scale="match"), large, small, zero[:1], zero[:1], nowhere, (0,))
    assert matched.scale.item() == pytest.approx(3.0)
    drawn = copy_poses(HeadConfig(scale=(0.5, 2.0)), small, small, zero, zero, nowhere, (4, 1)).scale
    assert 0.5 <= drawn.min() < 0.6
    assert 1.7 < drawn.max() <= 2.0
    assert drawn.log().mean().abs() < 0.1
    assert torch.equal(drawn, copy_poses(HeadConfig(scale=(0.5, 2.0)), small, small, zero, zero, nowhere, (4, 1)).scale)
    assert math.isclose(copy_poses(HeadConfig(), small, small, zero[:1], zero[:1], nowhere, (0,)).scale.item(), 1.0)


@pytest.mark.parametrize("scale", [0.0, 30.0, (2.0, 1.0), "large"])
def test_scales_that_make_no_sense_are_refused(scale):
    with pytest.raises(ConfigError):
        HeadConfig(scale=scale)
