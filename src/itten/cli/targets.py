"""Several pictures at once: which name each result gets."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.drawings import drawing_names, is_drawing
from itten.cli.output import check_name, is_standard, picture_name
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.works.given import Given

FIELDS = ("stem", "look")
_FIELD = re.compile(r"\{([^{}]*)\}")


def check_targets(
    targets: Sequence[Path],
    out: Path | None,
    overwrite: bool,
    layer: Path | None = None,
    layers: Path | None = None,
    as_json: bool = False,
    paths: bool = False,
) -> None:
    """Find mistakes in the names of results before anything is loaded; ``paths``: they may be SVG and PDF. Raises
    :class:`~itten.errors.UsageError`."""
    if is_standard(out):
        if len(targets) > 1:
            raise UsageError("standard output holds one picture: several want -o FOLDER or a pattern with {stem}")
        if as_json:
            raise UsageError("--json is printed where -o - would print the picture")
        return
    if len(targets) > 1:
        if layer is not None or layers is not None:
            raise UsageError("--layer and --layers go with one target")
        if out is not None and out.suffix and not os.path.isdir(out) and "{stem}" not in str(out):
            raise UsageError(f"several pictures want -o FOLDER, or a pattern with {{stem}} in it, got {str(out)!r}")
    elif out is None or "{" not in str(out):
        if paths:
            drawing_names(() if out is None else (out,), "picture.png", overwrite)
        else:
            check_name(out, overwrite)


def names_for(
    targets: Sequence[Given], out: Path | None, what: str, look: str | None, overwrite: bool, paths: bool = False
) -> list[Path]:
    """For every target the name to write to; ``what`` is made is in names that nobody asked for. Raises
    :class:`~itten.errors.UsageError` for names that cannot be, or that two would have."""
    if is_standard(out):
        return [Path("-")]
    names = []
    for one in targets:
        if out is not None and "{" in str(out):
            name = picture_name(Path(filled(str(out), stem=one.stem, look=Path(look or "default").stem)), "")
        elif out is not None and len(targets) > 1:
            name = out / f"{one.stem}_{what}.png"
        else:
            name = picture_name(out, f"{one.stem}_{what}.png")
        if paths and is_drawing(name):
            drawing_names((name,), "picture.png", overwrite)
        else:
            check_name(name, overwrite)
        names.append(name)
    if len(set(names)) < len(names):
        raise UsageError(f"two results would both be written to {str(max(names, key=names.count))!r}")
    return names


def filled(pattern: str, **values: str) -> str:
    """``{stem}`` and ``{look}`` in a name filled in. Raises :class:`~itten.errors.UsageError` for another field."""

    def one(found: re.Match[str]) -> str:
        if found[1] not in FIELDS:
            raise UsageError(f"{pattern!r}: {found[0]} is none of {{stem}} and {{look}}")
        return values[found[1]]

    return _FIELD.sub(one, pattern)
