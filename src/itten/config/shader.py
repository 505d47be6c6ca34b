"""Everything that a run of the shader depends on, and where it is read from."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import to_jsonable_python

from itten.config.base import groups
from itten.config.envelope import PassParameters
from itten.config.head import HeadConfig
from itten.config.look import as_look, find_look, look_names
from itten.config.spectrum import QUALITIES, SpectrumConfig
from itten.errors import ConfigError
from itten.files import read_text

# What the document that this project began with did: the field of tiles alone, its four numbers as signature, copies
# moved by one fixed offset, shadows pushed outward pixel by pixel, and a threshold wherever the percentile lies.
SEED_PRESET: dict[str, Any] = {
    "threshold": "percentile",
    "field": 1,
    "signature": "seed",
    "size": 0.0,
    "min_pixels": 25,
    "max_segments": 40,
    "copies": 1,
    "place": "seed",
    "turn": "quarter",
    "palette": "distort",
    "shadow": "project",
    "edges": "hard",
    "thicken": True,
    "protect": "none",
    "envelope": {"dilation_radius": (3, 2, 2, 1)},
    "spectrum": {"method": "tiled"},
}
PRESETS = (*QUALITIES, "seed")
# Number of the vector that gates, if none is asked for: see docs/stitched-spectra.md for the pictures behind it.
GATE_VECTOR = 6


class ShaderConfig(HeadConfig):
    """Everything that a run of the shader depends on, apart from its pictures and the number of passes.

    What :class:`HeadConfig` has describes the only head, or, with ``heads``, what all heads have in common: each entry
    of ``heads`` is a table of what one head has different. Heads paint in their order. ``thicken_rotation`` is in
    radians; ``seed`` decides random turns and colours. ``edges``: in ``hard`` pictures whole pixels are copied, and no
    colour appears that was not there; in ``soft`` ones, strokes over paper, copies and thick strokes have edges as soft
    as the drawing's; ``auto`` decides by the picture's colours. ``detail``: a soft picture whose shorter side has more
    pixels is shrunk to so many to decide what goes where, and painted at its own size; lengths are pixels of the small
    one. 0: never.
    """

    heads: tuple[dict[str, Any], ...] = Field((), max_length=16)
    thicken_rotation: float = Field(0.03, ge=-math.pi, le=math.pi)
    complexity_window: int = Field(7, ge=3, le=63)
    composite: Literal["overwrite", "zbuffer"] = "overwrite"
    edges: Literal["auto", "hard", "soft"] = "auto"
    detail: int = Field(512, ge=0, le=65536)
    seed: int = Field(0, ge=0, lt=2**64)
    spectrum: SpectrumConfig = SpectrumConfig()

    @field_validator("heads", mode="after")
    @classmethod
    def _plain(cls, value: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        return tuple(to_jsonable_python(change) for change in value)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.complexity_window % 2 == 0:
            raise ValueError(f"complexity_window must be odd, got {self.complexity_window}")
        for number, change in enumerate(self.heads, start=1):
            try:
                self._head(change)
            except ConfigError as error:
                raise ValueError(f"head {number}: {error}") from None
        return self

    def _head(self, change: Mapping[str, Any]) -> HeadConfig:
        common = self.model_dump(include=set(HeadConfig.model_fields))
        for name, inner in groups(HeadConfig).items():
            if isinstance(change.get(name), Mapping):
                change = {**change, name: inner(**{**common[name], **change[name]})}
        return HeadConfig(**{**common, **change})

    @property
    def all_heads(self) -> tuple[HeadConfig, ...]:
        """The heads in the order in which they paint: one, if ``heads`` is empty."""
        return tuple(self._head(change) for change in self.heads or ({},))

    @property
    def gate_vectors(self) -> tuple[int, ...]:
        """For every head the number of the eigenvector that gates it."""
        usual = 1 if self.spectrum.method == "tiled" else GATE_VECTOR
        return tuple(usual if head.field is None else head.field for head in self.all_heads)

    def schedule(self, passes: int) -> tuple[tuple[PassParameters, ...], ...]:
        """For every pass the parameters of every head."""
        return tuple(zip(*(head.envelope.schedule(passes, head.effect) for head in self.all_heads), strict=True))

    @classmethod
    def from_config(cls, config: ShaderConfig | Mapping[str, Any] | str | Path | None = None) -> ShaderConfig:
        """A configuration from a dict, a TOML or JSON file (that of a look among them), the name of a preset (``fast``,
        ``standard``, ``quality``, ``seed``) or of a look, or ``None``.

        Raises :class:`~itten.errors.ConfigError` for anything that is none of these.
        """
        return config if isinstance(config, ShaderConfig) else cls(**config_keys(config))


def config_keys(config: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """The keys that a configuration sets, not yet checked: a dict's, a file's, those of a preset or of a look.

    Raises :class:`~itten.errors.ConfigError` for anything that is none of these.
    """
    if config is None:
        return {}
    if isinstance(config, Mapping):
        return _named(config)
    if isinstance(config, str) and config in QUALITIES:
        return {"spectrum": {"quality": config}}
    if config == "seed":
        return dict(SEED_PRESET)
    if isinstance(config, str) and (look := find_look(config)) is not None:
        return dict(look.shader)
    if isinstance(config, str | Path):
        return _read(config)
    raise ConfigError(f"a configuration is a dict, a path or a preset's name, not {type(config).__name__}")


def _named(config: Mapping[Any, Any]) -> dict[str, Any]:
    odd = [key for key in config if not isinstance(key, str)]
    if odd:
        raise ConfigError(f"configuration keys are strings, got {odd[0]!r}")
    return dict(config)


def _read(name: str | Path) -> dict[str, Any]:
    path, said = Path(name), repr(str(name))
    if path.suffix.lower() not in (".toml", ".json"):
        near = difflib.get_close_matches(str(name), (*PRESETS, *look_names()), n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            f"{said} is neither a preset ({', '.join(PRESETS)}), nor a look (itten looks lists them), nor a "
            f".toml or .json file{hint}"
        )
    try:
        text = read_text(path)
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read the configuration {said}: {reason}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"the configuration {said} must hold keys and values")
    return as_look(path.stem, data).shader if "schema" in data else data
