"""What a run's configuration is put together from: a look, a file on top, then single keys, then options."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.config import ShaderConfig

PASSES = 4


def assignment(text: str) -> tuple[str, Any]:
    """``key=value`` as its dotted key and its value, which is read as TOML, or as text where it is none.

    Raises :class:`~itten.errors.UsageError` for what is no such thing.
    """
    key, mark, value = text.partition("=")
    key = key.strip()
    if not mark or not all(key.split(".")):
        raise UsageError(f"--set wants key=value, such as envelope.decay=0.5, got {text!r}")
    try:
        read = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return key, value.strip()
    return key, read["value"] if len(read) == 1 else value.strip()


def keys_of(below: dict[str, Any], config: str | None, sets: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The keys ``below``, those of a file of settings on top, and then ``sets``, one after the other."""
    from itten.config import config_keys, nested, overlaid

    keys = below if config is None else overlaid(below, config_keys(config))
    for key, value in sets:
        keys = overlaid(keys, nested(key, value))
    return keys


def base_of(look: str | None, config: str | None, sets: Sequence[tuple[str, Any]]) -> tuple[ShaderConfig, int]:
    """The configuration that the options change, and its number of passes, which is the look's.

    ``config`` lies on top of the look, and ``sets`` on top of both, one after the other.
    """
    from itten.config import ShaderConfig, load_look, read_look

    keys: dict[str, Any] = {}
    passes = PASSES
    if look is not None:
        path = Path(look)
        found = read_look(path) if path.suffix.lower() == ".toml" else load_look(look)
        keys, passes = found.shader, found.text.passes
    return ShaderConfig.from_config(keys_of(keys, config, sets)), passes


def merged(base: ShaderConfig, changes: dict[str, Any]) -> ShaderConfig:
    """``base`` with dotted keys changed, such as ``spectrum.seed``, for all heads; values of None change nothing."""
    from itten.config import nested, overlaid

    data = base.to_dict()
    for key, value in changes.items():
        if value is not None:
            data = overlaid(data, nested(key, value))
    return type(base).from_config(data)
