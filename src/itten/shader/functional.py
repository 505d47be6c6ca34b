"""The functional path: one pass as a chain of functions, from a picture to a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from itten.config import HeadConfig, PassParameters, ShaderConfig
from itten.heads import (
    complexity,
    composite,
    contour,
    copy_colours,
    copy_segments,
    coverage,
    find_segments,
    marks,
    match,
    offers_wanted,
    partition,
    protected,
    redrawn,
    spectral_gate,
    thicken,
)
from itten.image.coerce import renamed
from itten.shader.chain import Head, Painter
from itten.shader.output import EVERYWHERE, Masks, PassResult, Progress, Seen, ShaderOutput, Source
from itten.shader.run import run_passes
from itten.spectra import Spectrum, all_gate_fields, gate_fields


def shade(
    target: Any,
    source: Any = None,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None = None,
    passes: int = 4,
    progress: Progress | None = None,
    *,
    read: Any = None,
    write: Any = None,
    hidden: Any = None,
    coverage: bool = False,
    layers: bool = False,
    opacity: Any = None,
    keep: bool = False,
    coordinates: bool = False,
    read_mask: Any = None,
    write_mask: Any = None,
) -> ShaderOutput:
    """Paint ``target`` with itself, with ``source``, or with several sources, for a number of passes.

    Pictures are tensors ``(3, H, W)`` or ``(B, 3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, PIL images or paths; they may
    have different sizes: a copy keeps its share of a soft picture larger than ``detail``, else its pixels. A list of
    sources offers the segments of all of them; a batch has one
    source for each target. ``config`` as in :meth:`~itten.config.ShaderConfig.from_config`. The sources' spectra are
    computed once, the target's anew for every pass. ``read`` ``(H, W)`` bool, or a list of one for each of a list
    of sources: segments are taken from where it is True, of the source, or of the target where it attends to itself.
    ``write`` ``(H, W)`` bool: only pixels where it is True change (``read_mask`` and
    ``write_mask`` are their old names). ``hidden`` ``(H, W)`` bool: pixels of the
    target that cannot be seen; where it attends to itself they are not copied, unless they have been painted. Files
    and PIL images with alpha are seen over white. ``opacity``: alpha ``(H, W)`` and the colour of the ground, in
    [0, 1], of a picture that is displayed over it, the source or the target that attends to itself; or a list of one
    such pair, or None, for each of a list of sources. Soft copies are then as much as the picture was, whatever they
    look like on its ground. With ``coverage``, ``layers`` and, of one picture, ``coordinates`` the output holds these,
    too. ``progress(index, passes,
    result)`` is given the :class:`~itten.shader.PassResult` of each pass as it is made; the output holds the last
    pass's alone, with ``keep`` all of them, which takes from 24 bytes a pixel and pass. Raises the errors of
    :mod:`itten.errors`."""
    painter = _Functions(ShaderConfig.from_config(config))
    read, write = renamed(read, read_mask, ("read", "read_mask")), renamed(write, write_mask, ("write", "write_mask"))
    rest = read, write, hidden, coverage, layers, opacity, keep, coordinates
    return run_passes(painter, target, source, passes, progress, *rest)


def read_source(
    image: torch.Tensor, config: ShaderConfig, mask: torch.Tensor | None = None, seen: Seen | None = None
) -> Source:
    """See :meth:`itten.shader.chain.Painter.read_source`."""
    painter = _Functions(config)
    return painter.read_source(image, mask, seen, painter.is_soft(image))


def shade_pass(
    image: torch.Tensor,
    config: ShaderConfig,
    parameters: Sequence[PassParameters],
    source: Source | None = None,
    warm: Spectrum | None = None,
    masks: Masks = EVERYWHERE,
    seen: Seen | None = None,
) -> PassResult:
    """See :meth:`itten.shader.chain.Painter.forward_pass`."""
    painter = _Functions(config)
    soft_edges = painter.is_soft(image)
    start = painter.start(image, soft_edges)
    return painter.forward_pass(image, parameters, source, warm, masks, seen, soft_edges, start=start)


class _Functions(Painter):
    """The functions of :mod:`itten.heads` as the steps of the chain."""

    def __init__(self, config: ShaderConfig) -> None:
        self.config = config
        self.field = partial(_fields, config)
        backend = config.spectrum.backend
        self.contour, self.protect = contour, partial(protected, backend=backend)
        self.marks, self.cover = partial(marks, backend=backend), partial(coverage, backend=backend)
        numbers = config.gate_vectors
        self.heads = [
            _HeadFunctions(head, number, config) for head, number in zip(config.all_heads, numbers, strict=True)
        ]

    def look(self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]) -> list[Seen]:
        return all_gate_fields(images, self.config.gate_vectors, self.config.spectrum, warm)


def _fields(config: ShaderConfig, image: torch.Tensor, warm: Spectrum | None = None) -> Seen:
    return gate_fields(image, config.gate_vectors, config.spectrum, warm)


class _HeadFunctions(Head):
    """One head's functions, each with its part of the configuration."""

    def __init__(self, head: HeadConfig, number: int, config: ShaderConfig) -> None:
        self.config = head
        self.number = number
        self.backend = backend = config.spectrum.backend
        self.mixes = config.composite == "zbuffer"
        self.gate = partial(spectral_gate, sharpness=head.sharpness, percent=head.percentile, backend=backend)
        self.complexity = partial(complexity, window=config.complexity_window, backend=backend)
        self.thicken = partial(thicken, rotation=config.thicken_rotation, backend=backend)
        self.partition = partial(partition, kind=head.segmentation, pieces=head.pieces)
        most = 2 * head.max_segments
        self.segments = partial(find_segments, min_pixels=head.min_pixels, max_segments=most, backend=backend)
        self.read = partial(match, assign=head.assign, offers=offers_wanted(head))
        self.copy = partial(copy_segments, head=head, backend=backend)
        self.palette = partial(copy_colours, head=head)
        self.composite = partial(composite, mode=config.composite, backend=backend)
        self.redraw = partial(redrawn, head=head)
