"""The application: its commands, its version, and how an error becomes a sentence and an exit code.

Exit codes: 0 done, 2 wrong usage, 3 bad input, 4 not enough of a resource, 130 interrupted. Data (names of
files written, tables, JSON) goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import errno
import functools
import io
import logging
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

import itten
from itten.errors import IttenError

EXAMPLES = """\b
Examples:
  itten demo --out sheets
  itten shade drawing.png
  itten shade drawing.png --look two-voices
  itten shade drawing.png texture.jpg -p 6 -o result.png
  itten looks
  itten spectrum drawing.png -k 12 -o modes.png
"""

NO_MEMORY = "itten: not enough memory for a picture of this size"

app = typer.Typer(
    name="itten",
    help="Paint with the spectrum of an image.\n\n" + EXAMPLES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help and one-line errors, also in a pipe
    context_settings={"help_option_names": ["-h", "--help"]},
)


def shown(text: str) -> str:
    """``text`` with everything that is not printable escaped: file names may hold line ends, control codes, bytes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def complain(message: str) -> None:
    """One line on standard error."""
    typer.echo(shown(message), err=True)


class _Notices(logging.Handler):
    """Log records as lines on standard error, whatever that is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(f"itten: {record.getMessage()}")


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


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"itten {itten.__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say which backends are chosen.")] = False,
) -> None:
    log = logging.getLogger("itten")
    log.setLevel(logging.INFO if verbose else logging.WARNING)
    if not any(isinstance(handler, _Notices) for handler in log.handlers):
        log.addHandler(_Notices())


@functools.cache
def application() -> typer.Typer:
    """The application with its commands, imported now so that importing :mod:`itten.cli` is cheap."""
    from itten.cli import bench, demo, info, looks, shade, spectrum

    for module in (demo, shade, looks, spectrum, bench, info):
        module.register(app)
    return app


def main() -> None:
    """The entry point of the command."""
    # Before torch and numba load OpenMP: threads that spin while they wait make a run many times slower as soon as
    # another program wants the same cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        application()()
    except KeyboardInterrupt:
        complain("itten: interrupted")
        sys.exit(130)
