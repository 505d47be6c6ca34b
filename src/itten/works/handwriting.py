"""A drawing's figure stays, and its ground fills with pieces of other drawings by the same hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itten.config import ShaderConfig, load_look

if TYPE_CHECKING:
    from itten.shader import ShaderOutput

LOOK = "handwriting"
"""The look that grounds are filled with unless another one is named."""


def fill_ground(
    image: Any,
    handwriting: Any = None,
    figure: Any = None,
    passes: int | None = None,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None = None,
) -> ShaderOutput:
    """``image`` with its ground filled by pieces of ``handwriting``, one picture or several, those of ``image`` itself
    if left out. Where the ``figure`` is nothing changes: a mask ``(H, W)`` bool, what :func:`itten.find_figure` finds
    if left out. ``passes`` and ``config`` are those of the look ``handwriting`` if left out.

    Pictures are what :func:`itten.shade` takes; raises as that does.
    """
    from itten.areas import find_figure
    from itten.image import as_image
    from itten.image.coerce import as_mask, one_picture
    from itten.shader import shade

    picture, _ = one_picture(as_image(image, name="image"))
    found = find_figure(picture) if figure is None else as_mask(figure, picture.shape[1:], "figure", picture.device)
    look = load_look(LOOK)
    offered = (
        list(handwriting) if isinstance(handwriting, Sequence) and not isinstance(handwriting, str) else handwriting
    )
    chosen = look.shader if config is None else config
    number = look.text.passes if passes is None else passes
    return shade(picture, offered, chosen, number, write=None if found is None else ~found)
