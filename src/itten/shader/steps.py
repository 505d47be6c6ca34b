"""The steps of one head, in their order."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from itten.config import HeadConfig, PassParameters
from itten.heads import Fine, Points, SegmentTable, Signatures, describe, low_gate, void_map
from itten.heads.cut import cut_to_size
from itten.heads.device import unseen
from itten.heads.palette import chosen
from itten.heads.partition import coordinates
from itten.heads.present import nearest_to_mean
from itten.heads.protect import Protection
from itten.shader.canvas import Canvas, Drawn, View
from itten.shader.output import Source
from itten.spectra import Spectrum, unit_rms


class Head:
    """One head: the order of its steps, which are given as attributes that can be called."""

    config: HeadConfig
    number: int
    backend: str
    mixes: bool
    gate: Callable[..., torch.Tensor]
    complexity: Callable[..., torch.Tensor]
    thicken: Callable[..., torch.Tensor]
    partition: Callable[..., torch.Tensor]
    segments: Callable[..., SegmentTable]
    read: Callable[..., torch.Tensor]
    copy: Callable[..., tuple[Points, ...]]
    palette: Callable[..., torch.Tensor]
    composite: Callable[..., torch.Tensor]
    redraw: Callable[..., torch.Tensor]

    @property
    def draws(self) -> bool:
        """Whether it draws the whole picture anew, and copies nothing."""
        return self.config.draw != "copies"

    def draw(self, canvases: list[Canvas], at: int, parameters: PassParameters) -> None:
        """Draws what has been painted so far anew, in the passes in which this head does that. Later heads find the
        same voids as if it had not."""
        passes = {"first": parameters.index == 0, "last": parameters.index == parameters.count - 1, "every": True}
        if not passes[self.config.when]:
            return
        last, share = canvases[-1], min(parameters.effect, 1.0)
        before = last.painted
        last.painted = torch.lerp(before, self.redraw(before.detach()).to(before), share)
        for canvas in canvases[:-1]:
            canvas.painted = last.working.shrunk(last.painted)
        if last.record is not None:
            last.record.copied(at, False, before, last.painted, torch.full_like(before[0], share))

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
        if self.config.size:
            maps = coordinates(found, field, self.number)
            # Vectors of length 1 have this root mean square.
            maps = unit_rms(maps) if found is None else maps * math.sqrt(field.numel())
            # Not into pieces that would be too small to be segments.
            widest = max(self.config.size * min(field.shape), 2.0 * math.sqrt(self.config.min_pixels))
            given = low.long() if classes is None else classes
            classes = cut_to_size(given, maps, widest, lambda kinds: self.segments(low, field, classes=kinds))
        table = self.segments(low, field, classes=classes, padded=unseen(field, self.backend))
        return View(gate, self.complexity(field), table)

    def describe(self, table: SegmentTable, image: torch.Tensor, found: Spectrum | None) -> Signatures:
        """The signatures of a table's segments."""
        return describe(table, self.config.signature, image, found, self.backend)

    def kept(self, canvas: Canvas) -> Protection | None:
        """The features that this head leaves be."""
        return canvas.kept if self.config.protect == "auto" else None

    def grow(
        self, canvas: Canvas, view: View, drawn: Drawn, parameters: PassParameters, tones: bool, at: int = 0
    ) -> None:
        """Thickens the canvas' high-gate contours, if this head, which is number ``at``, does that; ``tones``: it is a
        photograph, or dots."""
        if self.draws or not self.config.thicken or (self.config.thicken == "auto" and tones):
            return
        gate, busy = canvas.working.enlarged(view.gate), canvas.working.enlarged(view.busy)
        kept, before = self.kept(canvas), canvas.painted
        ink = drawn.ink
        if drawn.cover is None:
            ink = ink if kept is None else kept.drawn(before, ink)
            canvas.painted = self.thicken(before, gate, ink, busy, parameters)
        covers = [cover for cover in (drawn.lines, drawn.cover) if cover is not None]
        for cover in covers:
            canvas.painted = self.thicken(canvas.painted, gate, ink, busy, parameters, cover=cover)
        grown = canvas.painted
        if kept is not None:
            canvas.painted = kept.spared(before, grown)
        if canvas.record is None:
            return
        if canvas.record.travel is not None:
            undone = None if kept is None else kept.undone(before, grown)
            maps = gate, ink, busy, parameters
            canvas.record.travel.thickened(at, self.thicken, canvas.image, maps, covers, undone)
        covered = None
        if covers:
            # What white ink makes of black paper is how much of it has grown; if alpha is known, what becomes of that.
            start, white = torch.zeros_like(before), torch.ones_like(before)
            if covers[-1].clear is not None:
                start, white = covers[-1].transparent()
            after = start
            for cover in covers:
                own = replace(cover, ink=white)
                after = self.thicken(after, gate, ink, busy, parameters, cover=own)
            covered = (after[0] - start[0]) / (1.0 - start[0])
            if kept is not None:
                covered = torch.where(kept.mask & (canvas.painted == before).all(dim=0), 0.0, covered)
        canvas.record.thickened(before, canvas.painted, covered)

    def paint(
        self,
        canvases: list[Canvas],
        view: View,
        matches: torch.Tensor,
        given: Source,
        at: int,
        soft_edges: bool,
        photograph: bool,
        parameters: PassParameters,
        key: tuple[int, ...],
    ) -> Points:
        """Paints the copies on the canvases, that of the working size and, where it is another, that of the full one.

        Returns the front copies on the last. ``at``: which of the heads this is, in the canvases and in ``given``.
        """
        small, last, pieces = canvases[0], canvases[-1], given.pieces[at] if given.pieces else None
        target, offered = view.segments.first(self.config.max_segments), given.segments[at]
        density = self.config.density
        gate = view.gate if density is None else torch.ones_like(view.gate)
        void = self._open(void_map(gate, small.drawn[at].taken), small)
        coarse = given.small or given
        read: dict[str, Any] = {"traced": True} if last.record is not None and last.record.travel is not None else {}
        if soft_edges:
            read["sheet"] = coarse.sheet(at, self.config, offered.label_map())
        if len(canvases) > 1 or pieces is not None or density is not None:
            target, offered = target.trimmed(), offered.trimmed()
            matches = matches[: len(target), : len(offered)]
        if len(canvases) > 1 or pieces is not None:
            pieces = given.made_pieces(at)
            free = self._open(last.working.repeated(void) & ~last.drawn[at].taken, last)
            sheet = given.sheet(at, self.config, pieces.labels) if soft_edges else None
            read["fine"] = Fine(pieces, last.working, free, sheet)
        if density is not None:
            # So much of what this pass finds that, pass by pass, equal parts of the first void are filled.
            step = density / parameters.count
            read["share"] = min(step / max(1.0 - step * parameters.index, step, 1e-9), 1.0)
        layers = self.copy(target, offered, matches, void, view.busy, effect=parameters.effect, key=key, **read)
        if len(canvases) > 1:
            self._lay(small, layers[:2], coarse, at, photograph, parameters, key)
        self._lay(last, layers[-2:], given, at, photograph, parameters, key)
        return layers[-1]

    def _open(self, void: torch.Tensor, canvas: Canvas) -> torch.Tensor:
        """``void`` ``(H, W)`` but for what is taken and what is kept."""
        kept = self.kept(canvas)
        return void & ~canvas.taken if kept is None else void & ~canvas.taken & ~kept.mask

    def _lay(
        self,
        canvas: Canvas,
        layers: tuple[Points, ...],
        given: Source,
        at: int,
        photograph: bool,
        parameters: PassParameters,
        key: tuple[int, ...],
    ) -> None:
        kept = self.kept(canvas)
        shadow, front = layers if kept is None else (points.where(~points.over(kept.mask)) for points in layers)
        mixes = self.mixes and chosen(self.config, photograph) == "keep"
        pixels, ink, effect = given.image.flatten(1), canvas.drawn[at].ink, parameters.effect
        for points, below in ((shadow, True), (front, False)):
            if not len(points) and canvas.record is None:
                continue
            colours = self.palette(
                pixels,
                points,
                canvas.image,
                ink,
                effect=effect,
                shadow=below,
                front=front,
                key=key,
                photograph=photograph,
            )
            covered: dict[str, Any] = {} if points.coverage is None else {"coverage": points.coverage}
            before = canvas.painted
            mixed = canvas.painted = self.composite(before, points.place, colours, **covered)
            if mixes and not covered:
                canvas.painted = nearest_to_mean(before, mixed, points.place, colours)
            canvas.taken = points.added(canvas.taken)
            if canvas.record is not None:
                white = self.composite(torch.zeros_like(before), points.place, torch.ones_like(colours), **covered)
                canvas.record.copied(at, below, before, canvas.painted, white[0], points, colours)
                if canvas.record.travel is not None and len(points):
                    lines = given.covers[at] if given.covers and self.config.content != "everything" else None
                    nearest = (mixed, colours) if mixes and not covered else None
                    canvas.record.travel.copied(at, below, points, self.mixes, lines, given.image, nearest)
