"""What all configurations share: frozen, validated, and errors in one sentence that name the nearest known key."""

from __future__ import annotations

import difflib
import reprlib
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from itten.errors import ConfigError


class Frozen(BaseModel):
    """A frozen model whose errors are :class:`~itten.errors.ConfigError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(sentence(type(self), error)) from None

    # Pydantic calls an __init__ that it takes for overridden also for nested models, and the sentence of the
    # inner one would end up inside that of the outer one. With this mark only the outermost speaks.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def to_dict(self) -> dict[str, Any]:
        """The configuration as plain JSON data; ``from_config`` of it gives an equal one."""
        return self.model_dump(mode="json")

    def changed(self, **values: Any) -> Self:
        """A copy with some values changed, validated anew."""
        return type(self)(**{**self.to_dict(), **values})


Kind = TypeVar("Kind", bound=Frozen)


def config_of(kind: type[Kind], config: Kind | None, options: dict[str, Any]) -> Kind:
    """``config`` of that ``kind``, the usual one if it is None, with ``options`` in its place.

    Raises :class:`~itten.errors.ConfigError` for another kind, for unknown keys and for values out of range."""
    if config is None:
        return kind(**options)
    if not isinstance(config, kind):
        raise ConfigError(f"a configuration is a {kind.__name__} here, not {type(config).__name__}")
    return config.changed(**options) if options else config


def sentence(model: type[BaseModel], error: ValidationError) -> str:
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
        group = groups(group)[part]
    known = list(group.model_fields)
    elsewhere = {name: f"{part}.{name}" for part, inner in groups(model).items() for name in inner.model_fields}
    elsewhere |= {name: name for name in model.model_fields}
    for keys, cutoff in ((known, 0.6), (list(elsewhere), 0.8), (known, 0.4)):
        near = difflib.get_close_matches(place[-1], keys, n=1, cutoff=cutoff)
        if near:
            meant = ".".join([*place[:-1], near[0]]) if keys is known else elsewhere[near[0]]
            return f"did you mean {meant!r}?"
    return f"known keys: {', '.join(known)}"


def groups(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The keys of ``model`` that hold models themselves."""
    found = {name: info.annotation for name, info in model.model_fields.items()}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
