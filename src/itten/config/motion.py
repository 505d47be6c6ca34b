"""How an animation is timed, repeated and sized."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from itten.config.base import Frozen


class AnimationConfig(Frozen):
    """How frames follow one another.

    ``fps``: frames a second; ``seconds``: how long one pass takes, or, where a parameter changes, how long all of it
    takes if the number of ``frames`` is left out; ``hold``: seconds that the last frame stays longer. ``loop``: how
    many times all of it is played, 0 for ever; films have no such mark. ``ping_pong``: it goes back as it came.
    ``size``: the longest side at which frames are shown, in pixels; left out it is the picture's, up to 1024. Larger
    pictures are shrunk, smaller ones stay. ``quality``: WebP with losses, 1 to 100; left out it has none.
    """

    fps: float = Field(25.0, ge=1, le=100)
    seconds: float = Field(1.2, gt=0, le=600)
    hold: float = Field(1.0, ge=0, le=60)
    loop: int = Field(0, ge=0, le=65535)
    ping_pong: bool = False
    size: int | None = Field(None, ge=16, le=16383)
    quality: int | None = Field(None, ge=1, le=100)

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.seconds * self.fps > 10_000:
            raise ValueError("more than 10000 frames a pass: take fewer seconds, or fewer frames a second")
        return self

    @property
    def steps(self) -> int:
        """How many frames one pass takes, at least one."""
        return max(int(self.seconds * self.fps + 0.5), 1)
