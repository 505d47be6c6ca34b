"""A picture while a setting changes: painted anew for every frame."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from itten.config import AnimationConfig, ShaderConfig
from itten.config.base import config_of
from itten.errors import InputError, UsageError
from itten.files import as_path, check_place
from itten.heads import soft
from itten.image import as_image
from itten.image.coerce import renamed
from itten.limits import check_passes
from itten.motion.between import as_frame
from itten.motion.course import Moment, moments_between, moments_over
from itten.motion.ease import dots
from itten.motion.encode import Animation, check_format, write_animation
from itten.motion.growth import read_sources, shown
from itten.motion.reel import Frame, Reel
from itten.shader import shade

Configured = ShaderConfig | Mapping[str, Any] | str | Path | None


def vary(
    target: Any,
    source: Any = None,
    config: Configured = None,
    passes: int = 4,
    *,
    path: str | os.PathLike[str],
    over: str | None = None,
    start: float | None = None,
    end: float | None = None,
    to: Configured = None,
    frames: int | None = None,
    animation: AnimationConfig | None = None,
    overwrite: bool = False,
    read: Any = None,
    write: Any = None,
    progress: Callable[[int, int], None] | None = None,
    read_mask: Any = None,
    write_mask: Any = None,
    **options: Any,
) -> Animation:
    """Paint ``target`` as :func:`itten.shade` does, once for every frame, and write all to ``path`` as
    :func:`itten.animate` does: the number at the dotted key ``over``, such as ``percentile`` or ``envelope.decay``,
    goes from ``start`` to ``end``; or the configuration goes from ``config`` ``to`` another.

    Whole numbers step; what is painted alike in a row is painted once. From one configuration to another numbers that
    both have change evenly, and the rest at the middle, where one picture is faded into the other, in a hard one pixel
    by pixel. ``frames`` left out are as many as ``seconds`` of ``fps`` take; ``options`` are fields of
    :class:`itten.AnimationConfig`. ``progress(index, frames)`` is called after each. Raises the errors of
    :mod:`itten.errors`; names and all settings are looked at before the work."""
    read, write = renamed(read, read_mask, ("read", "read_mask")), renamed(write, write_mask, ("write", "write_mask"))
    settings = config_of(AnimationConfig, animation, options)
    check_format(path, settings)
    check_place(as_path(path), overwrite)
    check_passes(passes)
    base = ShaderConfig.from_config(config)
    count = max(settings.steps, 2) if frames is None else frames
    if (over is None) == (to is None):
        raise UsageError("either a key goes over from start to end, or the configuration to another")
    if over is None:
        if start is not None or end is not None:
            raise UsageError("start and end are of the key that goes over from one to the other")
        moments = moments_between(base, ShaderConfig.from_config(to), count)
    elif start is None or end is None:
        raise UsageError(f"{over!r} goes over from start to end: both are wanted")
    else:
        moments = moments_over(base, over, start, end, count)
    image = as_image(target, name="target")
    if image.dim() != 3:
        raise InputError(f"target: one picture (3, H, W) is wanted, got {tuple(image.shape)}")
    given, _ = read_sources(source)

    def paint(one: ShaderConfig) -> torch.Tensor:
        return shade(image, given, one, passes, read=read, write=write).image

    with Reel() as reel:
        add_frames(reel, moments, paint, not soft(image), settings.size, progress)
        return write_animation(reel, path, settings, overwrite)


def add_frames(
    reel: Reel,
    moments: Sequence[Moment],
    paint: Callable[[ShaderConfig], torch.Tensor],
    hard: bool,
    size: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """The frames of ``moments``, painted by ``paint``, which gives ``(3, H, W)``; not again what the moment before has
    shown. In a ``hard`` picture one fades into another pixel by pixel."""
    known: list[tuple[ShaderConfig, Frame]] = []
    for index, moment in enumerate(moments):
        fresh: list[tuple[ShaderConfig, Frame]] = []
        for config in (moment.config, moment.other):
            if config is not None:
                seen = next((frame for one, frame in known if one == config), None)
                fresh.append((config, as_frame(paint(config)) if seen is None else seen))
        known = fresh
        frame = fresh[0][1] if moment.other is None else faded(fresh[0][1], fresh[1][1], moment.come, hard)
        reel.add(shown(frame, size, hard))
        if progress is not None:
            progress(index, len(moments))


def faded(one: Frame, other: Frame, come: float, hard: bool) -> Frame:
    """A frame that is already ``other`` by the share ``come``; in a hard picture so many of its pixels are."""
    if hard:
        return np.where((dots(*one.shape[:2]) < come)[..., None], other, one)
    mixed = one + (other.astype(np.float32) - one) * np.float32(come)
    return np.asarray(mixed + 0.5, dtype=np.uint8)
