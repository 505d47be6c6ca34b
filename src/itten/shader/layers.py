"""What was painted, apart from the picture that it was painted on: layers with alpha, and how much they cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from itten.heads import Points
from itten.shader.travel import Travel

# Rounding that is no reason to cover more of a pixel.
SLACK = 2e-6

Named = tuple[str, torch.Tensor]


@dataclass(frozen=True)
class Layers:
    """What the passes of a run painted: red, green, blue and alpha in [0, 1], colour not multiplied by alpha, all 0
    where nothing was painted. ``thickening`` ``(n, …, 4, H, W)``; ``shadows`` and ``fronts`` ``(n, …, 4, H, W)``, or
    ``(n, …, h, 4, H, W)`` where the configuration has ``heads``.

    Laid over the picture one after the other, each by src-over, they give the picture after every pass: of a pass the
    thickening of all heads, then for every head its shadows and its fronts. A soft layer's alpha is what it covers, or
    as much more as a colour in [0, 1] needs; a hard one's is 1 or 0.
    """

    thickening: torch.Tensor
    shadows: torch.Tensor
    fronts: torch.Tensor

    def passes(self) -> Iterator[list[Named]]:
        """For every pass its layers ``(…, 4, H, W)`` with their names, in the order in which they were painted."""
        several = self.shadows.dim() > self.thickening.dim()
        for thickening, shadows, fronts in zip(self.thickening, self.shadows, self.fronts, strict=True):
            yield named(thickening, *((one if several else one.unsqueeze(-4)) for one in (shadows, fronts)))

    def copies(self) -> Iterator[torch.Tensor]:
        """After every pass ``(…, 4, H, W)``: shadows and fronts of all passes up to it as one layer."""
        whole = torch.zeros_like(self.thickening[0])
        for layers in self.passes():
            whole = with_copies(whole, layers)
            yield whole


def named(thickening: torch.Tensor, shadows: torch.Tensor, fronts: torch.Tensor) -> list[Named]:
    """The layers ``(…, 4, H, W)`` of one pass with their names, in the order in which they were painted; those of
    copies are ``(…, h, 4, H, W)``, for every head."""
    found = [("thickening", thickening)]
    heads = shadows.shape[-4]
    for at in range(heads):
        number = f" {at + 1}" if heads > 1 else ""
        found += [(f"shadows{number}", shadows.select(-4, at)), (f"fronts{number}", fronts.select(-4, at))]
    return found


def with_copies(whole: torch.Tensor, layers: Sequence[Named]) -> torch.Tensor:
    """``whole`` ``(…, 4, H, W)`` and over it what a pass painted but its thickening."""
    for _, layer in layers[1:]:
        whole = over(layer, whole)
    return whole


def over(above: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
    """One layer ``(…, 4, H, W)`` over another, as a layer: Porter and Duff's src-over."""
    top, under = above[..., 3:, :, :], (1.0 - above[..., 3:, :, :]) * below[..., 3:, :, :]
    alpha = top + under
    colour = top * above[..., :3, :, :] + under * below[..., :3, :, :]
    return torch.cat([torch.where(alpha > 0, colour / alpha.clamp(min=torch.finfo(alpha.dtype).tiny), 0.0), alpha], -3)


@dataclass(frozen=True)
class Laid:
    """One step of a pass that laid something down: head ``at`` its shadows (``below``) or its fronts. ``points``: the
    copies' pixels, and ``colours`` ``(3, P)`` what they were painted with; both are None where the whole picture was
    drawn anew."""

    at: int
    below: bool
    points: Points | None = None
    colours: torch.Tensor | None = None


