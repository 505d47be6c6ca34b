"""``apply`` as a work: pictures whose pixels are moved as those of the run that wrote a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from itten.config.base import Frozen
from itten.errors import InputError
from itten.works.given import Given, check_heads
from itten.works.recipe import Input, Recipe
from itten.works.work import Heard, inputs_of, pictures_of

if TYPE_CHECKING:
    from itten.image import Picture


class MovedOptions(Frozen):
    """``normal``: they are normal maps, whose green points so; ``shadows``: what shadows moved is moved, too."""

    normal: Literal["opengl", "directx"] | None = None
    shadows: bool = True


@dataclass
class Moved:
    """``map``: a file of :func:`itten.write_map`; ``pictures``: one for every picture of its run, in their order."""

    options: MovedOptions
    map: Given
    pictures: Sequence[Given]

    verb = "apply"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Moved:
        """The work of a recipe, with the files of its inputs, in their order."""
        by = pictures_of(recipe, given)
        if len(by["map"]) != 1:
            raise InputError(f"a recipe for apply has one map, this one has {len(by['map'])}")
        return Moved(MovedOptions(**recipe.options), by["map"][0], [*by["target"], *by["source"]])

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with digests."""
        target, *sources = self.pictures
        return inputs_of([("map", self.map), ("target", target), *(("source", one) for one in sources)])

    def recipe(self, part: str = "result") -> Recipe:
        return Recipe(verb="apply", part=part, options=self.options.to_dict(), inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """All pictures that are read."""
        return list(self.pictures)

    def check(self, written: Sequence[Path] = ()) -> None:
        check_heads(self.read, written)

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part != "result":
            raise InputError(f"apply makes no {part!r}")
        from itten.maps import apply_map, read_map

        known = read_map(self.map.path or self.map.name)
        pictures = (one.picture() for one in self.pictures)
        made = apply_map(known, *pictures, normal=self.options.normal, shadows=self.options.shadows)
        made = replace(made, alpha=made.alpha if with_alpha else None, made=self.recipe().to_text())
        if heard is not None:
            heard(1, 1, made)
        return made
