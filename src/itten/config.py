"""Configuration: frozen, validated, with presets and the envelope that drives the passes.

A configuration is plain data. It can be built from keyword arguments, a dict, a TOML or JSON file or
the name of a preset, and goes back to a dict with :meth:`to_dict`. A key that does not exist is an
error that names the nearest one that does.
"""

from __future__ import annotations

import difflib
import json
import math
import reprlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from itten.errors import ConfigError

QUALITIES: dict[str, dict[str, int]] = {
    "fast": {"steps": 15, "tile": 96, "overlap": 8, "refine": 0},
    "standard": {"steps": 30, "tile": 64, "overlap": 16, "refine": 1},
    "quality": {"steps": 50, "tile": 48, "overlap": 24, "refine": 3},
}
STITCHED_TILE = 24
RADIUS_WEIGHTS: dict[int, float] = {1: 1.0, 2: 0.6, 3: 0.4, 4: 0.3, 5: 0.2, 6: 0.1}
PHASES = ("attack", "decay", "sustain", "release")

# The field of the document that this project began with: tiles alone, and their first vector.
SEED_PRESET: dict[str, Any] = {"field": 1, "spectrum": {"method": "tiled"}}
PRESETS = (*QUALITIES, "seed")
# Number of the vector that gates, if none is asked for: see docs/stitched-spectra.md for the pictures behind it.
GATE_VECTOR = 6

Quality = Literal["fast", "standard", "quality"]
Backend = Literal["auto", "numba", "torch", "reference"]
Row = tuple[float, float, float, float]
Radii = tuple[int, int, int, int]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(_sentence(type(self), error)) from None

    # Pydantic calls an __init__ that it takes for overridden also for nested models, and the sentence of the
    # inner one would end up inside that of the outer one. With this mark only the outermost speaks.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def to_dict(self) -> dict[str, Any]:
        """The configuration as plain JSON data; ``from_config`` of it gives an equal one."""
        return self.model_dump(mode="json")

    def changed(self, **values: Any) -> Self:
        """A copy with some values changed, validated anew."""
        return type(self)(**{**self.to_dict(), **values})


class SpectrumConfig(_Frozen):
    """How the spectrum of a picture is computed.

    ``steps``, ``tile`` and ``overlap`` (pixels) of the method ``tiled`` and ``refine`` default to those of ``quality``.
    ``radii`` are the radii of the stencil in pixels and ``radius_weights`` what each adds to the weight of all offsets
    within it; ``edge_threshold`` is the colour distance (RGB in [0, 1]) at which a weight has fallen to 1/e.

    Of the method ``stitched``, ``tile`` is the height (tiles are 16 pixels wide; default 24) and ``overlap`` the rows
    shared (default a quarter); ``basis`` the columns a tile, ``refine`` the steps on the whole picture; with ``tol``
    as many steps as the residuals need to get below ``tol`` · ‖L‖.
    """

    method: Literal["stitched", "tiled", "exact"] = "stitched"
    quality: Quality = "standard"
    steps: int | None = Field(None, ge=2, le=500)
    tile: int | None = Field(None, ge=8, le=512)
    overlap: int | None = Field(None, ge=0)
    basis: int = Field(8, ge=3, le=8)
    refine: int | None = Field(None, ge=0, le=100)
    tol: float | None = Field(None, gt=0, lt=1)
    radii: tuple[int, ...] = tuple(RADIUS_WEIGHTS)
    radius_weights: tuple[float, ...] | None = None
    edge_threshold: float = Field(0.15, gt=0)
    seed: int = Field(0, ge=0, lt=2**64)
    backend: Backend = "auto"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        tile, overlap = self.blocks if self.method == "stitched" else self.plan[1:]
        if 2 * overlap > tile:
            raise ValueError(f"overlap {overlap} is more than half of the tile of {tile} pixels")
        if not self.radii or len(set(self.radii)) != len(self.radii):
            raise ValueError("radii must be one or more different whole numbers")
        if min(self.radii) < 1 or max(self.radii) > 16:
            raise ValueError(f"radii must lie in 1…16, got {self.radii}")
        if self.radius_weights is None:
            unknown = [r for r in self.radii if r not in RADIUS_WEIGHTS]
            if unknown:
                raise ValueError(f"radius {unknown[0]} has no default weight: give radius_weights")
        elif len(self.radius_weights) != len(self.radii) or min(self.radius_weights) <= 0:
            raise ValueError("radius_weights must be positive, one for each of the radii")
        return self

    @property
    def refinement(self) -> int:
        """Refinement steps of the method ``stitched``, the preset's if none were asked for."""
        return QUALITIES[self.quality]["refine"] if self.refine is None else self.refine

    @property
    def plan(self) -> tuple[int, int, int]:
        """``(steps, tile, overlap)`` with the preset's values filled in."""
        preset = QUALITIES[self.quality]
        steps = preset["steps"] if self.steps is None else self.steps
        tile = preset["tile"] if self.tile is None else self.tile
        overlap = preset["overlap"] if self.overlap is None else self.overlap
        return steps, tile, overlap

    @property
    def blocks(self) -> tuple[int, int]:
        """``(tile, overlap)`` in rows, as the method ``stitched`` cuts a picture."""
        tile = STITCHED_TILE if self.tile is None else self.tile
        return tile, tile // 4 if self.overlap is None else self.overlap

    @property
    def weights(self) -> tuple[float, ...]:
        """One weight for each of ``radii``."""
        if self.radius_weights is not None:
            return self.radius_weights
        return tuple(RADIUS_WEIGHTS[r] for r in self.radii)


