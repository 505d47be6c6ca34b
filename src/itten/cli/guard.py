"""How an error becomes a sentence and an exit code, and how a line gets to a terminal without doing harm there.

Exit codes: 0 done, 2 wrong usage, 3 bad input, 4 not enough of a resource, 130 interrupted.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable
from typing import Any

import typer

from itten.errors import IttenError

NO_MEMORY = "itten: not enough memory for a picture of this size"


def shown(text: str) -> str:
    """``text`` with everything that is not printable escaped: file names may hold line ends, control codes, bytes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def complain(message: str) -> None:
    """One line on standard error."""
    typer.echo(shown(message), err=True)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn errors raised on purpose, an interrupt and a lack of memory into a sentence and an exit code."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except IttenError as error:
            complain(f"itten: {error}")
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            complain("itten: interrupted")
            raise typer.Exit(130) from None
        except MemoryError:
            complain(NO_MEMORY)
            raise typer.Exit(4) from None
        except RuntimeError as error:  # torch has its own way to run out of memory
            if type(error).__name__ != "OutOfMemoryError" and "allocate memory" not in str(error):
                raise
            complain(NO_MEMORY)
            raise typer.Exit(4) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            complain(f"itten: {error}")
            raise typer.Exit(4) from None

    return run
