"""What a command draws, as pictures and as paths: names of files, and the page that they are drawn on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.outbox import Outbox
from itten.cli.output import check_file, check_name, picture_name
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.config import Page
    from itten.vector import Drawing

DRAWN = (".svg", ".pdf")
# Pixels to the inch of pictures on paper of a known size.
PRINTED = 300.0


def drawing_names(asked: Sequence[Path], default: str, overwrite: bool) -> list[Path]:
    """The names to write to, each checked before the work: pictures, SVG and PDF; ``default`` with the time in it if
    none was ``asked`` for. Raises :class:`~itten.errors.UsageError` for names that cannot be, or are given twice."""
    names = []
    wanted: Sequence[Path | None] = asked or (None,)
    for one in wanted:
        if one is not None and one.suffix.lower() in DRAWN and not os.path.isdir(one):
            from itten.vector import check_drawing_suffix

            check_drawing_suffix(one)
            check_file(one, overwrite)
            names.append(one)
        else:
            check_name(one, overwrite)
            names.append(picture_name(one, default))
    if len(set(names)) < len(names):
        raise UsageError(f"{str(max(names, key=names.count))!r} is asked for twice")
    return names


def is_drawing(name: Path) -> bool:
    return name.suffix.lower() in DRAWN


def page_of(size: str | None, orientation: str | None, margin: float | None, dpi: float | None) -> Page | None:
    """The page that options describe, None where none does."""
    if size is None and orientation is None and margin is None and dpi is None:
        return None
    from itten.config import Page

    if dpi is None and size is not None:
        dpi = PRINTED
    known = {"size": size, "orientation": orientation, "margin": margin, "dpi": dpi}
    return Page(**{key: value for key, value in known.items() if value is not None})


def put_drawing(drawing: Drawing, name: Path, page: Page | None, box: Outbox) -> None:
    """Write paths through the ``box``."""
    from itten.vector import write_drawing

    box.put(lambda asked, overwrite: write_drawing(drawing, asked, page, overwrite), name)
