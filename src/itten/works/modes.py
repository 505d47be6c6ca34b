"""``spectrum`` as a work: the lowest eigenpairs of a picture, and a sheet of their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.config import SpectrumConfig
from itten.config.base import Frozen
from itten.errors import InputError
from itten.files import shown
from itten.works.given import Given, check_heads
from itten.works.recipe import Input, Recipe
from itten.works.room import room_for_spectrum
from itten.works.work import Heard, inputs_of, pictures_of

if TYPE_CHECKING:
    import torch

    from itten.image import Picture
    from itten.spectra import Spectrum


class ModesOptions(Frozen):
    """``k``: how many eigenpairs; ``drop_specks``: whether those of small pieces are left out; ``auto``: whether the
    edge threshold follows the picture's contrast, whatever the configuration says."""

    k: int = 8
    drop_specks: bool = False
    auto: bool = False


@dataclass
class Modes:
    """A picture whose spectrum is wanted, seen over white where it has alpha."""

    config: SpectrumConfig
    options: ModesOptions
    target: Given

    verb = "spectrum"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Modes:
        """The work of a recipe, with the picture of its input, which the sheet calls what it was called then."""
        target = pictures_of(recipe, given)["target"][0]
        called = replace(target, label=next(one.name for one in recipe.inputs if one.role == "target"))
        return Modes(SpectrumConfig(**recipe.config), ModesOptions(**recipe.options), called)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with its digest."""
        return inputs_of([("target", self.target)])

    def recipe(self, part: str = "result") -> Recipe:
        config, options = self.config.to_dict(), self.options.to_dict()
        return Recipe(verb="spectrum", part=part, config=config, options=options, inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """The picture that is read."""
        return [self.target]

    def check(self, written: Sequence[Path] = ()) -> None:
        (head,) = check_heads(self.read)  # the sheet has a size of its own
        room_for_spectrum(head, self.options.k, self.config)

    def solve(self, device: torch.device | None = None) -> Spectrum:
        """The eigenpairs. Raises as :func:`itten.spectrum` does."""
        from itten.image import as_image
        from itten.spectra import spectrum

        image = as_image(self.target.picture())
        options: dict[str, Any] = {"drop_specks": self.options.drop_specks, **self.config.to_dict()}
        if self.options.auto:
            options["edge_threshold"] = "auto"
        found: Spectrum = spectrum(image if device is None else image.to(device), self.options.k, **options)
        return found

    def picture(self, found: Spectrum) -> Picture:
        """All vectors in a diverging colour map, each with its value and residual, and how the sheet was made."""
        from itten.image import Cell, Picture, contact_sheet, diverging

        each = zip(found.values.tolist(), found.vectors, found.residuals.tolist(), strict=True)
        cells = [
            Cell(f"{index}: {value:.4g}", diverging(vector.cpu()), f"residual {residual:.1e}")
            for index, (value, vector, residual) in enumerate(each)
        ]
        title = f"{shown(self.target.called)}: {found.method}, {found.status}"
        return Picture(contact_sheet(cells, title=title), made=self.recipe().to_text())

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part != "result":
            raise InputError(f"a spectrum makes no {part!r}")
        made = self.picture(self.solve())
        if heard is not None:
            heard(1, 1, made)
        return made
