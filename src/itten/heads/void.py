"""Voids: where the target has no content, and where in them a copy fits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from itten.kernels import choose, kernel
from itten.kernels.registry import ARRAY_BACKENDS

# Half the angle of the cone in which a copy looks for room when a direction is asked for, degrees.
CONE = 30.0


def void_map(gate: torch.Tensor, contour: torch.Tensor) -> torch.Tensor:
    """``(H, W)`` bool: high gate and no contour."""
    return (gate >= 0.5) & ~contour


@dataclass(frozen=True)
class Turned:
    """C copies of segments, turned: pixels ``begin[c] … begin[c + 1]`` belong to copy c, in raster order.

    ``offset`` ``(P, 2)`` int64 (y, x) from the segment's centroid after turning, ``origin`` ``(P,)`` int64 raster
    indices in the source.
    """

    begin: torch.Tensor
    offset: torch.Tensor
    origin: torch.Tensor

    def taken(self, which: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Indices into ``offset`` and ``origin`` of the copies ``which`` ``(n,)`` one after the other, and for each the
        position in ``which``."""
        size = (self.begin[1:] - self.begin[:-1])[which]
        owner = torch.repeat_interleave(torch.arange(len(which), device=which.device), size)
        rank = torch.arange(len(owner), device=which.device) - (torch.cumsum(size, 0) - size)[owner]
        return self.begin[which][owner] + rank, owner

    def placed(self, which: torch.Tensor, room: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """As :meth:`taken`, where ``which`` is −1 for no copy at all, in ``room`` entries, which have to be enough:
        those left over are 0 and have the position n. Without ``room`` the host waits for how many there are."""
        held, known = which >= 0, which.clamp(min=0)
        first = self.begin[:-1][known]
        size = torch.where(held, self.begin[1:][known] - first, 0)
        end = size.cumsum(0)
        rank = torch.arange(int(end[-1]) if room is None else room, device=which.device)
        owner = torch.searchsorted(end, rank, right=True)
        own = owner.clamp(max=len(which) - 1)
        return torch.where(owner < len(which), first[own] + rank - (end - size)[own], 0), owner


def turned(
    labels: torch.Tensor,
    box: torch.Tensor,
    centroid: torch.Tensor,
    which: torch.Tensor,
    cosine: torch.Tensor,
    sine: torch.Tensor,
    backend: str = "auto",
    room: int | None = None,
    flip: torch.Tensor | None = None,
) -> Turned:
    """Segments ``which`` ``(C,)`` turned counter-clockwise about their centroids by inverse mapping.

    ``cosine`` and ``sine`` ``(C,)`` are divided by how many times larger a copy is; where ``flip`` ``(C,)`` is −1 it is
    mirrored left to right before it is turned.

    ``labels`` ``(H, W)`` int64, 1 + a segment's number; ``box`` and ``centroid`` as in a
    :class:`~itten.heads.segments.SegmentTable`. Every pixel of a copy takes the nearest pixel of the segment: copies
    have no holes, and no colour appears that the segment does not have. With ``room``, which Triton's kernel alone
    takes, copies of segment −1 are empty and there are so many pixels, the last of which may be nobody's.
    """
    spare, flip = () if room is None else (room,), torch.ones_like(cosine) if flip is None else flip
    posed = cosine.double(), sine.double(), flip.double()
    return Turned(*_run("turn_segments", labels.device, backend, labels, box, centroid, which, *posed, *spare))


def squared_distance(mask: torch.Tensor, backend: str = "auto") -> torch.Tensor:
    """``(H, W)`` int64: squared Euclidean distance, in pixels, to the nearest pixel where ``mask`` is False."""
    return _run("squared_distance", mask.device, backend, mask)[0]


def place_in_voids(
    void: torch.Tensor,
    copies: Turned,
    start: torch.Tensor,
    offers: int,
    clearance: float = 2.0,
    overlap: bool = False,
    direction: float | None = None,
    backend: str = "auto",
    which: torch.Tensor | None = None,
    farthest: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each of T starts ``(T, 2)`` the nearest place in ``void`` ``(H, W)`` where one of its ``offers`` copies fits.

    Copies t · offers … (t + 1) · offers − 1 are those of start t, the first that fits somewhere is taken. A copy fits
    where all its pixels are void and more than ``clearance`` pixels from what is not. Starts are served in their order;
    where a copy lies, and within ``clearance`` of it, no other may, unless ``overlap``. ``direction``, in degrees,
    counter-clockwise from the right: only places within 30° of it. ``farthest``: only places within so many pixels.
    With ``which`` ``(T · offers,)``, which Triton's kernel alone takes, copy c is number ``which[c]`` of ``copies``,
    and −1 is none.

    Returns ``chosen`` ``(T,)`` int64, number of the copy or −1, and ``place`` ``(T, 2)`` int64, (y, x) of its centroid.
    """
    free = void if clearance == 0 else squared_distance(void, backend) > clearance * clearance
    room = squared_distance(free, backend)
    ahead = (0.0, 1.0, -1.0)
    if direction is not None:
        angle = math.radians(direction)
        ahead = (-math.sin(angle), math.cos(angle), math.cos(math.radians(CONE)))
    arguments = (free, room, copies.begin, copies.offset, start, offers, clearance, overlap, ahead)
    square = () if farthest is None else (int(farthest * farthest),)
    shared = () if which is None and not square else (which,)
    chosen, place = _run("place_segments", void.device, backend, *arguments, *shared, *square)
    return chosen, place


def _run(operation: str, device: torch.device, backend: str, *arguments: object) -> tuple[torch.Tensor, ...]:
    """The kernel of ``operation``, given arrays or tensors as it wants them."""
    chosen = choose(operation, device.type, backend)
    if chosen in ARRAY_BACKENDS:
        arguments = tuple(one.numpy() if isinstance(one, torch.Tensor) else one for one in arguments)
    found = kernel(operation, chosen)(*arguments)
    parts = found if isinstance(found, tuple) else (found,)
    return tuple(one if isinstance(one, torch.Tensor) else torch.from_numpy(one) for one in parts)
