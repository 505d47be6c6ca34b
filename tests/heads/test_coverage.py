"""Soft pictures: what is drawn, how much of a pixel it covers, and what growing and copying make of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage, optimize

import itten
from itten.config import HeadConfig, PassParameters
from itten.heads import copy_segments, coverage, find_segments, marks, soft
from itten.heads.composite import composite
from itten.heads.coverage import Coverage, filled
from itten.heads.palette import copy_colours
from itten.heads.thicken import grow
from tests.drawn import CENTRE, INK, capsule, grid, hatching, painted, rings

PASSES = [
    PassParameters(effect=1.0, thicken_modulation=0.0, kernel_sigma_ratio=0.5, fill_threshold=0.1, dilation_radius=r)
    for r in (3, 2, 2, 1)
]


def grown(image: torch.Tensor, passes: int, backend: str = "auto") -> torch.Tensor:
    """Open gate, nothing busy: as much as the envelope allows."""
    for parameters in PASSES[:passes]:
        whole = torch.ones(image.shape[1:])
        image = grow(image, whole, 0 * whole, parameters, coverage(image, marks(image)[1]), backend)
    return image


def darkness(image: torch.Tensor) -> np.ndarray:
    return 1.0 - image.mean(dim=0).double().numpy()


def tangential_step(image: torch.Tensor, radii=(40, 70, 100)) -> float:
    grey, steps = 1 - darkness(image), []
    for radius in np.concatenate([radius + np.arange(-4, 4.01, 0.5) for radius in radii]):
        angle = np.linspace(0, 2 * np.pi, int(2 * np.pi * radius), endpoint=False)
        at = [CENTRE[0] + radius * np.sin(angle), CENTRE[1] + radius * np.cos(angle)]
        values = ndimage.map_coordinates(grey, at, order=1)
        after = np.roll(values, -1)
        steps.append(np.abs(after - values)[(values < 0.9) | (after < 0.9)])
    return float(np.concatenate(steps).mean())


@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_rings_stay_rings(backend):
    image = painted(rings())
    result = grown(image, 3, backend)
    assert tangential_step(result) <= 1.15 * tangential_step(image)
    y, x = grid(256, 256)
    away, angle = np.hypot(y - CENTRE[0], x - CENTRE[1]), np.arctan2(y - CENTRE[0], x - CENTRE[1])
    sector = ((angle + np.pi) / (2 * np.pi) * 72).astype(int) % 72
    alpha = darkness(result) / darkness(torch.tensor(INK)[:, None, None]).item()
    for radius in (40, 70, 100):
        near = np.abs(away - radius) < 8

        def off(numbers, near=near):
            return np.clip(0.5 - np.abs(away[near] - numbers[0]) + numbers[1] / 2, 0, 1) - alpha[near]

        found = optimize.minimize(lambda numbers: (off(numbers) ** 2).mean(), [radius, 4.0], method="Nelder-Mead").x
        assert found == pytest.approx([radius, 5.2], abs=0.7)
        error = off(found)
        for number in range(72):
            assert np.sqrt((error[sector[near] == number] ** 2).mean()) <= 0.04


@pytest.mark.parametrize("pitch", [5.0, 6.0, 8.0, 12.0])
@pytest.mark.parametrize("degrees", [0, 23, 45, 60])
def test_hatching_stays_hatching_and_a_line_at_most_doubles(pitch, degrees):
    image = painted(hatching(pitch, degrees))
    result = grown(image, 4)
    light = result.mean(dim=0).numpy()
    along = np.arange(-30.0, 31.0)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    paper = (1 + np.mean(INK)) / 2
    for number in range(-3, 3):
        beside = (number + 0.5) * pitch - 0.37
        middle = [48 + beside * s + along * c, 48 + beside * c - along * s]
        beside = ([middle[0] + t * s, middle[1] + t * c] for t in (-0.5, 0, 0.5))
        across = [ndimage.map_coordinates(light, at, order=0) for at in beside]
        assert np.max(across, axis=0).min() >= paper
    inner = (slice(12, -12), slice(12, -12))
    assert 1.15 < darkness(result)[inner].mean() / darkness(image)[inner].mean() <= 2.0


GOLD, NIGHT, PENCIL, GREY = (0.9, 0.8, 0.3), (0.1, 0.1, 0.2), (0.7, 0.7, 0.7), (0.85, 0.85, 0.85)


@pytest.mark.parametrize(("ink", "paper"), [(INK, (1, 1, 1)), (GOLD, NIGHT), (PENCIL, GREY)])
def test_coverage_of_a_stroke_is_that_of_its_edge(ink, paper):
    alpha, _ = capsule((96, 90), (47.3, 44.6), 20)
    image = painted(alpha, ink, paper)
    lines, content = marks(image)
    found = coverage(image, content)
    np.testing.assert_allclose(found.alpha.numpy(), alpha, atol=0.05)
    assert (np.abs(alpha - 0.5)[content.numpy() != (alpha > 0.5)] < 0.25).all()
    assert not (lines & ~content).any()
    again = found.layer + (1 - found.alpha) * torch.tensor(paper)[:, None, None]
    torch.testing.assert_close(torch.where(found.alpha > 0, again, image), image, rtol=0, atol=1e-5)


def test_lines_are_seen_on_a_wash():
    y, x = grid(160, 160)
    wash = np.clip(40.5 - np.hypot(y - 80, x - 80), 0, 1)
    paper = np.array([0.97, 0.95, 0.9])[:, None, None] * (1 - wash) + np.array([0.6, 0.75, 0.5])[:, None, None] * wash
    line = hatching(16.0, 30.0, size=160) * (wash > 0)
    image = torch.from_numpy((paper * (1 - line) + 0.1 * line).astype(np.float32))
    lines, content = marks(image)
    inside = wash > 0.9
    assert (lines.numpy()[inside] == (line[inside] > 0.5)).mean() > 0.98
    assert content.numpy()[inside].mean() > 0.98
    assert not content.numpy()[wash == 0].any()
    close = coverage(image, lines)
    middle = np.hypot(y - 80, x - 80) < 30
    np.testing.assert_allclose(close.alpha.numpy()[middle], line[middle], atol=0.12)


def test_what_has_no_weight_is_filled_from_around():
    values = torch.linspace(0, 1, 33)[None, None].expand(1, 20, 33).contiguous()
    weight = torch.ones(20, 33)
    weight[5:15, 10:20] = 0
    found = filled(values, weight)
    assert torch.equal(found[:, weight > 0], values[:, weight > 0])
    assert (found - values).abs().max() < 0.15
    assert not filled(values, torch.zeros(20, 33)).any()
    assert torch.equal(filled(torch.full((3, 7, 5), 0.3), torch.eye(7, 5)), torch.full((3, 7, 5), 0.3))


@pytest.mark.parametrize(
    ("degrees", "mirror", "scale"),
    [*((d, m, 1.0) for d in (0, 15, 33, 45, 90) for m in (False, True)), (20, False, 1.6), (33, True, 0.5)],
)
def test_a_copy_is_as_smooth_as_the_stroke_at_any_angle(degrees, mirror, scale):
    shape, middle = (96, 96), (48.3, 47.6)
    alpha, _ = capsule(shape, middle, 20)
    source = painted(alpha)
    found = coverage(source, marks(source)[1])
    table = find_segments(found.content, torch.zeros(shape), 5, 5)
    assert len(table) == 1
    sheet = found.sheet(source, table.label_map(), False)
    head = HeadConfig(
        place="seed", strength=0, turn=float(degrees), shadow="none", palette="keep", mirror=mirror, scale=scale
    )
    ground = torch.full((3, *shape), 0.5)
    void = torch.ones(shape, dtype=torch.bool)
    matches = torch.zeros((1, 1), dtype=torch.int64)
    _, points = copy_segments(table, table, matches, void, torch.zeros(shape), head, sheet=sheet)
    colours = copy_colours(source.flatten(1), points, ground, void, head)
    result = composite(ground, points.place, colours, coverage=points.coverage).double().numpy()
    about = table.centroid[0].double().numpy()
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    off = (np.array(middle) - about) * [scale, -scale if mirror else scale]
    turned = about[0] + c * off[0] - s * off[1], about[1] + s * off[0] + c * off[1]
    # Mirrored left to right, what rose to the right falls to the right.
    wanted, distance = capsule(shape, turned, (160 if mirror else 20) + degrees, 40.0 * scale, 7.3 * scale)
    truth = painted(wanted, INK, (0.5, 0.5, 0.5)).double().numpy()
    band = np.abs(distance) < 3
    # An enlarged edge is as many times softer.
    assert np.sqrt(((result - truth)[:, band] ** 2).mean()) <= 0.03 * max(scale, 1.0)
    assert (result - 0.5).max() <= 2 / 255
    assert (np.array(INK)[:, None, None] - result).max() <= 1 / 255
    assert (result != 0.5).any()


def test_a_copy_in_its_own_place_is_the_picture():
    image = itten.samples.load("botanical")[:, 200:330, 80:230].contiguous()
    found = coverage(image, marks(image)[1])
    table = find_segments(found.content, torch.zeros(image.shape[1:]), 25, 40)
    head = HeadConfig(place="seed", strength=0, turn=0.0, shadow="none", palette="keep")
    own = torch.arange(len(table))[:, None]
    void = torch.ones(image.shape[1:], dtype=torch.bool)
    sheet = found.sheet(image, table.label_map(), False)
    _, points = copy_segments(table, table, own, void, torch.zeros(image.shape[1:]), head, sheet=sheet)
    colours = copy_colours(image.flatten(1), points, image, void, head)
    paper = torch.where(found.alpha < 1, (image - found.layer) / (1 - found.alpha).clamp(min=1e-6), image)
    result = composite(paper, points.place, colours, coverage=points.coverage)
    covered = torch.zeros(image.shape[1:], dtype=torch.bool).flatten()
    covered[points.place] = True
    torch.testing.assert_close(result.flatten(1)[:, covered], image.flatten(1)[:, covered], rtol=0, atol=2e-3)


def test_pieces_of_everything_have_borders_that_are_half_covered():
    image = torch.rand((3, 20, 30), generator=torch.Generator().manual_seed(0))
    labels = torch.zeros((20, 30), dtype=torch.int64)
    labels[4:12, 5:15] = 1
    nothing = torch.zeros(20, 30)
    cover = Coverage(nothing, image, image * 0, nothing > 0)
    same, stack = cover.sheet(image, labels, True)
    assert same is labels
    assert set(stack[3][labels == 1].tolist()) == {0.5, 1.0}
    assert int((stack[3][labels == 1] == 0.5).sum()) == 32
    assert torch.equal(stack[:3], stack[3] * image)


def test_soft_and_hard_pictures_are_told_apart():
    small = rings(96, (20, 40), 3.0, (47.2, 48.4))
    assert soft(painted(small))
    assert soft(painted((small * 12).round() / 12))  # as supersampled ones are
    assert soft(painted(small, (0.8, 0.8, 0.8), (0.88, 0.88, 0.88)))
    assert not soft(painted(small.round()))
    assert not soft(painted((small * 3).round() / 3))
    assert not soft(torch.full((3, 30, 30), 0.4))
    assert not soft(torch.rand((3, 1, 1)))
    palette = torch.rand((3, 24), generator=torch.Generator().manual_seed(1))
    choice = torch.randint(0, 24, (40, 50), generator=torch.Generator().manual_seed(2))
    for large in (1, 3):
        assert not soft(palette[:, choice].repeat_interleave(large, 1).repeat_interleave(large, 2))
    grain = torch.rand((1, 90, 80), generator=torch.Generator().manual_seed(3))
    ramp = torch.linspace(0, 1, 80).expand(3, 90, 80)
    assert not soft((ramp + grain > 1).float())
    assert not soft(((ramp * 3 + grain - 0.5).round() / 3).clamp(0, 1))
    for name in itten.samples.names():
        assert soft(itten.samples.load(name)) == (name != "portrait"), name  # that is dither
