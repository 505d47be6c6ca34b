"""``itten spectrum``: the lowest eigenpairs of a picture, as a table, a sheet, arrays or JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.options import NoMetadata, Overwrite
from itten.cli.outbox import Outbox
from itten.cli.output import check_file, check_name, picture_name
from itten.cli.settings import assignment
from itten.cli.shade import Quality
from itten.cli.streams import notice, printed, put, say
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place, write_bytes_atomic

if TYPE_CHECKING:
    from itten.spectra import Spectrum

HELP = """Compute the lowest eigenpairs of IMAGE's graph Laplacian.

Prints a table, and writes a sheet of the vectors unless only --npz or --json is asked for.

\b
Examples:
  itten spectrum drawing.png
  itten spectrum drawing.png -k 12 -o modes.png
  itten spectrum drawing.png --json | jq .values
  itten spectrum drawing.png --npz spectrum.npz
  itten spectrum photograph.jpg --laplacian normalised --edge-threshold auto
"""


@guarded
def spectrum(
    image: Annotated[Path, typer.Argument(help="The picture.", readable=False)],
    k: Annotated[int, typer.Option("-k", help="How many eigenpairs, the constant included.")] = 8,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The sheet to write.", readable=False)] = None,
    npz: Annotated[
        Path | None, typer.Option(help="Write values, vectors and residuals as a NumPy archive.", readable=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of the table.")] = False,
    method: Annotated[str | None, typer.Option(help="The solver.")] = None,
    quality: Annotated[Quality, typer.Option("--quality", "-q", help="How carefully.")] = Quality.standard,
    accuracy: Annotated[
        float | None, typer.Option(help="The relative error of a value that is allowed: 0.005 is half a percent.")
    ] = None,
    edge_threshold: Annotated[
        str | None, typer.Option(help="The colour distance at which an edge's weight has fallen to 1/e, or 'auto'.")
    ] = None,
    laplacian: Annotated[
        str | None, typer.Option(help="combinatorial (the default), or normalised: L v = λ D v.")
    ] = None,
    drop_specks: Annotated[
        bool, typer.Option("--drop-specks", help="Leave small pieces out that are nearly cut off.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    overwrite: Overwrite = False,
    no_metadata: NoMetadata = False,
) -> None:
    drawn = out is not None or (npz is None and not as_json)
    if drawn:
        check_name(out, overwrite)
    if npz is not None:
        if npz.suffix.lower() != ".npz":
            raise UsageError(f"--npz wants a name that ends in .npz, got {str(npz)!r}")
        check_file(npz, overwrite)
    name = picture_name(out, f"{image.stem}_spectrum.png")
    if drawn:
        check_place(name, overwrite)
    from itten.config import SpectrumConfig
    from itten.config.spectrum import check_method
    from itten.works.given import Given
    from itten.works.modes import Modes, ModesOptions

    target = Given.of(image)
    check_method(method or "stitched")
    graph = dict([assignment(f"edge_threshold={edge_threshold or 'auto'}")])
    auto = graph["edge_threshold"] == "auto"
    given = {"accuracy": accuracy, "laplacian": laplacian, **({} if auto else graph)}
    options = {name: value for name, value in given.items() if value is not None}
    config = SpectrumConfig(method=method or "stitched", quality=quality.value, **options)
    work = Modes(config, ModesOptions(k=k, drop_specks=drop_specks, auto=edge_threshold == "auto"), target)
    work.check()
    where = pick_device(device)
    announce(where)
    kernels_for(where.type)
    result = work.solve(where)
    if not as_json:
        _print_table(result)
    box = Outbox(overwrite, err=as_json)
    if npz is not None:
        box.put(partial(write_bytes_atomic, result.packed()), npz)
    if drawn:
        sheet = work.picture(result)
        box.put_picture(replace(sheet, made=None) if no_metadata else sheet, name)
    if as_json:  # whatever becomes of it, the files are there
        put(json.dumps(_summary(result, image), indent=2))
    box.close()


def _summary(result: Spectrum, image: Path) -> dict[str, Any]:
    return {
        "image": str(image),
        "shape": list(result.vectors.shape[1:]),
        "method": result.method,
        "laplacian": result.laplacian,
        "edge_threshold": result.edge_threshold,
        "status": result.status,
        "advice": result.advice,
        "values": result.values.tolist(),
        "residuals": result.residuals.tolist(),
        "errors": None if result.errors is None else result.errors.tolist(),
        "scale": result.scale,
        "specks": result.specks.tolist(),
        "dropped": 0 if result.dropped is None else int(result.dropped.sum()),
        "spent": result.spent,
    }


def _print_table(result: Spectrum) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("number", "eigenvalue", "off by", "residual", "relative to L"):
        table.add_column(column, justify="right")
    errors = ["?"] * len(result) if result.errors is None else [f"{100 * one:.1g} %" for one in result.errors.tolist()]
    for index, (value, residual) in enumerate(zip(result.values.tolist(), result.residuals.tolist(), strict=True)):
        table.add_row(str(index), f"{value:.6g}", errors[index], f"{residual:.2e}", f"{residual / result.scale:.1e}")
    say(printed(table))
    notice(f"itten: {result.method}, {result.status}: {result.advice}")


def register(app: typer.Typer) -> None:
    app.command("spectrum", help=HELP)(spectrum)
