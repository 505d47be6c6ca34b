"""The loop over pictures and passes that both paths share."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from itten.errors import InputError, UsageError
from itten.heads import Opacity
from itten.image import as_image
from itten.image.coerce import as_mask
from itten.limits import check_passes
from itten.needs import check_room, shading_needs
from itten.shader.chain import Painter
from itten.shader.kept import Kept, gathered
from itten.shader.layers import Record
from itten.shader.output import Masks, Progress, Seen, ShaderOutput, Source, stacked_sources
from itten.shader.travel import Travel
from itten.shader.unchanged import one_colour, tell_unchanged
from itten.spectra import Spectrum, together

log = logging.getLogger("itten")


def run_passes(
    painter: Painter,
    target: Any,
    source: Any,
    passes: int,
    progress: Progress | None,
    read: Any = None,
    write: Any = None,
    hidden: Any = None,
    coverage: bool = False,
    layers: bool = False,
    opacity: Any = None,
    keep: bool = False,
    coordinates: bool = False,
) -> ShaderOutput:
    """Every picture through every pass. A source is prepared once and may serve a whole batch of targets.

    A batch's fields are computed together where that is quicker: its pictures then go through a pass side by side, else
    one after the other through all passes. ``progress(index, passes, result)`` is called after each pass of each
    picture, and what it is given is not kept, unless ``keep`` says so. ``coverage`` and ``layers``: what the output
    shall hold besides, and each result's record. ``opacity``: of the pictures that are
    copied from, as in :func:`itten.shade`; how much covers a target that attends to itself is then written down.
    ``coordinates``: of one picture, from where to where pixels moved."""
    if progress is not None and not callable(progress):
        raise InputError(f"progress is a {type(progress).__name__}; a function is needed")
    schedule, several = painter.config.schedule(check_passes(passes)), bool(painter.config.heads)
    image = as_image(target, name="target")
    pictures = list(image) if image.dim() == 4 else [image]
    if image.dim() > 4:
        raise InputError(f"target: (3, H, W) or (B, 3, H, W) is wanted, got {tuple(image.shape)}")
    size, side_by_side = image.shape[-2:], together(image, painter.config.spectrum)
    softs = [painter.is_soft(picture) for picture in pictures]
    if image.device.type == "cpu":
        written = (
            coverage or layers or coordinates or opacity is not None,
            layers,
            (passes if keep else 1) * len(pictures),
        )
        _check_room(size, _sizes(source), painter, softs, *written)
    sources = _prepare_sources(source, image, len(pictures), painter, read, side_by_side, opacity)
    own = as_mask(read, size, "read", image.device) if source is None else None
    unseen = as_mask(hidden, size, "hidden", image.device) if source is None else None
    clear = as_opacity(opacity, image) if source is None else None
    masks = Masks(own, as_mask(write, size, "write", image.device))
    starts = [painter.start(picture, soft) for picture, soft in zip(pictures, softs, strict=True)]
    for number, (soft, start) in enumerate(zip(softs, starts, strict=True), 1):
        kind = "photograph" if start.photograph else "drawing"
        if start.crowded and not one_colour(pictures[number - 1]):
            told = "picture %d of %d is dots throughout: copies go by the greys that these add up to"
            log.warning(told, number, len(softs))
        log.info("picture %d of %d has %s edges, a %s", number, len(softs), "soft" if soft else "hard", kind)
    sizes = [painter.working(picture, soft) for picture, soft in zip(pictures, softs, strict=True)]
    kept = [Kept(picture, size, keep) for picture, size in zip(pictures, sizes, strict=True)]
    travel = _travel(painter, image, sources[0], masks.write) if coordinates else None
    numbers = list(range(len(pictures)))
    # Pictures of one size side by side: soft ones may have another working size than hard ones.
    together_now = side_by_side and len(set(sizes)) == 1
    for group in [numbers] if together_now else [[number] for number in numbers]:
        current = [pictures[number] for number in group]
        small = [sizes[number].shrunk(pictures[number]) for number in group]
        warm: list[Spectrum | None] = [None for _ in group]
        for index, parameters in enumerate(schedule):
            known: Sequence[Seen | None] = [None]
            if len(group) > 1:
                pairs = zip(group, small, strict=True)
                known = painter.look([painter.calm(now, softs[number]) for number, now in pairs], warm)
            for at, seen in enumerate(known):
                number = group[at]
                given, before, soft, mine = sources[number], pictures[number], softs[number], kept[number]
                allowed = masks if unseen is None else replace(masks, read=_shown(own, unseen, before, current[at]))
                record, seen_through = None, clear
                if coverage or layers or coordinates or clear is not None:
                    known_before = mine.records[-1] if mine.records else None
                    record = Record(before, len(parameters), layers, known_before, travel)
                    if clear is not None:
                        seen_through = clear.painted(record.coverage)
                rest = warm[at], allowed, seen, soft, small[at], starts[number], record, seen_through
                result = painter.forward_pass(current[at], parameters, given, *rest)
                current[at], warm[at] = result.image, result.spectrum
                small[at] = result.image if result.small is None else result.small
                mine.add(result, index + 1 == len(schedule))
                if progress is not None:
                    progress(index, len(schedule), result)
                del result
    tell_unchanged(painter, kept, sources, softs, masks)
    output = gathered(kept, image.dim() == 4, several, coverage, layers)
    return output if travel is None else replace(output, coordinates=travel.finished())


def _travel(painter: Painter, image: torch.Tensor, source: Source | None, written: torch.Tensor | None) -> Travel:
    """What writes down where pixels move. Raises :class:`~itten.errors.UsageError` where that cannot be said."""
    if image.dim() == 4:
        raise UsageError("coordinates are kept of one picture (3, H, W), and not of a batch")
    if any(head.draws for head in painter.heads):
        raise UsageError(
            'a head that draws the whole picture (draw = "engrave", …) moves no pixels: no map can be kept'
        )
    parts: Sequence[tuple[int, int]] = ()
    if source is not None:
        parts = source.parts or [(source.image.shape[1], source.image.shape[2])]
    return Travel((image.shape[1], image.shape[2]), parts, written)


def _check_room(
    size: Sequence[int],
    sources: Sequence[tuple[int, int]],
    painter: Painter,
    softs: Sequence[bool],
    coverage: bool,
    layers: bool,
    kept: int,
) -> None:
    """Raises :class:`~itten.errors.ResourceError` where the work finds no room in memory."""
    height, width = size
    needs = shading_needs((height, width), sources, painter.config, coverage, layers, kept)
    needed = max(needs.soft if soft else needs.hard for soft in softs) if softs else 0
    check_room(needed, f"painting {width} × {height} pixels", (height, width))


def _sizes(source: Any) -> list[tuple[int, int]]:
    """Heights and widths of sources, as far as they are known before they are read."""
    found: list[tuple[int, int]] = []
    for one in source if isinstance(source, list | tuple) else [source]:
        if isinstance(one, torch.Tensor) and one.dim() >= 2:
            found.append((one.shape[-2], one.shape[-1]))
        elif isinstance(one, np.ndarray) and one.ndim >= 2:
            found.append((one.shape[0], one.shape[1]))
    return found


def _shown(own: torch.Tensor | None, unseen: torch.Tensor, before: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
    """Where a target may be read whose pixels are hidden where ``unseen``: not there, unless they have been painted."""
    shown = (now != before).any(dim=0) | ~unseen
    return shown if own is None else shown & own


def as_opacity(given: Any, image: torch.Tensor, name: str = "opacity") -> Opacity | None:
    """``(alpha, ground)`` for pictures like ``image`` ``(…, 3, H, W)``. Raises :class:`~itten.errors.InputError` if
    alpha is none of their size in [0, 1], or the ground no colour in [0, 1]."""
    if given is None:
        return None
    size = tuple(image.shape[-2:])
    try:
        alpha, ground = (torch.as_tensor(one).to(image) for one in given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{name}: (alpha, ground) is wanted ({error})") from error
    got = tuple(alpha.shape), tuple(ground.shape)
    if got != (size, (3,)) or not all(bool(((one >= 0) & (one <= 1)).all()) for one in (alpha, ground)):
        raise InputError(f"{name}: {size} and (3,) in [0, 1] are wanted, alpha and ground, got {got[0]} and {got[1]}")
    return Opacity(alpha, ground)


def _prepare_sources(
    source: Any,
    image: torch.Tensor,
    count: int,
    painter: Painter,
    read: Any,
    side_by_side: bool,
    opacity: Any,
) -> list[Source | None]:
    if source is None:
        return [None] * count
    if isinstance(source, list | tuple):
        if not source:
            raise InputError("source: the list of sources is empty")
        masks = read if isinstance(read, list | tuple) else [read] * len(source)
        if len(masks) != len(source):
            raise InputError(f"read: {len(source)} sources want as many masks, got {len(masks)}")
        clear = opacity if isinstance(opacity, list) else [opacity] * len(source)
        if len(clear) != len(source):
            raise InputError(f"opacity: {len(source)} sources want as many, got {len(clear)}")
        known = any(one is not None for one in clear)
        each = enumerate(zip(source, masks, clear, strict=True), 1)
        parts = [
            _one_source(one, image, painter, mask, f"source {number}", None, own, known)
            for number, (one, mask, own) in each
        ]
        return [stacked_sources(parts)] * count
    given = as_image(source, name="source").to(dtype=image.dtype, device=image.device)
    if given.dim() == 3:
        return [_one_source(given, image, painter, read, "source", None, opacity)] * count
    if given.dim() != 4 or len(given) not in (1, count):
        raise InputError(
            f"source: one picture, or a batch as long as the target's ({count}), is wanted, got {tuple(given.shape)}"
        )
    fields: Sequence[Seen | None] = [None] * len(given)
    softs = [painter.is_soft(one) for one in given]
    sizes = [painter.working(one, soft) for one, soft in zip(given, softs, strict=True)]
    if side_by_side and len(set(sizes)) == 1:
        small = [painter.calm(sizes[0].shrunk(one), soft) for one, soft in zip(given, softs, strict=True)]
        fields = painter.look(small, [None] * len(given))
    pairs = zip(given, fields, strict=True)
    rest = image, painter, read, "source"
    prepared: list[Source | None] = [_one_source(one, *rest, seen, opacity) for one, seen in pairs]
    return prepared if len(prepared) == count else prepared * count


def _one_source(
    source: Any,
    image: torch.Tensor,
    painter: Painter,
    mask: Any,
    name: str,
    seen: Seen | None = None,
    opacity: Any = None,
    known: bool = False,
) -> Source:
    """``known``: what can be seen through it is to be known; it is nothing, unless its ``opacity`` is given."""
    given = as_image(source, name=name).to(dtype=image.dtype, device=image.device)
    if given.dim() != 3:
        raise InputError(f"{name}: one picture (3, H, W) is wanted, got {tuple(given.shape)}")
    allowed = as_mask(mask, given.shape[1:], "read", given.device)
    clear = as_opacity(opacity, given, f"opacity of {name}")
    if clear is None and known:
        clear = Opacity(torch.ones_like(given[0]), given.new_ones(3))
    return painter.read_source(given, allowed, seen, painter.is_soft(given), clear)
