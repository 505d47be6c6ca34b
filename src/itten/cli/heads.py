"""The heads of the pictures that a command reads, looked at before torch is loaded and anything is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itten.image.header import Header


def check_heads(read: Sequence[Path], written: Sequence[Path] = ()) -> list[Header]:
    """Refuse pictures that are none or too large, and names to write to whose formats cannot hold one of the size of
    the first picture that is ``read``; returns the heads of all that are. Raises as :func:`itten.image.read_picture`
    and :func:`itten.image.check_size` do."""
    from itten.image import check_size, check_suffix, read_header

    kinds = [check_suffix(name)[0] for name in written]
    heads = [read_header(path) for path in read]
    for kind in kinds:
        check_size(kind, heads[0].width, heads[0].height)
    return heads
