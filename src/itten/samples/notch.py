"""A closed outline in ink with a notch: a milk tooth, drawn in one line."""

from __future__ import annotations

import numpy as np

from itten.samples.pen import Array, Ink, blank, curve, generator, lay, tapered, unsteady, waver

# fmt: off
_TOOTH = [
    (88, 74), (118, 56), (150, 66), (176, 78), (206, 64), (238, 60), (262, 92), (262, 138),
    (246, 182), (240, 222), (230, 268), (210, 288), (194, 264), (188, 226), (176, 196), (162, 190),
    (148, 204), (142, 240), (130, 276), (110, 282), (96, 250), (90, 206), (74, 166), (66, 116),
]
# fmt: on


def notch(seed: int = 3) -> Array:
    """Return the picture ``(336, 320, 3)`` in [0, 1]."""
    rng = generator(seed)
    ink = Ink(336, 320, 4)
    outline = unsteady(rng, curve(_TOOTH, 1.5, closed=True), 1.5, 26)
    pressure = 6.6 + 2.1 * waver(rng, len(outline), 18, closed=True)
    # The pen starts and ends at the left shoulder, and runs a little past its own beginning.
    ink.stroke(outline, np.clip(pressure, 3.2, 11))
    ink.stroke(outline[:26] + np.array([-2.0, -2.5]), tapered(26, 3.4, 0.2))
    # the fissure between the cusps, and three short lines that round the crown
    groove = curve([(176, 80), (170, 98), (174, 116), (168, 130)], 1.5)
    ink.stroke(unsteady(rng, groove, 0.6, 20), tapered(len(groove), 5.2, 0.15))
    for knots, width in (
        ([(240, 96), (246, 116), (243, 138)], 4.2),
        ([(229, 104), (233, 118), (231, 131)], 3.2),
        ([(84, 126), (88, 142), (94, 154)], 3.6),
        ([(214, 250), (219, 236), (221, 222)], 3.2),
        ([(112, 258), (109, 244), (107, 230)], 2.8),
    ):
        line = unsteady(rng, curve(knots, 1.5), 0.4, 12)
        ink.stroke(line, tapered(len(line), width, 0.15))
    return lay(blank(336, 320, "fbfaf6"), ink.coverage(), "16151a")
