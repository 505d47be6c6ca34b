"""What a pass saw: field, gate, segments and matches, drawn as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from itten.heads.gate import spectral_gate
from itten.image import Picture, diverging

if TYPE_CHECKING:
    from itten.shader.output import PassResult

# Steps of hue between segments of neighbouring numbers: the golden ratio's, so that neighbours differ.
GOLDEN = 0.61803398875


def overlays(result: PassResult) -> dict[str, Picture]:
    """The first head's ``field``, ``gate`` and ``segments``, each of the size at which it was composed."""
    field, labels = result.field[0].cpu(), result.labels[0].cpu()
    gate = spectral_gate(field).expand(3, *field.shape)
    return {"field": Picture(diverging(field)), "gate": Picture(gate), "segments": Picture(_coloured(labels))}


def _coloured(labels: torch.Tensor) -> torch.Tensor:
    """Each segment in a colour of its own, on white."""
    hue = labels.double() * GOLDEN % 1.0
    wave = (hue + torch.tensor([0.0, 1 / 3, 2 / 3], dtype=torch.float64)[:, None, None]) * (2 * torch.pi)
    colours = (0.45 + 0.4 * torch.cos(wave)).to(torch.float32)
    return torch.where(labels > 0, colours, torch.ones(()))
