"""Turning, distance and placing in Triton equal the reference exactly."""

import numpy as np
import pytest
import torch

from itten.kernels import kernel
from itten.kernels.reference import voids as reference
from tests.kernels.test_voids import ANYWHERE, blobs, posed
from tests.kernels.triton_cases import DEVICE, cases, generators, mask, run, sides
from tests.waits import no_waits


@cases(0, 1, 2, 3, 5, 8, 9, 13)
def test_distances_equal_the_reference(numbers):
    for case, rng in generators(numbers):
        image = mask(rng, case, sides(rng, case, 9)) | (rng.random() < 0.05)
        found = run("squared_distance", image, block=16 if case % 10 == 3 else 64)
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, reference.squared_distance(image))
    assert run("squared_distance", np.zeros((3, 0), bool)).shape == (3, 0)


def some_copies(case, rng, largest):
    height, width = (int(n) for n in rng.integers(3, largest, 2))
    labels, box, centroid = blobs(height, width, case, (0.4, 0.7, 1.0)[case % 3])
    if len(box) == 0:
        labels[0, :2] = 1
        labels[1:] = 0
        box, centroid = np.array([[0, 0, 0, 1]]), np.array([[0, 1]])
        labels[0, 2:] = 0
    targets, offers = 1 + case % 3 % 2 + (case % 8 == 2), 1 + case % 5 % 2 + (case % 16 == 1)
    which = rng.integers(0, len(box), targets * offers)
    angle = rng.choice([0.0, np.pi / 2, np.pi, 0.3, 1.234, 4.0], len(which))
    return (labels, box, centroid, which, *posed(rng, angle)), targets, offers


@cases(0, 1, 2, 3, 7, 8, 16)
def test_turned_copies_equal_the_reference(numbers):
    for case, rng in generators(numbers):
        copies, _, _ = some_copies(case, rng, 10)
        found = run("turn_segments", *copies, block=16 if case % 10 == 3 else 128, parts=1 + case % 2)
        for one, expected in zip(found, reference.turn_segments(*copies), strict=True):
            assert one.dtype == expected.dtype
            np.testing.assert_array_equal(one, expected)


@cases(1, 2, 3, 4, every=20)
def test_with_room_nothing_waits_and_segment_minus_one_is_empty(numbers):
    for case, rng in generators(numbers):
        copies, _, _ = some_copies(case, rng, 10)
        which = copies[3].copy()
        expected = reference.turn_segments(*copies)
        begin, room = expected[0], int(expected[0][-1]) + case % 3
        gone = rng.random(len(which)) < 0.3
        size = np.where(gone, 0, np.diff(begin))
        tensors = [torch.from_numpy(np.ascontiguousarray(one)).to(DEVICE) for one in copies]
        tensors[3][torch.from_numpy(gone)] = -1
        with no_waits():
            found = kernel("turn_segments", "triton")(*tensors, room)
        mine, offset, origin = (one.cpu().numpy() for one in found)
        np.testing.assert_array_equal(mine, np.concatenate([[0], np.cumsum(size)]))
        kept = np.repeat(~gone, np.diff(begin))
        assert len(offset) == len(origin) == room
        np.testing.assert_array_equal(offset[: mine[-1]], expected[1][kept])
        np.testing.assert_array_equal(origin[: mine[-1]], expected[2][kept])
        assert not origin[mine[-1] :].any()


@cases(1, 2, 3, 4, every=20)
def test_copies_may_share_their_pixels(numbers):
    for case, rng in generators(numbers):
        copies, targets, offers = some_copies(case, rng, 9)
        begin, offset, _ = reference.turn_segments(*copies)
        which = rng.integers(-1, len(begin) - 1, targets * offers)
        each = [offset[begin[n] : begin[n + 1]] if n >= 0 else offset[:0] for n in which]
        ends = np.cumsum([0, *(len(one) for one in each)])
        free, start = copies[0] == 0, rng.integers(0, copies[0].shape, (targets, 2))
        rules = (start, offers, 1.0, False, ANYWHERE)
        expected = reference.place_segments(free, None, ends, np.concatenate(each), *rules)
        found = run("place_segments", free, None, begin, offset, *rules, which)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


@cases(0, 1, 2, 3, 5, 7, 9, 10, 12)
def test_places_equal_the_reference(numbers):
    placed = 0
    for case, rng in generators(numbers):
        copies, targets, offers = some_copies(case, rng, 9)
        labels = copies[0]
        begin, offset, _ = reference.turn_segments(*copies)
        if case % 9 == 0:
            begin = np.minimum(begin, begin[1])  # all copies but the first are empty
        free = (labels == 0) | (rng.random(labels.shape) < 0.3) if case % 10 else np.full(labels.shape, case % 20 == 0)
        start = rng.integers(0, labels.shape, (targets, 2))
        direction = ANYWHERE if case % 3 else (float(np.sin(case)), float(np.cos(case)), 0.7)
        room = reference.squared_distance(free)
        clearance, overlap = (0.0, 1.0, 2.5)[case % 4 % 3], case % 7 == 0
        arguments = (free, room, begin, offset, start, offers, clearance, overlap, direction)
        if case % 3 == 1:
            arguments = *arguments, None, int(rng.integers(0, 30))
        expected = reference.place_segments(*arguments)
        placed += (expected[0] >= 0).sum()
        found = run("place_segments", *arguments, places=((2, 8), (8, 4), (4, 8), (8, 8))[case % 4])
        for one, other in zip(found, expected, strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
    assert placed > 0.3 * len(numbers)


def test_ties_go_to_the_nearer_row_then_up_then_left():
    free = np.zeros((7, 7), bool)
    begin, offset, start = np.array([0, 1]), np.zeros((1, 2), np.int64), np.array([[3, 3]])
    order = [(3, 1), (3, 5), (1, 3), (5, 3), (2, 1), (2, 5), (4, 1), (4, 5)]
    for y, x in order:
        free[y, x] = True
    for y, x in order:
        room = reference.squared_distance(free)
        arguments = (free, room, begin, offset, start, 1, 0.0, False, ANYWHERE)
        chosen, place = run("place_segments", *arguments, places=(2, 4))
        assert (int(chosen[0]), place[0].tolist()) == (0, [y, x])
        free[y, x] = False


@pytest.mark.parametrize("targets", [0, 2])
def test_no_copy_at_all(targets):
    nothing, start = np.zeros((0, 2), np.int64), np.ones((targets, 2), np.int64)
    free = np.ones((5, 5), bool)
    begin = np.zeros(targets + 1, np.int64)
    room = reference.squared_distance(free)
    chosen, place = run("place_segments", free, room, begin, nothing, start, 1, 1.0, False, ANYWHERE)
    assert (chosen == -1).all()
    assert place.shape == (targets, 2)
    if targets == 0:
        labels = np.zeros((4, 4), np.int64)
        empty = (np.zeros((0, 4), np.int64), nothing, np.zeros(0, np.int64), *(np.zeros(0),) * 3)
        assert [one.shape for one in run("turn_segments", labels, *empty)] == [(1,), (0, 2), (0,)]
