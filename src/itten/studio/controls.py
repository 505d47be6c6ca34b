"""What can be set on the page: with a sentence, and the values that its small picture shows."""

from __future__ import annotations

from typing import Any, Literal

from itten.config.base import Frozen

Shown = int | float | str


class Control(Frozen):
    """A setting. ``key``: of the configuration, dotted, or ``passes``, or ``show``. A ``range`` goes from ``least`` to
    ``most`` by ``step``; ``usual`` is where it stands if nothing is said. ``none``: the value that stands for leaving
    it out, or for the word ``named``. A ``choice`` is one of ``values``. ``rest``: it stands below the others.
    ``seen``: the values of its small picture, ``static/settings/{verb}-{key}.webp``, from left to right."""

    key: str
    name: str
    says: str
    kind: Literal["range", "choice", "text"] = "range"
    least: int | float = 0
    most: int | float = 1
    step: int | float = 1
    usual: Shown | None = None
    none: int | None = None
    named: str | None = None
    values: tuple[str, ...] = ()
    rest: bool = False
    seen: tuple[Shown, ...] = ()


def _range(key: str, name: str, ends: tuple[float, float, float], usual: float, says: str, **more: Any) -> Control:
    least, most, step = ends
    return Control(key=key, name=name, says=says, least=least, most=most, step=step, usual=usual, **more)


def _choice(key: str, name: str, values: tuple[str, ...], says: str, **more: Any) -> Control:
    return Control(key=key, name=name, says=says, kind="choice", values=values, seen=values[:4], **more)


def _text(key: str, name: str, usual: str, says: str, seen: tuple[str, ...]) -> Control:
    return Control(key=key, name=name, says=says, kind="text", usual=usual, seen=seen)


