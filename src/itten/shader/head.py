"""One head as a tree of modules: what it sees in a picture, and what it paints."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from itten.config import HeadConfig, PassParameters, ShaderConfig
from itten.heads import (
    Complexity,
    Composite,
    CopyHead,
    Palette,
    Partition,
    Points,
    ReadHead,
    Segments,
    SegmentTable,
    Signatures,
    SpectralGate,
    Thicken,
    describe,
    low_gate,
    offers_wanted,
    void_map,
)
from itten.heads.device import unseen
from itten.heads.partition import coordinates
from itten.spectra import Spectrum


@dataclass(frozen=True)
class View:
    """What one head sees in a picture: ``gate`` and ``busy`` ``(H, W)``, and the segments, twice as many as it
    paints."""

    gate: torch.Tensor
    busy: torch.Tensor
    segments: SegmentTable


class SpectralHead(nn.Module):
    """A head with its configuration kept. Its parts are modules that may be replaced one by one."""

    def __init__(self, head: HeadConfig, number: int, config: ShaderConfig) -> None:
        super().__init__()
        self.config = head
        self.number = number
        self.backend = config.spectrum.backend
        self.gate = SpectralGate(head.sharpness, head.percentile)
        self.complexity = Complexity(config.complexity_window, self.backend)
        self.thicken = Thicken(config.thicken_rotation, self.backend)
        self.partition = Partition(head.segmentation, head.pieces)
        self.segments = Segments(head.min_pixels, 2 * head.max_segments, self.backend)
        self.read = ReadHead(head.signature, head.assign, offers_wanted(head))
        self.copy = CopyHead(head, self.backend)
        self.palette = Palette(head)
        self.composite = Composite(config.composite, self.backend)

    def view(
        self, field: torch.Tensor, ink: torch.Tensor, found: Spectrum | None, mask: torch.Tensor | None = None
    ) -> View:
        """What the head sees, with segments only where ``mask`` ``(H, W)`` is True."""
        gate = self.gate(field)
        content = ink if self.config.content == "contours" else torch.ones_like(ink)
        low = low_gate(gate, content if mask is None else content & mask, self.config.min_pixels, self.backend)
        classes = None
        if self.config.segmentation != "components":
            classes = self.partition(low, coordinates(found, field, self.number))
        table = self.segments(low, field, classes, unseen(field, self.backend))
        return View(gate, self.complexity(field), table)

    def describe(self, table: SegmentTable, image: torch.Tensor, found: Spectrum | None) -> Signatures:
        """The signatures of a table's segments."""
        return describe(table, self.config.signature, image, found, self.backend)

    def grow(self, grown: torch.Tensor, view: View, ink: torch.Tensor, parameters: PassParameters) -> torch.Tensor:
        """The picture with its high-gate contours thickened, if this head does that."""
        if not self.config.thicken:
            return grown
        return self.thicken(grown, view.gate, ink, view.busy, parameters)

    def forward(
        self,
        grown: torch.Tensor,
        image: torch.Tensor,
        ink: torch.Tensor,
        view: View,
        matches: torch.Tensor,
        content: torch.Tensor,
        offered: SegmentTable,
        taken: torch.Tensor,
        parameters: PassParameters,
        key: tuple[int, ...],
    ) -> tuple[torch.Tensor, Points, torch.Tensor]:
        """``grown`` with the copies painted, the front copies, and ``taken`` ``(H, W)`` with their pixels in it."""
        target = view.segments.first(self.config.max_segments)
        void = void_map(view.gate, ink) & ~taken
        shadow, front = self.copy(target, offered, matches, void, view.busy, parameters.effect, key)
        pixels = content.flatten(1)
        for points, below in ((shadow, True), (front, False)):
            colours = self.palette(pixels, points, image, ink, parameters.effect, below)
            grown = self.composite(grown, points.place, colours)
            taken = points.added(taken)
        return grown, front, taken
