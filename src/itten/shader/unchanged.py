"""A run that leaves its pictures as they were, and why: said once, since a result that looks like the input explains
nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch

from itten.shader.chain import Painter
from itten.shader.kept import Kept
from itten.shader.output import Masks, Source

log = logging.getLogger("itten")


def one_colour(image: torch.Tensor) -> bool:
    """Whether all pixels of a picture ``(C, H, W)`` are equal. The host waits for the device."""
    return bool((image == image[:, :1, :1]).all())


def tell_unchanged(
    painter: Painter,
    pictures: Sequence[Kept],
    sources: Sequence[Source | None],
    softs: Sequence[bool],
    masks: Masks,
) -> None:
    """Warn of every picture that none of its passes changed, and say what would help. The host waits for
    the device, for whether there is such a picture."""
    reasons: dict[str, list[int]] = {}
    with torch.no_grad():
        for at, one in enumerate(pictures):
            if one.changed is not None and not bool(one.changed):
                why = _reason(painter, one, sources[at], softs[at], masks)
                reasons.setdefault(why, []).append(at + 1)
    for why, which in reasons.items():
        those = f" on {', '.join(map(str, which))} of {len(pictures)} pictures" if len(pictures) > 1 else ""
        log.warning("nothing was painted%s: %s", those, why)


def _reason(
    painter: Painter,
    kept: Kept,
    source: Source | None,
    soft: bool,
    masks: Masks,
) -> str:
    picture = kept.picture
    if one_colour(picture):
        return "the picture is one colour throughout; give one in which something is drawn"
    if masks.write is not None and not bool(masks.write.any()):
        return "no pixel may be painted; the write mask has to be bright where paint may go, and what is kept dark"
    if masks.read is not None and not bool(masks.read.any()):
        return "no pixel may be copied; the read mask has to be bright where copies may come from"
    drawn = painter.drawn(picture, soft)
    everything = all(head.config.content == "everything" for head in painter.heads)
    if not everything and not any(bool(own.ink.any()) for own in drawn):
        return "nothing in the picture counts as drawn; content = 'everything' copies from all of it"
    if kept.found is not None and not bool(kept.found):
        return (
            "no segments were found in the picture; a smaller min_pixels, another field, or content = 'everything' "
            "finds others"
        )
    if source is not None and not any(bool(table.live.any()) for table in source.segments):
        return (
            "no segments were found in what is copied from; a smaller min_pixels, another field, content = "
            "'everything' or a brighter read mask finds others"
        )
    void = any(head.config.place == "void" for head in painter.heads)
    if void and all(bool(own.taken.all()) for own in drawn):
        return "everything in the picture is contour, which leaves no void; place = 'seed' copies over it"
    if void:
        return "no copy fits into a void; a smaller size, scale or clearance fits more, and place = 'seed' needs none"
    return "the copies have the colours of what they cover; another palette, strength or source shows them"
