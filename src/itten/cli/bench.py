"""``itten bench``: field, reference path and module path, measured on this machine."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itten.cli.device import pick_device
from itten.cli.guard import guarded
from itten.cli.outbox import Outbox
from itten.cli.output import check_file
from itten.cli.streams import printed, put, say
from itten.cli.warmup import kernels_for
from itten.errors import UsageError
from itten.files import write_bytes_atomic

if TYPE_CHECKING:
    from itten.benchmark import SeedTable

HELP = """Measure field, reference path and module path on pairs of textures.

\b
Examples:
  itten bench --pairs 3 --size 256
  itten bench --pairs 20 --size 512 --json seed_table.json
"""


@guarded
def bench(
    pairs: Annotated[int, typer.Option(help="How many pairs, each a self pass and a cross pass.")] = 20,
    size: Annotated[int, typer.Option(help="Side of the textures in pixels.")] = 512,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all measurements to this file.", readable=False)
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    if pairs < 1 or size < 16:
        raise UsageError("at least 1 pair of at least 16 × 16 pixels is needed")
    if json_file is not None:
        check_file(json_file, overwrite)
    where = pick_device(device)
    from rich.console import Console
    from rich.progress import Progress

    from itten.benchmark import seed_table

    kernels_for(where.type)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("pairs", total=pairs)
        table = seed_table(pairs, size, str(where), progress=lambda done: bar.update(task, completed=done))
    if json_file is None:
        put(shown_table(table))
        return
    say(shown_table(table))
    text = json.dumps(table.to_dict(), indent=2) + "\n"
    box = Outbox(overwrite, err=True)
    box.put(partial(write_bytes_atomic, text.encode()), json_file)
    box.close()


def shown_table(table: SeedTable) -> str:
    """The table, the share of each stage, and the two ratios."""
    from rich.table import Table

    pairs = len(table.module_seconds)
    rows = Table(title=f"{pairs} pairs of {table.size} × {table.size}, {table.device}", box=None, pad_edge=False)
    for column in ("", "total", "a pair", "an image"):
        rows.add_column(column, justify="right" if column else "left")
    field, path, reference = sum(table.field_seconds), sum(table.module_seconds), sum(table.reference_seconds)
    rows.add_row("Fiedler only", f"{field:.2f} s", "—", f"{field / pairs / 3 * 1000:.1f} ms")
    rows.add_row("Reference path", f"{reference:.2f} s", f"{reference / pairs * 1000:.0f} ms", "—")
    rows.add_row("Module path", f"{path:.2f} s", f"{path / pairs * 1000:.0f} ms", "—")
    stages = Table(title="share of the module path", box=None, pad_edge=False)
    stages.add_column("stage")
    stages.add_column("share", justify="right")
    for name, seconds in sorted(table.stages.items(), key=lambda item: -item[1]):
        stages.add_row(name, f"{seconds / path * 100:.1f} %")
    rest = path - sum(table.stages.values())
    stages.add_row("everything between", f"{rest / path * 100:.1f} %")
    field_ratio = f"field: {table.field_ratio:.1f} times faster than SciPy CSR Lanczos (median over pairs)"
    path_ratio = f"module path: {table.path_ratio:.1f} times faster than the reference path (median over pairs)"
    return printed(rows, stages, field_ratio, path_ratio)


def register(app: typer.Typer) -> None:
    app.command("bench", help=HELP)(bench)
