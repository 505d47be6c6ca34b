"""Strokes grown by less than a pixel at a time, all edges at once. What is returned is said in
:mod:`itten.kernels.reference.growth`."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from itten.kernels.reference.growth import (
    BESIDE,
    CLOSING,
    CORE,
    FAINT,
    LEAST_GAP,
    SPREAD,
    STEP,
    THIN,
    WINDOW,
    looked,
)


def grow_ink(
    image: torch.Tensor, alpha: torch.Tensor, ink: torch.Tensor, limit: torch.Tensor, radius: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`itten.kernels.reference.growth.grow_ink`. The host waits for how many pixels there are at edges."""
    exact = alpha.double()
    edges = _edges(exact, limit.double(), radius)
    reach = _smoothed(edges[3])
    most = max(float(reach.max()), 0.0) if reach.numel() else 0.0
    if most == 0.0:
        return image.clone(), alpha.clone()
    window = int(most) + WINDOW
    near = functional.max_pool2d((reach >= 0)[None].float(), 2 * window + 1, 1, window)[0] > 0
    y, x = (near & (exact < 1.0)).nonzero().unbind(dim=1)
    if not len(y):
        return image.clone(), alpha.clone()
    stack = torch.cat([edges[:3], reach[None], ink.double()])
    padded = functional.pad(stack, (window, window, window, window), value=-1.0)
    offsets = [(i, j) for i in range(2 * window + 1) for j in range(2 * window + 1)]
    nearest = torch.full((len(y),), math.inf, dtype=torch.float64, device=image.device)
    facing = torch.zeros((2, len(y)), dtype=torch.float64, device=image.device)
    for i, j in offsets:
        found = padded[:4, y + i, x + j]
        apart, _ = _apart(found, i - window, j - window)
        facing = torch.where(apart < nearest, found[:2], facing)
        nearest = torch.minimum(nearest, apart)
    totals = torch.zeros((6, len(y)), dtype=torch.float64, device=image.device)
    for i, j in offsets:
        found = padded[:, y + i, x + j]
        apart, along = _apart(found[:4], i - window, j - window)
        apart = apart - nearest
        weight = torch.where(apart < 4.0 * SPREAD, torch.exp(-apart / SPREAD), 0.0)
        # What faces the other way is the other side of a thin stroke.
        same = ((found[:2] * facing).sum(dim=0) + 0.5).clamp(0.0, 1.0)
        weight = torch.where(found[3] >= 0, same * weight, 0.0)
        totals += weight * torch.cat([torch.ones_like(along)[None], along[None], found[3:]])
    mean = totals[1:] / totals[0].clamp(min=1e-300)
    before = exact[y, x]
    more = (0.5 - mean[0] + mean[1]).clamp(0.0, 1.0) - (0.5 - mean[0]).clamp(0.0, 1.0)
    after = (before + more).clamp(max=1.0)
    grows = (more > 0.0) & (nearest <= window + 1.0)
    share = torch.where(grows, (after - before) / (1.0 - before), 0.0)
    out, cover = image.clone(), alpha.clone()
    held = image[:, y, x].double()
    out[:, y, x] = (held + share * (mean[2:] - held)).to(image.dtype)
    cover[y, x] = torch.where(grows, after, before).to(alpha.dtype)
    return out, cover


def _apart(edge: torch.Tensor, i: int, j: int) -> tuple[torch.Tensor, torch.Tensor]:
    """How far pixels are from the edges ``(dy, dx, end, reach)`` of those that lie (i, j) from them, and how far out of
    the ink."""
    dy, dx = -i - edge[2] * edge[0], -j - edge[2] * edge[1]
    apart = torch.where(edge[3] >= 0, (dy.square() + dx.square()).sqrt(), math.inf)
    return apart, dy * edge[0] + dx * edge[1]


def _smoothed(reach: torch.Tensor) -> torch.Tensor:
    held = (reach >= 0).double()
    stack = torch.stack([torch.where(reach >= 0, reach, 0.0), held])
    total, count = functional.avg_pool2d(stack[None], 5, 1, 2, divisor_override=1)[0]
    return torch.where(reach >= 0, total / count.clamp(min=1.0), -1.0)


