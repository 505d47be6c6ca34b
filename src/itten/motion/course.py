"""From one configuration to another: what is painted at every moment of an animation. Needs no torch."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itten.config import ShaderConfig, flat, nested, overlaid
from itten.config.base import groups
from itten.errors import ConfigError, UsageError
from itten.motion.ease import smooth

MOST_FRAMES = 10_000
# What is no number changes from one to the other between these moments.
FADE = (0.25, 0.75)


@dataclass(frozen=True)
class Moment:
    """What is seen: a picture painted with ``config``, or, by the share ``come`` in (0, 1), already one painted with
    ``other``."""

    config: ShaderConfig
    other: ShaderConfig | None = None
    come: float = 0.0


def moments_over(base: ShaderConfig, key: str, start: float, end: float, frames: int) -> list[Moment]:
    """``frames`` moments in which the number at a dotted ``key``, such as ``envelope.decay``, goes evenly from
    ``start`` to ``end``; whole numbers step. ``envelope.decay`` takes the envelope of that name with it.

    Raises :class:`~itten.errors.ConfigError` for an unknown key and values out of range, at any moment, and
    :class:`~itten.errors.UsageError` for a key that holds no number."""
    _check_frames(frames)
    data = base.to_dict()
    if key == "envelope.decay":
        data = overlaid(data, nested("envelope.kind", "decay"))
    ShaderConfig.from_config(overlaid(data, nested(key, start)))  # names the nearest key, if it is none
    kinds = _kinds(key)
    if not kinds & {int, float}:
        raise UsageError(f"configuration {key!r} is no number that could go from {start:g} to {end:g}")
    whole = float not in kinds
    found = []
    for number in range(frames):
        value: float = start + (end - start) * number / (frames - 1)
        if whole:
            value = _rounded(value) if 0 < number < frames - 1 else value
        found.append(Moment(ShaderConfig.from_config(overlaid(data, nested(key, value)))))
    return found


def moments_between(start: ShaderConfig, end: ShaderConfig, frames: int) -> list[Moment]:
    """``frames`` moments from one configuration to another: numbers that both have go evenly from one to the other, but
    seeds; all else switches, and what is painted before and after is faded over around the middle. Numbers that would
    not fit together stay until then, too. Raises :class:`~itten.errors.UsageError` for too few or too many."""
    _check_frames(frames)
    found = []
    for number in range(frames):
        t = number / (frames - 1)
        come = float(smooth((t - FADE[0]) / (FADE[1] - FADE[0])))
        before = _towards(start, end, t) if come < 1.0 else None
        after = _towards(end, start, 1.0 - t) if come > 0.0 else None
        if before is None or after is None or before == after:
            one = before or after
            assert one is not None
            found.append(Moment(one))
        else:
            found.append(Moment(before, after, come))
    return found


def _check_frames(frames: int) -> None:
    if not 2 <= frames <= MOST_FRAMES:
        raise UsageError(f"from one setting to another there are 2 to {MOST_FRAMES} frames, got {frames}")


def _rounded(value: float) -> int:
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)


def _kinds(key: str) -> set[Any]:
    """The types that a dotted key of a configuration may have; none for a table."""
    parts = key.split(".")
    if parts[0] == "heads" and len(parts) > 2:
        parts = parts[2:]
    model: Any = ShaderConfig
    for part in parts[:-1]:
        model = groups(model).get(part)
        if model is None:
            return set()
    info = model.model_fields.get(parts[-1])
    return set() if info is None else _single(info.annotation)


def _single(kind: Any) -> set[Any]:
    """The types that stand alone in a union."""
    origin = typing.get_origin(kind)
    if origin is None:
        return {kind}
    if origin is typing.Annotated:
        return _single(typing.get_args(kind)[0])
    if origin in (typing.Literal, tuple, list, dict):
        return set()
    return set().union(*(_single(one) for one in typing.get_args(kind)))


def _towards(one: ShaderConfig, other: ShaderConfig, t: float) -> ShaderConfig:
    """``one``, with its numbers gone so far towards those of ``other`` as ``t`` in [0, 1] says."""
    if t == 0.0 or one == other:
        return one
    data, there = one.to_dict(), flat(other.to_dict())
    changes = {}
    for key, value in flat(data).items():
        if key.rpartition(".")[2] != "seed" and value != there.get(key):
            between = _between(value, there.get(key), t)
            if between is not None and between != value:
                changes[key] = between
    try:
        return ShaderConfig(**_with(data, changes))
    except ConfigError:
        pass
    for key, value in changes.items():
        try:
            ShaderConfig(**(changed := _with(data, {key: value})))
        except ConfigError:
            continue
        data = changed
    return ShaderConfig(**data)


def _with(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data with dotted keys changed; heads keep what they say of themselves."""
    found = dict(data)
    for key, value in changes.items():
        first, _, rest = key.partition(".")
        found[first] = _with(found[first], {rest: value}) if rest else value
    return found


def _between(one: Any, other: Any, t: float) -> Any:
    """A number, or as many, between two; None where there is none."""
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        if len(one) != len(other):
            return None
        values = [_between(a, b, t) for a, b in zip(one, other, strict=True)]
        return None if any(value is None for value in values) else values
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in (one, other)):
        return None
    value = one + (other - one) * t
    return _rounded(value) if isinstance(one, int) and isinstance(other, int) else value
