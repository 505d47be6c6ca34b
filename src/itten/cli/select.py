"""``itten select``: what scribbles select of a picture, as a mask."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.inputs import pictures
from itten.cli.options import AsJson, Ground, NoMetadata, Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import check_file, check_name, picture_name
from itten.cli.progress import doing
from itten.cli.settings import assignment
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place, same_file, write_bytes_atomic

HELP = """Select a part of PHOTO from scribbles on it, and write it as a mask, white where it lies.

Marks are a picture of PHOTO's size: every colour is a label, the first one (row by row) is what is selected; what is
transparent or black is unknown. In indexed and grey pictures the numbers are the labels.

\b
Examples:
  itten select photo.jpg --marks marks.png -o mask.png
  itten select photo.jpg --marks marks.png -o sky.png --label 2 --soft
  itten select photo.jpg --marks marks.png -o mask.png --labels labels.png --overlay seen.jpg
  itten shade photo.jpg --write-marks marks.png
"""


@guarded
def select(
    photo: Annotated[Path, typer.Argument(help="The picture.", readable=False, allow_dash=True)],
    marks: Annotated[Path, typer.Option(help="The picture of the scribbles.", readable=False)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The mask to write.", readable=False)] = None,
    label: Annotated[int | None, typer.Option(help="Which label is selected; the lowest if left out.")] = None,
    soft: Annotated[bool, typer.Option("--soft", help="Write probabilities, not black and white.")] = False,
    labels: Annotated[
        Path | None, typer.Option(help="Write all labels, too, as an indexed PNG (16 bits beyond 255).", readable=False)
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option(help="Write the picture with its labels in colour over it, too.", readable=False)
    ] = None,
    edge_threshold: Annotated[
        str, typer.Option(help="The colour distance at which an edge's weight has fallen to 1/e, or 'auto'.")
    ] = "auto",
    ground: Ground = "white",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: AsJson = False,
) -> None:
    check_name(out, overwrite)
    name = picture_name(out, f"{photo.stem}_mask.png")
    check_place(name, overwrite)
    if labels is not None:
        if labels.suffix.lower() != ".png":
            raise UsageError(f"--labels wants a name that ends in .png, got {str(labels)!r}")
        check_file(labels, overwrite)
    if overlay is not None:
        check_name(overlay, overwrite)
        overlay = picture_name(overlay, f"{photo.stem}_overlay.png")
    written = [one for one in (name, labels, overlay) if one is not None]
    for number, one in enumerate(written):
        if any(same_file(one, other) or one == other for other in written[:number]):
            raise UsageError(f"{str(one)!r} is to be written twice: give two names")
    from itten.works.selecting import Selecting, SelectOptions

    graph = dict([assignment(f"edge_threshold={edge_threshold}")])
    work = Selecting(SelectOptions(label=label, soft=soft, ground=ground, **graph), *pictures([photo, marks]))
    work.check([one for one in (name, overlay) if one is not None])
    kernels_for("cpu")
    box = Outbox(overwrite, as_json=as_json)
    with doing(f"selection in {work.target.called}") as now:
        now.stage("selecting")
        mask = work.make(with_alpha=False)
    box.put_picture(replace(mask, made=None) if no_metadata else mask, name)
    if labels is not None:
        from itten.image.labels import labels_png

        box.put(partial(write_bytes_atomic, labels_png(work.found.labels.numpy(), none=True)), labels)
    if overlay is not None:
        seen = work.make(with_alpha=False, part="overlay")
        box.put_picture(replace(seen, made=None) if no_metadata else seen, overlay)
    if as_json:
        box.tell(selection=work.facts(), works=[work.recipe().to_dict()])
    box.close()


def register(app: typer.Typer) -> None:
    app.command("select", help=HELP)(select)
