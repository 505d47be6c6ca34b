"""``panes`` and ``bands`` as works: a whole picture in panes, or as a map of heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from itten.config import BandsConfig, PanesConfig
from itten.config.base import Frozen
from itten.errors import InputError
from itten.works.given import Given, check_heads
from itten.works.ground import ground_colour, over_ground
from itten.works.recipe import Input, Recipe
from itten.works.room import DECODED
from itten.works.work import Heard, inputs_of, pictures_of

if TYPE_CHECKING:
    import torch

    from itten.image import Picture


class AreaOptions(Frozen):
    """The ``ground`` that a picture with alpha is seen over."""

    ground: str = Field("white", max_length=100)


@dataclass
class Area:
    """A picture to be cut into panes, or drawn as bands: its ``config`` says which."""

    config: PanesConfig | BandsConfig
    options: AreaOptions
    target: Given

    @property
    def verb(self) -> Any:
        return "panes" if isinstance(self.config, PanesConfig) else "bands"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Area:
        """The work of a recipe, with the picture of its input."""
        config = (PanesConfig if recipe.verb == "panes" else BandsConfig)(**recipe.config)
        return Area(config, AreaOptions(**recipe.options), pictures_of(recipe, given)["target"][0])

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with its digest."""
        return inputs_of([("target", self.target)])

    def recipe(self, part: str = "result") -> Recipe:
        config, options = self.config.to_dict(), self.options.to_dict()
        return Recipe(verb=self.verb, part=part, config=config, options=options, inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """The picture that is read."""
        return [self.target]

    def check(self, written: Sequence[Path] = ()) -> None:
        from itten.needs import bands_needs, check_room, panes_needs

        ground_colour(self.options.ground)
        (head,) = check_heads(self.read, written)
        size, config = (head.height, head.width), self.config
        needed = panes_needs(size, config) if isinstance(config, PanesConfig) else bands_needs(size, config)
        check_room(needed + DECODED * size[0] * size[1], f"a picture of {size[1]} × {size[0]} pixels", size)

    @cached_property
    def opened(self) -> Picture:
        """The picture."""
        return self.target.picture()

    def draw(self, device: torch.device | None = None) -> Any:
        """What is made: an ``image``, and of panes a ``drawing()``."""
        from itten.areas import bands, panes

        image = over_ground(self.opened, ground_colour(self.options.ground))[1]
        image = image if device is None else image.to(device)
        return panes(image, self.config) if isinstance(self.config, PanesConfig) else bands(image, self.config)

    def picture(self, done: Any, with_alpha: bool) -> Picture:
        """What was made as a picture with the alpha of the one that was read, and its recipe."""
        alpha = self.opened.alpha if with_alpha else None
        return replace(self.opened, pixels=done.image.cpu(), alpha=alpha, made=self.recipe().to_text())

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part != "result":
            raise InputError(f"a run of {self.verb} makes no {part!r}")
        made = self.picture(self.draw(), with_alpha)
        if heard is not None:
            heard(1, 1, made)
        return made
