"""How the segments of two pictures are matched, and how two pictures' spectra are aligned."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from itten.config.base import Frozen
from itten.config.segment import SegmentConfig, threshold_or_auto
from itten.config.spectrum import Laplacian


class MatchConfig(SegmentConfig):
    """How the segments of two pictures are matched; the fields of :class:`~itten.config.SegmentConfig` say how both are
    cut.

    ``colour``, ``shape``, ``spectrum``, ``size``: how much each counts of a segment's mean and deviation of colour, its
    shape, the heat and wave kernels on it, and its share of the picture; 0: not at all.
    ``bound``: pairs whose distance is that or more are no matches. Of segments that another version of a
    picture has, too, nearly nine of ten lie below 2.5, of those of two unlike photographs one of seven.
    ``assign``: ``one-to-one``, the pairs of least distance in all, no segment twice; or ``nearest``, for each segment
    of the first picture the nearest of the second, which may have several.
    """

    colour: float = Field(1.0, ge=0, le=1000)
    shape: float = Field(1.0, ge=0, le=1000)
    spectrum: float = Field(1.0, ge=0, le=1000)
    size: float = Field(1.0, ge=0, le=1000)
    bound: float = Field(2.5, gt=0, le=1000)
    assign: Literal["one-to-one", "nearest"] = "one-to-one"

    @model_validator(mode="after")
    def _something(self) -> MatchConfig:
        if not self.colour + self.shape + self.spectrum + self.size > 0:
            raise ValueError("one of 'colour', 'shape', 'spectrum' and 'size' must be above 0")
        return self

    @property
    def segments(self) -> SegmentConfig:
        """How both pictures are cut."""
        return SegmentConfig(**{name: getattr(self, name) for name in SegmentConfig.model_fields})


class AlignConfig(Frozen):
    """How the spectra of two pictures are aligned.

    ``k``: how many vectors of either, the constant included; ``k_b``: of the second, if it has another number.
    ``colour``, ``kernels``, ``landmarks``: how much colours, heat and wave kernels, and the indicators of matched
    segments count as descriptors; 0: not at all.
    ``commute``: how much it counts that the map commutes with the Laplacians.
    ``rounds``: of refinement, each a Procrustes problem (ICP); 0 for the least squares solution itself.
    ``edge_threshold``, ``laplacian``, ``drop_specks``: of both graphs, as in :class:`~itten.config.SegmentConfig`. The
    higher the threshold, the less vectors follow the edges of the picture, and the less noise and light change them.
    """

    k: int = Field(24, ge=1, le=1024)
    k_b: int | None = Field(None, ge=1, le=1024)
    colour: float = Field(1.0, ge=0, le=1000)
    kernels: float = Field(1.0, ge=0, le=1000)
    landmarks: float = Field(0.0, ge=0, le=1000)
    commute: float = Field(0.1, ge=0, le=1e6)
    rounds: int = Field(5, ge=0, le=100)
    edge_threshold: float | Literal["auto"] = 0.3
    laplacian: Laplacian = "normalised"
    drop_specks: bool = True

    @field_validator("edge_threshold", mode="before")
    @classmethod
    def _threshold(cls, value: Any) -> Any:
        return threshold_or_auto(value)

    @model_validator(mode="after")
    def _something(self) -> AlignConfig:
        if not self.colour + self.kernels + self.landmarks > 0:
            raise ValueError("one of 'colour', 'kernels' and 'landmarks' must be above 0")
        return self
