"""A recipe: all that a picture was made from, but the pixels of what it was made of."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

import itten
from itten.config.base import Frozen
from itten.errors import InputError, IttenError

FORMAT = 1
PACKAGES = ("torch", "numpy", "numba", "scipy", "pillow", "imagecodecs", "tifffile")
"""What the bytes of a result may depend on."""
VIDEO = "av"
"""What those of films depend on besides."""

Verb = Literal[
    "shade", "animate", "engrave", "panes", "bands", "segment", "select", "match", "spectrum", "apply", "sheet"
]


class Input(Frozen):
    """A picture, or a map, that was read: in which ``role``, what its file was called, and the SHA-256 of that file."""

    role: Literal["target", "source", "read_mask", "write_mask", "keep", "read_marks", "write_marks", "marks", "map"]
    name: str = Field(max_length=4096)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Recipe(Frozen):
    """How a picture was made: ``verb`` with a whole configuration, ``config``, and its ``options``, of ``inputs``, in
    their order; and which ``part`` of what came out it is: the ``result``, ``pass 2``, ``copies``, ``copies after pass
    2``, ``figure``, ``overlay``, ``average``, ``animation``. ``itten`` and ``versions`` are those that made it."""

    format: int = Field(FORMAT, ge=1)
    itten: str = itten.__version__
    verb: Verb
    part: str = Field("result", max_length=40)
    config: dict[str, Any] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)
    inputs: tuple[Input, ...] = Field((), max_length=1000)
    versions: dict[str, str] = Field(default_factory=lambda: versions())

    def to_text(self) -> str:
        """As one line of JSON in ASCII, keys in order."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str, name: str) -> Self:
        """What :meth:`to_text` made. Raises :class:`~itten.errors.InputError`, with the ``name`` of the file, for
        anything else."""
        try:
            data = json.loads(text)
            if not isinstance(data, dict):
                raise InputError("it is no table")
            if isinstance(data.get("format"), int) and data["format"] > FORMAT:
                raise InputError(f"it was written by a later version of itten, {data.get('itten')}")
            return cls(**data)
        except (ValueError, TypeError, RecursionError, IttenError) as error:
            raise InputError(f"the recipe in {name} cannot be read ({error})") from None

    def differences(self) -> list[str]:
        """Versions that are others here than where this was made, as ``torch 2.13.0 (here 2.14.1)``."""
        here = {"itten": itten.__version__, **versions()}
        if VIDEO in self.versions:
            here[VIDEO] = _installed(VIDEO)
        there = {"itten": self.itten, **self.versions}
        return [f"{name} {was} (here {here.get(name)})" for name, was in there.items() if here.get(name) != was]


def versions() -> dict[str, str]:
    """Of everything that the bytes of a result may depend on, and is not itten."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def with_video(name: Path) -> dict[str, str]:
    """The same for an animation of that ``name``."""
    return {**versions(), VIDEO: _installed(VIDEO)} if name.suffix.lower() == ".mp4" else versions()


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
