"""The chain of a pass, once: which step follows which. The steps themselves are functions or modules.

What is said here holds for both paths. A head's steps are its attributes, and so are a painter's: the functional path
has functions there, the module path modules under the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch

from itten.config import HeadConfig, PassParameters, ShaderConfig
from itten.heads import Coverage, Points, SegmentTable, Signatures, describe, low_gate, soft, void_map
from itten.heads.coverage import Sheet
from itten.heads.device import unseen
from itten.heads.partition import coordinates
from itten.shader.output import EVERYWHERE, Masks, PassResult, Seen, Source
from itten.spectra import Spectrum


@dataclass(frozen=True)
class Drawn:
    """What is drawn in a picture: ``ink`` ``(H, W)`` bool, and in a soft one its coverage, and that of its ``lines`` on
    whatever lies below them."""

    ink: torch.Tensor
    cover: Coverage | None = None
    lines: Coverage | None = None

    @property
    def taken(self) -> torch.Tensor:
        """``(H, W)`` bool: where nothing else may go."""
        return self.ink if self.cover is None else self.ink | (self.cover.alpha > 0)


@dataclass(frozen=True)
class View:
    """What one head sees in a picture: ``gate`` and ``busy`` ``(H, W)``, and the segments, twice as many as it
    paints."""

    gate: torch.Tensor
    busy: torch.Tensor
    segments: SegmentTable


class Head:
    """One head: the order of its steps, which are given as attributes that can be called."""

    config: HeadConfig
    number: int
    backend: str
    gate: Callable[..., torch.Tensor]
    complexity: Callable[..., torch.Tensor]
    thicken: Callable[..., torch.Tensor]
    partition: Callable[..., torch.Tensor]
    segments: Callable[..., SegmentTable]
    read: Callable[..., torch.Tensor]
    copy: Callable[..., tuple[Points, Points]]
    palette: Callable[..., torch.Tensor]
    composite: Callable[..., torch.Tensor]

    def view(
        self, field: torch.Tensor, ink: torch.Tensor, found: Spectrum | None, mask: torch.Tensor | None = None
    ) -> View:
        """What the head sees, with segments only where ``mask`` ``(H, W)`` is True."""
        content = torch.ones_like(ink) if self.config.content == "everything" else ink
        gate = self.gate(field, content=content) if self.config.threshold == "gap" else self.gate(field)
        low = low_gate(gate, content if mask is None else content & mask, self.config.min_pixels, self.backend)
        classes = None
        if self.config.segmentation != "components":
            classes = self.partition(low, vectors=coordinates(found, field, self.number))
        table = self.segments(low, field, classes=classes, padded=unseen(field, self.backend))
        return View(gate, self.complexity(field), table)

    def describe(self, table: SegmentTable, image: torch.Tensor, found: Spectrum | None) -> Signatures:
        """The signatures of a table's segments."""
        return describe(table, self.config.signature, image, found, self.backend)

    def grow(self, grown: torch.Tensor, view: View, drawn: Drawn, parameters: PassParameters) -> torch.Tensor:
        """The picture with its high-gate contours thickened, if this head does that."""
        if not self.config.thicken:
            return grown
        soft_edges = {} if drawn.cover is None else {"cover": drawn.lines}
        return self.thicken(grown, view.gate, drawn.ink, view.busy, parameters, **soft_edges)

    def paint(
        self,
        grown: torch.Tensor,
        image: torch.Tensor,
        drawn: Drawn,
        view: View,
        matches: torch.Tensor,
        content: torch.Tensor,
        sheet: Sheet | None,
        offered: SegmentTable,
        taken: torch.Tensor,
        parameters: PassParameters,
        key: tuple[int, ...],
    ) -> tuple[torch.Tensor, Points, torch.Tensor]:
        """``grown`` with the copies painted, the front copies, and ``taken`` ``(H, W)`` with their pixels in it."""
        target = view.segments.first(self.config.max_segments)
        void = void_map(view.gate, drawn.taken) & ~taken
        effect = parameters.effect
        read = {} if sheet is None else {"sheet": sheet}
        shadow, front = self.copy(target, offered, matches, void, view.busy, effect=effect, key=key, **read)
        pixels = content.flatten(1)
        for points, below in ((shadow, True), (front, False)):
            colours = self.palette(
                pixels, points, image, drawn.ink, effect=effect, shadow=below, front=front, key=key
            )
            covered = {} if points.coverage is None else {"coverage": points.coverage}
            grown = self.composite(grown, points.place, colours, **covered)
            taken = points.added(taken)
        return grown, front, taken


