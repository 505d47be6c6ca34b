"""The command line that makes the picture of a recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from itten.config import (
    BandsConfig,
    EngraveConfig,
    MatchConfig,
    PanesConfig,
    SegmentConfig,
    ShaderConfig,
    differences,
    flat,
    load_look,
)
from itten.works.recipe import Recipe


def command(recipe: Recipe, out: str, look: str | None = None) -> list[str]:
    """Words for a shell; pictures have the names that the recipe has. ``look``: one that most of the configuration
    comes from."""
    words = ["itten", recipe.verb]
    words += [one.name for one in recipe.inputs if one.role in ("target", "source")]
    config, chosen = _full(recipe), None
    usual = _full(Recipe(verb=recipe.verb))
    if recipe.verb == "shade" and look is not None:
        base = ShaderConfig.from_config(load_look(look).shader).to_dict()
        if not any(value is None for value in flat(differences(base, config)).values()):
            usual, chosen = base, look
    if chosen is not None:
        words += ["--look", chosen]
    for key, value in flat(differences(usual, config)).items():
        words += ["--set", f"{key}={_text(value)}"]
    words += _options(recipe)
    return [*words, f"--{recipe.part}" if recipe.part in ("overlay", "average") else "-o", out]


def _full(recipe: Recipe) -> dict[str, Any]:
    kinds: dict[str, Any] = {"engrave": EngraveConfig, "panes": PanesConfig, "bands": BandsConfig}
    kinds["segment"] = SegmentConfig
    kinds["match"] = MatchConfig
    return dict(kinds.get(recipe.verb, ShaderConfig)(**recipe.config).to_dict())


def _options(recipe: Recipe) -> list[str]:
    options, words = recipe.options, []
    if recipe.verb == "shade":
        words += ["-p", str(options.get("passes", 4))]
    if options.get("ground", "white") != "white":
        words += ["--ground", str(options["ground"])]
    if options.get("fit_masks"):
        words.append("--fit-masks")
    if options.get("figure"):
        words.append("--spare-figure")
    if options.get("scale") is not None:
        words += ["--scale", f"{options['scale']:g}"]
    if options.get("label") is not None:
        words += ["--label", str(options["label"])]
    if options.get("soft"):
        words.append("--soft")
    if options.get("edge_threshold", "auto") != "auto":
        words += ["--edge-threshold", str(options["edge_threshold"])]
    flags = {"read_mask": "--read-mask", "write_mask": "--write-mask", "keep": "--keep"}
    flags |= {"read_marks": "--read-marks", "write_marks": "--write-marks", "marks": "--marks"}
    for one in recipe.inputs:
        if one.role in flags:
            words += [flags[one.role], one.name]
    return words


def _text(value: Any) -> str:
    """As TOML, in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(value)
