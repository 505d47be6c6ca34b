"""Pictures that are dots throughout: copies go by the greys that the dots add up to."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch
from PIL import Image

import itten
from itten.heads import contour
from itten.heads.content import crowded
from tests.pictures import drawing


def dithered(size: int = 160) -> torch.Tensor:
    """Two discs on a slope, of greys that leave neither black nor white, dithered to one bit."""
    y, x = np.mgrid[:size, :size] / size
    grey = 0.55 + 0.15 * x
    grey[np.hypot(y - 0.3, x - 0.3) < 0.15] = 0.3
    grey[np.hypot(y - 0.7, x - 0.6) < 0.12] = 0.85
    dots = np.asarray(Image.fromarray((grey * 255).astype(np.uint8)).convert("1"), dtype=np.float32)
    return torch.from_numpy(dots).expand(3, -1, -1).contiguous()


def test_a_picture_of_dots_is_crowded_and_a_drawing_is_not():
    assert crowded(contour(dithered()))
    assert not crowded(contour(drawing()))
    nothing, everything = torch.zeros(20, 20, dtype=torch.bool), torch.ones(20, 20, dtype=torch.bool)
    assert crowded(nothing)
    assert crowded(everything)


@pytest.mark.parametrize("module", [False, True])
def test_copies_are_placed_between_greys_and_it_is_said(caplog: pytest.LogCaptureFixture, module: bool):
    picture = dithered()
    run = itten.SpectralShader() if module else itten.shade
    with caplog.at_level(logging.WARNING, logger="itten"):
        found = run(picture, passes=2).image
    assert "dots throughout" in caplog.text
    changed = (found != picture).any(dim=0)
    # Whole copies, not single dots; no colour that was not there.
    assert int(changed.sum()) > 300
    assert set(found.unique().tolist()) == {0.0, 1.0}
    # Nothing grows: the dots of the discs are as they were where no copy lies.
    assert bool((~changed).double().mean() > 0.5)
