"""A picture, or an animation, made again from the recipe in its file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from itten.errors import InputError, IttenError
from itten.files import opened
from itten.works.area import Area
from itten.works.engraving import Engraver
from itten.works.film import PART, Film
from itten.works.given import SAMPLE, STANDARD, Given
from itten.works.matching import Pairing
from itten.works.modes import Modes
from itten.works.moved import Moved
from itten.works.recipe import Input, Recipe
from itten.works.segmenting import Segmenting
from itten.works.selecting import Selecting
from itten.works.shading import Shading
from itten.works.sheet import Sheet
from itten.works.work import Heard, Work

Bytes = Callable[[str | None], bytes]
"""The bytes of a file, with a text in it of how it was made, or with what there is to say here."""
WORKS: dict[str, Any] = {
    "shade": Shading,
    "engrave": Engraver,
    "panes": Area,
    "bands": Area,
    "segment": Segmenting,
    "select": Selecting,
    "match": Pairing,
    "spectrum": Modes,
    "apply": Moved,
    "sheet": Sheet,
}
MOST_FILES = 2000
"""So many files of a folder are looked at for one that has another name now."""


def recipe_of(path: Path) -> Recipe:
    """The recipe in the picture at ``path``. Raises :class:`~itten.errors.InputError` where it holds none that can be
    read, and as :func:`itten.image.read_header` does."""
    from itten.image import read_provenance

    text = read_provenance(path)
    if text is None:
        raise InputError(f"{str(path)!r} does not say how it was made: it is not itten's, or --no-metadata left it out")
    return Recipe.from_text(text, repr(str(path)))


def work_of(recipe: Recipe, given: Sequence[Given]) -> Work | Film:
    """The work of a recipe with pictures for its inputs, in their order. Raises the errors of :mod:`itten.errors`."""
    kind = Film if recipe.verb == "animate" or recipe.part == PART else WORKS[recipe.verb]
    work: Work | Film = kind.of(recipe, given)
    return work


@contextmanager
def made_again(work: Work | Film, part: str, name: Path, with_alpha: bool, heard: Heard) -> Iterator[Bytes]:
    """The bytes of a file of that ``name`` with the ``part`` of what a work makes. Raises the errors of
    :mod:`itten.errors`."""
    if isinstance(work, Film):
        from itten.motion import Reel, check_format

        check_format(name, work.timing)
        with Reel() as reel:
            work.shoot(reel, heard)
            yield lambda text: work.encoded(reel, name, text or work.recipe(name).to_text())
        return
    from itten.image import picture_bytes

    made = work.make(with_alpha, heard, part)
    yield lambda text: picture_bytes(replace(made, made=text or made.made), name)


@dataclass(frozen=True)
class Found:
    """What was found for an input: a picture, and in a sentence what is wrong with it, if something is."""

    given: Given | None
    wrong: str | None = None


def find(wanted: Input, folders: Sequence[Path]) -> Found:
    """The file with an input's digest: of its name in one of the ``folders``, else of any name there; else another file
    of its name."""
    if wanted.name.startswith(SAMPLE):
        try:
            sample = Given.of(wanted.name)
        except IttenError as error:
            return Found(None, str(error))
        same = sample.digest() == wanted.sha256
        return Found(sample, None if same else f"the sample {wanted.name!r} is drawn otherwise by this version")
    plain = os.path.basename(wanted.name)
    named = [folder / plain for folder in folders if plain not in ("", STANDARD) and (folder / plain).is_file()]
    for path in (*named, *_files(folders)):
        given = Given(str(path), path)
        try:
            if given.digest() == wanted.sha256:
                return Found(given)
        except OSError:
            continue
    role = wanted.role.replace("_", " ")
    if named:
        return Found(Given(str(named[0]), named[0]), f"the {role} {wanted.name!r} is not what it was: it has changed")
    where = ", ".join(repr(str(folder)) for folder in folders)
    return Found(None, f"the {role} {wanted.name!r} is missing: no file in {where} has its content; see --inputs")


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    left = MOST_FILES
    for folder in folders:
        try:
            entries = sorted(entry.path for entry in os.scandir(folder) if entry.is_file())
        except OSError:
            continue
        for path in entries[:left]:
            yield Path(path)
        left -= min(left, len(entries))


def same_bytes(path: Path, other: bytes) -> bool:
    """Whether the file at ``path`` has these bytes."""
    digest = hashlib.sha256()
    with opened(path, "picture") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.digest() == hashlib.sha256(other).digest()
