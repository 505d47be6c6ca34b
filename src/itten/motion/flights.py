"""The copies of one pass on their way: where each is at a moment, and which of their pixels have arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from itten.heads import Points, composite
from itten.image import to_uint8
from itten.motion.ease import dots, settle, smooth, staggered
from itten.motion.maps import Maps
from itten.motion.sprites import Sprite
from itten.shader.layers import Laid

Size = tuple[int, int]
# The last copy sets out when so much of a pass is over.
SPREAD = 0.5
# Shadows that no map takes anywhere come up where they lie, from here on of the way of their copies.
SHADOWS = 0.6
# Pixels that lie farther than this from where the map takes them, in the mean, are no moved copies.
STRAY = 1.5
# Copies of other pictures grow out of so much of their size, and are there after so much of their way.
SMALL, GROWN = 0.15, 0.5


@dataclass
class Flight:
    """What one step of a pass has laid: its ``points`` ``(P,)``, their ``colours`` ``(3, P)``, the ``maps`` of its
    copies and, if these take them there, its ``sprites``; ``layer`` ``(4, H, W)`` is what it painted. ``turn`` ``(n,)``
    in [0, 1]: when each copy sets out. ``foreign``: copies come from another picture."""

    points: Points
    colours: torch.Tensor
    maps: Maps
    sprites: list[Sprite | None]
    layer: torch.Tensor
    below: bool
    turn: NDArray[np.float64]
    foreign: bool

    def come(self, t: float) -> NDArray[np.float64]:
        """``(n,)``: how much of its way each copy has gone at ``t`` in [0, 1] of the pass; 1 is there."""
        return staggered(t, self.turn, SPREAD)

    def settled(self, canvas: torch.Tensor, t: float) -> torch.Tensor:
        """``canvas`` ``(3, H, W)`` with what has arrived. Where all copies on a pixel have, it is the layer."""
        come, owner = self.come(t), self.points.owner
        here = np.clip((come - SHADOWS) / (1.0 - SHADOWS), 0.0, 1.0) if not self.sprites else (come >= 1.0) * 1.0
        share = torch.from_numpy(here).to(canvas)[owner]
        away = torch.zeros(canvas[0].numel(), dtype=torch.bool)
        away[self.points.place[share < 1]] = True
        if bool(away.any()):
            size = canvas.shape[-2:]
            part = (share > 0) & away[self.points.place]
            if self.points.coverage is None:
                part &= share > torch.tensor(dots(*size)).flatten()[self.points.place]
            place, colours = self.points.place[part], self.colours[:, part]
            cover = None if self.points.coverage is None else (self.points.coverage * share)[part]
            canvas = composite(canvas, place, colours.to(canvas), coverage=cover)
            away = away.reshape(size)
            return laid_over(canvas, self.layer, (~away).to(canvas))
        return laid_over(canvas, self.layer, None)

    def draw(self, frame: Image.Image, t: float) -> None:
        """The copies that are on their way, on an RGB ``frame``."""
        come = self.come(t)
        for number in np.flatnonzero((come > 0) & (come < 1)):
            sprite = self.sprites[number] if self.sprites else None
            if sprite is None:
                continue
            u = float(settle(come[number]))
            middle, about = self.maps.at(int(number), u)
            if self.foreign:
                about = about * (SMALL + (1.0 - SMALL) * float(smooth(float(come[number]) / GROWN)))
            sprite.draw(frame, middle, complex(self.maps.end[number]), about, u)


def laid_over(canvas: torch.Tensor, layer: torch.Tensor, share: torch.Tensor | None) -> torch.Tensor:
    """``canvas`` ``(3, H, W)`` under a ``layer`` ``(4, H, W)``, of which ``share`` ``(H, W)`` in [0, 1] is there."""
    alpha = layer[3] if share is None else layer[3] * share
    return canvas + alpha * (layer[:3] - canvas)


def flight_of(laid: Laid, layer: torch.Tensor, sources: Sequence[Size] | None) -> Flight | None:
    """The copies of one step, all on the host, their ``layer`` ``(4, H, W)`` saying what of them was painted; None if
    nothing was. ``sources``: heights and widths of the pictures that they are of, None for the picture itself."""
    assert laid.points is not None
    assert laid.colours is not None
    height, width = layer.shape[-2:]
    points, colours = laid.points, laid.colours
    inside = points.place < height * width
    inside &= torch.nn.functional.pad(layer[3].flatten() > 0, (0, 1))[points.place.clamp(max=height * width)]
    colours = colours[:, inside]
    before = laid.points.colour
    cover = None if laid.points.coverage is None else laid.points.coverage[inside].float()
    if not bool(inside.any()):
        return None
    points = Points(points.place[inside], points.origin[inside], points.owner[inside], coverage=cover)
    count = int(points.owner.max()) + 1
    place, owner = points.place.numpy(), points.owner.numpy()
    end = place % width + 0.5 + 1j * (place // width + 0.5)
    start = _laid(points.origin.numpy(), (height, width), sources)
    maps = Maps.fitted(start, end, owner, count)
    many = np.bincount(owner, minlength=count)
    astray = np.sqrt((maps.miss**2 * many).sum() / many.sum()) > STRAY
    sprites: list[Sprite | None] = []
    if not astray:
        last = _bytes(colours)
        first = None if cover is None or before is None else _bytes(before[:, inside])
        if first is not None and np.array_equal(first, last):
            first = None
        veil = None if cover is None else _bytes(cover[None].expand(3, -1))[:, 0]
        sprites = [None] * count
        edges = np.searchsorted(owner, np.arange(count + 1))
        for number in range(count):
            own = slice(edges[number], edges[number + 1])
            if own.stop > own.start:
                parts = last[own], None if first is None else first[own], None if veil is None else veil[own]
                sprites[number] = Sprite.cut(place[own] // width, place[own] % width, *parts)
    turn = np.zeros(count)
    return Flight(points, colours, maps, sprites, layer, laid.below, turn, sources is not None)


def take_turns(flights: Sequence[tuple[int, Flight]]) -> None:
    """Give the copies of all heads their turns: those with the shortest way set out first, and a copy's shadow with its
    copy. ``flights``: each with the number of its head."""
    far: dict[tuple[int, int], float] = {}
    for below in (True, False):  # what the copy says wins over what its shadow says
        for head, flight in flights:
            if flight.below is below:
                there = np.bincount(flight.points.owner.numpy(), minlength=len(flight.maps.far)) > 0
                far |= {(head, int(i)): float(flight.maps.far[i]) for i in np.flatnonzero(there)}
    ranked = sorted(far, key=lambda one: (far[one], one))
    turn = {one: at / max(len(ranked) - 1, 1) for at, one in enumerate(ranked)}
    for head, flight in flights:
        flight.turn = np.array([turn.get((head, i), 0.0) for i in range(len(flight.turn))])


def _bytes(colours: torch.Tensor) -> NDArray[np.uint8]:
    """Colours ``(3, P)`` as ``(P, 3)`` uint8."""
    return to_uint8(colours.float().clamp(0.0, 1.0)[:, None])[:, 0].T.contiguous().numpy()


def _laid(origin: NDArray[np.int64], size: Size, sources: Sequence[Size] | None) -> NDArray[np.complex128]:
    """Where pixels ``origin`` ``(P,)`` come from on a picture of ``size``: other pictures are laid over it, each fitted
    into it and centred. Several are numbered as :func:`itten.shader.stacked_sources` puts them."""
    if sources is None:
        return origin % size[1] + 0.5 + 1j * (origin // size[1] + 0.5)
    width = max(wide for _, wide in sources)
    y, x, found = origin // width, origin % width, np.zeros(len(origin), np.complex128)
    top = 0
    for tall, wide in sources:
        own = (y >= top) & (y < top + tall)
        scale = min(size[0] / tall, size[1] / wide)
        corner = (size[1] - wide * scale) / 2 + 1j * (size[0] - tall * scale) / 2
        found[own] = corner + scale * (x[own] + 0.5 + 1j * (y[own] - top + 0.5))
        top += tall
    return found
