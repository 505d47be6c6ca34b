"""Where pixels came from: every step of every pass that moved some, written down as it was painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from itten.errors import InputError
from itten.heads import Coverage, Points
from itten.heads.present import nearest_winner
from itten.kernels.reference.ink import CORE

Kind = Literal["thickening", "shadow", "front"]
Mode = Literal["move", "mean", "over", "share"]
KINDS, MODES = get_args(Kind), get_args(Mode)
# Whole numbers up to this are exact in float32.
LONGEST = 1 << 24


@dataclass(frozen=True)
class Step:
    """P pixels that were painted in one go, by one ``head``, on a target of H × W pixels.

    ``place`` ``(P,)`` int32: raster index on the target. ``picture`` ``(P,)`` uint16: the number of the picture that
    they came from, 0 the target, 1 the first source. ``y`` and ``x`` ``(P,)`` float32: where in it, middles of pixels
    at whole numbers. ``owner`` ``(P,)`` int32: which of the step's n copies they are of; ``linear`` ``(n, 2, 2)``
    float32: the way (y, x) from the source to the copy: turn, mirror and scale. ``coverage`` ``(P,)`` float32 in
    [0, 1]: how much of their pixel they cover, None for whole pixels.

    ``mode``: whole pixels ``move``, one to a place, or the ``mean`` of those on a place is taken; soft ones are laid
    ``over`` one another in their order, or of those on a place the mean by coverage is laid over what is there, which
    is ``share``. ``early``: they come from the pictures as the pass found them; else, as thickening of hard pictures
    does, from the target as far as it was painted.
    """

    kind: Kind
    head: int
    mode: Mode
    early: bool
    place: NDArray[np.int32]
    picture: NDArray[np.uint16]
    y: NDArray[np.float32]
    x: NDArray[np.float32]
    owner: NDArray[np.int32]
    linear: NDArray[np.float32]
    coverage: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class CoordinateMap:
    """From where to where a run moved pixels: the steps of every pass, in the order in which they were painted.

    ``sizes``: (H, W) of the target and of every source; a target that attends to itself is the only one. ``written``
    ``(H, W)`` bool: after every pass the target is as before where this is False; None if it may change everywhere.
    """

    sizes: tuple[tuple[int, int], ...]
    passes: tuple[tuple[Step, ...], ...]
    written: NDArray[np.bool_] | None = None


class Travel:
    """Writes down what the passes over one picture of ``size`` (H, W) move, for a :class:`CoordinateMap`. ``sources``:
    the sizes of the pictures that are copied from, none for a target that attends to itself. ``written`` ``(H, W)``
    bool as there."""

    def __init__(
        self, size: tuple[int, int], sources: Sequence[tuple[int, int]], written: torch.Tensor | None = None
    ) -> None:
        self.sizes = size, *sources
        if max(max(one) for one in self.sizes) > LONGEST:
            raise InputError(f"coordinates are kept of pictures of at most {LONGEST} pixels a side")
        self.written = None if written is None else written.cpu().numpy()
        offered = sources or (size,)
        self._width = max(width for _, width in offered)
        self._tops = np.cumsum([0, *(height for height, _ in offered)])
        self._first = 1 if sources else 0
        self._passes: list[list[Step]] = []

    def begin(self) -> None:
        """Another pass begins."""
        self._passes.append([])

    def begin_again(self) -> None:
        """As if nothing had been painted in this pass."""
        self._passes[-1].clear()

    def finished(self) -> CoordinateMap:
        """All that was written down."""
        return CoordinateMap(self.sizes, tuple(tuple(steps) for steps in self._passes), self.written)

    @torch.no_grad()
    def thickened(
        self,
        at: int,
        thicken: Callable[..., torch.Tensor],
        image: torch.Tensor,
        maps: Sequence[object],
        covers: Sequence[Coverage],
        undone: torch.Tensor | None,
    ) -> None:
        """Head ``at`` has grown strokes on ``image`` ``(3, H, W)``, which the pass began with, but where they are
        ``undone`` ``(H, W)``. ``thicken`` is run once more on places in place of colours, with the ``maps`` and in a
        soft picture the ``covers`` that it had."""
        here = _grid(image)
        if not covers:
            came = thicken(here, *maps)
            moved = (came != here).any(dim=0)
            self._grown(at, "move", came, moved, undone)
        for cover in covers:
            core = cores(image, cover.ink).flatten()
            place = here.flatten(1)[:, core].reshape(here.shape)
            # What of places is left over nothing, and how much of a pixel that is.
            came = thicken(torch.zeros_like(here), *maps, cover=replace(cover, ink=place))
            share = came[2]
            # Their mean may lie between two strokes: the ink nearest to it is one of them.
            y, x = (came[:2] / share.clamp(min=1e-6)).round().long().unbind()
            came = here.flatten(1)[:, core[y * image.shape[2] + x]]
            self._grown(at, "over", came, share > 0, undone, share)

    def _grown(
        self,
        at: int,
        mode: Mode,
        came: torch.Tensor,
        moved: torch.Tensor,
        undone: torch.Tensor | None,
        share: torch.Tensor | None = None,
    ) -> None:
        if undone is not None:
            moved = moved & ~undone
        index = moved.flatten().nonzero().squeeze(1)
        y, x = (_floats(one.flatten()[index]) for one in came[:2])
        place, covered = _ints(index), None if share is None else _floats(share.flatten()[index])
        nobody, still = np.zeros(len(place), np.int32), np.eye(2, dtype=np.float32)[None]
        step = Step(
            "thickening", at, mode, share is not None, place, nobody.astype(np.uint16), y, x, nobody, still, covered
        )
        self._add(step)

    @torch.no_grad()
    def copied(
        self,
        at: int,
        below: bool,
        points: Points,
        mean: bool,
        ink: Coverage | None,
        image: torch.Tensor,
        nearest: tuple[torch.Tensor, torch.Tensor] | None,
    ) -> None:
        """Head ``at`` has laid shadows (``below``) or fronts: traced ``points`` of ``image`` ``(3, H, W)``, whose
        ``ink`` is known where it is a soft drawing. Those on one place were averaged (``mean``), or of them that one
        taken which is ``nearest`` to the mean, ``(mixed, colours)``, as in :func:`itten.heads.present.nearest_winner`.
        """
        assert points.linear is not None
        linear, origin = _floats(points.linear), points.origin
        spot = torch.stack([origin // self._width, origin % self._width], dim=1) if points.spot is None else points.spot
        if points.spot is not None and ink is not None and points.coverage is not None:
            # A fringe is less of the same ink: what belongs to it lies where that ink is whole.
            core = cores(image, ink.ink).flatten()[origin]
            core = torch.stack([core // self._width, core % self._width], dim=1).to(spot)
            spot = torch.where(points.coverage[:, None] < 1.0, core, spot)
        keep = torch.arange(len(points), device=origin.device)
        mode: Mode = "mean" if mean else "move"
        if points.coverage is not None:
            mode = "share" if mean else "over"
            keep = keep[points.coverage > 0]
        elif nearest is not None:
            mode, keep = "move", _won(nearest_winner(nearest[0], points.place, nearest[1]))
        elif not mean:
            keep = _won(_last(points.place, self.sizes[0][0] * self.sizes[0][1]))
        if points.pixels is not None:
            keep = keep[points.place[keep] < points.pixels]
        number = np.searchsorted(self._tops, _ints(origin[keep] // self._width), side="right") - 1
        height, width = np.array(self.sizes[self._first :]).T[:, number]
        y = np.clip(_floats(spot[keep, 0]) - self._tops[number], 0, height - 1).astype(np.float32)
        x = np.clip(_floats(spot[keep, 1]), 0, width - 1).astype(np.float32)
        covered = None if points.coverage is None else _floats(points.coverage[keep])
        picture = (number + self._first).astype(np.uint16)
        rest = picture, y, x, _ints(points.owner[keep]), linear, covered
        self._add(Step("shadow" if below else "front", at, mode, True, _ints(points.place[keep]), *rest))

    def _add(self, step: Step) -> None:
        if len(step):
            self._passes[-1].append(step)


def cores(image: torch.Tensor, ink: torch.Tensor) -> torch.Tensor:
    """``(H, W)`` int64: the raster index of the nearest pixel of ``image`` ``(3, H, W)`` that has the colour ``ink``
    ``(3, H, W)`` there, within the reach in which ink is looked for; a pixel's own where none has."""
    height, width = image.shape[-2:]
    index = torch.arange(height * width, device=image.device).reshape(height, width)
    found = index.clone()
    open_ = torch.ones_like(index, dtype=torch.bool)
    for dy, dx in _around(CORE):
        if abs(dy) >= height or abs(dx) >= width:
            continue
        here = slice(max(-dy, 0), height - max(dy, 0)), slice(max(-dx, 0), width - max(dx, 0))
        there = slice(max(dy, 0), height - max(-dy, 0)), slice(max(dx, 0), width - max(-dx, 0))
        same = open_[here] & (image[:, *there] == ink[:, *here]).all(dim=0)
        found[here] = torch.where(same, index[there], found[here])
        open_[here] = open_[here] & ~same
    return found


