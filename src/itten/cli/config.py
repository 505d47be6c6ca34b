"""``itten config``: configurations shown, compared, checked, and their schema."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.guard import guarded
from itten.cli.options import Overwrite, Sets
from itten.cli.outbox import Outbox
from itten.cli.output import check_file, is_standard
from itten.cli.settings import assignment, base_of
from itten.cli.streams import notice, put, shown
from itten.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

HELP = """Show, compare and check configurations, and write their schema.

\b
Examples:
  itten config show confetti
  itten config show confetti --set copies=4 --format json -o mine.json
  itten config diff confetti mine.toml
  itten config check mine.toml
  itten config schema -o itten.schema.json
"""
WHAT = "A look, a preset, or a TOML or JSON file; the usual one if left out."

group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)


class Format(StrEnum):
    toml = "toml"
    json = "json"


class Kind(StrEnum):
    shade = "shade"
    engrave = "engrave"
    panes = "panes"
    bands = "bands"


Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this file, not to standard output.")]


@group.command("show")
@guarded
def show(
    name: Annotated[str | None, typer.Argument(metavar="[CONFIG]", help=WHAT)] = None,
    sets: Sets = None,
    only: Annotated[bool, typer.Option("--changed", help="Only what differs from the usual configuration.")] = False,
    how: Annotated[Format | None, typer.Option("--format", help="toml or json; by the name of the file.")] = None,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Print a whole configuration, with all defaults, as TOML or JSON that --config reads."""
    kind = _format(how, out)
    if out is not None and not is_standard(out):
        check_file(out, overwrite)
    from itten.config import ShaderConfig, differences, to_toml

    config = base_of(None, name, [assignment(text) for text in sets or ()])[0]
    keys = differences(ShaderConfig().to_dict(), config.to_dict()) if only else config.to_dict()
    _give(to_toml(keys) if kind is Format.toml else json.dumps(keys, indent=2) + "\n", out, overwrite)


@group.command("diff")
@guarded
def diff(
    one: Annotated[str, typer.Argument(help=WHAT)],
    other: Annotated[str | None, typer.Argument(metavar="[OTHER]", help="Another; the usual one if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print the keys in which two configurations differ: -- what the first has, ++ what the second has."""
    from itten.config import flat

    first, second = (flat(base_of(None, name, [])[0].to_dict()) for name in (one, other))
    keys = [key for key in {**first, **second} if first.get(key) != second.get(key)]
    if as_json:
        put(json.dumps({key: [first.get(key), second.get(key)] for key in keys}, indent=2))
        return
    for key in keys:
        for mark, side in (("--", first), ("++", second)):
            if key in side:
                put(f"{mark} {key} = {json.dumps(side[key])}")
    if not keys:
        notice("itten: they are the same")


@group.command("check")
@guarded
def check(
    files: Annotated[list[str], typer.Argument(metavar="CONFIG…", help=WHAT)],
    kind: Annotated[Kind, typer.Option(help="Whose configuration it is.")] = Kind.shade,
) -> None:
    """Say of each whether it can be used; exit code 2 if one cannot."""
    from itten.config import config_keys

    failed = False
    for name in files:
        try:
            model = _model(kind)
            keys = config_keys(name)
            model.from_config(keys) if kind is Kind.shade else model(**keys)
        except ConfigError as error:
            failed = True
            put(f"{shown(name)}: {error}")
        else:
            put(f"{shown(name)}: good")
    if failed:
        raise typer.Exit(UsageError.exit_code)


@group.command("schema")
@guarded
def schema(
    kind: Annotated[Kind, typer.Option(help="Whose configuration it is of.")] = Kind.shade,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Print the JSON schema of a configuration: editors complete and check with it."""
    if out is not None and not is_standard(out):
        check_file(out, overwrite)
    model: BaseModel = _model(kind)
    told: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    _give(json.dumps(told, indent=2) + "\n", out, overwrite)


def _model(kind: Kind) -> Any:
    from itten.config import BandsConfig, EngraveConfig, PanesConfig, ShaderConfig

    return {"shade": ShaderConfig, "engrave": EngraveConfig, "panes": PanesConfig, "bands": BandsConfig}[kind.value]


def _format(asked: Format | None, out: Path | None) -> Format:
    suffix = None if out is None else out.suffix.lower().removeprefix(".")
    if out is not None and not is_standard(out) and suffix not in ("toml", "json"):
        raise UsageError(f"a configuration is written to a .toml or .json file, got {str(out)!r}")
    if asked is not None and suffix in ("toml", "json") and asked.value != suffix:
        raise UsageError(f"--format {asked.value} and {os.fspath(out or '')!r} exclude each other")
    return asked or (Format.json if suffix == "json" else Format.toml)


def _give(text: str, out: Path | None, overwrite: bool) -> None:
    if out is None or is_standard(out):
        put(text.rstrip("\n"))
        return
    from itten.files import write_bytes_atomic

    box = Outbox(overwrite)
    box.put(partial(write_bytes_atomic, text.encode()), out)
    box.close()


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="config")
