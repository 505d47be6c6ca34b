"""Tiles leave no seams: the default field jumps no more at their borders than elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import itten
from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.graph.blocks import TILE_WIDTH, plan_within

MOST = 1.1


def jumps(field: np.ndarray, starts: np.ndarray, axis: int) -> float:
    """The mean step across the lines before ``starts``, over the mean step everywhere else."""
    step = np.abs(np.diff(field, axis=axis)).mean(axis=1 - axis)
    inner = np.unique(starts[(starts > 0) & (starts <= len(step))]) - 1
    rest = np.setdiff1d(np.arange(len(step)), inner)
    return float(step[inner].mean() / step[rest].mean())


@pytest.mark.parametrize("name", ["figure", "windows", "tonal", "botanical", "portrait"])
def test_no_seam_is_seen(name: str, record_property: Callable[[str, object], None]) -> None:
    """The mean of both directions over all default vectors; of one line alone the picture decides more than tiles."""
    image = itten.samples.load(name)[:, :400, :416]
    config = SpectrumConfig()
    plan = plan_within(*image.shape[1:], *config.blocks, make_stencil(config.radii, config.weights))
    found = itten.spectrum(image, 8).vectors[1:].numpy()
    rows = np.concatenate([plan.tops, plan.tops + plan.tile_height])
    columns = np.concatenate([plan.lefts, plan.lefts + TILE_WIDTH])
    ratios = [np.mean([jumps(field, rows, 0), jumps(field, columns, 1)]) for field in found]
    record_property("figure", f"{name}: {np.mean(ratios):.2f}")
    assert np.mean(ratios) <= MOST
