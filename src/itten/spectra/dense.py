"""Tiny pictures: the whole Laplacian as a dense float64 matrix, and LAPACK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from itten.graph.stencil import Stencil
from itten.kernels.reference.lanczos import laplacian_matrix
from itten.spectra.components import CUT, contrasts, ranked

if TYPE_CHECKING:
    import scipy.sparse

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray, float, int]


def dense_pairs(features: np.ndarray, k: int, stencil: Stencil, threshold: float, mask: np.ndarray | None) -> Pairs:
    """``(values, vectors (k, H, W), residuals, bound of ‖L‖, components)``, all in float64.

    The null space is replaced by the exact one where the graph has more than one component.
    """
    matrix, kept = graph_matrix(features, stencil, threshold, mask)
    bound = 2.0 * float(matrix.diagonal().max(initial=0.0))
    whole = matrix.toarray()
    null = null_vectors(matrix, stencil)
    values, vectors = np.zeros(0), np.zeros((len(whole), 0))
    if k > len(null[0]):
        import scipy.linalg

        # The null vectors moved to the upper end: LAPACK cannot mix them with others that are nearly null.
        values, vectors = scipy.linalg.eigh(
            whole + bound * (null[1] @ null[1].T), subset_by_index=[0, k - len(null[0]) - 1]
        )
    values, vectors = complete(values, vectors, null, k)
    residuals = np.linalg.norm(whole @ vectors - vectors * values, axis=0)
    return values, unmasked(vectors, features.shape[1:], kept), residuals, bound, len(null[0])


def graph_matrix(
    features: np.ndarray, stencil: Stencil, threshold: float, mask: np.ndarray | None
) -> tuple[scipy.sparse.csr_array, np.ndarray]:
    """L of the pixels that are not masked, and their raster indices."""
    matrix = laplacian_matrix(features.astype(np.float64), stencil.offsets, stencil.weights, 1.0 / threshold)
    if mask is None:
        return matrix, np.arange(matrix.shape[0])
    import scipy.sparse

    kept = np.flatnonzero(~mask.ravel())
    inner = -matrix[kept][:, kept]
    inner.setdiag(0)
    inner.eliminate_zeros()
    return scipy.sparse.csr_array(scipy.sparse.diags_array(inner.sum(axis=1)) - inner), kept


def unmasked(vectors: np.ndarray, shape: tuple[int, ...], kept: np.ndarray) -> np.ndarray:
    """``(k, H, W)`` with zeros where pixels are left out, from ``(kept, k)``."""
    out = np.zeros((vectors.shape[1], shape[0] * shape[1]))
    out[:, kept] = vectors.T
    return out.reshape(-1, *shape)


def null_vectors(matrix: scipy.sparse.csr_array, stencil: Stencil) -> tuple[np.ndarray, np.ndarray]:
    """``(sizes (m,), vectors (n, m))`` of the components joined by edges above 1e-7 of the heaviest offset: see
    :mod:`itten.spectra.stitched.host.islands`."""
    import scipy.sparse.csgraph

    edges = -matrix
    edges.setdiag(0)
    edges.data[edges.data <= CUT * float(stencil.weights.max())] = 0
    edges.eliminate_zeros()
    _, labels = scipy.sparse.csgraph.connected_components(edges, directed=False)
    rank, sizes = ranked(labels)
    return sizes, contrasts(sizes, len(sizes))[:, rank].T


def complete(
    values: np.ndarray, vectors: np.ndarray, null: tuple[np.ndarray, np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The exact null vectors first, then what of the other ``vectors`` is orthogonal to them."""
    exact = null[1][:, :k]
    rest = vectors - null[1] @ (null[1].T @ vectors)
    length = np.linalg.norm(rest, axis=0)
    return (
        np.concatenate([np.zeros(exact.shape[1]), np.maximum(values, 0)]),
        np.concatenate([exact, rest / length], axis=1),
    )
