"""What panes look like: their colours, and the lead between them."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from itten.areas.soft import Soft
from itten.config import PanesConfig
from itten.config.colour import Colour
from itten.image.oklab import from_oklab, to_oklab

# Rounds in which flat colours settle; they nearly always do in fewer.
ROUNDS = 40
# The finest detail of textured panes is left out: the deviation in thousandths of the longer side.
FINEST = 0.8


def mean_colours(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean ``(m, 3)`` float64 of ``pixels`` ``(3, H, W)`` in each of ``labels`` ``(H, W)``, from 0."""
    flat = labels.ravel()
    size = np.bincount(flat).astype(np.float64)
    return np.stack([np.bincount(flat, channel.ravel(), minlength=len(size)) / size for channel in pixels], axis=1)


def pane_colours(means: np.ndarray, size: np.ndarray, config: PanesConfig) -> np.ndarray:
    """The colour ``(m, 3)`` of every pane, of their ``means`` ``(m, 3)`` and their ``size`` ``(m,)`` in pixels."""
    if config.palette is not None:
        return _from_palette(means, config.palette, config.wear)
    if config.colour != "flat":
        return means
    lab = _lab(means)
    chosen, middles = _grouped(lab, size.astype(np.float64), min(config.shades, len(means)))
    return from_oklab(torch.from_numpy(middles.T)).T.clamp(0, 1).numpy()[chosen]


def painted(
    image: torch.Tensor,
    labels: np.ndarray,
    tints: tuple[np.ndarray, np.ndarray],
    soft: Soft,
    lead: float,
    config: PanesConfig,
) -> torch.Tensor:
    """The panes ``(3, H, W)`` float32 of a picture ``(3, H, W)`` in [0, 1]: each its colour, those of two mixed in the
    pixels that the border between them crosses, and on the border a bar of ``lead`` pixels. ``tints``: the panes' means
    and their colours, ``(m, 3)`` each."""
    pixels = image.double().numpy()
    means, colours = tints
    canvas = colours.T[:, labels]
    flat = canvas.reshape(3, -1)
    share = np.clip(soft.distance + 0.5, 0.0, 1.0)
    flat[:, soft.where] = colours.T[:, soft.first] * share + colours.T[:, soft.second] * (1.0 - share)
    if config.colour == "textured":
        calm = means.T[:, labels]
        calm.reshape(3, -1)[:, soft.where] = means.T[:, soft.first] * share + means.T[:, soft.second] * (1.0 - share)
        sigma = FINEST / 1000.0 * max(labels.shape)
        canvas += config.grain * (ndimage.gaussian_filter(pixels, (0.0, sigma, sigma), mode="nearest") - calm)
    if lead > 0:
        cover = np.clip(0.5 * lead + 0.5 - soft.distance, 0.0, min(lead, 1.0))
        flat[:, soft.where] += cover * (np.array(config.lead_colour)[:, None] - flat[:, soft.where])
    return torch.from_numpy(np.clip(canvas, 0.0, 1.0).astype(np.float32))


def _lab(colours: np.ndarray) -> np.ndarray:
    return to_oklab(torch.from_numpy(colours.T.copy())).T.contiguous().numpy()


def _from_palette(means: np.ndarray, palette: tuple[Colour, ...], wear: str) -> np.ndarray:
    choices = np.array(palette)
    lab, own = _lab(choices), _lab(means)
    if wear == "nearest":
        return choices[np.square(own[:, None] - lab).sum(axis=-1).argmin(axis=1)]
    rank = own[:, 0].argsort(kind="stable").argsort(kind="stable")
    by_lightness = choices[lab[:, 0].argsort(kind="stable")]
    return by_lightness[rank * len(choices) // len(means)]


def _grouped(lab: np.ndarray, size: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Lloyd's groups of colours ``(m, 3)`` that weigh ``size``: of each its number, and the groups' means. They begin
    with the largest pane, then each time with the one that is farthest from all so far, times the fourth root of its
    size."""
    starts = [int(size.argmax())]
    while len(starts) < count:
        far = np.square(lab[:, None] - lab[starts]).sum(axis=-1).min(axis=1) * np.sqrt(size)
        starts.append(int(far.argmax()))
    middles = lab[starts]
    chosen = np.zeros(len(lab), np.int64)
    for _ in range(ROUNDS):
        nearest = np.square(lab[:, None] - middles).sum(axis=-1).argmin(axis=1)
        if np.array_equal(nearest, chosen) and _:
            break
        chosen = nearest
        weight = np.bincount(chosen, size, minlength=count)
        sums = np.stack([np.bincount(chosen, size * channel, minlength=count) for channel in lab.T], axis=1)
        middles = np.where(weight[:, None] > 0, sums / np.maximum(weight, 1e-12)[:, None], middles)
    return chosen, middles
