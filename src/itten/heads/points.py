"""Points: pixels of copies on a target."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch.nn import functional

# A pixel that is covered less looks as before in 8 bits.
SEEN = 1 / 255


@dataclass(frozen=True)
class Points:
    """Pixels that land on the target, in the order in which they are painted.

    ``place`` ``(P,)`` int64: raster index on the target; ``origin`` ``(P,)`` int64: raster index in the source;
    ``owner`` ``(P,)`` int64: the number of the copy, ascending.

    Padded points, of at most ``copies`` copies on a target of ``pixels`` pixels, may be none at all: their place is
    ``pixels``, their owner ``copies``, their origin 0. Both are None where there is no padding.

    Soft points carry what they were read as between the source's pixels: ``colour`` ``(3, P)``, and ``coverage``
    ``(P,)`` in [0, 1], how much of their pixel they cover. Both are None where points are whole pixels.

    Points that are traced know besides ``linear`` ``(n, 2, 2)`` float64, the way (y, x) from the source to the target
    of each of n copies, turn, mirror and scale, and soft ones ``spot`` ``(P, 2)`` float64, where between the source's
    pixels they were read.
    """

    place: torch.Tensor
    origin: torch.Tensor
    owner: torch.Tensor
    pixels: int | None = None
    copies: int | None = None
    colour: torch.Tensor | None = None
    coverage: torch.Tensor | None = None
    spot: torch.Tensor | None = None
    linear: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.place)

    @staticmethod
    def none(device: torch.device) -> Points:
        """No pixels at all."""
        nothing = torch.zeros(0, dtype=torch.int64, device=device)
        return Points(nothing, nothing, nothing)

    def where(self, keep: torch.Tensor) -> Points:
        """Those with ``keep`` ``(P,)`` bool."""
        if self.pixels is None or self.copies is None:
            return self._only(keep)
        place = torch.where(keep, self.place, self.pixels)
        origin, owner = torch.where(keep, self.origin, 0), torch.where(keep, self.owner, self.copies)
        return replace(self, place=place, origin=origin, owner=owner)

    def trimmed(self) -> Points:
        """Without padding. The host waits for the device if there is any."""
        if self.pixels is None:
            return self
        return replace(self._only(self.place < self.pixels), pixels=None, copies=None)

    def _only(self, keep: torch.Tensor) -> Points:
        colour = None if self.colour is None else self.colour[:, keep]
        covered = None if self.coverage is None else self.coverage[keep]
        spot = None if self.spot is None else self.spot[keep]
        place, origin, owner = self.place[keep], self.origin[keep], self.owner[keep]
        return Points(place, origin, owner, self.pixels, self.copies, colour, covered, spot, self.linear)

    def over(self, mask: torch.Tensor) -> torch.Tensor:
        """``(P,)`` bool: which points lie where ``mask`` ``(H, W)`` is True."""
        return functional.pad(mask.flatten(), (0, 1))[self.place]

    def added(self, mask: torch.Tensor) -> torch.Tensor:
        """``mask`` ``(H, W)`` bool, and True where points are."""
        flat = functional.pad(mask.flatten(), (0, 1))
        if self.coverage is None:
            flat[self.place] = True
        else:
            flat[torch.where(self.coverage > SEEN, self.place, flat.shape[0] - 1)] = True
        return flat[:-1].reshape(mask.shape)


@dataclass(frozen=True)
class Layer:
    """Pixels of copies before they are placed: ``origin`` and ``number`` ``(P,)`` int64, ``chosen`` ``(n,)`` int64 of
    all copies. Padded pixels have the number n, padded copies are −1; their owners do not count them. ``colour``,
    ``coverage`` and what is traced as in :class:`Points`."""

    origin: torch.Tensor
    number: torch.Tensor
    chosen: torch.Tensor
    shape: tuple[int, int]
    padded: bool
    colour: torch.Tensor | None = None
    coverage: torch.Tensor | None = None
    spot: torch.Tensor | None = None
    linear: torch.Tensor | None = None

    def of(self, each: torch.Tensor) -> torch.Tensor:
        """``each`` ``(n, …)`` copy's value for every pixel."""
        return each[self.number.clamp(max=len(each) - 1) if self.padded else self.number]

    def points(self, place: torch.Tensor) -> Points:
        """The pixels at ``place`` ``(P, 2)``, those outside the image left out."""
        height, width = self.shape
        y, x = place.unbind(dim=1)
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        points = Points(y * width + x, self.origin, self.number)
        if self.padded:
            inside = inside & (self.number < len(self.chosen))
            owner = self.of((self.chosen >= 0).cumsum(0) - 1)
            points = Points(points.place, self.origin, owner, height * width, len(self.chosen))
        linear = self.linear
        if linear is not None and self.padded:
            linear = linear[self.chosen >= 0]
        soft = replace(points, colour=self.colour, coverage=self.coverage, spot=self.spot, linear=linear)
        return soft.where(inside)
