"""``shade`` as a work: passes over a target, with itself or with sources."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import Field

from itten.config import ShaderConfig
from itten.config.base import Frozen
from itten.errors import InputError
from itten.limits import MOST_PASSES
from itten.works.given import Given, check_heads
from itten.works.ground import ground_colour, over_ground
from itten.works.marks import marks_to_read, mask_of
from itten.works.masks import mask_to_write, masks_to_read
from itten.works.recipe import Input, Recipe
from itten.works.room import room_to_shade
from itten.works.work import Heard, Stopped, inputs_of, pictures_of

if TYPE_CHECKING:
    import torch

    from itten.image import Colour, Picture
    from itten.shader.output import PassResult, Progress, ShaderOutput


log = logging.getLogger("itten")


class ShadeOptions(Frozen):
    """``passes``; the ``ground`` that pictures with alpha are seen over; ``fit_masks``: masks are brought to the sizes
    of their pictures; ``figure``: nothing is painted where :func:`itten.find_figure` finds one."""

    passes: int = Field(4, ge=1, le=MOST_PASSES)
    ground: str = Field("white", max_length=100)
    fit_masks: bool = False
    figure: bool = False


@dataclass
class Shading:
    """``read_masks`` and ``read_marks``: none, or one for every picture that is copied from."""

    config: ShaderConfig
    options: ShadeOptions
    target: Given
    sources: Sequence[Given] = ()
    read_masks: Sequence[Given] = ()
    write_mask: Given | None = None
    keep: Given | None = None
    read_marks: Sequence[Given] = ()
    write_marks: Given | None = None
    opened: Opened | None = field(default=None, init=False)

    verb = "shade"

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Shading:
        """The work of a recipe, with the pictures of its inputs, in their order."""
        by = pictures_of(recipe, given)
        own: dict[str, Any] = {one: next(iter(by[one]), None) for one in ("write_mask", "keep", "write_marks")}
        own["read_marks"] = by["read_marks"]
        config, options = ShaderConfig.from_config(recipe.config), ShadeOptions(**recipe.options)
        return Shading(config, options, by["target"][0], by["source"], by["read_mask"], **own)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What is read, with digests."""
        own = [("write_mask", self.write_mask), ("keep", self.keep), ("write_marks", self.write_marks)]
        several = [("source", one) for one in self.sources] + [("read_mask", one) for one in self.read_masks]
        several += [("read_marks", one) for one in self.read_marks]
        return inputs_of([("target", self.target), *several, *own])

    def recipe(self, part: str = "result") -> Recipe:
        config, options = self.config.to_dict(), self.options.to_dict()
        return Recipe(verb="shade", part=part, config=config, options=options, inputs=self.inputs)

    @property
    def read(self) -> list[Given]:
        """All pictures that are read."""
        masks = [*self.read_masks, *self.read_marks]
        masks += [one for one in (self.write_mask, self.keep, self.write_marks) if one is not None]
        return [self.target, *self.sources, *masks]

    def check(self, written: Sequence[Any] = (), layers: bool = False, coordinates: bool = False) -> None:
        """Look at the heads of all files, at formats to write to (names), and at the room in memory; ``layers`` and
        ``coordinates``: they are wanted, too. Raises the errors of :mod:`itten.errors`."""
        ground_colour(self.options.ground)
        heads = check_heads(self.read, written)
        sources = heads[1 : 1 + len(self.sources)]
        room_to_shade(heads[0], sources, self.config, heads[0].alpha or layers or coordinates, layers)

    def open(self, device: torch.device | None = None) -> Opened:
        """Read all pictures."""
        if self.opened is not None:
            return self.opened
        import torch

        from itten.image import in_profile

        where = torch.device("cpu") if device is None else device
        below = ground_colour(self.options.ground)
        picture = self.target.picture()
        colour, image = over_ground(picture, below)
        contents, hidden, opacities = [], [], []
        for source in self.sources:
            offered = in_profile(source.picture(), picture.profile, name=repr(source.name))
            seen_over, displayed = over_ground(offered, below)
            contents.append(displayed.to(where))
            hidden.append(offered.hidden)
            opacities.append(None if offered.alpha is None else (offered.alpha, seen_over))
        read_from = list(zip(self.sources, contents, strict=True)) or [(self.target, image)]
        masks: list[Any] = _together(
            masks_to_read(self.read_masks, read_from, self.options.fit_masks), marks_to_read(self.read_marks, read_from)
        )
        may_write = mask_to_write(self.write_mask, self.keep, (self.target, image), self.options.fit_masks)
        if self.write_marks is not None:
            marked = mask_of(self.write_marks, (self.target, image), "--write-marks")
            may_write = marked if may_write is None else may_write & marked
        figure = _figure(image, self.target) if self.options.figure else None
        if figure is not None:
            may_write = ~figure if may_write is None else may_write & ~figure
        rest: dict[str, Any] = {
            "read": _readable(masks or [None] * len(hidden), hidden) if contents else (masks or [None])[0],
            "write": may_write,
            "hidden": picture.hidden,
            "opacity": opacities if contents else None if picture.alpha is None else (picture.alpha, colour),
        }
        self.opened = Opened(picture, image, colour, where, contents or None, rest, figure)
        return self.opened

    def run(
        self, progress: Progress | None, coverage: bool = False, layers: bool = False, coordinates: bool = False
    ) -> ShaderOutput:
        """All passes; each goes to ``progress``. ``coverage``: alpha of the result is wanted; ``layers``: what is
        painted apart from the picture, too; ``coordinates``: from where to where pixels moved."""
        from itten.shader import SpectralShader

        opened = self.open()
        covered = opened.picture.alpha is not None and coverage
        wants: dict[str, Any] = {"passes": self.options.passes, "progress": progress, **opened.rest}
        wants |= {"coverage": covered, "layers": layers, "coordinates": coordinates}
        output: ShaderOutput = SpectralShader(self.config)(opened.image.to(opened.where), opened.contents, **wants)
        return output

    def picture(self, result: PassResult, with_alpha: bool, part: str = "result", told: bool = True) -> Picture:
        """What a pass made as a picture; ``told``: how it was made is in it."""
        made = self.open().finished(result, with_alpha)
        return replace(made, made=self.recipe(part).to_text()) if told else made

    def figure(self) -> Picture:
        """The figure that was found, white on black. Raises :class:`~itten.errors.InputError` where none was looked
        for."""
        from itten.image import Picture

        found = self.open().figure
        if found is None:
            raise InputError("no figure was looked for in this run")
        made = found.cpu().float().expand(3, -1, -1).contiguous()
        return Picture(made, made=self.recipe("figure").to_text())

    def make(self, with_alpha: bool, heard: Heard | None = None, part: str = "result") -> Picture:
        """The picture that is ``part`` of what comes out. ``heard(done, of, picture)`` is called after every pass and
        may raise."""
        from itten.works.copies import Copies

        if part == "figure":
            return self.figure()
        words, copies = part.split(), part.startswith("copies")
        last = int(words[-1]) if words[-1].isdigit() else self.options.passes
        if part not in ("result", "copies", f"pass {last}", f"copies after pass {last}"):
            raise InputError(f"a run of shade makes no {part!r}")
        found: list[Picture] = []
        kept = Copies(self.open().picture) if copies else None

        def add(index: int, passes: int, result: PassResult) -> None:
            if kept is not None and result.record is not None:
                kept.add(result.record.layers())
            if heard is not None:
                heard(index + 1, passes, result)
            if index + 1 == last:
                found.append(self.picture(result, with_alpha, told=False) if kept is None else kept.picture())
                if last < passes:
                    raise Stopped

        with suppress(Stopped):
            self.run(add, coverage=with_alpha, layers=copies)
        if not found:
            raise InputError(f"a run of {self.options.passes} passes makes no {part!r}")
        return replace(found[0], made=self.recipe(part).to_text())


