"""Looks: named configurations, one TOML file each, with a word on what they are for.

A look is a file with ``schema = 1``, a table ``[look]`` (title, suits, passes) and a table ``[shader]`` with the keys
of :class:`~itten.config.ShaderConfig`. Those of the package lie in its folder ``looks``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from itten.config.base import Frozen
from itten.errors import ConfigError
from itten.files import read_text

SCHEMA = 1


class LookText(Frozen):
    """What a look is for: one line of ``title``, the pictures that it ``suits``, and how many ``passes`` it takes."""

    title: str = Field(min_length=1, max_length=200)
    suits: Literal["drawings", "photographs", "both"] = "both"
    passes: int = Field(4, ge=1, le=1000)


class Look(Frozen):
    """A look: its ``name``, its ``text``, and ``shader``, the keys that it sets."""

    name: str
    text: LookText
    shader: dict[str, Any] = Field(default_factory=dict)


@cache
def look_names() -> tuple[str, ...]:
    """The names of the looks that come with the package, sorted."""
    folder = resources.files("itten") / "looks"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_look(name: str) -> Look:
    """The look ``name`` of the package. Raises :class:`~itten.errors.ConfigError` for others, naming the nearest."""
    return as_look(name, tomllib.loads(look_text(name)))


def look_text(name: str) -> str:
    """The TOML file of the look ``name`` of the package, to be copied and changed. Raises as :func:`load_look`."""
    if not isinstance(name, str):
        raise ConfigError(f"name is a {type(name).__name__}; the name of a look is needed")
    if name in look_names():
        return (resources.files("itten") / "looks" / f"{name}.toml").read_text(encoding="utf-8")
    near = difflib.get_close_matches(name, look_names(), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(look_names())}"
    raise ConfigError(f"unknown look {name!r}: {hint}")


def read_look(path: Path) -> Look:
    """The look in a file of one's own. Raises :class:`~itten.errors.ConfigError` if it cannot be read or used."""
    try:
        data = tomllib.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read the look {str(path)!r}: {reason}") from None
    return as_look(path.stem, data)


def find_look(name: str) -> Look | None:
    """The look ``name`` of the package, None if it has none of that name."""
    return load_look(name) if name in look_names() else None


def as_look(name: str, data: Mapping[str, Any]) -> Look:
    """The contents of a look's file. Raises :class:`~itten.errors.ConfigError` for an unknown schema or key."""
    if data.get("schema") != SCHEMA:
        raise ConfigError(f"look {name!r}: schema = {SCHEMA} is wanted, got {data.get('schema')!r}")
    odd = set(data) - {"schema", "look", "shader"}
    if odd:
        raise ConfigError(f"look {name!r}: unknown table {min(odd)!r}: there are look and shader")
    if not isinstance(data.get("look"), Mapping) or not isinstance(data.get("shader", {}), Mapping):
        raise ConfigError(f"look {name!r}: look and shader must be tables")
    return Look(name=name, text=LookText(**data["look"]), shader=dict(data.get("shader", {})))
