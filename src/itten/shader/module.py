"""The module path: the same pass as a tree of modules, for those who compose, replace or compile parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from itten.config import PassParameters, ShaderConfig
from itten.heads import (
    FRONT,
    SHADOW,
    Complexity,
    Composite,
    Contour,
    CopyHead,
    Distort,
    ReadHead,
    Segments,
    SpectralGate,
    Thicken,
)
from itten.shader.output import PassResult, Progress, ShaderOutput, Source, check_passes, run_passes
from itten.spectra import SpectralField, Spectrum


class SpectralShader(nn.Module):
    """Paints a target with itself or with a source. Its parts are modules that may be replaced one by one.

    The module has no weights: ``state_dict`` is empty and ``to_config`` holds all there is to know.
    """

    def __init__(self, config: ShaderConfig | None = None) -> None:
        super().__init__()
        self.config = config if config is not None else ShaderConfig()
        c = self.config
        self.field = SpectralField(c.gate_vector, c.spectrum)
        self.gate = SpectralGate(c.sharpness, c.percentile)
        self.contour = Contour()
        self.complexity = Complexity(c.complexity_window)
        self.thicken = Thicken(c.thicken_rotation)
        self.segments = Segments(c.min_pixels, 2 * c.max_segments, c.spectrum.backend)
        self.read = ReadHead()
        self.copy = CopyHead(c.strength)
        self.shadow = Distort(SHADOW)
        self.front = Distort(FRONT)
        self.composite = Composite(c.composite)

    @classmethod
    def from_config(cls, config: ShaderConfig | Mapping[str, Any] | str | Path | None = None) -> SpectralShader:
        """From a dict, a TOML or JSON file, a preset's name or a :class:`~itten.config.ShaderConfig`."""
        return cls(ShaderConfig.from_config(config))

    def to_config(self) -> dict[str, Any]:
        """The dict that :meth:`from_config` takes."""
        return self.config.to_dict()

    def forward(
        self, target: Any, source: Any = None, passes: int = 4, progress: Progress | None = None
    ) -> ShaderOutput:
        """As :func:`itten.shade`, with this module's configuration."""
        schedule = self.config.envelope.schedule(check_passes(passes), self.config.effect)
        return run_passes(target, source, schedule, self.read_source, self.forward_pass, progress)

    def read_source(self, image: torch.Tensor) -> Source:
        """The segments that a source ``(3, H, W)`` offers."""
        field, _ = self.field(image)
        return Source(image, self.segments(self.gate(field), self.contour(image), field))

    def forward_pass(
        self,
        image: torch.Tensor,
        parameters: PassParameters,
        source: Source | None = None,
        warm: Spectrum | None = None,
    ) -> PassResult:
        """One pass over one picture ``(3, H, W)``; ``warm`` is the spectrum of the pass before."""
        field, found = self.field(image, warm)
        gate, ink, busy = self.gate(field), self.contour(image), self.complexity(field)
        grown = self.thicken(image, gate, ink, busy, parameters)
        own = self.segments(gate, ink, field)
        target = own.first(self.config.max_segments)
        given = Source(image, own) if source is None else source
        if len(target) and len(given.segments):
            matches = self.read(target, given.segments)
            shadow, front = self.copy(target, given.segments, matches, busy, parameters.effect)
            pixels = given.image.flatten(1)
            grown = self.composite(grown, shadow.place, self.shadow(pixels[:, shadow.origin], parameters.effect))
            grown = self.composite(grown, front.place, self.front(pixels[:, front.origin], parameters.effect))
        return PassResult(grown, field, target.label_map(), found)
