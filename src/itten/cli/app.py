"""The application: its commands and its version.

Data (names of files written, tables, JSON) goes to standard output, everything else to standard error. The modules of
the commands import what they work with when they run: help, the version, completion and wrong usage wait for nothing.
"""

from __future__ import annotations

import functools
import io
import logging
import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import itten
from itten.cli import (
    animate,
    apply,
    bands,
    bench,
    config,
    demo,
    engrave,
    ground,
    info,
    looks,
    match,
    panes,
    replay,
    segment,
    select,
    shade,
    spectrum,
    studio,
    warmup,
)
from itten.cli.guard import READER_GONE, guarded
from itten.cli.signals import INTERRUPTED, TERMINATED, Handler, Terminated, listening, word
from itten.cli.streams import be_quiet, complain, hold_descriptors, put

EXAMPLES = """\b
Examples:
  itten studio
  itten shade drawing.png
  itten shade drawing.png --look two-voices
  itten animate drawing.png --over field --from 1 --to 12 -o fields.gif
  itten shade drawing.png texture.jpg -p 6 -o result.png
  itten engrave photo.jpg -o engraving.svg
  itten panes photo.jpg -n 60 -o window.png
  itten bands photo.jpg -o map.png
  itten select photo.jpg --marks marks.png -o mask.png
  itten looks
  itten replay result.png
  itten demo --out sheets
  cat drawing.png | itten shade - texture.jpg -o - > out.png
"""


class _Anywhere(TyperGroup):
    """``--verbose`` and ``--quiet`` are understood after the name of a command, too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        until = args.index("--") if "--" in args else len(args)
        known = {"--verbose": "--verbose", "--quiet": "--quiet", "-v": "--verbose"}
        first = [known[one] for one in args[:until] if one in known]
        rest = [one for at, one in enumerate(args) if at >= until or one not in known]
        return super().parse_args(ctx, [*dict.fromkeys(first), *rest])


app = typer.Typer(
    name="itten",
    cls=_Anywhere,
    help="Paint with the spectrum of an image.\n\n" + EXAMPLES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help and one-line errors, also in a pipe
    context_settings={"help_option_names": ["-h", "--help"]},
)


class _Notices(logging.Handler):
    """Log records as lines on standard error, whatever that is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(f"itten: {record.getMessage()}")


def _version(asked: bool) -> None:
    if asked:
        _print_version()
        raise typer.Exit


@guarded
def _print_version() -> None:
    put(f"itten {itten.__version__}")


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what is chosen, and how much memory it takes.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what fails.")] = False,
) -> None:
    if verbose and quiet:
        raise typer.BadParameter("--quiet and --verbose exclude each other")
    be_quiet(quiet)
    log = logging.getLogger("itten")
    log.setLevel(logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING)
    if not any(isinstance(handler, _Notices) for handler in log.handlers):
        log.addHandler(_Notices())


@functools.cache
def application() -> typer.Typer:
    """The application with its commands, in the order in which the help lists them."""
    making = (studio, shade, ground, animate, engrave, panes, bands, segment, select, match)
    for module in (*making, looks, config, replay, apply, spectrum, demo, bench, warmup, info):
        module.register(app)
    return app


def main() -> None:
    """The entry point of the command."""
    # Before torch and numba load OpenMP: threads that spin while they wait make a run many times slower as soon as
    # another program wants the same cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    hold_descriptors()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that the terminal lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    with listening() as signals:
        code = _run(signals)
        if signals.heard is not None:  # threads that still work are not waited for, and nothing is left to clean up
            for stream in (sys.stdout, sys.stderr):
                with suppress(AttributeError, OSError, ValueError):
                    stream.flush()
            os._exit(code)
    sys.exit(code)


def _run(signals: Handler) -> int:
    """The exit code of the command."""
    try:
        application()()
    except KeyboardInterrupt:
        complain("itten: interrupted")
        return INTERRUPTED
    except Terminated:
        complain("itten: terminated")
        return TERMINATED
    except SystemExit as stop:
        if stop.code == 1 and signals.heard is not None:  # click has taken it, and said so
            return signals.code
        if stop.code == 1 and isinstance(stop.__context__, BrokenPipeError):  # click's, where help has no reader
            return READER_GONE
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except Exception:  # what an import that was interrupted makes of it
        if signals.heard is None:
            raise
        complain(f"itten: {word(signals.code)}")
        return signals.code
    return 0
