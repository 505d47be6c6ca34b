"""``itten bands``: a picture as a map of heights."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from itten.cli.areas import chosen, make_areas
from itten.cli.guard import guarded
from itten.cli.options import AsJson, Ground, NoMetadata, Overwrite
from itten.cli.targets import check_targets

HELP = """Draw PICTURE as a map of heights: bands of colour, contour lines, shaded hills.

\b
Examples:
  itten bands photo.jpg
  itten bands photo.jpg -n 20 --palette sea -o map.png
  itten bands photo.jpg --field 3
  itten bands photo.jpg --field 1,0.5,-0.5 --relief 0.6
  itten bands photo.jpg --palette '#f8f5ec' --line 1.5 --set index=0
"""


class Steps(StrEnum):
    equal = "equal"
    high = "high"


@guarded
def bands(
    targets: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE…", help="One or more pictures; '-' for standard input.", readable=False, allow_dash=True
        ),
    ],
    n: Annotated[int | None, typer.Option("-n", help="How many bands; 12 if left out.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            readable=False,
            allow_dash=True,
            help="The file to write, '-' for standard output, a folder, or a pattern: 'out/{stem}.png'.",
        ),
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="tone, the number of an eigenvector, or weights of several: 1,0.5,-0.5.")
    ] = None,
    steps: Annotated[Steps | None, typer.Option(help="Bands of equal areas, or equally high ones.")] = None,
    palette: Annotated[
        str | None, typer.Option(help="atlas, sea, desert, dusk, paper, ice, or colours: '#0c2340,white'.")
    ] = None,
    line: Annotated[float | None, typer.Option(help="Width of contour lines in pixels, 0 for none.")] = None,
    line_colour: Annotated[str | None, typer.Option(help="Their colour; left out, dark ones of the bands'.")] = None,
    relief: Annotated[float | None, typer.Option(help="How strong hills are lit, 0 to 2.")] = None,
    tone: Annotated[float | None, typer.Option(help="How much of the picture's light shows through, 0 to 1.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting of BandsConfig; repeatable."),
    ] = None,
    ground: Ground = "white",
    device: Annotated[str, typer.Option(help="Where the result goes: cpu, cuda …; the work is the CPU's.")] = "cpu",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    check_targets(targets, out, overwrite, as_json=as_json)
    options = chosen(
        sets or (),
        n=n,
        field=None if field is None else _field(field),
        steps=steps and steps.value,
        palette=palette,
        line=line,
        line_colour=line_colour,
        relief=relief,
        tone=tone,
    )
    from itten.config import BandsConfig

    make_areas(BandsConfig(**options), targets, out, ground, device, overwrite, not no_metadata, as_json)


def _field(text: str) -> Any:
    """``3``, ``1,0.5`` or a word, as :class:`~itten.config.BandsConfig` has it."""
    try:
        return int(text) if "," not in text else tuple(float(part) for part in text.split(","))
    except ValueError:
        return text


def register(app: typer.Typer) -> None:
    app.command("bands", help=HELP)(bands)