class PassParameters(_Frozen):
    """What one pass runs with, after the envelope: see :meth:`Envelope.schedule`."""

    effect: float
    thicken_modulation: float
    kernel_sigma_ratio: float
    fill_threshold: float
    dilation_radius: int


class Envelope(_Frozen):
    """How the parameters change from pass to pass.

    ``adsr``: one row a phase (attack, decay, sustain, release). Up to four passes take the phases one
    after the other; more passes spread evenly over them. ``decay``: the attack row in every pass, and
    the effect is multiplied by ``decay`` from one pass to the next.
    """

    kind: Literal["adsr", "decay"] = "adsr"
    decay: float = Field(0.75, ge=0, le=1)
    thicken_modulation: Row = (0.2, 0.3, 0.5, 0.7)
    kernel_sigma_ratio: Row = (0.8, 0.6, 0.5, 0.4)
    fill_threshold: Row = (0.05, 0.1, 0.15, 0.2)
    dilation_radius: Radii = (3, 2, 2, 1)

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if min(self.thicken_modulation) < 0 or min(self.fill_threshold) < 0:
            raise ValueError("thicken_modulation and fill_threshold must not be negative")
        if min(self.kernel_sigma_ratio) <= 0:
            raise ValueError("kernel_sigma_ratio must be positive")
        if min(self.dilation_radius) < 1 or max(self.dilation_radius) > 32:
            raise ValueError("dilation_radius must lie in 1…32 pixels")
        return self

    def phase(self, index: int, passes: int) -> int:
        """The row, 0…3, that pass ``index`` of ``passes`` uses."""
        return index if passes <= len(PHASES) else index * len(PHASES) // passes

    def schedule(self, passes: int, effect: float) -> tuple[PassParameters, ...]:
        """The parameters of every pass; ``effect`` is that of the configuration."""
        rows = []
        for index in range(passes):
            row = self.phase(index, passes) if self.kind == "adsr" else 0
            rows.append(
                PassParameters(
                    effect=effect if self.kind == "adsr" else effect * self.decay**index,
                    thicken_modulation=self.thicken_modulation[row],
                    kernel_sigma_ratio=self.kernel_sigma_ratio[row],
                    fill_threshold=self.fill_threshold[row],
                    dilation_radius=self.dilation_radius[row],
                )
            )
        return tuple(rows)


