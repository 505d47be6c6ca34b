"""How the spectrum of a picture is computed."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from itten.config.base import Frozen
from itten.errors import UsageError

QUALITIES: dict[str, dict[str, int]] = {
    "fast": {"steps": 15, "tile": 96, "overlap": 8, "refine": 0},
    "standard": {"steps": 30, "tile": 64, "overlap": 16, "refine": 1},
    "quality": {"steps": 50, "tile": 48, "overlap": 24, "refine": 3},
}
STITCHED_TILE = 24
# The relative error of a value that is allowed if nothing else is said.
ACCURACY = 0.005
RADIUS_WEIGHTS: dict[int, float] = {1: 1.0, 2: 0.6, 3: 0.4, 4: 0.3, 5: 0.2, 6: 0.1}

Method = Literal["stitched", "tiled", "exact"]
Quality = Literal["fast", "standard", "quality"]
Laplacian = Literal["combinatorial", "normalised"]
Backend = Literal["auto", "numba", "torch", "triton", "reference"]


def check_method(name: str) -> None:
    """Raises :class:`~itten.errors.UsageError` for what is no method."""
    if not isinstance(name, str) or name not in get_args(Method):
        raise UsageError(f"unknown method {str(name)!r}: there are {', '.join(get_args(Method))}")


class SpectrumConfig(Frozen):
    """How the spectrum of a picture is computed.

    ``steps``, ``tile`` and ``overlap`` (pixels) of the method ``tiled`` and ``refine`` default to those of ``quality``.
    ``radii`` are the radii of the stencil in pixels and ``radius_weights`` what each adds to the weight of all offsets
    within it; ``edge_threshold`` is the colour distance (RGB in [0, 1]) at which a weight has fallen to 1/e.

    Of the method ``stitched``, ``tile`` is the height (tiles are 16 pixels wide; default 24) and ``overlap`` the rows
    shared (default a quarter); ``basis`` the columns a panel of a tile. Steps on the whole picture are made until
    the relative error of every value is estimated to be below ``accuracy`` (default 0.005); with ``tol`` until the
    residuals are below ``tol`` · ‖L‖; with ``refine`` so many. ``refine`` and ``accuracy`` together: at least so many.

    ``laplacian``: ``combinatorial`` is L v = λ v with L = D − A. ``normalised`` is L v = λ D v (Shi and Malik,
    "Normalized cuts and image segmentation", 2000): values in [0, 2], the same for all multiples of the weights,
    vectors orthonormal in D; edges lighter than 1e-7 of the heaviest that could be do not exist then, and a pixel
    without edges is a component of its own, of value 0 (:mod:`itten.spectra.normalised`). ``tiled`` has none.
    """

    method: Method = "stitched"
    quality: Quality = "standard"
    steps: int | None = Field(None, ge=2, le=500)
    tile: int | None = Field(None, ge=8, le=512)
    overlap: int | None = Field(None, ge=0)
    basis: int = Field(8, ge=3, le=8)
    refine: int | None = Field(None, ge=0, le=100)
    tol: float | None = Field(None, gt=0, lt=1)
    accuracy: float | None = Field(None, gt=0, lt=1)
    radii: tuple[int, ...] = tuple(RADIUS_WEIGHTS)
    radius_weights: tuple[float, ...] | None = None
    edge_threshold: float = Field(0.15, gt=0)
    laplacian: Laplacian = "combinatorial"
    seed: int = Field(0, ge=0, lt=2**64)
    backend: Backend = "auto"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        tile, overlap = self.blocks if self.method == "stitched" else self.plan[1:]
        if 2 * overlap > tile:
            raise ValueError(f"overlap {overlap} is more than half of the tile of {tile} pixels")
        if not self.radii or len(set(self.radii)) != len(self.radii):
            raise ValueError("radii must be one or more different whole numbers")
        if min(self.radii) < 1 or max(self.radii) > 16:
            raise ValueError(f"radii must lie in 1…16, got {self.radii}")
        if self.tol is not None and self.accuracy is not None:
            raise ValueError("tol and accuracy both say how far to go: give one of them")
        if self.radius_weights is None:
            unknown = [r for r in self.radii if r not in RADIUS_WEIGHTS]
            if unknown:
                raise ValueError(f"radii: radius {unknown[0]} has no default weight: give radius_weights")
        elif len(self.radius_weights) != len(self.radii) or min(self.radius_weights) <= 0:
            raise ValueError("radius_weights must be positive, one for each of the radii")
        return self

    @property
    def refinement(self) -> int:
        """Refinement steps of the method ``stitched``, the preset's if none were asked for."""
        return QUALITIES[self.quality]["refine"] if self.refine is None else self.refine

    @property
    def wanted_accuracy(self) -> float | None:
        """The relative error that is allowed, None where something else says how far to go."""
        if self.accuracy is not None or self.tol is not None or self.refine is not None:
            return self.accuracy
        return ACCURACY if self.refinement else None

    @property
    def plan(self) -> tuple[int, int, int]:
        """``(steps, tile, overlap)`` with the preset's values filled in."""
        preset = QUALITIES[self.quality]
        steps = preset["steps"] if self.steps is None else self.steps
        tile = preset["tile"] if self.tile is None else self.tile
        overlap = preset["overlap"] if self.overlap is None else self.overlap
        return steps, tile, overlap

    @property
    def blocks(self) -> tuple[int, int]:
        """``(tile, overlap)`` in rows, as the method ``stitched`` cuts a picture."""
        tile = STITCHED_TILE if self.tile is None else self.tile
        return tile, tile // 4 if self.overlap is None else self.overlap

    @property
    def weights(self) -> tuple[float, ...]:
        """One weight for each of ``radii``."""
        if self.radius_weights is not None:
            return self.radius_weights
        return tuple(RADIUS_WEIGHTS[r] for r in self.radii)
