"""A picture on its canvas: what is no pixel of it has a colour so far from all others that no edge reaches it."""

from __future__ import annotations

import numpy as np

from itten.graph.blocks import BlockPlan
from itten.spectra.stitched.limits import check_colours


def far_apart(
    height: int, width: int, largest: float, part: tuple[slice, slice] = (slice(None), slice(None))
) -> np.ndarray:
    """Colours for ``part`` of ``height × width`` pixels, such that pixels within 15 of each other, and all of
    magnitude ``largest`` or less, are further from them than any edge reaches. Float64."""
    y, x = np.arange(height)[part[0]] % 16, np.arange(width)[part[1]] % 16
    return 1e4 * largest * (2.0 + 16 * y[:, None] + x)


def make_canvas(features: np.ndarray, plan: BlockPlan, threshold: float, mask: np.ndarray | None) -> np.ndarray:
    """``(C · pixels,)`` float32: where nothing lives every pixel within reach has a colour of its own, far from all
    others, so that all its weights come out as exact zeros."""
    largest = max(float(features.max()), -float(features.min()), threshold, 1.0)
    check_colours(largest)
    shape = features.shape[0], plan.canvas_height, plan.pitch
    canvas = np.zeros(features.shape[0] * plan.pixels + 64, np.float32)
    view = canvas[: features.shape[0] * plan.pixels].reshape(shape)
    if mask is None:
        m = plan.margin
        for part in (
            (slice(0, m), slice(None)),
            (slice(m + plan.height, None), slice(None)),
            (slice(None), slice(0, m)),
            (slice(None), slice(m + plan.width, None)),
        ):
            view[0][part] = far_apart(*shape[1:], largest, part)
        view[(slice(None), *plan.inside)] = features
        return canvas
    view[0] = far_apart(*shape[1:], largest)
    for channel, feature in zip(view, features, strict=True):
        np.copyto(channel[plan.inside], feature, where=~mask)
    return canvas
