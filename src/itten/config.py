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
import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import to_jsonable_python

from itten.errors import ConfigError

QUALITIES: dict[str, dict[str, int]] = {
    "fast": {"steps": 15, "tile": 96, "overlap": 8, "refine": 0},
    "standard": {"steps": 30, "tile": 64, "overlap": 16, "refine": 1},
    "quality": {"steps": 50, "tile": 48, "overlap": 24, "refine": 3},
}
STITCHED_TILE = 24
RADIUS_WEIGHTS: dict[int, float] = {1: 1.0, 2: 0.6, 3: 0.4, 4: 0.3, 5: 0.2, 6: 0.1}
PHASES = ("attack", "decay", "sustain", "release")

# What the document that this project began with did: the field of tiles alone, its four numbers as signature, copies
# moved by one fixed offset, shadows pushed outward pixel by pixel.
SEED_PRESET: dict[str, Any] = {
    "field": 1,
    "signature": "seed",
    "place": "seed",
    "turn": "quarter",
    "shadow": "project",
    "spectrum": {"method": "tiled"},
}
PRESETS = (*QUALITIES, "seed")
# Number of the vector that gates, if none is asked for: see docs/stitched-spectra.md for the pictures behind it.
GATE_VECTOR = 6
TURNS = ("quarter", "align", "void", "random")

Quality = Literal["fast", "standard", "quality"]
Backend = Literal["auto", "numba", "torch", "reference"]
Row = tuple[float, float, float, float]
Radii = tuple[int, int, int, int]
Colour = tuple[float, float, float]


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
    """What one pass runs with, after the envelope: see :meth:`Envelope.schedule`. ``index`` counts passes from 0."""

    index: int = 0
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
                    index=index,
                    effect=effect if self.kind == "adsr" else effect * self.decay**index,
                    thicken_modulation=self.thicken_modulation[row],
                    kernel_sigma_ratio=self.kernel_sigma_ratio[row],
                    fill_threshold=self.fill_threshold[row],
                    dilation_radius=self.dilation_radius[row],
                )
            )
        return tuple(rows)


class Tint(_Frozen):
    """How the palette ``distort`` colours a layer: share and contrast of a colour wave; then a scale, an addition,
    RGB."""

    rotation: float = Field(0.2, ge=0, le=1)
    contrast: float = Field(0.6, ge=0, le=2)
    scale: Colour = (0.6, 0.8, 0.8)
    add: Colour = (0.0, 0.2, 0.15)


FRONT = Tint()
SHADOW = Tint(rotation=0.3, contrast=0.8, scale=(0.7, 1.0, 0.7), add=(0.0, 0.0, 0.3))


class HeadConfig(_Frozen):
    """One head: a field that gates, and what is thickened, cut, read, copied and coloured by it.

    Lengths are pixels, colours [0, 1]. ``field`` is the number of the eigenvector that gates (1 the Fiedler vector):
    low ones part a picture into a few large pieces, higher ones cut strokes into more and shorter segments; left out it
    is 6, or 1 with the method ``tiled``. ``percentile`` is the gate's zero, ``sharpness`` its slope at a field of unit
    RMS.

    *Cut.* ``segmentation``: connected ``components`` of low-gate content; ``nodal``: cut also where one of the vectors
    up to ``field`` changes sign; ``clusters``: cut into ``pieces`` groups of similar spectral coordinates. ``content``:
    ``contours``, or ``everything`` of low gate. *Read.* ``signature`` and ``assign``: what segments are compared by,
    and whether a source segment may be taken twice; ``copies``: how many for a target segment. *Copy.* ``place``: in
    the nearest ``void`` with ``clearance`` pixels around, along ``direction`` (degrees, 0 to the right, 90 upwards) if
    given, or at the ``seed``'s fixed offset; ``overlap`` lets copies lie on one another. ``turn``: ``quarter``;
    ``align`` with the target segment's axes; with those of the ``void``; at ``random``; or by an angle in degrees,
    counter-clockwise. ``shadow``: a ``drop`` shadow by the fixed offset (0.3 of ``strength`` right, 0.4 down), the
    seed's ``project``, or ``none``. *Colour.* ``palette``: ``distort`` by the tints ``front`` and ``back``; ``keep``
    the source's; ``match`` the content where the copy lands; or a list of colours, ``"#rrggbb"`` or RGB.
    """

    effect: float = Field(1.0, ge=0, le=10)
    sharpness: float = Field(10.0, gt=0, le=1000)
    percentile: float = Field(40.0, ge=0, le=100)
    field: int | None = Field(None, ge=1, le=1000)
    thicken: bool = True
    segmentation: Literal["components", "nodal", "clusters"] = "components"
    content: Literal["contours", "everything"] = "contours"
    pieces: int = Field(12, ge=2, le=256)
    min_pixels: int = Field(25, ge=1)
    max_segments: int = Field(40, ge=1, le=100_000)
    signature: Literal["spectral", "shape", "colour", "seed"] = "spectral"
    assign: Literal["nearest", "one-to-one"] = "nearest"
    copies: int = Field(1, ge=1, le=64)
    place: Literal["void", "seed"] = "void"
    direction: float | None = Field(None, ge=-360, le=360)
    clearance: float = Field(2.0, ge=0, le=64)
    overlap: bool = False
    turn: Literal["quarter", "align", "void", "random"] | float = "quarter"
    strength: float = Field(15.0, ge=0, le=10_000)
    shadow: Literal["drop", "project", "none"] = "drop"
    palette: Literal["distort", "keep", "match"] | tuple[Colour, ...] = "distort"
    front: Tint = FRONT
    back: Tint = SHADOW
    envelope: Envelope = Envelope()

    @field_validator("palette", mode="before")
    @classmethod
    def _colours(cls, value: Any) -> Any:
        if isinstance(value, str) or not isinstance(value, list | tuple):
            return value
        return [_hex(one) if isinstance(one, str) else one for one in value]

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if isinstance(self.turn, float) and not -360 <= self.turn <= 360:
            raise ValueError(f"turn must be one of {', '.join(TURNS)}, or an angle of -360 to 360 degrees")
        if isinstance(self.palette, tuple):
            if not self.palette:
                raise ValueError("palette must name at least one colour")
            if any(not 0 <= value <= 1 for colour in self.palette for value in colour):
                raise ValueError("palette colours must be '#rrggbb' or three numbers in 0…1")
        return self


class ShaderConfig(HeadConfig):
    """Everything that a run of the shader depends on, apart from its pictures and the number of passes.

    What :class:`HeadConfig` has describes the only head, or, with ``heads``, what all heads have in common: each entry
    of ``heads`` is a table of what one head has different. Heads paint in their order. ``thicken_rotation`` is in
    radians; ``seed`` decides random turns.
    """

    heads: tuple[dict[str, Any], ...] = Field((), max_length=16)
    thicken_rotation: float = Field(0.03, ge=-math.pi, le=math.pi)
    complexity_window: int = Field(7, ge=3, le=63)
    composite: Literal["overwrite", "zbuffer"] = "overwrite"
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
        for name, inner in _groups(HeadConfig).items():
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


def _hex(text: str) -> Colour:
    """``"#rrggbb"`` as three numbers in [0, 1]."""
    digits = text.removeprefix("#")
    if len(digits) != 6 or not all(letter in string.hexdigits for letter in digits):
        raise ValueError(f"a colour is '#rrggbb' or three numbers in 0…1, got {text!r}")
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


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
    place = [str(part) for part in first["loc"] if "[" not in str(part)]  # not the branches of a union
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
