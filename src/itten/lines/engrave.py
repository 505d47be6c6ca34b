"""A whole picture in lines: the function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from itten.config import EngraveConfig
from itten.config.base import config_of
from itten.config.engrave import length
from itten.errors import InputError, UsageError
from itten.image.coerce import as_mask, one_picture
from itten.kernels import choose, kernel
from itten.lines.engraving import Engraving
from itten.lines.family import ROWS, Family, lines, phase_between
from itten.lines.guide import resized
from itten.lines.inks import printed
from itten.needs import check_room, engrave_bytes


def engrave(
    image: Any,
    spacing: float | str | None = None,
    *,
    scale: float = 1.0,
    pixel: float | None = None,
    mask: Any = None,
    config: EngraveConfig | None = None,
    **options: Any,
) -> Engraving:
    """The picture redrawn in lines along the level sets of its spectrum.

    ``image``: tensor ``(3, H, W)`` in [0, 1], NumPy ``(H, W, 3)``, Pillow picture or path. ``options`` are those of
    :class:`~itten.config.EngraveConfig`, and go before those of ``config``. ``scale``: how many times larger the
    result is, in (0, 64]; lines are drawn at that size, not enlarged. ``pixel``: millimetres that a pixel of the
    picture takes on paper, which a ``spacing`` in millimetres wants. ``mask`` ``(H, W)`` bool: where it is False
    nothing is drawn, and the picture stays.

    Works on the CPU, and returns tensors where ``image`` lies. The same bytes on any number of threads. Raises
    :class:`~itten.errors.ConfigError` for options that cannot be, :class:`~itten.errors.InputError` for a picture that
    is smaller than two spacings or no single one, :class:`~itten.errors.ResourceError` where memory is short.
    """
    config = config_of(EngraveConfig, config, options if spacing is None else {"spacing": spacing, **options})
    given, device = one_picture(image)
    if not 0 < scale <= 64:
        raise UsageError(f"scale must lie in 0…64, got {scale:g}")
    pixels = _pixels(config, pixel)
    if min(given.shape[1:]) < 2 * pixels:
        height, width = given.shape[1:]
        raise InputError(f"lines {pixels:g} pixels apart want a picture of at least twice that, got {width} × {height}")
    height, width = given.shape[1:]
    size = max(1, round(scale * height)), max(1, round(scale * width))
    what = f"engraving {width} × {height} pixels as {size[1]} × {size[0]}"
    check_room(engrave_bytes((height, width), config, scale, pixel), what, (height, width))
    picture = given.to(torch.float32).contiguous()
    allowed = as_mask(mask, (height, width), "mask", picture.device)
    families, field = lines(picture, pixels, config, allowed)
    out = np.empty((3, *size), np.float32)
    for first, rows in drawn(families, picture, size, pixels, config):
        out[:, first : first + rows.shape[1]] = rows
    if allowed is not None:
        out = _kept(out, picture, allowed)
    wide = np.stack([family.coverage for family in families])
    tone = printed(_together(wide, families, len(config.inks)), config)
    seen, mixed, afar = (torch.from_numpy(one).to(device) for one in (out, field, tone))
    return Engraving(seen, mixed, afar, families, config, pixels, picture)


def _kept(drawn: np.ndarray, picture: torch.Tensor, allowed: torch.Tensor) -> np.ndarray:
    """What is ``drawn`` ``(3, h, w)`` where that is ``allowed`` ``(H, W)``, and the picture elsewhere."""
    size = drawn.shape[1:]
    below = resized(picture, *size).clamp(0, 1).numpy()
    share = resized(allowed[None].float(), *size).clamp(0, 1).numpy()
    return share * drawn + (1 - share) * below


def _pixels(config: EngraveConfig, pixel: float | None) -> float:
    """The spacing in pixels of the picture."""
    size, unit = length(config.spacing)
    if unit == "px":
        return size
    if pixel is None or pixel <= 0:
        raise UsageError("a spacing in millimetres wants to know how many a pixel takes: give pixel, or a page")
    if not 1e-3 <= size / pixel <= 1000:
        raise UsageError(f"a spacing of {size:g} mm is {size / pixel:g} pixels of the picture: give another one")
    return size / pixel


def drawn(
    families: tuple[Family, ...], picture: torch.Tensor, size: tuple[int, int], spacing: float, config: EngraveConfig
) -> Iterator[tuple[int, np.ndarray]]:
    """``(3, n, W)`` float32, n rows at a time from the first on, of the engraving at ``size`` (height, width)."""
    stripes = kernel("stripes", choose("stripes"))
    period = spacing * size[0] / picture.shape[1]
    for first in range(0, size[0], ROWS):
        last = min(size[0], first + ROWS)
        inks = []
        for family in families:
            rows = phase_between(family.phase, picture, config, size, first, last)
            inks.append(stripes(rows, family.coverage, size, first, period))
        yield first, printed(_together(np.stack(inks), families, len(config.inks)), config)


def _together(cover: np.ndarray, families: tuple[Family, ...], inks: int) -> np.ndarray:
    """Coverage ``(inks, …)`` of each ink, whose families may cross: paper is bare where none of them covers it."""
    bare = np.ones((inks, *cover.shape[1:]), np.float32)
    for family, one in zip(families, cover, strict=True):
        bare[family.ink] *= 1 - one
    return 1 - bare
