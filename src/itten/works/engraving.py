"""``engrave`` as a work: a whole picture in lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field, model_validator

from itten.config import EngraveConfig, Page
from itten.config.base import Frozen
from itten.errors import InputError, UsageError
from itten.works.given import Given, check_heads, check_sizes
from itten.works.ground import ground_colour, over_ground
from itten.works.masks import mask_to_write
from itten.works.recipe import Input, Recipe
from itten.works.room import room_to_engrave
from itten.works.work import Heard, inputs_of, pictures_of

if TYPE_CHECKING:
    from itten.image import Colour, Picture
    from itten.lines import Engraving
    from itten.vector import Fit

MOST_TIMES = 64.0


def check_times(times: float) -> None:
    """Raises :class:`~itten.errors.UsageError` for a drawing that cannot be so many times larger."""
    if not 0 < times <= MOST_TIMES:
        raise UsageError(f"drawings are made up to 64 times as large as their pictures, this would be {times:g} times")


class EngraveOptions(Frozen):
    """``scale``: drawn so many times larger; or on a ``page``. ``ground`` and ``fit_masks`` as of ``shade``."""

    scale: float | None = None
    page: Page | None = None
    ground: str = Field("white", max_length=100)
    fit_masks: bool = False

    @model_validator(mode="after")
    def _one_size(self) -> EngraveOptions:
        if self.scale is not None and self.page is not None:
            raise ValueError("scale and a page exclude each other: dpi says how large a picture on paper is")
        if self.scale is not None:
            check_times(self.scale)
        return self


class Placed(NamedTuple):
    """Where a drawing lies on its page, how many ``times`` larger it is drawn, and millimetres a ``pixel`` takes."""

    fit: Fit | None
    times: float
    pixel: float | None


@dataclass
class Engraver:
    """A picture to be engraved."""

    config: EngraveConfig
    options: EngraveOptions
    target: Given
    write_mask: Given | None = None
    keep: Given | None = None

    verb = "engrave"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Engraver:
        """The work of a recipe, with the pictures of its inputs, in their order."""
        by = pictures_of(recipe, given)
        own = {one: next(iter(by[one]), None) for one in ("write_mask", "keep")}
        return Engraver(EngraveConfig(**recipe.config), EngraveOptions(**recipe.options), by["target"][0], **own)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with digests."""
        return inputs_of([("target", self.target), ("write_mask", self.write_mask), ("keep", self.keep)])

    def recipe(self, part: str = "result") -> Recipe:
        config, options = self.config.to_dict(), self.options.to_dict()
        return Recipe(verb="engrave", part=part, config=config, options=options, inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """All pictures that are read."""
        return [one for one in (self.target, self.write_mask, self.keep) if one is not None]

    def placed(self, width: int, height: int) -> Placed:
        """A picture of so many pixels on its page, if it has one."""
        page = self.options.page
        if page is None:
            return Placed(None, 1.0 if self.options.scale is None else self.options.scale, None)
        from itten.vector import fitted

        fit = fitted(page, width, height)
        return Placed(fit, fit.scale * page.dpi / 25.4, fit.scale)

    def check(self, written: Sequence[Path] = (), paths: bool = False) -> None:
        """As :meth:`itten.works.work.Work.check`; ``paths``: it is written as paths, too."""
        ground_colour(self.options.ground)
        head = check_heads(self.read)[0]
        fit, times, pixel = self.placed(head.width, head.height)
        check_times(times)
        page = self.options.page
        if page is None or fit is None:
            sides = round(head.width * times), round(head.height * times)
        else:
            sides = fit.pixels(page.dpi)
        check_sizes(written, *sides)
        room_to_engrave(head, self.config, times, pixel, paths)

    @cached_property
    def opened(self) -> tuple[Picture, Any, Any]:
        """The picture, as it is seen ``(3, H, W)``, and where it is drawn on."""
        picture = self.target.picture()
        _, image = over_ground(picture, ground_colour(self.options.ground))
        return picture, image, mask_to_write(self.write_mask, self.keep, (self.target, image), self.options.fit_masks)

    def draw(self) -> Engraving:
        """The engraving, as a picture and as paths."""
        from itten.lines import engrave

        _, image, mask = self.opened
        height, width = image.shape[-2:]
        _, times, pixel = self.placed(width, height)
        return engrave(image, scale=times, pixel=pixel, mask=mask, config=self.config)

    def picture(self, done: Engraving, with_alpha: bool) -> Picture:
        """What was drawn as a picture, on its page if it has one, with its recipe."""
        source = self.opened[0]
        height, width = source.pixels.shape[-2:]
        fit, page = self.placed(width, height).fit, self.options.page
        made = replace(source, pixels=done.image, alpha=None)
        if source.alpha is not None and with_alpha:
            made = replace(made, alpha=_alpha(source.alpha, done.image.shape[1:]))
        if page is not None and fit is not None:
            made = on_page(made, fit, page.dpi, self.config.paper)
        return replace(made, made=self.recipe().to_text())

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        if part != "result":
            raise InputError(f"a run of engrave makes no {part!r}")
        made = self.picture(self.draw(), with_alpha)
        if heard is not None:
            heard(1, 1, made)
        return made


def _alpha(alpha: Any, size: Any) -> Any:
    from torch.nn.functional import interpolate

    if tuple(alpha.shape) == tuple(size):
        return alpha
    return interpolate(alpha[None, None], tuple(size), mode="bilinear", align_corners=False)[0, 0].clamp(0, 1)


def on_page(picture: Picture, fit: Fit, dpi: float, paper: Colour) -> Picture:
    """A ``picture`` that was drawn for ``fit`` at ``dpi``, on its sheet of ``paper``."""
    width, height = fit.pixels(dpi)
    left, top = (round(length * dpi / 25.4) for length in (fit.left, fit.top))
    tall, wide = picture.pixels.shape[1:]
    tall, wide = min(tall, height - top), min(wide, width - left)
    sheet = picture.pixels.new_tensor(paper).reshape(3, 1, 1).expand(3, height, width).clone()
    sheet[:, top : top + tall, left : left + wide] = picture.pixels[:, :tall, :wide]
    alpha = picture.alpha
    if alpha is not None:
        whole = alpha.new_ones(height, width)
        whole[top : top + tall, left : left + wide] = alpha[:tall, :wide]
        alpha = whole
    return replace(picture, pixels=sheet, alpha=alpha, dpi=(dpi, dpi))
