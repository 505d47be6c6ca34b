"""A progress bar on standard error, only where that is a terminal; NO_COLOR is honoured by rich."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from itten.cli.streams import shown

if TYPE_CHECKING:
    from itten.shader.output import PassResult
    from itten.shader.output import Progress as Callback

# Variables by which rich takes for a terminal what is none.
FORCED = ("FORCE_COLOR", "TTY_COMPATIBLE")


@contextmanager
def passes_bar(title: str, total: int) -> Iterator[Callback | None]:
    """Yields a callback for the shader that moves the bar by one pass; None where nobody would see the bar."""
    if not (sys.stderr and sys.stderr.isatty()) and not any(os.environ.get(name) for name in FORCED):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    title = shown(title)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("passes"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)

        def moved(index: int, passes: int, result: PassResult) -> None:
            bar.update(task, advance=1, description=f"{title}, pass {index + 1}")

        yield moved
