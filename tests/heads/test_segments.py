import numpy as np
import pytest
import torch

from itten.heads import ReadHead, Segments, Signatures, describe, find_segments, low_gate, match, signatures
from itten.heads.read import standardise
from itten.kernels.reference import segments as reference
from tests.pictures import noise


def blobs() -> torch.Tensor:
    mask = torch.zeros(20, 30, dtype=torch.bool)
    mask[1:4, 1:5] = True  # 12 pixels, first in raster order
    mask[2:8, 10:15] = True  # 30 pixels
    mask[10:14, 20:23] = True  # 12 pixels, later
    mask[18, 2:5] = True  # 3 pixels
    return mask


def test_largest_first_then_raster_order_and_small_ones_left_out():
    table = find_segments(blobs(), torch.zeros(20, 30), min_pixels=4, max_segments=10)
    assert table.size.tolist() == [30, 12, 12]
    assert table.centroid.tolist() == [[5, 12], [2, 3], [12, 21]]
    assert table.box.tolist() == [[2, 10, 7, 14], [1, 1, 3, 4], [10, 20, 13, 22]]
    assert table.aspect.tolist() == [5 / 6, 4 / 3, 3 / 4]
    assert table.diameter[1].item() == 5.0


def test_max_segments_keeps_the_largest_not_the_topmost():
    table = find_segments(blobs(), torch.zeros(20, 30), min_pixels=1, max_segments=2)
    assert table.size.tolist() == [30, 12]
    assert table.centroid.tolist() == [[5, 12], [2, 3]]


def test_pixels_are_grouped_and_ascending():
    table = find_segments(blobs(), torch.zeros(20, 30), min_pixels=1, max_segments=9)
    assert table.owner.tolist() == sorted(table.owner.tolist())
    for number in range(len(table)):
        mine = table.pixels[table.owner == number]
        assert mine.tolist() == sorted(mine.tolist())
        assert len(mine) == table.size[number]
    labels = table.label_map()
    assert torch.equal(labels > 0, blobs())
    assert labels[3, 12] == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (33, 47)])
@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_table_equals_the_reference(size, backend):
    for seed in range(6):
        mask = noise(*size, seed=seed)[0] < 0.55
        field = noise(*size, seed=seed + 50)[0] - 0.5
        table = find_segments(mask, field, 3, 12, backend)
        expected = reference.find_segments(mask.numpy(), field.double().numpy(), 3, 12)
        assert len(table) == len(expected)
        for number, segment in enumerate(expected):
            mine = table.pixels[table.owner == number]
            np.testing.assert_array_equal(mine, segment.pixels[:, 0] * size[1] + segment.pixels[:, 1])
            assert table.centroid[number].tolist() == segment.centroid.tolist()
            assert table.diameter[number].item() == pytest.approx(segment.diameter)
            np.testing.assert_allclose(signatures(table)[number], segment.signature, atol=1e-6)


def test_first_is_a_prefix():
    table = find_segments(blobs(), noise(20, 30)[0], 1, 9)
    small = find_segments(blobs(), noise(20, 30)[0], 1, 2)
    prefix = table.first(2)
    for name in ("pixels", "owner", "size", "centroid", "box", "mean", "deviation"):
        assert torch.equal(getattr(prefix, name), getattr(small, name)), name


def test_low_gate_falls_back_to_the_median_of_contours():
    gate = torch.linspace(0.6, 0.9, 100).reshape(10, 10)
    ink = torch.ones(10, 10, dtype=torch.bool)
    assert not bool((gate < 0.5).any())
    chosen = low_gate(gate, ink, 25)
    assert int(chosen.sum()) == 49
    assert bool(chosen[0, 0])
    np.testing.assert_array_equal(chosen, reference.low_gate(gate.numpy(), ink.numpy(), 25))
    assert not bool(low_gate(gate, torch.zeros_like(ink), 25).any())


def test_low_gate_with_enough_pixels_is_the_half():
    gate = torch.linspace(0.0, 0.99, 100).reshape(10, 10)
    assert int(low_gate(gate, torch.ones(10, 10, dtype=torch.bool), 5).sum()) == int((gate < 0.5).sum())


def test_empty_masks_give_empty_tables():
    table = Segments(5, 5)(torch.zeros(4, 4, dtype=torch.bool), torch.zeros(4, 4))
    assert len(table) == 0
    assert int(table.label_map().sum()) == 0


def as_seed(values):
    return Signatures(values, (1.0,) * values.shape[1], True)


def test_match_is_nearest_after_standardising_each_image():
    queries = torch.tensor([[0.0, 1.0], [1.0, 3.0], [5.0, 2.0]], dtype=torch.float64)
    keys = queries.flip(0) * 7 + 3
    assert match(as_seed(queries), as_seed(keys))[:, 0].tolist() == [2, 1, 0]


def test_match_ties_go_to_the_lower_number_and_flat_columns_do_not_matter():
    keys = torch.tensor([[1.0, 5.0], [2.0, 5.0], [1.0, 5.0], [2.0, 5.0]], dtype=torch.float64)
    assert match(as_seed(keys), as_seed(keys))[:, 0].tolist() == [0, 1, 0, 1]
    assert bool((standardise(keys)[:, 1] == 0).all())


def test_a_picture_that_reads_itself_finds_its_own_segments():
    table = find_segments(noise(40, 40)[0] < 0.45, noise(40, 40, 3)[0], 4, 30)
    assert ReadHead()(describe(table, "seed"), describe(table, "seed"))[:, 0].tolist() == list(range(len(table)))
