"""From adjoint vectors to what made the edges: colours, edge threshold and radius weights, offset by offset.

The weight of an edge (p, q) with offset o is w = W(o) exp(−d / τ), d = ‖I_p − I_q‖₂, and W(o) = Σ ω_r over r ≥ |o|.
With L = Σ w (δ_p − δ_q)(δ_p − δ_q)ᵀ the derivative Σ uᵢᵀ dL vᵢ is Σ s dw, s = Σᵢ (uᵢ(p) − uᵢ(q)) (vᵢ(p) − vᵢ(q)). No
matrix is formed. Where D counts as well, s has the derivatives along D of both ends besides, D being a sum of edges.
"""

from __future__ import annotations

import numpy as np
import torch

from itten.graph.stencil import Stencil
from itten.kernels.reference.edges import regions
from itten.spectra.components import CUT


def edge_cotangents(
    features: torch.Tensor,
    stencil: Stencil,
    threshold: float,
    adjoint: torch.Tensor,
    vectors: torch.Tensor,
    mass: torch.Tensor | None = None,
    cut: float = 0.0,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradient with respect to ``features`` ``(C, H, W)``, the threshold τ ``()`` and W(o) ``(len(stencil),)``.

    ``adjoint`` and ``vectors`` ``(r, H, W)``, ``mass`` ``(H, W)`` the derivative along D; everything float64. Edges no
    heavier than ``cut`` do not exist and have no gradient. Where two colours are equal (to rounding), exp(−d /
    τ) has a kink in them; the gradient there is 0, the mean of its two sides.
    """
    equal = 8 * torch.finfo(features.dtype).eps * features.abs().amax()
    colours = torch.zeros_like(features)
    by_threshold = features.new_zeros(())
    by_offset = features.new_zeros(len(stencil))
    joined = torch.zeros_like(features[0], dtype=torch.bool)
    for index, begin, end in regions(stencil.offsets, *features.shape[1:]):
        here, there = (slice(None), *begin), (slice(None), *end)
        flow = ((adjoint[here] - adjoint[there]) * (vectors[here] - vectors[there])).sum(dim=0)
        if mass is not None:
            flow = flow + mass[begin] + mass[end]
        step = features[here] - features[there]
        distance = step.square().sum(dim=0).sqrt()
        decay = torch.exp(-distance / threshold)
        plain = flow * decay
        if mass is not None:
            exists = float(stencil.weights[index]) * decay > cut
            joined[begin] |= exists
            joined[end] |= exists
            plain = torch.where(exists, plain, 0.0)
        by_offset[index] = plain.sum()
        weighted = plain * float(stencil.weights[index])
        by_threshold += (weighted * distance).sum() / threshold**2
        apart = distance > equal
        pull = torch.where(apart, -weighted / (threshold * torch.where(apart, distance, 1.0)), 0.0) * step
        colours[here] += pull
        colours[there] -= pull
    if mass is not None:
        # What stands for the degree of a pixel without edges is a part of the heaviest weight.
        by_offset[int(stencil.weights.argmax())] += CUT * mass[~joined].sum()
    return colours, by_threshold, by_offset


def within_radii(stencil: Stencil, radii: tuple[int, ...]) -> torch.Tensor:
    """``(len(stencil), len(radii))`` float64: 1 where an offset lies within a radius, so that W = this @ ω."""
    length = (stencil.offsets**2).sum(axis=1)
    return torch.from_numpy((length[:, None] <= np.array(radii)[None] ** 2).astype(np.float64))
