"""All lines of a picture: families, each along a phase and in one ink."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from itten.config import EngraveConfig
from itten.kernels import choose, kernel
from itten.lines.guide import Guide, directions, guide, mixture, resized
from itten.lines.inks import coverages, crossed, darkest, toned
from itten.lines.outline import outlined
from itten.lines.phase import Phase, phase

# Rows of a drawing that are made at once.
ROWS = 256


@dataclass(frozen=True)
class Family:
    """Lines of one ``phase`` in ink number ``ink``, which cover ``coverage`` ``(H, W)`` float32 of the paper."""

    phase: Phase
    ink: int
    coverage: np.ndarray


def lines(
    picture: torch.Tensor, spacing: float, config: EngraveConfig, allowed: torch.Tensor | None = None
) -> tuple[tuple[Family, ...], np.ndarray]:
    """All families of lines of ``picture`` ``(3, H, W)`` float32, and the first mixture ``(h, w)`` float32. Nothing is
    covered where ``allowed`` ``(H, W)`` bool is False."""
    shared = guide(picture, spacing, config, len(config.inks))
    cover = coverages(toned(picture.numpy(), config), config)
    if config.outline:
        cover[darkest(config)] = outlined(
            cover[darkest(config)], picture.numpy(), config.outline, config.border, 2 * spacing
        )
    if allowed is not None:
        cover *= allowed.numpy()
    families: list[Family] = []
    field = None
    for ink, wide in enumerate(cover):
        weights = mixture(config.mixture + ink, config, len(shared.vectors), ink)
        if field is None:
            field = np.tensordot(weights, shared.vectors, 1).astype(np.float32)
        level = config.along == "levels"
        if config.cross < 1:
            first, second = crossed(wide, config.cross)
            families.append(_family(shared, weights, not level, first, ink, spacing, config))
            families.append(_family(shared, weights, level, second, ink, spacing, config))
        else:
            families.append(_family(shared, weights, not level, wide, ink, spacing, config))
    assert field is not None
    return tuple(families), field


def _family(
    shared: Guide,
    weights: np.ndarray,
    gradient: bool,
    cover: np.ndarray,
    ink: int,
    spacing: float,
    config: EngraveConfig,
) -> Family:
    grid = resized(torch.from_numpy(cover)[None], *shared.colours.shape[1:])[0].numpy()
    dark = gaussian_filter(grid, 0.5 * spacing / shared.step) > 0.5
    return Family(phase(shared, directions(shared, weights, config, gradient), spacing, dark), ink, cover)


def phase_between(
    lines: Phase, picture: torch.Tensor, config: EngraveConfig, size: tuple[int, int], first: int, last: int
) -> np.ndarray:
    """The phase of rows ``first … last`` of a drawing of ``size``, as the kernel ``phase_rows`` tells it."""
    guide = lines.guide.colours, picture.numpy(), 1.5 * config.border
    return kernel("phase_rows", choose("phase_rows"))(
        lines.z, lines.direction, lines.frequency, *guide, size, first, last
    )
