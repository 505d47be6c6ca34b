"""The functional path: one pass as a chain of functions, from a picture to a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from itten.config import HeadConfig, PassParameters, ShaderConfig
from itten.heads import (
    Points,
    SegmentTable,
    complexity,
    composite,
    contour,
    copy_colours,
    copy_segments,
    describe,
    find_segments,
    low_gate,
    match,
    offers_wanted,
    partition,
    spectral_gate,
    thicken,
    void_map,
)
from itten.heads.device import unseen
from itten.heads.partition import coordinates
from itten.shader.output import (
    EVERYWHERE,
    Masks,
    PassResult,
    Progress,
    Seen,
    ShaderOutput,
    Source,
    run_passes,
)
from itten.spectra import Spectrum, all_gate_fields, gate_fields


def shade(
    target: Any,
    source: Any = None,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None = None,
    passes: int = 4,
    progress: Progress | None = None,
    *,
    read_mask: Any = None,
    write_mask: Any = None,
) -> ShaderOutput:
    """Paint ``target`` with itself, with ``source``, or with several sources, for a number of passes.

    Pictures are tensors ``(3, H, W)`` or ``(B, 3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL images or paths; they may
    have different sizes, nothing is rescaled. A list of sources offers the segments of all of them; a batch has one
    source for each target. ``config`` as in :meth:`~itten.config.ShaderConfig.from_config`. The sources' spectra are
    computed once, the target's anew for every pass. ``read_mask`` ``(H, W)`` bool, or a list of one for each of a list
    of sources: segments are taken from where it is True, of the source, or of the target where it attends to itself.
    ``write_mask`` ``(H, W)`` bool: only pixels where it is True change. Raises the errors of :mod:`itten.errors`."""
    painter = _Functions(ShaderConfig.from_config(config))
    return run_passes(painter, target, source, passes, progress, read_mask, write_mask)


@dataclass(frozen=True)
class _Functions:
    """The functions below with their configuration, as the loop over passes wants them."""

    config: ShaderConfig

    def look(self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]) -> list[Seen]:
        return all_gate_fields(images, self.config.gate_vectors, self.config.spectrum, warm)

    def read_source(self, image: torch.Tensor, mask: torch.Tensor | None = None, seen: Seen | None = None) -> Source:
        return read_source(image, self.config, mask, seen)

    def forward_pass(
        self,
        image: torch.Tensor,
        parameters: Sequence[PassParameters],
        source: Source | None = None,
        warm: Spectrum | None = None,
        masks: Masks = EVERYWHERE,
        seen: Seen | None = None,
    ) -> PassResult:
        return shade_pass(image, self.config, parameters, source, warm, masks, seen)


def read_source(
    image: torch.Tensor, config: ShaderConfig, mask: torch.Tensor | None = None, seen: Seen | None = None
) -> Source:
    """What a source ``(3, H, W)`` offers to every head: up to twice as many segments as a target may have, all of them
    where ``mask`` ``(H, W)`` is True. ``seen``: its fields and spectrum, if they are known."""
    fields, found = gate_fields(image, config.gate_vectors, config.spectrum) if seen is None else seen
    views = _views(image, contour(image), fields, found, config, mask)
    return _offered(image, views, found, config)


def shade_pass(
    image: torch.Tensor,
    config: ShaderConfig,
    parameters: Sequence[PassParameters],
    source: Source | None = None,
    warm: Spectrum | None = None,
    masks: Masks = EVERYWHERE,
    seen: Seen | None = None,
) -> PassResult:
    """One pass over one picture ``(3, H, W)``; without a source the picture attends to itself.

    ``parameters``: one for every head. ``warm`` is the spectrum of the pass before; ``seen`` are the picture's fields
    and spectrum, if they are known. All heads look at the picture as it was; they thicken and paint in their order, and
    where one has painted, later ones find no void.
    """
    fields, found = gate_fields(image, config.gate_vectors, config.spectrum, warm) if seen is None else seen
    ink, backend = contour(image), config.spectrum.backend
    views = _views(image, ink, fields, found, config)
    grown = image
    for view, settings in zip(views, parameters, strict=True):
        if view.head.thicken:
            grown = thicken(grown, view.gate, ink, view.busy, settings, config.thicken_rotation, backend)
    given = source
    if given is None:
        own = views if masks.read is None else _views(image, ink, fields, found, config, masks.read)
        given = _offered(image, own, found, config)
    itself = source is None and masks.read is None
    taken = (grown != image).any(dim=0)
    if masks.write is not None:
        taken = taken | ~masks.write
    labels, fronts = [], []
    for number, (view, settings) in enumerate(zip(views, parameters, strict=True)):
        head, effect = view.head, settings.effect
        target = view.segments.first(head.max_segments)
        labels.append(target.label_map())
        offered = given.segments[number]
        if not len(target) or not len(offered):
            fronts.append(Points.none(image.device))
            continue
        keys = given.signatures[number]
        queries = keys.first(len(target)) if itself else describe(target, head.signature, image, found, backend)
        matches = match(queries, keys, head.assign, offers_wanted(head))
        void = void_map(view.gate, ink) & ~taken
        key = (config.seed, number, settings.index)
        layers = copy_segments(target, offered, matches, void, view.busy, head, effect, key, backend)
        for points, shadow in zip(layers, (True, False), strict=True):
            colours = copy_colours(given.image.flatten(1), points, image, ink, head, effect, shadow)
            grown = composite(grown, points.place, colours, config.composite, backend)
            taken = points.added(taken)
        fronts.append(layers[1])
    if masks.write is not None:
        grown = torch.where(masks.write, grown, image)
    return PassResult(grown, fields, torch.stack(labels), found, tuple(fronts))


@dataclass(frozen=True)
class _View:
    """What one head sees in a picture."""

    head: HeadConfig
    gate: torch.Tensor
    busy: torch.Tensor
    segments: SegmentTable


def _views(
    image: torch.Tensor,
    ink: torch.Tensor,
    fields: torch.Tensor,
    found: Spectrum | None,
    config: ShaderConfig,
    mask: torch.Tensor | None = None,
) -> list[_View]:
    views = []
    for head, number, field in zip(config.all_heads, config.gate_vectors, fields, strict=True):
        gate = spectral_gate(field, head.sharpness, head.percentile)
        content = ink if head.content == "contours" else torch.ones_like(ink)
        backend = config.spectrum.backend
        low = low_gate(gate, content if mask is None else content & mask, head.min_pixels, backend)
        classes = None
        if head.segmentation != "components":
            classes = partition(low, head.segmentation, coordinates(found, field, number), head.pieces)
        limits = head.min_pixels, 2 * head.max_segments
        table = find_segments(low, field, *limits, backend, classes, unseen(image, backend))
        views.append(_View(head, gate, complexity(field, config.complexity_window, backend), table))
    return views


def _offered(image: torch.Tensor, views: list[_View], found: Spectrum | None, config: ShaderConfig) -> Source:
    backend = config.spectrum.backend
    signatures = (describe(view.segments, view.head.signature, image, found, backend) for view in views)
    return Source(image, tuple(view.segments for view in views), tuple(signatures))
