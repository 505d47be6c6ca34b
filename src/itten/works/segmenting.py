"""``segment`` as a work: labels of a picture's segments, and pictures that show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from itten.config import SegmentConfig
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
    from itten.regions import Segmentation

PARTS = ("result", "overlay", "average")


class SegmentOptions(Frozen):
    """The ``ground`` that a picture with alpha is seen over."""

    ground: str = Field("white", max_length=100)


@dataclass
class Segmenting:
    """A picture to be cut into segments."""

    config: SegmentConfig
    options: SegmentOptions
    target: Given

    verb = "segment"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Segmenting:
        """The work of a recipe, with the picture of its input."""
        target = pictures_of(recipe, given)["target"][0]
        return Segmenting(SegmentConfig(**recipe.config), SegmentOptions(**recipe.options), target)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with its digest."""
        return inputs_of([("target", self.target)])

    def recipe(self, part: str = "result") -> Recipe:
        config, options = self.config.to_dict(), self.options.to_dict()
        return Recipe(verb="segment", part=part, config=config, options=options, inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """The picture that is read."""
        return [self.target]

    def check(self, written: Sequence[Path] = ()) -> None:
        from itten.needs import check_room, segment_needs

        ground_colour(self.options.ground)
        (head,) = check_heads(self.read, written)
        size = (head.height, head.width)
        needed = segment_needs(size, self.config) + DECODED * size[0] * size[1]
        check_room(needed, f"segments of {size[1]} × {size[0]} pixels", size)

    @cached_property
    def opened(self) -> Picture:
        """The picture."""
        return self.target.picture()

    @cached_property
    def seen(self) -> torch.Tensor:
        """``(3, H, W)``: it over its ground."""
        return over_ground(self.opened, ground_colour(self.options.ground))[1]

    def cut(self, device: torch.device | None = None, hierarchy: bool = False) -> Segmentation:
        """The segments. Raises as :func:`itten.segmentation` does."""
        from itten.regions import segmentation

        image = self.seen if device is None else self.seen.to(device)
        return segmentation(image, config=self.config, hierarchy=hierarchy)

    def picture(self, found: Segmentation, part: str = "result") -> Picture:
        """A ``part`` with its recipe: labels in distinct colours, or these over the picture, or means."""
        from itten.image import Picture
        from itten.regions.shown import average, coloured, overlay

        made, labels = self.recipe(part).to_text(), found.labels.cpu()
        if part == "result":
            return Picture(coloured(labels), made=made, labels=labels)
        return Picture((overlay if part == "overlay" else average)(self.seen, labels), made=made)

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part not in PARTS:
            raise InputError(f"segments have no {part!r}: there are {', '.join(PARTS)}")
        made = self.picture(self.cut(), part)
        if heard is not None:
            heard(1, 1, made)
        return made


def facts(found: Segmentation) -> dict[str, Any]:
    """What there is to say of segments, as plain data."""
    return {
        "n": len(found),
        "shape": list(found.labels.shape),
        "sizes": found.sizes.tolist(),
        "cut": found.cut,
        "edge_threshold": found.edge_threshold,
        "values": found.spectrum.values.tolist(),
        "status": found.spectrum.status,
        "tree": None if found.tree is None else found.tree.tolist(),
    }
