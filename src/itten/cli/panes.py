"""``itten panes``: a picture in panes, like stained glass."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.areas import OnePicture, chosen
from itten.cli.guard import guarded

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
    picture: Annotated[Path, typer.Argument(help="The picture.", readable=False)],
    n: Annotated[int | None, typer.Option("-n", help="About how many panes; 60 if left out.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A picture, .svg or .pdf; a timestamped name if left out.", readable=False),
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
    ground: Annotated[
        str,
        typer.Option(help="What alpha is seen over: white, black, auto, any colour's name or '#rrggbb'."),
    ] = "white",
    device: Annotated[str, typer.Option(help="Where the result goes: cpu, cuda …; the work is the CPU's.")] = "cpu",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    work = OnePicture(picture, out, "panes", ground, device, overwrite, paths=True)
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
    from itten.needs import panes_needs

    config = PanesConfig(**options)

    def make(image):  # type: ignore[no-untyped-def]
        from itten.areas import panes as cut

        return cut(image, config)

    work.write(make, lambda size: panes_needs(size, config))


def register(app: typer.Typer) -> None:
    app.command("panes", help=HELP)(panes)
