"""Functions on a picture that look the same on another picture of the same thing."""

from __future__ import annotations

import math

import torch

from itten.config import AlignConfig
from itten.image.oklab import to_oklab
from itten.matching.pairing import Matching
from itten.spectra.descriptors import heat_kernel, wave_kernel

TIMES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
ENERGIES = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
# Waves over the range of each channel of OKLab: what can be told of a colour by smooth functions.
RANGES, WAVES = ((0.0, 1.0), (-0.3, 0.3), (-0.3, 0.3)), 6


def descriptors(
    image: torch.Tensor, values: torch.Tensor, vectors: torch.Tensor, config: AlignConfig
) -> list[tuple[float, torch.Tensor]]:
    """Groups of functions ``(q, H, W)`` float64 with their weights: of colour, cos(π j x) for each channel x of OKLab
    brought to [0, 1] and j from 1 to 6, and heat and wave kernels (:mod:`itten.spectra.descriptors`) of ``vectors``
    ``(k, H, W)`` of unit mass. What counts nothing is left out."""
    found = []
    if config.colour > 0:
        lab = to_oklab(image)
        low, high = (lab.new_tensor(one)[:, None, None] for one in zip(*RANGES, strict=True))
        turns = math.pi * torch.arange(1, WAVES + 1, dtype=lab.dtype)
        waves = torch.cos(turns[:, None, None, None] * ((lab - low) / (high - low)))
        found.append((config.colour, waves.flatten(0, 1)))
    if config.kernels > 0:
        flat = vectors.flatten(1) / math.sqrt(vectors[0].numel())
        kernels = torch.cat([heat_kernel(values, flat, TIMES), wave_kernel(values, flat, ENERGIES)])
        found.append((config.kernels, kernels.reshape(-1, *vectors.shape[1:])))
    return found


def landmarks(found: Matching) -> tuple[torch.Tensor, torch.Tensor]:
    """Indicators ``(m, H, W)`` float64 of the segments of each pair, on the first picture and on the second."""
    cuts = (found.first, 0), (found.second, 1)
    first, second = ((cut.labels.cpu()[None] == found.pairs[:, side, None, None]).double() for cut, side in cuts)
    return first, second
