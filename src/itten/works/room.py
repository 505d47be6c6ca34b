"""Whether there is memory for what a command is asked for, found out before anything is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itten.config import EngraveConfig, ShaderConfig, SpectrumConfig
    from itten.image.header import Header

# Of a picture that is decoded and encoded: bytes of a pixel of its file, and of one in memory.
DECODED = 40


def room_to_shade(
    target: Header, sources: Sequence[Header], config: ShaderConfig, coverage: bool, layers: bool
) -> None:
    """Raises :class:`~itten.errors.ResourceError` where neither a picture with soft nor one with hard edges would find
    room; which of them it is the shader knows, and looks again."""
    from itten.needs import check_room, in_words, shading_needs

    sizes = [(one.height, one.width) for one in (target, *sources)]
    needs = shading_needs(sizes[0], sizes[1:], config, coverage, layers)
    what = f"painting {target.width} × {target.height} pixels"
    if needs.most > 1.05 * needs.least:
        soft, hard = in_words(needs.soft), in_words(needs.hard)
        what += f" ({soft} if their edges are soft, {hard} if hard)"
    check_room(needs.least, what, sizes[0])


def room_for_spectrum(picture: Header, k: int, config: SpectrumConfig) -> None:
    """Raises :class:`~itten.errors.ResourceError` where ``k`` pairs of the picture would find no room."""
    from itten.needs import PROCESS, check_room, spectrum_bytes

    size = picture.height, picture.width
    needed = PROCESS + spectrum_bytes(size, k, config) + DECODED * size[0] * size[1]
    check_room(needed, f"a spectrum of {picture.width} × {picture.height} pixels", size)


def room_to_select(picture: Header, config: SpectrumConfig) -> None:
    """Raises :class:`~itten.errors.ResourceError` where a selection of three labels would find no room."""
    from itten.needs import PROCESS, check_room, selection_bytes

    size = picture.height, picture.width
    needed = PROCESS + selection_bytes(size, 3, config) + DECODED * size[0] * size[1]
    check_room(needed, f"a selection in {picture.width} × {picture.height} pixels", size)


def room_to_engrave(picture: Header, config: EngraveConfig, scale: float, pixel: float | None, paths: bool) -> None:
    """Raises :class:`~itten.errors.ResourceError` where the engraving of a picture, drawn ``scale`` times larger, would
    find no room; ``pixel``: millimetres that a pixel takes, and ``paths``: whether it is written as paths, too."""
    from itten.needs import check_room, engrave_bytes

    size = picture.height, picture.width
    what = f"engraving {picture.width} × {picture.height} pixels"
    if scale != 1:
        what += f" as {round(picture.width * scale)} × {round(picture.height * scale)}"
    check_room(engrave_bytes(size, config, scale, pixel, paths) + DECODED * size[0] * size[1], what, size)
