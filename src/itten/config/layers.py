"""Configurations on top of one another: tables are merged key by key, and what lies on top wins everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itten.errors import ConfigError


def nested(key: str, value: Any) -> dict[str, Any]:
    """A dotted ``key`` with its ``value`` as tables: ``spectrum.seed``, 4 → ``{"spectrum": {"seed": 4}}``."""
    first, _, rest = key.partition(".")
    return {first: nested(rest, value) if rest else value}


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a configuration with those of another on top; nothing is checked, nothing written to.

    A table is merged with the table below it. A key that all heads share wins over what the heads below say of it, so
    that it reaches them all. ``heads`` replaces all heads; a table there, of numbers from 1 on, changes single ones:
    ``{"heads": {"2": {"turn": 30}}}``. Raises :class:`~itten.errors.ConfigError` for a head that is not there.
    """
    shared = {key: value for key, value in above.items() if key != "heads"}
    merged = _merged(below, shared)
    if isinstance(below.get("heads"), list | tuple):
        merged["heads"] = [_without(head, shared) if isinstance(head, Mapping) else head for head in below["heads"]]
    if "heads" in above:
        single = above["heads"]
        merged["heads"] = _changed(merged.get("heads", ()), single) if isinstance(single, Mapping) else single
    return merged


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        both = isinstance(value, Mapping) and isinstance(old, Mapping)
        found[key] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return found


def _without(head: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(head)
    for key, value in keys.items():
        if isinstance(found.get(key), Mapping) and isinstance(value, Mapping):
            found[key] = _without(found[key], value)
        else:
            found.pop(key, None)
    return found


def _changed(heads: Any, single: Mapping[str, Any]) -> list[Any]:
    found = list(heads)
    for number, change in single.items():
        at = int(number) if str(number).isdecimal() else 0
        if not 1 <= at <= len(found) or not isinstance(change, Mapping):
            known = f"heads.1 to heads.{len(found)}, each with keys" if found else "heads only where there are several"
            raise ConfigError(f"configuration 'heads.{number}': there are {known}")
        found[at - 1] = _merged(found[at - 1], change)
    return found
