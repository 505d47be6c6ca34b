"""Turning, distance and placing on any device. What each returns is said in :mod:`itten.kernels.reference.voids`."""

from __future__ import annotations

from typing import Any

import torch

from itten.kernels.arguments import Copies

FAR = 1 << 30


def turn_segments(
    labels: torch.Tensor,
    box: torch.Tensor,
    centroid: torch.Tensor,
    which: torch.Tensor,
    cosine: torch.Tensor,
    sine: torch.Tensor,
    flip: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """All pixels of all turned boxes at once."""
    device, width = labels.device, labels.shape[1]
    low = (box[which, :2] - centroid[which]).double() - 0.5
    high = (box[which, 2:] - centroid[which]).double() + 0.5
    corners = torch.stack([low, torch.stack([low[:, 0], high[:, 1]], 1), torch.stack([high[:, 0], low[:, 1]], 1), high])
    squared = cosine.square() + sine.square()
    down, across = corners[..., 0] / squared, flip * corners[..., 1] / squared
    y, x = cosine * down - sine * across, sine * down + cosine * across
    first = torch.stack([y.amin(0).floor(), x.amin(0).floor()], 1).long() - 1
    extent = torch.stack([y.amax(0).ceil(), x.amax(0).ceil()], 1).long() + 1 - first + 1
    area = extent.prod(1)
    copy = torch.repeat_interleave(torch.arange(len(which), device=device), area)
    rank = torch.arange(len(copy), device=device) - (torch.cumsum(area, 0) - area)[copy]
    dy = first[copy, 0] + rank // extent[copy, 1]
    dx = first[copy, 1] + rank % extent[copy, 1]
    c, s, f, number = cosine[copy], sine[copy], flip[copy], which[copy]
    v = centroid[number, 0] + torch.floor(c * dy + s * dx + 0.5).long()
    u = centroid[number, 1] + torch.floor(f * (c * dx - s * dy) + 0.5).long()
    edge = box[number]
    inside = (v >= edge[:, 0]) & (v <= edge[:, 2]) & (u >= edge[:, 1]) & (u <= edge[:, 3])
    origin = torch.where(inside, v * width + u, 0)
    inside = inside & (labels.flatten()[origin] == number + 1)
    size = torch.zeros(len(which), dtype=torch.int64, device=device).index_add_(0, copy, inside.long())
    begin = torch.cat([size.new_zeros(1), torch.cumsum(size, 0)])
    return begin, torch.stack([dy, dx], 1)[inside], origin[inside]


def squared_distance(mask: torch.Tensor) -> torch.Tensor:
    """Columns by running extrema, then rows shift by shift until no shift can help."""
    height, width = mask.shape
    rows = torch.arange(height, device=mask.device)[:, None].expand(height, width)
    above = torch.where(mask, -height - width, rows).cummax(0).values
    below = torch.where(mask, 2 * (height + width), rows).flip(0).cummin(0).values.flip(0)
    column = torch.minimum(rows - above, below - rows)
    square = torch.where(column >= height, FAR, column * column)
    out = square.clone()
    for shift in range(1, width):
        if shift * shift >= int(out.max()):
            break
        out[:, shift:] = torch.minimum(out[:, shift:], square[:, :-shift] + shift * shift)
        out[:, :-shift] = torch.minimum(out[:, :-shift], square[:, shift:] + shift * shift)
    return out.clamp(max=FAR)


def place_segments(free: torch.Tensor, room: torch.Tensor, *arguments: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Where a copy fits is a correlation: of all places those where it covers no pixel that is taken."""
    begin, offset, start, offers, clearance, overlap, direction, _, limit = Copies(*arguments)
    height, width = free.shape
    device = free.device
    taken = ~free
    bounds = begin.tolist()
    chosen = torch.full((len(start),), -1, dtype=torch.int64, device=device)
    place = torch.zeros((len(start), 2), dtype=torch.int64, device=device)
    around = _disc(clearance, device)
    ys = torch.arange(height, device=device)[:, None]
    xs = torch.arange(width, device=device)
    for t, (cy, cx) in enumerate(start.tolist()):
        dy, dx = ys - cy, xs - cx
        square = dy * dy + dx * dx
        # One number that sorts as distance, nearer row, upwards, leftwards do.
        rank = ((square * (height + 1) + dy.abs()) * 2 + (dy > 0)) * 2 + (dx > 0)
        rank = torch.where(square <= limit, rank, _NEVER)
        if direction[2] > -1.0:
            ahead = dy * direction[0] + dx * direction[1] >= direction[2] * square.double().sqrt()
            rank = torch.where(ahead | (square == 0), rank, _NEVER)
        for copy in range(t * offers, (t + 1) * offers):
            points = offset[bounds[copy] : bounds[copy + 1]]
            if len(points) == 0:
                continue
            low, high = points.amin(0).tolist(), points.amax(0).tolist()
            if high[0] - low[0] >= height or high[1] - low[1] >= width:
                continue
            covered = _correlate(taken, points, low, high)
            inner = rank[-low[0] : height - high[0], -low[1] : width - high[1]] if max(low) <= 0 <= min(high) else None
            if inner is None:  # a copy whose centroid lies outside its own box
                inner = rank.new_full(covered.shape, _NEVER)
                top, left = max(-low[0], 0), max(-low[1], 0)
                bottom, right = min(height - high[0], height), min(width - high[1], width)
                at = inner[top + low[0] : bottom + low[0], left + low[1] : right + low[1]]
                at.copy_(rank[top:bottom, left:right])
            best = torch.where(covered, _NEVER, inner).flatten()
            index = int(best.argmin())
            if int(best[index]) >= _NEVER:
                continue
            y, x = index // covered.shape[1] - low[0], index % covered.shape[1] - low[1]
            chosen[t], place[t, 0], place[t, 1] = copy, y, x
            if not overlap:
                around_copy = (points[:, None] + around).reshape(-1, 2) + torch.tensor([y, x], device=device)
                v, u = around_copy.unbind(1)
                inside = (v >= 0) & (v < height) & (u >= 0) & (u < width)
                taken[v[inside], u[inside]] = True
            break
    return chosen, place


_NEVER = 1 << 62


def _correlate(taken: torch.Tensor, points: torch.Tensor, low: list[int], high: list[int]) -> torch.Tensor:
    """For all places at which the copy's box lies inside the picture: whether it covers a taken pixel.

    Counts are whole numbers below 2³¹, the transform is in float64: rounding cannot reach a half.
    """
    height, width = taken.shape
    shape = taken.new_zeros((height, width), dtype=torch.float64)
    shape[points[:, 0] - low[0], points[:, 1] - low[1]] = 1.0
    product = torch.fft.rfft2(taken.double()) * torch.fft.rfft2(shape).conj()
    count = torch.fft.irfft2(product, s=(height, width))
    return count[: height - high[0] + low[0], : width - high[1] + low[1]] > 0.5


def _disc(radius: float, device: torch.device) -> torch.Tensor:
    reach = int(radius)
    side = torch.arange(-reach, reach + 1, device=device)
    y, x = torch.meshgrid(side, side, indexing="ij")
    near = y * y + x * x <= radius * radius
    return torch.stack([y[near], x[near]], 1)
