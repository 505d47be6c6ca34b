"""Coverage: a soft picture is ink over paper, I = αF + (1 − α)P at every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional

from itten.heads.device import host_kernel
from itten.kernels import kernel
from itten.kernels.reference.ink import CORE

# Labels ``(H, W)`` and the layers ``(4, H, W)`` that soft copies are read from.
Sheet = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Opacity:
    """How much of a picture can be seen through: its ``alpha`` ``(H, W)`` in [0, 1], and the colour ``ground`` ``(3,)``
    that it is displayed over."""

    alpha: torch.Tensor
    ground: torch.Tensor

    def painted(self, covered: torch.Tensor) -> Opacity:
        """After something has been painted that covers ``covered`` ``(H, W)`` of every pixel."""
        return replace(self, alpha=covered + (1.0 - covered) * self.alpha)

    def layer(self, image: torch.Tensor) -> torch.Tensor:
        """``(4, H, W)``, premultiplied: ``image`` ``(3, H, W)``, which is displayed, without its ground, and alpha."""
        alpha = self.alpha[None]
        return torch.cat([image - (1.0 - alpha) * self.ground[:, None, None], alpha])


@dataclass(frozen=True)
class Coverage:
    """Ink over paper, picture by picture: ``alpha`` ``(H, W)`` in [0, 1], 0 where nothing is drawn; ``ink``
    ``(3, H, W)``, the colour F of the strongest pixel nearby; ``layer`` ``(3, H, W)``, I − (1 − α)P: the drawing
    without its paper, premultiplied. Put over the paper again it gives the picture, whatever the model leaves over.
    ``content`` ``(H, W)`` bool is what was taken for drawn. ``known`` ``(4, H, W)``: what copies are read from where
    the picture's alpha is known (:meth:`sure`), else None, and ``clear`` ``(H, W)`` bool where it is that alpha."""

    alpha: torch.Tensor
    ink: torch.Tensor
    layer: torch.Tensor
    content: torch.Tensor
    known: torch.Tensor | None = None
    clear: torch.Tensor | None = None

    def sure(self, image: torch.Tensor, opacity: Opacity, everything: bool, backend: str = "auto") -> Coverage:
        """With what is ``known`` of ``image`` ``(3, H, W)``: where the drawing lies on what can be seen through, its
        coverage is the picture's alpha; elsewhere alpha says nothing, and it is that of ink over paper. Where
        segments are of ``everything`` alpha says it all."""
        known = opacity.layer(image)
        if everything:
            return replace(self, known=known)
        clear = filled(opacity.alpha[None], (~self.content).to(image.dtype), backend)[0] < 0.5
        known = torch.where(clear, known, torch.cat([self.layer, self.alpha[None]]))
        return replace(self, known=known, clear=clear)

    def transparent(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``(alpha, ink)`` ``(3, H, W)``, each thrice, of a drawing that grows: the picture's alpha where it is told by
        that, else 0, and how opaque the ink is, the most of what is drawn around, else 1."""
        assert self.known is not None
        assert self.clear is not None
        alpha = self.known[3]
        drawn = torch.where(self.content, alpha, 0.0)
        around = functional.max_pool2d(drawn[None, None], 2 * CORE + 1, 1, CORE)[0, 0]
        start = torch.where(self.clear & (alpha < 1), alpha, 0.0)
        return start.expand_as(self.ink), torch.where(self.clear, around, 1.0).expand_as(self.ink)

    def sheet(self, image: torch.Tensor, labels: torch.Tensor, everything: bool, backend: str = "auto") -> Sheet:
        """Of a picture ``(3, H, W)`` ``(labels, stack)``: the segments of ``labels`` ``(H, W)`` int64 (0
        outside) with the fringes of their strokes, and the layers to read them from, ``(4, H, W)``, premultiplied, the
        coverage last.

        Where segments are of ``everything``, they are cut out of the picture instead: their outermost pixels are half
        covered, or by half as much as is ``known``.
        """
        if everything:
            around = functional.pad(labels[None, None].double(), (1, 1, 1, 1), mode="replicate")
            high, low = functional.max_pool2d(around, 3, 1)[0, 0], -functional.max_pool2d(-around, 3, 1)[0, 0]
            alpha = torch.where(high == low, 1.0, 0.5).to(self.alpha.dtype)
            return labels, torch.cat([alpha * image, alpha[None]]) if self.known is None else alpha * self.known
        open_fringe = (self.alpha > 0) & ~self.content
        run = host_kernel("with_fringes", backend, self.alpha) or kernel("with_fringes", "torch")
        stack = torch.cat([self.layer, self.alpha[None]]) if self.known is None else self.known
        return run(labels, open_fringe), stack


def filled(values: torch.Tensor, weight: torch.Tensor, backend: str = "auto") -> torch.Tensor:
    """``values`` ``(C, H, W)`` where ``weight`` ``(H, W)`` is 1, elsewhere what lies around it, grown inwards
    (:func:`itten.kernels.reference.ink.filled`). All 0 where no weight is."""
    run = host_kernel("filled", backend, values, weight) or kernel("filled", "torch")
    found: torch.Tensor = run(values, weight)
    return found


def coverage(image: torch.Tensor, content: torch.Tensor, backend: str = "auto") -> Coverage:
    """The coverage of a soft picture ``(3, H, W)`` in [0, 1], ``content`` ``(H, W)`` bool being what is drawn in it.

    Paper is the picture where no content is near, grown inwards (:func:`filled`); ink the colour that differs most from
    the paper within two pixels; α = ⟨I − P, F − P⟩ / ‖F − P‖², 1 wherever all pixels around are content, 0 beyond
    two pixels from any.
    """
    run = host_kernel("ink_over_paper", backend, image) or kernel("ink_over_paper", "torch")
    alpha, ink, layer = run(image, content)
    return Coverage(alpha, ink, layer, content)


def stacked_covers(covers: Sequence[Coverage | None], height: int, width: int) -> Coverage | None:
    """Of pictures one under the other on a canvas, known all or none; None if one of them is hard."""
    if any(one is None for one in covers):
        return None
    parts = [one for one in covers if one is not None]

    def down(name: str) -> torch.Tensor:
        rows = [getattr(one, name) for one in parts]
        return torch.cat([functional.pad(row, (0, width - row.shape[-1])) for row in rows], dim=-2)

    names = ["alpha", "ink", "layer", "content"]
    return Coverage(*map(down, names if parts[0].known is None else [*names, "known"]))


class Cover(nn.Module):
    """:func:`coverage`."""

    def __init__(self, backend: str = "auto") -> None:
        super().__init__()
        self.backend = backend

    def forward(self, image: torch.Tensor, content: torch.Tensor) -> Coverage:
        return coverage(image, content, self.backend)
