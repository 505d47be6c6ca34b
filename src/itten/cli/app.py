"""The application: its commands, its version, and how an error becomes a sentence and an exit code.

Exit codes: 0 done, 2 wrong usage, 3 bad input, 4 not enough of a resource, 130 interrupted. Data (names of
files written, tables, JSON) goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Annotated, Any

import typer

import itten
from itten.errors import IttenError

EXAMPLES = """\b
Examples:
  itten demo --out sheets
  itten shade drawing.png
  itten shade drawing.png texture.jpg -p 6 -o result.png
  itten shade drawing.png texture.jpg --no-overwrite --save-intermediates
  itten spectrum drawing.png -k 12 -o modes.png
"""

app = typer.Typer(
    name="itten",
    help="Paint with the spectrum of an image.\n\n" + EXAMPLES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def complain(message: str) -> None:
    """One line on standard error."""
    typer.echo(message, err=True)


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
            complain("itten: not enough memory for a picture of this size")
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
    logging.basicConfig(format="itten: %(message)s", level=logging.INFO if verbose else logging.WARNING)


def main() -> None:
    """The entry point. Commands are imported here, so that importing :mod:`itten.cli` is cheap."""
    from itten.cli import bench, demo, info, shade, spectrum

    for module in (demo, shade, spectrum, bench, info):
        module.register(app)
    app()
