"""``itten spectrum``: the lowest eigenpairs of a picture, as a table, a sheet, arrays or JSON."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itten.cli.device import announce, pick_device
from itten.cli.guard import guarded
from itten.cli.outbox import Outbox
from itten.cli.output import check_file, check_name, picture_name
from itten.cli.shade import Quality
from itten.cli.streams import notice, printed, put, say, shown
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import check_place

if TYPE_CHECKING:
    import torch

    from itten.spectra import Spectrum

HELP = """Compute the lowest eigenpairs of IMAGE's graph Laplacian.

Prints a table, and writes a sheet of the vectors unless only --npz or --json is asked for.

\b
Examples:
  itten spectrum drawing.png
  itten spectrum drawing.png -k 12 -o modes.png
  itten spectrum drawing.png --json | jq .values
  itten spectrum drawing.png --npz spectrum.npz
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
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
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
    from itten.works.given import Given, check_heads
    from itten.works.room import room_for_spectrum

    (head,) = check_heads([Given.of(image)])
    from itten.config import SpectrumConfig
    from itten.config.spectrum import check_method

    check_method(method or "stitched")
    room_for_spectrum(head, k, SpectrumConfig(method=method or "stitched", quality=quality.value))
    from itten.image import as_image, write_bytes_atomic, write_image
    from itten.spectra import spectrum as compute

    where = pick_device(device)
    announce(where)
    picture = as_image(image).to(where)
    kernels_for(where.type)
    result = compute(picture, k, method, quality=quality.value)
    if not as_json:
        _print_table(result)
    box = Outbox(overwrite, err=as_json)
    if npz is not None:
        box.put(partial(write_bytes_atomic, _archive(result)), npz)
    if drawn:
        box.put(partial(write_image, sheet(result, shown(image.name))), name)
    if as_json:  # whatever becomes of it, the files are there
        put(json.dumps(_summary(result, image), indent=2))
    box.close()


def sheet(result: Spectrum, title: str) -> torch.Tensor:
    """All vectors in a diverging colour map, each with its value and residual."""
    from itten.image import Cell, contact_sheet, diverging

    cells = [
        Cell(f"{index}: {value:.4g}", diverging(vector.cpu()), f"residual {residual:.1e}")
        for index, (value, vector, residual) in enumerate(
            zip(result.values.tolist(), result.vectors, result.residuals.tolist(), strict=True)
        )
    ]
    return contact_sheet(cells, title=f"{title}: {result.method}, {result.status}")


def _summary(result: Spectrum, image: Path) -> dict[str, Any]:
    return {
        "image": str(image),
        "shape": list(result.vectors.shape[1:]),
        "method": result.method,
        "status": result.status,
        "advice": result.advice,
        "values": result.values.tolist(),
        "residuals": result.residuals.tolist(),
        "scale": result.scale,
        "spent": result.spent,
    }


def _print_table(result: Spectrum) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("number", "eigenvalue", "residual", "relative to L"):
        table.add_column(column, justify="right")
    for index, (value, residual) in enumerate(zip(result.values.tolist(), result.residuals.tolist(), strict=True)):
        table.add_row(str(index), f"{value:.6g}", f"{residual:.2e}", f"{residual / result.scale:.1e}")
    say(printed(table))
    notice(f"itten: {result.method}, {result.status}: {result.advice}")


def _archive(result: Spectrum) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        values=result.values.cpu().numpy(),
        vectors=result.vectors.cpu().numpy(),
        residuals=result.residuals.cpu().numpy(),
    )
    return buffer.getvalue()


def register(app: typer.Typer) -> None:
    app.command("spectrum", help=HELP)(spectrum)
