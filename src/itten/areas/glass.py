"""Panes: the whole picture cut by its spectrum into so many connected areas, like stained glass."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from itten.areas.flow import flowed, repeated, whole
from itten.areas.fragments import edge_map, fragments
from itten.areas.merge import merged
from itten.areas.outlines import borders, outlines
from itten.areas.paint import mean_colours, painted, pane_colours
from itten.areas.small import Small, coordinates
from itten.areas.soft import Soft
from itten.config import Page, PanesConfig
from itten.config.base import config_of
from itten.image.coerce import one_picture
from itten.needs import check_room, panes_needs
from itten.vector import Drawing, Layer, joined, write_pdf, write_svg

# Slivers along soft edges flow away while there are still so many times the panes wanted: deviation and rounds.
SEVERAL, FIRST = 3, (1.1, 4)
# Flow along edges at the small size: deviations in pixels, and rounds; rounds at the picture's own size, and then by
# curvature alone.
FLOW = ((3.5, 8), (2.0, 4), (1.1, 4))
ROUNDS, LAST = 4, 2
# Then borders straighten that lie on no edge, that is, where colours rise by less than the fading distance in so many
# pixels: deviation and rounds.
RISE, STRAIGHT = 3.0, (3.0, 24)
# The colour distance in OKLab at which votes fade: its least, a share of the picture's deviation, and its most; and how
# much of the picture's grain is added.
LEAST, RELATIVE, FADE, GRAINS = 1e-3, 0.2, 0.04, 0.5
# Width of the lead left to itself, in thousandths of the longer side, and its least in pixels.
LEAD, THINNEST = 3.5, 1.2
# What spectral coordinates count at most against colours, whose deviation in a picture is about 0.2.
SPECTRAL = 0.12


@dataclass(frozen=True)
class Panes:
    """A picture in panes.

    ``image`` ``(3, H, W)`` float32 in [0, 1]; ``labels`` ``(H, W)`` int64: the pane of every pixel, numbered from 0 in
    the order of their first pixels, each connected by pixels' sides. ``colours`` ``(m, 3)`` float64: of each pane, of
    textured ones the mean. ``smooth``: pixels by which outlines are evened; ``lead``: how wide it is, in pixels.
    """

    image: torch.Tensor
    labels: torch.Tensor
    colours: np.ndarray
    smooth: float
    lead: float
    config: PanesConfig

    def __len__(self) -> int:
        return int(self.labels.max()) + 1

    def outlines(self) -> list[tuple[int, list[np.ndarray]]]:
        """For every pane its number and its rings, as :func:`itten.areas.outlines.outlines` gives them: smooth polygons
        ``(N, 2)`` of x and y in pixels, the picture's upper left corner at (0, 0); first the ring around, then holes.
        What two panes share is the same points for both."""
        return outlines(self.labels.cpu().numpy(), max(self.smooth, 1.0))

    def drawing(self) -> Drawing:
        """Panes as paths: a layer of areas, each in its colour, and one of lead, as lines of its width."""
        rings = self.outlines()
        tints = [tuple(colour) for colour in self.colours.clip(0, 1).tolist()]
        height, width = self.labels.shape
        layers = [Layer("panes", self.config.lead_colour, [tuple(parts) for _, parts in rings], inks=tints)]
        if self.lead > 0:
            lines = borders((ring for _, parts in rings for ring in parts), width, height)
            layers.append(Layer("lead", self.config.lead_colour, strokes=joined(lines), pen=self.lead))
        return Drawing(width, height, layers)

    def svg(self, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False) -> Path:
        """Write the panes as SVG, on a ``page`` if there is one; raises as :func:`itten.vector.write_drawing` does."""
        return write_svg(self.drawing(), path, page, overwrite)

    def pdf(self, path: str | os.PathLike[str], page: Page | None = None, overwrite: bool = False) -> Path:
        """The same as PDF."""
        return write_pdf(self.drawing(), path, page, overwrite)


def panes(image: Any, config: PanesConfig | None = None, **options: Any) -> Panes:
    """Cut a picture into about ``n`` panes by its spectrum, as if it were made of stained glass.

    ``image``: tensor ``(3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL image, path or
    :class:`~itten.image.Picture`. ``config`` a :class:`~itten.config.PanesConfig`; ``options`` are its fields, and win
    over it. The work is done on the CPU, the result lies where the picture was.

    The picture is shrunk, its lowest eigenvectors and its colours are cut into fragments along their edges, and these
    join (:func:`itten.areas.merge.merged`) until so many are left; then their borders flow
    (:func:`itten.areas.flow.flowed`). Raises :class:`~itten.errors.InputError` for what is not one picture,
    :class:`~itten.errors.ConfigError` for unknown options, :class:`~itten.errors.ResourceError` where memory is short.
    """
    config = config_of(PanesConfig, config, options)
    picture, device = one_picture(image)
    height, width = picture.shape[1:]
    check_room(panes_needs((height, width), config), f"panes of {width} × {height} pixels", (height, width))
    sigma = config.smooth / 1000.0 * max(height, width)
    labels = cut(picture, config, sigma)
    lead = max(LEAD / 1000.0 * max(height, width), THINNEST) if config.lead is None else config.lead
    # The line that is drawn can be told as far as 2.2 deviations away.
    soft = Soft.of(labels, max(1.5 * sigma, 1.0, (0.5 * lead + 0.5) / 2.2))
    means = mean_colours(picture.double().numpy(), labels)
    colours = pane_colours(means, np.bincount(labels.ravel()), config)
    made = painted(picture, labels, (means, colours), soft, lead, config)
    return Panes(made.to(device), torch.from_numpy(labels).to(device), colours, sigma, lead, config)


def cut(picture: torch.Tensor, config: PanesConfig, sigma: float) -> np.ndarray:
    """Labels ``(H, W)`` int64 of the panes of ``picture`` ``(3, H, W)``, evened by ``sigma`` pixels."""
    small = Small.of(picture, config.detail)
    size, full = small.size, (picture.shape[1], picture.shape[2])
    features = small.even
    if config.spectral > 0:
        found = coordinates(small, config.vectors, config.edge_threshold)
        features = np.concatenate([features, SPECTRAL * config.spectral * found], axis=-1)
    least = config.least * size[0] * size[1]
    fade = min(max(RELATIVE * small.spread, LEAST), FADE) + GRAINS * small.grain
    labels = merged(fragments(edge_map(features)), features, SEVERAL * config.n, 0)
    labels = merged(whole(flowed(labels, small.even, *FIRST, fade), least), features, config.n, least)
    for scale, rounds in FLOW:
        labels = flowed(labels, small.even, scale, rounds, fade)
    if sigma > 0:
        edge = RISE * edge_map(small.even) > fade
        labels = flowed(labels, None, *STRAIGHT, still=edge)
    labels = whole(labels, least)
    if size != full:
        guide = ndimage.gaussian_filter(picture.float().numpy(), (0.0, 0.7, 0.7), mode="nearest")
        wide = max(0.6 * full[0] / size[0], 0.6 * full[1] / size[1], 1.0)
        # Distances in RGB are about twice those in OKLab.
        labels = flowed(repeated(labels, full), np.moveaxis(guide, 0, -1), wide, ROUNDS, 2.0 * fade)
    if sigma > 0:
        labels = flowed(labels, None, max(sigma, 0.6), LAST)
    return whole(labels, config.least * full[0] * full[1])
