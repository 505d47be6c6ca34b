"""Connected components by union and find without locks: three launches, none of which the host waits for."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

PIXELS = 256


def label_components(classes: torch.Tensor, block: int = PIXELS) -> torch.Tensor:
    """``(H, W)`` int64: 0 where ``classes`` (bool or int) is 0, else 1 + the raster index of the component's first
    pixel.

    4-connected, within a class. Every pixel first points to the start of its run of equal classes (within ``block``
    columns); then runs that touch are united, the larger root hooked to the smaller by an atomic minimum; then
    every pixel looks up its root, which is the smallest index there is. A pointer only ever falls, and
    a union that meets another's hook goes on with what it found there: whatever the order, the end is the same
    (Komura, "GPU-based cluster-labeling algorithm without the use of conventional iteration", 2015; Playne & Hawick,
    "A new algorithm for parallel connected-component labelling on GPUs", 2018).
    """
    height, width = classes.shape
    values = (classes.to(torch.uint8) if classes.dtype == torch.bool else classes).contiguous()
    parent = torch.empty((height, width), dtype=torch.int32, device=classes.device)
    labels = torch.empty((height, width), dtype=torch.int64, device=classes.device)
    if labels.numel():
        grid = (height, triton.cdiv(width, block))
        with torch.cuda.device_of(values):
            _runs[grid](values, parent, width, BLOCK=block)
            _unite[grid](values, parent, width, BLOCK=block)
            _name[grid](values, parent, labels, width, BLOCK=block)
    return labels


@triton.jit
def _later(a, b):
    return tl.maximum(a, b)


@triton.jit
def _runs(classes, parent, width, BLOCK: tl.constexpr):
    y = tl.program_id(0)
    lane = tl.arange(0, BLOCK)
    x = tl.program_id(1) * BLOCK + lane
    live = x < width
    here = tl.load(classes + y * width + x, mask=live, other=0)
    left = tl.load(classes + y * width + x - 1, mask=live & (lane > 0), other=0)
    begins = (here == 0) | (left != here) | (lane == 0)
    first = tl.associative_scan(tl.where(begins, x, 0), 0, _later)
    tl.store(parent + y * width + x, y * width + first, mask=live)


@triton.jit
def _root(parent, at, active):
    # A pointer read too early is old, never wrong: it leads to a pixel of the same component.
    up = tl.load(parent + at, mask=active, other=0)
    while tl.max((active & (up != at)).to(tl.int32), 0) > 0:
        at = tl.where(active, up, at)
        up = tl.load(parent + at, mask=active, other=0)
    return at


@triton.jit
def _union(parent, a, b, active):
    while tl.max(active.to(tl.int32), 0) > 0:
        a = _root(parent, a, active)
        b = _root(parent, b, active)
        high, low = tl.maximum(a, b), tl.minimum(a, b)
        active = active & (high != low)
        old = tl.atomic_min(parent + high, low, mask=active)
        # Somebody was faster: what they hooked there still has to meet ``low``. ``old`` < ``high``, so this ends.
        a = tl.where(active, old, low)
        b = low
        active = active & (old != high)


@triton.jit
def _unite(classes, parent, width, BLOCK: tl.constexpr):
    y = tl.program_id(0)
    lane = tl.arange(0, BLOCK)
    x = tl.program_id(1) * BLOCK + lane
    live = x < width
    at = y * width + x
    here = tl.load(classes + at, mask=live, other=0)
    left = tl.load(classes + at - 1, mask=live & (x > 0), other=0)
    above = tl.load(classes + at - width, mask=live & (at >= width), other=0)
    corner = tl.load(classes + at - width - 1, mask=live & (at >= width) & (x > 0), other=0)
    inside = live & (here != 0)
    _union(parent, at, at - 1, inside & (lane == 0) & (left == here))
    # Of two runs that touch along several columns, the first column unites them.
    known = (lane > 0) & (left == here) & (corner == here)
    _union(parent, at, at - width, inside & (above == here) & (known == 0))


@triton.jit
def _name(classes, parent, labels, width, BLOCK: tl.constexpr):
    y = tl.program_id(0)
    x = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    live = x < width
    at = y * width + x
    inside = live & (tl.load(classes + at, mask=live, other=0) != 0)
    root = _root(parent, at, inside)
    tl.store(labels + at, tl.where(inside, root + 1, 0).to(tl.int64), mask=live)
