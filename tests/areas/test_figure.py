"""Figures are found: drawn on paper or before a background, the same every time, none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

import itten
from itten.errors import InputError

Y, X = np.mgrid[:120, :160].astype(np.float64)
DISC = np.hypot(Y - 60, X - 70) < 34
TALL = (np.abs(X - 90) < 22) & (np.abs(Y - 60) < 45)
STAR = np.hypot(Y - 58, X - 80) < 36 + 9 * np.cos(5 * np.arctan2(Y - 58, X - 80))


def outlined(shape: np.ndarray, gap: bool = False, paper: float = 0.95) -> torch.Tensor:
    """``shape`` as a contour of ink on slightly uneven paper, some of it hatched."""
    inner = shape & np.roll(shape, 3, 0) & np.roll(shape, -3, 0) & np.roll(shape, 3, 1) & np.roll(shape, -3, 1)
    ink = (shape & ~inner) | (inner & ((X + Y) % 9 < 2) & (Y > 60))
    if gap:
        ink &= ~((np.abs(Y - 40) < 1) & (X > 80))
    grey = np.where(ink, 0.1, paper) + np.random.default_rng(1).normal(0, 0.006, ink.shape)
    return torch.from_numpy(np.clip(grey, 0, 1).astype(np.float32)).expand(3, -1, -1).clone()


def overlap(found: torch.Tensor, shape: np.ndarray) -> float:
    other = torch.from_numpy(shape)
    return float((found & other).sum() / (found | other).sum())


@pytest.mark.parametrize(("shape", "gap", "paper"), [(DISC, False, 0.95), (TALL, True, 0.95), (STAR, False, 0.8)])
def test_drawn_figures_are_found(shape: np.ndarray, gap: bool, paper: float) -> None:
    picture = outlined(shape, gap, paper)
    found = itten.find_figure(picture)
    assert found.dtype == torch.bool
    assert overlap(found, shape) > 0.95
    assert itten.find_figure(picture).equal(found)


def test_what_stands_before_a_background_is_found_and_the_same_every_time() -> None:
    sky = np.stack([0.3 + Y / 200, 0.4 + X / 400, 0.9 - Y / 300])
    sky[:, DISC] = np.array([0.9, 0.3, 0.1])[:, None]
    picture = torch.from_numpy(sky.astype(np.float32))
    found = itten.find_figure(picture)
    assert overlap(found, DISC) > 0.9
    assert itten.find_figure(picture).equal(found)


def test_no_figure_is_found_where_there_is_none() -> None:
    for picture in (torch.full((3, 50, 60), 0.9), torch.zeros(3, 1, 1), torch.ones(3, 2, 80)):
        assert not itten.find_figure(picture).any()
    with pytest.raises(InputError):
        itten.find_figure(torch.zeros(2, 3, 8, 8))


def test_figures_that_run_out_of_the_picture_and_grounds_of_texture() -> None:
    random = np.random.default_rng(3)
    grey = 0.45 + 0.09 * ndimage.gaussian_filter(random.normal(size=Y.shape), 1.0) / 0.28
    person = (np.hypot(Y - 45, X - 80) < 20) | (np.hypot((Y - 120) / 60, (X - 80) / 38) < 1)
    picture = np.stack([grey, grey, grey])
    picture[:, person] = np.array([0.75, 0.35, 0.2])[:, None] + 0.3 * (grey[person] - 0.45)
    found = itten.find_figure(torch.from_numpy(picture.astype(np.float32)))
    assert overlap(found, person) > 0.9


def test_a_sky_that_grows_lighter_is_one_ground() -> None:
    # A dark sky that grows lighter towards the middle is one ground; a threshold on colours alone parts it.
    sky = 0.2 + 0.12 * np.exp(-np.square((X - 80) / 50) - np.square((Y - 60) / 40))
    picture = np.stack([0.6 * sky, 0.8 * sky, 1.2 * sky])
    tower = (np.abs(X - 80) < 9) & (Y > 30) & (Y < 105)
    picture[:, tower] = np.array([0.9, 0.85, 0.75])[:, None]
    found = itten.find_figure(torch.from_numpy(picture.astype(np.float32)))
    assert overlap(found, tower) > 0.9


def on_a_slope(shape: np.ndarray, slope: float, grain: float, colour: np.ndarray | float) -> torch.Tensor:
    """``colour`` added within ``shape`` to a grey that grows lighter from left to right, ``grain`` strong."""
    rough = ndimage.gaussian_filter(np.random.default_rng(3).normal(size=Y.shape), 1.0) / 0.28
    picture = np.repeat((0.45 + slope * (X - 80) / 80 + grain * rough)[None], 3, axis=0)
    picture[:, shape] += colour
    return torch.from_numpy(np.clip(picture, 0, 1).astype(np.float32))


ORANGE = np.array([0.2, 0.06, -0.14])[:, None]


def test_ways_from_the_rim_find_what_is_not_in_the_middle() -> None:
    # The middle of the slope looks like neither of its ends: where it lies alone, it would be the figure.
    aside = np.hypot(Y - 60, X - 45) < 20
    assert overlap(itten.find_figure(on_a_slope(aside, 0.3, 0.02, ORANGE)), aside) > 0.9


SITTER = (np.hypot(Y - 45, X - 53) < 27) | (np.hypot((Y - 120) / 75, (X - 53) / 35.1) < 1)


@pytest.mark.parametrize(
    ("shape", "slope", "grain", "much"),
    [(np.hypot(Y - 60, X - 50) < 26, 0.35, 0.04, 1.05), (SITTER, 0.1, 0.05, 0.5)],
    ids=["ways", "all"],
)
def test_eigenvectors_tell_a_ground_in_itself_from_a_figure(
    shape: np.ndarray, slope: float, grain: float, much: float
) -> None:
    # The first is lost if ways go by colours alone, the second if nothing knows of eigenvectors.
    assert overlap(itten.find_figure(on_a_slope(shape, slope, grain, much * ORANGE)), shape) > 0.9


def test_what_lies_at_the_rim_is_figure_if_its_colours_are() -> None:
    # Shoulders touch the lower rim and lie far from the middle; their colours are those of the rest.
    person = (np.hypot(Y - 45, X - 89) < 22) | (np.hypot((Y - 120) / 58, (X - 89) / 40) < 1)
    colour = np.array([-0.08, 0.09, 0.025])[:, None] - np.array([0.1, 0.015, 0.005])[:, None] * (X[person] > 89)
    assert overlap(itten.find_figure(on_a_slope(person, 0.1, 0.08, colour)), person) > 0.9


def test_figures_that_fill_most_of_the_picture() -> None:
    # Three sides are figure; taken for ground, they look like the rest of it, and the picture is looked at again.
    large = X + 20 * np.cos(Y / 30) < 105
    colour = np.array([0.1, 0.0, -0.1])[:, None] + 0.1 * np.sin(X[large] / 5)
    assert overlap(itten.find_figure(on_a_slope(large, 0.0, 0.08, colour)), large) > 0.9
