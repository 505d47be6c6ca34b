"""``--save-map``: from where to where a run moved pixels, in a file for ``itten apply``."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.outbox import Outbox
from itten.cli.output import check_file, is_standard
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.config import ShaderConfig
    from itten.shader import CoordinateMap

SUFFIX = ".npz"


def check_map(name: Path | None, targets: int, out: Path | None, overwrite: bool) -> None:
    """Find mistakes in the name of a map before the work starts. Raises :class:`~itten.errors.UsageError`, and as
    :func:`~itten.cli.output.check_file` does."""
    if name is None:
        return
    if targets > 1:
        raise UsageError("--save-map goes with one target")
    if is_standard(out):
        raise UsageError("standard output holds one picture: --save-map wants -o FILE")
    if os.path.isdir(name):
        raise UsageError(f"--save-map: {str(name)!r} is a folder, the name of a file is wanted")
    if name.suffix.lower() != SUFFIX:
        raise UsageError(f"--save-map wants a name that ends in {SUFFIX}, got {str(name)!r}")
    check_file(name, overwrite)


def check_moves(config: ShaderConfig) -> None:
    """Raises :class:`~itten.errors.UsageError` for what redraws a picture, so that no pixel of it moves."""
    redrawn = [head.draw for head in config.all_heads if head.draw != "copies"]
    if redrawn:
        raise UsageError(
            f'--save-map: a head that redraws the picture (draw = "{redrawn[0]}") moves no pixels: there is no map'
        )


def put_map(coordinates: CoordinateMap | None, name: Path, box: Outbox) -> None:
    """Write a map through the ``box``."""
    from itten.maps import write_map

    if coordinates is not None:
        box.put(partial(write_map, coordinates), name)
