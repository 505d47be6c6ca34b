"""The normalised Laplacian: L v = λ D v, the relaxation of normalised cuts (Shi and Malik, "Normalized cuts and image
segmentation", PAMI 22, 2000).

L = D − A, D the degrees. Values lie in [0, 2] and do not change when all weights are multiplied by one number. Vectors
are orthonormal in D. What is computed are the pairs (λ, √D v) of D^(−1/2) L D^(−1/2), which is symmetric: its residual
‖L v − λ D v‖ in the norm of D⁻¹, at ‖v‖_D = 1, bounds the distance from λ to a true value.

An edge exists here only if it is heavier than 1e-7 of the heaviest that the stencil could have, the rule by which
components are counted. With L alone lighter edges may stay: they move its values by 1e-7. But a pixel that has no
others would have them for its degree, and next to that degree they are not small: its indicator would have the value
1 where everything that calls it a component of its own says 0. Without them components are components exactly.

A pixel without edges has no degree. Its row and column of L are 0, so any positive number in place of its degree
leaves all other pairs as they are, and gives it the value 0: it is a component of its own. That number is the cut
itself, the least degree that a pixel with an edge may have; so it, too, is multiplied with the weights.
"""

from __future__ import annotations

import torch

from itten.config.spectrum import Laplacian
from itten.graph import edge_weights
from itten.graph.stencil import Stencil
from itten.kernels.reference.edges import regions
from itten.spectra.components import CUT


def edge_cut(stencil: Stencil, laplacian: Laplacian) -> float:
    """Edges no heavier than this do not exist; 0 for the combinatorial Laplacian, which has all of them."""
    return CUT * float(stencil.weights.max()) if laplacian == "normalised" else 0.0


def masses(features: torch.Tensor, stencil: Stencil, threshold: float, backend: str = "auto") -> torch.Tensor:
    """``(H, W)``: the diagonal of D for ``features`` ``(C, H, W)``, in their type. Positive: degrees, and the cut where
    a pixel has no edge. One offset's weights at a time."""
    cut = edge_cut(stencil, "normalised")
    degree = torch.zeros_like(features[0])
    for number, begin, end in regions(stencil.offsets, *features.shape[1:]):
        one = Stencil(stencil.offsets[number : number + 1], stencil.weights[number : number + 1], stencil.reach)
        weights = edge_weights(features, one, threshold, backend)[0][begin]
        weights = torch.where(weights > cut, weights, 0.0)
        degree[begin] += weights
        degree[end] += weights
    return torch.where(degree > 0, degree, cut)
