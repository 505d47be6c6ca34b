"""What the page's controls say, checked, as a recipe."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from itten.config import (
    BandsConfig,
    EngraveConfig,
    PanesConfig,
    SegmentConfig,
    ShaderConfig,
    load_look,
    nested,
    overlaid,
)
from itten.config.base import Frozen
from itten.errors import InputError
from itten.works.recipe import Input, Recipe
from itten.works.selecting import SelectOptions

Verb = Literal["shade", "engrave", "panes", "bands", "segment", "select"]
MASKS = ("read_mask", "write_mask", "keep")


class Settings(Frozen):
    """``verb``: what to make. ``look``, ``passes`` and ``ground`` as of the command;
    ``figure``: the target's figure is found, and nothing is painted there; ``sets``: dotted keys of the
    configuration on top, of ``select`` its options. ``show``: what of segments is made, with ``segment``. ``target``,
    ``sources``, masks and marks are numbers of uploads, or ``sample:NAME``; ``marks`` are those of ``select``."""

    verb: Verb = "shade"
    look: str | None = Field(None, max_length=60)
    passes: int = Field(4, ge=1, le=60)
    ground: str = Field("white", max_length=40)
    figure: bool = False
    show: Literal["average", "overlay", "labels"] = "average"
    sets: dict[str, Any] = Field(default_factory=dict, max_length=200)
    target: str = Field(max_length=80)
    sources: tuple[str, ...] = Field((), max_length=8)
    read_mask: str | None = Field(None, max_length=80)
    write_mask: str | None = Field(None, max_length=80)
    keep: str | None = Field(None, max_length=80)
    read_marks: str | None = Field(None, max_length=80)
    write_marks: str | None = Field(None, max_length=80)
    marks: str | None = Field(None, max_length=80)

    def pictures(self) -> list[tuple[str, str]]:
        """Roles and pictures, in the order of a recipe."""
        sources = [("source", one) for one in self.sources] if self.verb == "shade" else []
        roles = {"shade": (*MASKS, "read_marks", "write_marks"), "engrave": MASKS[1:], "select": ("marks",)}
        said = [(role, getattr(self, role)) for role in roles.get(self.verb, ())]
        return [("target", self.target), *sources, *((role, one) for role, one in said if one)]

    def recipe(self, inputs: tuple[Input, ...]) -> Recipe:
        """With a whole configuration. Raises :class:`~itten.errors.ConfigError`, and
        :class:`~itten.errors.InputError` where ``select`` has no marks."""
        keys: dict[str, Any] = {}
        if self.verb == "shade" and self.look is not None:
            keys = dict(load_look(self.look).shader)
        for key, value in self.sets.items():
            keys = overlaid(keys, nested(key, value))
        options: dict[str, Any] = {"ground": self.ground}
        masked, part = any(one.role in MASKS for one in inputs), "result"
        if self.verb == "shade":
            config = ShaderConfig.from_config(keys).to_dict()
            options |= {"passes": self.passes, "fit_masks": masked, "figure": self.figure}
        elif self.verb == "select":
            if self.marks is None:
                raise InputError("to select wants marks: a picture of scribbles, of the target's size")
            config, options = {}, SelectOptions(**{**options, **keys}).to_dict()
        else:
            kinds: dict[str, Any] = {"engrave": EngraveConfig, "panes": PanesConfig, "bands": BandsConfig}
            kinds["segment"] = SegmentConfig
            config = kinds[self.verb](**keys).to_dict()
            options |= {"fit_masks": masked} if self.verb == "engrave" else {}
            part = self.show if self.verb == "segment" and self.show != "labels" else part
        return Recipe(verb=self.verb, part=part, config=config, options=options, inputs=inputs)
