"""What lies between two passes: any moment of one, from the picture that it began with and what it wrote down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from itten.errors import UsageError
from itten.image import to_uint8
from itten.motion.ease import dots, smooth
from itten.motion.flights import Flight, Size, flight_of, laid_over, take_turns
from itten.motion.reel import Frame
from itten.motion.swell import Swelling
from itten.shader import PassResult
from itten.shader.room import moved

# Strokes have swollen when so much of a pass is over.
SWOLLEN = 0.75


class Between:
    """One pass over a picture ``before`` ``(3, H, W)``, as it was made with layers. Strokes swell, copies travel, and
    what is drawn anew comes up everywhere at once. In a ``hard`` picture no pixel has a colour that is neither before
    nor after. ``sources``: heights and widths of the pictures that are copied from, None for the picture itself.

    Raises :class:`~itten.errors.UsageError` for a result without layers."""

    def __init__(
        self, before: torch.Tensor, result: PassResult, hard: bool, sources: Sequence[Size] | None = None
    ) -> None:
        record = result.record
        if record is None or record.thickening is None or record.shadows is None or record.fronts is None:
            raise UsageError("in-between frames are made of layers: run the shader with layers=True")
        self.hard = hard
        self.before, self.after = (one.detach().cpu().float() for one in (before, result.image))
        self.thickening = record.thickening.cpu().float()
        grows = bool((self.thickening[3] > 0).any())
        self.swelling = Swelling(self.before.numpy(), self.thickening.numpy(), hard) if grows else None
        self.steps: list[Flight | torch.Tensor] = []
        flights = []
        for laid in record.laid:
            layer = (record.shadows if laid.below else record.fronts)[laid.at].cpu().float()
            if laid.points is None:
                self.steps.append(layer)
                continue
            flight = flight_of(moved(laid, torch.device("cpu")), layer, sources)
            if flight is not None:
                self.steps.append(flight)
                flights.append((laid.at, flight))
        take_turns(flights)

    def frame(self, t: float) -> Frame:
        """The pass at ``t``: at 0 the picture that it began with, at 1 the one that it made, exactly, as 8 bits."""
        if t <= 0.0 or t >= 1.0:
            return as_frame(self.before if t <= 0.0 else self.after)
        canvas = self.before
        if self.swelling is not None:
            share = torch.from_numpy(self.swelling.share(float(smooth(t / SWOLLEN))))
            canvas = laid_over(canvas, self.thickening, share)
        for step in self.steps:
            if isinstance(step, Flight):
                canvas = step.settled(canvas, t)
            else:
                come = float(smooth(t))
                share = torch.full_like(canvas[0], come)
                if self.hard:
                    share = (share > torch.tensor(dots(*canvas.shape[-2:]))).to(canvas)
                canvas = laid_over(canvas, step, share)
        picture = Image.fromarray(as_frame(canvas.clamp(0.0, 1.0)))
        flying = [step for step in self.steps if isinstance(step, Flight)]
        for below in (True, False):
            for flight in flying:
                if flight.below is below:
                    flight.draw(picture, t)
        return as_frame(picture)


def as_frame(image: torch.Tensor | Image.Image) -> Frame:
    """A picture ``(3, H, W)`` in [0, 1], or one of Pillow's, as ``(H, W, 3)`` uint8."""
    if isinstance(image, Image.Image):
        return np.array(image)
    return to_uint8(image).permute(1, 2, 0).contiguous().cpu().numpy()
