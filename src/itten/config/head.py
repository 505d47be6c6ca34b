"""One head: what it gates by, cuts, reads, copies and colours."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from itten.config.bands import BandsConfig
from itten.config.base import Frozen
from itten.config.colour import Colour, check_colours, colours_of
from itten.config.engrave import EngraveConfig
from itten.config.envelope import Envelope
from itten.config.panes import PanesConfig

TURNS = ("quarter", "align", "void", "random")
PALETTES = ("auto", "keep", "blend", "match", "distort")


class Tint(Frozen):
    """How the palette ``distort`` colours a layer: share and contrast of a colour wave; then a scale, an addition,
    RGB."""

    rotation: float = Field(0.2, ge=0, le=1)
    contrast: float = Field(0.6, ge=0, le=2)
    scale: Colour = (0.6, 0.8, 0.8)
    add: Colour = (0.0, 0.2, 0.15)


FRONT = Tint()
SHADOW = Tint(rotation=0.3, contrast=0.8, scale=(0.7, 1.0, 0.7), add=(0.0, 0.0, 0.3))


class HeadConfig(Frozen):
    """One head: a field that gates, and what is thickened, cut, read, copied and coloured by it.

    ``draw``: it paints ``copies``, as all that follows says; or it draws the whole picture anew, in lines
    (``engrave``), ``panes`` or ``bands``, as the tables of these names say, in the ``first``, the ``last`` or ``every``
    pass (``when``), over what heads before it painted, and by the share ``effect``.

    Lengths are pixels, colours [0, 1]. ``field`` is the number of the eigenvector that gates (1 the Fiedler vector):
    low ones part a picture into a few large pieces, higher ones cut strokes into more and shorter segments; left out it
    is 6, or 1 with the method ``tiled``. ``percentile`` is the gate's zero, ``sharpness`` its slope at a field of unit
    RMS. ``threshold``: the zero moves, within two percentiles, to the widest ``gap`` of the field's values on the
    content, so that rounding moves no pixel across it; or it is the ``percentile`` itself. ``thicken``: contours grow;
    ``auto``, not in photographs. ``protect``: fine features are neither grown over nor painted over, or (``none``) are.

    *Cut.* ``segmentation``: connected ``components`` of low-gate content; ``nodal``: cut also where one of the vectors
    up to ``field`` changes sign; ``clusters``: cut into ``pieces`` groups of similar spectral coordinates. ``size``:
    what is larger than this share of the picture's shorter side is cut further, along the spectrum; 0: nothing is.
    ``content``: ``contours``, what lies more than a standard deviation from the mean grey; ``everything`` of low gate;
    or ``auto``, contours in a hard picture, in a soft one what stands out from its surroundings. *Read.* ``signature``
    and ``assign``: what segments are compared by, and whether a source segment may be taken twice; ``copies``: how many
    for a target segment; or ``density``: copies fill that share of all that is not drawn, spread evenly over it and
    over the passes, 1 until nothing fits any more. *Copy.* ``place``: in the nearest ``void`` with ``clearance`` pixels
    around, along ``direction`` (degrees, 0 to the right, 90 upwards) if given, or at the ``seed``'s fixed offset;
    ``overlap`` lets copies lie on one another. ``turn``: ``quarter``; ``align`` with the target segment's axes; with
    those of the ``void``; at ``random``; or by an angle in degrees, counter-clockwise. ``mirror``: all copies are
    mirrored, or those that then ``match`` the target segment's handedness. ``scale``: how many times larger copies are,
    a range from which each draws, or ``match`` with the size of the target segment; in hard pictures the nearest whole
    factor. ``shadow``: a ``drop`` shadow by the fixed offset (0.3 of ``strength`` right, 0.4 down), the seed's
    ``project``, or ``none``.
    *Colour.* ``palette``: ``keep`` the source's; ``blend``, moved to the mean of what the copy covers; ``auto``,
    blended in photographs and kept elsewhere; ``match`` the content where the copy lands; ``distort`` by the tints
    ``front`` and ``back``; or colours: ``"#rrggbb"``, CSS names or RGB, in a list or, with commas between them, in a
    string. ``wear``: which of these colours a copy has: they ``cycle``, are dealt at ``random`` or by ``brightness``,
    the darkest to the darkest; or each pixel takes the ``nearest``.
    """

    draw: Literal["copies", "engrave", "panes", "bands"] = "copies"
    when: Literal["first", "last", "every"] = "first"
    engrave: EngraveConfig = EngraveConfig()
    panes: PanesConfig = PanesConfig()
    bands: BandsConfig = BandsConfig()
    effect: float = Field(1.0, ge=0, le=10)
    sharpness: float = Field(10.0, gt=0, le=1000)
    percentile: float = Field(40.0, ge=0, le=100)
    threshold: Literal["gap", "percentile"] = "gap"
    field: int | None = Field(None, ge=1, le=1000)
    thicken: bool | Literal["auto"] = "auto"
    protect: Literal["auto", "none"] = "auto"
    segmentation: Literal["components", "nodal", "clusters"] = "components"
    content: Literal["auto", "contours", "everything"] = "auto"
    pieces: int = Field(12, ge=2, le=256)
    size: float = Field(0.12, ge=0, le=2)
    min_pixels: int = Field(12, ge=1, le=2**27)
    max_segments: int = Field(120, ge=1, le=100_000)
    signature: Literal["spectral", "shape", "colour", "seed"] = "spectral"
    assign: Literal["nearest", "one-to-one"] = "nearest"
    copies: int = Field(2, ge=1, le=64)
    density: float | None = Field(None, ge=0, le=1)
    place: Literal["void", "seed"] = "void"
    direction: float | None = Field(None, ge=-360, le=360)
    clearance: float = Field(3.0, ge=0, le=64)
    overlap: bool = False
    turn: Literal["quarter", "align", "void", "random"] | float = "align"
    mirror: bool | Literal["match"] = False
    scale: Literal["match"] | float | tuple[float, float] = 1.0
    strength: float = Field(15.0, ge=0, le=10_000)
    shadow: Literal["drop", "project", "none"] = "none"
    palette: Literal["auto", "keep", "blend", "match", "distort"] | tuple[Colour, ...] = "auto"
    wear: Literal["cycle", "random", "brightness", "nearest"] = "cycle"
    front: Tint = FRONT
    back: Tint = SHADOW
    envelope: Envelope = Envelope()

    @field_validator("palette", mode="before")
    @classmethod
    def _colours(cls, value: Any) -> Any:
        return colours_of(value, PALETTES)

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if isinstance(self.turn, float) and not -360 <= self.turn <= 360:
            raise ValueError(f"turn must be one of {', '.join(TURNS)}, or an angle of -360 to 360 degrees")
        if self.density is not None and (self.overlap or self.place == "seed"):
            raise ValueError("density fills voids: it goes neither with overlap nor with place seed")
        bounds = self.scale if isinstance(self.scale, tuple) else (self.scale,)
        if any(isinstance(one, float) and not 0.05 <= one <= 20 for one in bounds) or list(bounds) != sorted(bounds):
            raise ValueError("scale must be match, a number in 0.05…20, or two in ascending order")
        if isinstance(self.palette, tuple):
            check_colours(self.palette)
        return self
