"""Placement: which copies are made, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.config import HeadConfig
from itten.heads.coverage import Sheet
from itten.heads.pieces import Fine, Made, make, offers_wanted
from itten.heads.pose import Pose
from itten.heads.segments import SegmentTable
from itten.heads.void import Turned, place_in_voids, squared_distance

# Voids are filled in so many rounds at most, from cells as wide as most pieces to ones SMALLEST pixels wide, each
# narrower by SHRINK. A start is offered the first OFFERS matches that are as large as its cell, at places near it.
ROUNDS, SMALLEST, SHRINK, OFFERS = 32, 6.0, 0.75, 3
# With as many copies a start there is room for more of that size.
AGAIN = 0.2
# A piece is as large as a cell if its diameter is at least the first of these shares of the cell's side, and at most
# the second.
LEAST, MOST = 0.5, 1.5


@dataclass(frozen=True)
class Placed:
    """Where copies lie: for each of n the target ``segment`` and the source segment ``which``, its number ``chosen``
    among those ``made`` (−1, padded, for none), and the ``centre`` ``(n, 2)`` int64 of its centroid."""

    made: Made
    segment: torch.Tensor
    which: torch.Tensor
    chosen: torch.Tensor
    centre: torch.Tensor


def placed_once(
    target: SegmentTable,
    source: SegmentTable,
    matches: torch.Tensor,
    void: torch.Tensor,
    head: HeadConfig,
    key: tuple[int, ...],
    backend: str,
    sheet: Sheet | None,
    fine: Fine | None,
) -> Placed:
    """The first ``head.copies`` matches of every target segment, each in the void nearest to it, or where the seed puts
    it."""
    rank, segment = _slots(len(target), min(head.copies, matches.shape[1]), matches.device)
    which, offers = matches[segment, rank], 1
    if head.place == "void":
        spare = matches[:, head.copies : offers_wanted(head)]
        which = torch.cat([which[:, None], spare[segment]], dim=1).flatten()
        offers = 1 + spare.shape[1]
    made = make(head, target, source, segment, offers, which, void, key, backend, sheet, fine)
    number, start = made.number, target.centroid[segment]
    if head.place == "seed":
        chosen = torch.arange(len(which), device=which.device) if number is None else number
        return Placed(made, segment, which, chosen, start)
    rules = offers, head.clearance, head.overlap, head.direction, backend
    chosen, centre = place_in_voids(void, made.copies, start, *rules, number)
    kept = chosen >= 0
    if number is None:
        chosen = chosen[kept]
        return Placed(made, segment[kept], which[chosen], chosen, centre[kept])
    which = torch.where(kept, which[chosen], 0)
    return Placed(made, segment, which, torch.where(kept, number[chosen], -1), centre)


def filled_up(
    target: SegmentTable,
    source: SegmentTable,
    matches: torch.Tensor,
    void: torch.Tensor,
    head: HeadConfig,
    share: float,
    key: tuple[int, ...],
    backend: str,
    sheet: Sheet | None,
    fine: Fine | None,
) -> Placed:
    """Copies that fill ``share`` of what of the ``void`` ``(H, W)`` they may take, in rounds: starts are spread evenly
    over what is left of it, one in every cell of a grid that grows narrower, each where there is most room, in an order
    drawn from ``key``.

    A start is served from the matches of the target segment that is nearest to it, as large as its cell: large copies
    first, smaller ones between them. Tables are without padding. It ends when that much is filled, or nothing fits.
    """
    device = void.device
    wide = source.diameter * (head.scale if isinstance(head.scale, float) else 1.0) + 2 * head.clearance
    free, room = void, squared_distance(void, backend)
    ground = _ground(room, head.clearance)
    goal, filled = share * ground, 0.0
    cell = float(wide.max()) if len(wide) else 0.0
    parts: list[Placed] = []
    for number in range(ROUNDS):
        if filled >= goal or cell < SMALLEST:
            break
        starts = _starts(room, int(cell), (*key, 3, number))
        fitting = _fitting(matches, wide, cell)
        if not len(starts) or not fitting.shape[1]:
            cell *= SHRINK
            continue
        segment = (starts[:, None] - target.centroid[None]).square().sum(dim=2).argmin(dim=1)
        rank = torch.arange(min(OFFERS, fitting.shape[1]), device=device)
        rank = (rank + torch.arange(len(starts), device=device)[:, None]) % fitting.shape[1]
        which = fitting[segment].gather(1, rank).flatten()
        made = make(head, target, source, segment, rank.shape[1], which, free, (*key, number), backend, sheet, fine)
        rules = rank.shape[1], head.clearance, False, head.direction, backend
        chosen, centre = place_in_voids(free, made.copies, starts, *rules, farthest=cell)
        kept = (chosen >= 0).nonzero().squeeze(1)
        once = Placed(made, segment[kept], which[chosen[kept]], chosen[kept], centre[kept])
        after = _without(free, once)
        left = squared_distance(after, backend)
        used = ground - filled - _ground(left, head.clearance)
        if used > goal - filled:
            # Too many: the first of them, in an order that is as good as any.
            held = torch.arange(len(kept), device=device) < round(len(kept) * (goal - filled) / used)
            once = Placed(made, once.segment[held], once.which[held], once.chosen[held], once.centre[held])
            parts.append(once)
            break
        parts.append(once)
        free, room, filled = after, left, filled + used
        if len(kept) < AGAIN * len(starts):
            cell *= SHRINK
    return _together(parts, device)


def _ground(room: torch.Tensor, clearance: float) -> float:
    """How many pixels copies may take: those more than ``clearance`` from what is not free, by the squared distance
    ``room`` ``(H, W)``."""
    return float((room > clearance * clearance).sum())


def _without(free: torch.Tensor, placed: Placed) -> torch.Tensor:
    """``free`` ``(H, W)`` but for the pixels of copies."""
    index, owner = placed.made.copies.taken(placed.chosen)
    y, x = (placed.centre[owner] + placed.made.copies.offset[index]).unbind(dim=1)
    inside = (y >= 0) & (y < free.shape[0]) & (x >= 0) & (x < free.shape[1])
    after = free.clone()
    after[y[inside], x[inside]] = False
    return after


def _starts(room: torch.Tensor, cell: int, key: tuple[int, ...]) -> torch.Tensor:
    """``(n, 2)`` int64: in every cell of ``cell`` by ``cell`` pixels the place with most ``room`` ``(H, W)``, if there
    is any, in an order drawn from ``key``."""
    height, width = room.shape
    tall, wide = -(-height // cell), -(-width // cell)
    y = torch.arange(height, device=room.device)[:, None]
    x = torch.arange(width, device=room.device)
    owner = (y // cell * wide + x // cell).flatten()
    # Room first, then the first in raster order, as one number.
    first = torch.arange(height * width - 1, -1, -1, device=room.device)
    rank = room.flatten().clamp(max=1 << 28) * (height * width) + first
    best = torch.full((tall * wide,), -1, dtype=torch.int64, device=room.device)
    best = best.scatter_reduce(0, owner, rank, "amax")
    best = best[best >= height * width]
    at = height * width - 1 - best % (height * width)
    order = torch.from_numpy(np.random.default_rng(key).permutation(len(at))).to(at.device)
    at = at[order]
    return torch.stack([at // width, at % width], dim=1)


def _fitting(matches: torch.Tensor, wide: torch.Tensor, cell: float) -> torch.Tensor:
    """``(T, m)`` int64: those of the ``matches`` ``(T, n)`` of target segments that are as large as a ``cell``."""
    kept = ((wide >= LEAST * cell) & (wide <= MOST * cell))[matches]
    count = int(kept.sum(dim=1).min()) if len(matches) else 0
    order = torch.argsort((~kept).long(), dim=1, stable=True)[:, :count]
    return matches.gather(1, order)


def _together(parts: list[Placed], device: torch.device) -> Placed:
    """The copies of all parts, one after the other."""
    whole = torch.zeros(0, dtype=torch.int64, device=device)
    if not parts:
        none = whole.double()
        made = Made(Turned(whole.new_zeros(1), whole.reshape(0, 2), whole), None, Pose(none, none, none, none), whole)
        return Placed(made, whole, whole, whole, whole.reshape(0, 2))
    offsets, origins, sizes = [], [], []
    for one in parts:
        index, owner = one.made.copies.taken(one.chosen)
        offsets.append(one.made.copies.offset[index])
        origins.append(one.made.copies.origin[index])
        sizes.append(whole.new_zeros(len(one.chosen)).index_add_(0, owner, torch.ones_like(owner)))
    begin = torch.cat([whole.new_zeros(1), torch.cat(sizes).cumsum(0)])
    poses = [one.made.pose.of(one.chosen) for one in parts]
    pose = Pose(*(torch.cat([getattr(one, name) for one in poses]) for name in ("cosine", "sine", "flip", "scale")))
    larger = None
    if parts[0].made.larger is not None:
        larger = torch.cat([one.made.larger[one.chosen] for one in parts if one.made.larger is not None])
    which = torch.cat([one.which for one in parts])
    copies = Turned(begin, torch.cat(offsets), torch.cat(origins))
    made = Made(copies, None, pose, which, larger, parts[0].made.least)
    segment, centre = torch.cat([one.segment for one in parts]), torch.cat([one.centre for one in parts])
    return Placed(made, segment, which, torch.arange(len(which), device=device), centre)


def _slots(targets: int, copies: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Rank and target segment of every copy that is wanted: all first ones, then all second ones."""
    number = torch.arange(targets * copies, device=device)
    return number // max(targets, 1), number % max(targets, 1)
