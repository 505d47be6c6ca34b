"""The chain of a pass, once: which step follows which. The steps themselves are functions or modules.

What is said here holds for both paths. A head's steps are its attributes, and so are a painter's: the functional path
has functions there, the module path modules under the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch

from itten.config import PassParameters, ShaderConfig
from itten.heads import Coverage, Opacity, Pieces, Points, Working, soft
from itten.heads.content import crowded, grown
from itten.heads.protect import UNKNOWN, Protection, Start, photograph
from itten.heads.working import low_passed
from itten.shader.canvas import Canvas, Drawn, View
from itten.shader.layers import Record
from itten.shader.output import EVERYWHERE, Masks, PassResult, Seen, Source
from itten.shader.room import with_room
from itten.shader.steps import Head
from itten.spectra import Spectrum

# Lines lie upon what is drawn where there is no paper within so many pixels.
UPON = 3
# Fields of soft pictures are of what a Gaussian of so many pixels leaves of them.
CALM = 1.0
# Dots add up to greys under a Gaussian of so many pixels.
DOTS = 2.0


class Painter:
    """All heads over one picture. ``field`` makes fields and spectrum of a picture, ``contour`` its content."""

    config: ShaderConfig
    field: Callable[..., Seen]
    contour: Callable[..., torch.Tensor]
    marks: Callable[..., tuple[torch.Tensor, torch.Tensor]]
    cover: Callable[..., Coverage]
    protect: Callable[..., Protection]
    heads: Iterable[Head]

    def look(self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]) -> list[Seen]:
        """The fields of pictures ``(3, h, w)`` of one size, as :meth:`calm` makes them, and the spectra that they are
        of; ``warm``: spectra to start from."""
        return [self.field(image, before) for image, before in zip(images, warm, strict=True)]

    def is_soft(self, image: torch.Tensor) -> bool:
        """Whether a picture ``(3, H, W)`` is to be taken for ink over paper with soft edges."""
        return soft(image) if self.config.edges == "auto" else self.config.edges == "soft"

    def start(self, image: torch.Tensor, soft_edges: bool) -> Start:
        """What a picture ``(3, H, W)`` decides that a run begins with. The host may wait for it."""
        heads = [head.config for head in self.heads]
        asked = any(head.thicken == "auto" or head.palette == "auto" for head in heads)
        photo = asked and photograph(image, soft_edges)
        full = self.is_crowded(image, soft_edges)
        if not any(head.protect == "auto" for head in heads):
            return Start(photo, full)
        working, whole = self.working(image, soft_edges), self.protect(image.detach())
        return Start(photo, full, whole, whole if working.same else self.protect(working.shrunk(image.detach())))

    def is_crowded(self, image: torch.Tensor, soft_edges: bool) -> bool:
        """Whether a hard picture ``(3, H, W)`` has dots all over, so that copies find no void between them."""
        void = any(head.config.place == "void" and head.config.content == "auto" for head in self.heads)
        return void and not soft_edges and crowded(self.contour(image), self.config.spectrum.backend)

    def working(self, image: torch.Tensor, soft_edges: bool) -> Working:
        """The size at which the composition of a picture ``(3, H, W)`` is decided."""
        height, width = image.shape[-2:]
        return Working.of((height, width), self.config.detail if soft_edges else 0)

    def calm(self, small: torch.Tensor, soft_edges: bool) -> torch.Tensor:
        """What the fields of a picture ``(3, h, w)`` of the working size are computed of.

        How strongly two sides of a soft edge hang together depends on where between pixels it lies: fields of a soft
        picture blurred by a pixel are the same however it was sampled, turned or mirrored. A hard picture stays as it
        is."""
        return low_passed(small, CALM) if soft_edges else small

    def drawn(self, image: torch.Tensor, soft_edges: bool, full: bool = False) -> list[Drawn]:
        """What is drawn in a picture ``(3, H, W)``, for every head; in one ``full`` of dots what they add up to."""
        known: dict[bool, Drawn] = {}
        rules = [(soft_edges or full) and head.config.content != "contours" for head in self.heads]
        for by_marks in set(rules):
            if not soft_edges:
                known[by_marks] = Drawn(self.marks(low_passed(image, DOTS))[1] if by_marks else self.contour(image))
                continue
            lines, content = self.marks(image) if by_marks else (None, self.contour(image))
            known[by_marks] = Drawn(content, self.cover(image, content))
            if lines is not None and any(head.config.thicken for head in self.heads):
                upon = lines & ~grown(~content, UPON)
                if bool(upon.any()):
                    known[by_marks] = Drawn(content, known[by_marks].cover, self.cover(image, upon))
        return [known[by_marks] for by_marks in rules]

    def canvases(
        self,
        image: torch.Tensor,
        soft_edges: bool,
        small: torch.Tensor | None = None,
        start: Start = UNKNOWN,
        opacity: Opacity | None = None,
    ) -> list[Canvas]:
        """A picture ``(3, H, W)`` to be painted: at its working size, where it is ``small`` ``(3, h, w)`` if that is
        known, and if it is another one, at its own. Of its own size its ``opacity`` may be known."""
        working = self.working(image, soft_edges)
        small_size = Working(working.size, working.size)
        sizes = [small_size] if working.same else [small_size, working]
        nothing = torch.zeros(0, dtype=torch.bool, device=image.device)
        found = []
        for size in sizes:
            own = image if size.full == working.full else working.shrunk(image) if small is None else small
            kept = start.kept if size.full == working.full else start.small
            found.append(Canvas(own, size, self.drawn(own, soft_edges, start.crowded), own, nothing, kept))
        if opacity is not None:
            last = found[-1]
            each = zip(self.heads, last.drawn, strict=True)
            last.drawn = [own.sure(image, opacity, head.config, head.backend) for head, own in each]
        return found

    @with_room("a source's part")
    def read_source(
        self,
        image: torch.Tensor,
        mask: torch.Tensor | None = None,
        seen: Seen | None = None,
        soft_edges: bool = False,
        opacity: Opacity | None = None,
    ) -> Source:
        """What a source ``(3, H, W)`` offers to every head: up to twice as many segments as a target may have, all of
        them where ``mask`` ``(H, W)`` is True. ``seen``: its fields and spectrum, and ``opacity``: what can be seen
        through it, if they are known."""
        start = Start(crowded=self.is_crowded(image, soft_edges))
        canvases = self.canvases(image, soft_edges, start=start, opacity=opacity)
        fields, found = self.field(self.calm(canvases[0].image, soft_edges)) if seen is None else seen
        return self._offered(canvases, self._views(fields, canvases, found, mask), found, mask)

    @with_room("the pass")
    def forward_pass(
        self,
        image: torch.Tensor,
        parameters: Sequence[PassParameters],
        source: Source | None = None,
        warm: Spectrum | None = None,
        masks: Masks = EVERYWHERE,
        seen: Seen | None = None,
        soft_edges: bool = False,
        small: torch.Tensor | None = None,
        start: Start = UNKNOWN,
        record: Record | None = None,
        opacity: Opacity | None = None,
    ) -> PassResult:
        """One pass over one picture ``(3, H, W)``; without a source the picture attends to itself.

        ``parameters``: one for every head. ``warm`` is the spectrum of the pass before; ``seen`` are the picture's
        fields and spectrum, if they are known. All heads look at the picture as it was; they thicken and paint in their
        order, and where one has painted, later ones find no void. ``soft_edges``: see :meth:`is_soft`; copies are soft
        where the source is, too. ``small`` ``(3, h, w)`` is the picture at its working size, as the pass before
        returned it. ``start``: see :meth:`start`. What is painted is also written into a ``record``, if there is one.
        ``opacity``: what can be seen through the picture, if that is known, for copies of it.
        """
        canvases = self.canvases(image, soft_edges, small, start, opacity)
        coarse, last = canvases[0], canvases[-1]
        last.record = record
        fields, found = self.field(self.calm(coarse.image, soft_edges), warm) if seen is None else seen
        views = self._views(fields, canvases, found)
        for canvas in canvases:
            each = zip(self.heads, views, canvas.drawn, parameters, strict=True)
            for number, (head, view, own, settings) in enumerate(each):
                head.grow(canvas, view, own, settings, start.photograph or start.crowded, number)
        given, itself = source, source is None and masks.read is None
        if given is None:
            offering = views if itself else self._views(fields, canvases, found, masks.read)
            given = self._offered(canvases, offering, found, masks.read)
        allowed = {0: None if masks.write is None else last.working.most(masks.write), len(canvases) - 1: masks.write}
        for number, canvas in enumerate(canvases):
            canvas.grown(allowed[number])
        labels, fronts = [], []
        for number, (head, view, settings) in enumerate(zip(self.heads, views, parameters, strict=True)):
            target = view.segments.first(head.config.max_segments)
            labels.append(target.label_map())
            if head.draws:
                head.draw(canvases, number, settings)
                fronts.append(Points.none(image.device))
                continue
            offered, keys = given.segments[number], given.signatures[number]
            if not len(target) or not len(offered):
                fronts.append(Points.none(image.device))
                continue
            queries = keys.first(len(target)) if itself else head.describe(target, coarse.image, found)
            matches = head.read(queries, keys)
            key = (self.config.seed, number, settings.index)
            known = soft_edges, start.photograph
            fronts.append(head.paint(canvases, view, matches, given, number, *known, settings, key))
        for number, canvas in enumerate(canvases):
            where = allowed[number]
            if where is not None:
                canvas.painted = torch.where(where, canvas.painted, canvas.image)
        if record is not None and masks.write is not None:
            record.only(masks.write)
        next_small = None if len(canvases) == 1 else coarse.painted
        return PassResult(last.painted, fields, torch.stack(labels), found, tuple(fronts), next_small, record)

    def _views(
        self, fields: torch.Tensor, canvases: list[Canvas], found: Spectrum | None, mask: torch.Tensor | None = None
    ) -> list[View]:
        each = zip(self.heads, fields, canvases[0].drawn, strict=True)
        mask = None if mask is None else canvases[-1].working.most(mask)
        return [head.view(field, own.ink, found, mask) for head, field, own in each]

    def _offered(
        self, canvases: list[Canvas], views: list[View], found: Spectrum | None, mask: torch.Tensor | None = None
    ) -> Source:
        coarse, last = canvases[0], canvases[-1]
        tables = tuple(view.segments for view in views)
        each = zip(self.heads, tables, strict=True)
        signatures = tuple(head.describe(table, coarse.image, found) for head, table in each)
        base = Source(coarse.image, tables, signatures, tuple(own.cover for own in coarse.drawn))
        if len(canvases) == 1:
            return base
        tables = tuple(table.trimmed() for table in tables)
        pieces: list[Pieces | None] = []
        for head, table, own in zip(self.heads, tables, last.drawn, strict=True):
            everything = head.config.content == "everything"
            content = torch.ones_like(own.ink) if everything else own.ink
            pieces.append(Pieces.of(table, last.working, content, mask))
        covers = tuple(own.cover for own in last.drawn)
        return Source(last.image, tables, signatures, covers, tuple(pieces), base)
