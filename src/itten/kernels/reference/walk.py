"""The random walker by the book: the whole Laplacian as a sparse matrix in float64, and a direct solver."""

from __future__ import annotations

import numpy as np

from itten.kernels.reference.lanczos import laplacian_matrix


def walk(
    features: np.ndarray,
    offsets: np.ndarray,
    weights: np.ndarray,
    scale: float,
    seeds: np.ndarray,
    exclude: np.ndarray | None = None,
) -> np.ndarray:
    """``(labels, H, W)``: probabilities that a walk from a pixel of ``features`` ``(C, H, W)`` meets a seed of each
    label first, in the order of the labels in ``seeds`` ``(H, W)``; 0 where ``exclude`` is True. Every pixel has to
    reach one (Grady 2006, equation 10)."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    matrix = laplacian_matrix(features.astype(np.float64), offsets, weights, scale)
    kept = np.ones(seeds.size, bool) if exclude is None else ~exclude.ravel()
    edges = -matrix[kept][:, kept]
    edges.setdiag(0)
    inner = sparse.csr_array(sparse.diags_array(edges.sum(axis=1)) - edges)
    flat = seeds.ravel()[kept]
    known, values = flat > 0, np.unique(flat[flat > 0])
    found = np.zeros((len(values), seeds.size))
    factor = None
    if not known.all():
        factor = splu(inner[~known][:, ~known].tocsc(), permc_spec="MMD_AT_PLUS_A")
    for number, value in enumerate(values):
        x = (flat == value).astype(np.float64)
        if factor is not None:
            x[~known] = factor.solve(-(inner[~known][:, known] @ x[known]))
        found[number, kept] = x
    return found.reshape(-1, *seeds.shape)
