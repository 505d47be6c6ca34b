"""``itten ground``, ``--spare-figure`` and :func:`itten.fill_ground`: the figure stays, the ground fills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import itten


def figure_and_mask() -> tuple[torch.Tensor, torch.Tensor]:
    """A ring of ink on paper with a dot in it, and where the ring and what it encloses is."""
    y, x = np.mgrid[:128, :144].astype(np.float64)
    away = np.hypot(y - 64, x - 72)
    ink = np.maximum(np.clip(3.5 - np.abs(away - 30), 0, 1), np.clip(5 - np.hypot(y - 60, x - 66), 0, 1))
    picture = torch.from_numpy((0.96 - 0.88 * ink).astype(np.float32)).expand(3, -1, -1).clone()
    return picture, torch.from_numpy(away < 33)


def strokes() -> torch.Tensor:
    """A page of short strokes."""
    y, x = np.mgrid[:96, :96].astype(np.float64)
    ink = np.clip(2.2 - np.abs((x % 16) - 8 - 3 * np.sin(y / 5 + x // 16)), 0, 1) * ((y % 24) < 16) * ((x % 16) < 15)
    page = np.stack([0.97 - 0.9 * ink, 0.97 - 0.6 * ink, 0.97 - 0.2 * ink])
    return torch.from_numpy(page.astype(np.float32))


def even(changed: torch.Tensor, ground: torch.Tensor) -> list[float]:
    """The share of the ground that changed, in each quarter."""
    height, width = changed.shape
    quarters = [
        (slice(a, a + height // 2), slice(b, b + width // 2)) for a in (0, height // 2) for b in (0, width // 2)
    ]
    return [float(changed[one].sum() / ground[one].sum()) for one in quarters]


@pytest.fixture
def pair(folder: Path) -> Path:
    itten.write_image(figure_and_mask()[0], "ring.png")
    itten.write_image(strokes(), "strokes.png")
    return folder


def test_the_figure_stays_and_the_ground_fills_evenly(pair: Path, run: Callable) -> None:
    ran = run("ground", "ring.png", "strokes.png", "-o", "out.png", "--save-figure", "figure.png", "-p", 2)
    assert (ran.code, ran.out, ran.err) == (0, "out.png\nfigure.png\n", "")
    before, after = itten.read_image("ring.png"), itten.read_image("out.png")
    figure = itten.read_image("figure.png")[0] > 0.5
    assert figure.equal(itten.find_figure(before))
    assert after[:, figure].equal(before[:, figure])
    ground = ~figure
    changed = (after - before).abs().amax(dim=0) > 0.02
    shares = even(changed & ground, ground)
    assert min(shares) > 0.2
    assert max(shares) < 2 * min(shares)
    # What Python makes is what is written, and the file makes it again.
    made = itten.fill_ground("ring.png", "strokes.png", passes=2).image
    assert (made - after).abs().max() <= 0.51 / 255
    again = run("replay", "out.png")
    assert again.code == 0
    assert "byte by byte" in again.err


def test_a_figure_that_is_given_is_kept_and_shade_spares_one(pair: Path, run: Callable) -> None:
    mask = torch.zeros(3, 128, 144)
    mask[:, :, 72:] = 1.0
    itten.write_image(mask, "mask.png")
    assert run("ground", "ring.png", "strokes.png", "--figure", "mask.png", "-p", 1, "-o", "half.png").code == 0
    before, half = itten.read_image("ring.png"), itten.read_image("half.png")
    assert half[:, :, 72:].equal(before[:, :, 72:])
    assert not half.equal(before)
    assert run("shade", "ring.png", "--spare-figure", "-p", 1, "-o", "spared.png").code == 0
    spared, found = itten.read_image("spared.png"), itten.find_figure(before)
    assert spared[:, found].equal(before[:, found])


def test_without_a_figure_all_is_ground(pair: Path, run: Callable) -> None:
    itten.write_image(torch.full((3, 40, 40), 0.9), "blank.png")
    ran = run("ground", "blank.png", "strokes.png", "-p", 1, "-o", "out.png")
    assert ran.code == 0
    assert "no figure was found in 'blank.png': all of it is ground" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--figure", "b.png", "--save-figure", "x.png"], "none is looked for"),
        (["--save-figure", "x.png", "-o", "-"], "-o FILE"),
        (["--save-figure", "x.xyz"], "no known picture suffix"),
        (["--save-figure", "out.png", "-o", "out.png"], "both be written"),
        (["--save-figure", "b.png", "--overwrite"], "which is read"),
        (["--look", "handwritin"], "did you mean 'handwriting'"),
    ],
)
def test_mistakes(run: Callable, arguments: list[str], words: str) -> None:
    ran = run("ground", "a.png", "b.png", *arguments)
    assert ran.code == 2
    assert words in ran.err
