"""Large segments cut into pieces of a size, along the spectrum."""

from __future__ import annotations

from collections.abc import Callable

import torch

from itten.heads.segments import SegmentTable

# A segment is halved so many times at most.
ROUNDS = 20
# Sums run over integers: vectors of unit root mean square times this.
FIXED_POINT = float(1 << 24)


def cut_to_size(
    classes: torch.Tensor,
    vectors: torch.Tensor,
    widest: float,
    find: Callable[[torch.Tensor], SegmentTable],
) -> torch.Tensor:
    """``classes`` ``(H, W)`` int64 of pixels, 0 for none, in which no segment has a diameter of more than ``widest``
    pixels, as far as twenty halvings go.

    ``find`` makes segments of classes. Each that is too large is parted at the mean of that of the ``vectors``
    ``(n, H, W)`` which varies most within it: along a level line of what varies least from pixel to pixel. The host
    waits for the device.
    """
    maps = vectors.flatten(1)
    for _ in range(ROUNDS):
        table = find(classes).trimmed()
        large = table.diameter > widest
        if not bool(large.any()):
            break
        chosen = large[table.owner]
        pixels, owner = table.pixels[chosen], table.owner[chosen]
        values, count = (maps[:, pixels].double() * FIXED_POINT).round().long(), table.size.clamp(min=1)
        nothing = torch.zeros((len(maps), len(table)), dtype=torch.int64, device=maps.device)
        mean = torch.div(nothing.index_add(1, owner, values), count, rounding_mode="floor")
        apart = (values - mean[:, owner]) // 256  # so that squares of a whole picture fit into 64 bits
        spread = nothing.index_add(1, owner, apart * apart) // count
        widest_vector = spread.argmax(dim=0)
        upper = (values > mean[:, owner]).gather(0, widest_vector[owner][None])[0]
        classes = classes * 2
        classes.flatten()[pixels] += upper.long()
    return classes
