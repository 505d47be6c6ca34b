"""Contact sheets as works: those of ``itten demo`` and ``itten looks``, made of pictures that come with the package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from itten.config import ShaderConfig, load_look
from itten.config.base import Frozen
from itten.errors import InputError
from itten.limits import MOST_PASSES
from itten.works.given import Given
from itten.works.recipe import Recipe
from itten.works.work import Heard

if TYPE_CHECKING:
    from itten.image import Picture
    from itten.works.sheets import Bar

Name = Literal["self_attention", "cross_attention", "sources", "overwrite_and_zbuffer", "looks"]
DEMO: tuple[Name, ...] = ("self_attention", "cross_attention", "sources", "overwrite_and_zbuffer")


class SheetOptions(Frozen):
    """Which ``sheet``, with so many ``passes``; of which ``looks``."""

    sheet: Name
    passes: int = Field(4, ge=1, le=MOST_PASSES)
    looks: tuple[str, ...] = ()


@dataclass
class Sheet:
    """A contact sheet; ``bar``: see :mod:`itten.works.sheets`."""

    config: ShaderConfig
    options: SheetOptions
    bar: Bar | None = field(default=None)

    verb = "sheet"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Sheet:
        """The sheet of a recipe."""
        return Sheet(ShaderConfig.from_config(recipe.config), SheetOptions(**recipe.options))

    def recipe(self, part: str = "result") -> Recipe:
        config = {} if self.options.sheet == "looks" else self.config.to_dict()
        return Recipe(verb="sheet", part=part, config=config, options=self.options.to_dict())

    @property
    def read(self) -> list[Given]:
        """Nothing."""
        return []

    def check(self, written: Sequence[Path] = ()) -> None:
        for look in self.options.looks:
            load_look(look)

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part != "result":
            raise InputError(f"a sheet makes no {part!r}")
        from itten.image import Picture
        from itten.works import sheets

        bar = self.bar or sheets.silent
        if self.options.sheet == "looks":
            pixels = sheets.looks_sheet([load_look(name) for name in self.options.looks], bar)
        else:
            kinds: dict[str, Any] = {
                "self_attention": sheets.self_sheet,
                "cross_attention": sheets.cross_sheet,
                "sources": sheets.sources_sheet,
                "overwrite_and_zbuffer": sheets.composite_sheet,
            }
            pixels = kinds[self.options.sheet](self.config, self.options.passes, bar)
        return Picture(pixels, made=self.recipe().to_text())
