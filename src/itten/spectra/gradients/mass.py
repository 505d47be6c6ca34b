"""What the normalised Laplacian adds to the derivative of eigenpairs: that of the degrees, and of the null vectors.

For L v = λ D v with vᵢᵀ D vⱼ = δᵢⱼ: dλᵢ = vᵢᵀ (dL − λᵢ dD) vᵢ, and dvᵢ has the part −½ vᵢᵀ dD vᵢ along vᵢ, from
its norm, and −vⱼᵀ (dL − λᵢ dD) vᵢ / (λⱼ − λᵢ) along every other vⱼ (Magnus, "On differentiating eigenvalues and
eigenvectors", Econometric Theory 1, 1985, for pencils). In terms of xᵢ = √D vᵢ and of the cotangents gᵢ / √D these are
the adjoint vectors √D uᵢ of :mod:`itten.spectra.gradients.adjoint`, and the derivative along dL is Σ uᵢᵀ dL vᵢ as ever.

The adjoint vectors share the part of a pair of wanted vectors evenly, since dL is symmetric. dL − λᵢ dD is another
matrix for vᵢ than for vⱼ; what the share leaves out is −½ (cᵢⱼ + cⱼᵢ) vⱼᵀ dD vᵢ, cᵢⱼ = vⱼᵀ gᵢ, which with i = j is the
part of the norm. Both have no quotient, so clusters need no care. Along a null vector vⱼ the derivative of another is
−vⱼᵀ dD vᵢ: no edge joins what vⱼ tells apart. Null vectors themselves depend on sums of D alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from itten.graph.stencil import Stencil
from itten.spectra.components import components_of
from itten.spectra.normalised import masses


@dataclass(frozen=True, eq=False)
class Mass:
    """The diagonal of D ``(N,)`` float64, and of every pixel the number of its component ``(N,)`` int64."""

    diagonal: torch.Tensor
    numbers: torch.Tensor

    @property
    def root(self) -> torch.Tensor:
        return self.diagonal.sqrt()


def mass_of(features: torch.Tensor, stencil: Stencil, threshold: float) -> Mass:
    """That of a picture ``(C, H, W)`` float64 on the CPU."""
    numbers, _ = components_of(features, stencil, threshold)
    diagonal = masses(features, stencil, threshold).flatten()
    return Mass(diagonal, torch.from_numpy(numbers.ravel().astype(np.int64)))


def contrasts_of(volumes: torch.Tensor, count: int) -> torch.Tensor:
    """:func:`itten.spectra.components.contrasts`, ``(count, m)``, with a derivative with respect to ``volumes``."""
    before = volumes.cumsum(0)
    rows = [before[-1].rsqrt().expand(len(volumes))]
    for i in range(1, count):
        total = (before[i - 1] * volumes[i] * before[i]).sqrt()
        left, right = volumes[i] / total, -before[i - 1] / total
        rows.append(torch.cat([left.expand(i), right[None], volumes.new_zeros(len(volumes) - i - 1)]))
    return torch.stack(rows)


def mass_cotangent(
    mass: Mass, values: torch.Tensor, vectors: torch.Tensor, adjoint: torch.Tensor, cotangent: torch.Tensor, null: int
) -> torch.Tensor:
    """``(N,)``: the derivative of the loss with respect to D, that of L left out.

    ``vectors`` ``(m, N)`` orthonormal in D, the first ``null`` of them null vectors; ``cotangent`` ``(k, N)`` of the
    first k; ``adjoint`` ``(r, N)`` belongs to those from ``null`` on, and so do ``values``, ``(r,)`` or more.
    """
    others = vectors[null : null + len(adjoint)]
    found = -(values[: len(adjoint), None] * adjoint * others).sum(dim=0)
    for begin, end, share in ((0, null, 1.0), (null, max(null, len(cotangent)), 0.5)):
        overlap = cotangent[null:] @ vectors[begin:end].T
        found -= share * (vectors[null : max(null, len(cotangent))] * (overlap @ vectors[begin:end])).sum(dim=0)
    return found + _of_null_vectors(mass, vectors[:null], cotangent[:null])


def _of_null_vectors(mass: Mass, vectors: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
    count = int(mass.numbers.max()) + 1
    with torch.enable_grad():
        volumes = torch.zeros(count, dtype=torch.float64).index_add(0, mass.numbers, mass.diagonal).requires_grad_()
        table = contrasts_of(volumes, len(cotangent))
    sums = torch.zeros(len(cotangent), count, dtype=torch.float64).index_add(1, mass.numbers, cotangent)
    # Vectors have the sign that makes their largest entry positive, which the table knows nothing of.
    same = (vectors[: len(cotangent)] * table.detach()[:, mass.numbers] * mass.diagonal).sum(dim=1)
    (slope,) = torch.autograd.grad(table, volumes, sums * same.sign()[:, None])
    return slope[mass.numbers]