def _around(reach: int) -> Iterator[tuple[int, int]]:
    steps = [(dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1)]
    yield from sorted(steps, key=lambda step: (step[0] ** 2 + step[1] ** 2, step))


def _grid(image: torch.Tensor) -> torch.Tensor:
    """``(3, H, W)``: row, column and 1 of every pixel, like ``image``."""
    height, width = image.shape[-2:]
    rows = torch.arange(height, device=image.device, dtype=image.dtype)[:, None].expand(height, width)
    columns = torch.arange(width, device=image.device, dtype=image.dtype).expand(height, width)
    return torch.stack([rows, columns, torch.ones_like(rows)])


def _last(place: torch.Tensor, pixels: int) -> torch.Tensor:
    """``(pixels,)``: the number of the last point on every place, −1 for none."""
    winner = torch.full((pixels + 1,), -1, dtype=torch.int64, device=place.device)
    return winner.scatter_reduce(0, place, torch.arange(len(place), device=place.device), "amax")[:-1]


def _won(winner: torch.Tensor) -> torch.Tensor:
    return winner[winner >= 0]


def _ints(values: torch.Tensor) -> NDArray[np.int32]:
    return values.detach().cpu().numpy().astype(np.int32)


def _floats(values: torch.Tensor) -> NDArray[np.float32]:
    return values.detach().cpu().numpy().astype(np.float32)
