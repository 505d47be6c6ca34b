"""Eigenvectors as a basis of functions on a picture, whatever its size: orthonormal in masses that add up to 1."""

from __future__ import annotations

import numpy as np
import torch

from itten.config import SpectrumConfig
from itten.regions.partition import Cuts
from itten.spectra import Spectrum


def mass_of(found: Spectrum, features: torch.Tensor) -> torch.Tensor:
    """``(H, W)`` float64, on the CPU: what every pixel of ``features`` ``(C, H, W)`` counts, 1 in all. Its degree for
    the normalised Laplacian, the same for each for the combinatorial one; 0 where specks were left out."""
    gone = np.zeros(features.shape[1:], bool) if found.dropped is None else found.dropped.cpu().numpy()
    mass = torch.ones(features.shape[1:], dtype=torch.float64)
    if found.laplacian == "normalised":
        config = SpectrumConfig(edge_threshold=found.edge_threshold, laplacian="normalised")
        cuts = Cuts.of(features.detach().cpu(), config, gone)
        mass = torch.from_numpy(cuts.degree).double().clamp(min=cuts.graph[3])
    mass[torch.from_numpy(gone)] = 0.0
    return mass / mass.sum()


def with_unit_mass(found: Spectrum, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Vectors ``(k, H, W)`` float64 with Σ m v² = 1, and the masses m ``(H, W)``, both on the CPU: the first vector of
    a connected picture is 1 throughout. A vector that is 0 stays 0."""
    mass = mass_of(found, features)
    vectors = found.vectors.detach().cpu().double()
    norm = (vectors.square() * mass).flatten(1).sum(dim=1).sqrt()
    return vectors / torch.where(norm > 0, norm, 1.0)[:, None, None], mass
