"""``select`` as a work: what scribbles select of a picture, as a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from itten.config import SpectrumConfig
from itten.config.base import Frozen
from itten.errors import InputError, UsageError
from itten.works.given import Given, check_heads
from itten.works.ground import ground_colour, over_ground
from itten.works.marks import check_alike, scribbles
from itten.works.recipe import Input, Recipe
from itten.works.room import room_to_select
from itten.works.work import Heard, inputs_of, pictures_of

if TYPE_CHECKING:
    import torch

    from itten.image import Picture
    from itten.image.scribbles import Scribbles
    from itten.regions import Selection

PARTS = ("result", "overlay")


class SelectOptions(Frozen):
    """Which ``label`` the mask shows, the lowest if None; ``soft``: its probabilities; the ``ground`` that a picture
    with alpha is seen over; the ``edge_threshold`` of the graph, or ``"auto"``."""

    label: int | None = Field(None, ge=1)
    soft: bool = False
    edge_threshold: float | Literal["auto"] = "auto"
    ground: str = Field("white", max_length=100)


@dataclass
class Selecting:
    """A picture and its ``marks``."""

    options: SelectOptions
    target: Given
    marks: Given

    verb = "select"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Selecting:
        """The work of a recipe, with the pictures of its inputs."""
        by = pictures_of(recipe, given)
        if len(by["marks"]) != 1:
            raise InputError(f"a recipe for select has one picture of marks, this one has {len(by['marks'])}")
        return Selecting(SelectOptions(**recipe.options), by["target"][0], by["marks"][0])

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with digests."""
        return inputs_of([("target", self.target), ("marks", self.marks)])

    def recipe(self, part: str = "result") -> Recipe:
        return Recipe(verb="select", part=part, options=self.options.to_dict(), inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """The pictures that are read."""
        return [self.target, self.marks]

    def check(self, written: Sequence[Path] = ()) -> None:
        ground_colour(self.options.ground)
        head, marks = check_heads(self.read, written)
        if sorted((marks.width, marks.height)) != sorted((head.width, head.height)):  # heads are not turned upright
            check_alike(self.marks, marks, self.target, head.width, head.height, "--marks")
        threshold = self.options.edge_threshold
        room_to_select(head, SpectrumConfig(edge_threshold=0.05 if threshold == "auto" else threshold))

    @cached_property
    def _pair(self) -> tuple[torch.Tensor, Scribbles]:
        _, image = over_ground(self.target.picture(), ground_colour(self.options.ground))
        return image, scribbles(self.marks, (self.target, image), "--marks")

    @property
    def colours(self) -> dict[int, str]:
        """The colours of the marks, by their labels."""
        return self._pair[1].colours

    @cached_property
    def found(self) -> Selection:
        """The selection. Raises as :func:`itten.select` does."""
        from itten.regions import select

        image, marks = self._pair
        label = self.options.label
        if label is not None and not (marks.labels == label).any():
            known = sorted({*marks.labels[marks.labels > 0].tolist()})
            raise UsageError(f"there is no label {label} in the marks: there are {', '.join(map(str, known))}")
        return select(image, marks.labels, edge_threshold=self.options.edge_threshold)

    @property
    def label(self) -> int:
        """The label that the mask shows."""
        return self.found.values[0] if self.options.label is None else self.options.label

    def mask(self) -> torch.Tensor:
        """``(H, W)`` in [0, 1]: 1 where the label lies; its probabilities if they are wanted."""
        found = self.found
        return found.of(self.label).float() if self.options.soft else (found.labels == self.label).float()

    def overlay(self) -> torch.Tensor:
        """``(3, H, W)``: the picture, with the colours of the labels over it."""
        import torch

        from itten.image.labels import label_colour

        image, found = self._pair[0], self.found
        table = torch.tensor([label_colour(0), *(label_colour(1 + at) for at in range(len(found)))]) / 255.0
        place = torch.zeros_like(found.labels)
        for at, value in enumerate(found.values, 1):
            place[found.labels == value] = at
        colour = table.to(image.dtype)[place].permute(2, 0, 1)
        return 0.5 * image + 0.5 * colour

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        from itten.image import Picture

        if part not in PARTS:
            raise InputError(f"a selection makes no {part!r}")
        pixels = self.overlay() if part == "overlay" else self.mask().expand(3, -1, -1).contiguous()
        made = Picture(pixels, made=self.recipe(part).to_text())
        if heard is not None:
            heard(1, 1, made)
        return made

    def facts(self) -> dict[str, Any]:
        """What there is to say of it, as data."""
        found = self.found
        pixels = {str(value): int((found.labels == value).sum()) for value in found.values}
        return {
            "shape": list(found.labels.shape),
            "label": self.label,
            "labels": list(found.values),
            "colours": {str(label): colour for label, colour in self.colours.items()},
            "pixels": pixels,
            "unreached": int((found.labels == 0).sum()),
            "status": found.status,
            "advice": found.advice,
            "error": found.error,
            "residuals": found.residuals.tolist(),
            "iterations": found.iterations,
        }
