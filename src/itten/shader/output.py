"""What the shader takes and returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from itten.config import HeadConfig
from itten.heads import Coverage, Pieces, Points, SegmentTable, Working
from itten.heads.coverage import Sheet, stacked_covers
from itten.heads.signature import Signatures, joined
from itten.shader.layers import Layers, Record
from itten.shader.travel import CoordinateMap
from itten.spectra import Spectrum


@dataclass(frozen=True)
class Source:
    """What copy heads read from: a picture ``(3, H, W)`` and, for every head, its segments at the working size, their
    signatures and, if the picture is soft, its coverage. Where its own size is another, the segments at that, and the
    same at the working size, ``small``. Where it is several pictures one under the other, ``parts`` are their sizes
    (H, W)."""

    image: torch.Tensor
    segments: tuple[SegmentTable, ...]
    signatures: tuple[Signatures, ...]
    covers: tuple[Coverage | None, ...] = ()
    pieces: tuple[Pieces | None, ...] = ()
    small: Source | None = None
    parts: tuple[tuple[int, int], ...] = ()

    def sheet(self, at: int, head: HeadConfig, labels: torch.Tensor) -> Sheet | None:
        """What soft copies of head ``at`` are read from, its segments having ``labels`` ``(H, W)``; None if the picture
        is hard."""
        cover = self.covers[at] if self.covers else None
        return None if cover is None else cover.sheet(self.image, labels, head.content == "everything")

    def made_pieces(self, at: int) -> Pieces:
        """Of head ``at``, whatever the working size is."""
        known = self.pieces[at] if self.pieces else None
        if known is not None:
            return known
        height, width = self.image.shape[-2:]
        table = self.segments[at].trimmed()
        everywhere = torch.ones((height, width), dtype=torch.bool, device=self.image.device)
        return Pieces.of(table, Working.of((height, width), 0), everywhere, None)


@dataclass(frozen=True)
class Masks:
    """Where heads may ``read`` segments of the target when it attends to itself, and where they may ``write``:
    ``(H, W)`` bool, None for everywhere."""

    read: torch.Tensor | None = None
    write: torch.Tensor | None = None


EVERYWHERE = Masks()


@dataclass(frozen=True)
class PassResult:
    """One pass over one picture: the new ``image`` ``(3, H, W)``, and of the picture that it started from, at its
    working size, the ``field`` and ``labels`` ``(heads, h, w)`` and ``spectrum`` (None for the tiled method).
    ``layers``: for every head the front copies, padded where the host does not know how many there are. The next pass's
    spectrum starts from this one's. ``small`` ``(3, h, w)``: the new picture as it was painted at its working size,
    where that is another; the next pass decides by it. ``record``: what the pass painted, if that is written down."""

    image: torch.Tensor
    field: torch.Tensor
    labels: torch.Tensor
    spectrum: Spectrum | None = None
    layers: tuple[Points, ...] = ()
    small: torch.Tensor | None = None
    record: Record | None = None

    @property
    def fronts(self) -> tuple[Points, ...]:
        """For every head the front copies as they were painted. The host waits for the device if they are padded."""
        return tuple(points.trimmed() for points in self.layers)


@dataclass(frozen=True)
class ShaderOutput:
    """The result of passes over a picture ``(3, H, W)`` or a batch ``(B, 3, H, W)``.

    What follows is of the n passes that were kept: of all of them where that was asked for (``keep``), else of the last
    one alone, n = 1. ``image``: the last pass's picture, shaped as the target. ``passes`` ``(n, …, 3, H, W)``: the
    picture after each. ``field`` ``(n, …, H, W)`` and ``segments`` ``(n, …, H, W)`` int64: what each pass saw in the
    picture that it started from, labels being 0 outside all segments and 1 for the largest; of a picture that was
    composed at a smaller size, enlarged. Where the configuration has ``heads``, both have one dimension more,
    ``(n, …, h, H, W)``.

    Only if asked for, else None: ``coverage`` ``(n, …, H, W)`` in [0, 1], how much of every pixel is covered by what
    was painted up to each pass, ``layers``, what was painted apart from the picture, and ``coordinates``, from where to
    where all passes moved pixels.
    """

    image: torch.Tensor
    passes: torch.Tensor
    field: torch.Tensor
    segments: torch.Tensor
    coverage: torch.Tensor | None = None
    layers: Layers | None = None
    coordinates: CoordinateMap | None = None


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
    heads = range(len(sources[0].segments))
    sizes = [one.segments[0].shape for one in sources]
    small = sum(rows for rows, _ in sizes), max(columns for _, columns in sizes)
    tables: list[list[SegmentTable]] = [[] for _ in heads]
    top = coarse = 0
    for one, (rows, _) in zip(sources, sizes, strict=True):
        canvas[:, top : top + one.image.shape[1], : one.image.shape[2]] = one.image
        for number, table in enumerate(one.segments):
            tables[number].append(table.moved(coarse, small))
        top, coarse = top + one.image.shape[1], coarse + rows
    pieces: tuple[Pieces | None, ...] = tuple(None for _ in heads)
    if any(part is not None for one in sources for part in one.pieces):
        pieces = tuple(Pieces.stacked([one.made_pieces(at) for one in sources], width) for at in heads)
    smaller = [one.small or one for one in sources]
    stacked_small = None if all(one.small is None for one in sources) else stacked_sources(smaller)
    signatures = tuple(joined(parts) for parts in zip(*(one.signatures for one in sources), strict=True))
    covers = tuple(stacked_covers(parts, height, width) for parts in zip(*(one.covers for one in sources), strict=True))
    together = tuple(SegmentTable.joined(parts) for parts in tables)
    parts = tuple((one.image.shape[1], one.image.shape[2]) for one in sources)
    return Source(canvas, together, signatures, covers, pieces, stacked_small, parts)
