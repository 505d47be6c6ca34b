"""Voids, turns and places: copies land where nothing is, whole and in the source's colours."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage import data

import itten
from itten.config import HeadConfig, ShaderConfig
from itten.heads import (
    contour,
    copy_segments,
    coverage,
    find_segments,
    marks,
    orientation,
    place_in_voids,
    soft,
    spectral_gate,
    turned,
)
from itten.heads.content import crowded
from itten.heads.working import low_passed
from itten.image import as_image
from itten.shader import read_source, shade_pass
from itten.shader.chain import DOTS

PICTURES = (*itten.samples.names(), "astronaut", "camera", "chelsea", "coffee", "coins")
# Soft and hard drawings, dither, and photographs; the others are seen by `make test-long`.
SHORT = ("botanical", "hatched", "portrait", "woven", "astronaut", "coins")


def picture(name: str) -> torch.Tensor:
    """At most 288 pixels of the middle, in each direction."""
    if name in itten.samples.names():
        image = itten.samples.load(name)
    else:
        values = getattr(data, name)()
        image = as_image(values if values.ndim == 3 else np.repeat(values[:, :, None], 3, axis=2))
    height, width = image.shape[1:]
    top, left = max(height - 288, 0) // 2, max(width - 288, 0) // 2
    return image[:, top : top + 288, left : left + 288].contiguous()


def empty(image: torch.Tensor, field: torch.Tensor, config: ShaderConfig) -> torch.Tensor:
    """Where a picture has no content: high gate, no contour; in a soft one, no coverage."""
    is_soft = soft(image)
    content = marks(image)[1] if is_soft else contour(image)
    if not is_soft and crowded(content):
        content = marks(low_passed(image, DOTS))[1]
    void = ~(spectral_gate(field, config.sharpness, config.percentile, content) < 0.5) & ~content
    return void & (coverage(image, content).alpha == 0) if is_soft else void


@pytest.mark.parametrize(
    "name", [one if one in SHORT else pytest.param(one, marks=pytest.mark.long) for one in PICTURES]
)
def test_front_copies_land_in_voids_and_on_no_other(name):
    image = picture(name)
    config = ShaderConfig(min_pixels=12, max_segments=60, turn="align")
    result = shade_pass(image, config, config.schedule(1)[0])
    (front,) = result.fronts
    assert len(front) > 0, "nothing was placed"
    assert bool(empty(image, result.field[0], config).flatten()[front.place].all())
    assert len(front.place.unique()) == len(front.place), "copies overlap"


def test_copies_keep_their_clearance():
    image = picture("hatched")
    config = ShaderConfig(min_pixels=12, clearance=4.0)
    result = shade_pass(image, config, config.schedule(1)[0])
    (front,) = result.fronts
    void = empty(image, result.field[0], config).numpy()
    distance = ndimage.distance_transform_edt(void)
    assert distance.ravel()[front.place.numpy()].min() > 4.0
    for number in front.owner.unique().tolist()[:6]:
        others = np.ones(void.shape, bool)
        others.ravel()[front.place[front.owner != number].numpy()] = False
        apart = ndimage.distance_transform_edt(others).ravel()[front.place[front.owner == number].numpy()]
        assert apart.min() > 4.0


def test_drop_shadows_lie_beside_their_copies_on_void_ground():
    mask = torch.zeros((40, 60), dtype=torch.bool)
    mask[4:9, 4:12] = True
    table = find_segments(mask, torch.zeros(40, 60), 1, 9)
    void = torch.zeros((40, 60), dtype=torch.bool)
    void[2:30, 14:34] = True
    head = HeadConfig(turn=0.0, clearance=0.0, shadow="drop", strength=20.0)
    shadow, front = copy_segments(table, table, torch.tensor([[0]]), void, torch.zeros(40, 60), head)
    assert len(front) == int(mask.sum())
    expected = (front.place + 8 * 60 + 6).tolist()
    assert set(shadow.place.tolist()) == {at for at in expected if void.flatten()[at]}
    narrow = void.clone()
    narrow[:, 24:] = False
    shadow, front = copy_segments(table, table, torch.tensor([[0]]), narrow, torch.zeros(40, 60), head)
    assert 0 < len(shadow) < len(front)
    assert bool(narrow.flatten()[shadow.place].all())


def test_a_direction_is_kept_to():
    image = picture("brush")
    for degrees in (0.0, 90.0, -120.0):
        config = ShaderConfig(min_pixels=12, direction=degrees, shadow="none", turn=0.0)
        result = shade_pass(image, config, config.schedule(1)[0])
        assert result.fronts
        (front,) = result.fronts
        table = read_source(image, config).segments[0]
        width = image.shape[2]
        for number in front.owner.unique().tolist():
            mine = front.owner == number
            # Turned by 0: all pixels have moved by one vector.
            moved = torch.stack(
                [
                    front.place[mine] // width - front.origin[mine] // width,
                    front.place[mine] % width - front.origin[mine] % width,
                ],
                1,
            )
            assert len(moved.unique(dim=0)) == 1
        assert len(table) > 0


def test_direction_by_hand():
    free = torch.ones((41, 41), dtype=torch.bool)
    free[15:26, 15:26] = False
    table = find_segments(~free, torch.zeros(41, 41), 1, 1)
    dot = turned(table.label_map(), table.box, table.centroid, torch.tensor([0]), torch.ones(1), torch.zeros(1))
    start = torch.tensor([[20, 20]])
    for degrees, expected in ((0.0, (0, 1)), (90.0, (-1, 0)), (180.0, (0, -1)), (270.0, (1, 0))):
        chosen, place = place_in_voids(free, dot, start, 1, 0.0, direction=degrees)
        y, x = (place[0] - start[0]).tolist()
        assert chosen.tolist() == [0]
        assert (
            math.atan2(-y, x) == pytest.approx(math.atan2(-expected[0], expected[1]), abs=math.radians(31))
            or degrees == 180.0
        )
        assert y * expected[0] + x * expected[1] >= math.cos(math.radians(30)) * math.hypot(y, x) - 1e-9


def test_what_fits_nowhere_is_left_out_and_a_smaller_match_takes_its_place():
    mask = torch.zeros((40, 60), dtype=torch.bool)
    mask[4:30, 4:34] = True
    mask[4:9, 40:45] = True
    table = find_segments(mask, torch.zeros(40, 60), 1, 9)
    void = torch.zeros((40, 60), dtype=torch.bool)
    void[20:36, 40:56] = True
    head = HeadConfig(shadow="none", turn=0.0, clearance=0.0)
    busy = torch.zeros(40, 60)
    _, front = copy_segments(table, table, torch.tensor([[0, 1], [0, 1]]), void, busy, head)
    assert front.owner.unique().tolist() == [0, 1]
    assert len(front) == 50
    _, none = copy_segments(table, table, torch.tensor([[0], [0]]), void, busy, head)
    assert len(none) == 0


def solid(shape: str) -> torch.Tensor:
    """Shapes without holes."""
    y, x = np.mgrid[:61, :61] - 30.0
    mask = {
        "disc": np.hypot(y, x) < 17.3,
        "bar": (np.abs(y) < 4) & (np.abs(x) < 25),
        "thin": (np.abs(y) < 1) & (np.abs(x) < 25),
        "cross": (np.abs(y) < 5) & (np.abs(x) < 22) | (np.abs(x) < 5) & (np.abs(y) < 22),
        "wedge": (y < 18) & (x < 15) & (y + x > -8),
    }[shape]
    return torch.from_numpy(mask)


@pytest.mark.parametrize("shape", ["disc", "bar", "thin", "cross", "wedge"])
@pytest.mark.parametrize("degrees", [0, 7, 30, 45, 61.3, 90, 123, 180, 200.7, 315])
def test_turned_copies_have_no_holes(shape, degrees):
    mask = solid(shape)
    table = find_segments(mask, torch.zeros(61, 61), 1, 1)
    angle = math.radians(degrees)
    cosine, sine = (torch.tensor([f(angle)], dtype=torch.float64) for f in (math.cos, math.sin))
    copies = turned(table.label_map(), table.box, table.centroid, torch.tensor([0]), cosine, sine)
    landed = np.zeros((121, 121), bool)
    y, x = copies.offset.numpy().T
    landed[y + 60, x + 60] = True
    assert landed.sum() == len(copies.offset), "a pixel was written twice"
    # Every pixel whose centre, turned back, lies in the shape's inside must be written, and none far outside.
    dy, dx = np.mgrid[-60:61, -60:61]
    cy, cx = table.centroid[0].tolist()
    back_y = cy + math.cos(angle) * dy + math.sin(angle) * dx
    back_x = cx - math.sin(angle) * dy + math.cos(angle) * dx
    inside = ndimage.map_coordinates(
        ndimage.distance_transform_edt(mask), [np.clip(back_y, 0, 60), np.clip(back_x, 0, 60)], order=1
    )
    assert landed[inside > 1.0].all()
    assert not landed[inside == 0].any()
    np.testing.assert_array_equal(ndimage.binary_fill_holes(landed), landed)
    assert abs(landed.sum() - int(mask.sum())) <= 0.5 * np.hypot(*mask.shape)


@pytest.mark.parametrize(
    "turn",
    [33.0, "random", "align", "void", "quarter", *(pytest.param(one, marks=pytest.mark.long) for one in (45.0, 200.0))],
)
def test_turned_copies_have_only_colours_of_the_source(turn):
    source = (itten.samples.load("woven")[:, :160, :160] * 6).round() / 6
    target = picture("brush")
    keys = {"min_pixels": 12, "palette": "keep", "shadow": "none", "thicken": False, "copies": 2, "edges": "hard"}
    result = itten.shade(target, source, ShaderConfig(turn=turn, **keys), passes=1)
    changed = (result.image != target).any(0)
    assert int(changed.sum()) > 100
    palette = {tuple(colour) for colour in source.flatten(1).T.tolist()}
    assert {tuple(colour) for colour in result.image[:, changed].T.tolist()} <= palette


@pytest.mark.parametrize("degrees", [0, 20, 75, 110, 160, 205, 290, 340])
def test_orientation_turns_with_the_segment(degrees):
    """A wedge-shaped bar has a head: its angle is known up to a full turn."""
    y, x = np.mgrid[:121, :121] - 60.0
    angle = math.radians(degrees)
    u, v = math.cos(angle) * x - math.sin(angle) * y, math.sin(angle) * x + math.cos(angle) * y
    mask = torch.from_numpy((u > -20) & (u < 40) & (np.abs(v) < (40 - u) / 5))
    table = find_segments(mask, torch.zeros(121, 121), 1, 1)
    found = math.degrees(float(orientation(table)[0]))
    assert (found - degrees + 180) % 360 - 180 == pytest.approx(0, abs=3)


def test_align_gives_a_copy_the_axis_of_its_target():
    y, x = np.mgrid[:90, :90] - 45.0
    wide = torch.from_numpy((np.abs(y) < 3) & (np.abs(x) < 25))
    tilted = torch.from_numpy((np.abs(x + y) < 5) & (np.abs(x - y) < 40))
    source, target = (find_segments(mask, torch.zeros(90, 90), 1, 1) for mask in (wide, tilted))
    void = torch.ones((90, 90), dtype=torch.bool)
    head = HeadConfig(turn="align", shadow="none", overlap=True)
    _, front = copy_segments(target, source, torch.tensor([[0]]), void, torch.zeros(90, 90), head)
    landed = torch.zeros(90 * 90, dtype=torch.bool)
    landed[front.place] = True
    table = find_segments(landed.reshape(90, 90), torch.zeros(90, 90), 1, 1)
    assert float(orientation(table)[0]) == pytest.approx(float(orientation(target)[0]), abs=0.05)


def test_turning_towards_the_void():
    """In a vertical corridor a horizontal bar stands upright."""
    bar = torch.zeros((80, 80), dtype=torch.bool)
    bar[40:43, 5:30] = True
    table = find_segments(bar, torch.zeros(80, 80), 1, 1)
    void = torch.zeros((80, 80), dtype=torch.bool)
    void[2:78, 32:40] = True
    head = HeadConfig(turn="void", shadow="none", clearance=0.0)
    _, front = copy_segments(table, table, torch.tensor([[0]]), void, torch.zeros(80, 80), head)
    assert len(front) == int(bar.sum())
    rows, columns = front.place // 80, front.place % 80
    assert int(rows.max() - rows.min()) > 4 * int(columns.max() - columns.min())


def test_random_turns_follow_the_seed():
    target = picture("script")[:, :192, :192].contiguous()
    config = ShaderConfig(min_pixels=12, turn="random")
    first = itten.shade(target, None, config, passes=1).image
    assert torch.equal(first, itten.shade(target, None, config, passes=1).image)
    assert not torch.equal(first, itten.shade(target, None, config.changed(seed=1), passes=1).image)
