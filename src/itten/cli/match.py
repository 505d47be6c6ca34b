"""``itten match``: segments of two pictures that look alike."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from itten.cli.areas import chosen
from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.inputs import pictures
from itten.cli.options import Ground, NoMetadata, Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import check_file, check_name, check_pictures, is_standard, picture_name
from itten.cli.pace import expected, remember
from itten.cli.progress import doing
from itten.cli.streams import notice, put
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place, write_bytes_atomic

HELP = """Find the segments of FIRST and SECOND that look alike.

Both are cut by normalised cuts, as 'itten segment' does it. Pairs are known by colour, shape, size and spectrum,
however they lie and are turned, and are drawn in one colour each on both pictures side by side.

\b
Examples:
  itten match one.jpg other.jpg -o matches.png
  itten match one.jpg other.jpg -n 24 --json | jq .pairs
  itten match one.jpg other.jpg --npz matches.npz
  itten match one.jpg other.jpg --bound 1.5 --set colour=0 --set assign=nearest
"""


@guarded
def match(
    first: Annotated[Path, typer.Argument(help="A picture; '-' for standard input.", readable=False)],
    second: Annotated[Path, typer.Argument(help="Another one.", readable=False)],
    n: Annotated[str | None, typer.Option("-n", help="How many segments of each, or 'auto'; 12 if left out.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", readable=False, allow_dash=True, help="The picture to write; '-' for standard output."
        ),
    ] = None,
    npz: Annotated[
        Path | None,
        typer.Option(help="Write pairs, all distances, labels and centres as a NumPy archive.", readable=False),
    ] = None,
    bound: Annotated[
        float | None, typer.Option(help="Pairs of that distance or more are no matches; 2.5 if left out.")
    ] = None,
    edge_threshold: Annotated[
        str | None, typer.Option(help="The colour distance at which an edge's weight has fallen to 1/e, or 'auto'.")
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any other setting of MatchConfig; repeatable."),
    ] = None,
    ground: Ground = "white",
    device: Annotated[str, typer.Option(help="Where spectra are computed: cpu, cuda …")] = "cpu",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found, and the names of files.")] = False,
) -> None:
    drawn = out is not None or not (npz or as_json)
    if is_standard(out) and as_json:
        raise UsageError("--json is printed where -o - would print the picture")
    if out is not None and not is_standard(out):
        check_name(out, overwrite)
    if npz is not None:
        if npz.suffix.lower() != ".npz":
            raise UsageError(f"--npz wants a name that ends in .npz, got {str(npz)!r}")
        check_file(npz, overwrite)
    named = {"n": n, "bound": bound, "edge_threshold": edge_threshold}
    options = chosen([*(sets or ()), *(f"{key}={value}" for key, value in named.items() if value is not None)])
    from itten.config import MatchConfig
    from itten.works.matching import MatchOptions, Pairing, arrays, facts

    target, source = pictures([first, second])
    work = Pairing(MatchConfig(**options), MatchOptions(ground=ground), target, source)
    name = Path("-") if is_standard(out) else picture_name(out, f"{target.stem}_matches.png")
    files = [name] if drawn and not is_standard(name) else []
    for one in files:
        check_place(one, overwrite)
    read = [one.path for one in work.read if one.path is not None and one.name != "-"]
    check_pictures([*files, *([npz] if npz is not None else [])], read, overwrite)
    work.check([name] if drawn and not is_standard(name) else [])
    where = pick_device(device)
    announce(where)
    kernels_for(where.type)
    box = Outbox(overwrite, err=is_standard(out), as_json=as_json)
    with doing(f"matches of {target.called} and {source.called}") as now:
        now.stage("reading")
        pixels, begin = sum(image[0].numel() for image in work.seen), time.monotonic()
        now.steps(1, expected("match", pixels) if now.seen else None)
        found = work.match(where)
        if now.seen:
            remember("match", pixels, 1, time.monotonic() - begin)
        if drawn:
            made = work.picture(found)
            box.put_picture(replace(made, made=None) if no_metadata else made, name)
        if npz is not None:
            box.put(partial(write_bytes_atomic, _archive(arrays(found))), npz)
    if as_json:
        put(json.dumps({"files": box.files, "images": [target.called, source.called], **facts(found)}, indent=2))
    else:
        notice(f"itten: {len(found)} matches of {len(found.first)} and {len(found.second)} segments")
    box.close()


def _archive(kept: dict[str, Any]) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, **kept)
    return buffer.getvalue()


def register(app: typer.Typer) -> None:
    app.command("match", help=HELP)(match)
