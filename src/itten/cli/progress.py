"""A progress bar on standard error, only where that is a terminal; NO_COLOR is honoured by rich."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from itten.cli.app import shown
from itten.shader.output import PassResult
from itten.shader.output import Progress as Callback


@contextmanager
def passes_bar(title: str, total: int) -> Iterator[Callback]:
    """Yields a callback for the shader that moves the bar by one pass."""
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
