"""What the shader takes and returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from itten.heads import Coverage, Points, SegmentTable
from itten.heads.coverage import stacked_covers
from itten.heads.signature import Signatures, joined
from itten.spectra import Spectrum


@dataclass(frozen=True)
class Source:
    """What copy heads read from: a picture ``(3, H, W)`` and, for every head, its segments, their signatures and, if
    the picture is soft, its coverage."""

    image: torch.Tensor
    segments: tuple[SegmentTable, ...]
    signatures: tuple[Signatures, ...]
    covers: tuple[Coverage | None, ...] = ()


@dataclass(frozen=True)
class Masks:
    """Where heads may ``read`` segments of the target when it attends to itself, and where they may ``write``:
    ``(H, W)`` bool, None for everywhere."""

    read: torch.Tensor | None = None
    write: torch.Tensor | None = None


EVERYWHERE = Masks()


@dataclass(frozen=True)
class PassResult:
    """One pass over one picture: the new ``image`` ``(3, H, W)``, and the ``field``, ``labels`` ``(h, H, W)`` and
    ``spectrum`` (None for the tiled method) of the picture that it started from, h the heads. ``layers``: for every
    head the front copies, padded where the host does not know how many there are. The next pass's spectrum starts from
    this one's."""

    image: torch.Tensor
    field: torch.Tensor
    labels: torch.Tensor
    spectrum: Spectrum | None = None
    layers: tuple[Points, ...] = ()

    @property
    def fronts(self) -> tuple[Points, ...]:
        """For every head the front copies as they were painted. The host waits for the device if they are padded."""
        return tuple(points.trimmed() for points in self.layers)


@dataclass(frozen=True)
class ShaderOutput:
    """The result of n passes over a picture ``(3, H, W)`` or a batch ``(B, 3, H, W)``.

    ``image``: the last pass's picture, shaped as the target. ``passes`` ``(n, …, 3, H, W)``: the picture after
    every pass. ``field`` ``(n, …, H, W)`` and ``segments`` ``(n, …, H, W)`` int64: what each pass saw in the picture
    that it started from, labels being 0 outside all segments and 1 for the largest. Where the configuration has
    ``heads``, both have one dimension more, ``(n, …, h, H, W)``.
    """

    image: torch.Tensor
    passes: torch.Tensor
    field: torch.Tensor
    segments: torch.Tensor


Progress = Callable[[int, int, PassResult], None]
# The fields that gate a picture and the spectrum that they are of.
Seen = tuple[torch.Tensor, Spectrum | None]


def stacked_sources(sources: Sequence[Source]) -> Source:
    """Several sources as one: their pictures one under the other, and all their segments in that order."""
    if len(sources) == 1:
        return sources[0]
    width = max(one.image.shape[2] for one in sources)
    height = sum(one.image.shape[1] for one in sources)
    canvas = sources[0].image.new_zeros((3, height, width))
    tables: list[list[SegmentTable]] = [[] for _ in sources[0].segments]
    top = 0
    for one in sources:
        canvas[:, top : top + one.image.shape[1], : one.image.shape[2]] = one.image
        for number, table in enumerate(one.segments):
            tables[number].append(table.moved(top, (height, width)))
        top += one.image.shape[1]
    signatures = tuple(joined(parts) for parts in zip(*(one.signatures for one in sources), strict=True))
    covers = tuple(stacked_covers(parts, height, width) for parts in zip(*(one.covers for one in sources), strict=True))
    return Source(canvas, tuple(SegmentTable.joined(parts) for parts in tables), signatures, covers)
