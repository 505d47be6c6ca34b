"""What a pass saw: field, gate, segments and matches, drawn as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch.nn.functional import interpolate

from itten.heads.gate import spectral_gate
from itten.image import Picture, as_image, diverging, to_pil

if TYPE_CHECKING:
    from itten.config import HeadConfig
    from itten.heads import Points
    from itten.shader.output import PassResult

Size = tuple[int, int]
Real = NDArray[np.float64]
# Steps of hue between segments of neighbouring numbers: the golden ratio's, so that neighbours differ.
GOLDEN = 0.61803398875
# Matches: how tall they are drawn, and how many pixels they are drawn larger at first, for smooth lines.
TALL, FINE = 640, 2
# Pictures under matches are paled by so much.
PALE = 0.55


def overlays(result: PassResult, head: HeadConfig, sources: Sequence[torch.Tensor] | None) -> dict[str, Picture]:
    """The first ``head``'s ``field``, ``gate`` and ``segments``, each of the size at which it was composed, and its
    ``matches``: a line from where each copy comes from to where it went. ``sources``: pictures ``(3, H, W)`` that
    copies come from, put beside what was painted; None for the picture itself. The gate is the percentile's, which the
    threshold ``gap`` moves by two percentiles at most."""
    field, labels = result.field[0].cpu(), result.labels[0].cpu()
    gate = spectral_gate(field, head.sharpness, head.percentile).expand(3, *field.shape)
    found = {"field": Picture(diverging(field)), "gate": Picture(gate), "segments": Picture(_coloured(labels))}
    if result.layers:
        found["matches"] = Picture(_matches(result.image.cpu(), result.fronts[0], sources))
    return found


def _coloured(labels: torch.Tensor) -> torch.Tensor:
    """Each segment in a colour of its own, on white."""
    return torch.where(labels > 0, _hues(labels), torch.ones(()))


def _hues(numbers: torch.Tensor) -> torch.Tensor:
    """A colour ``(3, …)`` for every number."""
    hue = numbers.double() * GOLDEN % 1.0
    third = torch.tensor([0.0, 1 / 3, 2 / 3], dtype=torch.float64).reshape(3, *(1,) * numbers.ndim)
    return (0.45 + 0.4 * torch.cos((hue + third) * (2 * torch.pi))).to(torch.float32)


def _matches(image: torch.Tensor, copies: Points, sources: Sequence[torch.Tensor] | None) -> torch.Tensor:
    """``image`` ``(3, H, W)`` pale, the sources beside it, with a line for every copy that ends in a dot."""
    drawn = TALL * FINE
    boards = [image, *(one.cpu() for one in sources or ())]
    times = [drawn / one.shape[1] for one in boards]
    sizes = [(drawn, max(round(one.shape[2] * by), 1)) for one, by in zip(boards, times, strict=True)]
    sized = [interpolate(one[None], size, mode="bilinear")[0] for one, size in zip(boards, sizes, strict=True)]
    pale = [1.0 - (1.0 - one) * PALE for one in sized]
    lefts = np.cumsum([0, *(one.shape[2] for one in pale)])
    sheet = to_pil(torch.cat(pale, dim=2))
    count = int(copies.owner.max()) + 1 if len(copies) else 0
    ends = _middles(copies.place, copies.owner, count, image.shape[2]) * times[0]
    starts = _starts(copies, count, [(one.shape[1], one.shape[2]) for one in boards], times, lefts, bool(sources))
    pen = ImageDraw.Draw(sheet)
    colours = (_hues(torch.arange(count)).T * 255).round().int().tolist()
    for start, end, colour in zip(starts, ends, colours, strict=True):
        if np.isfinite(start).all() and np.isfinite(end).all():
            pen.line([tuple(start), tuple(end)], tuple(colour), 2 * FINE)
            pen.ellipse([*(end - 4 * FINE), *(end + 4 * FINE)], tuple(colour))
            pen.ellipse([*(start - 2 * FINE), *(start + 2 * FINE)], outline=tuple(colour), width=FINE)
    return as_image(sheet.resize((sheet.width // FINE, sheet.height // FINE), Image.Resampling.BOX))


def _starts(
    copies: Points, count: int, sizes: Sequence[Size], times: Sequence[float], lefts: Real, foreign: bool
) -> Real:
    """``(n, 2)``: where on the sheet copies come from; sources are numbered one under the other."""
    if not foreign:
        return _middles(copies.origin, copies.owner, count, sizes[0][1]) * times[0]
    middles = _middles(copies.origin, copies.owner, count, max(wide for _, wide in sizes[1:]))
    tops = np.cumsum([0, *(tall for tall, _ in sizes[1:])])
    number = np.clip(np.searchsorted(tops, middles[:, 1], side="right") - 1, 0, len(sizes) - 2)
    by = np.asarray(times[1:])[number]
    return np.stack([lefts[1:-1][number] + middles[:, 0] * by, (middles[:, 1] - tops[number]) * by], axis=1)


def _middles(pixels: torch.Tensor, owner: torch.Tensor, count: int, width: int) -> Real:
    """``(n, 2)``: x and y of the middle of each copy's ``pixels`` on a picture of ``width``; NaN without pixels."""
    at, own = pixels.cpu().numpy(), owner.cpu().numpy()
    many = np.bincount(own, minlength=count).astype(float)
    many[many == 0] = np.nan
    sums = [np.bincount(own, weights=one + 0.5, minlength=count) for one in (at % width, at // width)]
    return np.stack(sums, axis=1) / many[:, None]
