"""Panes: what is cut, what colours it has, and how its borders are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks import mosaics
from benchmarks.panes import edges, recall
from scipy import ndimage

import itten
from itten.areas.flow import flowed, whole
from itten.areas.soft import Soft
from itten.config import PanesConfig
from itten.errors import ConfigError, InputError
from itten.image.oklab import to_oklab
from itten.kernels.numba import team
from tests.drawn import CENTRE, INK, covered, grid, painted, rings
from tests.heads.test_coverage import tangential_step
from tests.pictures import drawing


def halves(height: int = 60, width: int = 80, slope: float = 0.3) -> torch.Tensor:
    """Blue and orange on either side of a straight line through the middle, with soft edges."""
    y, x = np.mgrid[:height, :width] + 0.5
    share = np.clip((x - width / 2 - slope * (y - height / 2)) / np.hypot(1, slope) + 0.5, 0, 1)
    one, two = np.array([0.1, 0.2, 0.7]), np.array([0.9, 0.6, 0.2])
    return torch.from_numpy((one[:, None, None] * (1 - share) + two[:, None, None] * share).astype(np.float32))


@pytest.mark.parametrize("name", ["gathered cells", "pale grain", "bent slopes", "strong texture"])
def test_panes_are_the_tiles_of_a_mosaic(name: str) -> None:
    from skimage.segmentation import slic

    mosaic = mosaics.load(name)
    found = itten.panes(torch.from_numpy(mosaic.image), n=round(1.25 * mosaic.tiles))
    labels = found.labels.numpy()
    assert labels.dtype == np.int64
    assert labels.shape == mosaic.labels.shape
    assert 0.8 * mosaic.tiles <= len(found) <= 1.3 * mosaic.tiles
    known = recall(labels, mosaic.labels)
    other = slic(mosaic.image.transpose(1, 2, 0), n_segments=round(1.4 * len(found)), start_label=0)
    assert known > 0.95
    assert known > recall(other, mosaic.labels)


def test_panes_are_connected_numbered_in_order_and_no_specks() -> None:
    labels = itten.panes(drawing(150, 200), n=80, least=0.002).labels.numpy()
    names, first = np.unique(labels, return_index=True)
    assert names.tolist() == list(range(len(names)))
    assert np.all(np.diff(first) > 0)
    assert np.bincount(labels.ravel()).min() >= 0.002 * labels.size
    for name in names:
        assert ndimage.label(labels == name)[1] == 1


def test_the_same_bytes_on_one_and_three_threads_and_a_picture_larger_than_its_cut() -> None:
    image = torch.nn.functional.interpolate(drawing()[None], scale_factor=2, mode="bilinear")[0]
    results = []
    for threads in (1, 3):
        with team.limited(threads):
            results.append(itten.panes(image, n=20, detail=100, colour="textured"))
    assert torch.equal(results[0].image, results[1].image)
    assert torch.equal(results[0].labels, results[1].labels)
    assert results[0].image.dtype == torch.float32
    assert 0 <= float(results[0].image.min()) <= float(results[0].image.max()) <= 1


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 2), (3, 3), (16, 400)])
def test_pictures_of_any_shape(size: tuple[int, int]) -> None:
    found = itten.panes(torch.rand(3, *size, generator=torch.Generator().manual_seed(0)), n=4)
    assert found.image.shape == (3, *size)
    assert 1 <= len(found) <= max(4, 1)


def test_arrays_and_bytes_are_taken_and_batches_are_not() -> None:
    image = (drawing(40, 50) * 255).round().to(torch.uint8)
    one = itten.panes(image, n=6)
    assert torch.equal(one.image, itten.panes(image.permute(1, 2, 0).numpy(), n=6).image)
    assert torch.equal(one.image, itten.panes(image, PanesConfig(n=6)).image)
    assert torch.equal(one.image, itten.panes(image, PanesConfig(n=60), n=6).image)
    with pytest.raises(InputError, match="one image"):
        itten.panes(drawing().expand(2, -1, -1, -1))
    with pytest.raises(ConfigError, match="PanesConfig"):
        itten.panes(image, itten.BandsConfig())
    with pytest.raises(ConfigError, match="did you mean 'lead_colour'"):
        itten.panes(image, lead_color="red")


def test_each_pane_has_its_mean_and_pixels_on_a_border_a_share_of_both() -> None:
    image = halves()
    found = itten.panes(image, n=2, lead=0)
    assert len(found) == 2
    for name in (0, 1):
        inside = torch.from_numpy(ndimage.binary_erosion(found.labels.numpy() == name, iterations=3, border_value=1))
        wanted = image[:, found.labels == name].double().mean(dim=1)
        torch.testing.assert_close(found.image[:, inside].double(), wanted[:, None].expand(-1, int(inside.sum())))
    # The drawn line is as straight as the one in the picture: pixels have the same share of both colours.
    ends = found.image[:, 0, 0], found.image[:, -1, -1]
    share = (found.image[0] - ends[0][0]) / (ends[1][0] - ends[0][0])
    true = (image[0] - image[0, 0, 0]) / (image[0, -1, -1] - image[0, 0, 0])
    assert float((share - true).abs()[2:-2].mean(dim=1).mul(80).max()) < 0.7
    assert 0 < int(((share > 0.05) & (share < 0.95)).sum()) < 120


@pytest.mark.parametrize("width", [0.6, 2.0, 5.0])
def test_lead_is_as_wide_as_was_asked_and_soft(width: float) -> None:
    image = halves(slope=0.0)
    found = itten.panes(image, n=2, lead=width, lead_colour="#000000").image
    bare = itten.panes(image, n=2, lead=0).image
    cover = 1 - (found / bare)[0]
    assert float(cover[5:-5].sum(dim=1).mean()) == pytest.approx(width, rel=0.12)
    # The border lies between two pixels, which share a thin bar.
    assert float(cover.max()) == pytest.approx(min(width / 2, 1.0), abs=0.02)


def test_colours_of_palettes() -> None:
    image = drawing(90, 120)
    palette = ((0.9, 0.1, 0.1), (0.1, 0.2, 0.8), (0.95, 0.95, 0.9))
    plain = itten.panes(image, n=12, lead=0)
    lightness = np.array(
        [float(to_oklab(image[:, plain.labels == name].double().mean(dim=1)[:, None])[0]) for name in range(len(plain))]
    )
    for wear in ("nearest", "brightness"):
        found = itten.panes(image, n=12, lead=0, palette=palette, wear=wear)
        there = {}
        for name in range(len(found)):
            pixels = found.image[:, found.labels == name]
            colours, counts = torch.unique(pixels, dim=1, return_counts=True)
            there[name] = colours[:, counts.argmax()]
            assert min(float((there[name] - torch.tensor(one)).abs().max()) for one in palette) < 1e-6
        if wear == "brightness":
            by_light = to_oklab(torch.tensor(palette).T)[0].argsort().tolist()
            rank = [by_light.index(int((torch.tensor(palette) - there[n]).abs().sum(1).argmin())) for n in there]
            assert rank == [3 * place // len(found) for place in lightness.argsort().argsort().tolist()]


def test_flat_panes_have_few_colours_and_textured_ones_the_pictures_detail() -> None:
    image = drawing(90, 120)
    flat = itten.panes(image, n=30, lead=0, colour="flat", shades=3)
    inner = ~torch.from_numpy(ndimage.binary_dilation(edges(flat.labels.numpy()), iterations=3))
    assert 2 <= len(torch.unique(flat.image[:, inner], dim=1).T) <= 3
    mean, some, all_ = (itten.panes(image, n=30, lead=0, colour="textured", grain=g).image for g in (0.0, 0.5, 1.0))
    assert torch.equal(mean, itten.panes(image, n=30, lead=0).image)
    away = [(one - image).abs().mean() for one in (mean, some, all_)]
    assert away[0] > away[1] > away[2]


def test_the_spectrum_and_the_number_of_vectors_count() -> None:
    image = torch.from_numpy(mosaics.load("texture").image)
    with_, without = (itten.panes(image, n=40, spectral=spectral).labels for spectral in (1.0, 0.0))
    assert not torch.equal(with_, without)


def test_soft_borders_are_where_straight_ones_are() -> None:
    y, x = np.mgrid[:60, :60]
    for slope in (0.0, 0.2, 0.5, 1.0):
        distance = (x - 30.3 - slope * (y - 30)) / np.hypot(1, slope)
        soft = Soft.of((distance > 0).astype(np.int64), 1.6)
        inner = (np.abs(soft.distance) < 2) & (soft.where // 60 > 6) & (soft.where // 60 < 54)
        signed = np.where(soft.first == 1, soft.distance, -soft.distance)[inner]
        assert np.abs(signed - distance.ravel()[soft.where[inner]]).max() < 0.5
        assert np.abs(signed - distance.ravel()[soft.where[inner]]).mean() < 0.3


def test_lead_on_circles_is_as_smooth_as_drawn_rings() -> None:
    y, x = grid(256, 256)
    away = np.hypot(y - CENTRE[0], x - CENTRE[1])
    light = 0.95 - 0.27 * sum(covered(away - radius) for radius in (40, 70, 100))
    image = torch.from_numpy(np.stack([light] * 3).astype(np.float32))
    found = itten.panes(image, n=4, lead=3.0, palette="white", lead_colour=INK)
    assert len(found) == 4
    assert tangential_step(found.image) <= 1.15 * tangential_step(painted(rings()))
    for radius, ring in zip((100, 70, 40), (parts[0] for _, parts in found.outlines()[1:]), strict=True):
        far = np.hypot(ring[:, 0] - 0.5 - CENTRE[1], ring[:, 1] - 0.5 - CENTRE[0])
        assert abs(far.mean() - radius) < 0.1
        assert far.std() < 0.22


def test_borders_without_an_edge_straighten_and_others_stay() -> None:
    y, x = np.mgrid[:60, :60]
    labels = (x > 30 + 6 * np.sin(y / 4)).astype(np.int64)
    still = np.broadcast_to(y < 30, labels.shape)
    found = flowed(labels, None, 3.0, 24, still=still)
    assert np.array_equal(found[:30], labels[:30])
    edge = (found == 0).sum(axis=1)[36:56]
    assert np.ptp(edge) < 0.4 * np.ptp((labels == 0).sum(axis=1)[36:56])


def test_flow_rounds_corners_off_and_keeps_to_edges() -> None:
    labels = np.zeros((60, 60), np.int64)
    labels[20:40, 20:40] = 1
    free = flowed(labels, None, 2.0, 10)
    assert free[20, 20] == 0
    assert free[30, 21] == 1
    guide = np.where(labels == 1, 1.0, 0.0)[..., None]
    ragged = labels.copy()
    ragged[25:30, 38:43] = 1
    kept = flowed(ragged, guide, 2.0, 10, 0.1)
    assert (kept != labels).sum() < (free != labels).sum()
    assert kept[27, 42] == 0


def test_specks_go_to_the_neighbour_with_the_longest_border() -> None:
    labels = np.zeros((20, 20), np.int64)
    labels[:, 10:] = 1
    labels[5, 9:12] = 2  # three pixels: one in the left half, two in the right one
    labels[15:18, 2:5] = 1  # a second piece of 1
    found = whole(labels, 5)
    assert found[5, 9:12].tolist() == [1, 1, 1]
    assert found[16, 3] == 2
    assert found.max() == 2
    assert whole(labels, 10).max() == 1


def test_an_svg_shows_what_the_picture_shows(tmp_path: Path) -> None:
    from itten.config import Page
    from itten.vector import svg
    from tests.paths import rendered

    image = halves(90, 120)
    found = itten.panes(image, n=6, lead=3.0)
    data = svg(found.drawing(), Page())
    seen = rendered(data, 120, 90)
    apart = np.sqrt(np.square(seen - found.image.permute(1, 2, 0).numpy()).mean())
    assert apart < 0.06
    assert found.pdf(tmp_path / "window.pdf").read_bytes().startswith(b"%PDF-")
