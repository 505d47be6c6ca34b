"""``itten demo``: the main job on the bundled pictures, as four labelled contact sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.outbox import Outbox
from itten.cli.progress import passes_bar
from itten.cli.warmup import kernels_for
from itten.files import check_folder
from itten.limits import check_passes

HELP = """Write contact sheets of the main job, made from pictures that come with the package.

\b
Examples:
  itten demo
  itten demo --self --passes 8 --out sheets
  itten demo --no-overwrite
"""


@guarded
def demo(
    only_self: Annotated[bool, typer.Option("--self", help="Only the sheet of self-attention.")] = False,
    only_cross: Annotated[bool, typer.Option("--cross", help="Only the sheet of cross-attention.")] = False,
    no_overwrite: Annotated[bool, typer.Option("--no-overwrite", help="Z-buffer mode in all sheets.")] = False,
    passes: Annotated[int, typer.Option("--passes", "-p", help="How many passes.")] = 4,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.", readable=False)] = Path(
        "demo_output"
    ),
) -> None:
    check_folder(out)
    check_passes(passes)
    from itten.config import ShaderConfig
    from itten.works.sheet import DEMO, Sheet, SheetOptions

    config = ShaderConfig(composite="zbuffer", overlap=True) if no_overwrite else ShaderConfig()
    wanted = [name for name, asked in (("self_attention", only_self), ("cross_attention", only_cross)) if asked]
    kernels_for("cpu")
    box = Outbox(overwrite=False)
    for name in wanted or DEMO:
        sheet = Sheet(config, SheetOptions(sheet=name, passes=passes), passes_bar)
        box.put_picture(sheet.make(with_alpha=False), out / f"{name}.png")
    box.close()


def register(app: typer.Typer) -> None:
    app.command("demo", help=HELP)(demo)
