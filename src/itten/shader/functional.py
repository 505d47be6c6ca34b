"""The functional path: one pass as a chain of functions, from a picture to a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from itten.config import PassParameters, ShaderConfig
from itten.heads import (
    FRONT,
    SHADOW,
    SegmentTable,
    complexity,
    composite,
    contour,
    copy_segments,
    distort,
    find_segments,
    low_gate,
    match,
    signatures,
    spectral_gate,
    thicken,
)
from itten.shader.output import PassResult, Progress, ShaderOutput, Source, check_passes, run_passes
from itten.spectra import Spectrum, gate_field


def shade(
    target: Any,
    source: Any = None,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None = None,
    passes: int = 4,
    progress: Progress | None = None,
) -> ShaderOutput:
    """Paint ``target`` with itself, or with ``source``, for a number of passes.

    Pictures are tensors ``(3, H, W)`` or ``(B, 3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL images or paths; the
    two may have different sizes, nothing is rescaled. ``config`` as in
    :meth:`~itten.config.ShaderConfig.from_config`. The source's spectrum is computed once, the target's
    anew for every pass. Raises the errors of :mod:`itten.errors`.
    """
    settings = ShaderConfig.from_config(config)
    schedule = settings.envelope.schedule(check_passes(passes), settings.effect)

    def prepare(image: torch.Tensor) -> Source:
        return read_source(image, settings)

    def step(
        image: torch.Tensor, parameters: PassParameters, given: Source | None, warm: Spectrum | None
    ) -> PassResult:
        return shade_pass(image, settings, parameters, given, warm)

    return run_passes(target, source, schedule, prepare, step, progress)


def read_source(image: torch.Tensor, config: ShaderConfig) -> Source:
    """The segments that a source ``(3, H, W)`` offers: up to twice as many as a target may have."""
    values, _ = gate_field(image, config.gate_vector, config.spectrum)
    gate = spectral_gate(values, config.sharpness, config.percentile)
    return Source(image, _segments(gate, contour(image), values, config))


def shade_pass(
    image: torch.Tensor,
    config: ShaderConfig,
    parameters: PassParameters,
    source: Source | None = None,
    warm: Spectrum | None = None,
) -> PassResult:
    """One pass over one picture ``(3, H, W)``; without a source the picture attends to itself. ``warm`` is the spectrum
    of the pass before."""
    values, found = gate_field(image, config.gate_vector, config.spectrum, warm)
    gate = spectral_gate(values, config.sharpness, config.percentile)
    ink = contour(image)
    busy = complexity(values, config.complexity_window)
    grown = thicken(image, gate, ink, busy, parameters, config.thicken_rotation)
    own = _segments(gate, ink, values, config)
    target = own.first(config.max_segments)
    given = Source(image, own) if source is None else source
    if len(target) and len(given.segments):
        matches = match(signatures(target), signatures(given.segments))
        effect = parameters.effect
        layers = copy_segments(target, given.segments, matches, busy, config.strength, effect)
        for points, tint in zip(layers, (SHADOW, FRONT), strict=True):
            colours = distort(given.image.flatten(1)[:, points.origin], tint, effect)
            grown = composite(grown, points.place, colours, config.composite)
    return PassResult(grown, values, target.label_map(), found)


def _segments(gate: torch.Tensor, ink: torch.Tensor, values: torch.Tensor, config: ShaderConfig) -> SegmentTable:
    mask = low_gate(gate, ink, config.min_pixels)
    return find_segments(mask, values, config.min_pixels, 2 * config.max_segments, config.spectrum.backend)
