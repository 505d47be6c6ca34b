"""``itten panes``: a picture in panes, like stained glass."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.areas import chosen, make_areas
from itten.cli.guard import guarded
from itten.cli.options import AsJson, Ground, NoMetadata, Overwrite
from itten.cli.targets import check_targets

HELP = """Cut PICTURE into panes by its spectrum, like stained glass.

\b
Examples:
  itten panes photo.jpg
  itten panes photo.jpg -n 60 -o window.png
  itten panes photo.jpg -n 60 -o window.svg
  itten panes photo.jpg -n 200 --colour textured --lead 0
  itten panes photo.jpg --palette '#f4e9cd,#d9653b,#1f4e5f,#0f2027' --wear brightness
  itten panes photo.jpg --lead 6 --lead-colour '#222222' --set vectors=24
"""


class PaneColour(StrEnum):
    mean = "mean"
    flat = "flat"
    textured = "textured"


class PaneWear(StrEnum):
    nearest = "nearest"
    brightness = "brightness"


@guarded
def panes(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE…", help="One or more pictures; '-' for standard input.", readable=False, allow_dash=True
        ),
    ],
    n: Annotated[int | None, typer.Option("-n", help="About how many panes; 60 if left out.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            readable=False,
            allow_dash=True,
            help="A picture, .svg or .pdf, '-' for standard output, a folder, or a pattern: 'out/{stem}.png'.",
        ),
    ] = None,
    colour: Annotated[
        PaneColour | None, typer.Option(help="Panes have their mean, a few flat colours, or the picture's detail.")
    ] = None,
    palette: Annotated[str | None, typer.Option(help="Colours for the panes: '#b3202a,teal'.")] = None,
    wear: Annotated[PaneWear | None, typer.Option(help="A pane takes the nearest of these, or by brightness.")] = None,
    lead: Annotated[float | None, typer.Option(help="Pixels between panes, 0 for none.")] = None,
    lead_colour: Annotated[str | None, typer.Option(help="The colour between panes.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting of PanesConfig; repeatable."),
    ] = None,
    ground: Ground = "white",
    device: Annotated[str, typer.Option(help="Where the result goes: cpu, cuda …; the work is the CPU's.")] = "cpu",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    check_targets(targets, out, overwrite, as_json=as_json, paths=True)
    options = chosen(
        sets or (),
        n=n,
        colour=colour and colour.value,
        palette=palette,
        wear=wear and wear.value,
        lead=lead,
        lead_colour=lead_colour,
    )
    from itten.config import PanesConfig

    make_areas(PanesConfig(**options), targets, out, ground, device, overwrite, not no_metadata, as_json)


def register(app: typer.Typer) -> None:
    app.command("panes", help=HELP)(panes)
