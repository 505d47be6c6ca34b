"""What all works have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from itten.errors import InputError
from itten.works.given import Given
from itten.works.recipe import Input, Recipe

if TYPE_CHECKING:
    from itten.image import Picture

Heard = Callable[[int, int, Any], None]
"""Given how many steps of how many are done, and what the last one made."""


ROLES = (
    *("target", "source", "read_mask", "write_mask", "keep"),
    *("read_marks", "write_marks", "marks", "map"),
)
"""What an input of a recipe may be."""


class Stopped(Exception):
    """What was wanted is there; the rest is not computed."""


class Work(Protocol):
    """A picture to be made of others."""

    @property
    def read(self) -> list[Given]:
        """All pictures that are read."""

    def recipe(self, part: str = "result") -> Recipe:
        """How it is made, with digests of what is read."""

    def check(self, written: Sequence[Path] = ()) -> None:
        """Look at the heads of files, at formats to write to, and at the room in memory. Raises the errors of
        :mod:`itten.errors`."""

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        """The picture, with its recipe. ``heard`` may raise."""


def inputs_of(given: Iterable[tuple[str, Given | None]]) -> tuple[Input, ...]:
    """Pictures with their roles as inputs of a recipe, those that are None left out."""
    return tuple(Input(role=role, name=one.called, sha256=one.digest()) for role, one in given if one is not None)


def pictures_of(recipe: Recipe, given: Sequence[Given]) -> dict[str, list[Given]]:
    """By role the pictures that stand for a recipe's inputs. Raises :class:`~itten.errors.InputError` where a recipe
    has no target."""
    found: dict[str, list[Given]] = {role: [] for role in ROLES}
    for one, picture in zip(recipe.inputs, given, strict=True):
        found[one.role].append(picture)
    if len(found["target"]) != 1 and recipe.verb != "sheet":
        raise InputError(f"a recipe for {recipe.verb} has one target, this one has {len(found['target'])}")
    return found
