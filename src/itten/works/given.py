"""Pictures as somebody names them: a file, one of the samples, or what comes from standard input."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from itten.files import opened

if TYPE_CHECKING:
    from itten.image import Picture
    from itten.image.header import Header

SAMPLE = "sample:"
STANDARD = "-"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Given:
    """``name``: as it was given, a path, ``sample:figure``, or ``-``. ``path``: the file that is read, None for a
    sample. ``label``: what a recipe calls it, if not what the file is called."""

    name: str
    path: Path | None
    label: str | None = None

    @staticmethod
    def of(name: str | os.PathLike[str]) -> Given:
        """A file or a sample. Raises :class:`~itten.errors.UsageError` for an unknown sample."""
        text = os.fspath(name)
        if not text.startswith(SAMPLE):
            return Given(text, Path(text))
        from itten.samples import describe

        describe(text.removeprefix(SAMPLE))
        return Given(text, None)

    @property
    def called(self) -> str:
        """What it is called in a recipe: no folders."""
        if self.label is not None:
            return self.label
        plain = self.name if self.path is None or self.name == STANDARD else self.path.name
        return os.fsencode(plain).decode(errors="backslashreplace")  # names of files need not be text

    @property
    def stem(self) -> str:
        """What names of results begin with."""
        if self.name == STANDARD:
            return "picture"
        return self.name.removeprefix(SAMPLE) if self.path is None else self.path.stem

    def header(self) -> Header:
        """Raises as :func:`itten.image.read_header` does."""
        from itten.image.header import Header, read_header

        if self.path is not None:
            return read_header(self.path, self._message())
        height, width = self.picture().pixels.shape[1:]
        return Header("PNG", width, height)

    def picture(self) -> Picture:
        """Raises as :func:`itten.image.read_picture` does."""
        from itten.image import Picture, read_picture

        if self.path is not None:
            return read_picture(self.path, self._message())
        from itten.samples import load

        return Picture(load(self.name.removeprefix(SAMPLE)))

    def digest(self) -> str:
        """SHA-256 of the file, or of a sample's values, 8 bits each, row by row."""
        if self.path is None:
            from itten.image import to_uint8

            return hashlib.sha256(to_uint8(self.picture().pixels).numpy().tobytes()).hexdigest()
        found = hashlib.sha256()
        with opened(self.path, "picture") as file:
            while piece := file.read(_PIECE):
                found.update(piece)
        return found.hexdigest()

    def _message(self) -> str | None:
        return "standard input" if self.name == STANDARD else None


def check_heads(read: Sequence[Given], written: Sequence[Path] = ()) -> list[Header]:
    """Refuse pictures that are none or too large, and names to write to whose formats cannot hold one of the size of
    the first picture that is ``read``; returns the heads of all that are. Raises as :func:`itten.image.read_picture`
    and :func:`itten.image.check_size` do."""
    from itten.image import check_suffix

    for name in written:
        check_suffix(name)
    heads = [one.header() for one in read]
    check_sizes(written, heads[0].width, heads[0].height)
    return heads


def check_sizes(written: Sequence[Path], width: int, height: int) -> None:
    """Refuse names to write to whose formats cannot hold a picture of so many pixels. Raises as
    :func:`itten.image.check_size` does."""
    from itten.image import check_size, check_suffix

    for name in written:
        check_size(check_suffix(name)[0], width, height)
