"""Configurations as text: TOML that is read back as the same keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(keys: Mapping[str, Any]) -> str:
    """Plain data as TOML 1.0. Keys whose value is None are left out: TOML has no such value, and they are defaults."""
    lines: list[str] = []
    _table(keys, (), lines)
    return "\n".join(lines).strip("\n") + "\n"


def flat(keys: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Plain data with dotted keys."""
    found: dict[str, Any] = {}
    for key, value in keys.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{key}.")
        else:
            found[before + key] = value
    return found


def differences(usual: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``keys`` that are not as ``usual``."""
    found: dict[str, Any] = {}
    for key, value in keys.items():
        if isinstance(value, Mapping) and isinstance(usual.get(key), Mapping):
            if inner := differences(usual[key], value):
                found[key] = inner
        elif key not in usual or usual[key] != value:
            found[key] = value
    return found


def _table(keys: Mapping[str, Any], name: tuple[str, ...], lines: list[str]) -> None:
    plain = {key: value for key, value in keys.items() if not _is_tables(value) and value is not None}
    if name and plain:
        lines += ["", f"[{'.'.join(map(_key, name))}]"]
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in keys.items():
        if isinstance(value, Mapping):
            _table(value, (*name, key), lines)
        elif _is_tables(value):
            for one in value:
                lines += ["", f"[[{'.'.join(map(_key, (*name, key)))}]]"]
                _inner(one, (*name, key), lines)


def _inner(keys: Mapping[str, Any], name: tuple[str, ...], lines: list[str]) -> None:
    """The keys of one of several tables of a name; tables in it are written in line, so that order does not matter."""
    lines += [f"{_key(key)} = {_value(value)}" for key, value in keys.items() if value is not None]


def _is_tables(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and len(value) > 0 and all(isinstance(one, Mapping) for one in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None)
        return "{ " + inner + " }" if inner else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)
