"""Animations as works: how the picture of a run grows, or one that is painted anew while a setting changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from itten.config import AnimationConfig, ShaderConfig
from itten.config.base import Frozen
from itten.errors import InputError
from itten.works.given import Given
from itten.works.recipe import Recipe, with_video
from itten.works.shading import Shading
from itten.works.work import Heard

if TYPE_CHECKING:
    import torch

    from itten.motion import Growth, Reel
    from itten.motion.course import Moment

PART = "animation"
"""Which part of a run it is, in its recipe."""


class Change(Frozen):
    """What changes in so many ``frames``: the number at the dotted key ``over``, from ``start`` to ``end``, or the
    whole configuration, ``to`` this one."""

    frames: int
    over: str | None = Field(None, max_length=200)
    start: float | None = None
    end: float | None = None
    to: dict[str, Any] | None = None


@dataclass
class Film:
    """An animation of what ``work`` paints, timed as ``timing`` says: pass by pass, or with its configuration as the
    first of a ``change``."""

    work: Shading
    timing: AnimationConfig
    change: Change | None = None

    @staticmethod
    def of(recipe: Recipe, given: Sequence[Given]) -> Film:
        """The animation of a recipe, with the pictures of its inputs, in their order. Raises the errors of
        :mod:`itten.errors`."""
        options = dict(recipe.options)
        timing, change = options.pop("animation", None), options.pop("change", None)
        if not isinstance(timing, dict) or (recipe.verb == "animate") != isinstance(change, dict):
            raise InputError("the recipe of this animation does not say how it moves")
        work = Shading.of(recipe.model_copy(update={"options": options}), given)
        return Film(work, AnimationConfig(**timing), None if change is None else Change(**change))

    @property
    def read(self) -> list[Given]:
        """All pictures that are read."""
        return self.work.read

    def recipe(self, name: Path) -> Recipe:
        """How a file of that ``name`` is made, with digests of what is read."""
        options = {**self.work.options.to_dict(), "animation": self.timing.to_dict()}
        if self.change is not None:
            options["change"] = self.change.to_dict()
        plain = self.work.recipe(PART)
        facts = {"verb": "shade" if self.change is None else "animate", "options": options}
        return plain.model_copy(update={**facts, "versions": with_video(name)})

    @cached_property
    def moments(self) -> list[Moment]:
        """What is painted in every frame of a change. Raises :class:`~itten.errors.ConfigError` and
        :class:`~itten.errors.UsageError` for what cannot be, at any of them."""
        from itten.motion.course import moments_between, moments_over

        base, change = self.work.config, self.change
        if change is None:
            return []
        if change.to is not None:
            return moments_between(base, ShaderConfig.from_config(change.to), change.frames)
        if change.over is None or change.start is None or change.end is None:
            raise InputError("the recipe of this animation does not say what changes")
        return moments_over(base, change.over, change.start, change.end, change.frames)

    @property
    def steps(self) -> int:
        """So many times :meth:`shoot` tells who hears."""
        return self.work.options.passes if self.change is None else self.change.frames

    def check(self, written: Sequence[Path] = ()) -> None:
        """As :meth:`itten.works.work.Work.check`; names of animations are none of pictures, and not looked at."""
        if self.change is None:
            self.work.check(layers=True)
            return
        for one in {id(at.config): at.config for at in (self.moments[0], self.moments[-1])}.values():
            replace(self.work, config=one).check()

    def growth(self, reel: Reel) -> Growth:
        """What makes frames of passes as they are handed over, and adds them to a ``reel``."""
        from itten.motion import Growth

        opened = self.work.open()
        sizes = [(one.shape[-2], one.shape[-1]) for one in opened.contents or ()]
        return Growth(opened.image, reel.add, self.timing, sizes)

    def shoot(self, reel: Reel, heard: Heard | None = None) -> None:
        """Paint all of it, and add the frames to a ``reel``. ``heard(done, of, made)`` is called after every pass, or
        frame of a change, and may raise."""
        if self.change is not None:
            self._paint(reel, heard)
            return
        growth = self.growth(reel)

        def passed(index: int, passes: int, result: Any) -> None:
            growth(index, passes, result)
            if heard is not None:
                heard(index + 1, passes, result)

        self.work.run(passed, layers=True)

    def _paint(self, reel: Reel, heard: Heard | None) -> None:
        from itten.heads import soft
        from itten.motion.vary import add_frames

        opened = self.work.open()

        def paint(config: ShaderConfig) -> torch.Tensor:
            one = replace(self.work, config=config)
            one.opened = opened
            made: list[Any] = []
            one.run(lambda index, count, result: made.append(result.image) if index + 1 == count else None)
            return made[0]

        def painted(index: int, count: int) -> None:
            if heard is not None:
                heard(index + 1, count, None)

        add_frames(reel, self.moments, paint, not soft(opened.image), self.timing.size, painted)

    def encoded(self, reel: Reel, name: Path, made: str | None) -> bytes:
        """The frames as a file of that ``name``; ``made`` says how they were made."""
        from itten.motion import animation_bytes

        return animation_bytes(reel, name, self.timing, made)[0]
