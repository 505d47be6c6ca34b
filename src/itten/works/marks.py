"""Marks: scribbles on a picture, and what they select of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from itten.errors import InputError, UsageError

if TYPE_CHECKING:
    import torch

    from itten.image.header import Header
    from itten.image.scribbles import Scribbles
    from itten.regions import Selection
    from itten.works.given import Given
    from itten.works.masks import Named


def scribbles(marks: Given, picture: Named, option: str) -> Scribbles:
    """The labels of ``marks`` on a picture, which is a file and what it holds ``(3, H, W)``.

    Raises :class:`~itten.errors.InputError` where sizes differ, and as
    :func:`itten.image.scribbles.read_scribbles` does.
    """
    from itten.image.scribbles import read_scribbles

    if marks.path is None:
        raise InputError(f"{option}: {marks.name!r} is a sample, marks are a file")
    file, other = picture
    check_alike(marks, marks.header(), file, other.shape[-1], other.shape[-2], option)
    return read_scribbles(marks.path, repr(marks.name))


def check_alike(marks: Given, head: Header, picture: Given, width: int, height: int, option: str) -> None:
    """Raises :class:`~itten.errors.InputError` where marks do not have the size of their picture."""
    if (head.width, head.height) != (width, height):
        raise InputError(
            f"{option}: {marks.name!r} is {head.width} × {head.height} pixels, {picture.name!r} is {width} × {height}; "
            "marks have the size of their picture"
        )


def selected(marks: Given, picture: Named, option: str) -> Selection:
    """What the marks select of a picture. Raises as :func:`scribbles` does."""
    from itten.regions import select

    return select(picture[1], scribbles(marks, picture, option).labels)


def mask_of(marks: Given, picture: Named, option: str) -> torch.Tensor:
    """``(H, W)`` bool: where the lowest label lies."""
    found = selected(marks, picture, option)
    return found.labels == found.values[0]


def marks_to_read(paths: Sequence[Given], pictures: Sequence[Named]) -> list[torch.Tensor]:
    """One mask for each of ``pictures``; none for no ``paths``."""
    if len(paths) not in (0, len(pictures)):
        raise UsageError(f"{len(pictures)} pictures to copy from want as many --read-marks, got {len(paths)}")
    return [mask_of(path, picture, "--read-marks") for path, picture in zip(paths, pictures, strict=False)]
