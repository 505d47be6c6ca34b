"""The derivative of signatures of tokens: that of a function of a matrix, which no equal values can upset.

With f(L) = Σ f(λᵢ) uᵢ uᵢᵀ the derivative along dL is Σᵢⱼ Γᵢⱼ (uᵢᵀ dL uⱼ) uᵢ uⱼᵀ, Γᵢⱼ = (f(λᵢ) − f(λⱼ)) / (λᵢ − λⱼ), or
f′(λᵢ) where the values coincide (Daleckii and Krein 1965; Higham, "Functions of Matrices", 2008, theorem 3.11): bounded
by the largest slope of f, free of the choice of vectors. An edge between a and b is dL = (e_a − e_b)(e_a − e_b)ᵀ.

Where only pairs below the cutoff are known, f is 0 for the others, and Σⱼ Γᵢⱼ (uⱼᵀ g) uⱼ over those is −f(λᵢ) times
the solution y of (L − λᵢ) y = g on the complement of the known vectors: bounded again, as f falls to 0 at the cutoff
faster than λ_c − λᵢ. The cutoff's own derivative is said in :mod:`itten.spectra.profiles`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import torch

from itten.errors import ConvergenceError
from itten.spectra.lowest import SparseGraph
from itten.spectra.profiles import CLUSTER, Profiles, cutoff, cutoff_members, degree_shares, taper, taper_slope

log = logging.getLogger("itten")

TOLERANCE, MOST_STEPS = 1e-9, 4000
# Differences of vectors across edges, that many numbers at a time.
ROOM = 1 << 24


@dataclass(frozen=True)
class Spectral:
    """What signatures are made of: ascending ``values`` ``(m,)`` and ``vectors`` ``(m, n)`` of one graph outside its
    ``null`` space, whose vectors are not among them where ``null`` is their number; ``degrees`` ``(n,)``, of mean 1."""

    values: torch.Tensor
    vectors: torch.Tensor
    degrees: torch.Tensor
    null: int


def signature_scale(spectral: Spectral, k: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The cutoff λ_c ``()``, the relative values ``(m,)`` and the sum S ``()`` of all tapers."""
    at = _cutoff(spectral, k)
    relative = _relative(spectral.values, at)
    return at, relative, spectral.null + taper(relative).sum()


def _cutoff(spectral: Spectral, k: int) -> torch.Tensor:
    real = torch.tensor([len(spectral.degrees)])
    zeros = spectral.values.new_zeros(spectral.null)
    return cutoff(torch.cat([zeros, spectral.values])[None], spectral.degrees[None], real, k)[0]


