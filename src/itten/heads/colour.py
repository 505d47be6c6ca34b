"""Colour distortion: copies wear the colours of the copy head, so that one sees what came from where."""

from __future__ import annotations

import math

import torch
from torch import nn

from itten.config import Tint
from itten.heads.moments import LUMA


def distort(colours: torch.Tensor, tint: Tint, effect: float = 1.0) -> torch.Tensor:
    """Colours ``(3, …)`` in [0, 1], distorted and clamped to [0, 1].

    y = luma; n = 1/2 + 0.4 · contrast · sin(2π · rot · y + (0, 2π/3, 4π/3)); (1 − rot) · rgb + rot · n; then
    scale and add. ``effect`` multiplies rot (up to 1), the addition and the scale's distance from 1.
    """
    exact = colours.double()
    rotation = min(tint.rotation * effect, 1.0)
    luma = LUMA[0] * exact[0] + LUMA[1] * exact[1] + LUMA[2] * exact[2]
    out = []
    for channel in range(3):
        phase = 2.0 * math.pi * channel / 3.0
        wave = 0.5 + 0.4 * tint.contrast * torch.sin(2.0 * math.pi * rotation * luma + phase)
        mixed = (1.0 - rotation) * exact[channel] + rotation * wave
        scale = 1.0 + (tint.scale[channel] - 1.0) * effect
        out.append((mixed * scale + tint.add[channel] * effect).clamp(0.0, 1.0))
    return torch.stack(out).to(colours.dtype)


class Distort(nn.Module):
    """:func:`distort` with its tint kept."""

    def __init__(self, tint: Tint) -> None:
        super().__init__()
        self.tint = tint

    def forward(self, colours: torch.Tensor, effect: float = 1.0) -> torch.Tensor:
        return distort(colours, self.tint, effect)
