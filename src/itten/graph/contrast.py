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
    seen = features.detach()
    pixels = (seen.flatten(1) if exclude is None else seen[:, ~exclude]).double()
    spread = float((pixels - pixels.mean(dim=1, keepdim=True)).square().sum(dim=0).mean().sqrt())
    found = max(median_distance(features, exclude), SHARE * spread)
    return found if found > 0 else 1.0


def chosen_threshold(given: float | str, features: torch.Tensor, exclude: torch.Tensor | None = None) -> float:
    """``given``, or what ``"auto"`` comes to for these features."""
    return auto_threshold(features, exclude) if given == "auto" else float(given)


def median_distance(features: torch.Tensor, exclude: torch.Tensor | None = None) -> float:
    """The median distance of pixels side by side, in features ``(C, H, W)``; 0 where there are none."""
    seen = features.detach()
    steps = []
    for axis in (1, 2):
        along = seen.diff(dim=axis).double().square().sum(dim=0).sqrt()
        if exclude is not None:
            live, count = ~exclude, exclude.shape[axis - 1]
            along = along[live.narrow(axis - 1, 1, count - 1) & live.narrow(axis - 1, 0, count - 1)]
        steps.append(along.flatten())
    apart = torch.cat(steps)
    return float(apart.median()) if len(apart) else 0.0
