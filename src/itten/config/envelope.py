"""The envelope: how parameters change from pass to pass."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from itten.config.base import Frozen

PHASES = ("attack", "decay", "sustain", "release")

Row = tuple[float, float, float, float]
Radii = tuple[int, int, int, int]


class PassParameters(Frozen):
    """What one pass runs with, after the envelope: see :meth:`Envelope.schedule`. ``index`` counts passes from 0, of
    ``count``."""

    index: int = 0
    count: int = 1
    effect: float
    thicken_modulation: float
    kernel_sigma_ratio: float
    fill_threshold: float
    dilation_radius: int


class Envelope(Frozen):
    """How the parameters change from pass to pass.

    ``adsr``: one row a phase (attack, decay, sustain, release). Up to four passes take the phases one
    after the other; more passes spread evenly over them. ``decay``: the attack row in every pass, and
    the effect is multiplied by ``decay`` from one pass to the next.
    """

    kind: Literal["adsr", "decay"] = "adsr"
    decay: float = Field(0.75, ge=0, le=1)
    thicken_modulation: Row = (0.2, 0.3, 0.5, 0.7)
    kernel_sigma_ratio: Row = (0.8, 0.6, 0.5, 0.4)
    fill_threshold: Row = (0.05, 0.1, 0.15, 0.2)
    dilation_radius: Radii = (2, 1, 1, 1)

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if min(self.thicken_modulation) < 0 or min(self.fill_threshold) < 0:
            raise ValueError("thicken_modulation and fill_threshold must not be negative")
        if min(self.kernel_sigma_ratio) <= 0:
            raise ValueError("kernel_sigma_ratio must be positive")
        if min(self.dilation_radius) < 1 or max(self.dilation_radius) > 32:
            raise ValueError("dilation_radius must lie in 1…32 pixels")
        return self

    def phase(self, index: int, passes: int) -> int:
        """The row, 0…3, that pass ``index`` of ``passes`` uses."""
        return index if passes <= len(PHASES) else index * len(PHASES) // passes

    def schedule(self, passes: int, effect: float) -> tuple[PassParameters, ...]:
        """The parameters of every pass; ``effect`` is that of the configuration."""
        rows = []
        for index in range(passes):
            row = self.phase(index, passes) if self.kind == "adsr" else 0
            rows.append(
                PassParameters(
                    index=index,
                    count=passes,
                    effect=effect if self.kind == "adsr" else effect * self.decay**index,
                    thicken_modulation=self.thicken_modulation[row],
                    kernel_sigma_ratio=self.kernel_sigma_ratio[row],
                    fill_threshold=self.fill_threshold[row],
                    dilation_radius=self.dilation_radius[row],
                )
            )
        return tuple(rows)