@dataclass(frozen=True)
class Opened:
    """What was read: the ``picture``, ``image`` ``(3, H, W)`` as it is seen over the ``ground``, the ``contents`` of
    sources on the device ``where`` the work is done, the ``rest`` of what the shader is told, and the ``figure`` ``(H,
    W)`` that was found where one was looked for."""

    picture: Picture
    image: torch.Tensor
    ground: Colour
    where: torch.device
    contents: list[torch.Tensor] | None
    rest: dict[str, Any]
    figure: torch.Tensor | None = None

    def finished(self, result: PassResult, with_alpha: bool) -> Picture:
        """The picture, painted."""
        from itten.image import changed

        shown, picture = result.image.cpu(), self.picture
        if not with_alpha:
            return replace(picture, pixels=shown, alpha=None)
        if picture.alpha is None or result.record is None:
            return picture.painted(shown, changed(self.image, shown, picture.depth), self.ground)
        return picture.painted(shown, result.record.coverage.cpu(), self.ground)


def _together(masks: list[torch.Tensor], marked: list[torch.Tensor]) -> list[torch.Tensor]:
    """Where both allow it; what there is if one of the lists is empty."""
    if not masks or not marked:
        return masks or marked
    return [mask & marks for mask, marks in zip(masks, marked, strict=True)]


def _figure(image: torch.Tensor, target: Given) -> torch.Tensor:
    """The figure of a picture ``(3, H, W)``; where there is none a line says so."""
    from itten.areas import find_figure

    found = find_figure(image)
    if not bool(found.any()):
        log.warning("no figure was found in %r: all of it is ground", target.called)
    return found


def _readable(masks: Sequence[torch.Tensor | None], hidden: Sequence[torch.Tensor | None]) -> list[torch.Tensor | None]:
    """For every source where it may be read: where its mask allows it, and no pixel is hidden. None for everywhere.

    Raises :class:`~itten.errors.InputError` for a mask of another size.
    """
    from itten.image.coerce import as_mask

    found: list[torch.Tensor | None] = []
    for mask, unseen in zip(masks, hidden, strict=True):
        if unseen is None:
            found.append(mask)
        else:
            allowed = as_mask(mask, unseen.shape, "read_mask", unseen.device)
            found.append(~unseen if allowed is None else allowed & ~unseen)
    return found
