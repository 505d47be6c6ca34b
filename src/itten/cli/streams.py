"""What the command prints, and what becomes of it where nobody reads.

Names of files, and tables beside a file, are a service: where standard output is closed, or its reader has gone, they
are left out, and that is no error. Data that is printed and nowhere else is another matter, see :func:`put`.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import typer

from itten.errors import ResourceError
from itten.files import shown as shown

_quiet = False


def be_quiet(quiet: bool) -> None:
    """From now on, whether only failures are told."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Whether only failures are told."""
    return _quiet


class ReaderGone(Exception):
    """Whoever read standard output has had enough, as ``head`` has. No error, but the data did not get through."""


def complain(message: str) -> None:
    """One line on standard error, if anybody reads that."""
    try:
        typer.echo(shown(message), err=True)
    except (OSError, ValueError):
        _deafen(sys.stderr)


def notice(message: str) -> None:
    """One line on standard error that is no failure: nothing with ``--quiet``."""
    if not _quiet:
        complain(message)


def put(text: str) -> None:
    """Print data that is nowhere else.

    Raises :class:`ReaderGone` where its reader has gone, :class:`~itten.errors.ResourceError` where standard output is
    closed or full.
    """
    with _printing("what was to be printed"):
        typer.echo(text)


def put_bytes(data: bytes) -> None:
    """Print a picture. Raises as :func:`put` does."""
    with _printing("the picture"):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


@contextmanager
def _printing(what: str) -> Iterator[None]:
    """What is done inside prints data that is nowhere else: ``what``. Raises as :func:`put` does."""
    if sys.stdout is None:
        raise ResourceError(f"standard output is closed, and {what} is written nowhere else")
    try:
        yield
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _deafen(sys.stdout)
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise ReaderGone from error
        reason = getattr(error, "strerror", None) or error
        raise ResourceError(
            f"cannot write to standard output ({reason}), and {what} is written nowhere else"
        ) from error


def say(text: str, err: bool = False) -> None:
    """Print what can also be found in a file that is written, if anybody reads it; ``err``: on standard error."""
    if err:
        complain(text)
        return
    with suppress(ReaderGone, ResourceError):
        put(text)


def printed(*tables: Any, **options: Any) -> str:
    """Tables and lines of rich as the text that they are on standard output; ``options`` of its console."""
    from rich.console import Console

    console = Console(**options)
    with console.capture() as caught:
        for one in tables:
            console.print(one)
    return caught.get().removesuffix("\n")


def hold_descriptors() -> None:
    """Give closed standard streams to the null device, so that no file gets their numbers and what is printed."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:  # what is said there is for nobody, and no reason to fail
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _deafen(stream: Any) -> None:
    """Let a stream end in the null device, so that the interpreter's last flush does not fail as well."""
    with suppress(OSError, ValueError, AttributeError, io.UnsupportedOperation):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
