"""By which angle a copy is turned."""

from __future__ import annotations

import math

import numpy as np
import torch

from itten.heads.segments import SegmentTable

# A segment whose axes differ by less than this has none; one whose third moment along its axis is smaller has no head.
ROUND, EVEN = 0.02, 0.02


def orientation(table: SegmentTable) -> torch.Tensor:
    """``(S,)`` float64: the angle of every segment's long axis, radians, counter-clockwise from the right, in (−π, π].

    The axis of the second moments, φ = ½ atan2(2μ₁₁, μ₂₀ − μ₀₂) (Hu, "Visual pattern recognition by moment invariants",
    1962, section II), with the sense in which the third moment along it is positive. 0 for a segment without a long
    axis. Sums run over integers: the same on every device.
    """
    return _axis(table)[0]


def handedness(table: SegmentTable) -> torch.Tensor:
    """``(S,)`` float64: 1 or −1, the other one for a segment's mirror image; 0 where it is as good as its own.

    The sign of ⟨v (u² + v²)⟩, v across the long axis, with the sense of the axis as in :func:`orientation`: a segment
    that has none there has no hand, either.
    """
    return _axis(table)[1]


def _axis(table: SegmentTable) -> tuple[torch.Tensor, torch.Tensor]:
    """Orientation and handedness."""
    width = table.shape[1]
    place = torch.stack([table.pixels % width, -(table.pixels // width)], dim=1)
    centre = torch.stack([table.centroid[:, 1], -table.centroid[:, 0]], dim=1)
    x, y = (place - centre[table.owner.clamp(max=len(table) - 1) if table.padded else table.owner]).unbind(dim=1)

    def total(values: torch.Tensor) -> torch.Tensor:
        return table.totals(values).double()

    size = table.size.clamp(min=1).double()
    mx, my = total(x) / size, total(y) / size
    xx, yy, xy = total(x * x) / size, total(y * y) / size, total(x * y) / size
    m20, m02, m11 = xx - mx * mx, yy - my * my, xy - mx * my
    spread, skewed = m20 + m02, torch.hypot(m20 - m02, 2 * m11)
    angle = torch.where(skewed > ROUND * spread, 0.5 * torch.atan2(2 * m11, m20 - m02), 0.0)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    m30 = total(x * x * x) / size - 3 * mx * xx + 2 * mx**3
    m03 = total(y * y * y) / size - 3 * my * yy + 2 * my**3
    m21 = total(x * x * y) / size - 2 * mx * xy - my * xx + 2 * mx * mx * my
    m12 = total(x * y * y) / size - 2 * my * xy - mx * yy + 2 * my * my * mx
    third = cosine**3 * m30 + 3 * cosine**2 * sine * m21 + 3 * cosine * sine**2 * m12 + sine**3 * m03
    long, least = skewed > ROUND * spread, EVEN * (0.5 * (spread + skewed)) ** 1.5
    flipped = long & (third < -least)
    across = cosine * (m03 + m21) - sine * (m30 + m12)
    across = torch.where(flipped, -across, across)
    hand = torch.where(long & (third.abs() > least) & (across.abs() > least), across.sign(), 0.0)
    return torch.where(flipped, torch.where(angle > 0, angle - math.pi, angle + math.pi), angle), hand


def void_orientation(void: torch.Tensor, centre: torch.Tensor, reach: torch.Tensor) -> torch.Tensor:
    """``(n,)`` float64: the angle of the long axis of the void pixels in a square about each ``centre`` ``(n, 2)``.

    ``void`` ``(H, W)`` bool, ``reach`` ``(n,)`` int64 half the square's side. Moments come from summed-area tables of
    integers (Crow, "Summed-area tables for texture mapping", 1984).
    """
    height, width = void.shape
    y = -torch.arange(height, device=void.device)[:, None].expand(height, width)
    x = torch.arange(width, device=void.device).expand(height, width)
    maps = torch.stack([torch.ones_like(x), x, y, x * x, y * y, x * y]) * void
    table = torch.nn.functional.pad(maps.cumsum(1).cumsum(2), (1, 0, 1, 0))
    top, left = (centre - reach[:, None]).clamp(min=0).unbind(1)
    bottom, right = (centre[:, 0] + reach + 1).clamp(max=height), (centre[:, 1] + reach + 1).clamp(max=width)
    sums = table[:, bottom, right] - table[:, top, right] - table[:, bottom, left] + table[:, top, left]
    count, sx, sy, sxx, syy, sxy = sums.double()
    count = count.clamp(min=1)
    m20, m02, m11 = sxx - sx * sx / count, syy - sy * sy / count, sxy - sx * sy / count
    skewed = torch.hypot(m20 - m02, 2 * m11)
    return torch.where(skewed > ROUND * (m20 + m02), 0.5 * torch.atan2(2 * m11, m20 - m02), 0.0)


def copy_angles(
    turn: str | float,
    target: SegmentTable,
    source: SegmentTable,
    owner: torch.Tensor,
    which: torch.Tensor,
    void: torch.Tensor,
    key: tuple[int, ...],
    number: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine ``(C,)`` float64 of every copy's turn, counter-clockwise.

    Copy c is source segment ``which[c]`` for target segment ``owner[c]``. ``turn`` as in
    :class:`~itten.config.HeadConfig`; ``key`` are the whole numbers that random turns are drawn from, in the order of
    the copies or of their ``number`` ``(C,)``, below C.
    """
    device = which.device
    if turn == "random":
        drawn = np.random.default_rng(key).uniform(0.0, 2.0 * math.pi, len(which))
        angle = torch.from_numpy(drawn).to(device)
        angle = angle if number is None else angle[number]
    elif turn == "align":
        angle = orientation(target)[owner] - orientation(source)[which]
    elif turn == "void":
        reach = source.diameter[which].ceil().long()
        angle = void_orientation(void, target.centroid[owner], reach) - orientation(source)[which]
    else:
        degrees = 90.0 if turn == "quarter" else float(turn)
        angle = torch.full((len(which),), math.radians(degrees), dtype=torch.float64, device=device)
    # Quarter turns must be exact: a cosine of 6e-17 would move pixels that lie on a border.
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return _snapped(cosine), _snapped(sine)


def _snapped(values: torch.Tensor) -> torch.Tensor:
    whole = values.round()
    return torch.where((values - whole).abs() < 1e-9, whole, values)