class Record:
    """What one pass paints on a picture ``(3, H, W)``, written down step by step.

    ``coverage`` ``(H, W)``: how much of every pixel is covered by what this pass and those ``before`` it painted on the
    ``first`` picture ``(3, H, W)`` of the run. With ``layers`` also ``thickening`` ``(4, H, W)``, ``shadows`` and
    ``fronts`` ``(heads, 4, H, W)``, as in :class:`Layers`; else these are None. With them ``laid`` has the steps that
    laid something down, in their order, as long as the pass's result is handed over. With ``travel`` it is also told
    where everything came from.
    """

    coverage: torch.Tensor

    def __init__(
        self, first: torch.Tensor, heads: int, layers: bool, before: Record | None = None, travel: Travel | None = None
    ) -> None:
        size = first.shape[-2:]
        self.first = first.detach()
        start = first.new_zeros(size) if before is None else before.coverage
        self.covered_before = self.coverage = start
        self.travel = travel
        if travel is not None:
            travel.begin()
        self.thickening = first.new_zeros((4, *size)) if layers else None
        self.shadows = first.new_zeros((heads, 4, *size)) if layers else None
        self.fronts = first.new_zeros((heads, 4, *size)) if layers else None
        self.laid: list[Laid] = []

    def layers(self) -> list[Named]:
        """The layers of the pass with their names, in the order in which they were painted."""
        assert self.thickening is not None
        assert self.shadows is not None
        assert self.fronts is not None
        return named(self.thickening, self.shadows, self.fronts)

    def begin_again(self) -> None:
        """As if nothing had been painted in this pass."""
        self.laid = []
        self.coverage = self.covered_before
        if self.travel is not None:
            self.travel.begin_again()
        for name in ("thickening", "shadows", "fronts"):
            if getattr(self, name) is not None:
                setattr(self, name, torch.zeros_like(getattr(self, name)))

    @torch.no_grad()
    def thickened(self, before: torch.Tensor, after: torch.Tensor, covered: torch.Tensor | None) -> None:
        """A head has grown strokes: ``before`` and ``after`` ``(3, H, W)``; ``covered`` ``(H, W)`` is how much of each
        pixel is new ink, None for all of what changed: there, in hard pictures, paper may have grown over paint."""
        layer = self._step(before, after, covered)
        if covered is None:
            paper = (layer[3] > 0) & (after == self.first).all(dim=0)
            self.coverage = torch.where(paper, 0.0, self.coverage)
        if self.thickening is not None:
            self.thickening = over(layer, self.thickening)

    @torch.no_grad()
    def copied(
        self,
        at: int,
        below: bool,
        before: torch.Tensor,
        after: torch.Tensor,
        covered: torch.Tensor,
        points: Points | None = None,
        colours: torch.Tensor | None = None,
    ) -> None:
        """Head ``at`` has laid shadows (``below``) or fronts: ``points`` in ``colours``, or the whole picture anew."""
        layer = self._step(before, after, covered)
        layers = self.shadows if below else self.fronts
        if layers is not None:
            layers[at] = layer
            self.laid.append(Laid(at, below, points, None if colours is None else colours.detach()))

    def only(self, allowed: torch.Tensor) -> None:
        """Nothing was painted but where ``allowed`` ``(H, W)`` is True; what was ``laid`` is told as it was."""
        self.coverage = torch.where(allowed, self.coverage, self.covered_before)
        for name in ("thickening", "shadows", "fronts"):
            layer = getattr(self, name)
            if layer is not None:
                setattr(self, name, torch.where(allowed, layer, 0.0))

    def _step(self, before: torch.Tensor, after: torch.Tensor, covered: torch.Tensor | None) -> torch.Tensor:
        """The layer ``(4, H, W)`` that turns ``before`` into ``after``; it is added to the coverage."""
        if covered is None:
            covered = (before != after).any(dim=0).to(before.dtype)
        # No colour reaches farther than 0 or 1: a change by d of a value v wants alpha d / v or d / (1 - v).
        change = after - before
        room = torch.where(change > 0, 1.0 - before, before).clamp(min=SLACK)
        least = ((change.abs() - SLACK).clamp(min=0.0) / room).amax(dim=0)
        alpha = torch.maximum(covered, least).clamp(0.0, 1.0)
        colour = before + change / alpha.clamp(min=torch.finfo(alpha.dtype).tiny)
        self.coverage = alpha + (1.0 - alpha) * self.coverage
        return torch.cat([torch.where(alpha > 0, colour.clamp(0.0, 1.0), 0.0), alpha[None]])
