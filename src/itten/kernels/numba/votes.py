"""Labels that change by what lies around them."""

from __future__ import annotations

import numpy as np

from itten.kernels.numba.jit import kernel

# Of a window so many labels are told apart, the first ones in raster order.
SEVERAL = 32


def vote_labels(labels, guide, where, near, sharp, floor):
    """As :func:`itten.kernels.reference.votes.vote_labels`."""
    first, second = np.empty(len(where), np.int32), np.empty(len(where), np.int32)
    margin = np.empty(len(where), np.float32)
    _votes(
        0,
        len(where),
        np.ascontiguousarray(labels, np.int32),
        np.ascontiguousarray(guide, np.float32),
        np.ascontiguousarray(where, np.int64),
        np.ascontiguousarray(near, np.float32),
        float(sharp),
        float(floor),
        first,
        second,
        margin,
    )
    return first, second, margin


@kernel("i8 i8 i4[2] f4[3] i8[1] f4[2] f8 f8 i4[1] i4[1] f4[1]", shared=True, fast=False)
def _votes(begin, end, labels, guide, where, near, sharp, floor, first, second, margin):
    height, width = labels.shape
    channels = guide.shape[2]
    radius = near.shape[0] // 2
    names = np.empty(SEVERAL, np.int32)
    votes = np.empty(SEVERAL, np.float32)
    scale, least = np.float32(sharp), np.float32(floor)
    one = np.float32(1.0)
    for number in range(begin, end):
        at = where[number]
        y, x = at // width, at % width
        count = 0
        total = np.float32(0.0)
        for i in range(max(y - radius, 0), min(y + radius + 1, height)):
            last = 0
            for j in range(max(x - radius, 0), min(x + radius + 1, width)):
                weight = near[i - y + radius, j - x + radius]
                if scale > 0:
                    apart = np.float32(0.0)
                    for c in range(channels):
                        step = guide[i, j, c] - guide[y, x, c]
                        apart += step * step
                    fall = one / (one + scale * apart)
                    weight *= least + (one - least) * fall * fall
                total += weight
                name = labels[i, j]
                if last < count and names[last] == name:
                    votes[last] += weight
                    continue
                last = 0
                while last < count and names[last] != name:
                    last += 1
                if last < count:
                    votes[last] += weight
                elif count < SEVERAL:
                    names[count] = name
                    votes[count] = weight
                    count += 1
        best, next_ = 0, -1
        for k in range(1, count):
            if votes[k] > votes[best] or (votes[k] == votes[best] and names[k] < names[best]):
                best, next_ = k, best
            elif next_ < 0 or votes[k] > votes[next_] or (votes[k] == votes[next_] and names[k] < names[next_]):
                next_ = k
        first[number] = names[best]
        second[number] = names[best] if next_ < 0 else names[next_]
        lost = np.float32(0.0) if next_ < 0 else votes[next_]
        margin[number] = (votes[best] - lost) / total if total > 0 else one
