"""``match`` as a work: which segments of two pictures look alike, and a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from itten.config import MatchConfig
from itten.config.base import Frozen
from itten.errors import InputError
from itten.works.given import Given, check_heads, check_sizes
from itten.works.ground import ground_colour, over_ground
from itten.works.recipe import Input, Recipe
from itten.works.room import DECODED
from itten.works.work import Heard, inputs_of, pictures_of

if TYPE_CHECKING:
    import torch

    from itten.image import Picture
    from itten.matching import Matching

# Bytes for each pixel of the picture that shows matches while it is drawn.
DRAWN = 120


class MatchOptions(Frozen):
    """The ``ground`` that pictures with alpha are seen over."""

    ground: str = Field("white", max_length=100)


@dataclass
class Pairing:
    """Two pictures whose segments are matched."""

    config: MatchConfig
    options: MatchOptions
    target: Given
    source: Given

    verb = "match"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Pairing:
        """The work of a recipe, with the pictures of its inputs."""
        found = pictures_of(recipe, given)
        if len(found["source"]) != 1:
            raise InputError(f"a recipe for match has one source, this one has {len(found['source'])}")
        config, options = MatchConfig(**recipe.config), MatchOptions(**recipe.options)
        return Pairing(config, options, found["target"][0], found["source"][0])

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with its digest."""
        return inputs_of([("target", self.target), ("source", self.source)])

    def recipe(self, part: str = "result") -> Recipe:
        config, options = self.config.to_dict(), self.options.to_dict()
        return Recipe(verb="match", part=part, config=config, options=options, inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """Both pictures."""
        return [self.target, self.source]

    def check(self, written: Sequence[Path] = ()) -> None:
        from itten.image.beside import beside
        from itten.needs import check_room, match_needs

        ground_colour(self.options.ground)
        first, second = ((head.height, head.width) for head in check_heads(self.read))
        height, width = beside(first, second).size
        check_sizes(written, width, height)
        pixels = first[0] * first[1] + second[0] * second[1]
        drawn = DRAWN * height * width if written else 0
        needed = match_needs(first, second, self.config.segments) + DECODED * pixels + drawn
        check_room(needed, f"matches of {first[1]} × {first[0]} and {second[1]} × {second[0]} pixels", first)

    @cached_property
    def seen(self) -> tuple[torch.Tensor, torch.Tensor]:
        """``(3, H, W)`` each: the pictures over their ground."""
        ground = ground_colour(self.options.ground)
        return over_ground(self.target.picture(), ground)[1], over_ground(self.source.picture(), ground)[1]

    def match(self, device: torch.device | None = None) -> Matching:
        """The matches. Raises as :func:`itten.match` does."""
        from itten.matching import match

        first, second = (image if device is None else image.to(device) for image in self.seen)
        return match(first, second, config=self.config)

    def picture(self, found: Matching, part: str = "result") -> Picture:
        """Both pictures with their matches, and the recipe."""
        from itten.image import Picture
        from itten.matching.shown import matches

        return Picture(matches(*self.seen, found), made=self.recipe(part).to_text())

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part != "result":
            raise InputError(f"matches have no {part!r}")
        made = self.picture(self.match())
        if heard is not None:
            heard(1, 1, made)
        return made


def facts(found: Matching) -> dict[str, Any]:
    """What there is to say of matches, as plain data; places are (row, column)."""
    from itten.matching.shown import centres

    cuts = found.first, found.second
    places = [centres(cut.labels, len(cut)).tolist() for cut in cuts]
    return {
        "n": [len(cut) for cut in cuts],
        "shapes": [list(cut.labels.shape) for cut in cuts],
        "sizes": [cut.sizes.tolist() for cut in cuts],
        "centres": places,
        "pairs": [
            {"first": one, "second": other, "distance": distance}
            for (one, other), distance in zip(found.pairs.tolist(), found.distances.tolist(), strict=True)
        ],
    }


def arrays(found: Matching) -> dict[str, Any]:
    """The same as NumPy arrays, with all distances and both maps of labels."""
    from itten.matching.shown import centres

    cuts = {"first": found.first, "second": found.second}
    named = {"pairs": found.pairs, "distances": found.distances, "matrix": found.matrix}
    kept = {name: one.cpu().numpy() for name, one in named.items()}
    kept |= {f"labels_{name}": cut.labels.cpu().numpy() for name, cut in cuts.items()}
    return kept | {f"centres_{name}": centres(cut.labels, len(cut)) for name, cut in cuts.items()}
