"""A picture of which segments match: both pictures side by side, pairs in one colour each, lines between them."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from itten.image.beside import beside
from itten.image.labels import distinct
from itten.matching.pairing import Matching
from itten.regions.shown import lines

# How much of a matched segment is its colour, and how far the rest goes towards white.
TINT, PALE = 0.45, 0.6
# Widths of lines and dots in parts of the height; the canvas is white.
LINE, DOT = 0.005, 0.012
GROUND = 1.0


def centres(labels: torch.Tensor, count: int) -> np.ndarray:
    """``(count, 2)`` int64: for each label the row and column of a pixel deep inside, the first of those that are
    farthest from any other label and from the border of the picture."""
    array = labels.cpu().numpy()
    found = np.zeros((count, 2), np.int64)
    for number, box in enumerate(ndimage.find_objects(array + 1, max_label=count)):
        if box is not None:
            depth = ndimage.distance_transform_edt(np.pad(array[box] == number, 1))[1:-1, 1:-1]
            found[number] = np.unravel_index(depth.argmax(), depth.shape)
            found[number] += [one.start for one in box]
    return found


def matches(first: torch.Tensor, second: torch.Tensor, found: Matching) -> torch.Tensor:
    """``(3, H, W)`` float32: ``first`` and ``second`` ``(3, H, W)``, the pictures that were matched, beside each other.
    Matched segments are outlined and tinted in a colour for each pair, with a line from one to the other, the nearest
    pairs on top; what has no match is pale."""
    place = beside((first.shape[1], first.shape[2]), (second.shape[1], second.shape[2]))
    canvas = np.full((*place.size, 3), GROUND)
    colours = distinct(max(len(found), 1))
    ends = []
    for side, (image, cut, corner) in enumerate(
        ((first, found.first, place.first), (second, found.second, place.second))
    ):
        tinted = _tinted(image, cut.labels.cpu(), found.pairs[:, side], colours, place.factor)
        canvas[corner[0] : corner[0] + tinted.shape[0], corner[1] : corner[1] + tinted.shape[1]] = tinted
        middle = centres(cut.labels, len(cut))[found.pairs[:, side].numpy()]
        ends.append((middle + 0.5) * place.factor + corner)
    height = place.size[0]
    thick = max(1.5, LINE * height)
    for number in reversed(range(len(found))):
        begin, end = ends[0][number], ends[1][number]
        for grown, colour in ((1.2, np.zeros(3)), (0.0, colours[number])):
            _stroke(canvas, begin, end, thick / 2 + grown, colour)
            for one in (begin, end):
                _stroke(canvas, one, one, DOT * height + grown, colour)
    return torch.from_numpy(canvas).permute(2, 0, 1).float().contiguous()


def _tinted(
    image: torch.Tensor, labels: torch.Tensor, chosen: torch.Tensor, colours: np.ndarray, factor: int
) -> np.ndarray:
    """``(H, W, 3)``: an enlarged picture, its ``chosen`` labels in ``colours``, outlined, the others pale."""
    pixels = image.detach().cpu().double().movedim(0, -1).numpy().repeat(factor, 0).repeat(factor, 1)
    large = labels.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
    rank = np.full(int(labels.max()) + 2, -1)
    # Of several pairs with one segment the nearest gives it its colour.
    rank[chosen.numpy()[::-1]] = np.arange(len(chosen))[::-1]
    pair = rank[large.numpy()]
    colour = colours[pair.clip(min=0)]
    live = (pair >= 0)[..., None]
    shown = np.where(live, (1 - TINT) * pixels + TINT * colour, (1 - PALE) * pixels + PALE)
    near = lines(torch.from_numpy(pair), max(2, round(LINE * max(pair.shape)))).numpy()[..., None]
    shown = np.where(near & live, colour, shown)
    found: np.ndarray = shown
    return found


def _stroke(canvas: np.ndarray, begin: np.ndarray, end: np.ndarray, radius: float, colour: np.ndarray) -> None:
    """A line with round ends on ``canvas`` ``(H, W, 3)``: of each pixel as much is covered as its middle lies within
    half a pixel of the edge."""
    low = np.floor(np.minimum(begin, end) - radius - 1).astype(int).clip(min=0)
    high = np.ceil(np.maximum(begin, end) + radius + 1).astype(int)
    part = canvas[low[0] : high[0], low[1] : high[1]]
    y, x = np.ogrid[: part.shape[0], : part.shape[1]]
    y, x = y + (low[0] + 0.5 - begin[0]), x + (low[1] + 0.5 - begin[1])
    down, right = end - begin
    along = (y * down + x * right) / max(down * down + right * right, 1e-12)
    along = along.clip(0, 1)
    apart = np.sqrt((y - along * down) ** 2 + (x - along * right) ** 2)
    cover = (radius + 0.5 - apart).clip(0, 1)[..., None]
    part += cover * (colour - part)
