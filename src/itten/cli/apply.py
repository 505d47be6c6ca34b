"""``itten apply``: what a run moved on one picture, moved on another of the same material."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.inputs import pictures
from itten.cli.options import NoMetadata, Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, check_name, is_standard, picture_name
from itten.cli.progress import doing
from itten.cli.streams import notice

HELP = """Move the pixels of PICTURE as those of the run that wrote MAP (itten shade --save-map).

One picture for every picture of that run, of the same size and in the same order: its target's and, where it was
painted with others, its sources'. They are values, not colours: nothing is converted, and 16 bits stay 16.

\b
Examples:
  itten shade albedo.png -o new_albedo.png --save-map moves.npz
  itten apply moves.npz height.tif -o new_height.tif
  itten apply moves.npz normal.png --normal opengl -o new_normal.png
  itten apply moves.npz rough.png rough_of_source.png -o new_rough.png
"""


class Green(StrEnum):
    opengl = "opengl"
    directx = "directx"


@guarded
def apply(
    coordinates: Annotated[
        Path, typer.Argument(metavar="MAP", help="The .npz that itten shade --save-map wrote.", readable=False)
    ],
    given: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE…",
            help="One for every picture of the run; '-' for standard input.",
            readable=False,
            allow_dash=True,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            readable=False,
            allow_dash=True,
            help="The file to write, '-' for standard output, or a folder.",
        ),
    ] = None,
    normal: Annotated[
        Green | None, typer.Option(help="They are normal maps, whose green points up (opengl) or down (directx).")
    ] = None,
    no_shadows: Annotated[bool, typer.Option("--no-shadows", help="Leave out what shadows moved.")] = False,
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
) -> None:
    if not is_standard(out):
        check_name(out, overwrite)
    from itten.works.given import Given
    from itten.works.moved import Moved, MovedOptions

    read = pictures(given)
    name = Path("-") if is_standard(out) else picture_name(out, f"{read[0].stem}_moved.png")
    options = MovedOptions(normal=None if normal is None else normal.value, shadows=not no_shadows)
    work = Moved(options, Given(str(coordinates), coordinates), read)
    work.check([] if is_standard(name) else [name])
    with doing(f"moving {read[0].called}") as now:
        now.stage("reading")
        now.steps(1)
        made = work.make(with_alpha=True)
    if made.alpha is not None and not is_standard(name) and name.suffix.lower() not in WITH_ALPHA:
        notice(f"itten: {name.suffix} holds no alpha channel, it is left out")
        made = replace(made, alpha=None)
    box = Outbox(overwrite)
    box.put_picture(replace(made, made=None) if no_metadata else made, name)
    box.close()


def register(app: typer.Typer) -> None:
    app.command("apply", help=HELP)(apply)
