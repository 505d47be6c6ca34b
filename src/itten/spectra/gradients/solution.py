"""The pairs that an adjoint equation starts from: all of a small picture, of a larger one a few more than wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.graph.stencil import Stencil
from itten.spectra.claims import without
from itten.spectra.dense import dense_pairs
from itten.spectra.gradients.adjoint import FLOOR, separate, settle
from itten.spectra.gradients.mass import Mass, mass_of
from itten.spectra.result import fix_signs
from itten.spectra.stitched.choose import stitched_spectrum
from itten.spectra.stitched.host.warm import Kept

# Up to DENSE pixels all pairs are computed, and up to MOST where k is more than one in 30 of them.
DENSE, MOST = 1024, 4096
# Pairs computed beyond the k wanted: they show whether k cuts an eigenspace, and are taken out of the adjoint equation.
EXTRA = 4
# Residuals of the iteration, relative to ‖L‖, by the type of the picture.
TOL = {torch.float64: 1e-10, torch.float32: 1e-8}


@dataclass(frozen=True, eq=False)
class Solution:
    """All pairs that are known: ``values`` ``(m,)``, ``vectors`` ``(m, H, W)`` float64, the first ``null`` of value
    0. ``mass`` is that of the normalised Laplacian."""

    values: torch.Tensor
    vectors: torch.Tensor
    null: int
    scale: float
    kept: Kept | None
    whole: bool
    mass: Mass | None


def lone(image: torch.Tensor, hidden: torch.Tensor | None, config: SpectrumConfig) -> torch.Tensor:
    """Float64 on the CPU, pixels that are left out far from all others."""
    return without(image.detach().to("cpu", torch.float64), hidden, config.edge_threshold).contiguous()


def solve(
    features: torch.Tensor,
    k: int,
    config: SpectrumConfig,
    stencil: Stencil,
    dtype: torch.dtype,
    gradient: bool,
    hidden: torch.Tensor | None,
) -> Solution:
    """All pairs of a small picture if a ``gradient`` is wanted, else k of them; k and a few more of a larger one."""
    pixels = features[0].numel() if hidden is None else int((~hidden).sum())
    normalised = config.laplacian == "normalised"
    mass = mass_of(features, stencil, config.edge_threshold) if normalised and gradient else None
    if pixels <= DENSE or (pixels <= MOST and 30 * (k + EXTRA) > pixels):
        count = pixels if gradient else k
        array = features.numpy()
        graph = stencil, config.edge_threshold, None if hidden is None else hidden.numpy(), config.laplacian
        values, vectors, _, scale, null = dense_pairs(array, count, *graph)
        return _settled(values, vectors, min(null, count), scale, None, count == pixels, mass)
    tol = TOL[dtype] if config.tol is None else config.tol
    settings = config.changed(method="stitched", tol=tol)
    found = stitched_spectrum(features, min(k + EXTRA, pixels), settings, hidden)
    null = min(found.components, len(found))
    return _settled(found.values.numpy(), found.vectors.numpy(), null, found.scale, found.kept, False, mass)


def _settled(
    values: np.ndarray,
    vectors: np.ndarray,
    null: int,
    scale: float,
    kept: Kept | None,
    whole: bool,
    mass: Mass | None,
) -> Solution:
    """With bases that are not left to rounding, and the signs of every spectrum."""
    exact, maps = torch.from_numpy(values), torch.from_numpy(vectors)
    if null < len(exact):
        group = separate(exact[null:], torch.float64, FLOOR * scale).group
        maps = torch.cat([maps[:null], settle(maps[null:].flatten(1), group).view_as(maps[null:])])
    return Solution(exact, fix_signs(maps), null, scale, kept, whole, mass)
