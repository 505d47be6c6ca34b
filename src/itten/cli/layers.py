"""``--layer`` and ``--layers``: what was painted, apart from the picture that it was painted on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, after_pass, check_file
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.image import Colour, Picture
    from itten.shader.layers import Named

ORA = ".ora"


def check_layers(
    layer: Path | None, layers: Path | None, overwrite: bool, result: Path | None = None, passes: int = 0
) -> None:
    """Find mistakes in both names before the work starts, also that they are those of the ``result`` or, of so many
    ``passes``, of a picture between.

    Raises :class:`~itten.errors.UsageError` for a wrong suffix, a folder, or a name that is given twice, and as
    :func:`~itten.cli.output.check_file` does.
    """
    if layer is not None:
        _check_file("--layer", layer, overwrite)
        if layer.suffix.lower() not in WITH_ALPHA:
            known = ", ".join(suffix[1:] for suffix in WITH_ALPHA)
            raise UsageError(f"--layer wants a format with an alpha channel, got {str(layer)!r}; known are {known}")
    if layers is not None:
        _check_file("--layers", layers, overwrite)
        if layers.suffix.lower() != ORA:
            raise UsageError(f"--layers wants an OpenRaster file, whose name ends in .ora, got {str(layers)!r}")
    if layer is not None and result is not None:
        own, others = ([name, *(after_pass(name, 1 + at) for at in range(passes))] for name in (layer, result))
        taken = {os.path.realpath(name) for name in others}
        if both := [name for name in own if os.path.realpath(name) in taken]:
            raise UsageError(f"--layer and the result would both be written to {str(both[0])!r}")


def _check_file(option: str, name: Path, overwrite: bool) -> None:
    if os.path.isdir(name):
        raise UsageError(f"{option}: {str(name)!r} is a folder, the name of a file is wanted")
    check_file(name, overwrite)


class Stack:
    """The picture and every pass's layers, for ``--layers``, to be written to ``name``."""

    def __init__(self, picture: Picture, ground: Colour, name: Path) -> None:
        from itten.image import OpenRaster

        self._name, self._file = name, OpenRaster(picture, ground)

    def add(self, index: int, layers: Sequence[Named]) -> None:
        """Those of pass ``index``, counted from 0."""
        self._file.add(f"pass {index + 1}", [(kind, layer.cpu()) for kind, layer in layers])

    def put(self, merged: Picture, box: Outbox) -> None:
        """Write the file; ``merged`` is what all layers look like together."""
        from itten.image import write_bytes_atomic

        box.put(partial(write_bytes_atomic, self._file.encoded(merged)), self._name)