class ShaderConfig(_Frozen):
    """Everything that a run of the shader depends on, apart from its pictures and the number of passes.

    Lengths are pixels, angles radians, colours [0, 1]. ``strength`` scales how far the front copy moves,
    ``percentile`` is the gate's zero, ``sharpness`` its slope at a field of unit RMS. ``field`` is the number of the
    eigenvector that gates (1 the Fiedler vector): low ones part a picture into a few large pieces, higher ones cut
    strokes into more and shorter segments. Left out it is 6, or 1 with the method ``tiled``.
    """

    effect: float = Field(1.0, ge=0, le=10)
    sharpness: float = Field(10.0, gt=0, le=1000)
    percentile: float = Field(40.0, ge=0, le=100)
    field: int | None = Field(None, ge=1, le=1000)
    strength: float = Field(15.0, ge=0, le=10_000)
    min_pixels: int = Field(25, ge=1)
    max_segments: int = Field(40, ge=1, le=100_000)
    thicken_rotation: float = Field(0.03, ge=-math.pi, le=math.pi)
    complexity_window: int = Field(7, ge=3, le=63)
    composite: Literal["overwrite", "zbuffer"] = "overwrite"
    envelope: Envelope = Envelope()
    spectrum: SpectrumConfig = SpectrumConfig()

    @model_validator(mode="after")
    def _odd_window(self) -> Self:
        if self.complexity_window % 2 == 0:
            raise ValueError(f"complexity_window must be odd, got {self.complexity_window}")
        return self

    @property
    def gate_vector(self) -> int:
        """The number of the eigenvector that gates."""
        if self.field is not None:
            return self.field
        return 1 if self.spectrum.method == "tiled" else GATE_VECTOR

    @classmethod
    def from_config(cls, config: ShaderConfig | Mapping[str, Any] | str | Path | None = None) -> ShaderConfig:
        """A configuration from a dict, a TOML or JSON file, the name of a preset (``fast``, ``standard``, ``quality``,
        ``seed``), or ``None``.

        Raises :class:`~itten.errors.ConfigError` for anything that is none of these.
        """
        if config is None:
            return cls()
        if isinstance(config, ShaderConfig):
            return config
        if isinstance(config, Mapping):
            return cls(**_named(config))
        if isinstance(config, str) and config in QUALITIES:
            return cls(spectrum=SpectrumConfig(quality=config))
        if config == "seed":
            return cls(**SEED_PRESET)
        if isinstance(config, str | Path):
            return cls(**_read(Path(config)))
        raise ConfigError(f"a configuration is a dict, a path or a preset's name, not {type(config).__name__}")


def _named(config: Mapping[Any, Any]) -> dict[str, Any]:
    odd = [key for key in config if not isinstance(key, str)]
    if odd:
        raise ConfigError(f"configuration keys are strings, got {odd[0]!r}")
    return dict(config)


def _read(path: Path) -> dict[str, Any]:
    if path.suffix.lower() not in (".toml", ".json"):
        known = ", ".join(PRESETS)
        raise ConfigError(f"{str(path)!r} is neither a preset ({known}) nor a .toml or .json file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read the configuration {str(path)!r}: {reason}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"the configuration {str(path)!r} must hold keys and values")
    return data


def _sentence(model: type[BaseModel], error: ValidationError) -> str:
    """The first problem that pydantic found, as one sentence; an unknown key names its neighbour."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    key = ".".join(place)
    if first["type"] == "extra_forbidden":
        return f"unknown configuration key {key!r}: {_hint(model, place)}"
    message = first["msg"].removeprefix("Value error, ")
    where = f"configuration {key!r}: " if place else "configuration: "
    got = "" if first["type"] == "value_error" else f" (got {reprlib.repr(first['input'])})"
    return f"{where}{message}{got}"


def _hint(model: type[BaseModel], place: list[str]) -> str:
    """The key that was probably meant: in the same group, else the same name in another group."""
    group = model
    for part in place[:-1]:
        group = _groups(group)[part]
    known = list(group.model_fields)
    elsewhere = {name: f"{part}.{name}" for part, inner in _groups(model).items() for name in inner.model_fields}
    elsewhere |= {name: name for name in model.model_fields}
    for keys, cutoff in ((known, 0.6), (list(elsewhere), 0.8), (known, 0.4)):
        near = difflib.get_close_matches(place[-1], keys, n=1, cutoff=cutoff)
        if near:
            meant = ".".join([*place[:-1], near[0]]) if keys is known else elsewhere[near[0]]
            return f"did you mean {meant!r}?"
    return f"known keys: {', '.join(known)}"


def _groups(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The keys of ``model`` that hold models themselves."""
    found = {name: info.annotation for name, info in model.model_fields.items()}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
