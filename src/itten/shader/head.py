"""One head as a tree of modules: what it sees in a picture, and what it paints."""

from __future__ import annotations

from typing import Any

from torch import nn

from itten.config import HeadConfig, ShaderConfig
from itten.heads import (
    Complexity,
    Composite,
    CopyHead,
    Palette,
    Partition,
    Points,
    ReadHead,
    Redraw,
    Segments,
    SpectralGate,
    Thicken,
    offers_wanted,
)
from itten.shader.steps import Head


class SpectralHead(Head, nn.Module):
    """A head with its configuration kept. Its parts are modules that may be replaced one by one."""

    def __init__(self, head: HeadConfig, number: int, config: ShaderConfig) -> None:
        super().__init__()
        self.config = head
        self.number = number
        self.backend = config.spectrum.backend
        self.mixes = config.composite == "zbuffer"
        self.gate = SpectralGate(head.sharpness, head.percentile, self.backend)
        self.complexity = Complexity(config.complexity_window, self.backend)
        self.thicken = Thicken(config.thicken_rotation, self.backend)
        self.partition = Partition(head.segmentation, head.pieces)
        self.segments = Segments(head.min_pixels, 2 * head.max_segments, self.backend)
        self.read = ReadHead(head.signature, head.assign, offers_wanted(head))
        self.copy = CopyHead(head, self.backend)
        self.palette = Palette(head)
        self.composite = Composite(config.composite, self.backend)
        self.redraw = Redraw(head)

    def paint(self, *arguments: Any) -> Points:
        """A call of the module, so that its hooks are run."""
        painted: Points = self(*arguments)
        return painted

    def forward(self, *arguments: Any) -> Points:
        """See :meth:`itten.shader.chain.Head.paint`."""
        return super().paint(*arguments)