def _edges(alpha: torch.Tensor, limit: torch.Tensor, most: float) -> torch.Tensor:
    """``(4, H, W)``: for every pixel the direction out of the ink, how far in it the ink ends, and how far that may
    move, −1 where there is no edge."""
    across, far = looked(most)
    around = functional.pad(alpha[None], (1, 1, 1, 1), mode="replicate")
    high = functional.max_pool2d(around, 3, 1)[0]
    low = -functional.max_pool2d(-around, 3, 1)[0]
    down, right = _slope(alpha)
    length = (down.square() + right.square()).sqrt()
    y, x = ((low < 1.0) & (high - low > 0.1) & (length >= 1e-3)).nonzero().unbind(dim=1)
    dy, dx = down[y, x] / length[y, x], right[y, x] / length[y, x]

    def at(t: torch.Tensor) -> torch.Tensor:
        return _bilinear(alpha, y + t * dy, x + t * dx)

    here = alpha[y, x]
    zero = torch.zeros_like(here)
    ends, moment, value, t, going = zero, zero, here, zero, here >= 0

    def first(t: torch.Tensor, value: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        return torch.where(going, 0.5 * STEP * (value * t + after * (t + STEP)), 0.0)

    for _ in range(int(2.0 / STEP)):
        after = at(t + STEP)
        going = going & (after <= value)
        moment = moment + first(t, value, after)
        ends = torch.where(going, ends + 0.5 * STEP * (value + after), ends)
        value, t = torch.where(going, after, value), torch.where(going, t + STEP, t)
    gap, outer = t - ends, t
    for _ in range(math.ceil(far / STEP)):
        going = (outer < far) & (value < 0.5)
        value = torch.where(going, at(outer + STEP), value)
        gap = torch.where(going, gap + STEP * (1.0 - value), gap)
        outer = torch.where(going, outer + STEP, outer)
    lacks, value, inner, going = zero, here, zero, here >= 0
    for _ in range(int(2.0 / STEP)):
        after = at(-inner - STEP)
        going = going & (after >= value) & (value < 1.0)
        lacks = torch.where(going, lacks + 0.5 * STEP * (2.0 - value - after), lacks)
        moment = moment - first(inner, value, after)
        value, inner = torch.where(going, after, value), torch.where(going, inner + STEP, inner)
    peak, broad, best, going = value, ends + inner - lacks, value, here >= 0
    for _ in range(math.ceil(across / STEP)):
        after = at(-inner - STEP)
        going = going & (inner < across) & ~((value < 0.5 * best) & ((after > value) | (value < FAINT)))
        moment = moment - first(inner, value, after)
        broad = torch.where(going, broad + 0.5 * STEP * (value + after), broad)
        best, value = torch.where(going, torch.maximum(best, after), best), torch.where(going, after, value)
        inner = torch.where(going, inner + STEP, inner)
    reach = torch.where(inner < across, (limit[y, x] * broad).clamp(max=most), 0.0)
    end = torch.where(broad > THIN, ends - lacks, moment / broad.clamp(min=1e-9) + 0.5 * broad)
    gap = gap + ends - end
    closing = torch.minimum(CLOSING * gap, 0.5 * (gap - LEAST_GAP))
    reach = torch.where(outer < far, torch.minimum(reach, closing), reach).clamp(min=0.0)
    reach = torch.where((end.abs() <= BESIDE) & (peak >= CORE), reach, -1.0)
    out = torch.zeros((4, *alpha.shape), dtype=torch.float64, device=alpha.device)
    out[3] = -1.0
    out[:, y, x] = torch.stack([dy, dx, end, reach])
    return out


def _slope(alpha: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Down the slope of α, weighted by a Gaussian of one pixel."""
    height, width = alpha.shape
    padded = functional.pad(alpha[None], (2, 2, 2, 2), mode="replicate")[0]
    down, right = torch.zeros_like(alpha), torch.zeros_like(alpha)
    for i in range(-2, 3):
        for j in range(-2, 3):
            value = math.exp(-0.5 * (i * i + j * j)) * padded[i + 2 : i + 2 + height, j + 2 : j + 2 + width]
            down, right = down - i * value, right - j * value
    return down, right


def _bilinear(alpha: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    height, width = alpha.shape
    y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)
    i, j = y.long(), x.long()
    v, u = y - i, x - j
    below, right = (i + 1).clamp(max=height - 1), (j + 1).clamp(max=width - 1)
    upper = alpha[i, j] * (1 - u) + alpha[i, right] * u
    return upper * (1 - v) + (alpha[below, j] * (1 - u) + alpha[below, right] * u) * v
