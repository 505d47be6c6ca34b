"""``itten ground``: the figure of a drawing stays, its ground fills with one's own handwriting."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.device import announce
from itten.cli.guard import guarded
from itten.cli.inputs import one_picture, pictures
from itten.cli.options import AsJson, Ground, NoMetadata, Overwrite, Sets
from itten.cli.outbox import Outbox
from itten.cli.output import check_name, check_pictures, is_standard, picture_name
from itten.cli.progress import doing
from itten.cli.results import shaded
from itten.cli.settings import assignment, base_of, merged
from itten.cli.targets import check_targets, names_for
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place
from itten.limits import check_passes

HELP = """Fill the ground of DRAWING with pieces of your HANDWRITING, other drawings of yours; the figure stays.

What is figure is found; --save-figure writes it down, white on black, to be corrected with a brush and given to
--figure.
Without HANDWRITING the ground fills with pieces of DRAWING itself.

\b
Examples:
  itten ground figure.png handwriting.png -o filled.png
  itten ground figure.png page1.jpg page2.jpg -o filled.png --save-figure mask.png
  itten ground figure.png handwriting.png --figure mask.png -o filled.png
  itten ground sample:botanical sample:script -o filled.png
"""


@guarded
def ground(
    drawing: Annotated[
        Path, typer.Argument(help="The picture whose ground is filled; '-' for standard input.", allow_dash=True)
    ],
    handwriting: Annotated[
        list[Path] | None, typer.Argument(help="The pictures whose pieces fill it; DRAWING itself if left out.")
    ] = None,
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
    figure: Annotated[
        Path | None,
        typer.Option(help="The figure is where this picture is bright, and not what is found.", readable=False),
    ] = None,
    save_figure: Annotated[
        Path | None, typer.Option(help="Write the figure that is found, white on black.", readable=False)
    ] = None,
    fit_masks: Annotated[bool, typer.Option("--fit-masks", help="Bring --figure to the size of DRAWING.")] = False,
    look: Annotated[str, typer.Option(help="A look by its name, or the file of one of your own.")] = "handwriting",
    passes: Annotated[
        int | None, typer.Option("--passes", "-p", help="How many passes; the look's if left out.")
    ] = None,
    sets: Sets = None,
    seed: Annotated[int | None, typer.Option(help="Another seed, another drawing.")] = None,
    ground: Ground = "white",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    check_targets([drawing], out, overwrite, as_json=as_json)
    if figure is not None and save_figure is not None:
        raise UsageError("--save-figure writes the figure that is found, and with --figure none is looked for")
    if save_figure is not None:
        if os.path.isdir(save_figure) or is_standard(save_figure):
            raise UsageError(f"--save-figure wants the name of a file, got {str(save_figure)!r}")
        if is_standard(out):
            raise UsageError("standard output holds one picture: --save-figure wants -o FILE")
        check_name(save_figure, overwrite)
        save_figure = picture_name(save_figure, "")
    if passes is not None:
        check_passes(passes)
    base, usual = base_of(look, None, [assignment(text) for text in sets or ()])
    settings = merged(base, {"seed": seed, "spectrum.seed": seed})
    from itten.works.shading import ShadeOptions, Shading

    number = usual if passes is None else passes
    options = ShadeOptions(passes=number, ground=ground, fit_masks=fit_masks, figure=figure is None)
    target, *offered = pictures([drawing, *(handwriting or ())])
    work = Shading(settings, options, target, offered, keep=one_picture(figure))
    (name,) = names_for([target], out, "ground", None, overwrite)
    if not is_standard(name):
        check_place(name, overwrite)
        if save_figure is not None and os.path.realpath(save_figure) == os.path.realpath(name):
            raise UsageError(f"--save-figure and the result would both be written to {str(name)!r}")
    if save_figure is not None:
        check_pictures([save_figure], [one.path for one in work.read if one.path is not None], overwrite)
    work.check([one for one in (name, save_figure) if one is not None and not is_standard(one)])
    import torch

    announce(torch.device("cpu"), settings.spectrum.backend)
    kernels_for("cpu")
    box = Outbox(overwrite, as_json=as_json)
    with doing(f"filling the ground of {target.called}") as now:
        shaded(work, name, box, now, torch.device("cpu"), told=not no_metadata)
    if save_figure is not None:
        found = work.figure()
        box.put_picture(found if not no_metadata else replace(found, made=None), save_figure)
    if as_json:
        box.tell(works=[work.recipe().to_dict()])
    box.close()


def register(app: typer.Typer) -> None:
    app.command("ground", help=HELP)(ground)
