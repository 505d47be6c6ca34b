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
    from itten.image import check_suffix, read_header

    for name in written:
        check_suffix(name)
    heads = [read_header(path) for path in read]
    check_sizes(written, heads[0].width, heads[0].height)
    return heads


def check_sizes(written: Sequence[Path], width: int, height: int) -> None:
    """Refuse names to write to whose formats cannot hold a picture of so many pixels. Raises as
    :func:`itten.image.check_size` does."""
    from itten.image import check_size, check_suffix

    for name in written:
        check_size(check_suffix(name)[0], width, height)
