"""Writing results: where a name cannot be written to after all, a result goes elsewhere and is not lost."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from itten.cli.output import is_standard, tell
from itten.cli.streams import complain, put, put_bytes, say, shown
from itten.errors import IttenError, ResourceError, UsageError
from itten.files import timestamped

if TYPE_CHECKING:
    from itten.image import Picture

# How much of a name is kept where the whole of it may be what is wrong, in bytes.
_STEM = 100


class Outbox:
    """Writes the files of a command, says where each is, and remembers whether all are where they should be.

    ``overwrite``: whether files that exist are replaced; ``err``: names go to standard error, for data has the other;
    ``as_json``: names are kept in ``files``, to be printed with the rest of what there is to say, see :meth:`tell`.
    """

    def __init__(self, overwrite: bool, err: bool = False, as_json: bool = False) -> None:
        self.overwrite, self.err, self.as_json = overwrite, err, as_json
        self.failed = False
        self.files: list[str] = []

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
        self.files.append(os.fspath(written))
        tell(written, asked or name, self.err, self.as_json)

    def put_picture(self, picture: Picture, name: Path, asked: Path | None = None) -> None:
        """Write a picture; to standard output where its name is ``-``, as a PNG."""
        from itten.image import picture_bytes, write_picture

        if is_standard(name):
            put_bytes(picture_bytes(picture, Path("standard.png")))
        else:
            self.put(partial(write_picture, picture), name, asked)

    def tell(self, **facts: Any) -> None:
        """Print as JSON what was written, and ``facts``."""
        put(json.dumps({"files": self.files, **facts}, indent=2))

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
            self.files.append(os.fspath(written))
            if not self.as_json:
                say(shown(os.fspath(written)), self.err)
            return f"so it went to {str(written)!r}"
        return "neither could it be written to the working folder, nor to the one for temporary files: it is lost"