SHADE = (
    _range(
        "density",
        "Density",
        (0, 1, 0.05),
        0,
        "How much of the empty ground is filled. At 0 every piece has its own number of copies instead.",
        none=0,
        seen=(0.1, 0.4, 1),
    ),
    _range(
        "scale", "Size", (0.3, 3, 0.1), 1, "How large copies are beside what they are copied from.", seen=(0.5, 1, 2)
    ),
    _range(
        "size",
        "Detail",
        (0, 0.4, 0.02),
        0.12,
        "The largest piece that is copied, as a share of the picture: small "
        "ones make fine dust; at 0 whole strokes are copied.",
        seen=(0.04, 0.12, 0.4),
    ),
    Control(
        key="passes",
        name="Passes",
        least=1,
        most=12,
        usual=4,
        seen=(1, 2, 4),
        says="How often the picture is painted over. Each pass copies from what the last one made.",
    ),
    _range(
        "field",
        "Field",
        (1, 24, 1),
        6,
        "Which vibration of the picture decides. Low numbers part it into a few "
        "large regions, high ones into many small ones. Red: what may be copied.",
        seen=(1, 6, 20),
    ),
    _range(
        "percentile",
        "Threshold",
        (5, 95, 5),
        40,
        "Where the line between the regions lies: how much of the picture may be copied (red). The rest grows bolder.",
        seen=(15, 40, 80),
    ),
    _choice(
        "turn",
        "Turn",
        ("align", "quarter", "void", "random"),
        "How copies are turned: as the stroke that they stand for, by quarters, along the empty space, or at random.",
    ),
    _choice("place", "Place", ("void", "seed"), "Copies look for empty ground, or all move by the same step."),
    _text(
        "palette",
        "Colours",
        "auto",
        "auto, keep, blend, match, distort, or colours of your own: #b3202a, teal",
        ("keep", "distort", "#b3202a, teal, #e8b84a"),
    ),
    _range("seed", "Seed", (0, 999, 1), 0, "Another number: other random turns, sizes and colours.", seen=(0, 1, 2)),
    _range(
        "spectrum.edge_threshold",
        "Edges",
        (0.02, 0.5, 0.01),
        0.15,
        "How far apart two colours have to be to count as two things. Low: faint edges part the picture, too.",
        rest=True,
        seen=(0.03, 0.15, 0.5),
    ),
    _choice(
        "spectrum.laplacian",
        "Graph",
        ("combinatorial", "normalised"),
        "Whether the field follows edges as they weigh, or each as a share of all that its pixel has: then small "
        "figures count as much as broad paper.",
        rest=True,
    ),
    _range(
        "clearance",
        "Clearance",
        (0, 20, 0.5),
        3,
        "How many pixels are left free around every copy.",
        rest=True,
        seen=(0, 3, 12),
    ),
    _range(
        "copies",
        "Copies a piece",
        (1, 12, 1),
        2,
        "How many copies every piece gets, where density is 0.",
        rest=True,
        seen=(1, 3, 8),
    ),
    _choice("shadow", "Shadow", ("none", "drop", "project"), "Whether copies throw a shadow.", rest=True),
    _range(
        "effect",
        "Effect",
        (0, 3, 0.1),
        1,
        "How strong a pass is: how far strokes grow and tints turn.",
        rest=True,
        seen=(0, 1, 3),
    ),
    _choice(
        "envelope.kind",
        "Envelope",
        ("adsr", "decay"),
        "How passes differ: attack, decay, sustain and release; or each weaker than the last.",
        rest=True,
    ),
    _range(
        "envelope.decay",
        "Decay",
        (0, 1, 0.05),
        0.75,
        "With the envelope decay: what is left of the effect from pass to pass.",
        rest=True,
        seen=(0.2, 0.6, 1),
    ),
)
ENGRAVE = (
    _range("spacing", "Spacing", (2, 24, 0.5), 6, "Pixels from line to line.", seen=(3, 5, 9)),
    _range("vectors", "Vectors", (1, 24, 1), 7, "How many vibrations of the picture lines follow.", seen=(1, 7, 20)),
    _range("mixture", "Mixture", (0, 99, 1), 0, "Another number: lines take another course.", seen=(0, 1, 2)),
    _text("inks", "Inks", "black", "Colours with commas between them, or cmyk.", ("black", "#17402f,#8a3324", "cmyk")),
    _text("paper", "Paper", "white", "The colour of the paper.", ("white", "#f3ecd9", "#cfd8dc")),
    _range("cross", "Crossing", (0, 1, 0.05), 1, "From this darkness on lines cross; at 1 never.", seen=(0.2, 0.6, 1)),
    _range("outline", "Outline", (0, 8, 0.5), 0, "How wide strong edges are drawn themselves.", seen=(0, 1.5, 4)),
)
PANES = (
    _range("n", "Panes", (4, 400, 4), 60, "About how many panes there are.", seen=(12, 60, 240)),
    _choice(
        "colour",
        "Colour",
        ("mean", "flat", "textured"),
        "Panes have their mean colour, one of a few, or some of the picture's own detail.",
    ),
    _range("smooth", "Smooth", (0, 8, 0.5), 2, "How much outlines are rounded.", seen=(0, 2, 8)),
    _range("lead", "Lead", (0, 16, 0.5), 3, "How wide the bars between panes are.", seen=(0, 3, 9)),
)
BANDS = (
    _range("n", "Bands", (2, 40, 1), 12, "How many heights there are.", seen=(4, 12, 32)),
    _choice("palette", "Tints", ("atlas", "sea", "desert", "dusk", "paper", "ice"), "The colours of the map."),
    _range("relief", "Relief", (0, 2, 0.05), 0.35, "How strongly hills are lit.", seen=(0, 0.5, 1.5)),
    _range("smooth", "Smooth", (0, 30, 1), 6, "How much heights are evened out.", seen=(0, 6, 24)),
)
SEGMENT = (
    _range(
        "n",
        "Segments",
        (1, 64, 1),
        12,
        "How many parts the picture is cut into. At the left end: as many as its spectrum says.",
        none=1,
        named="auto",
        seen=(4, 12, 40),
    ),
    _choice(
        "show",
        "Show",
        ("average", "overlay", "labels"),
        "Every part in its mean colour, lines over the picture, or the labels themselves.",
    ),
    _range(
        "edge_threshold",
        "Edges",
        (0, 0.5, 0.01),
        0,
        "How far apart two colours have to be to count as two things. At the left end: what fits the picture.",
        none=0,
        named="auto",
        seen=(0.02, 0.1, 0.5),
    ),
    _choice("polish", "Polish", ("true", "false"), "Whether borders are moved while that makes the cut better."),
)
CONTROLS: dict[str, tuple[Control, ...]] = {
    "shade": SHADE,
    "engrave": ENGRAVE,
    "panes": PANES,
    "bands": BANDS,
    "segment": SEGMENT,
}


def picture_of(verb: str, control: Control) -> str:
    """The name of its small picture, in ``static``."""
    return f"settings/{verb}-{control.key.replace('.', '-')}.webp"
