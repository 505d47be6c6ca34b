"""``--layer`` and ``--layers``: what was painted, apart from the picture that it was painted on."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from itten.cli.outbox import Outbox
from itten.cli.output import WITH_ALPHA, after_pass, check_file
from itten.errors import UsageError

if TYPE_CHECKING:
    from itten.image import Colour, Picture
    from itten.shader import ShaderOutput

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


def write_layer(result: ShaderOutput, picture: Picture, name: Path, box: Outbox, every: bool) -> None:
    """Write the copies of all passes on transparent ground, with ``every`` those after each pass, too."""
    from itten.image import write_picture

    assert result.layers is not None
    copies = deque(result.layers.copies(), maxlen=None if every else 1)
    pictures = [replace(picture, pixels=one[:3].cpu(), alpha=one[3].cpu(), exif=None) for one in copies]
    written = box.put(partial(write_picture, pictures[-1]), name)
    for number, then in enumerate(pictures if every else (), 1):
        box.put(partial(write_picture, then), after_pass(written, number))


def write_stack(
    result: ShaderOutput, picture: Picture, merged: Picture, ground: Colour, name: Path, box: Outbox
) -> None:
    """Write the picture and every pass's layers as one OpenRaster file; ``merged`` is what they look like together."""
    from itten.image import encode_ora, write_bytes_atomic

    assert result.layers is not None
    groups = (
        (f"pass {number}", [(kind, layer.cpu()) for kind, layer in layers])
        for number, layers in enumerate(result.layers.passes(), 1)
    )
    box.put(partial(write_bytes_atomic, encode_ora(picture, groups, merged, ground)), name)