class Painter:
    """All heads over one picture. ``field`` makes fields and spectrum of a picture, ``contour`` its content."""

    config: ShaderConfig
    field: Callable[..., Seen]
    contour: Callable[..., torch.Tensor]
    marks: Callable[..., tuple[torch.Tensor, torch.Tensor]]
    cover: Callable[..., Coverage]
    heads: Iterable[Head]

    def look(self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]) -> list[Seen]:
        """The fields of pictures ``(3, H, W)`` of one size, and the spectra that they are of; ``warm``: spectra to
        start from."""
        return [self.field(image, before) for image, before in zip(images, warm, strict=True)]

    def is_soft(self, image: torch.Tensor) -> bool:
        """Whether a picture ``(3, H, W)`` is to be taken for ink over paper with soft edges."""
        return soft(image) if self.config.edges == "auto" else self.config.edges == "soft"

    def drawn(self, image: torch.Tensor, soft_edges: bool) -> list[Drawn]:
        """What is drawn in a picture ``(3, H, W)``, for every head."""
        known: dict[bool, Drawn] = {}
        rules = [soft_edges and head.config.content != "contours" for head in self.heads]
        for by_marks in set(rules):
            if not soft_edges:
                known[by_marks] = Drawn(self.contour(image))
                continue
            lines, content = self.marks(image) if by_marks else (self.contour(image),) * 2
            grows = any(head.config.thicken for head in self.heads)
            cover = self.cover(image, content)
            of_lines = cover if lines is content else self.cover(image, lines) if grows else None
            known[by_marks] = Drawn(content, cover, of_lines)
        return [known[by_marks] for by_marks in rules]

    def read_source(
        self,
        image: torch.Tensor,
        mask: torch.Tensor | None = None,
        seen: Seen | None = None,
        soft_edges: bool = False,
    ) -> Source:
        """What a source ``(3, H, W)`` offers to every head: up to twice as many segments as a target may have, all of
        them where ``mask`` ``(H, W)`` is True. ``seen``: its fields and spectrum, if they are known."""
        fields, found = self.field(image) if seen is None else seen
        drawn = self.drawn(image, soft_edges)
        return self._offered(image, self._views(fields, drawn, found, mask), drawn, found)

    def forward_pass(
        self,
        image: torch.Tensor,
        parameters: Sequence[PassParameters],
        source: Source | None = None,
        warm: Spectrum | None = None,
        masks: Masks = EVERYWHERE,
        seen: Seen | None = None,
        soft_edges: bool = False,
    ) -> PassResult:
        """One pass over one picture ``(3, H, W)``; without a source the picture attends to itself.

        ``parameters``: one for every head. ``warm`` is the spectrum of the pass before; ``seen`` are the picture's
        fields and spectrum, if they are known. All heads look at the picture as it was; they thicken and paint in their
        order, and where one has painted, later ones find no void. ``soft_edges``: see :meth:`is_soft`; copies are soft
        where the source is, too.
        """
        fields, found = self.field(image, warm) if seen is None else seen
        drawn = self.drawn(image, soft_edges)
        views = self._views(fields, drawn, found)
        grown = image
        for head, view, own, settings in zip(self.heads, views, drawn, parameters, strict=True):
            grown = head.grow(grown, view, own, settings)
        given, itself = source, source is None and masks.read is None
        if given is None:
            offering = views if itself else self._views(fields, drawn, found, masks.read)
            given = self._offered(image, offering, drawn, found)
        red, green, blue = grown != image
        taken = red | green | blue
        if masks.write is not None:
            taken = taken | ~masks.write
        labels, fronts = [], []
        for number, (head, view, settings) in enumerate(zip(self.heads, views, parameters, strict=True)):
            target = view.segments.first(head.config.max_segments)
            labels.append(target.label_map())
            offered, keys = given.segments[number], given.signatures[number]
            if not len(target) or not len(offered):
                fronts.append(Points.none(image.device))
                continue
            queries = keys.first(len(target)) if itself else head.describe(target, image, found)
            matches = head.read(queries, keys)
            key = (self.config.seed, number, settings.index)
            content, cover = given.image, given.covers[number] if soft_edges and given.covers else None
            everything = head.config.content == "everything"
            sheet = None if cover is None else cover.sheet(content, offered.label_map(), everything, head.backend)
            grown, front, taken = head.paint(
                grown, image, drawn[number], view, matches, content, sheet, offered, taken, settings, key
            )
            fronts.append(front)
        if masks.write is not None:
            grown = torch.where(masks.write, grown, image)
        return PassResult(grown, fields, torch.stack(labels), found, tuple(fronts))

    def _views(
        self, fields: torch.Tensor, drawn: list[Drawn], found: Spectrum | None, mask: torch.Tensor | None = None
    ) -> list[View]:
        each = zip(self.heads, fields, drawn, strict=True)
        return [head.view(field, own.ink, found, mask) for head, field, own in each]

    def _offered(self, image: torch.Tensor, views: list[View], drawn: list[Drawn], found: Spectrum | None) -> Source:
        signatures = (head.describe(view.segments, image, found) for head, view in zip(self.heads, views, strict=True))
        covers = tuple(own.cover for own in drawn)
        return Source(image, tuple(view.segments for view in views), tuple(signatures), covers)
