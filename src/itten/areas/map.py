"""Bands: a field of a picture as a map of heights, with tints, contour lines and shaded hills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from itten.areas.heights import heights, levels_of
from itten.areas.tints import tints
from itten.config import BandsConfig
from itten.config.base import config_of
from itten.image.coerce import one_picture
from itten.image.oklab import from_oklab, to_oklab
from itten.needs import bands_needs, check_room

# Width of contour lines left to themselves, in thousandths of the longer side, and their least in pixels.
LINE, THINNEST = 1.3, 0.8
# Lines that lie closer than so many of their widths fade, down to this share.
CROWDED, FADED = 3.5, 0.2
# Lightness of a line in its band's own colour, as a share of the band's, and how much lines cover.
DARK, INK = 0.45, 0.85
# How far from white or black light and shade begin to be held back.
HEADROOM = 0.4
# Hills are lit from the upper left. Slopes of this percentile of all are steep, and change lightness by RELIEF.
LIGHT, STEEP, RELIEF = (-0.70710678, -0.70710678), 95.0, 0.3


@dataclass(frozen=True)
class Bands:
    """A picture as a map of heights.

    ``image`` ``(3, H, W)`` float32 in [0, 1]; ``levels`` ``(l,)`` float64, the ascending heights of the contour lines,
    fewer than ``n``; ``bands`` ``(H, W)`` int64, how many of them each pixel reaches; ``field`` ``(H, W)`` float64, the
    heights."""

    image: torch.Tensor
    levels: torch.Tensor
    bands: torch.Tensor
    field: torch.Tensor

    def __len__(self) -> int:
        return len(self.levels) + 1


def bands(image: Any, config: BandsConfig | None = None, **options: Any) -> Bands:
    """Draw a field of a picture as a map of heights: its tone, an eigenvector, or a mixture of these.

    ``image``: tensor ``(3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL image, path or
    :class:`~itten.image.Picture`. ``config`` a :class:`~itten.config.BandsConfig`; ``options`` are its fields, and win
    over it. The work is done on the CPU, the result lies where the picture was.

    Raises :class:`~itten.errors.InputError` for what is not one picture or has too few pixels,
    :class:`~itten.errors.ConfigError` for unknown options, :class:`~itten.errors.ResourceError` where memory is short.
    """
    config = config_of(BandsConfig, config, options)
    picture, device = one_picture(image)
    height, width = picture.shape[1:]
    check_room(bands_needs((height, width), config), f"a map of {width} × {height} pixels", (height, width))
    field = heights(picture, config)
    levels = levels_of(field, config.n, config.steps)
    which = np.searchsorted(levels, field, side="right")
    made = torch.from_numpy(drawn(picture, field, levels, which, config))
    results = made, torch.from_numpy(levels), torch.from_numpy(which), torch.from_numpy(field)
    return Bands(*(one.to(device) for one in results))


def drawn(
    picture: torch.Tensor, field: np.ndarray, levels: np.ndarray, which: np.ndarray, config: BandsConfig
) -> np.ndarray:
    """The map ``(3, H, W)`` float32 of ``field`` ``(H, W)``, which lies between ``levels`` as ``which`` ``(H, W)``
    says."""
    colours = tints(config.palette, len(levels) + 1)
    lab = to_oklab(torch.from_numpy(colours.T.copy())).numpy()
    slope = np.stack(_slopes(field))
    steep = np.maximum(np.sqrt(np.square(slope).sum(axis=0)), 1e-12)
    # Distances in pixels to the next level below and above, as if the field were a plane there.
    framed = np.r_[-np.inf, levels, np.inf]
    below, above = (field - framed[which]) / steep, (framed[which + 1] - field) / steep
    canvas = lab[:, which]
    for step, away in ((-1, below), (1, above)):
        y, x = np.nonzero(away < 0.5)
        beside = lab[:, which[y, x] + step]
        canvas[:, y, x] += (0.5 - away[y, x]) * (beside - lab[:, which[y, x]])
    more = _light(field, levels, config.relief)
    if config.tone > 0:
        light = to_oklab(picture)[0].numpy()
        # Where heights are the tone itself the tints show it, and what is added is what was evened away.
        more = more + config.tone * (light - (light.mean() if config.mixture else field))
    # Less and less is added to what is nearly white or black.
    canvas[0] += more * np.minimum(np.where(more > 0, 1.0 - canvas[0], canvas[0]) / HEADROOM, 1.0)
    width = max(LINE / 1000.0 * max(field.shape), THINNEST) if config.line is None else config.line
    if width > 0 and len(levels):
        _ruled(canvas, lab, which, below, above, width, config)
    return from_oklab(torch.from_numpy(canvas)).clamp(0, 1).float().numpy()


def _ruled(
    canvas: np.ndarray,
    lab: np.ndarray,
    which: np.ndarray,
    below: np.ndarray,
    above: np.ndarray,
    width: float,
    config: BandsConfig,
) -> None:
    """Draw contour lines onto ``canvas`` ``(3, H, W)``, OKLab: on either side of a level half of its width."""
    number = np.arange(lab.shape[1] + 1)  # of the level below every band, counted from 1
    thick = width * (1.0 + ((number % max(config.index, 1) == 0) & (config.index > 0)))
    cover = np.zeros(which.shape)
    for away, wide in ((below, thick[which]), (above, thick[which + 1])):
        cover = np.maximum(cover, np.clip(0.5 * wide + 0.5 - away, 0.0, np.minimum(wide, 1.0)))
    apart = np.where(np.isfinite(below + above), below + above, np.inf) / width
    cover *= INK * np.clip(FADED + (1.0 - FADED) * (apart - 1.0) / (CROWDED - 1.0), FADED, 1.0)
    y, x = np.nonzero(cover)
    if config.line_colour is None:
        ink = canvas[:, y, x] * np.array([DARK, 0.9, 0.9])[:, None]
    else:
        ink = to_oklab(torch.tensor(config.line_colour, dtype=torch.float64)[:, None]).numpy()
    canvas[:, y, x] += cover[y, x] * (ink - canvas[:, y, x])


def _light(field: np.ndarray, levels: np.ndarray, relief: float) -> np.ndarray | float:
    """What lightness the hills add, ``(H, W)``: the field is counted in bands there, so that all of it has slopes."""
    if relief == 0 or len(levels) == 0:
        return 0.0
    knots = np.r_[field.min(), levels, field.max()]
    height = np.interp(field, knots, np.arange(len(knots)))
    down, right = _slopes(ndimage.gaussian_filter(height, 1.0, mode="nearest"))
    steep = float(np.percentile(np.hypot(down, right), STEEP))
    return relief * RELIEF * np.tanh(1.5 * (down * -LIGHT[0] + right * -LIGHT[1]) / max(steep, 1e-12)) if steep else 0.0


def _slopes(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The central differences ``(H, W)`` of ``field`` downwards and to the right, one-sided at the edges."""
    padded = np.pad(field, 1, mode="edge")
    reach = [np.where((np.arange(side) == 0) | (np.arange(side) == side - 1), 1.0, 2.0) for side in field.shape]
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / reach[0][:, None]
    return down, (padded[1:-1, 2:] - padded[1:-1, :-2]) / reach[1]
