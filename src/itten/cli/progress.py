"""What a command is doing, and how long it will take, on standard error, only where that is a terminal.

NO_COLOR is honoured by rich.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from itten.cli.streams import is_quiet, shown

if TYPE_CHECKING:
    from itten.shader.output import Progress as Callback

# Variables by which rich takes for a terminal what is none.
FORCED = ("FORCE_COLOR", "TTY_COMPATIBLE")
Stage = Callable[[str], None]


class Doing:
    """Says which ``stage`` the work is in, and how many steps of how many are ``done``; here, to nobody."""

    seen = False

    def stage(self, text: str) -> None:
        """What is being done now."""

    def steps(self, total: int, expected: float | None = None) -> None:
        """So many steps are to come, which will take ``expected`` seconds in all, if anybody knows."""

    def step(self, index: int, total: int, *_: Any) -> None:
        """Step ``index`` of ``total``, counted from 0, is done."""


class _Shown(Doing):
    seen = True

    def __init__(self, bar: Any, task: Any, title: str) -> None:
        self._bar, self._task, self._title = bar, task, title

    def stage(self, text: str) -> None:
        self._bar.update(self._task, description=f"{self._title}: {shown(text)}")

    def steps(self, total: int, expected: float | None = None) -> None:
        self._bar.update(self._task, total=total, completed=0, began=time.monotonic(), expected=expected)
        self.stage(f"pass 1 of {total}" if total > 1 else "at work")

    def step(self, index: int, total: int, *_: Any) -> None:
        self._bar.update(self._task, completed=index + 1, total=total, last=time.monotonic())
        self.stage(f"pass {index + 2} of {total}" if index + 1 < total else "writing")


@contextmanager
def doing(title: str) -> Iterator[Doing]:
    """From the first moment on, a line on standard error that says what is done; nothing where nobody would see it."""
    if is_quiet() or not ((sys.stderr and sys.stderr.isatty()) or any(os.environ.get(name) for name in FORCED)):
        yield Doing()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Left(ProgressColumn):
        """How long it will take yet: by the steps that are done, before the first one by what was expected."""

        def render(self, task: Task) -> Text:
            began, expected = task.fields.get("began"), task.fields.get("expected")
            if began is None or not task.total:
                return Text("")
            now = time.monotonic()
            if task.completed:
                each = (task.fields["last"] - began) / task.completed
                left = each * task.total - (now - began)
            elif expected is None:
                return Text("")
            else:
                left = expected - (now - began)
            return Text(f"about {max(left, 0):.0f} s left" if left >= 1 else "nearly done", style="progress.remaining")

    console = Console(stderr=True)
    title = shown(title)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        Left(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield _Shown(bar, bar.add_task(f"{title}: starting", total=None), title)


@contextmanager
def passes_bar(title: str, total: int) -> Iterator[Callback | None]:
    """Yields a callback for the shader that moves a bar by one pass; None where nobody would see it."""
    with doing(title) as now:
        now.steps(total)
        yield now.step if now.seen else None
