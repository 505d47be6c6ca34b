"""Protection: fine features of a picture, and how growth and copies leave them be."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from itten.heads.content import CORE, around, counted, grain, grown, paper, strongest
from itten.heads.device import host_kernel
from itten.heads.moments import grey
from itten.heads.segments import find_labels
from itten.kernels import kernel
from itten.kernels.reference.marks import BINS, squares

# Fine features are narrower than a twentieth of the shorter side, and than eight pixels in small pictures.
FINE, LEAST_REACH = 40, 4
# They differ from their ground by more than can be seen; in a photograph, where something always stands out, by so many
# times the root mean square of what does.
SEEN, USUAL = 0.03, 1.0
# So many times the deviation of the noisiest channel's grain is what grain leaves below a closing of any of the three.
GRAIN = 6.0
# What differs less than that, and has fewer pixels, is a speck of the paper.
SURE, FEWEST = 0.08, 24
# Between white and black lies what is so much of their difference away from both.
MIDDLE = 0.15
# It is dither where so many pixels differ from all four neighbours, to one side, and by so much of what neighbours
# differ by around.
DITHER, ALONE = 0.03, 0.75
# A drawing has one paper, or two of so many grey values, give or take two, together make up so much of it.
LEVELS, GROUNDS = 255, 0.6
# In doubt dark marks are no gaps: unless around them there is so many times more of their own value.
DARK = 1.5


@dataclass(frozen=True)
class Protection:
    """The fine features of a picture: ``mask`` ``(H, W)`` bool, fringes included; ``colour`` ``(3, H, W)``, that of the
    strongest pixel of the feature nearby; ``paper`` ``()``, the grey value of the ground, infinite where there is no
    such value."""

    mask: torch.Tensor
    colour: torch.Tensor
    paper: torch.Tensor

    def spared(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """``after`` ``(3, H, W)``, but on features ``before`` wherever ``after`` is no nearer to their own colour."""
        return torch.where(self.undone(before, after), before, after)

    def undone(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """``(H, W)`` bool: where :meth:`spared` leaves ``before``."""
        gone = (after - self.colour).square().sum(dim=0) > (before - self.colour).square().sum(dim=0)
        return self.mask & gone

    def drawn(self, image: torch.Tensor, content: torch.Tensor) -> torch.Tensor:
        """``content`` ``(H, W)`` bool of ``image`` ``(3, H, W)`` without what has the value of the ground."""
        return content & ((grey(image) - self.paper).abs() > SEEN)


@dataclass(frozen=True)
class Start:
    """What the picture decides that a run begins with: whether it is a ``photograph``, or a hard picture so ``crowded``
    with dots that no paper is left; and which features are ``kept``, and those of its working size, ``small``; None for
    none."""

    photograph: bool = False
    crowded: bool = False
    kept: Protection | None = None
    small: Protection | None = None


UNKNOWN = Start()


def photograph(image: torch.Tensor, soft_edges: bool) -> bool:
    """Whether a picture ``(3, H, W)`` is no drawing: it has soft edges, and neither one grey value nor two make up most
    of it. The host waits for the answer."""
    return soft_edges and not bool(_flat(grey(image)))


def protected(image: torch.Tensor, backend: str = "auto") -> Protection:
    """The fine features of a picture ``(3, H, W)``: thin marks and small things of any colour, found locally.

    A mark is darker in one of the channels than its closing by squares of a fortieth of the shorter side, or lighter
    than its opening, by more than can be seen and than grain does. In a drawing a mark as light as the lightest nearby
    may be a gap between dark ones: it is a feature where light marks cover less than dark ones. A dark mark is a gap
    where light ones cover less than half as much, but are there. Features are, too, what lies between a lighter and a
    darker ground, as a grey line does that parts white from black. In a photograph features are all marks that stand
    out more than is usual there. Where a picture is dither there are none.
    """
    values = grey(image).to(image.dtype)
    reach = max(min(image.shape[-2:]) // FINE, LEAST_REACH)
    dark, light = _standing(image, reach, backend)
    usual = USUAL * torch.maximum(dark, light).double().square().mean(dim=1).mean().sqrt().to(values.dtype)
    drawing, noise = _flat(values, backend), torch.stack([grain(one, backend) for one in image]).amax()
    floor = torch.clamp(GRAIN * noise, min=SEEN)
    floor = torch.where(drawing, floor, torch.maximum(floor, usual))
    below, above = _standing(values[None], reach, backend)
    light = torch.where(drawing & _gaps(values, values - above, reach, 1.0), 0.0, light)
    dark = torch.where(drawing & _gaps(values, values + below, reach, DARK), 0.0, dark)
    strength = torch.maximum(dark, light)
    strength = torch.maximum(strength, torch.where(drawing, _between(values, reach, floor), 0.0))
    strength = torch.where(_dither(values, reach), 0.0, strength)
    found, sure = strength > floor, strength > torch.clamp(floor, min=SURE)
    found = found & (_many(found, backend) | grown(sure, CORE, backend))
    _, index = strongest(strength, CORE, backend)
    # In a photograph features stay as they are: what grows there is no stroke.
    colour = torch.where(drawing, image.flatten(1)[:, index.flatten()].reshape(image.shape), image)
    value, one = paper(values, backend)
    return Protection(found, colour, torch.where(one, value, torch.inf).to(values.dtype))


def _standing(image: torch.Tensor, reach: int, backend: str) -> tuple[torch.Tensor, torch.Tensor]:
    """How far a pixel is darker than its closing, and lighter than its opening, in that channel where it is most."""
    close = host_kernel("closed", backend, image) or kernel("closed", "torch")
    dark, light = zip(*((close(one, reach) - one, one + close(-one, reach)) for one in image), strict=True)
    return torch.stack(dark).amax(dim=0), torch.stack(light).amax(dim=0)


def _gaps(values: torch.Tensor, ground: torch.Tensor, reach: int, more: float) -> torch.Tensor:
    """Where what looks like a mark on the grey values ``ground`` is itself the ground: around it there is ``more`` of
    its own value than of the ground's. The border between both is half-way."""
    height, width = values.shape
    step, top, left = squares(height, width, 2 * reach)
    down, across = ((size + 2 * over) // step for size, over in ((height, top), (width, left)))
    rows, columns = ((torch.arange(n, device=values.device) + m) // step for n, m in ((height, top), (width, left)))
    cell = rows[:, None] * across + columns
    level = (values * BINS).long().clamp(0, BINS - 1)
    count = counted(cell * BINS + level, down * across * BINS).reshape(down, across, BINS).permute(2, 0, 1)
    below = functional.pad(count.cumsum(0), (0, 0, 0, 0, 1, 0)).to(values.dtype)
    # Sums over 9 × 9 cells: whole numbers, exact in any order.
    below = functional.avg_pool2d(functional.pad(below, (4, 4, 4, 4)), 9, 1, divisor_override=1)
    below = (below / below[-1]).flatten(1)
    half = 0.5 * (values - ground)

    def share(value: torch.Tensor) -> torch.Tensor:
        at = value.clamp(0.0, 1.0) * BINS
        low = at.floor().clamp(max=BINS - 1)
        lower, upper = (below[(low + more).long(), cell] for more in (0, 1))
        return lower + (at - low) * (upper - lower)

    middle = share(values - half)
    own, others = (share(values + half) - middle).abs(), (middle - share(ground - half)).abs()
    return (own > more * others) & (half.abs() > 0.5 * SEEN)


def _between(values: torch.Tensor, reach: int, floor: torch.Tensor) -> torch.Tensor:
    """How far a pixel is from the lightest and from the darkest value around, where it lies on no broad ground, and
    well between the two: lines there and, in a soft picture, fringes, which need not be told apart."""
    low, high = -_largest(-values, reach), _largest(values, reach)
    whole = high - low
    broad = _largest((whole <= floor).to(values.dtype), reach) > 0
    least = torch.minimum(values - low, high - values)
    found = ~broad & (least > MIDDLE * whole)
    return torch.where(found, least, 0.0)


def _dither(values: torch.Tensor, reach: int) -> torch.Tensor:
    """Where pixels that are lighter than all four neighbours, or darker, are many."""
    edge = functional.pad(values[None], (1, 1, 1, 1), mode="replicate")[0]
    beside = torch.stack([edge[:-2, 1:-1], edge[2:, 1:-1], edge[1:-1, :-2], edge[1:-1, 2:]])
    most, fewest = beside.amax(dim=0), beside.amin(dim=0)
    alone, apart = torch.maximum(values - most, fewest - values), torch.maximum(values, most) - fewest
    alone = alone > torch.clamp(ALONE * around(apart, 4 * reach), min=SEEN)
    return around(alone.to(values.dtype), 4 * reach) > DITHER


def _many(mask: torch.Tensor, backend: str) -> torch.Tensor:
    """``mask`` ``(H, W)`` without pieces of few pixels."""
    labels = find_labels(mask, backend)
    return mask & (counted(labels, labels.numel() + 1) >= FEWEST)[labels]


def _largest(values: torch.Tensor, reach: int) -> torch.Tensor:
    side = 2 * reach + 1
    rows = functional.max_pool2d(values[None], (side, 1), 1, (reach, 0))
    return functional.max_pool2d(rows, (1, side), 1, (0, reach))[0]


def _flat(values: torch.Tensor, backend: str = "auto") -> torch.Tensor:
    """``()`` bool: whether a picture has one paper, or two grey values make up most of it."""
    count = counted((values * LEVELS).round().long().clamp(0, LEVELS), LEVELS + 1)
    count = functional.pad(count, (2, 2)).unfold(0, 5, 1).sum(dim=1)
    apart = (torch.arange(LEVELS + 1, device=values.device) - count.argmax()).abs()
    second = torch.where(apart > 4, count, 0).amax()
    return paper(values, backend)[1] | (count.amax() + second >= GROUNDS * values.numel())


class Protect(nn.Module):
    """:func:`protected`."""

    def __init__(self, backend: str = "auto") -> None:
        super().__init__()
        self.backend = backend

    def forward(self, image: torch.Tensor) -> Protection:
        return protected(image, self.backend)
