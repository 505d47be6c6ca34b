"""Coverage: a soft picture is ink over paper, I = αF + (1 − α)P at every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from itten.heads.content import grown, strongest

# Paper is looked for at pixels that are at least so far from any content.
FRINGE = 2
AROUND = 8
# Ink is the strongest colour within so many pixels.
CORE = 2
# Coverage below this, or as close to 1, is rounding and noise.
LEAST = 0.03
# A colour that differs less from the paper, by the norm of RGB, is no ink.
FAINT = 0.02

# Labels ``(H, W)`` and the layers ``(4, H, W)`` that soft copies are read from.
Sheet = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Coverage:
    """Ink over paper, picture by picture: ``alpha`` ``(H, W)`` in [0, 1], 0 where nothing is drawn; ``ink``
    ``(3, H, W)``, the colour F of the strongest pixel nearby; ``layer`` ``(3, H, W)``, I − (1 − α)P: the drawing
    without its paper, premultiplied. Put over the paper again it gives the picture, whatever the model leaves over.
    ``content`` ``(H, W)`` bool is what was taken for drawn."""

    alpha: torch.Tensor
    ink: torch.Tensor
    layer: torch.Tensor
    content: torch.Tensor

    def sheet(self, image: torch.Tensor, labels: torch.Tensor, everything: bool) -> Sheet:
        """Of a picture ``(3, H, W)`` ``(labels, stack)``: the segments of ``labels`` ``(H, W)`` int64 (0
        outside) with the fringes of their strokes, and the layers to read them from, ``(4, H, W)``, premultiplied, the
        coverage last.

        Where segments are of ``everything``, they are cut out of the picture instead: their outermost pixels are half
        covered.
        """
        if everything:
            around = functional.pad(labels[None, None].double(), (1, 1, 1, 1), mode="replicate")
            high, low = functional.max_pool2d(around, 3, 1)[0, 0], -functional.max_pool2d(-around, 3, 1)[0, 0]
            alpha = torch.where(high == low, 1.0, 0.5).to(self.alpha.dtype)
            return labels, torch.cat([alpha * image, alpha[None]])
        open_fringe = (self.alpha > 0) & ~self.content
        for _ in range(FRINGE):
            around = functional.max_pool2d(labels[None, None].double(), 3, 1, 1)[0, 0].long()
            labels = torch.where(open_fringe & (labels == 0), around, labels)
        return labels, torch.cat([self.layer, self.alpha[None]])


def filled(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """``values`` ``(C, H, W)`` where ``weight`` ``(H, W)`` is 1, elsewhere what lies around it, grown inwards.

    Means over 2 × 2 pixels of what has weight, level by level until all has, and back, each level filling what the
    finer one lacks ("pull–push": Gortler and others, "The lumigraph", 1996, section 3.4). All 0 where no weight is.
    """
    stack = torch.cat([values * weight, weight[None]])[None]
    levels = [stack]
    while max(stack.shape[-2:]) > 1:
        height, width = stack.shape[-2:]
        stack = functional.avg_pool2d(functional.pad(stack, (0, width % 2, 0, height % 2)), 2)
        levels.append(stack)
    found = levels[-1][:, :-1] / levels[-1][:, -1:].clamp(min=1e-12)
    for level in reversed(levels):
        height, width = level.shape[-2:]
        if found.shape[-2:] != (height, width):
            found = _doubled(_doubled(found, -2), -1)[..., :height, :width]
        held = level[:, -1:]
        found = found + held * (torch.where(held > 0, level[:, :-1] / held.clamp(min=1e-12), found) - found)
    return found[0]


def _doubled(values: torch.Tensor, dim: int) -> torch.Tensor:
    """Twice as many pixels along a dimension (counted from the last), linear between the old ones' middles. torch's own
    interpolation rounds otherwise with other numbers of threads."""
    last = values.shape[dim] - 1
    before = torch.cat([values.narrow(dim, 0, 1), values.narrow(dim, 0, last)], dim=dim)
    after = torch.cat([values.narrow(dim, 1, last), values.narrow(dim, last, 1)], dim=dim)
    own, axis = 0.75 * values, values.dim() + dim
    return torch.stack([own + 0.25 * before, own + 0.25 * after], dim=axis + 1).flatten(axis, axis + 1)


def _bare(content: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """Where paper is to be seen: beyond the fringe of all content; where there is no such place around, as in close
    hatching, one pixel away from it, and else wherever there is none."""
    bare = ~near
    for closer in (~grown(content, 1), ~content):
        bare = bare | (closer & ~grown(bare, AROUND))
    return bare


def coverage(image: torch.Tensor, content: torch.Tensor) -> Coverage:
    """The coverage of a soft picture ``(3, H, W)`` in [0, 1], ``content`` ``(H, W)`` bool being what is drawn in it.

    Paper is the picture where no content is near, grown inwards (:func:`filled`); ink the colour that differs most from
    the paper within two pixels; α = ⟨I − P, F − P⟩ / ‖F − P‖², 1 wherever all pixels around are content, 0 beyond
    two pixels from any.
    """
    near = grown(content, FRINGE)
    bare = _bare(content, near)
    paper = torch.where(near, filled(image, bare.to(image.dtype)), image)
    apart = image - paper
    strength = torch.where(content, apart.square().sum(dim=0), 0.0)
    most, index = strongest(strength, CORE)
    ink = image.flatten(1)[:, index.flatten()].reshape(image.shape)
    away = torch.where(most > FAINT * FAINT, ink - paper, 0.0)
    share = (apart * away).sum(dim=0) / away.square().sum(dim=0).clamp(min=FAINT * FAINT)
    share = torch.where(share < LEAST, 0.0, torch.where(share > 1 - LEAST, 1.0, share))
    inside = ~grown(~content, 1)
    alpha = torch.where(inside, 1.0, torch.where(near, share, 0.0))
    layer = torch.where(alpha > 0, image - (1 - alpha) * paper, 0.0)
    return Coverage(alpha, ink, layer, content)


def stacked_covers(covers: Sequence[Coverage | None], height: int, width: int) -> Coverage | None:
    """Of pictures one under the other on a canvas; None if one of them is hard."""
    if any(one is None for one in covers):
        return None
    parts = [one for one in covers if one is not None]

    def down(name: str) -> torch.Tensor:
        rows = [getattr(one, name) for one in parts]
        return torch.cat([functional.pad(row, (0, width - row.shape[-1])) for row in rows], dim=-2)

    return Coverage(*(down(name) for name in ("alpha", "ink", "layer", "content")))


class Cover(nn.Module):
    """:func:`coverage`."""

    def forward(self, image: torch.Tensor, content: torch.Tensor) -> Coverage:
        return coverage(image, content)
