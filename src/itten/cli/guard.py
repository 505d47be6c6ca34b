"""How an error becomes a sentence and an exit code.

Exit codes: 0 done, 1 a fault of itten itself, 2 wrong usage, 3 bad input, 4 not enough of a resource, or something that
could not be written where it should be; 130 interrupted, 141 nobody read standard output to its end, 143 terminated.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable
from typing import Any

import typer

from itten.cli.signals import INTERRUPTED
from itten.cli.streams import ReaderGone, complain
from itten.errors import IttenError

NO_MEMORY = "itten: not enough memory for a picture of this size"
READER_GONE = 141
# What the loader of shared libraries says.
_NO_ROOM = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")


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
            raise typer.Exit(INTERRUPTED) from None
        except ReaderGone:
            raise typer.Exit(READER_GONE) from None
        except MemoryError:
            complain(NO_MEMORY)
            raise typer.Exit(4) from None
        except RuntimeError as error:  # torch has its own way to run out of memory
            told = str(error)
            starved = "allocate memory" in told or "bad_alloc" in told
            if type(error).__name__ != "OutOfMemoryError" and not starved:
                raise
            complain(NO_MEMORY)
            raise typer.Exit(4) from None
        except ImportError as error:  # of libraries that find no room where memory is limited
            if not any(words in str(error) for words in _NO_ROOM):
                raise
            complain(NO_MEMORY)
            raise typer.Exit(4) from None
        except OSError as error:
            if error.errno == errno.ENOMEM or any(words in str(error) for words in _NO_ROOM):
                complain(NO_MEMORY)
                raise typer.Exit(4) from None
            if error.errno == errno.EPIPE:
                raise
            place = f"{str(error.filename)!r}: " if error.filename is not None else ""
            complain(f"itten: {place}{error.strerror or error}")
            raise typer.Exit(4) from None

    return run
