"""``itten info``: versions, devices and backends, for a report or a question."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from typing import Annotated, Any

import typer

import itten
from itten.cli.guard import guarded
from itten.cli.streams import printed, put

HELP = """Show versions, devices, backends and sample pictures."""


def facts() -> dict[str, Any]:
    """What this installation consists of."""
    import torch

    from itten.kernels import available
    from itten.kernels.numba.team import threads
    from itten.kernels.registry import operations
    from itten.samples import names

    packages = ("torch", "numpy", "numba", "scipy", "pillow", "pydantic", "typer", "rich")
    return {
        "itten": itten.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **{name: importlib.metadata.version(name) for name in packages},
        "threads": threads(),
        "cuda": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none",
        "backends": {operation: list(available(operation)) for operation in operations()},
        "samples": list(names()),
    }


@guarded
def info(as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of the table.")] = False) -> None:
    found = facts()
    if as_json:
        put(json.dumps(found, indent=2))
        return
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in found.items():
        if isinstance(value, dict):
            value = "; ".join(f"{key}: {', '.join(items)}" for key, items in value.items())
        table.add_row(name, ", ".join(value) if isinstance(value, list) else str(value))
    put(printed(table))


def register(app: typer.Typer) -> None:
    app.command("info", help=HELP)(info)