def _relative(values: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return (values / at[..., None]).clamp(min=0.0)


def dense_adjoint(
    values: torch.Tensor,
    vectors: torch.Tensor,
    degrees: torch.Tensor,
    real: torch.Tensor,
    cotangent: torch.Tensor,
    k: int,
    profiles: Profiles,
) -> tuple[torch.Tensor, torch.Tensor]:
    """From a loss's gradient with respect to signatures ``(B, N, d)`` to that with respect to L: a symmetric matrix
    ``(B, N, N)`` and, of the degrees, ``(B, N)``. ``values`` ``(B, N)`` and ``vectors`` ``(B, N, N)`` in rows are all
    pairs, ``real`` ``(B,)`` counts the tokens."""
    at = cutoff(values, degrees, real, k)
    relative = _relative(values, at)
    weights, slopes = profiles.weights(relative), profiles.slopes(relative)
    total = taper(relative).sum(dim=-1).clamp(min=1.0)
    scale = (real.to(values.dtype) / total)[:, None]
    inner = torch.zeros_like(vectors)
    overlaps = []
    for number in range(cotangent.shape[-1]):
        overlap = (vectors * cotangent[:, None, :, number]) @ vectors.mT
        inner += profiles.quotients(relative, number) * overlap
        overlaps.append(overlap.diagonal(dim1=-2, dim2=-1))
    overlap = torch.stack(overlaps, dim=1)
    loss = (scale * (weights * overlap).sum(dim=1)).sum(dim=-1)
    own = -(loss / total)[:, None] * taper_slope(relative)
    rise = scale * (slopes * overlap).sum(dim=1) + own
    moved = -(rise * relative).sum(dim=-1) / at
    diagonal = own / at[:, None] + moved[:, None] * cutoff_members(values, at, real, k)
    inner = inner * (scale / at[:, None])[..., None] + torch.diag_embed(diagonal)
    return vectors.mT @ inner @ vectors, moved[:, None] * degree_shares(degrees, at, real, k)


def sparse_adjoint(
    graph: SparseGraph,
    spectral: Spectral,
    begin: torch.Tensor,
    end: torch.Tensor,
    cotangent: torch.Tensor,
    k: int,
    profiles: Profiles,
) -> torch.Tensor:
    """``(E,)``: the gradient of every edge from ``begin`` to ``end`` of the ``graph``, edges of weight 0 among them;
    ``cotangent`` ``(n, d)`` that of the signatures.

    Takes a few hundred products with L, unless all pairs are known. Where λ_{k+1} is one of more equal values than have
    been computed its derivative is the mean over those that have: another element of the subdifferential.
    """
    at, relative, total = signature_scale(spectral, k)
    scale = len(spectral.degrees) / total
    overlap = cotangent.T @ spectral.vectors.square().T
    still = profiles.weights(relative.new_zeros(1))[:, 0]
    means = _component_sums(graph, cotangent)
    loss = scale * ((profiles.weights(relative) * overlap).sum() + (still * means.sum(dim=0)).sum())
    own = -(loss / total) * taper_slope(relative)
    rise = scale * (profiles.slopes(relative) * overlap).sum(dim=0) + own
    moved = -(rise * relative).sum() / at
    shares = cutoff_members(
        torch.cat([relative.new_zeros(spectral.null), spectral.values])[None],
        at[None],
        torch.tensor([len(spectral.degrees)]),
        k,
    )[0, spectral.null :]
    low = int((spectral.values < at * (1.0 - CLUSTER)).sum())
    vectors, r = spectral.vectors[:low], relative[:low]
    inner = torch.diag(own[:low] / at)
    for number in range(cotangent.shape[-1]):
        turned = (vectors * cotangent[:, number]) @ vectors.T
        inner += scale / at * profiles.quotients(r, number) * turned
    weights = profiles.weights(r)
    owner = torch.from_numpy(graph.component)
    bridge = (owner[begin] != owner[end]).nonzero()[:, 0]
    # Null vectors have no differences but across edges that would join two components.
    joining = float(scale) if len(bridge) else 0.0
    rhs = torch.cat([scale * (weights.T @ cotangent.T) * vectors, joining * (cotangent @ still)[None]])
    solved = _solved(graph, spectral, low, rhs)
    at_cut = shares.nonzero()[:, 0]
    degree = moved * degree_shares(spectral.degrees[None], at[None], torch.tensor([len(spectral.degrees)]), k)[0]
    gradient = degree[begin] + degree[end]
    step = max(1, ROOM // max(1, low))
    for first in range(0, len(begin), step):
        a, b = begin[first : first + step], end[first : first + step]
        across = vectors[:, a] - vectors[:, b]
        part = (across * (inner @ across)).sum(dim=0)
        part -= 2.0 * (across * (solved[:-1, a] - solved[:-1, b])).sum(dim=0)
        for row in at_cut.tolist():
            part += moved * shares[row] * (spectral.vectors[row, a] - spectral.vectors[row, b]).square()
        gradient[first : first + step] += part
    if len(bridge):
        gradient[bridge] += _bridges(
            graph, begin[bridge], end[bridge], vectors, r, at, scale, means, cotangent, solved[-1], profiles
        )
    return gradient


def _bridges(
    graph: SparseGraph,
    begin: torch.Tensor,
    end: torch.Tensor,
    vectors: torch.Tensor,
    relative: torch.Tensor,
    at: torch.Tensor,
    scale: torch.Tensor,
    means: torch.Tensor,
    cotangent: torch.Tensor,
    solved: torch.Tensor,
    profiles: Profiles,
) -> torch.Tensor:
    """What edges of weight 0 that would join two components change in the null vectors, 1 / √size on a component each:
    with one another, with the known vectors, with the rest."""
    owner, sizes = torch.from_numpy(graph.component), torch.from_numpy(graph.sizes)
    zero = relative.new_zeros(1)
    slope = profiles.slopes(zero)[:, 0]
    every = torch.cat([zero, relative])
    quotients = torch.stack([profiles.quotients(every, number)[0, 1:] for number in range(len(profiles))])
    coupled = torch.zeros((len(sizes), len(vectors)), dtype=vectors.dtype)
    coupled.index_add_(0, owner, vectors.T * (cotangent @ quotients))
    coupled = scale / at * coupled / sizes[:, None]
    alone = scale / at * (means @ slope) / sizes
    a, b = owner[begin], owner[end]
    found = alone[a] + alone[b] - 2.0 * (solved[begin] / sizes[a] + solved[end] / sizes[b])
    return found + 2.0 * ((coupled[a] - coupled[b]).T * (vectors[:, begin] - vectors[:, end])).sum(dim=0)


def _component_sums(graph: SparseGraph, cotangent: torch.Tensor) -> torch.Tensor:
    """``(components, d)``: means of ``cotangent`` ``(n, d)``."""
    owner, sizes = torch.from_numpy(graph.component), torch.from_numpy(graph.sizes)
    total = torch.zeros((len(sizes), cotangent.shape[1]), dtype=cotangent.dtype)
    return total.index_add_(0, owner, cotangent) / sizes[:, None]


def _solved(graph: SparseGraph, spectral: Spectral, low: int, rhs: torch.Tensor) -> torch.Tensor:
    """(L − λᵢ)⁻¹ of the rows of ``rhs`` ``(low + 1, n)``, of the last one L⁻¹, on the complement of the ``low`` first
    vectors and of the null vectors. Conjugate gradients; the vectors that are known less exactly precondition them."""
    from itten.spectra.gradients.complement import solve_complement

    known, others = spectral.vectors[:low].numpy(), spectral.vectors[low:].numpy()
    shifts = np.append(spectral.values[:low].numpy(), 0.0)
    if low + len(others) + len(graph.sizes) == graph.count:
        # Nothing else is there: LAPACK found all.
        part = rhs.numpy() @ others.T
        return torch.from_numpy((part / (spectral.values[low:].numpy() - shifts[:, None])) @ others)
    apart = 1.0 / (spectral.values[low:].numpy() - shifts[:, None])
    inverse = 1.0 / float(graph.laplacian.diagonal().max(initial=1e-300))

    def product(x: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray((graph.laplacian @ np.ascontiguousarray(x.T)).T)

    def outside(x: np.ndarray) -> np.ndarray:
        return graph.outside(torch.from_numpy(np.ascontiguousarray(x.T))).T.contiguous().numpy()

    def precondition(x: np.ndarray) -> np.ndarray:
        return outside(inverse * x + ((x @ others.T) * apart) @ others)

    right = outside(rhs.numpy())
    try:
        found = solve_complement(product, precondition, known, shifts, right, TOLERANCE, MOST_STEPS).x
    except ConvergenceError as error:
        log.warning("gradient of signatures: %s", error)
        found = error.partial
    return torch.from_numpy(found)
