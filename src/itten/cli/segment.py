"""``itten segment``: a picture cut into segments by normalised cuts."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from itten.cli.areas import chosen
from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.inputs import pictures
from itten.cli.options import Ground, NoMetadata, Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import check_name, check_pictures, is_standard, picture_name
from itten.cli.pace import expected, remember
from itten.cli.progress import doing
from itten.cli.streams import notice, put
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place

HELP = """Cut PICTURE into segments by its spectrum: normalised cuts.

Writes labels: a PNG whose values are the numbers of the segments, in the order of their first pixels; indexed up to
256 of them, grey of 16 bits beyond.

\b
Examples:
  itten segment photo.jpg
  itten segment photo.jpg -n 24 -o labels.png
  itten segment photo.jpg -n auto --overlay seen.png --average flat.png
  itten segment photo.jpg --json | jq .sizes
  itten segment photo.jpg -n 40 --tree --json --set method=kmeans --edge-threshold 0.05
"""


@guarded
def segment(
    picture: Annotated[Path, typer.Argument(help="The picture; '-' for standard input.", readable=False)],
    n: Annotated[str | None, typer.Option("-n", help="How many segments, or 'auto'; 12 if left out.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", readable=False, allow_dash=True, help="Labels, a .png; '-' for standard output."),
    ] = None,
    seen: Annotated[
        Path | None, typer.Option("--overlay", readable=False, help="Write the picture with its segments drawn on it.")
    ] = None,
    flat: Annotated[
        Path | None, typer.Option("--average", readable=False, help="Write every segment in its mean colour.")
    ] = None,
    edge_threshold: Annotated[
        str | None, typer.Option(help="The colour distance at which an edge's weight has fallen to 1/e, or 'auto'.")
    ] = None,
    laplacian: Annotated[str | None, typer.Option(help="normalised (the default) or combinatorial.")] = None,
    tree: Annotated[bool, typer.Option("--tree", help="With --json: in which order segments join.")] = False,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting of SegmentConfig; repeatable."),
    ] = None,
    ground: Ground = "white",
    device: Annotated[str, typer.Option(help="Where the spectrum is computed: cpu, cuda …")] = "cpu",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found, and the names of files.")] = False,
) -> None:
    wanted = out is not None or not (seen or flat or as_json)
    if is_standard(out) and as_json:
        raise UsageError("--json is printed where -o - would print the labels")
    for name in (seen, flat):
        if name is not None:
            check_name(name, overwrite)
    if out is not None and not is_standard(out):
        if out.suffix.lower() not in ("", ".png") and not out.is_dir():
            raise UsageError(f"labels are written as .png, got {str(out)!r}; see --overlay and --average for pictures")
        check_name(out, overwrite)
    named = {"n": n, "edge_threshold": edge_threshold, "laplacian": laplacian}
    options = chosen([*(sets or ()), *(f"{key}={value}" for key, value in named.items() if value is not None)])
    from itten.config import SegmentConfig
    from itten.works.segmenting import Segmenting, SegmentOptions, facts

    (target,) = pictures([picture])
    work = Segmenting(SegmentConfig(**options), SegmentOptions(ground=ground), target)
    name = Path("-") if is_standard(out) else picture_name(out, f"{target.stem}_labels.png")
    parts = {"result": name if wanted else None, "overlay": seen, "average": flat}
    files = [one for one in parts.values() if one is not None and not is_standard(one)]
    if len(set(files)) < len(files):
        raise UsageError(f"two results would both be written to {str(max(files, key=files.count))!r}")
    for one in files:
        check_place(one, overwrite)
    if target.path is not None and str(picture) != "-":
        check_pictures(files, [target.path], overwrite)
    work.check(files)
    where = pick_device(device)
    announce(where)
    kernels_for(where.type)
    box = Outbox(overwrite, err=is_standard(out), as_json=as_json)
    with doing(f"segment of {target.called}") as now:
        now.stage("reading")
        pixels, begin = work.opened.pixels[0].numel(), time.monotonic()
        now.steps(1, expected("segment", pixels) if now.seen else None)
        found = work.cut(where, hierarchy=tree)
        if now.seen:
            remember("segment", pixels, 1, time.monotonic() - begin)
        for part, place in parts.items():
            if place is not None:
                made = work.picture(found, part)
                box.put_picture(replace(made, made=None) if no_metadata else made, place)
    if as_json:
        put(json.dumps({"files": box.files, "image": target.called, **facts(found)}, indent=2))
    else:
        notice(f"itten: {len(found)} segments, normalised cut {found.cut:.4g}, {found.spectrum.status}")
    box.close()


def register(app: typer.Typer) -> None:
    app.command("segment", help=HELP)(segment)
