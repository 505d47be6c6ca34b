"""An edge threshold that fits a picture's contrast."""

from __future__ import annotations

import torch

# Of the picture's deviation: the least threshold. In photographs without noise it decides, at about 0.03.
SHARE = 1 / 12


def auto_threshold(features: torch.Tensor, exclude: torch.Tensor | None = None) -> float:
    """The distance of colours at which a weight should have fallen to 1/e, for ``features`` ``(C, H, W)``.

    The median distance of pixels side by side, so that noise does not part them; a twelfth of the root mean square
    distance from the mean where that is more, as in drawings and smooth photographs. It grows with the features, and
    adding a constant to them changes nothing. ``exclude`` ``(H, W)`` bool: pixels that do not count. 1 where all
    features are equal.
    """
    seen = features.detach().double()
    live = torch.ones_like(seen[0], dtype=torch.bool) if exclude is None else ~exclude
    steps = []
    for axis in (1, 2):
        along = seen.diff(dim=axis).square().sum(dim=0).sqrt()
        count = live.shape[axis - 1]
        both = live.narrow(axis - 1, 1, count - 1) & live.narrow(axis - 1, 0, count - 1) if count > 1 else live[:0, :0]
        steps.append(along[both] if count > 1 else along.flatten()[:0])
    pixels = seen[:, live]
    spread = float((pixels - pixels.mean(dim=1, keepdim=True)).square().sum(dim=0).mean().sqrt())
    apart = torch.cat(steps)
    found = max(float(apart.median()) if len(apart) else 0.0, SHARE * spread)
    return found if found > 0 else 1.0
