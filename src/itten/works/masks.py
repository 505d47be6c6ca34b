"""Masks from pictures: where copies may come from, and where they may go."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from itten.errors import InputError, UsageError

if TYPE_CHECKING:
    import torch

    from itten.works.given import Given

    Named = tuple[Given, torch.Tensor]

log = logging.getLogger("itten")


def masks_to_read(paths: Sequence[Given], pictures: Sequence[Named], fit: bool) -> list[torch.Tensor]:
    """One mask for each of ``pictures``, which are files and what they hold ``(3, H, W)``; none for no ``paths``."""
    if len(paths) not in (0, len(pictures)):
        raise UsageError(f"{len(pictures)} pictures to copy from want as many --read-mask, got {len(paths)}")
    return [_bright(path, picture, "--read-mask", fit) for path, picture in zip(paths, pictures, strict=False)]


def mask_to_write(allowed: Given | None, kept: Given | None, target: Named, fit: bool) -> torch.Tensor | None:
    """Where may be painted: where ``allowed`` is bright and ``kept`` is not; None for everywhere."""
    mask = None if allowed is None else _bright(allowed, target, "--write-mask", fit)
    if kept is None:
        return mask
    free = ~_bright(kept, target, "--keep", fit)
    return free if mask is None else mask & free


def _bright(path: Given, picture: Named, option: str, fit: bool) -> torch.Tensor:
    """``(H, W)`` bool: where the picture at ``path`` is bright, its brightness times its alpha, of the size of
    ``picture``.

    Raises :class:`~itten.errors.InputError` where sizes differ; with ``fit`` every pixel takes the mask's nearest.
    """
    read = path.picture()
    colour, alpha = read.pixels, read.alpha
    light = colour.mean(dim=0) if alpha is None else colour.mean(dim=0) * alpha
    mask = light >= 0.5
    most = round(float(light.max()) * 255)
    if 0 < most < 128:  # as in pictures of labels, 0 and 1
        log.warning(
            "%s: %r is dark throughout, its brightest pixel is %d of 255; 128 and more count as bright",
            *(option, path.name, most),
        )
    file, other = picture
    height, width = other.shape[-2:]
    tall, wide = mask.shape
    if (tall, wide) == (height, width):
        return mask
    if not fit:
        raise InputError(
            f"{option}: {path.name!r} is {wide} × {tall} pixels, {file.name!r} is {width} × {height}; "
            "--fit-masks brings masks to the size of their pictures"
        )
    import torch

    # The middle of a pixel decides, in whole numbers.
    rows = (2 * torch.arange(height) + 1) * tall // (2 * height)
    columns = (2 * torch.arange(width) + 1) * wide // (2 * width)
    return mask[rows[:, None], columns]
