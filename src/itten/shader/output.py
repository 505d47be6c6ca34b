"""What the shader returns, and the loop over pictures and passes that both of its paths share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from itten.config import PassParameters
from itten.errors import InputError, UsageError
from itten.heads import SegmentTable
from itten.image import as_image
from itten.spectra import Spectrum

MOST_PASSES = 1000


@dataclass(frozen=True)
class Source:
    """What a copy head reads from: a picture ``(3, H, W)`` and its segments."""

    image: torch.Tensor
    segments: SegmentTable


@dataclass(frozen=True)
class PassResult:
    """One pass over one picture: the new ``image`` ``(3, H, W)``, and the ``field``, ``labels`` ``(H, W)`` and
    ``spectrum`` (None for the tiled method) of the picture that it started from. The next pass's spectrum starts from
    this one's."""

    image: torch.Tensor
    field: torch.Tensor
    labels: torch.Tensor
    spectrum: Spectrum | None = None


@dataclass(frozen=True)
class ShaderOutput:
    """The result of n passes over a picture ``(3, H, W)`` or a batch ``(B, 3, H, W)``.

    ``image``: the last pass's picture, shaped as the target. ``passes`` ``(n, …, 3, H, W)``: the picture after
    every pass. ``field`` ``(n, …, H, W)`` and ``segments`` ``(n, …, H, W)`` int64: what each pass saw in the picture
    that it started from, labels being 0 outside all segments and 1 for the largest.
    """

    image: torch.Tensor
    passes: torch.Tensor
    field: torch.Tensor
    segments: torch.Tensor


Progress = Callable[[int, int, PassResult], None]


def run_passes(
    target: Any,
    source: Any,
    schedule: Sequence[PassParameters],
    prepare: Callable[[torch.Tensor], Source],
    step: Callable[[torch.Tensor, PassParameters, Source | None, Spectrum | None], PassResult],
    progress: Progress | None,
) -> ShaderOutput:
    """Every picture through every pass. A source is prepared once and may serve a whole batch of targets.

    ``progress(index, passes, result)`` is called after each pass of each picture.
    """
    image = as_image(target, name="target")
    pictures = list(image) if image.dim() == 4 else [image]
    if image.dim() > 4:
        raise InputError(f"target: (3, H, W) or (B, 3, H, W) is wanted, got {tuple(image.shape)}")
    sources = _prepare_sources(source, image, len(pictures), prepare)
    runs = []
    for picture, given in zip(pictures, sources, strict=True):
        results: list[PassResult] = []
        current = picture
        warm = None
        for index, parameters in enumerate(schedule):
            result = step(current, parameters, given, warm)
            current, warm = result.image, result.spectrum
            results.append(replace(result, spectrum=None))
            if progress is not None:
                progress(index, len(schedule), result)
        runs.append(results)

    def stacked(name: str) -> torch.Tensor:
        rows = [torch.stack([getattr(result, name) for result in results]) for results in runs]
        return torch.stack(rows, dim=1) if image.dim() == 4 else rows[0]

    passes = stacked("image")
    return ShaderOutput(passes[-1], passes, stacked("field"), stacked("labels"))


def check_passes(passes: int) -> int:
    """``passes`` if it is a whole number from 1 to 1000."""
    if not isinstance(passes, int) or not 1 <= passes <= MOST_PASSES:
        raise UsageError(f"passes must be a whole number from 1 to {MOST_PASSES}, got {passes!r}")
    return passes


def _prepare_sources(
    source: Any, image: torch.Tensor, count: int, prepare: Callable[[torch.Tensor], Source]
) -> list[Source | None]:
    if source is None:
        return [None] * count
    given = as_image(source, name="source").to(dtype=image.dtype, device=image.device)
    if given.dim() == 3:
        return [prepare(given)] * count
    if given.dim() != 4 or len(given) not in (1, count):
        raise InputError(
            f"source: one picture, or a batch as long as the target's ({count}), is wanted, got {tuple(given.shape)}"
        )
    prepared: list[Source | None] = [prepare(one) for one in given]
    return prepared if len(prepared) == count else prepared * count
