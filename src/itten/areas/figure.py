"""The figure of a picture, apart from its ground: what is drawn on paper, or what stands before a background."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import ndimage

from itten.areas.standing import settings, standing
from itten.image.coerce import one_picture
from itten.image.oklab import to_oklab
from itten.needs import check_room, panes_needs

# A picture lies on paper if so much of its rim, which is so wide, is near the rim's usual colour.
RIM, PAPER = 0.015, 0.85
# What differs from the paper by more than this in OKLab, and by so many of its deviations, is drawn.
DRAWN, DEVIATIONS = 0.05, 4.0
# Gaps in outlines are closed that are narrower than twice this share of the longer side.
GAP = 0.004
# Of all that is no ground the largest region is the figure, and what has this share of it; less than so much is none.
BESIDE, SMALLEST = 0.25, 0.002


def find_figure(image: Any) -> torch.Tensor:
    """``(H, W)`` bool: where the figure of a picture is; nowhere if none is found.

    ``image`` is what :func:`itten.shade` takes. Where the rim of the picture is paper, the figure is the ink and what
    it encloses: the paper is flooded from the rim, small gaps in outlines being closed. Elsewhere the picture is cut
    into regions by its spectrum, and these into figure and ground (:func:`itten.areas.standing.standing`): a guess, to
    be corrected with a brush. The largest region is taken, with what it encloses, and those that have a quarter of it.
    The same picture has the same figure. The work is done on the CPU, the mask lies where the picture does.

    Raises :class:`~itten.errors.InputError` for what is not one picture.
    """
    picture, device = one_picture(image)
    if min(picture.shape[1:]) < 3:
        return torch.zeros(picture.shape[1:], dtype=torch.bool, device=device)
    drawn = _drawn(picture)
    found = _before(picture) if drawn is None else _enclosed(drawn)
    return torch.from_numpy(_largest(found)).to(device)


def _drawn(picture: torch.Tensor) -> np.ndarray | None:
    """``(H, W)`` bool: what is not paper in ``picture`` ``(3, H, W)``; None without paper."""
    height, width = picture.shape[1:]
    wide = max(int(RIM * max(height, width) + 0.5), 1)
    rim = np.ones((height, width), dtype=bool)
    rim[wide : height - wide, wide : width - wide] = False
    around = _colours(picture[:, torch.from_numpy(rim)])
    paper = np.median(around, axis=0)
    away = np.sqrt(np.square(around - paper).sum(axis=1))
    limit = max(DRAWN, DEVIATIONS * float(np.median(away)) / 0.67)
    if np.mean(away <= limit) < PAPER or limit > 3 * DRAWN:
        return None
    colour = _colours(picture)
    # Paper may be darker in one corner than in another: what it is like here is what its own pixels say around here.
    apart = np.sqrt(np.square(colour - paper).sum(axis=-1))
    own = (apart <= 2 * limit).astype(np.float64)
    sigma = 0.08 * max(height, width)
    weight = ndimage.gaussian_filter(own, sigma, mode="nearest") + 1e-3
    below = np.moveaxis(colour - paper, -1, 0) * own
    here = np.stack([ndimage.gaussian_filter(one, sigma, mode="nearest") / weight for one in below], axis=-1) + paper
    found: np.ndarray = np.sqrt(np.square(colour - here).sum(axis=-1)) > limit
    return found


def _colours(pixels: torch.Tensor) -> np.ndarray:
    """OKLab ``(…, 3)`` float64 of ``pixels`` ``(3, …)``."""
    found: np.ndarray = to_oklab(pixels.float()).movedim(0, -1).double().numpy()
    return found


def _enclosed(drawn: np.ndarray) -> np.ndarray:
    """What is ``drawn`` ``(H, W)``, and what it encloses."""
    if not drawn.any():
        return drawn
    reach = max(GAP * max(drawn.shape), 1.0)
    padded = np.pad(drawn, int(reach) + 2)
    near = ndimage.distance_transform_edt(~padded) <= reach
    labels, _ = ndimage.label(~near)
    outside = labels == labels[0, 0]
    # The ground comes back to where it was kept away from.
    ground = (ndimage.distance_transform_edt(~outside) <= reach) & ~padded
    inner = int(reach) + 2
    filled: np.ndarray = ~ground[inner:-inner, inner:-inner]
    return filled


def _before(picture: torch.Tensor) -> np.ndarray:
    """``(H, W)`` bool: what stands before the background of ``picture`` ``(3, H, W)``, and what it encloses."""
    height, width = picture.shape[1:]
    check_room(panes_needs((height, width), settings()), f"the figure of {width} × {height} pixels", (height, width))
    found: np.ndarray = ndimage.binary_fill_holes(standing(picture))
    return found


def _largest(found: np.ndarray) -> np.ndarray:
    """The largest connected region of ``found`` ``(H, W)``, and those that are not much smaller."""
    labels, count = ndimage.label(found, structure=np.ones((3, 3)))
    if count == 0:
        return found
    size = np.bincount(labels.ravel())
    size[0] = 0
    kept = size >= max(BESIDE * size.max(), SMALLEST * found.size)
    kept[0] = False
    chosen: np.ndarray = kept[labels]
    return chosen
