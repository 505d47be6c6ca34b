"""Writing results: where a name cannot be written to after all, a result goes elsewhere and is not lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import typer

from itten.cli.output import tell
from itten.cli.streams import complain, say, shown
from itten.errors import IttenError, ResourceError, UsageError
from itten.files import timestamped

# How much of a name is kept where the whole of it may be what is wrong, in bytes.
_STEM = 100


class Outbox:
    """Writes the files of a command, says where each is, and remembers whether all are where they should be.

    ``overwrite``: whether files that exist are replaced; ``err``: names go to standard error, for data has the other.
    """

    def __init__(self, overwrite: bool, err: bool = False) -> None:
        self.overwrite, self.err = overwrite, err
        self.failed = False

    def free(self, asked: Path) -> Path:
        """``asked``, or where that is taken and is not to be replaced, the name with the time in it: others can be made
        from it before anything is written there."""
        return asked if self.overwrite or not os.path.lexists(asked) else timestamped(asked)

    def put(self, write: Callable[[Path, bool], Path], name: Path, asked: Path | None = None) -> None:
        """Have ``write(name, overwrite)`` write to ``name``, else to the working folder, else to the folder for
        temporary files. ``asked``: the name that was asked for, if it was another."""
        try:
            written = write(name, self.overwrite)
        except (ResourceError, UsageError) as error:
            self.failed = True
            complain(f"itten: {error}; {self._elsewhere(write, name, other_format=isinstance(error, UsageError))}")
            return
        tell(written, asked or name, self.err)

    def close(self) -> None:
        """End the command with exit code 4 if something is not where it should be."""
        if self.failed:
            raise typer.Exit(ResourceError.exit_code)

    def _elsewhere(self, write: Callable[[Path, bool], Path], asked: Path, other_format: bool) -> str:
        stem = os.fsencode(asked.stem)[:_STEM].decode(errors="ignore")
        name = stem + (".png" if other_format else asked.suffix)
        for folder in (Path.cwd, lambda: Path(tempfile.gettempdir())):
            try:
                written = write(folder() / name, False)
            except (IttenError, OSError):
                continue
            say(shown(os.fspath(written)), self.err)
            return f"so it went to {str(written)!r}"
        return "neither could it be written to the working folder, nor to the one for temporary files: it is lost"
