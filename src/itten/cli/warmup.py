"""``itten warmup``: compile all kernels now; and the same, with a word on it, before a command needs the first one."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from itten.cli.guard import guarded
from itten.cli.streams import notice, put

HELP = """Compile all kernels, which otherwise happens before the first picture.

\b
Examples:
  itten warmup
  ITTEN_CACHE_DIR=/var/cache/itten itten warmup
"""


def compile_first(everything: bool = False) -> None:
    """Compile what is missing, on all cores, and say how far it is: a bar on a terminal, else one line."""
    from itten.kernels.numba.prepare import prepare, ready

    if ready(everything):
        return
    what = "compiling kernels, once"
    if not (sys.stderr and sys.stderr.isatty()):
        notice(f"itten: {what}; `itten warmup` does it on purpose")
        prepare(everything=everything)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        prepare(lambda done, total: bar.update(task, completed=done, total=total), everything)


def kernels_for(device: str) -> None:
    """What a command does before it loads torch: on a GPU, kernels are others; and a failure here is no reason not to
    try."""
    from itten.errors import ResourceError

    if device.startswith("cuda"):
        return
    try:
        compile_first()
    except (ResourceError, OSError) as error:
        notice(f"itten: {error}; going on without")


@guarded
def warmup(
    path: Annotated[bool, typer.Option("--path", help="Only print the folder of compiled kernels.")] = False,
) -> None:
    from itten.errors import ResourceError
    from itten.kernels.numba.folder import folder, mark, usable

    if not path:
        compile_first(everything=True)
        if not usable()[1] and not mark().is_file():
            raise ResourceError(f"compiled kernels cannot be kept in {folder()}")
    put(str(folder()))


def register(app: typer.Typer) -> None:
    app.command("warmup", help=HELP)(warmup)
