"""``itten looks``: the named presets, as a table or as a sheet of pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.outbox import Outbox
from itten.cli.output import check_file, check_name, picture_name
from itten.cli.progress import passes_bar
from itten.cli.streams import printed, put
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import write_bytes_atomic

if TYPE_CHECKING:
    from itten.config import Look

HELP = """List the looks, which are ready-made configurations for itten shade --look.

\b
Examples:
  itten looks
  itten looks --sheet
  itten looks --sheet --only confetti --only mosaic -o two.png
  itten looks --copy confetti -o mine.toml
"""


@guarded
def looks(
    sheet: Annotated[bool, typer.Option("--sheet", help="Render every look on two samples.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this look; may be given several times.")] = None,
    copy: Annotated[str | None, typer.Option(metavar="NAME", help="Write this look's file, to be changed.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The picture to write, with --sheet, or the file, with --copy.", readable=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with all keys.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    if sheet and as_json:
        raise UsageError("--sheet and --json exclude each other")
    if copy is not None:
        if sheet or as_json or only:
            raise UsageError("--copy goes with none of --sheet, --only and --json")
        _copy(copy, out, overwrite)
        return
    if out is not None and not sheet:
        raise UsageError("--out goes with --sheet or --copy")
    if sheet:
        check_name(out, overwrite)
    from itten.config import load_look, look_names

    found = [load_look(name) for name in only or look_names()]
    if as_json:
        put(json.dumps([look.to_dict() for look in found], indent=2))
        return
    if not sheet:
        _print_table(found)
        return
    from itten.config import ShaderConfig
    from itten.works.sheet import Sheet, SheetOptions

    name = picture_name(out, "looks.png")
    kernels_for("cpu")
    box = Outbox(overwrite)
    options = SheetOptions(sheet="looks", looks=[look.name for look in found])
    box.put_picture(Sheet(ShaderConfig(), options, passes_bar).make(with_alpha=False), name)
    box.close()


def _copy(look: str, out: Path | None, overwrite: bool) -> None:
    """The look's file at ``out``: a name that ends in .toml or lacks a suffix, or a folder; by itself NAME.toml."""
    if out is None or os.path.isdir(out):
        name = (out or Path()) / f"{look}.toml"
    elif out.suffix.lower() not in ("", ".toml"):
        raise UsageError(f"--copy wants a name that ends in .toml, got {str(out)!r}")
    else:
        name = out if str(out) == "-" else out.with_suffix(".toml")
    check_file(name, overwrite)
    from itten.config import look_text

    text = look_text(look)
    box = Outbox(overwrite)
    box.put(partial(write_bytes_atomic, text.encode()), name)
    box.close()


def _print_table(found: Sequence[Look]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("look", "suits", "passes", "what it does"):
        table.add_column(title, no_wrap=title == "look")
    for look in found:
        table.add_row(look.name, look.text.suits, str(look.text.passes), look.text.title)
    put(printed(table, highlight=False))


def register(app: typer.Typer) -> None:
    app.command("looks", help=HELP)(looks)
