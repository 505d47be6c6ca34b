"""``itten looks``: the named presets, as a table or as a sheet of pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from itten.cli.app import guarded
from itten.cli.output import picture_name, tell
from itten.cli.progress import passes_bar
from itten.config import Look, ShaderConfig, load_look, look_names
from itten.errors import UsageError
from itten.image import Cell, contact_sheet, write_image
from itten.samples import load
from itten.shader import SpectralShader

HELP = """List the looks, which are ready-made configurations for itten shade --look.

\b
Examples:
  itten looks
  itten looks --sheet
  itten looks --sheet --only confetti --only moss -o two.png
"""
# A drawing and a photograph: every look is shown on both.
SAMPLES = ("botanical", "tonal")
COLUMNS = 4


@guarded
def looks(
    sheet: Annotated[bool, typer.Option("--sheet", help="Render every look on two samples.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this look; may be given several times.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The picture to write, with --sheet.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with all keys.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    found = [load_look(name) for name in only or look_names()]
    if sheet and as_json:
        raise UsageError("--sheet and --json exclude each other")
    if out is not None and not sheet:
        raise UsageError("--out goes with --sheet")
    if as_json:
        typer.echo(json.dumps([look.to_dict() for look in found], indent=2))
        return
    if not sheet:
        table = Table(box=None, pad_edge=False)
        for title in ("look", "suits", "passes", "what it does"):
            table.add_column(title, no_wrap=title == "look")
        for look in found:
            table.add_row(look.name, look.text.suits, str(look.text.passes), look.text.title)
        Console(highlight=False).print(table)
        return
    name = picture_name(out, "looks.png")
    tell(write_image(looks_sheet(found), name, overwrite), name)


def looks_sheet(found: Sequence[Look]) -> torch.Tensor:
    """Every look on both samples, beside the samples as they were."""
    cells = [Cell("as it was", load(sample), sample) for sample in SAMPLES]
    for look in found:
        shader = SpectralShader(ShaderConfig.from_config(look.shader))
        for sample in SAMPLES:
            with passes_bar(f"{look.name}, {sample}", look.text.passes) as moved:
                result = shader(load(sample), passes=look.text.passes, progress=moved)
            cells.append(Cell(look.name, result.image, sample))
    return contact_sheet(cells, columns=COLUMNS, title="Looks")


def register(app: typer.Typer) -> None:
    app.command("looks", help=HELP)(looks)
