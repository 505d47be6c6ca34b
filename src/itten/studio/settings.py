"""What the page's controls say, checked, as a recipe."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from itten.config import BandsConfig, EngraveConfig, PanesConfig, ShaderConfig, load_look, nested, overlaid
from itten.config.base import Frozen
from itten.works.recipe import Input, Recipe

Verb = Literal["shade", "engrave", "panes", "bands"]


class Settings(Frozen):
    """``verb``: what to make. ``look``, ``passes`` and ``ground`` as of the command;
    ``figure``: the target's figure is found, and nothing is painted there; ``sets``: dotted keys of the
    configuration on top. ``target``, ``sources`` and masks are numbers of uploads, or ``sample:NAME``."""

    verb: Verb = "shade"
    look: str | None = Field(None, max_length=60)
    passes: int = Field(4, ge=1, le=60)
    ground: str = Field("white", max_length=40)
    figure: bool = False
    sets: dict[str, Any] = Field(default_factory=dict, max_length=200)
    target: str = Field(max_length=80)
    sources: tuple[str, ...] = Field((), max_length=8)
    read_mask: str | None = Field(None, max_length=80)
    write_mask: str | None = Field(None, max_length=80)
    keep: str | None = Field(None, max_length=80)

    def pictures(self) -> list[tuple[str, str]]:
        """Roles and pictures, in the order of a recipe."""
        masks = [(role, getattr(self, role)) for role in ("read_mask", "write_mask", "keep")]
        sources = [("source", one) for one in self.sources] if self.verb == "shade" else []
        if self.verb != "shade":
            masks = masks[1:] if self.verb == "engrave" else []
        return [("target", self.target), *sources, *((role, one) for role, one in masks if one)]

    def recipe(self, inputs: tuple[Input, ...]) -> Recipe:
        """With a whole configuration. Raises :class:`~itten.errors.ConfigError`."""
        keys: dict[str, Any] = {}
        if self.verb == "shade" and self.look is not None:
            keys = dict(load_look(self.look).shader)
        for key, value in self.sets.items():
            keys = overlaid(keys, nested(key, value))
        options: dict[str, Any] = {"ground": self.ground}
        masked = any(one.role not in ("target", "source") for one in inputs)
        if self.verb == "shade":
            config = ShaderConfig.from_config(keys).to_dict()
            options |= {"passes": self.passes, "fit_masks": masked, "figure": self.figure}
        else:
            kinds: dict[str, Any] = {"engrave": EngraveConfig, "panes": PanesConfig, "bands": BandsConfig}
            config = kinds[self.verb](**keys).to_dict()
            options |= {"fit_masks": masked} if self.verb == "engrave" else {}
        return Recipe(verb=self.verb, config=config, options=options, inputs=inputs)
